-- stage_told.sql - the stage_id of each GetStream event, as it is spelt.

CREATE VIEW stage_told AS
SELECT
	event_id,
	CASE typeof(stage_attempt)
		WHEN 'integer' THEN (SELECT stage_id FROM stage_attempt_told WHERE id = e.stage_attempt)
		WHEN 'blob' THEN lower(
			substr(hex(stage_attempt), 1, 8) || '-' || substr(hex(stage_attempt), 9, 4) || '-'
			|| substr(hex(stage_attempt), 13, 4) || '-' || substr(hex(stage_attempt), 17, 4) || '-'
			|| substr(hex(stage_attempt), 21))
		ELSE stage_attempt
	END AS stage_id
FROM stream_event AS e;
