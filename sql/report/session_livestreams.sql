-- session_livestreams.sql - livestreams that went out of a session, in order.
--
-- The columns are those of RealtimeKit's LivestreamSession. Its webhooks name the
-- meeting alone: what they tell from the session's start to five minutes behind
-- its end is the session's. How many watched, no webhook tells.
--
-- param session_id text!: the session's id
-- paging

SELECT
	m.streamId AS id,
	m.streamId AS livestream_id,
	min(m.timestamp) AS created_at,
	max(m.timestamp) AS updated_at,
	min(m.timestamp) FILTER (WHERE m.streamStatus = 'LIVE') AS started_time,
	CASE WHEN max(m.timestamp_ms) FILTER (WHERE m.streamStatus <> 'LIVE')
			>= max(m.timestamp_ms) FILTER (WHERE m.streamStatus = 'LIVE')
		THEN max(m.timestamp) FILTER (WHERE m.streamStatus <> 'LIVE') END AS stopped_time,
	CASE WHEN max(m.timestamp_ms) FILTER (WHERE m.streamStatus <> 'LIVE')
			>= max(m.timestamp_ms) FILTER (WHERE m.streamStatus = 'LIVE')
		THEN (max(m.timestamp_ms) FILTER (WHERE m.streamStatus <> 'LIVE')
			- min(m.timestamp_ms) FILTER (WHERE m.streamStatus = 'LIVE')) / 1000.0 END AS ingest_seconds,
	NULL AS viewer_seconds,
	substr(max(printf('%016d', m.timestamp_ms) || m.streamStatus), 17) AS err_message,
	substr(max(printf('%016d', m.timestamp_ms) || m.playbackUrl), 17) AS playback_url,
	n.name AS session_id,
	m.app
FROM session_scope AS n
CROSS JOIN session AS s ON s.name = n.id
CROSS JOIN realtimekit_event AS e ON e.meeting_id = (SELECT id FROM dict WHERE value = s.call_id)
	AND e.at_us >= s.started_us
	AND e.at_us <= coalesce(s.ended_us + 300000000, 9223372036854775807)
	AND e.stream_id IS NOT NULL
CROSS JOIN meeting_events AS m ON m.event_id = e.event_id
WHERE n.name = :session_id
	AND n.source = (SELECT id FROM dict WHERE value = 'realtimekit')
	AND n.app = (SELECT id FROM dict WHERE value = m.app)
	AND (:app IS NULL OR m.app = :app OR s.organization_id = :app)
GROUP BY m.app, m.streamId
ORDER BY created_at, id
