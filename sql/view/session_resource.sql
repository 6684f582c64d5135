-- session_resource.sql - sessions in the shape of RealtimeKit's API, whatever
-- their vendor.
--
-- Internal. What that API has a name for comes first, under that name; what it
-- has none for, and what the other views call it, behind. A session's creation
-- is its meeting's where a webhook told it, else its start.

CREATE VIEW session_resource AS
SELECT
	s.session_id AS id,
	s.call_id AS associated_id,
	s.title AS meeting_display_name,
	'meeting' AS type,
	s.status,
	s.live_participants,
	s.peak_participants AS max_concurrent_participants,
	s.minutes AS minutes_consumed,
	s.organization_id,
	s.started AS started_at,
	s.ended AS ended_at,
	coalesce((
		SELECT strftime('%Y-%m-%dT%H:%M:%S', created_us / 1000000, 'unixepoch')
			|| CASE WHEN created_us % 1000 THEN printf('.%06dZ', created_us % 1000000)
				ELSE printf('.%03dZ', created_us / 1000 % 1000) END
		FROM (
			SELECT min(coalesce(e.created_us, e.flat_created_us)) AS created_us
			FROM session_scope AS c
			CROSS JOIN realtimekit_event AS e ON e.scope = c.id
			WHERE s.source = 'realtimekit' AND c.name = s.session_id
				AND c.app = (SELECT id FROM dict WHERE value = s.app)
				AND c.source = (SELECT id FROM dict WHERE value = 'realtimekit'))), s.started) AS created_at,
	s.last_event AS updated_at,
	'[]' AS breakout_rooms,
	s.source,
	s.app,
	s.session_id,
	s.call_type,
	s.call_id,
	s.title,
	s.peak_participants,
	s.minutes,
	s.end_reason,
	s.events,
	s.started_ms,
	s.ended_ms,
	s.last_event_ms
FROM sessions AS s;
