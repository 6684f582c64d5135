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
-- where call_type: c.type
-- where call_id: c.id
-- where stage: c.stage
-- where event_type: c.event_type
-- where peer_connection: c.peer_connection
-- where sfu_id: c.sfu_id
-- where sdk_version: c.sdk_version

SELECT
	t.*,
	c.type AS call_type,
	c.id AS call_id,
	c.stage,
	c.event_type,
	c.peer_connection,
	c.sfu_id,
	c.sdk_version
FROM timeline AS t
LEFT JOIN client_events AS c ON c.event_id = t.event_id
WHERE t.event_id > :after AND t.event_id <= :last
	AND (:app IS NULL OR t.app = :app)$where
ORDER BY t.event_id
