-- write_participant.sql - a participant's row, new or grown; parameters as listed.
INSERT INTO participant (session, participant_id, peer_id, user_id, display_name,
	custom_participant_id, is_local, joined_us, left_us, open_since_us, idle_left_us, duration_us,
	how_left, how_left_class, last_us, n_events)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
ON CONFLICT (session, participant_id) DO UPDATE SET
	peer_id = excluded.peer_id,
	user_id = excluded.user_id,
	display_name = excluded.display_name,
	custom_participant_id = excluded.custom_participant_id,
	is_local = excluded.is_local,
	joined_us = excluded.joined_us,
	left_us = excluded.left_us,
	open_since_us = excluded.open_since_us,
	idle_left_us = excluded.idle_left_us,
	duration_us = excluded.duration_us,
	how_left = excluded.how_left,
	how_left_class = excluded.how_left_class,
	last_us = excluded.last_us,
	n_events = excluded.n_events;
