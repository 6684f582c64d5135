-- client_events.sql - GetStream client events as their SDKs sent them.
--
-- The vendor's 27 fields under the vendor's names, in the vendor's order, behind
-- what the recorder adds. One row a stored event. An attempt is joined because
-- an index serves it both ways; everything else is a scalar subquery, which
-- costs nothing where its column is not asked for.

CREATE VIEW client_events AS
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
	(SELECT user_id FROM user WHERE id = e.user) AS user_id,
	(SELECT value FROM dict WHERE id = e.call_type) AS type,
	(SELECT value FROM dict WHERE id = e.call_id) AS id,
	(SELECT value FROM dict WHERE id = e.stage) AS stage,
	(SELECT stage_id FROM stage_told WHERE event_id = e.event_id) AS stage_id,
	a.join_attempt_id,
	(SELECT coordinator_connect_id FROM connect WHERE id = e.connect) AS coordinator_connect_id,
	(SELECT value FROM dict WHERE id = e.event_type) AS event_type,
	strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch')
		|| CASE WHEN e.at_us % 1000 THEN printf('.%06dZ', e.at_us % 1000000)
			ELSE printf('.%03dZ', e.at_us / 1000 % 1000) END AS timestamp,
	(SELECT value FROM dict WHERE id = e.user_agent) AS user_agent,
	(SELECT value FROM dict WHERE id = e.sdk_version) AS sdk_version,
	(SELECT value FROM dict WHERE id = e.peer_connection) AS peer_connection,
	e.was_previously_connected,
	strftime('%Y-%m-%dT%H:%M:%S', e.previously_connected_us / 1000000, 'unixepoch')
		|| CASE WHEN e.previously_connected_us % 1000
			THEN printf('.%06dZ', e.previously_connected_us % 1000000)
			ELSE printf('.%03dZ', e.previously_connected_us / 1000 % 1000) END
		AS previously_connected_timestamp,
	(SELECT value FROM dict WHERE id = e.outcome) AS outcome,
	e.retry_count_attempt,
	e.elapsed_time_ms AS elapsed_time,
	(SELECT name FROM session_scope WHERE id = e.session) AS call_session_id,
	(SELECT value FROM dict WHERE id = e.join_reason) AS join_reason,
	(SELECT value FROM dict WHERE id = e.sfu) AS sfu_id,
	e.track_id,
	e.retry_failure_reason,
	(SELECT value FROM dict WHERE id = e.retry_failure_code) AS retry_failure_code,
	(SELECT value FROM dict WHERE id = e.ice_state) AS ice_state,
	(SELECT value FROM dict WHERE id = e.screen_share_status) AS screen_share_status,
	(SELECT value FROM dict WHERE id = e.microphone_permission_status)
		AS microphone_permission_status,
	(SELECT value FROM dict WHERE id = e.camera_permission_status) AS camera_permission_status,
	e.previously_connected_us / 1000 AS previously_connected_timestamp_ms,
	e.extra
FROM stream_event AS e
LEFT JOIN receipt AS rc ON rc.first_event_id = (
	SELECT max(first_event_id) FROM receipt WHERE first_event_id <= e.event_id)
LEFT JOIN join_attempt AS a ON a.id = e.scope;
