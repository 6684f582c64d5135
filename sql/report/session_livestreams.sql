-- session_livestreams.sql - livestreams that went out of a session, in order.
--
-- The columns are those of RealtimeKit's LivestreamSession, then what else is known.
-- A webhook that names a session is that session's. Most name the meeting alone, of
-- which one session is on at a time: see realtimekit_session_told for which is.
-- A stream stops when a webhook says so first after it was live last; a status that
-- nobody documents stops nothing. ingest_seconds is how long it was live in all, once
-- it has stopped. err_message has the latest status only where that API knows it. How
-- many watched, no webhook tells.
--
-- param session_id text!: the session's id
-- paging

SELECT
	t.stream_id AS id,
	t.stream_id AS livestream_id,
	t.created_at,
	t.updated_at,
	t.started_time,
	t.stopped_time,
	CASE WHEN t.stopped_time IS NOT NULL THEN t.live_us / 1000000.0 END AS ingest_seconds,
	NULL AS viewer_seconds,
	CASE WHEN t.status IN ('LIVE', 'IDLE', 'ERRORED', 'INVOKED') THEN t.status END AS err_message,
	t.status,
	t.playback_url,
	t.session_id,
	t.app
FROM (
	SELECT
		c.stream_id,
		c.app,
		c.session_id,
		min(c.timestamp) AS created_at,
		max(c.timestamp) AS updated_at,
		min(c.timestamp) FILTER (WHERE c.is_live) AS started_time,
		substr(min(printf('%016d', c.at_us) || c.timestamp) FILTER (WHERE c.is_live = 0
			AND c.at_us >= coalesce(c.last_live_us, 0)), 17) AS stopped_time,
		sum(c.next_us - c.at_us) FILTER (WHERE c.is_live) AS live_us,
		substr(max(printf('%016d', c.at_us) || c.status), 17) AS status,
		substr(max(printf('%016d', c.at_us) || c.playback_url), 17) AS playback_url
	FROM (
		SELECT
			k.*,
			max(k.at_us) FILTER (WHERE k.is_live) OVER (PARTITION BY k.app, k.stream_id) AS last_live_us,
			lead(k.at_us) OVER (PARTITION BY k.app, k.stream_id, k.is_live IS NULL
				ORDER BY k.at_us, k.is_live DESC) AS next_us
		FROM (
			SELECT
				m.streamId AS stream_id,
				m.app,
				w.session_id,
				e.at_us,
				m.timestamp,
				m.streamStatus AS status,
				m.playbackUrl AS playback_url,
				-- NULL: a status that says neither
				CASE WHEN m.streamStatus = 'LIVE' THEN 1
					WHEN m.streamStatus IN ('OFFLINE', 'IDLE', 'ERRORED') THEN 0 END AS is_live
			FROM realtimekit_session_told AS w
			CROSS JOIN realtimekit_event AS e ON e.event_id IN (
				SELECT event_id FROM realtimekit_event
				WHERE scope = w.scope AND stream_id IS NOT NULL
				UNION ALL
				SELECT event_id FROM realtimekit_event
				WHERE +scope = 0 AND stream_id IS NOT NULL
					AND meeting_id = w.meeting AND at_us >= w.started_us AND at_us < w.until_us
				UNION ALL
				SELECT event_id FROM realtimekit_event
				WHERE +scope = 0 AND stream_id IS NOT NULL
					AND coalesce(flat_meeting_id, room_name) = w.meeting
					AND meeting_id IS NULL AND at_us >= w.started_us AND at_us < w.until_us)
			CROSS JOIN meeting_events AS m ON m.event_id = e.event_id
			WHERE w.session_id = :session_id AND w.app = (SELECT app FROM origin WHERE id = e.origin)
				AND (:app IS NULL OR m.app = :app OR w.organization_id = :app)
		) AS k
	) AS c
	GROUP BY c.app, c.stream_id
) AS t
ORDER BY t.created_at, t.stream_id
