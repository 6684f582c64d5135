-- hrtc_item_told.sql - the elements of HRTC's events, with their numbers as they were sent.
--
-- An element is found by its id: those of an event are BETWEEN event_id * 1024 AND
-- event_id * 1024 + 1023, in their order.

CREATE VIEW hrtc_item_told AS
SELECT
	id,
	id % 1024 AS n,
	user_id,
	is_screen,
	volume,
	user_name,
	is_remote,
	stream_type,
	media_type,
	bitrate,
	frame_rate,
	rtt,
	CASE typeof(jitter) WHEN 'integer' THEN jitter / 1000.0 ELSE jitter END AS jitter,
	CASE typeof(loss) WHEN 'integer' THEN loss / 1000.0 ELSE loss END AS loss,
	extra
FROM hrtc_item;
