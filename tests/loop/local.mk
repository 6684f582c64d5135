# Loop tests: the parts that live on the loop, over real sockets.
LOOP_TESTS = \
	tests/loop/test_ingest \
	tests/loop/test_listener \
	tests/loop/test_peer \
	tests/loop/test_query

LOOP_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(UV_CFLAGS) -I$(srcdir)/tests/unit
LOOP_LDADD = libcallmeter-core.la $(CHECK_LIBS) $(UV_LIBS)

if HAVE_CHECK
check_PROGRAMS += $(LOOP_TESTS)
TESTS += $(LOOP_TESTS)
endif

tests_loop_test_ingest_SOURCES = tests/loop/test_ingest.c tests/loop/loop.h
tests_loop_test_ingest_CFLAGS = $(LOOP_CFLAGS)
tests_loop_test_ingest_LDADD = $(LOOP_LDADD)

tests_loop_test_listener_SOURCES = tests/loop/test_listener.c tests/loop/loop.h
tests_loop_test_listener_CFLAGS = $(LOOP_CFLAGS)
tests_loop_test_listener_LDADD = $(LOOP_LDADD)

tests_loop_test_peer_SOURCES = tests/loop/test_peer.c tests/loop/loop.h
tests_loop_test_peer_CFLAGS = $(LOOP_CFLAGS)
tests_loop_test_peer_LDADD = $(LOOP_LDADD)

tests_loop_test_query_SOURCES = tests/loop/test_query.c
tests_loop_test_query_CFLAGS = $(LOOP_CFLAGS) $(SQLITE_CFLAGS)
tests_loop_test_query_LDADD = $(LOOP_LDADD) $(SQLITE_LIBS)
