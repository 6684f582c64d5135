-- leaves.sql - how participants left, of every vendor.
--
-- Participants of the sessions that start in the window, who have left. class is
-- normal, forced, failure, session-ended or idle. share is of all leaves in the
-- answer; example is a session of the latest.
--
-- by app: p.app
-- by call_type: s.call_type
-- by call_id: s.call_id
-- by user_id: p.user_id
-- by hour time: strftime('%Y-%m-%dT%H:00Z', p.left_ms / 1000, 'unixepoch')
-- by day time: strftime('%Y-%m-%d', p.left_ms / 1000, 'unixepoch')
-- where source: p.source
-- where session_id: p.session_id
-- where class: p.how_left_class
-- where how_left: p.how_left

SELECT $by
	p.source,
	p.how_left_class AS class,
	p.how_left,
	count(*) AS leaves,
	round(count(*) * 1.0 / sum(count(*)) OVER (), 6) AS share,
	count(DISTINCT p.user_id) AS users,
	quantile(p.duration_ms / 60000.0, 0.50) AS p50_minutes,
	substr(max(printf('%016d', p.left_ms) || p.session_id), 17) AS example,
	max(p.left) AS last_seen
FROM sessions AS s
CROSS JOIN participants AS p ON p.session_id = s.session_id AND p.source = s.source AND p.app = s.app
	AND p.call_id IS s.call_id
WHERE s.started_ms >= :since_ms AND s.started_ms < :until_ms
	AND (:app IS NULL OR p.app = :app)
	AND p.left_ms IS NOT NULL$where
$group, p.source, p.how_left_class, p.how_left
ORDER BY $sort leaves DESC, p.source, class, how_left
