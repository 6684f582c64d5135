-- meeting_events.sql - Cloudflare RealtimeKit webhooks as they were delivered.
--
-- One row a stored webhook. What most of them have within meeting and
-- meeting.chatSynced has flat shows in one column either way. status is as sent,
-- which is LIVE even on meeting.ended: sessions tells what holds.

CREATE VIEW meeting_events AS
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
	(SELECT value FROM dict WHERE id = e.event) AS event,
	e.delivery_id AS deliveryId,
	(SELECT value FROM dict WHERE id = e.account_id) AS accountId,
	(SELECT value FROM dict WHERE id = t.meeting_id) AS meetingId,
	(SELECT name FROM session_scope WHERE id = t.session_id) AS sessionId,
	(SELECT value FROM dict WHERE id = t.title) AS title,
	(SELECT value FROM dict WHERE id = e.room_name) AS roomName,
	(SELECT value FROM dict WHERE id = e.meeting_status) AS status,
	t.created_us / 1000 AS createdAt_ms,
	strftime('%Y-%m-%dT%H:%M:%S', t.created_us / 1000000, 'unixepoch')
		|| CASE WHEN t.created_us % 1000 THEN printf('.%06dZ', t.created_us % 1000000)
			ELSE printf('.%03dZ', t.created_us / 1000 % 1000) END AS createdAt,
	t.started_us / 1000 AS startedAt_ms,
	strftime('%Y-%m-%dT%H:%M:%S', t.started_us / 1000000, 'unixepoch')
		|| CASE WHEN t.started_us % 1000 THEN printf('.%06dZ', t.started_us % 1000000)
			ELSE printf('.%03dZ', t.started_us / 1000 % 1000) END AS startedAt,
	t.ended_us / 1000 AS endedAt_ms,
	strftime('%Y-%m-%dT%H:%M:%S', t.ended_us / 1000000, 'unixepoch')
		|| CASE WHEN t.ended_us % 1000 THEN printf('.%06dZ', t.ended_us % 1000000)
			ELSE printf('.%03dZ', t.ended_us / 1000 % 1000) END AS endedAt,
	(SELECT value FROM dict WHERE id = t.organized_by_id) AS organizedById,
	(SELECT value FROM dict WHERE id = t.organized_by_name) AS organizedByName,
	e.peer_id AS peerId,
	(SELECT value FROM dict WHERE id = e.user_display_name) AS userDisplayName,
	(SELECT user_id FROM user WHERE id = e.user) AS customParticipantId,
	(SELECT user_id FROM user WHERE id = e.client_user) AS clientSpecificId,
	e.joined_us / 1000 AS joinedAt_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.joined_us / 1000000, 'unixepoch')
		|| CASE WHEN e.joined_us % 1000 THEN printf('.%06dZ', e.joined_us % 1000000)
			ELSE printf('.%03dZ', e.joined_us / 1000 % 1000) END AS joinedAt,
	e.left_us / 1000 AS leftAt_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.left_us / 1000000, 'unixepoch')
		|| CASE WHEN e.left_us % 1000 THEN printf('.%06dZ', e.left_us % 1000000)
			ELSE printf('.%03dZ', e.left_us / 1000 % 1000) END AS leftAt,
	(SELECT value FROM dict WHERE id = e.reason) AS reason,
	e.chat_url AS chatDownloadUrl,
	e.chat_expiry_us / 1000 AS chatDownloadUrlExpiry_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.chat_expiry_us / 1000000, 'unixepoch')
		|| CASE WHEN e.chat_expiry_us % 1000
			THEN printf('.%06dZ', e.chat_expiry_us % 1000000)
			ELSE printf('.%03dZ', e.chat_expiry_us / 1000 % 1000) END
			AS chatDownloadUrlExpiry,
	e.transcript_url AS transcriptDownloadUrl,
	e.transcript_expiry_us / 1000 AS transcriptDownloadUrlExpiry_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.transcript_expiry_us / 1000000, 'unixepoch')
		|| CASE WHEN e.transcript_expiry_us % 1000
			THEN printf('.%06dZ', e.transcript_expiry_us % 1000000)
			ELSE printf('.%03dZ', e.transcript_expiry_us / 1000 % 1000) END
			AS transcriptDownloadUrlExpiry,
	e.summary_url AS summaryDownloadUrl,
	e.summary_expiry_us / 1000 AS summaryDownloadUrlExpiry_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.summary_expiry_us / 1000000, 'unixepoch')
		|| CASE WHEN e.summary_expiry_us % 1000
			THEN printf('.%06dZ', e.summary_expiry_us % 1000000)
			ELSE printf('.%03dZ', e.summary_expiry_us / 1000 % 1000) END
			AS summaryDownloadUrlExpiry,
	e.recording_id AS recordingId,
	(SELECT value FROM dict WHERE id = e.recording_status) AS recordingStatus,
	e.recording_url AS recordingDownloadUrl,
	e.recording_audio_url AS recordingAudioDownloadUrl,
	e.recording_expiry_us / 1000 AS recordingDownloadUrlExpiry_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.recording_expiry_us / 1000000, 'unixepoch')
		|| CASE WHEN e.recording_expiry_us % 1000
			THEN printf('.%06dZ', e.recording_expiry_us % 1000000)
			ELSE printf('.%03dZ', e.recording_expiry_us / 1000 % 1000) END
			AS recordingDownloadUrlExpiry,
	e.recording_started_us / 1000 AS recordingStartedTime_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.recording_started_us / 1000000, 'unixepoch')
		|| CASE WHEN e.recording_started_us % 1000
			THEN printf('.%06dZ', e.recording_started_us % 1000000)
			ELSE printf('.%03dZ', e.recording_started_us / 1000 % 1000) END
			AS recordingStartedTime,
	e.recording_stopped_us / 1000 AS recordingStoppedTime_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.recording_stopped_us / 1000000, 'unixepoch')
		|| CASE WHEN e.recording_stopped_us % 1000
			THEN printf('.%06dZ', e.recording_stopped_us % 1000000)
			ELSE printf('.%03dZ', e.recording_stopped_us / 1000 % 1000) END
			AS recordingStoppedTime,
	e.recording_duration_s AS recordingDuration,
	e.recording_file_name AS recordingOutputFileName,
	e.recording_room_uuid AS roomUUID,
	e.stream_id AS streamId,
	(SELECT value FROM dict WHERE id = e.stream_status) AS streamStatus,
	e.manual_ingest AS manualIngest,
	(SELECT value FROM dict WHERE id = e.playback_url) AS playbackUrl,
	(SELECT value FROM dict WHERE id = e.ingest_server) AS ingestServer,
	e.extra
FROM realtimekit_event AS e
LEFT JOIN receipt AS rc ON rc.first_event_id = (
	SELECT max(first_event_id) FROM receipt WHERE first_event_id <= e.event_id)
JOIN realtimekit_told AS t ON t.event_id = e.event_id;
