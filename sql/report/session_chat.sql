-- session_chat.sql - where a session's chat can be downloaded.
--
-- As the latest webhook about it told; no row if none came.
--
-- param session_id text!: the session's id

SELECT
	m.chatDownloadUrl AS chat_download_url,
	m.chatDownloadUrlExpiry AS chat_download_url_expiry,
	c.name AS session_id,
	m.app
FROM session_scope AS c
CROSS JOIN meeting_events AS m ON m.event_id = (
	SELECT e.event_id FROM realtimekit_event AS e
	WHERE e.scope = c.id AND e.chat_url IS NOT NULL
	ORDER BY e.at_us DESC, e.digest DESC LIMIT 1)
WHERE c.name = :session_id AND c.source = (SELECT id FROM dict WHERE value = 'realtimekit')
	AND (:app IS NULL OR m.app = :app OR m.organizedById = :app)
ORDER BY m.app
