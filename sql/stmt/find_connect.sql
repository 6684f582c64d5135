-- find_connect.sql - ?1 coordinator_connect_id, ?2 app (dict)
SELECT id, started_us, last_us, n_events, initiated_event, completed_event
FROM connect WHERE coordinator_connect_id = ?1 AND app = ?2;
