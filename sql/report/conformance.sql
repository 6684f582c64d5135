-- conformance.sql - rules of their vendor that SDKs break.
--
-- The window is the events' own time. Over all history the violations are read
-- one by one; else the events of the window, since an SDK may break a rule with
-- every event. The example is the latest event, with its join attempt.
--
-- by app: (SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = x.origin)
-- by stage: (SELECT value FROM dict WHERE id = x.stage)
-- by event_type: (SELECT value FROM dict WHERE id = x.event_type)
-- by hour time: strftime('%Y-%m-%dT%H:00Z', x.at_us / 1000000, 'unixepoch')
-- by day time: strftime('%Y-%m-%d', x.at_us / 1000000, 'unixepoch')
-- where source: 'stream'
-- where sdk: x.sdk
-- where sdk_version: (SELECT value FROM dict WHERE id = x.sdk_version)
-- where field: (SELECT value FROM dict WHERE id = x.field)
-- where rule: (SELECT value FROM dict WHERE id = x.rule)
-- where user_id: (SELECT user_id FROM user WHERE id = x.user)

SELECT $by
	'stream' AS source,
	x.sdk,
	(SELECT value FROM dict WHERE id = x.sdk_version) AS sdk_version,
	(SELECT value FROM dict WHERE id = x.field) AS field,
	(SELECT value FROM dict WHERE id = x.rule) AS rule,
	count(*) AS events,
	round(count(*) * 1.0 / sum(count(*)) OVER (), 6) AS share,
	max(x.event_id) AS example_event_id,
	x.join_attempt_id AS example
FROM (
	SELECT
		v.event_id, v.field, v.rule, e.at_us, e.origin, e.stage, e.event_type, e.user,
		coalesce(e.sdk_version, a.sdk_version) AS sdk_version,
		coalesce((SELECT value FROM dict WHERE id = a.sdk),
			(SELECT replace(replace(substr(w.value, 1, instr(w.value || '|', '|') - 1),
				'-v' || coalesce(n.value, '|'), ''), '-' || coalesce(n.value, '|'), '')
			FROM dict AS w LEFT JOIN dict AS n ON n.id = e.sdk_version
			WHERE w.id = e.user_agent)) AS sdk,
		a.join_attempt_id
	FROM violation AS v
	CROSS JOIN stream_event AS e ON e.event_id = v.event_id
	LEFT JOIN join_attempt AS a ON a.id = e.scope
	WHERE :since_ms <= 0 AND e.at_us / 1000 < :until_ms
	UNION ALL
	SELECT
		v.event_id, v.field, v.rule, e.at_us, e.origin, e.stage, e.event_type, e.user,
		coalesce(e.sdk_version, a.sdk_version) AS sdk_version,
		coalesce((SELECT value FROM dict WHERE id = a.sdk),
			(SELECT replace(replace(substr(w.value, 1, instr(w.value || '|', '|') - 1),
				'-v' || coalesce(n.value, '|'), ''), '-' || coalesce(n.value, '|'), '')
			FROM dict AS w LEFT JOIN dict AS n ON n.id = e.sdk_version
			WHERE w.id = e.user_agent)) AS sdk,
		a.join_attempt_id
	FROM stream_event AS e
	CROSS JOIN violation AS v ON v.event_id = e.event_id
	LEFT JOIN join_attempt AS a ON a.id = e.scope
	WHERE :since_ms > 0 AND e.at_us / 1000 >= :since_ms AND e.at_us / 1000 < :until_ms
) AS x
WHERE (:app IS NULL OR x.origin IN (
	SELECT id FROM origin WHERE app = (SELECT id FROM dict WHERE value = :app)))$where
$group, x.sdk, x.sdk_version, x.field, x.rule
ORDER BY $sort events DESC, x.sdk, sdk_version, field, rule, 1, 2
