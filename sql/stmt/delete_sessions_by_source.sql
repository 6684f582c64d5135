-- delete_sessions_by_source.sql - ?1 source
DELETE FROM session
WHERE scope IN (SELECT id FROM session_scope WHERE source = (SELECT id FROM dict WHERE value = ?1));
