-- follow.sql - events as they were committed: those after :after, up to :last.
--
-- The columns of the view timeline, and what people filter by. Written as a
-- report is: where keys and $where; :app is NULL where none was given.
--
-- where user_id: t.user_id
-- where session_id: t.session_id
-- where join_attempt_id: t.join_attempt_id
-- where coordinator_connect_id: t.coordinator_connect_id
-- where outcome: t.outcome
-- where code: t.code
-- where call_type: (SELECT value FROM dict WHERE id = e.call_type)
-- where call_id: (SELECT value FROM dict WHERE id = e.call_id)
-- where stage: (SELECT value FROM dict WHERE id = e.stage)
-- where event_type: (SELECT value FROM dict WHERE id = e.event_type)
-- where peer_connection: (SELECT value FROM dict WHERE id = e.peer_connection)
-- where sfu_id: (SELECT value FROM dict WHERE id = e.sfu)
-- where sdk_version: (SELECT value FROM dict WHERE id = e.sdk_version)
-- json extra

SELECT
	t.*,
	(SELECT value FROM dict WHERE id = e.call_type) AS call_type,
	(SELECT value FROM dict WHERE id = e.call_id) AS call_id,
	(SELECT value FROM dict WHERE id = e.stage) AS stage,
	(SELECT value FROM dict WHERE id = e.event_type) AS event_type,
	(SELECT value FROM dict WHERE id = e.peer_connection) AS peer_connection,
	(SELECT value FROM dict WHERE id = e.sfu) AS sfu_id,
	(SELECT value FROM dict WHERE id = e.sdk_version) AS sdk_version,
	e.extra
FROM timeline AS t
LEFT JOIN stream_event AS e ON e.event_id = t.event_id
WHERE t.event_id > :after AND t.event_id <= :last
	AND (:app IS NULL OR t.app = :app)$where
ORDER BY t.event_id
