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

# The tests that are one process each, again under valgrind, leaks included. Each leaves a
# .log and a .trs like those of the suite.
VALGRIND = valgrind
VALGRIND_TESTS = $(UNIT_TESTS) $(LOOP_TESTS)

.PHONY: check-valgrind
check-valgrind: $(VALGRIND_TESTS)
	@$(MKDIR_P) tests/valgrind; failed=; \
	for t in $(VALGRIND_TESTS); do \
		log=tests/valgrind/$$(basename $$t); \
		if CK_FORK=no CK_TIMEOUT_MULTIPLIER=50 srcdir=$(srcdir) $(LIBTOOL) --silent --mode=execute \
			$(VALGRIND) -q --leak-check=full --error-exitcode=99 ./$$t >$$log.log 2>&1; \
		then result=PASS; else result=FAIL; failed="$$failed $$t"; cat $$log.log; fi; \
		echo ":test-result: $$result" >$$log.trs; \
		echo "$$result: $$t"; \
	done; \
	test -z "$$failed"
