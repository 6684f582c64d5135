-- find_scopes_by_source.sql - ?1 source: its session scopes.
SELECT id FROM session_scope WHERE source = (SELECT id FROM dict WHERE value = ?1);
