-- violations.sql - rules of their vendor that stored events break.
--
-- One row an event, field and rule. sdk is that of the event's join attempt,
-- else the first word of its user agent without the version; stage, event_type
-- and join attempt are GetStream's. $each and $end as in timeline.sql.

CREATE VIEW violations AS
SELECT
	t.event_id,
	t.at_us / 1000 AS timestamp_ms,
	strftime('%Y-%m-%dT%H:%M:%S', t.at_us / 1000000, 'unixepoch')
		|| CASE WHEN t.at_us % 1000 THEN printf('.%06dZ', t.at_us % 1000000)
			ELSE printf('.%03dZ', t.at_us / 1000 % 1000) END AS timestamp,
	t.app,
	t.source,
	t.event,
	coalesce((SELECT value FROM dict WHERE id = a.sdk), (
		SELECT replace(replace(substr(w.value, 1, instr(w.value || '|', '|') - 1),
			'-v' || coalesce(v.value, '|'), ''), '-' || coalesce(v.value, '|'), '')
		FROM dict AS w LEFT JOIN dict AS v ON v.id = e.sdk_version
		WHERE w.id = e.user_agent)) AS sdk,
	(SELECT value FROM dict WHERE id = coalesce(e.sdk_version, a.sdk_version)) AS sdk_version,
	(SELECT value FROM dict WHERE id = e.stage) AS stage,
	(SELECT value FROM dict WHERE id = e.event_type) AS event_type,
	t.join_attempt_id,
	t.user_id,
	(SELECT value FROM dict WHERE id = t.field) AS field,
	(SELECT value FROM dict WHERE id = t.rule) AS rule
FROM (
	$each
	SELECT v.event_id, v.field, v.rule, p.at_us, p.app, p.source, p.event, p.join_attempt_id, p.user_id
	FROM violation AS v JOIN $view AS p ON p.event_id = v.event_id
	$end
) AS t
LEFT JOIN stream_event AS e ON e.event_id = t.event_id
LEFT JOIN join_attempt AS a ON a.id = e.scope;
