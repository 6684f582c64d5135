-- touch_session.sql - what changes all the time: no index has it. Parameters as in update_session.sql.
UPDATE session SET last_us = ?9, ended_us = ?11, idle_end_us = ?12, peak = ?13, n_events = ?14, fold = ?15
WHERE id = ?16;
