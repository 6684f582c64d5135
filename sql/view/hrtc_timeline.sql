-- hrtc_timeline.sql - Huawei HRTC room events as the timeline tells them.
--
-- No attempt has a session's key: see timeline. There is no index by scope here, but an event
-- of this vendor is no attempt's failure either, and that is looked for by event_id.

CREATE VIEW hrtc_timeline AS
SELECT
	e.event_id,
	'hrtc' AS source,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = e.origin) AS app,
	e.at_us,
	(SELECT name FROM session_scope WHERE id = coalesce(e.room_id, e.payload_room_id)) AS session_id,
	a.join_attempt_id,
	NULL AS coordinator_connect_id,
	(SELECT user_id FROM user WHERE id = e.reporter) AS user_id,
	(SELECT user_id FROM user WHERE id = coalesce(e.user, e.reporter)) AS participant_id,
	(SELECT value FROM dict WHERE id = e.name) AS event,
	CASE (SELECT value FROM dict WHERE id = e.name)
		WHEN 'peer-join' THEN 0
		WHEN 'peer-leave' THEN 8
		WHEN 'client-banned' THEN 8
		ELSE CASE (SELECT value FROM dict WHERE id = e.current_state)
			WHEN 'CONNECTED' THEN 0
			WHEN 'DISCONNECTED' THEN 8
			ELSE 4 END
	END AS rank,
	CASE coalesce(e.upload_result, e.upload_status) WHEN 200 THEN 'success' ELSE
		CASE WHEN coalesce(e.upload_result, e.upload_status) IS NOT NULL THEN 'failure' END END
		AS outcome,
	(SELECT value FROM dict WHERE id = e.error_code) AS code,
	nullif(substr(
		coalesce(', ' || (SELECT value FROM dict WHERE id = e.previous_state), '')
		|| coalesce(' → ' || (SELECT value FROM dict WHERE id = e.current_state), '')
		|| coalesce(', ' || (SELECT name FROM leave_reason WHERE code = e.leave_code), '')
		|| coalesce(', ' || e.ban_reason, '')
		|| CASE e.media_reason WHEN 0 THEN ', offline' WHEN 1 THEN ', muted'
			WHEN 2 THEN ', not muted' ELSE '' END
		|| coalesce(', ' || e.error_message, '')
		|| coalesce(', status ' || coalesce(e.upload_result, e.upload_status), '')
		|| coalesce(', ' || (SELECT value FROM dict WHERE id = e.device_state), '')
		|| coalesce(' ' || (SELECT value FROM dict WHERE id = e.device_id), '')
		|| coalesce(', up ' || (SELECT name FROM quality_level WHERE level = e.uplink_quality), '')
		|| coalesce(', down '
			|| (SELECT name FROM quality_level WHERE level = e.downlink_quality), '')
		|| coalesce(', ' || (SELECT value FROM dict WHERE id = e.stream_type), '')
		|| coalesce(', ' || (SELECT value FROM dict WHERE id = e.user_name), '')
		|| coalesce(', ' || nullif((SELECT count(*) FROM hrtc_item
			WHERE id BETWEEN e.event_id * 1024 AND e.event_id * 1024 + 1023), 0) || ' elements', ''), 3), '') AS detail,
	e.scope
FROM hrtc_event AS e
LEFT JOIN join_attempt AS a ON a.id = e.scope AND a.failure_event = e.event_id;
