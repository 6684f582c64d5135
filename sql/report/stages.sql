-- stages.sql - each stage of joining: success rate, how long it takes, retries.
--
-- Stage attempts of the join attempts and coordinator connections that start in
-- the window. aborted are failures that the client or the backend wished for; the
-- success rate is success / (success + failure). elapsed is over completed ones.
-- sfu_id is the stage's own, call and reason are the attempt's; a connection has
-- the SDK that view connects shows.
--
-- by call_type: (SELECT value FROM dict WHERE id = s.call_type)
-- by call_id: (SELECT value FROM dict WHERE id = s.call_id)
-- by sdk: coalesce((SELECT value FROM dict WHERE id = s.sdk), (SELECT sdk FROM connects
--	WHERE coordinator_connect_id = s.connect AND app = (SELECT value FROM dict WHERE id = s.app)))
-- by sdk_version: coalesce((SELECT value FROM dict WHERE id = s.sdk_version), (SELECT sdk_version FROM connects
--	WHERE coordinator_connect_id = s.connect AND app = (SELECT value FROM dict WHERE id = s.app)))
-- by sfu_id: (SELECT value FROM dict WHERE id = s.sfu)
-- by join_reason: (SELECT value FROM dict WHERE id = s.join_reason)
-- by app: (SELECT value FROM dict WHERE id = s.app)
-- by hour time: strftime('%Y-%m-%dT%H:00Z', s.started_us / 1000000, 'unixepoch')
-- by day time: strftime('%Y-%m-%d', s.started_us / 1000000, 'unixepoch')
-- where user_id: (SELECT user_id FROM user WHERE id = s.user)

SELECT $by
	(SELECT value FROM dict WHERE id = s.stage) AS stage,
	(SELECT value FROM dict WHERE id = s.peer_connection) AS peer_connection,
	count(*) AS attempts,
	count(*) FILTER (WHERE s.outcome = (SELECT id FROM dict WHERE value = 'success')) AS success,
	count(*) FILTER (WHERE s.outcome = (SELECT id FROM dict WHERE value = 'failure')
		AND (s.code IN abort_code_told) IS NOT TRUE) AS failure,
	count(*) FILTER (WHERE s.outcome = (SELECT id FROM dict WHERE value = 'failure')
		AND s.code IN abort_code_told) AS aborted,
	count(*) FILTER (WHERE s.outcome IS NULL) AS open,
	round(count(*) FILTER (WHERE s.outcome = (SELECT id FROM dict WHERE value = 'success')) * 1.0
		/ nullif(count(s.outcome) - count(*) FILTER (WHERE s.outcome = (SELECT id FROM dict WHERE value = 'failure')
			AND s.code IN abort_code_told), 0), 6) AS success_rate,
	quantile(s.elapsed_ms, 0.50) AS p50_elapsed_ms,
	quantile(s.elapsed_ms, 0.90) AS p90_elapsed_ms,
	quantile(s.elapsed_ms, 0.95) AS p95_elapsed_ms,
	quantile(s.elapsed_ms, 0.99) AS p99_elapsed_ms,
	round(avg(s.retry_count), 3) AS avg_retries,
	max(s.retry_count) AS max_retries
FROM (
	SELECT
		a.app, a.started_us, a.user, a.call_type, a.call_id, a.sdk, a.sdk_version, a.join_reason,
		NULL AS connect,
		coalesce(c.stage, i.stage) AS stage,
		coalesce(c.peer_connection, i.peer_connection) AS peer_connection,
		coalesce(c.sfu, i.sfu) AS sfu,
		c.outcome,
		c.retry_failure_code AS code,
		coalesce(c.elapsed_time_ms, max(c.at_us - i.at_us, 0) / 1000) AS elapsed_ms,
		c.retry_count_attempt AS retry_count
	FROM join_attempt AS a
	JOIN stage_attempt AS g ON g.scope = a.id AND g.lifecycle = 1
	LEFT JOIN stream_event AS i ON i.event_id = g.initiated_event
	LEFT JOIN stream_event AS c ON c.event_id = g.completed_event
	WHERE a.started_us / 1000 >= :since_ms AND a.started_us / 1000 < :until_ms
	UNION ALL
	SELECT
		k.app, k.started_us, coalesce(c.user, i.user), coalesce(c.call_type, i.call_type),
		coalesce(c.call_id, i.call_id), NULL, coalesce(c.sdk_version, i.sdk_version), NULL,
		k.coordinator_connect_id,
		coalesce(c.stage, i.stage),
		coalesce(c.peer_connection, i.peer_connection),
		coalesce(c.sfu, i.sfu),
		c.outcome,
		c.retry_failure_code,
		coalesce(c.elapsed_time_ms, max(c.at_us - i.at_us, 0) / 1000),
		c.retry_count_attempt
	FROM connect AS k
	JOIN stage_attempt AS g ON g.scope = k.id AND g.lifecycle = 1
	LEFT JOIN stream_event AS i ON i.event_id = g.initiated_event
	LEFT JOIN stream_event AS c ON c.event_id = g.completed_event
	WHERE k.started_us / 1000 >= :since_ms AND k.started_us / 1000 < :until_ms
) AS s
WHERE (:app IS NULL OR s.app = (SELECT id FROM dict WHERE value = :app))$where
$group, s.stage, s.peer_connection
ORDER BY $sort CASE (SELECT value FROM dict WHERE id = s.stage)
		WHEN 'CoordinatorWS' THEN 1
		WHEN 'CoordinatorJoin' THEN 2
		WHEN 'WSJoin' THEN 3
		ELSE 4
	END, peer_connection DESC, attempts DESC
