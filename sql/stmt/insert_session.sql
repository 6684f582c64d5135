-- insert_session.sql - parameters as listed.
INSERT INTO session (scope, name, call_type, call_id, title, organization_id, end_reason,
	first_us, last_us, started_us, ended_us, idle_end_us, peak, n_events, fold)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15);
