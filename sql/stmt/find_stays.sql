-- find_stays.sql - ?1 session_scope: the join attempts in it, as core/attendance takes them, and the events
-- in it that have no attempt, each as if it were one.
SELECT u.user_id,
	(SELECT value FROM dict WHERE id = a.call_type),
	(SELECT value FROM dict WHERE id = a.call_id),
	a.started_us, a.joined_us, a.last_us, a.n_events
FROM join_attempt AS a
LEFT JOIN user AS u ON u.id = a.user
WHERE a.session = ?1
UNION ALL
SELECT u.user_id,
	(SELECT value FROM dict WHERE id = e.call_type),
	(SELECT value FROM dict WHERE id = e.call_id),
	e.at_us,
	CASE WHEN (SELECT value FROM dict WHERE id = e.stage) = 'PeerConnectionConnect'
		AND (SELECT value FROM dict WHERE id = e.event_type) = 'completed'
		AND (SELECT value FROM dict WHERE id = e.outcome) = 'success' THEN e.at_us END,
	e.at_us, 1
FROM stream_event AS e
LEFT JOIN user AS u ON u.id = e.user
WHERE e.session = ?1 AND e.scope IN (e.connect, e.session);
