-- insert_session_name.sql - ?1 name, ?2 scope: the same app, source and place are meant; ?3 id
INSERT INTO session_scope (name, app, source, place, id)
SELECT ?1, app, source, place, ?3 FROM session_scope WHERE id = ?2;
