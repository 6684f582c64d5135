-- update_attempt.sql - an attempt that has grown. Parameters as in insert_attempt.sql.
UPDATE join_attempt SET
	outcome = ?4, failed_stage = ?5, failed_peer_connection = ?6, failure_code = ?7,
	failure_event = ?8, user = ?9, call_type = ?10, call_id = ?11, session = ?12, connect = ?13,
	join_reason = ?14, sdk = ?15, sdk_version = ?16, sfu = ?17, microphone = ?18, camera = ?19,
	started_us = ?20, last_us = ?21, joined_us = ?22, first_audio_us = ?23, first_video_us = ?24,
	retries = ?25, reconnects = ?26, n_events = ?27, n_violations = ?28, fold = ?29
WHERE id = ?1;
