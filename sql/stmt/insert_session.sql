-- insert_session.sql - ?1 session_id, ?2 app (dict), ?3 source (dict), ?4 id
INSERT INTO session (session_id, app, source, id) VALUES (?1, ?2, ?3, ?4);
