-- find_session_scope.sql - ?1 name, ?2 app (dict), ?3 source (dict), ?4 place (dict; 0: none)
SELECT id FROM session_scope WHERE name = ?1 AND app = ?2 AND source = ?3 AND place = ?4;
