-- stage_attempt_told.sql - stage attempts with their ids as they are spelt.

CREATE VIEW stage_attempt_told AS
SELECT
	id,
	scope,
	CASE typeof(stage_id) WHEN 'blob' THEN lower(
		substr(hex(stage_id), 1, 8) || '-' || substr(hex(stage_id), 9, 4) || '-'
		|| substr(hex(stage_id), 13, 4) || '-' || substr(hex(stage_id), 17, 4) || '-'
		|| substr(hex(stage_id), 21)) ELSE stage_id END AS stage_id,
	lifecycle,
	initiated_event,
	completed_event
FROM stage_attempt;
