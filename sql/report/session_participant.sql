-- session_participant.sql - one participant of one session.
--
-- The columns are those of RealtimeKit's SessionParticipant, then what else is
-- known. Either id is taken: the peer's or the vendor's own of the participant.
--
-- param session_id text!: the session's id
-- param participant_id text!: the participant's id
-- param include_peer_events bool: with peer_events: created, joining, leaving
-- json peer_events
-- where call_id: p.call_id

SELECT
	p.id,
	p.user_id,
	p.custom_participant_id,
	p.display_name,
	p.preset_name,
	p.joined_at,
	p.left_at,
	p.duration,
	p.created_at,
	p.updated_at,
	CASE WHEN :include_peer_events THEN (
		SELECT json_group_array(json_object('id', p.id || ':' || name, 'event_name', name, 'peer_id', p.id,
			'participant_id', p.participant_id, 'session_id', p.session_id, 'socket_session_id', NULL,
			'minutes_consumed', minutes, 'preset_view_type', NULL, 'created_at', at, 'updated_at', at))
		FROM (
			SELECT 'PEER_CREATED' AS name, p.joined_at AS at, NULL AS minutes
			UNION ALL SELECT 'PEER_JOINING', p.joined_at, NULL
			UNION ALL SELECT 'PEER_LEAVING', p.left_at, p.duration)
		WHERE at IS NOT NULL) END AS peer_events,
	p.source,
	p.app,
	p.session_id,
	p.call_id,
	p.participant_id,
	p.is_local,
	p.how_left,
	p.how_left_class,
	p.events
FROM participant_resource AS p
WHERE p.session_id = :session_id
	AND (p.participant_id = :participant_id OR p.id = :participant_id)
	AND (:app IS NULL OR p.app = :app OR p.organization_id = :app)$where
ORDER BY p.source, p.app, p.call_id
