-- media_session_events.sql - Avaya Spaces messages as their clients sent them.
--
-- One row a stored message, under the vendor's names. A boolean is NULL where the
-- message left it out. user_id is the sender's _id, else the envelope's userId;
-- topicId likewise.

CREATE VIEW media_session_events AS
SELECT
	e.event_id,
	rc.received_us / 1000 AS received_ms,
	strftime('%Y-%m-%dT%H:%M:%S', rc.received_us / 1000000, 'unixepoch')
		|| printf('.%03dZ', rc.received_us / 1000 % 1000) AS received,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = e.origin) AS app,
	(SELECT uid FROM origin WHERE id = e.origin) AS uid,
	(SELECT gid FROM origin WHERE id = e.origin) AS gid,
	(SELECT pid FROM origin WHERE id = e.origin) AS pid,
	e.sender_id,
	e.at_us / 1000 AS timestamp_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch')
		|| CASE WHEN e.at_us % 1000 THEN printf('.%06dZ', e.at_us % 1000000)
			ELSE printf('.%03dZ', e.at_us / 1000 % 1000) END AS timestamp,
	(SELECT value FROM dict WHERE id = e.category) AS category,
	(SELECT name FROM session_scope WHERE id = coalesce(e.topic, e.context_topic)) AS topicId,
	(SELECT user_id FROM user WHERE id = coalesce(e.user, e.context_user)) AS user_id,
	(SELECT value FROM dict WHERE id = e.sender_type) AS sender_type,
	(SELECT value FROM dict WHERE id = e.displayname) AS displayname,
	(SELECT value FROM dict WHERE id = e.username) AS username,
	(SELECT value FROM dict WHERE id = e.picture_url) AS picture_url,
	e.phone_numbers,
	(SELECT value FROM dict WHERE id = e.comment) AS comment,
	e.data,
	e.audio,
	e.video,
	e.connected,
	e.self_muted AS selfMuted,
	e.screenshare,
	e.is_collab_only AS isCollabOnly,
	e.phone,
	e.join_time_us / 1000 AS joinTime_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.join_time_us / 1000000, 'unixepoch')
		|| CASE WHEN e.join_time_us % 1000 THEN printf('.%06dZ', e.join_time_us % 1000000)
			ELSE printf('.%03dZ', e.join_time_us / 1000 % 1000) END AS joinTime,
	e.subscribe_time_us / 1000 AS subscribeTime_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.subscribe_time_us / 1000000, 'unixepoch')
		|| CASE WHEN e.subscribe_time_us % 1000
			THEN printf('.%06dZ', e.subscribe_time_us % 1000000)
			ELSE printf('.%03dZ', e.subscribe_time_us / 1000 % 1000) END
			AS subscribeTime,
	(e.join_time_us - e.subscribe_time_us) / 1000 AS time_in_space_before_media_ms,
	(SELECT value FROM dict WHERE id = e.stream_id) AS streamId,
	(SELECT value FROM dict WHERE id = e.session_id) AS sessionId,
	e.desktop,
	e.idle,
	e.offline,
	(SELECT value FROM dict WHERE id = e.role) AS role,
	(SELECT value FROM dict WHERE id = e.attendee_type) AS attendeeType,
	(SELECT value FROM dict WHERE id = e.attendee) AS attendee,
	e.extra
FROM spaces_event AS e
LEFT JOIN receipt AS rc ON rc.first_event_id = (
	SELECT max(first_event_id) FROM receipt WHERE first_event_id <= e.event_id);
