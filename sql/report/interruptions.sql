-- interruptions.sql - remote video that stopped coming: how often, for how long.
--
-- Interruptions that begin in the window (HRTC; without a window all of them are
-- read). Times are of those whose end was told, be it that the stream came back or that
-- its user or the client left; the others are open.
--
-- by app: i.app
-- by call_id: i.roomId
-- by user_id: i.reporter
-- by stream_user: i.userId
-- by is_screen: i.isScreen
-- by hour time: strftime('%Y-%m-%dT%H:00Z', i.timestamp_ms / 1000, 'unixepoch')
-- by day time: strftime('%Y-%m-%d', i.timestamp_ms / 1000, 'unixepoch')
-- where source: 'hrtc'

SELECT $by
	count(*) AS interruptions,
	count(*) FILTER (WHERE i.duration_ms IS NULL) AS open,
	count(DISTINCT i.roomId || ' ' || i.reporter) AS receivers,
	count(DISTINCT i.roomId || ' ' || i.userId || ' ' || i.isScreen) AS streams,
	sum(i.duration_ms) AS total_ms,
	round(avg(i.duration_ms), 1) AS avg_ms,
	quantile(i.duration_ms, 0.50) AS p50_ms,
	quantile(i.duration_ms, 0.95) AS p95_ms,
	max(i.duration_ms) AS max_ms
FROM stream_interruptions AS i
WHERE i.timestamp_ms >= :since_ms AND i.timestamp_ms < :until_ms
	AND (:app IS NULL OR i.app = :app)$where
$group
ORDER BY $sort interruptions DESC
