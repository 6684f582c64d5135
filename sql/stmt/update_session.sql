-- update_session.sql - ?1 to ?15 as in insert_session.sql, ?16 id
UPDATE session SET
	scope = ?1, name = ?2, call_type = ?3, call_id = ?4, title = ?5, organization_id = ?6,
	end_reason = ?7, first_us = ?8, last_us = ?9, started_us = ?10, ended_us = ?11,
	idle_end_us = ?12, peak = ?13, n_events = ?14, fold = ?15
WHERE id = ?16;
