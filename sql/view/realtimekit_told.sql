-- realtimekit_told.sql - RealtimeKit webhooks, with what meeting.chatSynced has
-- flat in the columns of what the others have within meeting.

CREATE VIEW realtimekit_told AS
SELECT
	event_id,
	scope,
	at_us,
	digest,
	origin,
	event,
	coalesce(meeting_id, flat_meeting_id) AS meeting_id,
	coalesce(session_id, flat_session_id) AS session_id,
	coalesce(title, flat_title) AS title,
	coalesce(created_us, flat_created_us) AS created_us,
	coalesce(started_us, flat_started_us) AS started_us,
	coalesce(ended_us, flat_ended_us) AS ended_us,
	coalesce(organized_by_id, flat_organized_by_id) AS organized_by_id,
	coalesce(organized_by_name, flat_organized_by_name) AS organized_by_name,
	peer_id,
	user_display_name,
	coalesce(user, client_user) AS user,
	joined_us,
	reason
FROM realtimekit_event;
