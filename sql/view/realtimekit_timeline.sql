-- realtimekit_timeline.sql - RealtimeKit webhooks as rows of the timeline.
--
-- No attempt has a session's key: see timeline.

CREATE VIEW realtimekit_timeline AS
SELECT
	e.event_id,
	'realtimekit' AS source,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = e.origin) AS app,
	e.at_us,
	(SELECT name FROM session_scope WHERE id = coalesce(e.session_id, e.flat_session_id)) AS session_id,
	a.join_attempt_id,
	NULL AS coordinator_connect_id,
	(SELECT user_id FROM user WHERE id = coalesce(e.user, e.client_user)) AS user_id,
	e.peer_id AS participant_id,
	(SELECT value FROM dict WHERE id = e.event) AS event,
	CASE (SELECT value FROM dict WHERE id = e.event)
		WHEN 'meeting.started' THEN 0
		WHEN 'meeting.participantJoined' THEN 1
		WHEN 'meeting.participantLeft' THEN 8
		WHEN 'meeting.ended' THEN 9
		ELSE 4
	END AS rank,
	NULL AS outcome,
	(SELECT value FROM dict WHERE id = e.reason) AS code,
	nullif(substr(
		coalesce(', ' || (SELECT value FROM dict WHERE id = e.user_display_name), '')
		|| coalesce(', recording ' || (SELECT value FROM dict WHERE id = e.recording_status), '')
		|| coalesce(', livestream ' || (SELECT value FROM dict WHERE id = e.stream_status), '')
		|| CASE WHEN e.chat_url IS NULL THEN '' ELSE ', chat ready' END
		|| CASE WHEN e.transcript_url IS NULL THEN '' ELSE ', transcript ready' END
		|| CASE WHEN e.summary_url IS NULL THEN '' ELSE ', summary ready' END,
		3), '') AS detail,
	e.scope
FROM realtimekit_event AS e
LEFT JOIN join_attempt AS a ON a.id = e.scope;
