-- spaces_mark.sql - what a Spaces message says of presence in its topic's call.
--
-- The first tracksstatus of a sender starts their part, whatever it says of
-- connected; later ones change nothing. Presence alone (online, enters) is being
-- in the space, not in its call.

CREATE VIEW spaces_mark AS
SELECT
	m.scope,
	m.at_us,
	CASE m.kind WHEN 1 THEN 0 WHEN 2 THEN 2 ELSE 1 END AS rank,
	m.digest AS tie,
	m.kind,
	m.user_id AS participant_id,
	NULL AS peer_id,
	m.user_id,
	(SELECT value FROM dict WHERE id = m.displayname) AS display_name,
	NULL AS custom_participant_id,
	NULL AS is_local,
	CASE WHEN m.kind = 2 THEN m.category END AS how_left,
	CASE WHEN m.kind = 2 THEN 'normal' END AS how_left_class,
	0 AS creates,
	NULL AS call_type,
	(SELECT value FROM dict WHERE id = m.topic) AS call_id,
	NULL AS title,
	NULL AS organization_id,
	NULL AS session_started_us,
	NULL AS session_ended_us,
	NULL AS end_reason,
	1 AS n_events
FROM (
	SELECT
		e.scope,
		e.at_us,
		e.digest,
		e.displayname,
		coalesce(e.topic, e.context_topic) AS topic,
		c.value AS category,
		u.user_id,
		CASE
			WHEN u.user_id IS NULL THEN 0
			WHEN c.value IN ('tracksstatus', 'trackstatus') THEN 1
			WHEN c.value IN ('video.end', 'app.event.presence.party.leaves') THEN 2
			ELSE 0
		END AS kind
	FROM spaces_event AS e
	LEFT JOIN dict AS c ON c.id = e.category
	LEFT JOIN user AS u ON u.id = coalesce(e.user, e.context_user)
) AS m;
