-- violations.sql - rules of their vendor that stored events break.
--
-- One row an event, field and rule. sdk is that of the event's join attempt,
-- else the first word of its user agent without the version.

CREATE VIEW violations AS
SELECT
	v.event_id,
	e.at_us / 1000 AS timestamp_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch')
		|| CASE WHEN e.at_us % 1000 THEN printf('.%06dZ', e.at_us % 1000000)
			ELSE printf('.%03dZ', e.at_us / 1000 % 1000) END AS timestamp,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = e.origin) AS app,
	'stream' AS source,
	coalesce((SELECT value FROM dict WHERE id = a.sdk), (
		SELECT replace(replace(substr(w.value, 1, instr(w.value || '|', '|') - 1),
			'-v' || coalesce(v.value, '|'), ''), '-' || coalesce(v.value, '|'), '')
		FROM dict AS w LEFT JOIN dict AS v ON v.id = e.sdk_version
		WHERE w.id = e.user_agent)) AS sdk,
	(SELECT value FROM dict WHERE id = coalesce(e.sdk_version, a.sdk_version)) AS sdk_version,
	(SELECT value FROM dict WHERE id = e.stage) AS stage,
	(SELECT value FROM dict WHERE id = e.event_type) AS event_type,
	a.join_attempt_id,
	(SELECT user_id FROM user WHERE id = e.user) AS user_id,
	(SELECT value FROM dict WHERE id = v.field) AS field,
	(SELECT value FROM dict WHERE id = v.rule) AS rule
FROM violation AS v
JOIN stream_event AS e ON e.event_id = v.event_id
LEFT JOIN join_attempt AS a ON a.id = e.scope;
