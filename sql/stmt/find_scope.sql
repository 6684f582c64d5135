-- find_scope.sql - ?1 scope, ?2 at_us: its name, and the beginning of the session that
-- is the last to begin at or before at_us (NULL: none does).
SELECT name,
       (SELECT max(first_us) FROM session WHERE scope = ?1 AND first_us <= ?2)
FROM session_scope WHERE id = ?1;
