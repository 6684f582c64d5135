-- attempts.sql - join attempts one by one, newest first.
--
-- The columns of the view join_attempts.
--
-- param id text: a join attempt's id, or how it begins
-- where outcome: j.outcome
-- where failed_stage: j.failed_stage
-- where failed_peer_connection: j.failed_peer_connection
-- where failure_code: j.failure_code
-- where user_id: j.user_id
-- where call_type: j.call_type
-- where call_id: j.call_id
-- where call_session_id: j.call_session_id
-- where coordinator_connect_id: j.coordinator_connect_id
-- where join_reason: j.join_reason
-- where sfu_id: j.sfu_id
-- where sdk: j.sdk
-- where sdk_version: j.sdk_version

SELECT *
FROM join_attempts AS j
WHERE :id IS NULL
	AND j.started_ms >= :since_ms AND j.started_ms < :until_ms
	AND (:app IS NULL OR j.app = :app)$where
UNION ALL
SELECT *
FROM join_attempts AS j
WHERE j.join_attempt_id IN (
		SELECT join_attempt_id FROM join_attempt WHERE join_attempt_id = :id
		UNION ALL
		SELECT join_attempt_id FROM join_attempt
		WHERE join_attempt_id > :id AND join_attempt_id < :id || char(1114111)
			AND NOT EXISTS (SELECT 1 FROM join_attempt WHERE join_attempt_id = :id))
	AND +j.started_ms >= :since_ms AND +j.started_ms < :until_ms
	AND (:app IS NULL OR j.app = :app)$where
ORDER BY started_ms DESC
