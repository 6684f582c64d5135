-- session.sql - one session of any vendor, by its id.
--
-- The columns are those of the report sessions. More than one row only where
-- several apps, vendors or stages use the same id.
--
-- param session_id text!: the session's id
-- param include_breakout_rooms bool: accepted; no webhook tells of any
-- json breakout_rooms
-- where call_id: s.call_id

SELECT s.*
FROM session_resource AS s
WHERE s.session_id = :session_id
	AND +s.started_ms >= :since_ms AND +s.started_ms < :until_ms
	AND (:app IS NULL OR s.app = :app OR s.organization_id = :app)$where
ORDER BY s.started_ms DESC, s.source, s.app, s.call_id
