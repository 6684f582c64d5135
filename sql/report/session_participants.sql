-- session_participants.sql - who took part in one session, in the order they joined.
--
-- The columns are those of RealtimeKit's SessionParticipant, then what else is
-- known. view=consolidated makes one row of those who are one user: joined
-- first, left last, durations summed.
--
-- param session_id text!: the session's id
-- param search text: what the participant's id, the custom one or the name contains; of the name's
--	letters A to Z, the case is ignored
-- param sort_by enum(joinedAt, duration): joinedAt if not given
-- param sort_order enum(ASC, DESC): ASC if not given
-- param view enum(raw, consolidated): raw if not given
-- param include_peer_events bool: with peer_events: created, joining, leaving
-- paging
-- json peer_events
-- where source: p.source
-- where app: p.app
-- where call_id: p.call_id
-- where user_id: p.user_id
-- where how_left: p.how_left
-- where how_left_class: p.how_left_class

SELECT
	min(p.id) AS id,
	p.user_id,
	p.custom_participant_id,
	max(p.display_name) AS display_name,
	p.preset_name,
	min(p.joined_at) AS joined_at,
	CASE WHEN count(*) = count(p.left_at) THEN max(p.left_at) END AS left_at,
	round(sum(p.duration), 6) AS duration,
	min(p.created_at) AS created_at,
	max(p.updated_at) AS updated_at,
	CASE WHEN :include_peer_events THEN '[' || coalesce(group_concat(nullif(trim(p.peer_events, '[]'), '')), '')
		|| ']' END AS peer_events,
	p.source,
	p.app,
	p.session_id,
	p.call_id,
	min(p.participant_id) AS participant_id,
	max(p.is_local) AS is_local,
	CASE WHEN count(*) = count(p.left_at)
		THEN substr(max(printf('%016d', p.left_ms) || p.how_left), 17) END AS how_left,
	CASE WHEN count(*) = count(p.left_at)
		THEN substr(max(printf('%016d', p.left_ms) || p.how_left_class), 17) END AS how_left_class,
	sum(p.events) AS events
FROM (
	SELECT p.*, CASE WHEN :include_peer_events THEN (
		SELECT json_group_array(json_object('id', p.id || ':' || name, 'event_name', name, 'peer_id', p.id,
			'participant_id', p.participant_id, 'session_id', p.session_id, 'socket_session_id', NULL,
			'minutes_consumed', minutes, 'preset_view_type', NULL, 'created_at', at, 'updated_at', at))
		FROM (
			SELECT 'PEER_CREATED' AS name, p.joined_at AS at, NULL AS minutes
			UNION ALL SELECT 'PEER_JOINING', p.joined_at, NULL
			UNION ALL SELECT 'PEER_LEAVING', p.left_at, p.duration)
		WHERE at IS NOT NULL) END AS peer_events
	FROM participant_resource AS p
) AS p
WHERE p.session_id = :session_id
	AND (:app IS NULL OR p.app = :app OR p.organization_id = :app)
	AND (:search IS NULL OR instr(p.id, :search) OR instr(p.participant_id, :search)
		OR instr(p.custom_participant_id, :search)
		OR instr(lower(p.display_name), lower(:search)))$where
GROUP BY p.source, p.app, p.call_id, CASE WHEN :view = 'consolidated'
	THEN coalesce(p.custom_participant_id, p.user_id, p.participant_id) ELSE p.participant_id END
ORDER BY
	CASE WHEN :sort_order IS 'DESC' THEN
		CASE :sort_by WHEN 'duration' THEN sum(p.duration) ELSE min(p.joined_ms) END END DESC,
	CASE :sort_by WHEN 'duration' THEN sum(p.duration) ELSE min(p.joined_ms) END,
	min(p.id), p.source, p.app, p.call_id
