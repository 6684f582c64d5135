-- insert_session_scope.sql - ?1 name, ?2 app (dict), ?3 source (dict), ?4 place (dict; 0: none), ?5 id
INSERT INTO session_scope (name, app, source, place, id) VALUES (?1, ?2, ?3, ?4, ?5);
