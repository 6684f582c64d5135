SQL_FILES += \
	sql/report/joins.sql \
	sql/report/join_failures.sql \
	sql/report/join_times.sql \
	sql/report/stages.sql \
	sql/report/attempts.sql \
	sql/report/attempt.sql \
	sql/report/attempt_stages.sql \
	sql/report/stuck.sql \
	sql/report/conformance.sql \
	sql/report/quarantine.sql
