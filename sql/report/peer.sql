-- peer.sql - the participant behind a peer id, whatever the session.
--
-- The columns are those of RealtimeKit's SessionParticipant as its peer report
-- has it, then what else is known. peer_report has the parts asked for by
-- filters; what no webhook tells is empty in it.
--
-- param peer_id text!: the peer's id
-- param filters enum(device_info, ip_information, precall_network_information, events, quality_stats):
--	the part of the report that is wanted
-- param include_peer_events bool: with peer_events: created, joining, leaving
-- json peer_events
-- json peer_report

SELECT
	p.id,
	p.user_id,
	p.custom_participant_id,
	p.display_name,
	p.preset_name AS role,
	p.joined_at,
	p.left_at,
	p.duration,
	p.created_at,
	p.updated_at,
	p.session_id,
	CASE WHEN :include_peer_events THEN (
		SELECT json_group_array(json_object('id', p.id || ':' || name, 'event_name', name, 'peer_id', p.id,
			'participant_id', p.participant_id, 'session_id', p.session_id, 'socket_session_id', NULL,
			'minutes_consumed', minutes, 'preset_view_type', NULL, 'created_at', at, 'updated_at', at))
		FROM (
			SELECT 'PEER_CREATED' AS name, p.joined_at AS at, NULL AS minutes
			UNION ALL SELECT 'PEER_JOINING', p.joined_at, NULL
			UNION ALL SELECT 'PEER_LEAVING', p.left_at, p.duration)
		WHERE at IS NOT NULL) END AS peer_events,
	CASE :filters
		WHEN 'device_info' THEN '{"metadata":{"device_info":{}}}'
		WHEN 'ip_information' THEN '{"metadata":{"ip_information":{}}}'
		WHEN 'precall_network_information' THEN '{"metadata":{"pc_metadata":[]}}'
		WHEN 'events' THEN '{"metadata":{"events":[]}}'
		WHEN 'quality_stats' THEN '{"quality":{}}'
		ELSE '{}' END AS peer_report,
	p.source,
	p.app,
	p.organization_id,
	p.participant_id,
	p.is_local,
	p.how_left,
	p.how_left_class,
	p.events
FROM participant_resource AS p
WHERE p.peer_id = :peer_id
	AND (:app IS NULL OR p.app = :app OR p.organization_id = :app)
ORDER BY p.joined_ms DESC, p.session_id
