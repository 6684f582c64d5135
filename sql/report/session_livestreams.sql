-- session_livestreams.sql - livestreams that went out of a session, in order.
--
-- The columns are those of RealtimeKit's LivestreamSession, then what else is known.
-- A webhook that names a session is that session's. Most name the meeting alone, of
-- which one session is on at a time: what they tell from a session's start to five
-- minutes behind its end, or to the start of the meeting's next one, is the session's.
-- A stream stops when a webhook says so; a status that nobody documents stops
-- nothing. err_message has the latest status only where that API knows it. How many
-- watched, no webhook tells.
--
-- param session_id text!: the session's id
-- paging

SELECT
	t.stream_id AS id,
	t.stream_id AS livestream_id,
	t.created_at,
	t.updated_at,
	t.started_time,
	CASE WHEN t.stop_ms >= t.live_ms THEN t.stopped END AS stopped_time,
	CASE WHEN t.stop_ms >= t.live_ms THEN (t.stop_ms - t.start_ms) / 1000.0 END AS ingest_seconds,
	NULL AS viewer_seconds,
	CASE WHEN t.status IN ('LIVE', 'IDLE', 'ERRORED', 'INVOKED') THEN t.status END AS err_message,
	t.status,
	t.playback_url,
	t.session_id,
	t.app
FROM (
	SELECT
		m.streamId AS stream_id,
		min(m.timestamp) AS created_at,
		max(m.timestamp) AS updated_at,
		min(m.timestamp) FILTER (WHERE m.streamStatus = 'LIVE') AS started_time,
		min(m.timestamp_ms) FILTER (WHERE m.streamStatus = 'LIVE') AS start_ms,
		max(m.timestamp_ms) FILTER (WHERE m.streamStatus = 'LIVE') AS live_ms,
		max(m.timestamp_ms) FILTER (WHERE m.streamStatus IN ('OFFLINE', 'IDLE', 'ERRORED')) AS stop_ms,
		max(m.timestamp) FILTER (WHERE m.streamStatus IN ('OFFLINE', 'IDLE', 'ERRORED')) AS stopped,
		substr(max(printf('%016d', m.timestamp_ms) || m.streamStatus), 17) AS status,
		substr(max(printf('%016d', m.timestamp_ms) || m.playbackUrl), 17) AS playback_url,
		w.session_id,
		m.app
	FROM (
		SELECT n.id AS scope, n.app, n.name AS session_id, s.organization_id, s.started_us, d.id AS meeting,
			coalesce((
				SELECT x.started_us
				FROM session AS x
				CROSS JOIN session_scope AS o ON o.id = x.name
				WHERE x.started_us / 1000 >= s.started_us / 1000
					-- Behind this, nothing could be either's.
					AND x.started_us / 1000 <= coalesce(s.ended_us + 300000000, max(
						coalesce((SELECT max(at_us) FROM realtimekit_event
							WHERE meeting_id = d.id AND stream_id IS NOT NULL), 0),
						coalesce((SELECT max(at_us) FROM realtimekit_event
							WHERE meeting_id IS NULL AND stream_id IS NOT NULL), 0))) / 1000
					AND x.call_id = s.call_id AND o.app = n.app AND o.source = n.source
					AND (x.started_us, o.name) > (s.started_us, n.name)
				ORDER BY x.started_us / 1000, x.started_us LIMIT 1),
				s.ended_us + 300000000, 9223372036854775807) AS until_us
		FROM session_scope AS n
		CROSS JOIN session AS s ON s.name = n.id
		LEFT JOIN dict AS d ON d.value = s.call_id
		WHERE n.name = :session_id AND n.source = (SELECT id FROM dict WHERE value = 'realtimekit')
	) AS w
	CROSS JOIN meeting_events AS m ON m.event_id IN (
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
	WHERE w.app = (SELECT id FROM dict WHERE value = m.app)
		AND (:app IS NULL OR m.app = :app OR w.organization_id = :app)
	GROUP BY m.app, m.streamId
) AS t
ORDER BY t.created_at, t.stream_id
