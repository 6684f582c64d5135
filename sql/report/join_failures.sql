-- join_failures.sql - where join attempts fail: stage, peer connection, code.
--
-- Attempts whose outcome is failed. share is of all failed attempts in the
-- answer; example is the latest attempt.
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
	(SELECT value FROM dict WHERE id = a.failed_stage) AS stage,
	(SELECT value FROM dict WHERE id = a.failed_peer_connection) AS peer_connection,
	(SELECT value FROM dict WHERE id = a.failure_code) AS code,
	count(*) AS attempts,
	round(count(*) * 1.0 / sum(count(*)) OVER (), 6) AS share,
	substr(max(printf('%016d', a.started_us) || a.join_attempt_id), 17) AS example,
	strftime('%Y-%m-%dT%H:%M:%S', min(a.started_us) / 1000000, 'unixepoch')
		|| printf('.%03dZ', min(a.started_us) / 1000 % 1000) AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%S', max(a.started_us) / 1000000, 'unixepoch')
		|| printf('.%03dZ', max(a.started_us) / 1000 % 1000) AS last_seen
FROM join_attempt AS a
WHERE a.started_us / 1000 >= :since_ms AND a.started_us / 1000 < :until_ms
	AND (:app IS NULL OR a.app = (SELECT id FROM dict WHERE value = :app))
	AND a.outcome = 2$where
$group, a.failed_stage, a.failed_peer_connection, a.failure_code
ORDER BY $sort attempts DESC, stage, peer_connection, code, 1, 2, 3
