-- last_stage_attempt.sql - the highest key given to a stage attempt.
SELECT coalesce(max(id), 0) FROM stage_attempt;
