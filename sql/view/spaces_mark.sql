-- spaces_mark.sql - what a Spaces message says of presence in its topic's call.
--
-- The first tracksstatus of a sender starts their part, whatever it says of
-- connected; later ones change nothing. Presence alone (online, enters) is being
-- in the space, not in its call: who leaves the space leaves the call only if
-- nothing has ended their part before.

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
			WHEN c.value = 'video.end' THEN 2
			WHEN c.value = 'app.event.presence.party.leaves' AND (
				SELECT d.value <> 'video.end'
				FROM spaces_event AS b
				JOIN dict AS d ON d.id = b.category
				WHERE b.scope = e.scope AND b.at_us <= e.at_us
					AND coalesce(b.user, b.context_user) = coalesce(e.user, e.context_user)
					AND d.value IN ('tracksstatus', 'trackstatus', 'video.end')
				ORDER BY b.at_us DESC, d.value = 'video.end' DESC
				LIMIT 1) THEN 2
			ELSE 0
		END AS kind
	FROM spaces_event AS e
	LEFT JOIN dict AS c ON c.id = e.category
	LEFT JOIN user AS u ON u.id = coalesce(e.user, e.context_user)
) AS m;
