-- sessions.sql - what happened when participants joined: every vendor's calls,
-- meetings, rooms, stages and topics.
--
-- Whether a session that nothing ended is over (the idle time since its last
-- event) depends on the time of day; nothing else here does. minutes is the sum
-- of its participants' duration_ms.
--
-- Stages may have sessions of one id, so that call_id names a session as well.
-- With its + SQLite will not make an index by it to join by.

CREATE VIEW sessions AS
SELECT
	(SELECT value FROM dict WHERE id = n.source) AS source,
	(SELECT value FROM dict WHERE id = n.app) AS app,
	n.name AS session_id,
	s.call_type,
	+s.call_id AS call_id,
	s.title,
	s.organization_id,
	CASE WHEN s.ended_us IS NOT NULL OR s.idle_end_us < (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
		THEN 'ENDED' ELSE 'LIVE' END AS status,
	CASE WHEN s.end_reason IS NOT NULL THEN s.end_reason
		WHEN s.ended_us IS NULL AND s.idle_end_us < (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) THEN 'idle' END AS end_reason,
	s.started_us / 1000 AS started_ms,
	strftime('%Y-%m-%dT%H:%M:%S', s.started_us / 1000000, 'unixepoch')
		|| CASE WHEN s.started_us % 1000 THEN printf('.%06dZ', s.started_us % 1000000)
			ELSE printf('.%03dZ', s.started_us / 1000 % 1000) END AS started,
	CASE WHEN s.ended_us IS NOT NULL THEN s.ended_us WHEN s.idle_end_us < (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) THEN s.idle_end_us END / 1000 AS ended_ms,
	strftime('%Y-%m-%dT%H:%M:%S', CASE WHEN s.ended_us IS NOT NULL THEN s.ended_us WHEN s.idle_end_us < (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) THEN s.idle_end_us END / 1000000, 'unixepoch')
		|| CASE WHEN CASE WHEN s.ended_us IS NOT NULL THEN s.ended_us WHEN s.idle_end_us < (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) THEN s.idle_end_us END % 1000 THEN printf('.%06dZ', CASE WHEN s.ended_us IS NOT NULL THEN s.ended_us WHEN s.idle_end_us < (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) THEN s.idle_end_us END % 1000000)
			ELSE printf('.%03dZ', CASE WHEN s.ended_us IS NOT NULL THEN s.ended_us WHEN s.idle_end_us < (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) THEN s.idle_end_us END / 1000 % 1000) END AS ended,
	(SELECT count(*) FROM participant AS p WHERE p.session = s.id AND p.open_since_us IS NOT NULL
		AND (p.idle_left_us IS NULL OR p.idle_left_us >= (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)))) AS live_participants,
	s.peak AS peak_participants,
	(SELECT round(coalesce(sum((p.duration_us
			+ CASE WHEN p.idle_left_us < (SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) THEN p.idle_left_us - p.open_since_us ELSE 0 END)
			/ 1000), 0) / 60000.0, 6)
		FROM participant AS p WHERE p.session = s.id AND p.joined_us IS NOT NULL) AS minutes,
	s.n_events AS events,
	s.last_us / 1000 AS last_event_ms,
	strftime('%Y-%m-%dT%H:%M:%S', s.last_us / 1000000, 'unixepoch')
		|| CASE WHEN s.last_us % 1000 THEN printf('.%06dZ', s.last_us % 1000000)
			ELSE printf('.%03dZ', s.last_us / 1000 % 1000) END AS last_event
FROM session AS s
JOIN session_scope AS n ON n.id = s.name;
