-- delete_participants_by_source.sql - ?1 source
DELETE FROM participant WHERE session IN (SELECT s.id FROM session_scope AS c JOIN session AS s ON s.scope = c.id
	WHERE c.source = (SELECT id FROM dict WHERE value = ?1));
