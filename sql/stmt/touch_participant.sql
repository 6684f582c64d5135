-- touch_participant.sql - what changes all the time: no index has it. Parameters as in update_participant.sql.
UPDATE participant SET
	joined_us = ?8, left_us = ?9, open_since_us = ?10, idle_left_us = ?11, duration_us = ?12,
	how_left = ?13, how_left_class = ?14, last_us = ?15, n_events = ?16
WHERE id = ?17;
