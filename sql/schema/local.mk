SQL_FILES += \
	sql/schema/0001_init.sql \
	sql/schema/0002_stream.sql \
	sql/schema/0003_session.sql
