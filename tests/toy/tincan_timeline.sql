-- tincan_timeline.sql - tin can calls as the timeline tells them.

CREATE VIEW tincan_timeline AS
SELECT
	e.event_id,
	'tincan' AS source,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = e.origin) AS app,
	e.at_us,
	(SELECT name FROM session_scope WHERE id = e.string) AS session_id,
	NULL AS join_attempt_id,
	NULL AS coordinator_connect_id,
	(SELECT user_id FROM user WHERE id = e.user) AS user_id,
	(SELECT user_id FROM user WHERE id = e.user) AS participant_id,
	(SELECT value FROM dict WHERE id = e.pull) AS event,
	CASE (SELECT value FROM dict WHERE id = e.pull)
		WHEN 'picked-up' THEN 0
		WHEN 'put-down' THEN 8
		WHEN 'snapped' THEN 9
		ELSE 4
	END AS rank,
	NULL AS outcome,
	NULL AS code,
	e.knots || ' knots' AS detail,
	e.scope
FROM tincan_event AS e;
