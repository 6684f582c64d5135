-- update_stage_attempt.sql - parameters as in insert_stage_attempt.sql.
UPDATE stage_attempt SET lifecycle = ?4, initiated_event = ?5, completed_event = ?6 WHERE id = ?1;
