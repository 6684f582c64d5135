-- find_session_scope.sql - ?1 name, ?2 app (dict), ?3 source (dict)
SELECT id FROM session_scope WHERE name = ?1 AND app = ?2 AND source = ?3;
