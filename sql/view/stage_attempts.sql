-- stage_attempts.sql - the steps of join attempts and connections, started and ended.
--
-- One row a stage_id of CoordinatorWS, CoordinatorJoin, WSJoin or
-- PeerConnectionConnect. What both of its events may tell is taken from the
-- completed one first. Each event is tied both ways, to the row and back, so
-- that a range of initiated_ms or completed_ms is a search in the events' index
-- by time.

CREATE VIEW stage_attempts AS
SELECT
	s.stage_id,
	a.join_attempt_id,
	(SELECT coordinator_connect_id FROM connect WHERE id = coalesce(c.connect, i.connect))
		AS coordinator_connect_id,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app
		WHERE o.id = coalesce(c.origin, i.origin)) AS app,
	(SELECT value FROM dict WHERE id = coalesce(c.stage, i.stage)) AS stage,
	(SELECT value FROM dict WHERE id = coalesce(c.peer_connection, i.peer_connection))
		AS peer_connection,
	(SELECT value FROM dict WHERE id = coalesce(c.sfu, i.sfu)) AS sfu_id,
	coalesce((SELECT value FROM dict WHERE id = c.outcome), 'open') AS state,
	i.at_us / 1000 AS initiated_ms,
	strftime('%Y-%m-%dT%H:%M:%S', i.at_us / 1000000, 'unixepoch')
		|| CASE WHEN i.at_us % 1000 THEN printf('.%06dZ', i.at_us % 1000000)
			ELSE printf('.%03dZ', i.at_us / 1000 % 1000) END AS initiated,
	c.at_us / 1000 AS completed_ms,
	strftime('%Y-%m-%dT%H:%M:%S', c.at_us / 1000000, 'unixepoch')
		|| CASE WHEN c.at_us % 1000 THEN printf('.%06dZ', c.at_us % 1000000)
			ELSE printf('.%03dZ', c.at_us / 1000 % 1000) END AS completed,
	coalesce(c.elapsed_time_ms, max(c.at_us - i.at_us, 0) / 1000) AS elapsed_ms,
	c.retry_count_attempt AS retry_count,
	(SELECT value FROM dict WHERE id = c.retry_failure_code) AS failure_code,
	c.retry_failure_reason AS failure_reason,
	(SELECT value FROM dict WHERE id = coalesce(c.ice_state, i.ice_state)) AS ice_state,
	coalesce(c.was_previously_connected, i.was_previously_connected)
		AS was_previously_connected
FROM stage_attempt_told AS s
LEFT JOIN stream_event AS i ON i.event_id = s.initiated_event AND s.id = i.stage_attempt
LEFT JOIN stream_event AS c ON c.event_id = s.completed_event AND s.id = c.stage_attempt
LEFT JOIN join_attempt AS a ON a.id = s.scope
WHERE s.lifecycle = 1;
