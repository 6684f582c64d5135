-- hrtc_stat_told.sql - the elements of HRTC's rtc-stats, and what comes of their numbers.
--
-- Internal. Names and texts are still their ids.
--
-- The vendor tells no unit of jitter and loss: both are kept as sent, and
-- jitter_ms and loss_percent come of them by the settings hrtc_jitter_scale and
-- hrtc_loss_scale. A remote stream has no round-trip time: latency_ms is then the
-- latest its client told of a stream of its own, in this report or before in the session.
--
-- mos is as callmeter-views(7) states it, without its cases: of the two lines the lower one
-- holds on either side of 160 ms, and 1 and 4.5 are what an R of 0 and of 100 give.

CREATE VIEW hrtc_stat_told AS
SELECT
	*,
	(SELECT 1 + 0.035 * r + 0.000007 * r * (r - 60) * (100 - r)
	FROM (
		SELECT max(0, min(100, 93.2 - max((latency_ms + 2 * jitter_ms + 10) / 40,
			(latency_ms + 2 * jitter_ms + 10 - 120) / 10) - 2.5 * loss_percent)) AS r
		LIMIT 1	-- so that it is made once, not at each use
	)) AS mos
FROM (
	SELECT
		e.event_id,
		i.n,
		e.origin,
		e.at_us,
		coalesce(e.room_id, e.payload_room_id) AS room,
		e.reporter,
		i.user_name,
		i.is_remote,
		i.stream_type,
		i.media_type,
		i.bitrate,
		i.frame_rate,
		i.rtt,
		i.jitter,
		i.loss,
		i.jitter * coalesce((SELECT value FROM setting WHERE name = 'hrtc_jitter_scale'), 1)
			AS jitter_ms,
		i.loss * coalesce((SELECT value FROM setting WHERE name = 'hrtc_loss_scale'), 1)
			AS loss_percent,
		CASE i.is_remote WHEN 0 THEN i.rtt WHEN 1 THEN l.local_rtt END AS latency_ms,
		i.extra
	FROM hrtc_event AS e
	CROSS JOIN hrtc_item_told AS i ON i.id BETWEEN e.event_id * 1024 AND e.event_id * 1024 + 1023
	LEFT JOIN hrtc_event AS l ON l.event_id = CASE
		WHEN i.is_remote IS NOT 1 THEN NULL
		WHEN e.local_rtt IS NOT NULL THEN e.event_id
		ELSE (SELECT event_id FROM hrtc_event
			WHERE scope = e.scope AND reporter = e.reporter AND local_rtt IS NOT NULL AND at_us = (
				SELECT max(at_us) FROM hrtc_event
				WHERE scope = e.scope AND reporter = e.reporter AND local_rtt IS NOT NULL
					AND at_us <= e.at_us AND at_us >= coalesce((
						SELECT first_us FROM session WHERE scope = e.scope AND first_us <= e.at_us
						ORDER BY first_us DESC LIMIT 1), 0))
			ORDER BY digest DESC LIMIT 1) END
	WHERE e.name = (SELECT id FROM dict WHERE value = 'rtc-stats')
);
