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
-- having metric: r.metric

SELECT $keys
	r.metric,
	r.unit,
	r.spread ->> 'n' AS samples,
	round(r.spread ->> 'avg', 3) AS avg,
	round(r.spread ->> 'p50', 3) AS p50,
	round(r.spread ->> 'p75', 3) AS p75,
	round(r.spread ->> 'p90', 3) AS p90,
	round(r.spread ->> 'p95', 3) AS p95,
	round(r.spread ->> 'min', 3) AS min,
	round(r.spread ->> 'max', 3) AS max,
	round(r.loss -> 'at_least' ->> 0, 6) AS fraction_5_percent,
	round(r.loss -> 'at_least' ->> 1, 6) AS fraction_10_percent,
	round(r.loss -> 'at_least' ->> 2, 6) AS fraction_25_percent,
	round(r.loss -> 'at_least' ->> 3, 6) AS fraction_50_percent,
	round(r.delay -> 'at_least' ->> 0, 6) AS fraction_100_ms,
	round(r.delay -> 'at_least' ->> 1, 6) AS fraction_250_ms,
	round(r.delay -> 'at_least' ->> 2, 6) AS fraction_500_ms
FROM (
	SELECT $keys
		m.n, m.metric, m.unit,
		CASE m.n
			WHEN 1 THEN g.loss
			WHEN 2 THEN g.jitter
			WHEN 3 THEN g.rtt
			WHEN 4 THEN g.bitrate
			WHEN 5 THEN g.frame_rate
			ELSE g.mos
		END AS spread,
		CASE m.n WHEN 1 THEN g.loss END AS loss,
		CASE m.n WHEN 2 THEN g.jitter WHEN 3 THEN g.rtt END AS delay
	FROM (
		SELECT $by
			spread(s.loss_percent, 5, 10, 25, 50) AS loss,
			spread(s.jitter_ms, 100, 250, 500) AS jitter,
			spread(CASE WHEN s.is_remote IS NOT 1 THEN s.rtt END, 100, 250, 500) AS rtt,
			spread(s.bitrate) AS bitrate,
			spread(CASE WHEN coalesce(s.media_type <> (SELECT id FROM dict WHERE value = 'audio'), 1)
				THEN s.frame_rate END) AS frame_rate,
			spread(s.mos) AS mos
		FROM (
			SELECT
				at_us, origin, room, reporter, user_name, is_remote, stream_type, media_type, rtt,
				bitrate, frame_rate, jitter_ms, loss_percent, mos
			FROM hrtc_stat_told
			WHERE at_us / 1000 >= :since_ms AND at_us / 1000 < :until_ms
				AND (:app IS NULL OR origin IN (
					SELECT id FROM origin WHERE app = (SELECT id FROM dict WHERE value = :app)))
			LIMIT -1	-- so that a value is made once, not at each use
		) AS s
		WHERE 1$where
		$group
	) AS g
	CROSS JOIN (
		SELECT 1 AS n, 'loss' AS metric, '%' AS unit
		UNION ALL SELECT 2, 'jitter', 'ms'
		UNION ALL SELECT 3, 'rtt', 'ms'
		UNION ALL SELECT 4, 'bitrate', 'kbit/s'
		UNION ALL SELECT 5, 'frame_rate', 'fps'
		UNION ALL SELECT 6, 'mos', 'MOS') AS m
) AS r
WHERE r.spread IS NOT NULL$having
ORDER BY $sort r.n
