-- update_participant.sql - ?1 to ?16 as in insert_participant.sql, ?17 id
UPDATE participant SET
	own_id = nullif(?2, coalesce(?3, ?4)), peer_id = ?3, user_id = ?4, display_name = ?5,
	custom_participant_id = ?6, is_local = ?7, joined_us = ?8, left_us = ?9, open_since_us = ?10,
	idle_left_us = ?11, duration_us = ?12, how_left = ?13, how_left_class = ?14, last_us = ?15,
	n_events = ?16
WHERE id = ?17;
