# tests/system
dist_check_SCRIPTS += tests/system/install.sh
TESTS += tests/system/install.sh
dist_check_SCRIPTS += tests/system/units.sh
TESTS += tests/system/units.sh
dist_check_SCRIPTS += tests/system/cli_fake.py
TESTS += tests/system/cli_fake.py
dist_check_SCRIPTS += tests/system/toy_vendor.sh
TESTS += tests/system/toy_vendor.sh
EXTRA_DIST += tests/toy/schema.sql tests/toy/string_events.sql tests/toy/tincan.c tests/toy/tincan.h tests/toy/tincan.py \
	tests/toy/tincan_timeline.sql
tests/system/toy_vendor.log: callmeterd$(EXEEXT)
# The built daemon over real sockets. Each script prints TAP and exits non-zero on failure.
SYSTEM_TESTS = \
	tests/system/ingest.py \
	tests/system/payloads.py \
	tests/system/vendor_spaces_rtk.py \
	tests/system/attempts.py \
	tests/system/properties.py \
	tests/system/record.py \
	tests/system/vendors.py \
	tests/system/queries.py \
	tests/system/realtimekit_api.py \
	tests/system/command.py \
	tests/system/roundtrip.py \
	tests/system/faults.py \
	tests/system/service.py \
	tests/system/kill.py \
	tests/system/migrate.py \
	tests/system/load.py \
	tests/system/vendor_ivs_hrtc.py
SYSTEM_MODULES = \
	tests/system/harness.py \
	tests/system/lines.py \
	tests/system/stream.py \
	tests/system/views.py
AM_PY_LOG_FLAGS = -B

TESTS += $(SYSTEM_TESTS)
EXTRA_DIST += $(SYSTEM_TESTS) $(SYSTEM_MODULES)

$(SYSTEM_TESTS:.py=.log): callmeterd$(EXEEXT) callmeter$(EXEEXT) callmeter-corpus$(EXEEXT)

# The long forms: 150 kills, 400,000 events, 300 shuffles.
.PHONY: kill-test soak
kill-test: all
	CALLMETER_TEST_KILLS=150 python3 -B $(srcdir)/tests/system/kill.py
soak: all
	CALLMETER_TEST_EVENTS=400000 python3 -B $(srcdir)/tests/system/load.py
	CALLMETER_TEST_ROUNDS=300 python3 -B $(srcdir)/tests/system/properties.py

# What is installed, under a real systemd: wants root, mmdebstrap and systemd-nspawn.
EXTRA_DIST += tests/system/boot.sh tests/system/boot_probe.sh
.PHONY: boot-test
boot-test: all
	BOOT_ROOT='$(BOOT_ROOT)' srcdir=$(srcdir) sh $(srcdir)/tests/system/boot.sh
