-- ivs_bridge_timeline.sql - what EventBridge told of AWS IVS, as the timeline tells it.
--
-- No attempt has a session's key: see timeline.

CREATE VIEW ivs_bridge_timeline AS
SELECT
	e.event_id,
	'ivs' AS source,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = e.origin) AS app,
	e.at_us,
	(SELECT name FROM session_scope WHERE id = e.session_id) AS session_id,
	a.join_attempt_id,
	NULL AS coordinator_connect_id,
	(SELECT user_id FROM user WHERE id = e.user) AS user_id,
	e.participant_id,
	coalesce((SELECT value FROM dict WHERE id = e.event_name),
		(SELECT value FROM dict WHERE id = e.detail_type)) AS event,
	coalesce((SELECT rank FROM ivs_name_told WHERE id = e.event_name), 4) AS rank,
	NULL AS outcome,
	(SELECT value FROM dict WHERE id = e.error_code) AS code,
	nullif(substr(
		coalesce(', ' || e.reason, '')
		|| coalesce(', ' || (SELECT value FROM dict WHERE id = e.resource), ''), 3), '')
		AS detail,
	e.scope
FROM ivs_bridge_event AS e
LEFT JOIN join_attempt AS a ON a.id = e.scope;
