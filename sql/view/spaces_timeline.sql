-- spaces_timeline.sql - Spaces messages as rows of the timeline.
--
-- No attempt has a session's key: see timeline.

CREATE VIEW spaces_timeline AS
SELECT
	e.event_id,
	'spaces' AS source,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = e.origin) AS app,
	e.at_us,
	(SELECT name FROM session_scope WHERE id = coalesce(e.topic, e.context_topic)) AS session_id,
	a.join_attempt_id,
	NULL AS coordinator_connect_id,
	(SELECT user_id FROM user WHERE id = coalesce(e.user, e.context_user)) AS user_id,
	(SELECT user_id FROM user WHERE id = coalesce(e.user, e.context_user)) AS participant_id,
	(SELECT value FROM dict WHERE id = e.category) AS event,
	CASE (SELECT value FROM dict WHERE id = e.category)
		WHEN 'tracksstatus' THEN 0
		WHEN 'trackstatus' THEN 0
		WHEN 'video.end' THEN 8
		WHEN 'app.event.presence.party.leaves' THEN 9
		ELSE 4
	END AS rank,
	NULL AS outcome,
	NULL AS code,
	nullif(substr(
		coalesce(CASE e.connected WHEN 1 THEN ', connected' WHEN 0 THEN ', not connected' END, '')
		|| coalesce(CASE e.audio WHEN 1 THEN ', audio on' WHEN 0 THEN ', audio off' END, '')
		|| coalesce(CASE e.self_muted WHEN 1 THEN ', muted' WHEN 0 THEN ', not muted' END, '')
		|| coalesce(CASE e.video WHEN 1 THEN ', video on' WHEN 0 THEN ', video off' END, '')
		|| coalesce(CASE e.screenshare WHEN 1 THEN ', sharing the screen' END, '')
		|| coalesce(', ' || (SELECT value FROM dict WHERE id = e.comment), ''), 3), '') AS detail,
	e.scope
FROM spaces_event AS e
LEFT JOIN join_attempt AS a ON a.id = e.scope;
