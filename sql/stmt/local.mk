SQL_FILES += \
	sql/stmt/follow.sql
