-- participant_events.sql - what one participant of an IVS stage did, newest first.
--
-- The columns are those of the vendor's Event, as ListParticipantEvents gives
-- them, then what else is known. What EventBridge alone has told is among them,
-- under the API's names. The window is when it happened.
--
-- param stage_arn text!: the stage
-- param session_id text!: the session's id within it
-- param participant_id text!: the participant's id
-- param sort_order enum(ASC, DESC): DESC if not given
-- json replica
-- json previousToken
-- json newToken

SELECT
	e.name,
	e.participantId,
	strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch')
		|| CASE WHEN e.at_us % 1000 THEN printf('.%06dZ', e.at_us % 1000000)
			ELSE printf('.%03dZ', e.at_us / 1000 % 1000) END AS eventTime,
	e.remoteParticipantId,
	e.errorCode,
	e.destinationStageArn,
	e.destinationSessionId,
	e.replica,
	e.previousToken,
	e.newToken,
	e.app,
	e.event_id
FROM (
	SELECT
		e.event_id, e.at_us, e.digest, coalesce(t.rank, 4) AS rank,
		(SELECT value FROM dict WHERE id = n.app) AS app,
		t.name,
		coalesce(e.participant_id, e.asked_participant_id) AS participantId,
		e.remote_participant_id AS remoteParticipantId,
		(SELECT value FROM dict WHERE id = e.error_code) AS errorCode,
		(SELECT value FROM dict WHERE id = e.destination_stage_arn) AS destinationStageArn,
		(SELECT value FROM dict WHERE id = e.destination_session_id) AS destinationSessionId,
		CASE WHEN e.replica THEN 'true' ELSE 'false' END AS replica,
		-- A token by itself is a text. Of an object, members that are not told are left out.
		CASE WHEN e.previous_token IS NOT NULL THEN json_quote(e.previous_token)
			ELSE nullif(json_patch('{}', json_object(
				'capabilities', json(e.previous_capabilities), 'attributes', json(e.previous_attributes),
				'userId', (SELECT user_id FROM user WHERE id = e.previous_user), 'expirationTime',
				strftime('%Y-%m-%dT%H:%M:%S', e.previous_expiration_us / 1000000, 'unixepoch')
				|| CASE WHEN e.previous_expiration_us % 1000 THEN printf('.%06dZ', e.previous_expiration_us % 1000000)
					ELSE printf('.%03dZ', e.previous_expiration_us / 1000 % 1000) END)), '{}') END AS previousToken,
		CASE WHEN e.new_token IS NOT NULL THEN json_quote(e.new_token)
			ELSE nullif(json_patch('{}', json_object(
				'capabilities', json(e.new_capabilities), 'attributes', json(e.new_attributes),
				'userId', (SELECT user_id FROM user WHERE id = e.new_user), 'expirationTime',
				strftime('%Y-%m-%dT%H:%M:%S', e.new_expiration_us / 1000000, 'unixepoch')
				|| CASE WHEN e.new_expiration_us % 1000 THEN printf('.%06dZ', e.new_expiration_us % 1000000)
					ELSE printf('.%03dZ', e.new_expiration_us / 1000 % 1000) END)), '{}') END AS newToken
	FROM session_scope AS n
	CROSS JOIN ivs_event AS e ON e.scope = n.id
	LEFT JOIN ivs_name_told AS t ON t.id = e.name
	WHERE n.name = :session_id AND n.source = (SELECT id FROM dict WHERE value = 'ivs')
		AND n.place = (SELECT id FROM dict WHERE value = :stage_arn)
		AND coalesce(e.participant_id, e.asked_participant_id) = :participant_id
	UNION ALL
	SELECT
		e.event_id, e.at_us, e.digest, coalesce(t.rank, 4) AS rank,
		(SELECT value FROM dict WHERE id = n.app) AS app,
		t.name, e.participant_id, NULL, (SELECT value FROM dict WHERE id = e.error_code), NULL, NULL,
		'false', NULL, NULL
	FROM session_scope AS n
	CROSS JOIN ivs_bridge_event AS e ON e.scope = n.id
	LEFT JOIN ivs_name_told AS t ON t.id = e.event_name
	WHERE n.name = :session_id AND n.source = (SELECT id FROM dict WHERE value = 'ivs')
		AND n.place = (SELECT id FROM dict WHERE value = :stage_arn)
		AND e.participant_id = :participant_id
		AND NOT EXISTS (SELECT 1 FROM ivs_twin_told AS w WHERE w.event_id = e.event_id)
) AS e
WHERE e.at_us / 1000 >= :since_ms AND e.at_us / 1000 < :until_ms
	AND (:app IS NULL OR e.app = :app)
ORDER BY
	CASE WHEN :sort_order IS 'ASC' THEN e.at_us ELSE -e.at_us END,
	CASE WHEN :sort_order IS 'ASC' THEN e.rank ELSE -e.rank END,
	e.digest
