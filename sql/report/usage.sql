-- usage.sql - how much was met: sessions, participants, minutes, at once.
--
-- Sessions that start in the window, of every vendor; minutes are those of
-- participants who have left. most_at_once is of one session.
--
-- by source: s.source
-- by app: s.app
-- by call_type: s.call_type
-- by call_id: s.call_id
-- by status: s.status
-- by hour time: strftime('%Y-%m-%dT%H:00Z', s.started_ms / 1000, 'unixepoch')
-- by day time: strftime('%Y-%m-%d', s.started_ms / 1000, 'unixepoch')
-- where organization_id: s.organization_id

SELECT $by
	count(*) AS sessions,
	count(*) FILTER (WHERE s.status = 'LIVE') AS live,
	sum(s.participants) AS participants,
	round(sum(s.minutes), 3) AS minutes,
	round(avg(s.participants), 3) AS avg_participants,
	max(s.peak_participants) AS most_at_once,
	quantile(s.length_ms / 60000.0, 0.50) AS p50_session_minutes,
	quantile(s.length_ms / 60000.0, 0.95) AS p95_session_minutes
FROM (
	SELECT v.*, v.ended_ms - v.started_ms AS length_ms,
		(SELECT count(*) FROM participants AS p
			WHERE p.session_id = v.session_id AND p.source = v.source AND p.app = v.app
				AND p.call_id IS v.call_id) AS participants
	FROM sessions AS v
	WHERE v.started_ms >= :since_ms AND v.started_ms < :until_ms
		AND (:app IS NULL OR v.app = :app)
) AS s
WHERE 1$where
$group
ORDER BY $sort sessions DESC
