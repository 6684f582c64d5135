-- attempt.sql - the events of one join attempt in order.
--
-- offset_ms counts from the attempt's start. Of a beginning that several ids
-- share, all are shown, one attempt after the other.
--
-- param id text!: the join attempt's id, or how it begins

SELECT
	t.join_attempt_id,
	t.app,
	(e.at_us - a.started_us) / 1000 AS offset_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch')
		|| CASE WHEN e.at_us % 1000 THEN printf('.%06dZ', e.at_us % 1000000)
			ELSE printf('.%03dZ', e.at_us / 1000 % 1000) END AS timestamp,
	e.at_us / 1000 AS timestamp_ms,
	t.event,
	t.outcome,
	t.code,
	t.detail,
	t.event_id
FROM (
	SELECT a.id, a.started_us FROM join_attempt AS a
	WHERE a.id IN (
			SELECT id FROM join_attempt WHERE join_attempt_id = :id
			UNION ALL
			SELECT id FROM join_attempt
			WHERE join_attempt_id > :id AND join_attempt_id < :id || char(1114111)
				AND NOT EXISTS (SELECT 1 FROM join_attempt WHERE join_attempt_id = :id))
		AND +a.started_us / 1000 >= :since_ms AND +a.started_us / 1000 < :until_ms
		AND (:app IS NULL OR a.app = (SELECT id FROM dict WHERE value = :app))
) AS a
JOIN stream_event AS e ON e.scope = a.id
JOIN stream_timeline AS t ON t.event_id = e.event_id
ORDER BY a.started_us, a.id, e.at_us, t.rank, e.digest
