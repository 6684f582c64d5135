-- find_session.sql - ?1 session_id, ?2 app (dict), ?3 source (dict)
SELECT id FROM session WHERE session_id = ?1 AND app = ?2 AND source = ?3;
