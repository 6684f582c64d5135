# The SQL by itself: no daemon, only the .sql files and Python's sqlite3.
SQL_TESTS = \
	tests/sql/views.py \
	tests/sql/reports.py \
	tests/sql/plans.py \
	tests/sql/vendors_ivs_hrtc.py \
	tests/sql/vendors_spaces_rtk.py \
	tests/sql/reports_record.py

TESTS += $(SQL_TESTS)
dist_check_SCRIPTS += $(SQL_TESTS)
EXTRA_DIST += tests/sql/callmeter_sql.py tests/sql/recorded.py
