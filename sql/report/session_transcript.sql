-- session_transcript.sql - where a session's transcript can be downloaded.
--
-- As the latest webhook about it told; no row if none came.
--
-- param session_id text!: the session's id
-- param format enum(SRT, VTT, JSON, CSV): accepted; the webhook tells of one file

SELECT
	c.name AS sessionId,
	m.transcriptDownloadUrl AS transcript_download_url,
	m.transcriptDownloadUrlExpiry AS transcript_download_url_expiry,
	m.app
FROM session_scope AS c
CROSS JOIN meeting_events AS m ON m.event_id = (
	SELECT e.event_id FROM realtimekit_event AS e
	WHERE e.scope = c.id AND e.transcript_url IS NOT NULL
	ORDER BY e.at_us DESC, e.digest DESC LIMIT 1)
WHERE c.name = :session_id AND c.source = (SELECT id FROM dict WHERE value = 'realtimekit')
	AND (:app IS NULL OR m.app = :app OR m.organizedById = :app)
ORDER BY m.app
