-- room_events.sql - Huawei HRTC room events as their clients told them.
--
-- The members of the vendor's payloads under their own names; where one name
-- means different things on different events, each has a column. reporter is
-- the client's own user. Payloads that are arrays are told in elements: their
-- rows are in rtc_stats, stream_interruptions and volume_levels.

CREATE VIEW room_events AS
SELECT
	e.event_id,
	rc.received_us / 1000 AS received_ms,
	strftime('%Y-%m-%dT%H:%M:%S', rc.received_us / 1000000, 'unixepoch')
		|| printf('.%03dZ', rc.received_us / 1000 % 1000) AS received,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = e.origin) AS app,
	(SELECT uid FROM origin WHERE id = e.origin) AS uid,
	(SELECT gid FROM origin WHERE id = e.origin) AS gid,
	(SELECT pid FROM origin WHERE id = e.origin) AS pid,
	e.sender_id,
	e.at_us / 1000 AS timestamp_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch')
		|| CASE WHEN e.at_us % 1000 THEN printf('.%06dZ', e.at_us % 1000000)
			ELSE printf('.%03dZ', e.at_us / 1000 % 1000) END AS timestamp,
	(SELECT value FROM dict WHERE id = e.name) AS name,
	(SELECT name FROM session_scope WHERE id = coalesce(e.room_id, e.payload_room_id)) AS roomId,
	(SELECT user_id FROM user WHERE id = e.reporter) AS reporter,
	(SELECT user_id FROM user WHERE id = e.user) AS userId,
	(SELECT value FROM dict WHERE id = e.user_name) AS userName,
	e.leave_code AS reason_code,
	e.leave_message AS reason_msg,
	(SELECT name FROM leave_reason WHERE code = e.leave_code) AS leave_reason,
	(SELECT class FROM leave_reason WHERE code = e.leave_code) AS leave_class,
	e.ban_reason,
	e.media_status AS status,
	CASE e.media_status WHEN 1 THEN 'available' WHEN 2 THEN 'unavailable' END AS status_name,
	e.media_reason AS reason,
	CASE e.media_reason WHEN 0 THEN 'offline' WHEN 1 THEN 'muted' WHEN 2 THEN 'not muted' END
		AS reason_name,
	(SELECT value FROM dict WHERE id = e.error_code) AS errorCode,
	e.error_message AS errorMsg,
	(SELECT value FROM dict WHERE id = e.previous_state) AS prevState,
	(SELECT value FROM dict WHERE id = e.current_state) AS curState,
	coalesce(e.upload_result, e.upload_status) AS upload_status,
	(SELECT value FROM dict WHERE id = e.device_id) AS deviceId,
	(SELECT value FROM dict WHERE id = e.device_state) AS state,
	e.uplink_quality AS uplinkNetworkQuality,
	e.downlink_quality AS downlinkNetworkQuality,
	e.stream_id AS streamId,
	(SELECT value FROM dict WHERE id = e.stream_type) AS type,
	e.has_audio AS hasAudio,
	e.has_video AS hasVideo,
	(SELECT count(*) FROM hrtc_item
		WHERE id BETWEEN e.event_id * 1024 AND e.event_id * 1024 + 1023) AS elements,
	e.extra
FROM hrtc_event AS e
LEFT JOIN receipt AS rc ON rc.first_event_id = (
	SELECT max(first_event_id) FROM receipt WHERE first_event_id <= e.event_id);
