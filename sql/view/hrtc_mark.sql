-- hrtc_mark.sql - what Huawei HRTC room events say of presence, see core/session.h.
--
-- A client tells of itself (its connection, its ban) and of the others in the
-- room. What it tells of anything else counts as its own activity. A connection
-- that ends before it stood is nobody's leaving.

CREATE VIEW hrtc_mark AS
SELECT
	e.scope,
	e.at_us,
	CASE
		WHEN n.value = 'peer-join' OR n.value = 'connection-state-changed' AND c.value = 'CONNECTED'
			THEN 0
		WHEN n.value IN ('peer-leave', 'client-banned') OR n.value = 'connection-state-changed'
			AND c.value = 'DISCONNECTED' AND p.value IS NOT 'CONNECTING'
			THEN 8
		ELSE 4 END AS rank,
	e.digest AS tie,
	CASE
		WHEN n.value = 'peer-join' OR n.value = 'connection-state-changed' AND c.value = 'CONNECTED'
			THEN 1
		WHEN n.value IN ('peer-leave', 'client-banned') OR n.value = 'connection-state-changed'
			AND c.value = 'DISCONNECTED' AND p.value IS NOT 'CONNECTING'
			THEN 2
		ELSE 0 END AS kind,
	s.user_id AS participant_id,
	NULL AS peer_id,
	s.user_id AS user_id,
	CASE
		WHEN s.id IS e.user AND e.user_name IS NOT NULL
			THEN (SELECT value FROM dict WHERE id = e.user_name)
		WHEN n.value = 'rtc-stats' THEN (SELECT value FROM dict WHERE id = (SELECT user_name FROM hrtc_item
			WHERE event_id = e.event_id AND is_remote = 0 ORDER BY n LIMIT 1))
	END AS display_name,
	NULL AS custom_participant_id,
	CASE WHEN e.reporter IS NOT NULL THEN s.id IS e.reporter END AS is_local,
	CASE
		WHEN n.value = 'peer-leave' THEN coalesce(
			(SELECT name FROM leave_reason WHERE code = e.leave_code), e.leave_message)
		WHEN n.value = 'client-banned' THEN 'banned'
		WHEN c.value = 'DISCONNECTED' AND p.value IS NOT 'CONNECTING' THEN 'disconnected'
	END AS how_left,
	CASE
		WHEN n.value = 'peer-leave' THEN (SELECT class FROM leave_reason WHERE code = e.leave_code)
		WHEN n.value = 'client-banned' THEN 'forced'
		WHEN c.value = 'DISCONNECTED' AND p.value = 'RECONNECTING' THEN 'failure'
		WHEN c.value = 'DISCONNECTED' AND p.value IS NOT 'CONNECTING' THEN 'normal'
	END AS how_left_class,
	CASE
		WHEN n.value = 'peer-join' OR n.value = 'connection-state-changed' AND c.value = 'CONNECTED'
			THEN 1
		WHEN n.value IN ('peer-leave', 'client-banned') OR n.value = 'connection-state-changed'
			AND c.value = 'DISCONNECTED' AND p.value IS NOT 'CONNECTING'
			THEN 1
		ELSE 0 END AS creates,
	NULL AS call_type,
	coalesce((SELECT value FROM dict WHERE id = e.room_id),
		(SELECT value FROM dict WHERE id = e.payload_room_id)) AS call_id,
	NULL AS title,
	NULL AS organization_id,
	NULL AS session_started_us,
	NULL AS session_ended_us,
	NULL AS end_reason,
	1 AS n_events
FROM hrtc_event AS e
LEFT JOIN dict AS n ON n.id = e.name
LEFT JOIN dict AS c ON c.id = e.current_state
LEFT JOIN dict AS p ON p.id = e.previous_state
LEFT JOIN user AS s ON s.id = CASE
	WHEN n.value IN ('peer-join', 'peer-leave', 'mute-audio', 'unmute-audio',
			'mute-video', 'unmute-video', 'remote-user-name-changed', 'stream-added',
			'stream-removed', 'stream-updated', 'stream-subscribed') THEN e.user
	WHEN n.value = 'client-banned' THEN coalesce(e.user, e.reporter)
	ELSE e.reporter END;
