-- insert_session_scope.sql - ?1 name, ?2 app (dict), ?3 source (dict), ?4 id
INSERT INTO session_scope (name, app, source, id) VALUES (?1, ?2, ?3, ?4);
