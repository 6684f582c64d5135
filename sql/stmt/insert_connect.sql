-- insert_connect.sql - ?1 id, ?2 app (dict), ?3 coordinator_connect_id, ?4 started_us, ?5 last_us,
-- ?6 n_events, ?7 initiated_event, ?8 completed_event
INSERT INTO connect (id, app, coordinator_connect_id, started_us, last_us, n_events,
	initiated_event, completed_event)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);
