-- stream_interruptions.sql - Huawei HRTC: remote video that stopped coming, and came back.
--
-- One row an interruption, from the first stream-interrupted to the next
-- stream-recovered of the same stream at the same client; while it has not
-- recovered, the end is NULL. An interruption told again while it lasts is one.

CREATE VIEW stream_interruptions AS
SELECT
	e.event_id,
	i.n,
	rc.received_us / 1000 AS received_ms,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = e.origin) AS app,
	(SELECT uid FROM origin WHERE id = e.origin) AS uid,
	(SELECT name FROM session_scope WHERE id = coalesce(e.room_id, e.payload_room_id)) AS roomId,
	(SELECT user_id FROM user WHERE id = e.reporter) AS reporter,
	(SELECT value FROM dict WHERE id = i.user_id) AS userId,
	i.is_screen AS isScreen,
	e.at_us / 1000 AS timestamp_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch')
		|| CASE WHEN e.at_us % 1000 THEN printf('.%06dZ', e.at_us % 1000000)
			ELSE printf('.%03dZ', e.at_us / 1000 % 1000) END AS timestamp,
	e.at_us / 1000 AS started_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch')
		|| CASE WHEN e.at_us % 1000 THEN printf('.%06dZ', e.at_us % 1000000)
			ELSE printf('.%03dZ', e.at_us / 1000 % 1000) END AS started,
	r.at_us / 1000 AS ended_ms,
	strftime('%Y-%m-%dT%H:%M:%S', r.at_us / 1000000, 'unixepoch')
		|| CASE WHEN r.at_us % 1000 THEN printf('.%06dZ', r.at_us % 1000000)
			ELSE printf('.%03dZ', r.at_us / 1000 % 1000) END AS ended,
	(r.at_us - e.at_us) / 1000 AS duration_ms,
	i.extra
FROM hrtc_event AS e
LEFT JOIN receipt AS rc ON rc.first_event_id = (
	SELECT max(first_event_id) FROM receipt WHERE first_event_id <= e.event_id)
JOIN hrtc_item_told AS i ON i.id BETWEEN e.event_id * 1024 AND e.event_id * 1024 + 1023
LEFT JOIN hrtc_event AS r ON r.event_id = (
	SELECT v.event_id FROM hrtc_event AS v CROSS JOIN hrtc_item_told AS j
		ON j.id BETWEEN v.event_id * 1024 AND v.event_id * 1024 + 1023
	WHERE v.scope = e.scope AND v.reporter IS e.reporter AND v.tells_streams IS NOT NULL AND v.at_us >= e.at_us
		AND v.name = (SELECT id FROM dict WHERE value = 'stream-recovered')
		AND j.user_id IS i.user_id AND j.is_screen IS i.is_screen
	ORDER BY v.at_us, v.digest LIMIT 1)
WHERE e.name = (SELECT id FROM dict WHERE value = 'stream-interrupted')
	AND (SELECT v.name FROM hrtc_event AS v INDEXED BY hrtc_event_streams
		CROSS JOIN hrtc_item_told AS j
		ON j.id BETWEEN v.event_id * 1024 AND v.event_id * 1024 + 1023
		WHERE v.scope = e.scope AND v.reporter IS e.reporter AND v.tells_streams IS NOT NULL
			AND v.at_us <= e.at_us AND (v.at_us, v.digest, j.n) < (e.at_us, e.digest, i.n)
			AND j.user_id IS i.user_id AND j.is_screen IS i.is_screen
		ORDER BY v.at_us DESC, v.digest DESC, j.n DESC LIMIT 1) IS NOT e.name;
