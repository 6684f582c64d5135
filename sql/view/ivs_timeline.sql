-- ivs_timeline.sql - AWS IVS stage events as the timeline tells them.
--
-- No attempt has a session's key: see timeline.

CREATE VIEW ivs_timeline AS
SELECT
	e.event_id,
	'ivs' AS source,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = e.origin) AS app,
	e.at_us,
	(SELECT name FROM session_scope WHERE id = e.session_id) AS session_id,
	a.join_attempt_id,
	NULL AS coordinator_connect_id,
	(SELECT user_id FROM user WHERE id = coalesce(e.new_user, e.previous_user)) AS user_id,
	coalesce(e.participant_id, e.asked_participant_id) AS participant_id,
	(SELECT value FROM dict WHERE id = e.name) AS event,
	coalesce((SELECT rank FROM ivs_name_told WHERE id = e.name), 4) AS rank,
	NULL AS outcome,
	(SELECT value FROM dict WHERE id = e.error_code) AS code,
	nullif(substr(
		coalesce(', of ' || e.remote_participant_id, '')
		|| CASE WHEN e.replica THEN ', replica' ELSE '' END
		|| coalesce(', to ' || (SELECT value FROM dict WHERE id = e.destination_stage_arn), '')
		|| coalesce(', ' || e.previous_capabilities, '')
		|| coalesce(' → ' || e.new_capabilities, ''), 3), '') AS detail,
	e.scope
FROM ivs_event AS e
LEFT JOIN join_attempt AS a ON a.id = e.scope;
