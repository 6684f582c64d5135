-- media_intervals.sql - when each participant of a Spaces call was muted, sent
-- video, shared the screen.
--
-- One row an interval: it begins with a message that turns the thing on while it
-- was off or nothing was known, and ends with the sender's next message that turns
-- it off. A message that does not speak of it changes nothing.
--
-- The rows come from the messages that begin an interval, so that a range of
-- started_ms is a search; what was before and what ends it are the nearest
-- messages in the order of their topic.

CREATE VIEW media_intervals AS
SELECT
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = s.origin) AS app,
	(SELECT name FROM session_scope WHERE id = s.topic) AS topicId,
	(SELECT user_id FROM user WHERE id = s.user) AS user_id,
	k.kind,
	s.at_us / 1000 AS started_ms,
	strftime('%Y-%m-%dT%H:%M:%S', s.at_us / 1000000, 'unixepoch')
		|| CASE WHEN s.at_us % 1000 THEN printf('.%06dZ', s.at_us % 1000000)
			ELSE printf('.%03dZ', s.at_us / 1000 % 1000) END AS started,
	z.at_us / 1000 AS ended_ms,
	strftime('%Y-%m-%dT%H:%M:%S', z.at_us / 1000000, 'unixepoch')
		|| CASE WHEN z.at_us % 1000 THEN printf('.%06dZ', z.at_us % 1000000)
			ELSE printf('.%03dZ', z.at_us / 1000 % 1000) END AS ended,
	(z.at_us - s.at_us) / 1000 AS duration_ms
FROM spaces_state AS s
CROSS JOIN (SELECT 'muted' AS kind UNION ALL SELECT 'video' UNION ALL SELECT 'screenshare') AS k
LEFT JOIN spaces_event AS z ON z.event_id = (
	SELECT n.event_id FROM spaces_state AS n
	WHERE n.scope = s.scope AND (n.at_us, n.digest) > (s.at_us, s.digest) AND n.user = s.user
		AND CASE k.kind WHEN 'muted' THEN n.muted WHEN 'video' THEN n.video
			ELSE n.screenshare END = 0
	ORDER BY n.at_us, n.digest LIMIT 1)
WHERE CASE k.kind WHEN 'muted' THEN s.muted WHEN 'video' THEN s.video
		ELSE s.screenshare END = 1
	AND coalesce((
		SELECT CASE k.kind WHEN 'muted' THEN p.muted WHEN 'video' THEN p.video
			ELSE p.screenshare END AS was
		FROM spaces_state AS p
		WHERE p.scope = s.scope AND (p.at_us, p.digest) < (s.at_us, s.digest)
			AND p.user = s.user AND was IS NOT NULL
		ORDER BY p.at_us DESC, p.digest DESC LIMIT 1), 0) = 0;
