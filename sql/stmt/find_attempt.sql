-- find_attempt.sql - ?1 join_attempt_id, ?2 app (dict): what the fold goes on from.
SELECT id, user, call_type, call_id, session, connect, join_reason, sdk, sdk_version,
       sfu, microphone, camera,
       started_us, last_us, first_audio_us, first_video_us,
       retries, reconnects, n_events, n_violations, fold
FROM join_attempt WHERE join_attempt_id = ?1 AND app = ?2;
