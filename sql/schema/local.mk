SQL_FILES += \
	sql/schema/0001_init.sql \
	sql/schema/0002_stream.sql \
	sql/schema/0003_session.sql \
	sql/schema/0004_ivs.sql \
	sql/schema/0005_hrtc.sql \
	sql/schema/0006_spaces.sql \
	sql/schema/0007_realtimekit.sql \
	sql/schema/0008_lean.sql \
	sql/schema/0009_near.sql \
	sql/schema/0010_named.sql \
	sql/schema/0011_alone.sql
