-- find_sessions.sql - ?1 scope, ?2 from_us: the sessions that begin there or later, the marks they
-- were folded from (NULL: not kept), and what does not change all the time.
SELECT
	id, fold, call_type, call_id, title, organization_id, end_reason, first_us, started_us
FROM session
WHERE scope = ?1 AND first_us >= ?2
ORDER BY first_us;
