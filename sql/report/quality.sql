-- quality.sql - media as clients measured it: loss, jitter, round trip, bitrate, frame rate, MOS.
--
-- One row a metric, over the media statistics of the window (HRTC's rtc-stats;
-- without a window all of them are read). The fractions are of samples as bad as
-- that or worse. Only streams of a client's own have a round trip, only video a
-- frame rate; callmeter-views(7) states how mos is made.
--
-- by app: (SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = s.origin)
-- by call_id: (SELECT name FROM session_scope WHERE id = s.room)
-- by user_id: (SELECT user_id FROM user WHERE id = s.reporter)
-- by stream_user: (SELECT value FROM dict WHERE id = s.user_name)
-- by is_remote: s.is_remote
-- by stream_type: (SELECT value FROM dict WHERE id = s.stream_type)
-- by media_type: (SELECT value FROM dict WHERE id = s.media_type)
-- by hour time: strftime('%Y-%m-%dT%H:00Z', s.at_us / 1000000, 'unixepoch')
-- by day time: strftime('%Y-%m-%d', s.at_us / 1000000, 'unixepoch')
-- where source: 'hrtc'
-- where metric: s.metric

SELECT $by
	s.metric,
	s.unit,
	count(*) AS samples,
	round(avg(s.value), 3) AS avg,
	round(quantile(s.value, 0.50), 3) AS p50,
	round(quantile(s.value, 0.75), 3) AS p75,
	round(quantile(s.value, 0.90), 3) AS p90,
	round(quantile(s.value, 0.95), 3) AS p95,
	round(min(s.value), 3) AS min,
	round(max(s.value), 3) AS max,
	round(avg(CASE WHEN s.n = 1 THEN s.value >= 5 END), 6) AS fraction_5_percent,
	round(avg(CASE WHEN s.n = 1 THEN s.value >= 10 END), 6) AS fraction_10_percent,
	round(avg(CASE WHEN s.n = 1 THEN s.value >= 25 END), 6) AS fraction_25_percent,
	round(avg(CASE WHEN s.n = 1 THEN s.value >= 50 END), 6) AS fraction_50_percent,
	round(avg(CASE WHEN s.n IN (2, 3) THEN s.value >= 100 END), 6) AS fraction_100_ms,
	round(avg(CASE WHEN s.n IN (2, 3) THEN s.value >= 250 END), 6) AS fraction_250_ms,
	round(avg(CASE WHEN s.n IN (2, 3) THEN s.value >= 500 END), 6) AS fraction_500_ms
FROM (
	SELECT
		v.at_us, v.origin, v.room, v.reporter, v.user_name, v.is_remote, v.stream_type, v.media_type,
		m.n, m.metric, m.unit,
		CASE m.n
			WHEN 1 THEN v.loss_percent
			WHEN 2 THEN v.jitter_ms
			WHEN 3 THEN CASE WHEN v.is_remote IS NOT 1 THEN v.rtt END
			WHEN 4 THEN v.bitrate
			WHEN 5 THEN CASE WHEN v.media_type IS NOT (SELECT id FROM dict WHERE value = 'audio')
				THEN v.frame_rate END
			ELSE v.mos
		END AS value
	FROM (
		SELECT
			at_us, origin, room, reporter, user_name, is_remote, stream_type, media_type, rtt, bitrate,
			frame_rate, jitter_ms, loss_percent, mos
		FROM hrtc_stat_told
		WHERE at_us / 1000 >= :since_ms AND at_us / 1000 < :until_ms
			AND (:app IS NULL OR origin IN (
				SELECT id FROM origin WHERE app = (SELECT id FROM dict WHERE value = :app)))
		LIMIT -1	-- so that a value is made once, not at each use
	) AS v
	CROSS JOIN (
		SELECT 1 AS n, 'loss' AS metric, '%' AS unit
		UNION ALL SELECT 2, 'jitter', 'ms'
		UNION ALL SELECT 3, 'rtt', 'ms'
		UNION ALL SELECT 4, 'bitrate', 'kbit/s'
		UNION ALL SELECT 5, 'frame_rate', 'fps'
		UNION ALL SELECT 6, 'mos', 'MOS') AS m
	LIMIT -1
) AS s
WHERE s.value IS NOT NULL$where
$group, s.n
ORDER BY $sort s.n
