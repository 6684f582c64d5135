# Fuzz targets: tests/fuzz/fuzz_<name>.c with its seeds in tests/fuzz/corpus/<name>/.
# A further one: its name here, and the three lines of fuzz_timestamp below.
#
# Ordinarily each is linked with a driver that runs it over its seeds, in `make check`.
# With --enable-libfuzzer and clang, `make fuzz` runs each for FUZZ_SECONDS; what it
# comes upon goes to tests/fuzz/found/ of the build.
FUZZ_TARGETS = \
	tests/fuzz/fuzz_attempt \
	tests/fuzz/fuzz_attendance \
	tests/fuzz/fuzz_dialect \
	tests/fuzz/fuzz_documents \
	tests/fuzz/fuzz_framer \
	tests/fuzz/fuzz_request \
	tests/fuzz/fuzz_scan \
	tests/fuzz/fuzz_timestamp \
	tests/fuzz/fuzz_when

FUZZ_SECONDS = 60

if LIBFUZZER
FUZZ_DRIVER =
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_DRIVER = tests/fuzz/replay.c
FUZZ_LINK = $(AM_LDFLAGS)
TESTS += $(FUZZ_TARGETS)
endif
check_PROGRAMS += $(FUZZ_TARGETS)
EXTRA_DIST += tests/fuzz/corpus

tests_fuzz_fuzz_attempt_SOURCES = tests/fuzz/fuzz_attempt.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_attempt_LDADD = libcallmeter-core.la
tests_fuzz_fuzz_attempt_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_attendance_SOURCES = tests/fuzz/fuzz_attendance.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_attendance_LDADD = libcallmeter-core.la
tests_fuzz_fuzz_attendance_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_dialect_SOURCES = tests/fuzz/fuzz_dialect.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_dialect_LDADD = libcallmeter-core.la
tests_fuzz_fuzz_dialect_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_documents_SOURCES = tests/fuzz/fuzz_documents.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_documents_LDADD = libcallmeter-core.la
tests_fuzz_fuzz_documents_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_framer_SOURCES = tests/fuzz/fuzz_framer.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_framer_LDADD = libcallmeter-core.la
tests_fuzz_fuzz_framer_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_request_SOURCES = tests/fuzz/fuzz_request.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_request_LDADD = libcallmeter-core.la
tests_fuzz_fuzz_request_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_scan_SOURCES = tests/fuzz/fuzz_scan.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_scan_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS)
tests_fuzz_fuzz_scan_LDADD = libcallmeter-core.la $(JSONC_LIBS)
tests_fuzz_fuzz_scan_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_timestamp_SOURCES = tests/fuzz/fuzz_timestamp.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_timestamp_LDADD = libcallmeter-core.la
tests_fuzz_fuzz_timestamp_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_fuzz_when_SOURCES = tests/fuzz/fuzz_when.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_when_LDADD = libcallmeter-core.la
tests_fuzz_fuzz_when_LDFLAGS = $(FUZZ_LINK)

.PHONY: fuzz
if LIBFUZZER
fuzz: $(FUZZ_TARGETS)
	@set -e; for target in $(FUZZ_TARGETS); do \
		name=$${target#tests/fuzz/fuzz_}; \
		$(MKDIR_P) tests/fuzz/found/$$name; \
		echo "  FUZZ     $$name"; \
		./$$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1 \
			-artifact_prefix=tests/fuzz/found/$$name- \
			tests/fuzz/found/$$name $(srcdir)/tests/fuzz/corpus/$$name; \
	done
else
fuzz:
	@echo "configure with CC=clang and --enable-libfuzzer first" >&2; exit 1
endif
