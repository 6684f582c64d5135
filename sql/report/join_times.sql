-- join_times.sql - how long joining takes: to join, to the first audio, to the first video.
--
-- One row a measure, over the attempts that have it, from the attempt's start.
--
-- by call_type: (SELECT value FROM dict WHERE id = a.call_type)
-- by call_id: (SELECT value FROM dict WHERE id = a.call_id)
-- by sdk: (SELECT value FROM dict WHERE id = a.sdk)
-- by sdk_version: (SELECT value FROM dict WHERE id = a.sdk_version)
-- by sfu_id: (SELECT value FROM dict WHERE id = a.sfu)
-- by join_reason: (SELECT value FROM dict WHERE id = a.join_reason)
-- by app: (SELECT value FROM dict WHERE id = a.app)
-- by hour time: strftime('%Y-%m-%dT%H:00Z', a.started_us / 1000000, 'unixepoch')
-- by day time: strftime('%Y-%m-%d', a.started_us / 1000000, 'unixepoch')
-- where user_id: (SELECT user_id FROM user WHERE id = a.user)

SELECT $by
	m.measure,
	count(*) AS attempts,
	min(CASE m.n WHEN 1 THEN a.joined_us WHEN 2 THEN a.first_audio_us ELSE a.first_video_us END
		- a.started_us) / 1000 AS min_ms,
	quantile((CASE m.n WHEN 1 THEN a.joined_us WHEN 2 THEN a.first_audio_us ELSE a.first_video_us END
		- a.started_us) / 1000, 0.50) AS p50_ms,
	quantile((CASE m.n WHEN 1 THEN a.joined_us WHEN 2 THEN a.first_audio_us ELSE a.first_video_us END
		- a.started_us) / 1000, 0.75) AS p75_ms,
	quantile((CASE m.n WHEN 1 THEN a.joined_us WHEN 2 THEN a.first_audio_us ELSE a.first_video_us END
		- a.started_us) / 1000, 0.90) AS p90_ms,
	quantile((CASE m.n WHEN 1 THEN a.joined_us WHEN 2 THEN a.first_audio_us ELSE a.first_video_us END
		- a.started_us) / 1000, 0.95) AS p95_ms,
	quantile((CASE m.n WHEN 1 THEN a.joined_us WHEN 2 THEN a.first_audio_us ELSE a.first_video_us END
		- a.started_us) / 1000, 0.99) AS p99_ms,
	max(CASE m.n WHEN 1 THEN a.joined_us WHEN 2 THEN a.first_audio_us ELSE a.first_video_us END
		- a.started_us) / 1000 AS max_ms
FROM join_attempt AS a
CROSS JOIN (SELECT 1 AS n, 'time_to_join' AS measure
	UNION ALL SELECT 2, 'time_to_first_audio'
	UNION ALL SELECT 3, 'time_to_first_video') AS m
WHERE a.started_us / 1000 >= :since_ms AND a.started_us / 1000 < :until_ms
	AND (:app IS NULL OR a.app = (SELECT id FROM dict WHERE value = :app))
	AND CASE m.n WHEN 1 THEN a.joined_us WHEN 2 THEN a.first_audio_us ELSE a.first_video_us END
		IS NOT NULL$where
$group, m.n
ORDER BY $sort m.n, attempts DESC
