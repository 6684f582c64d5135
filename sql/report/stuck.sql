-- stuck.sql - join attempts that have not ended, and what they wait for; latest first.
--
-- stage and peer_connection are the first group, in stage order, that has
-- neither succeeded nor failed, waiting since its first event; both NULL, and
-- since the attempt's latest event, if no such group has begun.
--
-- where outcome: CASE WHEN a.last_us < t.stale_us THEN 'abandoned' ELSE 'open' END
-- where stage: (SELECT value FROM dict WHERE id = b.stage)
-- where peer_connection: (SELECT value FROM dict WHERE id = b.peer_connection)
-- where user_id: (SELECT user_id FROM user WHERE id = a.user)
-- where call_type: (SELECT value FROM dict WHERE id = a.call_type)
-- where call_id: (SELECT value FROM dict WHERE id = a.call_id)
-- where sfu_id: (SELECT value FROM dict WHERE id = a.sfu)
-- where sdk: (SELECT value FROM dict WHERE id = a.sdk)
-- where sdk_version: (SELECT value FROM dict WHERE id = a.sdk_version)

SELECT
	a.join_attempt_id,
	(SELECT value FROM dict WHERE id = a.app) AS app,
	CASE WHEN a.last_us < t.stale_us THEN 'abandoned' ELSE 'open' END AS outcome,
	(SELECT value FROM dict WHERE id = b.stage) AS stage,
	(SELECT value FROM dict WHERE id = b.peer_connection) AS peer_connection,
	:now_ms - coalesce(b.at_us, a.last_us) / 1000 AS waiting_ms,
	coalesce(b.at_us, a.last_us) / 1000 AS since_ms,
	strftime('%Y-%m-%dT%H:%M:%S', coalesce(b.at_us, a.last_us) / 1000000, 'unixepoch')
		|| printf('.%03dZ', coalesce(b.at_us, a.last_us) / 1000 % 1000) AS since,
	(SELECT event FROM stream_timeline WHERE event_id = (SELECT event_id FROM stream_event
		WHERE scope = a.id ORDER BY at_us DESC, digest DESC LIMIT 1)) AS last_event,
	(SELECT user_id FROM user WHERE id = a.user) AS user_id,
	(SELECT value FROM dict WHERE id = a.call_type) AS call_type,
	(SELECT value FROM dict WHERE id = a.call_id) AS call_id,
	(SELECT value FROM dict WHERE id = a.sfu) AS sfu_id,
	(SELECT value FROM dict WHERE id = a.sdk) AS sdk,
	(SELECT value FROM dict WHERE id = a.sdk_version) AS sdk_version,
	a.started_us / 1000 AS started_ms,
	strftime('%Y-%m-%dT%H:%M:%S', a.started_us / 1000000, 'unixepoch')
		|| printf('.%03dZ', a.started_us / 1000 % 1000) AS started
FROM (SELECT value AS timeout_ms, 1000 * (:now_ms - value) AS stale_us
	FROM setting WHERE name = 'attempt_timeout_ms') AS t
CROSS JOIN join_attempt AS a INDEXED BY join_attempt_open
LEFT JOIN stream_event AS b ON b.event_id = (
	SELECT f.event_id
	FROM stage_attempt AS s
	JOIN stream_event AS f ON f.event_id = coalesce(s.initiated_event, s.completed_event)
	WHERE s.scope = a.id AND s.lifecycle = 1
		AND f.stage IS NOT (SELECT id FROM dict WHERE value = 'CoordinatorWS')
		AND (a.joined_us IS NULL OR f.at_us <= a.joined_us + 1000 * t.timeout_ms)
		AND NOT EXISTS (
			SELECT 1
			FROM stage_attempt AS o
			JOIN stream_event AS c ON c.event_id = o.completed_event
			WHERE o.scope = a.id AND o.lifecycle = 1 AND c.outcome IS NOT NULL
				AND c.stage = f.stage AND c.peer_connection IS f.peer_connection)
	ORDER BY CASE (SELECT value FROM dict WHERE id = f.stage)
			WHEN 'CoordinatorJoin' THEN 1
			WHEN 'WSJoin' THEN 2
			ELSE 3
		END, (SELECT value FROM dict WHERE id = f.peer_connection) DESC, f.at_us
	LIMIT 1)
WHERE a.outcome = 4
	AND a.last_us >= 1000 * :since_ms
	AND +a.started_us / 1000 >= :since_ms AND +a.started_us / 1000 < :until_ms
	AND (:app IS NULL OR a.app = (SELECT id FROM dict WHERE value = :app))$where
ORDER BY a.last_us DESC
