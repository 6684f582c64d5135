-- find_stage_attempt.sql - ?1 scope, ?2 stage_id as it is held
SELECT id, lifecycle, initiated_event, completed_event
FROM stage_attempt WHERE scope = ?1 AND stage_id = ?2;
