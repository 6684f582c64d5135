-- participants.sql - who took part in which session, from when to when.
--
-- An interval that nothing ended counts as ended once the idle time is over:
-- that, and nothing else here, depends on the time of day. duration_ms is the
-- sum of the intervals that have ended. call_id is the session's; see there for
-- its +.

CREATE VIEW participants AS
SELECT
	(SELECT value FROM dict WHERE id = n.source) AS source,
	(SELECT value FROM dict WHERE id = n.app) AS app,
	n.name AS session_id,
	+s.call_id AS call_id,
	p.participant_id,
	p.peer_id,
	p.user_id,
	p.display_name,
	p.custom_participant_id,
	p.is_local,
	p.joined_us / 1000 AS joined_ms,
	strftime('%Y-%m-%dT%H:%M:%S', p.joined_us / 1000000, 'unixepoch')
		|| CASE WHEN p.joined_us % 1000 THEN printf('.%06dZ', p.joined_us % 1000000)
			ELSE printf('.%03dZ', p.joined_us / 1000 % 1000) END AS joined,
	CASE WHEN p.left_us IS NOT NULL THEN p.left_us
		WHEN p.idle_left_us < (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) THEN p.idle_left_us END / 1000 AS left_ms,
	strftime('%Y-%m-%dT%H:%M:%S', CASE WHEN p.left_us IS NOT NULL THEN p.left_us WHEN p.idle_left_us < (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) THEN p.idle_left_us END / 1000000, 'unixepoch')
		|| CASE WHEN CASE WHEN p.left_us IS NOT NULL THEN p.left_us WHEN p.idle_left_us < (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) THEN p.idle_left_us END % 1000 THEN printf('.%06dZ', CASE WHEN p.left_us IS NOT NULL THEN p.left_us WHEN p.idle_left_us < (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) THEN p.idle_left_us END % 1000000)
			ELSE printf('.%03dZ', CASE WHEN p.left_us IS NOT NULL THEN p.left_us WHEN p.idle_left_us < (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) THEN p.idle_left_us END / 1000 % 1000) END AS left,
	CASE WHEN p.joined_us IS NOT NULL THEN p.duration_us
		+ CASE WHEN p.idle_left_us < (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) THEN p.idle_left_us - p.open_since_us ELSE 0 END
		END / 1000 AS duration_ms,
	CASE WHEN p.left_us IS NOT NULL THEN p.how_left
		WHEN p.idle_left_us < (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) THEN 'idle' END AS how_left,
	CASE WHEN p.left_us IS NOT NULL THEN p.how_left_class
		WHEN p.idle_left_us < (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) THEN 'idle' END AS how_left_class,
	p.n_events AS events
FROM participant AS p
JOIN session AS s ON s.id = p.session
JOIN session_scope AS n ON n.id = s.name;
