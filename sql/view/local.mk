# In the order they are made.
SQL_FILES += \
	sql/view/client_events.sql \
	sql/view/join_attempts.sql \
	sql/view/stage_attempts.sql \
	sql/view/connects.sql \
	sql/view/timeline.sql \
	sql/view/violations.sql \
	sql/view/quarantined.sql
