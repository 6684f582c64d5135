-- reconnects.sql - connections that broke and were made again: how often, how well, how fast.
--
-- One row a vendor, kind and reason. A rejoin is a join attempt for one of the
-- reasons by which a user's attempts on a call chain; peer-connection is a media
-- connection within an attempt that had been connected before: both of attempts
-- that start in the window. room is HRTC's RECONNECTING, that in the window is
-- CONNECTED again or given up, be it over CONNECTING or by an attempt that begins
-- anew, or goes on; one whose end was not told is open. chains counts the users
-- and calls they belong to; the success rate is ok / (ok + failed).
--
-- by app: (SELECT value FROM dict WHERE id = r.app)
-- by call_type: (SELECT value FROM dict WHERE id = r.call_type)
-- by call_id: coalesce((SELECT value FROM dict WHERE id = r.call_id), (SELECT name FROM session_scope WHERE id = r.room))
-- by user_id: (SELECT user_id FROM user WHERE id = r.user)
-- by sdk: (SELECT value FROM dict WHERE id = r.sdk)
-- by sdk_version: (SELECT value FROM dict WHERE id = r.sdk_version)
-- by sfu_id: (SELECT value FROM dict WHERE id = r.sfu)
-- by hour time: strftime('%Y-%m-%dT%H:00Z', r.at_us / 1000000, 'unixepoch')
-- by day time: strftime('%Y-%m-%d', r.at_us / 1000000, 'unixepoch')
-- where source: r.source
-- where kind: r.kind
-- where reason: r.reason

SELECT $by
	r.source,
	r.kind,
	r.reason,
	count(*) AS reconnects,
	count(*) FILTER (WHERE r.result = 'ok') AS ok,
	count(*) FILTER (WHERE r.result = 'failed') AS failed,
	count(*) FILTER (WHERE r.result = 'aborted') AS aborted,
	count(*) FILTER (WHERE r.result IS NULL) AS open,
	round(count(*) FILTER (WHERE r.result = 'ok') * 1.0
		/ nullif(count(*) FILTER (WHERE r.result IN ('ok', 'failed')), 0), 6) AS success_rate,
	count(DISTINCT r.app || ' ' || coalesce(r.user, '') || ' ' || coalesce(r.call_type, '') || ' '
		|| coalesce(r.call_id, r.room, '')) AS chains,
	quantile(CASE WHEN r.result = 'ok' THEN r.took_ms END, 0.50) AS p50_ms,
	quantile(CASE WHEN r.result = 'ok' THEN r.took_ms END, 0.90) AS p90_ms,
	quantile(CASE WHEN r.result = 'ok' THEN r.took_ms END, 0.95) AS p95_ms,
	max(CASE WHEN r.result = 'ok' THEN r.took_ms END) AS max_ms
FROM (
	SELECT
		'stream' AS source, 'rejoin' AS kind, d.value AS reason, a.started_us AS at_us, a.app, a.user,
		a.call_type, a.call_id, NULL AS room, a.sdk, a.sdk_version, a.sfu,
		CASE a.outcome WHEN 1 THEN 'ok' WHEN 2 THEN 'failed' WHEN 3 THEN 'aborted' END AS result,
		(a.joined_us - a.started_us) / 1000 AS took_ms
	FROM join_attempt AS a
	CROSS JOIN dict AS d ON d.id = a.join_reason
	WHERE a.started_us / 1000 >= :since_ms AND a.started_us / 1000 < :until_ms
		AND d.value IN ('full-rejoin', 'migration', 'migrate', 'network-available')
	UNION ALL
	SELECT
		'stream', 'peer-connection', (SELECT value FROM dict WHERE id = coalesce(c.peer_connection, i.peer_connection)),
		coalesce(i.at_us, c.at_us), a.app, a.user, a.call_type, a.call_id, NULL, a.sdk, a.sdk_version,
		coalesce(c.sfu, i.sfu),
		CASE (SELECT value FROM dict WHERE id = c.outcome) WHEN 'success' THEN 'ok'
			WHEN 'failure' THEN CASE WHEN c.retry_failure_code IN abort_code_told THEN 'aborted' ELSE 'failed' END END,
		coalesce(c.elapsed_time_ms, max(c.at_us - i.at_us, 0) / 1000)
	FROM join_attempt AS a
	CROSS JOIN stage_attempt AS s ON s.scope = a.id AND s.lifecycle = 1
	LEFT JOIN stream_event AS i ON i.event_id = s.initiated_event
	LEFT JOIN stream_event AS c ON c.event_id = s.completed_event
	WHERE a.started_us / 1000 >= :since_ms AND a.started_us / 1000 < :until_ms
		AND a.reconnects > 0
		AND coalesce(c.stage, i.stage) = (SELECT id FROM dict WHERE value = 'PeerConnectionConnect')
		AND coalesce(c.was_previously_connected, i.was_previously_connected) = 1
	UNION ALL
	SELECT
		'hrtc', 'room', NULL, e.at_us, (SELECT app FROM origin WHERE id = e.origin), e.reporter, NULL,
		NULL, e.room, NULL, NULL, NULL, c.result, c.duration_ms
	FROM hrtc_state_told AS e
	CROSS JOIN connection_states AS c ON c.event_id = e.event_id
	WHERE e.at_us / 1000 >= :since_ms AND e.at_us / 1000 < :until_ms
		AND (c.result IS NOT NULL OR c.curState = 'RECONNECTING' AND coalesce((
			SELECT n.previous_state IS (SELECT id FROM dict WHERE value = 'CONNECTED')
			FROM hrtc_state_told AS n
			WHERE n.scope = e.scope AND n.reporter IS e.reporter AND n.current_state IS NOT NULL
				AND n.at_us >= e.at_us AND n.at_us <= e.at_us + e.idle_us AND NOT n.is_step
				AND (n.at_us > e.at_us OR n.previous_state = e.current_state AND n.event_id <> e.event_id)
			ORDER BY n.at_us, n.digest LIMIT 1), 1))
) AS r
WHERE (:app IS NULL OR r.app = (SELECT id FROM dict WHERE value = :app))$where
$group, r.source, r.kind, r.reason
ORDER BY $sort r.source DESC, r.kind DESC, reconnects DESC, r.reason
