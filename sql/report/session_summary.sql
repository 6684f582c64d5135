-- session_summary.sql - where a session's summary can be downloaded.
--
-- As the latest webhook about it told; no row if none came.
--
-- param session_id text!: the session's id

SELECT
	c.name AS sessionId,
	m.summaryDownloadUrl AS summaryDownloadUrl,
	m.summaryDownloadUrlExpiry AS summaryDownloadUrlExpiry,
	m.app
FROM session_scope AS c
CROSS JOIN meeting_events AS m ON m.event_id = (
	SELECT e.event_id FROM realtimekit_event AS e
	WHERE e.scope = c.id AND e.summary_url IS NOT NULL
	ORDER BY e.at_us DESC, e.digest DESC LIMIT 1)
WHERE c.name = :session_id AND c.source = (SELECT id FROM dict WHERE value = 'realtimekit')
	AND (:app IS NULL OR m.app = :app OR m.organizedById = :app)
ORDER BY m.app
