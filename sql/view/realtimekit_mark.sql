-- realtimekit_mark.sql - what a RealtimeKit webhook says of presence in a session.
--
-- participantLeft tells both ends of a stay, so it says joined, too, should
-- participantJoined never come. Only meeting.ended ends the session: what a
-- webhook shows as the meeting's status or end is not its word on that.

CREATE VIEW realtimekit_mark AS
SELECT
	m.scope,
	m.at_us,
	CASE m.kind WHEN 1 THEN 0 WHEN 2 THEN 2 WHEN 3 THEN 3 ELSE 1 END AS rank,
	m.digest AS tie,
	m.kind,
	m.peer_id AS participant_id,
	m.peer_id,
	(SELECT user_id FROM user WHERE id = m.user) AS user_id,
	(SELECT value FROM dict WHERE id = m.user_display_name) AS display_name,
	(SELECT user_id FROM user WHERE id = m.user) AS custom_participant_id,
	NULL AS is_local,
	CASE WHEN m.kind = 2 THEN m.name END AS how_left,
	CASE WHEN m.kind = 2 THEN 'normal' END AS how_left_class,
	0 AS creates,
	'meeting' AS call_type,
	(SELECT value FROM dict WHERE id = m.meeting_id) AS call_id,
	(SELECT value FROM dict WHERE id = m.title) AS title,
	(SELECT value FROM dict WHERE id = m.organized_by_id) AS organization_id,
	m.started_us AS session_started_us,
	CASE WHEN m.kind = 3 THEN m.at_us END AS session_ended_us,
	CASE WHEN m.kind = 3 THEN (SELECT value FROM dict WHERE id = m.reason) END AS end_reason,
	m.n_events
FROM (
	SELECT
		e.*,
		v.value AS name,
		CASE
			WHEN v.value = 'meeting.ended' THEN 3
			WHEN e.peer_id IS NULL THEN 0
			WHEN v.value = 'meeting.participantJoined' THEN 1
			WHEN v.value = 'meeting.participantLeft' THEN 2
			ELSE 0
		END AS kind,
		1 AS n_events
	FROM realtimekit_told AS e
	LEFT JOIN dict AS v ON v.id = e.event
) AS m
UNION ALL
SELECT
	e.scope,
	e.joined_us AS at_us,
	0 AS rank,
	e.digest AS tie,
	1 AS kind,
	e.peer_id AS participant_id,
	e.peer_id,
	(SELECT user_id FROM user WHERE id = e.user) AS user_id,
	(SELECT value FROM dict WHERE id = e.user_display_name) AS display_name,
	(SELECT user_id FROM user WHERE id = e.user) AS custom_participant_id,
	NULL AS is_local,
	NULL AS how_left,
	NULL AS how_left_class,
	0 AS creates,
	NULL AS call_type,
	NULL AS call_id,
	NULL AS title,
	NULL AS organization_id,
	NULL AS session_started_us,
	NULL AS session_ended_us,
	NULL AS end_reason,
	0 AS n_events
FROM realtimekit_told AS e
WHERE e.joined_us IS NOT NULL AND e.peer_id IS NOT NULL
	AND (SELECT value FROM dict WHERE id = e.event) = 'meeting.participantLeft';

