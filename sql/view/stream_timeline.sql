-- stream_timeline.sql - GetStream's part of the timeline.
--
-- rank: stages in the order a join takes them, as core/fact has it.

CREATE VIEW stream_timeline AS
SELECT
	e.event_id,
	'stream' AS source,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = e.origin) AS app,
	e.at_us,
	(SELECT name FROM session_scope WHERE id = e.session) AS session_id,
	a.join_attempt_id,
	(SELECT coordinator_connect_id FROM connect WHERE id = e.connect) AS coordinator_connect_id,
	(SELECT user_id FROM user WHERE id = e.user) AS user_id,
	(SELECT user_id FROM user WHERE id = e.user) AS participant_id,
	ltrim(coalesce((SELECT value FROM dict WHERE id = e.stage), '')
		|| coalesce(' ' || (SELECT value FROM dict WHERE id = e.event_type), '')) AS event,
	CASE (SELECT value FROM dict WHERE id = e.stage)
		WHEN 'JoinInitiated' THEN 10
		WHEN 'CoordinatorWS' THEN 20
		WHEN 'MediaDevicePermission' THEN 30
		WHEN 'CoordinatorJoin' THEN 40
		WHEN 'WSJoin' THEN 50
		WHEN 'PeerConnectionConnect' THEN 60
		WHEN 'FirstAudioFrame' THEN 70
		WHEN 'FirstVideoFrame' THEN 80
		ELSE 90
	END + CASE (SELECT value FROM dict WHERE id = e.event_type)
		WHEN 'initiated' THEN 0
		WHEN 'completed' THEN 2
		ELSE 1
	END AS rank,
	(SELECT value FROM dict WHERE id = e.outcome) AS outcome,
	(SELECT value FROM dict WHERE id = e.retry_failure_code) AS code,
	nullif(substr(
		coalesce(', ' || (SELECT value FROM dict WHERE id = e.peer_connection), '')
		|| coalesce(', ' || (SELECT value FROM dict WHERE id = e.join_reason), '')
		|| coalesce(', ' || e.elapsed_time_ms || ' ms', '')
		|| coalesce(', retries ' || nullif(e.retry_count_attempt, 0), '')
		|| coalesce(', SFU ' || (SELECT value FROM dict WHERE id = e.sfu), '')
		|| coalesce(', ICE ' || (SELECT value FROM dict WHERE id = e.ice_state), '')
		|| coalesce(', microphone '
			|| (SELECT value FROM dict WHERE id = e.microphone_permission_status), '')
		|| coalesce(', camera '
			|| (SELECT value FROM dict WHERE id = e.camera_permission_status), '')
		|| coalesce(', screen share '
			|| (SELECT value FROM dict WHERE id = e.screen_share_status), '')
		|| coalesce(', track ' || e.track_id, '')
		|| coalesce(', ' || e.retry_failure_reason, ''), 3), '') AS detail,
	e.session AS scope
FROM stream_event AS e
LEFT JOIN join_attempt AS a ON a.id = e.scope;
