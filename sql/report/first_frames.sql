-- first_frames.sql - how long until the first audio and video is heard and seen, by SDK.
--
-- One row an SDK and kind of media, over the attempts of the window that joined
-- or had a first frame; times are from the attempt's start and from its joining.
-- SDKs tell their first frame at different moments: compare versions of one
-- SDK, not SDKs.
--
-- by app: (SELECT value FROM dict WHERE id = a.app)
-- by sdk_version: (SELECT value FROM dict WHERE id = a.sdk_version)
-- by call_type: (SELECT value FROM dict WHERE id = a.call_type)
-- by call_id: (SELECT value FROM dict WHERE id = a.call_id)
-- by sfu_id: (SELECT value FROM dict WHERE id = a.sfu)
-- by join_reason: (SELECT value FROM dict WHERE id = a.join_reason)
-- by hour time: strftime('%Y-%m-%dT%H:00Z', a.started_us / 1000000, 'unixepoch')
-- by day time: strftime('%Y-%m-%d', a.started_us / 1000000, 'unixepoch')
-- where sdk: (SELECT value FROM dict WHERE id = a.sdk)
-- where user_id: (SELECT user_id FROM user WHERE id = a.user)
-- where source: 'stream'

SELECT $by
	(SELECT value FROM dict WHERE id = a.sdk) AS sdk,
	'audio' AS media,
	count(*) AS attempts,
	count(a.first_audio_us) AS with_frame,
	round(count(a.first_audio_us) * 1.0 / count(*), 6) AS share,
	quantile((a.first_audio_us - a.started_us) / 1000, 0.50) AS p50_ms,
	quantile((a.first_audio_us - a.started_us) / 1000, 0.75) AS p75_ms,
	quantile((a.first_audio_us - a.started_us) / 1000, 0.90) AS p90_ms,
	quantile((a.first_audio_us - a.started_us) / 1000, 0.95) AS p95_ms,
	quantile((a.first_audio_us - a.started_us) / 1000, 0.99) AS p99_ms,
	quantile(max(a.first_audio_us - a.joined_us, 0) / 1000, 0.50) AS p50_after_join_ms,
	quantile(max(a.first_audio_us - a.joined_us, 0) / 1000, 0.95) AS p95_after_join_ms
FROM join_attempt AS a
WHERE a.started_us / 1000 >= :since_ms AND a.started_us / 1000 < :until_ms
	AND (:app IS NULL OR a.app = (SELECT id FROM dict WHERE value = :app))
	AND coalesce(a.joined_us, a.first_audio_us, a.first_video_us) IS NOT NULL$where
$group, a.sdk
UNION ALL
SELECT $by
	(SELECT value FROM dict WHERE id = a.sdk) AS sdk,
	'video' AS media,
	count(*) AS attempts,
	count(a.first_video_us) AS with_frame,
	round(count(a.first_video_us) * 1.0 / count(*), 6) AS share,
	quantile((a.first_video_us - a.started_us) / 1000, 0.50) AS p50_ms,
	quantile((a.first_video_us - a.started_us) / 1000, 0.75) AS p75_ms,
	quantile((a.first_video_us - a.started_us) / 1000, 0.90) AS p90_ms,
	quantile((a.first_video_us - a.started_us) / 1000, 0.95) AS p95_ms,
	quantile((a.first_video_us - a.started_us) / 1000, 0.99) AS p99_ms,
	quantile(max(a.first_video_us - a.joined_us, 0) / 1000, 0.50) AS p50_after_join_ms,
	quantile(max(a.first_video_us - a.joined_us, 0) / 1000, 0.95) AS p95_after_join_ms
FROM join_attempt AS a
WHERE a.started_us / 1000 >= :since_ms AND a.started_us / 1000 < :until_ms
	AND (:app IS NULL OR a.app = (SELECT id FROM dict WHERE value = :app))
	AND coalesce(a.joined_us, a.first_audio_us, a.first_video_us) IS NOT NULL$where
$group, a.sdk
ORDER BY $sort sdk, media
