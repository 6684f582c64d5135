-- tincan_mark.sql - what tin can calls say of presence, see core/session.h.

CREATE VIEW tincan_mark AS
SELECT
	e.scope,
	e.at_us,
	CASE p.value WHEN 'picked-up' THEN 0 WHEN 'put-down' THEN 2 WHEN 'snapped' THEN 3 ELSE 1 END AS rank,
	e.digest AS tie,
	CASE p.value WHEN 'picked-up' THEN 1 WHEN 'put-down' THEN 2 WHEN 'snapped' THEN 3 ELSE 0 END AS kind,
	(SELECT user_id FROM user WHERE id = e.user) AS participant_id,
	NULL AS peer_id,
	(SELECT user_id FROM user WHERE id = e.user) AS user_id,
	NULL AS display_name,
	NULL AS custom_participant_id,
	NULL AS is_local,
	CASE p.value WHEN 'put-down' THEN 'put-down' END AS how_left,
	CASE p.value WHEN 'put-down' THEN 'normal' END AS how_left_class,
	0 AS creates,
	NULL AS call_type,
	(SELECT value FROM dict WHERE id = e.string) AS call_id,
	NULL AS title,
	NULL AS organization_id,
	NULL AS session_started_us,
	CASE p.value WHEN 'snapped' THEN e.at_us END AS session_ended_us,
	CASE p.value WHEN 'snapped' THEN 'snapped' END AS end_reason,
	1 AS n_events
FROM tincan_event AS e
LEFT JOIN dict AS p ON p.id = e.pull;
