# The suite. Each kind of test lists its own programs and scripts.
TEST_EXTENSIONS = .sh .py
SH_LOG_COMPILER = sh
PY_LOG_COMPILER = python3

include $(srcdir)/tests/unit/local.mk
include $(srcdir)/tests/loop/local.mk
include $(srcdir)/tests/system/local.mk
include $(srcdir)/tests/fuzz/local.mk
include $(srcdir)/tests/sql/local.mk
include $(srcdir)/tests/lint/local.mk
include $(srcdir)/tests/bench/local.mk

# Check ends a case that takes longer than 4 s; a machine that does other things too gets more.
AM_TESTS_ENVIRONMENT = CK_TIMEOUT_MULTIPLIER=$${CK_TIMEOUT_MULTIPLIER-5}; export CK_TIMEOUT_MULTIPLIER;

# The Check programs again under valgrind, leaks included. Check gives each case a process of
# its own here too, and valgrind's exit code for one is that case's failure. Threads take fair
# turns, or one that computes keeps the loop from hearing of anything.
VALGRIND = valgrind
VALGRIND_FLAGS = -q --leak-check=full --fair-sched=yes --error-exitcode=99

.PHONY: check-valgrind
check-valgrind:
	CALLMETER_UNDER_VALGRIND=yes CK_TIMEOUT_MULTIPLIER=30 $(MAKE) $(AM_MAKEFLAGS) check \
		TESTS='$(UNIT_TESTS) $(LOOP_TESTS)' \
		LOG_COMPILER='$(LIBTOOL) --silent --mode=execute $(VALGRIND) $(VALGRIND_FLAGS)'
