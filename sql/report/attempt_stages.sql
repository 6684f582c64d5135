-- attempt_stages.sql - the stages of one join attempt, for a waterfall.
--
-- kind is stage (it takes time; elapsed_ms is NULL while it is open) or mark (it
-- happens: the start, permissions, first frames, events of no stage). state is
-- open, success or failure of a stage, what was said at a mark. offset_ms counts
-- from the attempt's start. Of a beginning that several ids share, all are
-- shown, one attempt after the other.
--
-- param id text!: the join attempt's id, or how it begins

WITH chosen AS (
	SELECT a.id, a.join_attempt_id, a.app, a.started_us FROM join_attempt AS a
	WHERE a.id IN (
			SELECT id FROM join_attempt WHERE join_attempt_id = :id
			UNION ALL
			SELECT id FROM join_attempt
			WHERE join_attempt_id > :id AND join_attempt_id < :id || char(1114111)
				AND NOT EXISTS (SELECT 1 FROM join_attempt WHERE join_attempt_id = :id))
		AND +a.started_us / 1000 >= :since_ms AND +a.started_us / 1000 < :until_ms
		AND (:app IS NULL OR a.app = (SELECT id FROM dict WHERE value = :app))
)
SELECT
	r.join_attempt_id,
	(SELECT value FROM dict WHERE id = r.app) AS app,
	r.kind,
	(SELECT value FROM dict WHERE id = r.stage) AS stage,
	(SELECT value FROM dict WHERE id = r.peer_connection) AS peer_connection,
	(r.at_us - r.started_us) / 1000 AS offset_ms,
	r.elapsed_ms,
	r.state,
	r.retry_count,
	(SELECT value FROM dict WHERE id = r.failure_code) AS failure_code,
	r.failure_reason,
	(SELECT value FROM dict WHERE id = r.sfu) AS sfu_id,
	r.stage_id
FROM (
	SELECT
		a.id, a.join_attempt_id, a.app, a.started_us, 'stage' AS kind,
		coalesce(c.stage, i.stage) AS stage,
		coalesce(c.peer_connection, i.peer_connection) AS peer_connection,
		coalesce(i.at_us, max(a.started_us, c.at_us - 1000 * coalesce(c.elapsed_time_ms, 0))) AS at_us,
		CASE WHEN c.outcome IS NOT NULL THEN
			coalesce(c.elapsed_time_ms, max(c.at_us - i.at_us, 0) / 1000) END AS elapsed_ms,
		coalesce((SELECT value FROM dict WHERE id = c.outcome), 'open') AS state,
		c.retry_count_attempt AS retry_count,
		c.retry_failure_code AS failure_code,
		c.retry_failure_reason AS failure_reason,
		coalesce(c.sfu, i.sfu) AS sfu,
		s.stage_id
	FROM chosen AS a
	JOIN stage_attempt_told AS s ON s.scope = a.id AND s.lifecycle = 1
	LEFT JOIN stream_event AS i ON i.event_id = s.initiated_event
	LEFT JOIN stream_event AS c ON c.event_id = s.completed_event
	UNION ALL
	SELECT
		a.id, a.join_attempt_id, a.app, a.started_us, 'mark',
		e.stage,
		e.peer_connection,
		e.at_us,
		NULL,
		coalesce(nullif(substr(
			coalesce(', microphone '
				|| (SELECT value FROM dict WHERE id = e.microphone_permission_status), '')
			|| coalesce(', camera '
				|| (SELECT value FROM dict WHERE id = e.camera_permission_status), '')
			|| coalesce(', screen share '
				|| (SELECT value FROM dict WHERE id = e.screen_share_status), ''), 3), ''),
			(SELECT value FROM dict WHERE id = e.outcome),
			nullif((SELECT value FROM dict WHERE id = e.event_type), 'initiated')),
		e.retry_count_attempt,
		e.retry_failure_code,
		e.retry_failure_reason,
		e.sfu,
		(SELECT stage_id FROM stage_told WHERE event_id = e.event_id)
	FROM chosen AS a
	JOIN stream_event AS e ON e.scope = a.id
	LEFT JOIN stage_attempt AS s ON s.id = e.stage_attempt
	WHERE s.lifecycle IS NOT 1
) AS r
ORDER BY r.started_us, r.id, r.at_us,
	CASE (SELECT value FROM dict WHERE id = r.stage)
		WHEN 'JoinInitiated' THEN 1
		WHEN 'MediaDevicePermission' THEN 2
		WHEN 'CoordinatorJoin' THEN 3
		WHEN 'WSJoin' THEN 4
		WHEN 'PeerConnectionConnect' THEN 5
		WHEN 'FirstAudioFrame' THEN 6
		WHEN 'FirstVideoFrame' THEN 7
		ELSE 8
	END, peer_connection DESC, r.stage_id
