# Unit tests: one Check program a module, test_<module>.c.
UNIT_TESTS = \
	tests/unit/test_attendance \
	tests/unit/test_canon \
	tests/unit/test_client \
	tests/unit/test_config \
	tests/unit/test_core \
	tests/unit/test_documents \
	tests/unit/test_engine \
	tests/unit/test_forms \
	tests/unit/test_framer \
	tests/unit/test_numbers \
	tests/unit/test_marks \
	tests/unit/test_quantile \
	tests/unit/test_reader \
	tests/unit/test_rebuild \
	tests/unit/test_record \
	tests/unit/test_redact \
	tests/unit/test_report \
	tests/unit/test_request \
	tests/unit/test_scan \
	tests/unit/test_session \
	tests/unit/test_store \
	tests/unit/test_stream_truth \
	tests/unit/test_timestamp \
	tests/unit/test_util \
	tests/unit/test_vendor_hrtc \
	tests/unit/test_vendor_ivs \
	tests/unit/test_vendor_realtimekit \
	tests/unit/test_vendor_spaces \
	tests/unit/test_when

UNIT_LDADD = libcallmeter-core.la $(CHECK_LIBS)
UNIT_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

if HAVE_CHECK
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
endif

EXTRA_DIST += tests/unit/unit.h tests/unit/store_unit.h tests/unit/vendor_table.h tests/dialect/hrtc.tsv tests/dialect/ivs.tsv
EXTRA_DIST += tests/dialect/stream_truth.tsv tests/dialect/stream_fields.tsv
EXTRA_DIST += tests/unit/vendor.h tests/dialect/realtimekit.tsv tests/dialect/spaces.tsv

tests_unit_test_attendance_SOURCES = tests/unit/test_attendance.c
tests_unit_test_attendance_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_attendance_LDADD = $(UNIT_LDADD)

tests_unit_test_canon_SOURCES = tests/unit/test_canon.c
tests_unit_test_canon_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_canon_LDADD = $(UNIT_LDADD)

tests_unit_test_client_SOURCES = tests/unit/test_client.c
tests_unit_test_client_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_client_LDADD = libcallmeter.la $(CHECK_LIBS)

tests_unit_test_config_SOURCES = tests/unit/test_config.c
tests_unit_test_config_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_config_LDADD = $(UNIT_LDADD)

tests_unit_test_core_SOURCES = tests/unit/test_core.c
tests_unit_test_core_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_core_LDADD = $(UNIT_LDADD)

tests_unit_test_documents_SOURCES = tests/unit/test_documents.c
tests_unit_test_documents_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_documents_LDADD = $(UNIT_LDADD)

tests_unit_test_engine_SOURCES = tests/unit/test_engine.c
tests_unit_test_engine_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_engine_LDADD = $(UNIT_LDADD)

tests_unit_test_forms_SOURCES = tests/unit/test_forms.c
tests_unit_test_forms_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_forms_LDADD = $(UNIT_LDADD)
# As test_reader does.
tests_unit_test_forms_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=realloc

tests_unit_test_framer_SOURCES = tests/unit/test_framer.c
tests_unit_test_framer_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_framer_LDADD = $(UNIT_LDADD)

tests_unit_test_numbers_SOURCES = tests/unit/test_numbers.c
tests_unit_test_numbers_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_numbers_LDADD = $(UNIT_LDADD)
tests_unit_test_marks_SOURCES = tests/unit/test_marks.c
tests_unit_test_marks_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_marks_LDADD = $(UNIT_LDADD)

tests_unit_test_quantile_SOURCES = tests/unit/test_quantile.c
tests_unit_test_quantile_CFLAGS = $(UNIT_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_quantile_LDADD = $(UNIT_LDADD) $(SQLITE_LIBS)

tests_unit_test_reader_SOURCES = tests/unit/test_reader.c
tests_unit_test_reader_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_reader_LDADD = $(UNIT_LDADD)
# It starves the reader of memory, allocation by allocation.
tests_unit_test_reader_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=realloc

tests_unit_test_rebuild_SOURCES = tests/unit/test_rebuild.c
tests_unit_test_rebuild_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_rebuild_LDADD = $(UNIT_LDADD)

tests_unit_test_record_SOURCES = tests/unit/test_record.c
tests_unit_test_record_CFLAGS = $(UNIT_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_record_LDADD = $(UNIT_LDADD) $(SQLITE_LIBS)
# How long the record may be behind is a matter of a clock that it sets.
tests_unit_test_record_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_mono_us

tests_unit_test_redact_SOURCES = tests/unit/test_redact.c
tests_unit_test_redact_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_redact_LDADD = $(UNIT_LDADD)

tests_unit_test_report_SOURCES = tests/unit/test_report.c
tests_unit_test_report_CFLAGS = $(UNIT_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_report_LDADD = $(UNIT_LDADD) $(SQLITE_LIBS)

tests_unit_test_request_SOURCES = tests/unit/test_request.c
tests_unit_test_request_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_request_LDADD = $(UNIT_LDADD)

tests_unit_test_scan_SOURCES = tests/unit/test_scan.c
tests_unit_test_scan_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_scan_LDADD = $(UNIT_LDADD)

tests_unit_test_store_SOURCES = tests/unit/test_store.c
tests_unit_test_store_CFLAGS = $(UNIT_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_store_LDADD = $(UNIT_LDADD) $(SQLITE_LIBS)

tests_unit_test_stream_truth_SOURCES = tests/unit/test_stream_truth.c
tests_unit_test_stream_truth_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_stream_truth_LDADD = $(UNIT_LDADD)

tests_unit_test_timestamp_SOURCES = tests/unit/test_timestamp.c
tests_unit_test_timestamp_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_timestamp_LDADD = $(UNIT_LDADD)

tests_unit_test_util_SOURCES = tests/unit/test_util.c
tests_unit_test_util_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_util_LDADD = $(UNIT_LDADD)

tests_unit_test_vendor_realtimekit_SOURCES = tests/unit/test_vendor_realtimekit.c tests/unit/vendor.h
tests_unit_test_vendor_realtimekit_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_vendor_realtimekit_LDADD = $(UNIT_LDADD)

tests_unit_test_vendor_spaces_SOURCES = tests/unit/test_vendor_spaces.c tests/unit/vendor.h
tests_unit_test_vendor_spaces_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_vendor_spaces_LDADD = $(UNIT_LDADD)

tests_unit_test_when_SOURCES = tests/unit/test_when.c
tests_unit_test_when_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_when_LDADD = $(UNIT_LDADD)

tests_unit_test_session_SOURCES = tests/unit/test_session.c
tests_unit_test_session_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_session_LDADD = $(UNIT_LDADD)

tests_unit_test_vendor_hrtc_SOURCES = tests/unit/test_vendor_hrtc.c
tests_unit_test_vendor_hrtc_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_vendor_hrtc_LDADD = $(UNIT_LDADD)

tests_unit_test_vendor_ivs_SOURCES = tests/unit/test_vendor_ivs.c
tests_unit_test_vendor_ivs_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_vendor_ivs_LDADD = $(UNIT_LDADD)
