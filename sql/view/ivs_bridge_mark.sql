-- ivs_bridge_mark.sql - what EventBridge says of presence on a stage, see core/session.h.
--
-- It tells neither joins nor leaves, only who publishes.

CREATE VIEW ivs_bridge_mark AS
SELECT
	e.scope,
	e.at_us,
	CASE
		WHEN n.value = 'Participant Published' THEN 1
		WHEN n.value LIKE 'Participant Replication Start%' THEN 3
		WHEN n.value LIKE 'Participant Replication End%'
			OR n.value LIKE 'Participant Replication Stop%' THEN 5
		WHEN n.value = 'Participant Unpublished' THEN 7
		ELSE 4 END AS rank,
	e.digest AS tie,
	0 AS kind,
	e.participant_id,
	NULL AS peer_id,
	(SELECT user_id FROM user WHERE id = e.user) AS user_id,
	NULL AS display_name,
	NULL AS custom_participant_id,
	NULL AS is_local,
	NULL AS how_left,
	NULL AS how_left_class,
	coalesce(n.value IN ('Participant Published', 'Participant Unpublished',
		'Participant Publish Error'), 0) AS creates,
	NULL AS call_type,
	coalesce((SELECT value FROM dict WHERE id = e.stage_arn),
		(SELECT value FROM dict WHERE id = e.detail_stage_arn)) AS call_id,
	NULL AS title,
	NULL AS organization_id,
	NULL AS session_started_us,
	NULL AS session_ended_us,
	NULL AS end_reason,
	1 AS n_events
FROM ivs_bridge_event AS e
LEFT JOIN dict AS n ON n.id = e.event_name;
