-- devices.sql - cameras, microphones and speakers plugged in and pulled out during calls.
--
-- One row a kind of device and what happened to it, in the window (HRTC; without
-- a window all of them are read).
--
-- by app: c.app
-- by call_id: c.roomId
-- by user_id: c.reporter
-- by device_id: c.deviceId
-- by hour time: strftime('%Y-%m-%dT%H:00Z', c.timestamp_ms / 1000, 'unixepoch')
-- by day time: strftime('%Y-%m-%d', c.timestamp_ms / 1000, 'unixepoch')
-- where source: 'hrtc'
-- where device: c.kind
-- where change: c.state

SELECT $by
	c.kind AS device,
	c.state AS change,
	count(*) AS changes,
	count(DISTINCT c.reporter) AS users,
	count(DISTINCT c.deviceId) AS devices,
	max(c.timestamp) AS last_seen
FROM device_changes AS c
WHERE c.timestamp_ms >= :since_ms AND c.timestamp_ms < :until_ms
	AND (:app IS NULL OR c.app = :app)$where
$group, c.kind, c.state
ORDER BY $sort device, change
