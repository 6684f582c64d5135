-- insert_stage_attempt.sql - ?1 id, ?2 scope, ?3 stage_id, ?4 lifecycle, ?5 initiated_event, ?6 completed_event
INSERT INTO stage_attempt (id, scope, stage_id, lifecycle, initiated_event, completed_event)
VALUES (?1, ?2, ?3, ?4, ?5, ?6);
