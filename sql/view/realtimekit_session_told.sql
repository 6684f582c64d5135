-- realtimekit_session_told.sql - RealtimeKit's sessions, and what of their meeting's is theirs.
--
-- Internal. A meeting has one session at a time: what names the meeting alone is of the one that
-- started last before it, until until_us. That is five minutes behind its end, or where the
-- meeting's next session starts. meeting is the meeting's name in dict.

CREATE VIEW realtimekit_session_told AS
SELECT
	n.id AS scope,
	n.app,
	n.name AS session_id,
	s.organization_id,
	s.started_us,
	d.id AS meeting,
	coalesce((
		SELECT x.started_us
		FROM session AS x
		CROSS JOIN session_scope AS o ON o.id = x.name
		WHERE x.started_us / 1000 >= s.started_us / 1000
			-- Behind this, nothing could be either's.
			AND x.started_us / 1000 <= coalesce(s.ended_us + 300000000, max(
				coalesce((SELECT max(at_us) FROM realtimekit_event
					WHERE meeting_id = d.id AND stream_id IS NOT NULL), 0),
				coalesce((SELECT max(at_us) FROM realtimekit_event
					WHERE meeting_id IS NULL AND stream_id IS NOT NULL), 0))) / 1000
			AND x.call_id = s.call_id AND o.app = n.app AND o.source = n.source
			AND (x.started_us, o.name) > (s.started_us, n.name)
		ORDER BY x.started_us / 1000, x.started_us LIMIT 1),
		s.ended_us + 300000000, 9223372036854775807) AS until_us
FROM session_scope AS n
CROSS JOIN session AS s ON s.name = n.id
LEFT JOIN dict AS d ON d.value = s.call_id
WHERE n.source = (SELECT id FROM dict WHERE value = 'realtimekit');
