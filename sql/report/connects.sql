-- connects.sql - coordinator connections: how many came about, and how fast.
--
-- Connections that start in the window. aborted are failures that the client or
-- the backend wished for; the success rate is success / (success + failure).
-- not_told are those of which only other events speak.
--
-- by app: (SELECT value FROM dict WHERE id = k.app)
-- by sdk: (SELECT sdk FROM connects WHERE coordinator_connect_id = k.coordinator_connect_id
--	AND app = (SELECT value FROM dict WHERE id = k.app))
-- by sdk_version: (SELECT value FROM dict WHERE id = coalesce(c.sdk_version, i.sdk_version,
--	(SELECT sdk_version FROM join_attempt WHERE connect = k.id ORDER BY started_us, join_attempt_id LIMIT 1)))
-- by failure_code: (SELECT value FROM dict WHERE id = c.retry_failure_code)
-- by hour time: strftime('%Y-%m-%dT%H:00Z', k.started_us / 1000000, 'unixepoch')
-- by day time: strftime('%Y-%m-%d', k.started_us / 1000000, 'unixepoch')
-- where user_id: (SELECT user_id FROM user WHERE id = coalesce(c.user, i.user,
--	(SELECT user FROM join_attempt WHERE connect = k.id ORDER BY started_us, join_attempt_id LIMIT 1)))
-- where source: 'stream'

SELECT $by
	count(*) AS connects,
	count(*) FILTER (WHERE c.outcome = (SELECT id FROM dict WHERE value = 'success')) AS success,
	count(*) FILTER (WHERE c.outcome = (SELECT id FROM dict WHERE value = 'failure')
		AND (c.retry_failure_code IN abort_code_told) IS NOT TRUE) AS failure,
	count(*) FILTER (WHERE c.outcome = (SELECT id FROM dict WHERE value = 'failure')
		AND c.retry_failure_code IN abort_code_told) AS aborted,
	count(*) FILTER (WHERE c.outcome IS NULL AND coalesce(k.initiated_event, k.completed_event) IS NOT NULL)
		AS open,
	count(*) FILTER (WHERE coalesce(k.initiated_event, k.completed_event) IS NULL) AS not_told,
	round(count(*) FILTER (WHERE c.outcome = (SELECT id FROM dict WHERE value = 'success')) * 1.0
		/ nullif(count(c.outcome) - count(*) FILTER (WHERE c.outcome = (SELECT id FROM dict WHERE value = 'failure')
			AND c.retry_failure_code IN abort_code_told), 0), 6) AS success_rate,
	quantile(coalesce(c.elapsed_time_ms, max(c.at_us - i.at_us, 0) / 1000), 0.50) AS p50_elapsed_ms,
	quantile(coalesce(c.elapsed_time_ms, max(c.at_us - i.at_us, 0) / 1000), 0.90) AS p90_elapsed_ms,
	quantile(coalesce(c.elapsed_time_ms, max(c.at_us - i.at_us, 0) / 1000), 0.95) AS p95_elapsed_ms,
	quantile(coalesce(c.elapsed_time_ms, max(c.at_us - i.at_us, 0) / 1000), 0.99) AS p99_elapsed_ms,
	round(avg(c.retry_count_attempt), 3) AS avg_retries,
	max(c.retry_count_attempt) AS max_retries
FROM connect AS k
LEFT JOIN stream_event AS i ON i.event_id = k.initiated_event
LEFT JOIN stream_event AS c ON c.event_id = k.completed_event
WHERE k.started_us / 1000 >= :since_ms AND k.started_us / 1000 < :until_ms
	AND (:app IS NULL OR k.app = (SELECT id FROM dict WHERE value = :app))$where
$group
ORDER BY $sort connects DESC
