-- insert_participant.sql - parameters as listed.
INSERT INTO participant (session, own_id, peer_id, user_id, display_name,
	custom_participant_id, is_local, joined_us, left_us, open_since_us, idle_left_us, duration_us,
	how_left, how_left_class, last_us, n_events)
VALUES (?1, nullif(?2, coalesce(?3, ?4)), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16);
