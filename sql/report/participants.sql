-- participants.sql - who took part in which session, of every vendor; latest joins first.
--
-- The columns of the view participants. Those of sessions that start in the
-- window.
--
-- param session_id text: one session alone
-- param user_id text: one user alone
-- where source: p.source
-- where app: p.app
-- where session_id: p.session_id
-- where call_type: s.call_type
-- where call_id: s.call_id
-- where participant_id: p.participant_id
-- where peer_id: p.peer_id
-- where user_id: p.user_id
-- where display_name: p.display_name
-- where custom_participant_id: p.custom_participant_id
-- where is_local: p.is_local
-- where how_left: p.how_left
-- where how_left_class: p.how_left_class
-- where hour: strftime('%Y-%m-%dT%H:00Z', p.joined_ms / 1000, 'unixepoch')
-- where day: strftime('%Y-%m-%d', p.joined_ms / 1000, 'unixepoch')

SELECT p.*
FROM sessions AS s
CROSS JOIN participants AS p ON p.session_id = s.session_id AND p.source = s.source AND p.app = s.app
	AND p.call_id IS s.call_id
WHERE :session_id IS NULL AND :user_id IS NULL
	AND s.started_ms >= :since_ms AND s.started_ms < :until_ms
	AND (:app IS NULL OR p.app = :app)$where
UNION ALL
SELECT p.*
FROM participants AS p
CROSS JOIN sessions AS s ON s.session_id = p.session_id AND s.source = p.source AND s.app = p.app
	AND s.call_id IS p.call_id
WHERE p.session_id = :session_id AND (:user_id IS NULL OR p.user_id = :user_id)
	AND +s.started_ms >= :since_ms AND +s.started_ms < :until_ms
	AND (:app IS NULL OR p.app = :app)$where
UNION ALL
SELECT p.*
FROM participants AS p
CROSS JOIN sessions AS s ON s.session_id = p.session_id AND s.source = p.source AND s.app = p.app
	AND s.call_id IS p.call_id
WHERE p.user_id = :user_id AND :session_id IS NULL
	AND +s.started_ms >= :since_ms AND +s.started_ms < :until_ms
	AND (:app IS NULL OR p.app = :app)$where
ORDER BY joined_ms DESC, session_id, call_id, participant_id
