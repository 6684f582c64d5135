-- ivs_mark.sql - what AWS IVS stage events say of presence, see core/session.h.
--
-- Times are of whole seconds, so that rank is what puts a join before a leave.
-- Whoever publishes is there, even if the join was not told; a failed join is
-- nobody's presence.

CREATE VIEW ivs_mark AS
SELECT
	e.scope,
	e.at_us,
	CASE n.value
		WHEN 'JOINED' THEN 0
		WHEN 'PUBLISH_STARTED' THEN 1
		WHEN 'SUBSCRIBE_STARTED' THEN 2
		WHEN 'REPLICATION_STARTED' THEN 3
		WHEN 'REPLICATION_STOPPED' THEN 5
		WHEN 'SUBSCRIBE_STOPPED' THEN 6
		WHEN 'PUBLISH_STOPPED' THEN 7
		WHEN 'LEFT' THEN 8
		ELSE 4 END AS rank,
	e.digest AS tie,
	CASE n.value WHEN 'JOINED' THEN 1 WHEN 'LEFT' THEN 2 ELSE 0 END AS kind,
	coalesce(e.participant_id, e.asked_participant_id) AS participant_id,
	NULL AS peer_id,
	(SELECT user_id FROM user WHERE id = coalesce(e.new_user, e.previous_user)) AS user_id,
	NULL AS display_name,
	NULL AS custom_participant_id,
	NULL AS is_local,
	CASE n.value WHEN 'LEFT' THEN 'LEFT' END AS how_left,
	CASE n.value WHEN 'LEFT' THEN 'normal' END AS how_left_class,
	coalesce(n.value IN ('JOINED', 'LEFT', 'PUBLISH_STARTED', 'PUBLISH_STOPPED', 'PUBLISH_ERROR'), 0)
		AS creates,
	NULL AS call_type,
	(SELECT value FROM dict WHERE id = e.stage_arn) AS call_id,
	NULL AS title,
	NULL AS organization_id,
	NULL AS session_started_us,
	NULL AS session_ended_us,
	NULL AS end_reason,
	1 AS n_events
FROM ivs_event AS e
LEFT JOIN dict AS n ON n.id = e.name;
