-- connection_states.sql - Huawei HRTC: how a client's connection to a room changed.
--
-- One row a change. What led to it are the changes before it of the same client in the same
-- room: from CONNECTING, the one before, to CONNECTED is the time to connect; what ends
-- RECONNECTING, the latest before that was no step on the way, is a reconnection that went
-- well or did not. Of changes at the same moment, only one that leads here comes before.

CREATE VIEW connection_states AS
SELECT
	e.event_id,
	rc.received_us / 1000 AS received_ms,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = e.origin) AS app,
	(SELECT uid FROM origin WHERE id = e.origin) AS uid,
	e.at_us / 1000 AS timestamp_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch')
		|| CASE WHEN e.at_us % 1000 THEN printf('.%06dZ', e.at_us % 1000000)
			ELSE printf('.%03dZ', e.at_us / 1000 % 1000) END AS timestamp,
	(SELECT name FROM session_scope WHERE id = e.room) AS roomId,
	(SELECT user_id FROM user WHERE id = e.reporter) AS reporter,
	p.value AS prevState,
	c.value AS curState,
	CASE WHEN p.value = 'CONNECTING' AND c.value = 'CONNECTED' AND b.current_state = e.previous_state
		THEN (e.at_us - b.at_us) / 1000 END AS time_to_connect_ms,
	CASE WHEN c.value IN ('CONNECTED', 'DISCONNECTED') OR p.value = 'DISCONNECTED'
		THEN (e.at_us - g.at_us) / 1000 END AS duration_ms,
	CASE WHEN p.value = 'RECONNECTING' OR g.event_id IS NOT NULL THEN
		CASE WHEN c.value = 'CONNECTED' THEN 'ok'
			WHEN c.value = 'DISCONNECTED' OR p.value = 'DISCONNECTED' THEN 'failed' END
	END AS result,
	e.extra
FROM hrtc_state_told AS e
LEFT JOIN receipt AS rc ON rc.first_event_id = (
	SELECT max(first_event_id) FROM receipt WHERE first_event_id <= e.event_id)
LEFT JOIN dict AS p ON p.id = e.previous_state
LEFT JOIN dict AS c ON c.id = e.current_state
LEFT JOIN hrtc_event AS b ON b.event_id = (
	SELECT v.event_id
	FROM hrtc_state_told AS v
	WHERE v.scope = e.scope AND v.reporter IS e.reporter AND v.current_state IS NOT NULL
		AND v.at_us >= e.at_us - e.idle_us AND v.at_us <= e.at_us
		AND (v.at_us < e.at_us OR v.current_state = e.previous_state AND v.event_id <> e.event_id)
	ORDER BY v.at_us DESC, v.digest DESC LIMIT 1)
LEFT JOIN hrtc_event AS g ON g.event_id = (
	SELECT v.event_id
	FROM hrtc_state_told AS v
	WHERE v.scope = e.scope AND v.reporter IS e.reporter AND v.current_state IS NOT NULL
		AND v.at_us >= e.at_us - e.idle_us AND v.at_us <= e.at_us AND NOT v.is_step
		AND (v.at_us < e.at_us OR v.current_state = e.previous_state AND v.event_id <> e.event_id)
	ORDER BY v.at_us DESC, v.digest DESC LIMIT 1)
	AND g.current_state = (SELECT id FROM dict WHERE value = 'RECONNECTING') AND p.value IS NOT 'CONNECTED';
