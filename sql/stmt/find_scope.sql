-- find_scope.sql - ?1 scope, ?2 at_us: its name, and the session that is the last to begin at or
-- before at_us, with its beginning (NULL: none does).
SELECT c.name, s.id, s.first_us
FROM session_scope AS c
LEFT JOIN session AS s ON s.id = (
	SELECT id FROM session WHERE scope = ?1 AND first_us <= ?2 ORDER BY first_us DESC LIMIT 1)
WHERE c.id = ?1;
