# In the order they are made: internal ones (singular) before those that read them.
SQL_FILES += \
	sql/view/stream_mark.sql \
	sql/view/stream_timeline.sql \
	sql/view/client_events.sql \
	sql/view/join_attempts.sql \
	sql/view/stage_attempts.sql \
	sql/view/connects.sql \
	sql/view/sessions.sql \
	sql/view/participants.sql \
	sql/view/peers.sql \
	sql/view/timeline.sql \
	sql/view/violations.sql \
	sql/view/quarantined.sql
