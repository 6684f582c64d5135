-- update_connect.sql - parameters as in insert_connect.sql.
UPDATE connect SET started_us = ?4, last_us = ?5, n_events = ?6, initiated_event = ?7, completed_event = ?8
WHERE id = ?1;
