-- joins.sql - how join attempts went: outcomes, success rate, time to join.
--
-- The success rate is joined / (joined + failed + abandoned); what was aborted
-- or is still open stands apart.
--
-- by call_type: (SELECT value FROM dict WHERE id = a.call_type)
-- by call_id: (SELECT value FROM dict WHERE id = a.call_id)
-- by sdk: (SELECT value FROM dict WHERE id = a.sdk)
-- by sdk_version: (SELECT value FROM dict WHERE id = a.sdk_version)
-- by sfu_id: (SELECT value FROM dict WHERE id = a.sfu)
-- by join_reason: (SELECT value FROM dict WHERE id = a.join_reason)
-- by app: (SELECT value FROM dict WHERE id = a.app)
-- by hour time: strftime('%Y-%m-%dT%H:00Z', a.started_us / 1000000, 'unixepoch')
-- by day time: strftime('%Y-%m-%d', a.started_us / 1000000, 'unixepoch')
-- where user_id: (SELECT user_id FROM user WHERE id = a.user)

SELECT $by
	count(*) AS attempts,
	count(*) FILTER (WHERE a.outcome = 1) AS joined,
	count(*) FILTER (WHERE a.outcome = 2) AS failed,
	count(*) FILTER (WHERE a.outcome = 3) AS aborted,
	count(*) FILTER (WHERE a.outcome = 4 AND a.last_us < t.stale_us) AS abandoned,
	count(*) FILTER (WHERE a.outcome = 4 AND a.last_us >= t.stale_us) AS open,
	round(count(*) FILTER (WHERE a.outcome = 1) * 1.0 / nullif(
		count(*) FILTER (WHERE a.outcome IN (1, 2) OR a.outcome = 4 AND a.last_us < t.stale_us),
		0), 6) AS success_rate,
	quantile((a.joined_us - a.started_us) / 1000, 0.50) AS p50_time_to_join_ms,
	quantile((a.joined_us - a.started_us) / 1000, 0.95) AS p95_time_to_join_ms,
	quantile((a.joined_us - a.started_us) / 1000, 0.99) AS p99_time_to_join_ms
FROM (SELECT 1000 * (:now_ms - value) AS stale_us FROM setting WHERE name = 'attempt_timeout_ms') AS t
CROSS JOIN join_attempt AS a
WHERE a.started_us / 1000 >= :since_ms AND a.started_us / 1000 < :until_ms
	AND (:app IS NULL OR a.app = (SELECT id FROM dict WHERE value = :app))$where
$group
ORDER BY $sort attempts DESC, 1, 2, 3, 4
