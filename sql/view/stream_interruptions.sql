-- stream_interruptions.sql - Huawei HRTC: remote video that stopped coming, and came back.
--
-- One row an interruption: from a stream-interrupted to what it is over with (hrtc_stop_told);
-- where nobody told that, the end is NULL. An interruption told again while it lasts is one,
-- over with what the last time was. At one moment, what interrupts comes before what ends.

CREATE VIEW stream_interruptions AS
SELECT
	e.event_id,
	e.n,
	rc.received_us / 1000 AS received_ms,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = e.origin) AS app,
	(SELECT uid FROM origin WHERE id = e.origin) AS uid,
	(SELECT name FROM session_scope WHERE id = e.room) AS roomId,
	(SELECT user_id FROM user WHERE id = e.reporter) AS reporter,
	(SELECT value FROM dict WHERE id = e.user_id) AS userId,
	e.is_screen AS isScreen,
	e.at_us / 1000 AS timestamp_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch')
		|| CASE WHEN e.at_us % 1000 THEN printf('.%06dZ', e.at_us % 1000000)
			ELSE printf('.%03dZ', e.at_us / 1000 % 1000) END AS timestamp,
	e.at_us / 1000 AS started_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch')
		|| CASE WHEN e.at_us % 1000 THEN printf('.%06dZ', e.at_us % 1000000)
			ELSE printf('.%03dZ', e.at_us / 1000 % 1000) END AS started,
	z.at_us / 1000 AS ended_ms,
	strftime('%Y-%m-%dT%H:%M:%S', z.at_us / 1000000, 'unixepoch')
		|| CASE WHEN z.at_us % 1000 THEN printf('.%06dZ', z.at_us % 1000000)
			ELSE printf('.%03dZ', z.at_us / 1000 % 1000) END AS ended,
	(z.at_us - e.at_us) / 1000 AS duration_ms,
	e.extra
FROM hrtc_stop_told AS e
LEFT JOIN receipt AS rc ON rc.first_event_id = (
	SELECT max(first_event_id) FROM receipt WHERE first_event_id <= e.event_id)
LEFT JOIN hrtc_event AS z ON z.event_id = coalesce(e.over_event, (
	SELECT x.over_event
	FROM hrtc_stop_told AS x
	WHERE x.scope = e.scope AND x.reporter IS e.reporter AND x.tells_streams IS NOT NULL
		AND x.at_us >= e.at_us AND x.at_us <= e.session_last_us
		AND (x.at_us, x.digest, x.n) > (e.at_us, e.digest, e.n)
		AND x.user_id IS e.user_id AND x.is_screen IS e.is_screen AND x.over_event IS NOT NULL
	ORDER BY x.at_us, x.digest, x.n LIMIT 1))
WHERE coalesce((
	SELECT p.over_event IS NOT NULL
	FROM hrtc_stop_told AS p
	WHERE p.scope = e.scope AND p.reporter IS e.reporter AND p.tells_streams IS NOT NULL
		AND p.at_us >= e.session_first_us AND p.at_us <= e.at_us
		AND (p.at_us, p.digest, p.n) < (e.at_us, e.digest, e.n)
		AND p.user_id IS e.user_id AND p.is_screen IS e.is_screen
	ORDER BY p.at_us DESC, p.digest DESC, p.n DESC LIMIT 1), 1);
