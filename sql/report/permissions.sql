-- permissions.sql - microphone, camera and screen: what users and browsers allowed, and what failed.
--
-- One row a device and what came of asking for it, over the events of the window
-- (without a window all client events are read by time): GetStream's
-- MediaDevicePermission, and HRTC's errors about devices, with their code. share
-- is of the vendor's and device's in the answer.
--
-- by app: (SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = p.origin)
-- by sdk: (SELECT value FROM dict WHERE id = p.sdk)
-- by sdk_version: (SELECT value FROM dict WHERE id = p.sdk_version)
-- by call_type: (SELECT value FROM dict WHERE id = p.call_type)
-- by call_id: coalesce((SELECT value FROM dict WHERE id = p.call_id), (SELECT name FROM session_scope WHERE id = p.room))
-- by user_id: (SELECT user_id FROM user WHERE id = p.user)
-- by hour time: strftime('%Y-%m-%dT%H:00Z', p.at_us / 1000000, 'unixepoch')
-- by day time: strftime('%Y-%m-%d', p.at_us / 1000000, 'unixepoch')
-- where source: p.source
-- where device: p.device
-- where result: p.result
-- where code: p.code

SELECT $by
	p.source,
	p.device,
	p.result,
	p.code,
	count(*) AS events,
	round(count(*) * 1.0 / sum(count(*)) OVER (PARTITION BY p.source, p.device), 6) AS share,
	count(DISTINCT p.user) AS users
FROM (
	SELECT
		'stream' AS source, e.at_us, e.origin, e.user, e.call_type, e.call_id, NULL AS room, a.sdk,
		coalesce(e.sdk_version, a.sdk_version) AS sdk_version, m.device,
		(SELECT value FROM dict WHERE id = CASE m.device
			WHEN 'microphone' THEN e.microphone_permission_status
			WHEN 'camera' THEN e.camera_permission_status
			ELSE e.screen_share_status END) AS result,
		NULL AS code
	FROM stream_event AS e
	LEFT JOIN join_attempt AS a ON a.id = e.scope
	CROSS JOIN (SELECT 'microphone' AS device UNION ALL SELECT 'camera' UNION ALL SELECT 'screen') AS m
	WHERE e.at_us / 1000 >= :since_ms AND e.at_us / 1000 < :until_ms
		AND e.stage = (SELECT id FROM dict WHERE value = 'MediaDevicePermission')
	UNION ALL
	SELECT
		'hrtc', e.at_us, e.origin, e.reporter, NULL, NULL, coalesce(e.room_id, e.payload_room_id), NULL,
		NULL, m.device, m.result, m.code
	FROM hrtc_event AS e
	CROSS JOIN (
		SELECT '90100003' AS code, 'any' AS device, 'no devices' AS result
		UNION ALL SELECT '90100004', 'camera', 'no camera'
		UNION ALL SELECT '90100005', 'microphone', 'no microphone'
		UNION ALL SELECT '90100006', 'speaker', 'no speaker'
		UNION ALL SELECT '90100017', 'any', 'permission denied'
		UNION ALL SELECT '90100018', 'any', 'over-constrained'
		UNION ALL SELECT '90100019', 'any', 'not found'
		UNION ALL SELECT '90100020', 'any', 'not readable') AS m
	WHERE e.name = (SELECT id FROM dict WHERE value = 'Error')
		AND e.at_us / 1000 >= :since_ms AND e.at_us / 1000 < :until_ms
		AND e.error_code = (SELECT id FROM dict WHERE value = m.code)
) AS p
WHERE p.result IS NOT NULL
	AND (:app IS NULL OR p.origin IN (
		SELECT id FROM origin WHERE app = (SELECT id FROM dict WHERE value = :app)))$where
$group, p.source, p.device, p.result, p.code
ORDER BY $sort p.source DESC, p.device, events DESC, p.result
