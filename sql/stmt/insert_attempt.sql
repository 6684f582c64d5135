-- insert_attempt.sql - a join attempt's row. ?1 id, ?2 app, ?3 join_attempt_id, ?4… as listed.
INSERT INTO join_attempt (
	id, app, join_attempt_id,
	outcome, failed_stage, failed_peer_connection, failure_code, failure_event,
	user, call_type, call_id, session, connect, join_reason, sdk, sdk_version,
	sfu, microphone, camera,
	started_us, last_us, joined_us, first_audio_us, first_video_us,
	retries, reconnects, n_events, n_violations, fold)
VALUES (?1, ?2, ?3,
	?4, ?5, ?6, ?7, ?8,
	?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
	?17, ?18, ?19,
	?20, ?21, ?22, ?23, ?24,
	?25, ?26, ?27, ?28, ?29);
