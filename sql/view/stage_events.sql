-- stage_events.sql - AWS IVS stage events, whichever way they came.
--
-- The members of the vendor's Event under their own names. EventBridge calls
-- things otherwise: its events bear the names ListParticipantEvents would give
-- them, and theirs stays in event_name.

CREATE VIEW stage_events AS
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
	e.at_us % 1000 * 100 + coalesce((SELECT rank FROM ivs_name_told WHERE id = e.name), 4) AS turn,
	(SELECT value FROM dict WHERE id = e.stage_arn) AS stageArn,
	(SELECT name FROM session_scope WHERE id = e.session_id) AS sessionId,
	(SELECT value FROM dict WHERE id = e.name) AS name,
	coalesce(e.participant_id, e.asked_participant_id) AS participantId,
	e.remote_participant_id AS remoteParticipantId,
	(SELECT value FROM dict WHERE id = e.error_code) AS errorCode,
	(SELECT value FROM dict WHERE id = e.destination_stage_arn) AS destinationStageArn,
	(SELECT value FROM dict WHERE id = e.destination_session_id) AS destinationSessionId,
	coalesce(e.replica, 0) AS replica,
	CASE WHEN e.replica THEN
		CASE WHEN (SELECT value FROM dict WHERE id = e.name) GLOB 'SUBSCRIBE_*'
			THEN e.remote_participant_id
			ELSE coalesce(e.participant_id, e.asked_participant_id) END
	END AS replica_participant_id,
	(SELECT user_id FROM user WHERE id = coalesce(e.new_user, e.previous_user)) AS user_id,
	e.previous_token AS previousToken,
	e.previous_capabilities AS previousToken_capabilities,
	e.previous_attributes AS previousToken_attributes,
	(SELECT user_id FROM user WHERE id = e.previous_user) AS previousToken_userId,
	strftime('%Y-%m-%dT%H:%M:%S', e.previous_expiration_us / 1000000, 'unixepoch')
		|| CASE WHEN e.previous_expiration_us % 1000 THEN printf('.%06dZ', e.previous_expiration_us % 1000000)
			ELSE printf('.%03dZ', e.previous_expiration_us / 1000 % 1000) END
		AS previousToken_expirationTime,
	e.new_token AS newToken,
	e.new_capabilities AS newToken_capabilities,
	e.new_attributes AS newToken_attributes,
	(SELECT user_id FROM user WHERE id = e.new_user) AS newToken_userId,
	strftime('%Y-%m-%dT%H:%M:%S', e.new_expiration_us / 1000000, 'unixepoch')
		|| CASE WHEN e.new_expiration_us % 1000 THEN printf('.%06dZ', e.new_expiration_us % 1000000)
			ELSE printf('.%03dZ', e.new_expiration_us / 1000 % 1000) END
		AS newToken_expirationTime,
	NULL AS event_name,
	NULL AS detail_type,
	NULL AS bridge_id,
	NULL AS account,
	NULL AS region,
	NULL AS resource,
	NULL AS reason,
	e.extra
FROM ivs_event AS e
LEFT JOIN receipt AS rc ON rc.first_event_id = (
	SELECT max(first_event_id) FROM receipt WHERE first_event_id <= e.event_id)
UNION ALL
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
	e.at_us % 1000 * 100 + coalesce((SELECT rank FROM ivs_name_told WHERE id = e.event_name), 4) AS turn,
	coalesce((SELECT value FROM dict WHERE id = e.stage_arn),
		(SELECT value FROM dict WHERE id = e.detail_stage_arn)) AS stageArn,
	(SELECT name FROM session_scope WHERE id = e.session_id) AS sessionId,
	(SELECT name FROM ivs_name_told WHERE id = e.event_name) AS name,
	e.participant_id AS participantId,
	NULL AS remoteParticipantId,
	(SELECT value FROM dict WHERE id = e.error_code) AS errorCode,
	NULL AS destinationStageArn,
	NULL AS destinationSessionId,
	0 AS replica,
	NULL AS replica_participant_id,
	(SELECT user_id FROM user WHERE id = e.user) AS user_id,
	NULL AS previousToken,
	NULL AS previousToken_capabilities,
	NULL AS previousToken_attributes,
	NULL AS previousToken_userId,
	NULL AS previousToken_expirationTime,
	NULL AS newToken,
	NULL AS newToken_capabilities,
	NULL AS newToken_attributes,
	NULL AS newToken_userId,
	NULL AS newToken_expirationTime,
	(SELECT value FROM dict WHERE id = e.event_name) AS event_name,
	(SELECT value FROM dict WHERE id = e.detail_type) AS detail_type,
	e.bridge_id,
	(SELECT value FROM dict WHERE id = e.account) AS account,
	(SELECT value FROM dict WHERE id = e.region) AS region,
	(SELECT value FROM dict WHERE id = e.resource) AS resource,
	e.reason,
	e.extra
FROM ivs_bridge_event AS e
LEFT JOIN receipt AS rc ON rc.first_event_id = (
	SELECT max(first_event_id) FROM receipt WHERE first_event_id <= e.event_id);
