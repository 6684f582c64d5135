SQL_FILES += \
	sql/stmt/delete_quarantine.sql \
	sql/stmt/find_attempt.sql \
	sql/stmt/find_connect.sql \
	sql/stmt/find_dict.sql \
	sql/stmt/find_origin.sql \
	sql/stmt/find_pair_end.sql \
	sql/stmt/find_session.sql \
	sql/stmt/find_stage_attempt.sql \
	sql/stmt/find_user.sql \
	sql/stmt/follow.sql \
	sql/stmt/get_setting.sql \
	sql/stmt/insert_dict.sql \
	sql/stmt/insert_origin.sql \
	sql/stmt/insert_quarantine.sql \
	sql/stmt/insert_session.sql \
	sql/stmt/insert_user.sql \
	sql/stmt/insert_violation.sql \
	sql/stmt/last_key.sql \
	sql/stmt/last_stage_attempt.sql \
	sql/stmt/measure_quarantine.sql \
	sql/stmt/oldest_quarantine.sql \
	sql/stmt/put_setting.sql \
	sql/stmt/write_attempt.sql \
	sql/stmt/write_connect.sql \
	sql/stmt/write_stage_attempt.sql
