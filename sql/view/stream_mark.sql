-- stream_mark.sql - what GetStream's events tell of presence: see core/session.h.
--
-- Told from the attempts of a call session, not from each event. A user is in
-- from the first PeerConnectionConnect success of an attempt in the session on,
-- else from the first event of one; nothing tells when a user leaves, so the
-- last event of each attempt is what an idle end counts from.

CREATE VIEW stream_mark AS
SELECT
	a.session AS scope,
	coalesce(a.joined_us, a.started_us) AS at_us,
	0 AS rank,
	0 AS tie,
	1 AS kind,
	1 AS creates,
	NULL AS is_local,
	0 AS n_events,
	NULL AS session_started_us,
	NULL AS session_ended_us,
	u.user_id AS participant_id,
	NULL AS peer_id,
	u.user_id,
	NULL AS display_name,
	NULL AS custom_participant_id,
	NULL AS how_left,
	NULL AS how_left_class,
	(SELECT value FROM dict WHERE id = a.call_type) AS call_type,
	(SELECT value FROM dict WHERE id = a.call_id) AS call_id,
	NULL AS title,
	NULL AS organization_id,
	NULL AS end_reason
FROM join_attempt AS a
JOIN user AS u ON u.id = a.user
WHERE a.joined_us IS NOT NULL OR NOT EXISTS (
	SELECT 1 FROM join_attempt AS b
	WHERE b.session = a.session AND b.user = a.user AND b.joined_us IS NOT NULL)
UNION ALL
SELECT
	a.session, a.last_us, 1, 0, 0, 0, NULL, a.n_events, NULL, NULL,
	(SELECT user_id FROM user WHERE id = a.user), NULL,
	(SELECT user_id FROM user WHERE id = a.user), NULL, NULL, NULL, NULL,
	(SELECT value FROM dict WHERE id = a.call_type),
	(SELECT value FROM dict WHERE id = a.call_id), NULL, NULL, NULL
FROM join_attempt AS a;
