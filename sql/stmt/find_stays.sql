-- find_stays.sql - ?1 session_scope: the join attempts in it, as core/attendance takes them.
SELECT u.user_id,
	(SELECT value FROM dict WHERE id = a.call_type),
	(SELECT value FROM dict WHERE id = a.call_id),
	a.started_us, a.joined_us, a.last_us, a.n_events
FROM join_attempt AS a
JOIN user AS u ON u.id = a.user
WHERE a.session = ?1;
