-- rtc_stats.sql - Huawei HRTC media statistics, one row a stream and report.
--
-- The vendor tells no unit of jitter and loss: both are kept as sent, and
-- jitter_ms and loss_percent come of them by the settings hrtc_jitter_scale and
-- hrtc_loss_scale. A remote stream has no round-trip time: for mos it takes the
-- latest its client told of a stream of its own, in this report or before.
--
-- The innermost query is the row's own; each further one is a step of the
-- formula, which callmeter-views(7) states.

CREATE VIEW rtc_stats AS
SELECT
	event_id, n, received_ms, app, uid, timestamp_ms, timestamp, roomId, reporter, userName,
	isRemote, streamType, mediaType, bitrate_kbps, frame_rate, rtt_ms, jitter, pktLossRate,
	jitter_ms, loss_percent, latency_ms,
	CASE
		WHEN r < 0 THEN 1.0
		WHEN r > 100 THEN 4.5
		ELSE 1 + 0.035 * r + 0.000007 * r * (r - 60) * (100 - r)
	END AS mos,
	extra
FROM (
	SELECT *, 93.2 - CASE WHEN effective_ms < 160 THEN effective_ms / 40
		ELSE (effective_ms - 120) / 10 END - 2.5 * loss_percent AS r
	FROM (
		SELECT *, latency_ms + 2 * jitter_ms + 10 AS effective_ms
		FROM (
			SELECT
				e.event_id,
				i.n,
				rc.received_us / 1000 AS received_ms,
				(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app
					WHERE o.id = e.origin) AS app,
				(SELECT uid FROM origin WHERE id = e.origin) AS uid,
				e.at_us / 1000 AS timestamp_ms,
				strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch')
					|| CASE WHEN e.at_us % 1000 THEN printf('.%06dZ', e.at_us % 1000000)
						ELSE printf('.%03dZ', e.at_us / 1000 % 1000) END AS timestamp,
				coalesce((SELECT value FROM dict WHERE id = e.room_id),
					(SELECT value FROM dict WHERE id = e.payload_room_id)) AS roomId,
				(SELECT user_id FROM user WHERE id = e.reporter) AS reporter,
				(SELECT value FROM dict WHERE id = i.user_name) AS userName,
				i.is_remote AS isRemote,
				(SELECT value FROM dict WHERE id = i.stream_type) AS streamType,
				(SELECT value FROM dict WHERE id = i.media_type) AS mediaType,
				i.bitrate AS bitrate_kbps,
				i.frame_rate AS frame_rate,
				i.rtt AS rtt_ms,
				i.jitter,
				i.loss AS pktLossRate,
				i.jitter * coalesce((SELECT value FROM setting WHERE name = 'hrtc_jitter_scale'), 1)
					AS jitter_ms,
				i.loss * coalesce((SELECT value FROM setting WHERE name = 'hrtc_loss_scale'), 1)
					AS loss_percent,
				CASE i.is_remote WHEN 0 THEN i.rtt WHEN 1 THEN l.local_rtt END AS latency_ms,
				i.extra
			FROM hrtc_event AS e
			LEFT JOIN receipt AS rc ON rc.first_event_id = (
				SELECT max(first_event_id) FROM receipt WHERE first_event_id <= e.event_id)
			JOIN hrtc_item_told AS i ON i.id BETWEEN e.event_id * 1024 AND e.event_id * 1024 + 1023
			LEFT JOIN hrtc_event AS l ON l.event_id = CASE
				WHEN i.is_remote IS NOT 1 THEN NULL
				WHEN e.local_rtt IS NOT NULL THEN e.event_id
				ELSE (SELECT event_id FROM hrtc_event
					WHERE scope = e.scope AND reporter = e.reporter AND local_rtt IS NOT NULL
						AND at_us <= e.at_us
					ORDER BY at_us DESC, digest DESC LIMIT 1) END
			WHERE e.name = (SELECT id FROM dict WHERE value = 'rtc-stats')
		)
	)
);
