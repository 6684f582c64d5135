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
	'time_to_join' AS measure,
	count(*) AS attempts,
	min(a.joined_us - a.started_us) / 1000 AS min_ms,
	quantile((a.joined_us - a.started_us) / 1000, 0.50) AS p50_ms,
	quantile((a.joined_us - a.started_us) / 1000, 0.75) AS p75_ms,
	quantile((a.joined_us - a.started_us) / 1000, 0.90) AS p90_ms,
	quantile((a.joined_us - a.started_us) / 1000, 0.95) AS p95_ms,
	quantile((a.joined_us - a.started_us) / 1000, 0.99) AS p99_ms,
	max(a.joined_us - a.started_us) / 1000 AS max_ms
FROM join_attempt AS a
WHERE a.started_us / 1000 >= :since_ms AND a.started_us / 1000 < :until_ms
	AND (:app IS NULL OR a.app = (SELECT id FROM dict WHERE value = :app))
	AND a.joined_us IS NOT NULL$where
$group
UNION ALL
SELECT $by
	'time_to_first_audio' AS measure,
	count(*) AS attempts,
	min(a.first_audio_us - a.started_us) / 1000 AS min_ms,
	quantile((a.first_audio_us - a.started_us) / 1000, 0.50) AS p50_ms,
	quantile((a.first_audio_us - a.started_us) / 1000, 0.75) AS p75_ms,
	quantile((a.first_audio_us - a.started_us) / 1000, 0.90) AS p90_ms,
	quantile((a.first_audio_us - a.started_us) / 1000, 0.95) AS p95_ms,
	quantile((a.first_audio_us - a.started_us) / 1000, 0.99) AS p99_ms,
	max(a.first_audio_us - a.started_us) / 1000 AS max_ms
FROM join_attempt AS a
WHERE a.started_us / 1000 >= :since_ms AND a.started_us / 1000 < :until_ms
	AND (:app IS NULL OR a.app = (SELECT id FROM dict WHERE value = :app))
	AND a.first_audio_us IS NOT NULL$where
$group
UNION ALL
SELECT $by
	'time_to_first_video' AS measure,
	count(*) AS attempts,
	min(a.first_video_us - a.started_us) / 1000 AS min_ms,
	quantile((a.first_video_us - a.started_us) / 1000, 0.50) AS p50_ms,
	quantile((a.first_video_us - a.started_us) / 1000, 0.75) AS p75_ms,
	quantile((a.first_video_us - a.started_us) / 1000, 0.90) AS p90_ms,
	quantile((a.first_video_us - a.started_us) / 1000, 0.95) AS p95_ms,
	quantile((a.first_video_us - a.started_us) / 1000, 0.99) AS p99_ms,
	max(a.first_video_us - a.started_us) / 1000 AS max_ms
FROM join_attempt AS a
WHERE a.started_us / 1000 >= :since_ms AND a.started_us / 1000 < :until_ms
	AND (:app IS NULL OR a.app = (SELECT id FROM dict WHERE value = :app))
	AND a.first_video_us IS NOT NULL$where
$group
ORDER BY $sort measure DESC, attempts DESC, 1, 2, 3, 4
