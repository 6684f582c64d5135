-- find_sessions.sql - ?1 scope, ?2 from_us: the sessions that begin there or later, and the marks they
-- were folded from (NULL: not kept).
SELECT id, fold FROM session WHERE scope = ?1 AND first_us >= ?2 ORDER BY first_us;
