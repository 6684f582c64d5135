-- stage_errors.sql - what went wrong on IVS stages: event and error code.
--
-- Events whose name ends in _ERROR or that bear a code, in the window (without a
-- window all stage events are read); what EventBridge tells as well counts once.
-- share is of all errors in the answer; example is a session of the latest.
--
-- by app: e.app
-- by stage_arn: e.stageArn
-- by session_id: e.sessionId
-- by participant_id: e.participantId
-- by hour time: strftime('%Y-%m-%dT%H:00Z', e.timestamp_ms / 1000, 'unixepoch')
-- by day time: strftime('%Y-%m-%d', e.timestamp_ms / 1000, 'unixepoch')
-- where source: 'ivs'
-- where call_id: e.stageArn
-- where name: e.name
-- where code: e.errorCode

SELECT $by
	e.name,
	e.errorCode AS code,
	count(*) AS errors,
	round(count(*) * 1.0 / sum(count(*)) OVER (), 6) AS share,
	count(DISTINCT e.app || ' ' || coalesce(e.stageArn, '') || ' ' || e.sessionId) AS sessions,
	count(DISTINCT e.participantId) AS participants,
	substr(max(printf('%016d', e.timestamp_ms) || e.sessionId), 17) AS example,
	min(e.timestamp) AS first_seen,
	max(e.timestamp) AS last_seen
FROM stage_events AS e
WHERE e.timestamp_ms >= :since_ms AND e.timestamp_ms < :until_ms
	AND (:app IS NULL OR e.app = :app)
	AND (e.errorCode IS NOT NULL OR substr(e.name, -6) = '_ERROR')
	AND NOT EXISTS (SELECT 1 FROM ivs_twin_told AS w WHERE w.event_id = e.event_id)$where
$group, e.name, e.errorCode
ORDER BY $sort errors DESC, e.name, code
