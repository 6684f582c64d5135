-- join_attempts.sql - join attempts: how each went, where it failed, how long it took.
--
-- One row an attempt that any event names. Only outcome depends on the clock: an
-- attempt without an end is abandoned once its latest event is older than the
-- setting attempt_timeout_ms.

CREATE VIEW join_attempts AS
SELECT
	a.join_attempt_id,
	(SELECT value FROM dict WHERE id = a.app) AS app,
	CASE a.outcome
		WHEN 1 THEN 'joined'
		WHEN 2 THEN 'failed'
		WHEN 3 THEN 'aborted'
		ELSE CASE
			WHEN a.last_us < 1000 * (
				SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) - value
				FROM setting WHERE name = 'attempt_timeout_ms')
			THEN 'abandoned'
			ELSE 'open' END
	END AS outcome,
	(SELECT value FROM dict WHERE id = a.failed_stage) AS failed_stage,
	(SELECT value FROM dict WHERE id = a.failed_peer_connection) AS failed_peer_connection,
	(SELECT value FROM dict WHERE id = a.failure_code) AS failure_code,
	(SELECT retry_failure_reason FROM stream_event WHERE event_id = a.failure_event)
		AS failure_reason,
	u.user_id,
	(SELECT value FROM dict WHERE id = a.call_type) AS call_type,
	(SELECT value FROM dict WHERE id = a.call_id) AS call_id,
	(SELECT name FROM session_scope WHERE id = a.session) AS call_session_id,
	k.coordinator_connect_id,
	(SELECT value FROM dict WHERE id = a.join_reason) AS join_reason,
	(SELECT value FROM dict WHERE id = a.sfu) AS sfu_id,
	(SELECT value FROM dict WHERE id = a.sdk) AS sdk,
	(SELECT value FROM dict WHERE id = a.sdk_version) AS sdk_version,
	a.started_us / 1000 AS started_ms,
	strftime('%Y-%m-%dT%H:%M:%S', a.started_us / 1000000, 'unixepoch')
		|| CASE WHEN a.started_us % 1000 THEN printf('.%06dZ', a.started_us % 1000000)
			ELSE printf('.%03dZ', a.started_us / 1000 % 1000) END AS started,
	a.last_us / 1000 AS last_event_ms,
	strftime('%Y-%m-%dT%H:%M:%S', a.last_us / 1000000, 'unixepoch')
		|| CASE WHEN a.last_us % 1000 THEN printf('.%06dZ', a.last_us % 1000000)
			ELSE printf('.%03dZ', a.last_us / 1000 % 1000) END AS last_event,
	(a.joined_us - a.started_us) / 1000 AS time_to_join_ms,
	(a.first_audio_us - a.started_us) / 1000 AS time_to_first_audio_ms,
	(a.first_video_us - a.started_us) / 1000 AS time_to_first_video_ms,
	a.retries,
	a.reconnects,
	a.n_events AS events,
	a.n_violations AS violations,
	(SELECT value FROM dict WHERE id = a.microphone) AS microphone,
	(SELECT value FROM dict WHERE id = a.camera) AS camera
FROM join_attempt AS a
LEFT JOIN user AS u ON u.id = a.user
LEFT JOIN connect AS k ON k.id = a.connect;
