-- user.sql - everything about one user, over all vendors, in the order of time.
--
-- what is attempt (to join: outcome, code and the stage that failed), joined and
-- left (of a session: how, and how long it was), or error (HRTC's and IVS's; what
-- EventBridge tells as well, once). The window is when it happened.
--
-- param id text!: the user's id, as the apps told it
-- where source: u.source
-- where app: u.app
-- where what: u.what
-- where outcome: u.outcome
-- where session_id: u.session_id
-- where call_type: u.call_type
-- where call_id: u.call_id

SELECT
	u.timestamp,
	u.timestamp_ms,
	u.source,
	u.app,
	u.what,
	u.outcome,
	u.code,
	u.detail,
	u.duration_ms,
	u.call_type,
	u.call_id,
	u.session_id,
	u.join_attempt_id,
	u.participant_id
FROM (
	SELECT
		a.started AS timestamp, a.started_ms AS timestamp_ms, 1 AS rank, 'stream' AS source, a.app,
		'attempt' AS what, a.outcome, a.failure_code AS code,
		coalesce(a.failed_stage || coalesce(' ' || a.failed_peer_connection, ''), a.join_reason) AS detail,
		a.time_to_join_ms AS duration_ms, a.call_type, a.call_id,
		a.call_session_id AS session_id, a.join_attempt_id, NULL AS participant_id
	FROM join_attempts AS a
	WHERE a.user_id = :id
	UNION ALL
	SELECT
		p.joined, p.joined_ms, 2, p.source, p.app, 'joined', NULL, NULL,
		coalesce(s.title, p.display_name), NULL, s.call_type, s.call_id,
		p.session_id, NULL, p.participant_id
	FROM participants AS p
	CROSS JOIN sessions AS s ON s.session_id = p.session_id AND s.source = p.source AND s.app = p.app
		AND s.call_id IS p.call_id
	WHERE p.user_id = :id
	UNION ALL
	SELECT
		p.left, p.left_ms, 4, p.source, p.app, 'left', p.how_left_class, NULL,
		p.how_left, p.duration_ms, s.call_type, s.call_id,
		p.session_id, NULL, p.participant_id
	FROM participants AS p
	CROSS JOIN sessions AS s ON s.session_id = p.session_id AND s.source = p.source AND s.app = p.app
		AND s.call_id IS p.call_id
	WHERE p.user_id = :id
	UNION ALL
	SELECT
		e.timestamp, e.timestamp_ms, 3, 'hrtc', e.app, 'error', 'failed', e.errorCode,
		e.errorMsg, NULL, NULL, e.roomId,
		(SELECT n.name FROM session AS s CROSS JOIN session_scope AS n ON n.id = s.name
			WHERE s.scope = h.scope AND s.first_us <= h.at_us ORDER BY s.first_us DESC LIMIT 1),
		NULL, coalesce(e.userId, e.reporter)
	FROM hrtc_event AS h
	CROSS JOIN room_events AS e ON e.event_id = h.event_id
	WHERE h.name IN (SELECT id FROM dict WHERE value IN ('Error', 'signature-expired'))
		AND h.at_us / 1000 >= :since_ms AND h.at_us / 1000 < :until_ms
		AND h.reporter IN (SELECT id FROM user WHERE user_id = :id)
	UNION ALL
	SELECT
		strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch') || printf('.%03dZ', e.at_us / 1000 % 1000),
		e.at_us / 1000, 3, 'ivs', (SELECT value FROM dict WHERE id = n.app), 'error', 'failed',
		(SELECT value FROM dict WHERE id = e.error_code), (SELECT value FROM dict WHERE id = e.name),
		NULL, s.call_type, s.call_id, n.name, NULL, p.participant_id
	FROM participant AS p
	CROSS JOIN session AS s ON s.id = p.session
	CROSS JOIN session_scope AS n ON n.id = s.name
	CROSS JOIN ivs_event AS e ON e.scope = s.scope AND e.at_us >= s.first_us AND e.at_us <= s.last_us
	WHERE p.user_id = :id AND coalesce(e.participant_id, e.asked_participant_id) = p.participant_id
		AND (e.error_code IS NOT NULL OR substr((SELECT value FROM dict WHERE id = e.name), -6) = '_ERROR')
	UNION ALL
	SELECT
		strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch') || printf('.%03dZ', e.at_us / 1000 % 1000),
		e.at_us / 1000, 3, 'ivs', (SELECT value FROM dict WHERE id = n.app), 'error', 'failed',
		(SELECT value FROM dict WHERE id = e.error_code), (SELECT value FROM dict WHERE id = e.event_name),
		NULL, s.call_type, s.call_id, n.name, NULL, p.participant_id
	FROM participant AS p
	CROSS JOIN session AS s ON s.id = p.session
	CROSS JOIN session_scope AS n ON n.id = s.name
	CROSS JOIN ivs_bridge_event AS e ON e.scope = s.scope AND e.at_us >= s.first_us AND e.at_us <= s.last_us
	WHERE p.user_id = :id AND e.participant_id = p.participant_id
		AND (e.error_code IS NOT NULL OR substr((SELECT value FROM dict WHERE id = e.event_name), -6) = ' Error')
		AND NOT EXISTS (SELECT 1 FROM ivs_twin_told AS w WHERE w.event_id = e.event_id)
) AS u
WHERE u.timestamp_ms >= :since_ms AND u.timestamp_ms < :until_ms
	AND (:app IS NULL OR u.app = :app)$where
ORDER BY u.timestamp_ms, u.rank, u.source, u.session_id, u.call_id, u.join_attempt_id
