-- sessions.sql - every vendor's sessions, newest first: when, how many, how long.
--
-- The columns are those of RealtimeKit's Session, then what else is known. The
-- window is a session's start. app is the one events were recorded for, or the
-- vendor's own (organization_id).
--
-- param associated_id text: the call, meeting, room, topic or stage
-- param start_time time: only sessions that started then or later
-- param end_time time: only sessions that started before then
-- param participants range: how many took part in all, as 1:10
-- param search text: what the title, the meeting's or the session's id contains; of the title's
--	letters A to Z, the case is ignored
-- param status enum(LIVE, ENDED): only such sessions
-- param sort_by enum(minutesConsumed, createdAt): what to sort by, if not the start
-- param sort_order enum(ASC, DESC): DESC if not given
-- param include_breakout_rooms bool: accepted; no webhook tells of any
-- paging
-- json breakout_rooms
-- where source: s.source
-- where app: s.app
-- where session_id: s.session_id
-- where call_type: s.call_type
-- where call_id: s.call_id
-- where title: s.title
-- where organization_id: s.organization_id
-- where status: s.status
-- where end_reason: s.end_reason
-- where hour: strftime('%Y-%m-%dT%H:00Z', s.started_ms / 1000, 'unixepoch')
-- where day: strftime('%Y-%m-%d', s.started_ms / 1000, 'unixepoch')

SELECT r.*
FROM (
	SELECT s.session_id, s.source, s.app, s.call_id, s.started_ms, CASE :sort_by
			WHEN 'minutesConsumed' THEN s.minutes_consumed
			WHEN 'createdAt' THEN s.created_at
			ELSE s.started_ms END AS sort
	FROM session_resource AS s
	WHERE s.started_ms >= max(:since_ms, coalesce(:start_time, 0))
		AND s.started_ms < min(:until_ms, coalesce(:end_time, 9223372036854775807))
		AND (:app IS NULL OR s.app = :app OR s.organization_id = :app)
		AND (:associated_id IS NULL OR s.associated_id = :associated_id)
		AND (:status IS NULL OR s.status = :status)
		AND (:search IS NULL OR instr(lower(s.meeting_display_name), lower(:search))
			OR instr(s.associated_id, :search) OR instr(s.id, :search))
		AND (:participants_least IS NULL OR (
			SELECT count(*) FROM participants AS p
			WHERE p.session_id = s.id AND p.source = s.source AND p.app = s.app AND p.call_id IS s.call_id)
			BETWEEN :participants_least AND :participants_most)$where
	ORDER BY CASE WHEN :sort_order = 'ASC' THEN sort END, CASE WHEN :sort_order IS NOT 'ASC' THEN sort END DESC,
		s.started_ms DESC, s.session_id, s.source, s.app, s.call_id
	-- The rest of a row is made of those alone that are answered.
	LIMIT CASE WHEN :limit < 0 THEN -1 ELSE :limit + :offset END
) AS k
CROSS JOIN session_resource AS r ON r.session_id = k.session_id AND r.source = k.source AND r.app = k.app
	AND r.call_id IS k.call_id
ORDER BY CASE WHEN :sort_order = 'ASC' THEN k.sort END, CASE WHEN :sort_order IS NOT 'ASC' THEN k.sort END DESC,
	k.started_ms DESC, k.session_id, k.source, k.app, k.call_id
