-- find_session_name.sql - ?1 name, ?2 scope: the same app, source and place are meant
SELECT n.id
FROM session_scope AS c
CROSS JOIN session_scope AS n ON n.name = ?1 AND n.app = c.app AND n.source = c.source AND n.place = c.place
WHERE c.id = ?2;
