-- network_quality.sql - Huawei HRTC: how good a client's network was, up and down.
--
-- Levels 1 (excellent) to 6 (disconnected) are worse as they grow; 0 is unknown
-- and no quality at all.

CREATE VIEW network_quality AS
SELECT
	e.event_id,
	rc.received_us / 1000 AS received_ms,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = e.origin) AS app,
	(SELECT uid FROM origin WHERE id = e.origin) AS uid,
	e.at_us / 1000 AS timestamp_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch')
		|| CASE WHEN e.at_us % 1000 THEN printf('.%06dZ', e.at_us % 1000000)
			ELSE printf('.%03dZ', e.at_us / 1000 % 1000) END AS timestamp,
	(SELECT name FROM session_scope WHERE id = coalesce(e.room_id, e.payload_room_id)) AS roomId,
	(SELECT user_id FROM user WHERE id = e.reporter) AS reporter,
	e.uplink_quality AS uplinkNetworkQuality,
	(SELECT name FROM quality_level WHERE level = e.uplink_quality) AS uplink_name,
	e.downlink_quality AS downlinkNetworkQuality,
	(SELECT name FROM quality_level WHERE level = e.downlink_quality) AS downlink_name,
	e.extra
FROM hrtc_event AS e
LEFT JOIN receipt AS rc ON rc.first_event_id = (
	SELECT max(first_event_id) FROM receipt WHERE first_event_id <= e.event_id)
WHERE e.name = (SELECT id FROM dict WHERE value = 'network-quality');
