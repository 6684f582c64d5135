-- network_quality.sql - how good the network was, up and down, in the vendor's seven levels.
--
-- One row a direction, over the levels told in the window (HRTC's
-- network-quality; without a window all of them are read). avg leaves out what
-- is unknown: from 1 (excellent) to 6 (disconnected), less is better. bad_share is
-- that of poor and worse among the known.
--
-- by app: (SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = s.origin)
-- by call_id: (SELECT name FROM session_scope WHERE id = s.room)
-- by user_id: (SELECT user_id FROM user WHERE id = s.reporter)
-- by hour time: strftime('%Y-%m-%dT%H:00Z', s.at_us / 1000000, 'unixepoch')
-- by day time: strftime('%Y-%m-%d', s.at_us / 1000000, 'unixepoch')
-- where source: 'hrtc'
-- where direction: s.direction

SELECT $by
	s.direction,
	count(*) AS samples,
	round(avg(nullif(s.level, 0)), 3) AS avg,
	quantile(nullif(s.level, 0), 0.50) AS p50,
	quantile(nullif(s.level, 0), 0.90) AS p90,
	count(*) FILTER (WHERE s.level = 0) AS unknown,
	count(*) FILTER (WHERE s.level = 1) AS excellent,
	count(*) FILTER (WHERE s.level = 2) AS good,
	count(*) FILTER (WHERE s.level = 3) AS fair,
	count(*) FILTER (WHERE s.level = 4) AS poor,
	count(*) FILTER (WHERE s.level = 5) AS very_poor,
	count(*) FILTER (WHERE s.level = 6) AS disconnected,
	round(avg(CASE WHEN s.level > 0 THEN s.level >= 4 END), 6) AS bad_share
FROM (
	SELECT
		e.at_us, e.origin, coalesce(e.room_id, e.payload_room_id) AS room, e.reporter,
		d.direction,
		CASE d.direction WHEN 'up' THEN e.uplink_quality ELSE e.downlink_quality END AS level
	FROM hrtc_event AS e
	CROSS JOIN (SELECT 'up' AS direction UNION ALL SELECT 'down') AS d
	WHERE e.name = (SELECT id FROM dict WHERE value = 'network-quality')
		AND e.at_us / 1000 >= :since_ms AND e.at_us / 1000 < :until_ms
		AND (:app IS NULL OR e.origin IN (
			SELECT id FROM origin WHERE app = (SELECT id FROM dict WHERE value = :app)))
) AS s
WHERE s.level IS NOT NULL$where
$group, s.direction
ORDER BY $sort s.direction DESC
