-- rtc_stats.sql - Huawei HRTC media statistics, one row a stream and report.

CREATE VIEW rtc_stats AS
SELECT
	s.event_id,
	s.n,
	rc.received_us / 1000 AS received_ms,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = s.origin) AS app,
	(SELECT uid FROM origin WHERE id = s.origin) AS uid,
	s.at_us / 1000 AS timestamp_ms,
	strftime('%Y-%m-%dT%H:%M:%S', s.at_us / 1000000, 'unixepoch')
		|| CASE WHEN s.at_us % 1000 THEN printf('.%06dZ', s.at_us % 1000000)
			ELSE printf('.%03dZ', s.at_us / 1000 % 1000) END AS timestamp,
	(SELECT name FROM session_scope WHERE id = s.room) AS roomId,
	(SELECT user_id FROM user WHERE id = s.reporter) AS reporter,
	(SELECT value FROM dict WHERE id = s.user_name) AS userName,
	s.is_remote AS isRemote,
	(SELECT value FROM dict WHERE id = s.stream_type) AS streamType,
	(SELECT value FROM dict WHERE id = s.media_type) AS mediaType,
	s.bitrate AS bitrate_kbps,
	s.frame_rate,
	s.rtt AS rtt_ms,
	s.jitter,
	s.loss AS pktLossRate,
	s.jitter_ms,
	s.loss_percent,
	s.latency_ms,
	s.mos,
	s.extra
FROM hrtc_stat_told AS s
LEFT JOIN receipt AS rc ON rc.first_event_id = (
	SELECT max(first_event_id) FROM receipt WHERE first_event_id <= s.event_id);
