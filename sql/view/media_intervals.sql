-- media_intervals.sql - when each participant of a Spaces call was muted, sent
-- video, shared the screen.
--
-- One row an interval: it begins with a message that turns the thing on while it
-- was off or nothing was known, and ends with the sender's next message that turns
-- it off, else with the session, which is by the clock where that idled. A message
-- that does not speak of it changes nothing, nor does one of another session. At
-- one moment, on comes before off.
--
-- The rows come from the messages that begin an interval, so that a range of
-- started_ms is a search; what was before and what ends it are the nearest
-- messages of their topic.

CREATE VIEW media_intervals AS
SELECT
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = i.origin) AS app,
	(SELECT name FROM session_scope WHERE id = i.topic) AS topicId,
	(SELECT user_id FROM user WHERE id = i.user) AS user_id,
	i.kind,
	i.at_us / 1000 AS started_ms,
	strftime('%Y-%m-%dT%H:%M:%S', i.at_us / 1000000, 'unixepoch')
		|| CASE WHEN i.at_us % 1000 THEN printf('.%06dZ', i.at_us % 1000000)
			ELSE printf('.%03dZ', i.at_us / 1000 % 1000) END AS started,
	i.ended_us / 1000 AS ended_ms,
	strftime('%Y-%m-%dT%H:%M:%S', i.ended_us / 1000000, 'unixepoch')
		|| CASE WHEN i.ended_us % 1000 THEN printf('.%06dZ', i.ended_us % 1000000)
			ELSE printf('.%03dZ', i.ended_us / 1000 % 1000) END AS ended,
	(i.ended_us - i.at_us) / 1000 AS duration_ms
FROM (
	SELECT
		s.origin,
		s.topic,
		s.user,
		s.at_us,
		k.kind,
		coalesce(z.at_us, max(s.at_us, coalesce(c.ended_us, CASE WHEN c.idle_end_us
			< (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
			THEN c.idle_end_us END))) AS ended_us
	FROM spaces_state AS s
	CROSS JOIN (SELECT 'muted' AS kind UNION ALL SELECT 'video' UNION ALL SELECT 'screenshare') AS k
	LEFT JOIN session AS c ON c.id = (
		SELECT id FROM session WHERE scope = s.scope AND first_us <= s.at_us ORDER BY first_us DESC LIMIT 1)
	LEFT JOIN spaces_event AS z ON z.event_id = (
		SELECT n.event_id FROM spaces_state AS n
		WHERE n.scope = s.scope AND n.at_us >= s.at_us
			AND n.at_us <= coalesce(c.last_us, 9223372036854775807) AND n.user = s.user
			AND CASE k.kind WHEN 'muted' THEN n.muted WHEN 'video' THEN n.video
				ELSE n.screenshare END = 0
		ORDER BY n.at_us LIMIT 1)
	WHERE CASE k.kind WHEN 'muted' THEN s.muted WHEN 'video' THEN s.video
			ELSE s.screenshare END = 1
		AND coalesce((
			SELECT CASE k.kind WHEN 'muted' THEN p.muted WHEN 'video' THEN p.video
				ELSE p.screenshare END AS was
			FROM spaces_state AS p
			WHERE p.scope = s.scope AND p.at_us >= coalesce(c.first_us, 0) AND p.at_us <= s.at_us
				AND p.user = s.user AND was IS NOT NULL
				AND (p.at_us < s.at_us OR was = 1 AND p.digest < s.digest)
			ORDER BY p.at_us DESC, was LIMIT 1), 0) = 0
) AS i;
