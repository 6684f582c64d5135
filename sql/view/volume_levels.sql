-- volume_levels.sql - Huawei HRTC: who spoke loudest, one row a speaker and report.

CREATE VIEW volume_levels AS
SELECT
	e.event_id,
	i.n,
	rc.received_us / 1000 AS received_ms,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = e.origin) AS app,
	(SELECT uid FROM origin WHERE id = e.origin) AS uid,
	e.at_us / 1000 AS timestamp_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch')
		|| CASE WHEN e.at_us % 1000 THEN printf('.%06dZ', e.at_us % 1000000)
			ELSE printf('.%03dZ', e.at_us / 1000 % 1000) END AS timestamp,
	(SELECT name FROM session_scope WHERE id = coalesce(e.room_id, e.payload_room_id)) AS roomId,
	(SELECT user_id FROM user WHERE id = e.reporter) AS reporter,
	(SELECT value FROM dict WHERE id = i.user_id) AS user_id,
	i.volume,
	i.extra
FROM hrtc_event AS e
LEFT JOIN receipt AS rc ON rc.first_event_id = (
	SELECT max(first_event_id) FROM receipt WHERE first_event_id <= e.event_id)
JOIN hrtc_item_told AS i ON i.id BETWEEN e.event_id * 1024 AND e.event_id * 1024 + 1023
WHERE e.name = (SELECT id FROM dict WHERE value = 'volume-indicator');
