-- hrtc_state_told.sql - changes of HRTC's clients' connections, and what may be set against what.
--
-- Internal. Changes of one client belong together over no longer than idle_us, the idle time that
-- ends a session too. Not its sessions: who is CONNECTING comes to one that begins with CONNECTED.
--
-- is_step: a change to CONNECTING that is on the way from RECONNECTING to CONNECTED. From
-- DISCONNECTED it is another attempt, of a page that was loaded anew say.

CREATE VIEW hrtc_state_told AS
SELECT
	event_id,
	origin,
	scope,
	at_us,
	digest,
	coalesce(room_id, payload_room_id) AS room,
	reporter,
	previous_state,
	current_state,
	current_state IS (SELECT id FROM dict WHERE value = 'CONNECTING')
		AND previous_state IS NOT (SELECT id FROM dict WHERE value = 'DISCONNECTED') AS is_step,
	1000 * coalesce((SELECT value FROM setting WHERE name = 'session_idle_ms'), 14400000) AS idle_us,
	extra
FROM hrtc_event
WHERE name = (SELECT id FROM dict WHERE value = 'connection-state-changed');
