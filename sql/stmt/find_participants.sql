-- find_participants.sql - ?1 session
SELECT
	id, participant_id, peer_id, user_id, display_name, custom_participant_id, is_local,
	joined_us, left_us, open_since_us, idle_left_us, duration_us, how_left, how_left_class,
	last_us, n_events
FROM participant
WHERE session = ?1;
