-- conformance.sql - rules of their vendor that SDKs break.
--
-- The window is the events' own time. Over all history the violations are read
-- one by one; else the events of the window, since an SDK may break a rule with
-- every event. The example is the latest event, with its join attempt.
--
-- by app: x.app
-- by stage: x.stage
-- by event_type: x.event_type
-- by hour time: strftime('%Y-%m-%dT%H:00Z', x.timestamp_ms / 1000, 'unixepoch')
-- by day time: strftime('%Y-%m-%d', x.timestamp_ms / 1000, 'unixepoch')
-- where source: x.source
-- where sdk: x.sdk
-- where sdk_version: x.sdk_version
-- where field: x.field
-- where rule: x.rule
-- where user_id: x.user_id

SELECT $by
	x.source,
	x.sdk,
	x.sdk_version,
	x.field,
	x.rule,
	count(*) AS events,
	round(count(*) * 1.0 / sum(count(*)) OVER (), 6) AS share,
	max(x.event_id) AS example_event_id,
	x.join_attempt_id AS example
FROM (
	SELECT * FROM violations
	WHERE :since_ms <= 0 AND +timestamp_ms < :until_ms
	UNION ALL
	SELECT * FROM violations
	WHERE :since_ms > 0 AND timestamp_ms >= :since_ms AND timestamp_ms < :until_ms
) AS x
WHERE (:app IS NULL OR x.app = :app)$where
$group, x.source, x.sdk, x.sdk_version, x.field, x.rule
ORDER BY $sort events DESC, x.source DESC, x.sdk, sdk_version, field, rule
