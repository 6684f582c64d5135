-- touch_connect.sql - the same where its start, by which an index finds it, has not changed.
UPDATE connect SET last_us = ?5, n_events = ?6, initiated_event = ?7, completed_event = ?8
WHERE id = ?1;
