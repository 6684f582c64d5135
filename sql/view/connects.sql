-- connects.sql - coordinator connections: one WebSocket of a client each.
--
-- One row a coordinator_connect_id that any event names. state is that of its
-- CoordinatorWS stage, NULL if no event of it came. The user is that stage's, else
-- that of the earliest attempt over this connection. sdk is that attempt's, else
-- the first word of the stage's user agent without the version.

CREATE VIEW connects AS
SELECT
	k.coordinator_connect_id,
	(SELECT value FROM dict WHERE id = k.app) AS app,
	(SELECT user_id FROM user WHERE id = coalesce(c.user, i.user,
		(SELECT user FROM join_attempt WHERE connect = k.id
			ORDER BY started_us, join_attempt_id LIMIT 1))) AS user_id,
	coalesce((SELECT value FROM dict WHERE id = (SELECT sdk FROM join_attempt
			WHERE connect = k.id ORDER BY started_us, join_attempt_id LIMIT 1)), (
		-- Up to the last "-" that a number or "v" and a number follow, as core/fact has it.
		WITH RECURSIVE word AS MATERIALIZED (
			SELECT substr(value, 1, instr(value || '|', '|') - 1) AS w FROM dict
			WHERE id = coalesce(c.user_agent, i.user_agent)),
		behind (at) AS (
			SELECT length(w) FROM word
			UNION ALL
			SELECT at - 1 FROM behind, word
			WHERE at > 0 AND substr(w, at) NOT GLOB '-[0-9]*' AND substr(w, at) NOT GLOB '-v[0-9]*')
		SELECT CASE WHEN min(at) > 0 THEN substr(w, 1, min(at) - 1) ELSE w END FROM behind, word)) AS sdk,
	(SELECT value FROM dict WHERE id = coalesce(c.sdk_version, i.sdk_version,
		(SELECT sdk_version FROM join_attempt WHERE connect = k.id
			ORDER BY started_us, join_attempt_id LIMIT 1))) AS sdk_version,
	CASE WHEN coalesce(k.initiated_event, k.completed_event) IS NOT NULL
		THEN coalesce((SELECT value FROM dict WHERE id = c.outcome), 'open') END AS state,
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
	(SELECT count(*) FROM join_attempt WHERE connect = k.id) AS attempts,
	k.n_events AS events,
	k.started_us / 1000 AS started_ms,
	strftime('%Y-%m-%dT%H:%M:%S', k.started_us / 1000000, 'unixepoch')
		|| CASE WHEN k.started_us % 1000 THEN printf('.%06dZ', k.started_us % 1000000)
			ELSE printf('.%03dZ', k.started_us / 1000 % 1000) END AS started,
	k.last_us / 1000 AS last_event_ms,
	strftime('%Y-%m-%dT%H:%M:%S', k.last_us / 1000000, 'unixepoch')
		|| CASE WHEN k.last_us % 1000 THEN printf('.%06dZ', k.last_us % 1000000)
			ELSE printf('.%03dZ', k.last_us / 1000 % 1000) END AS last_event
FROM connect AS k
LEFT JOIN stream_event AS i ON i.event_id = k.initiated_event
LEFT JOIN stream_event AS c ON c.event_id = k.completed_event;
