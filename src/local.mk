# One convenience library holds all but the main() of each program.
noinst_LTLIBRARIES += libcallmeter-core.la
libcallmeter_core_la_SOURCES =
libcallmeter_core_la_CFLAGS = $(AM_CFLAGS) \
	$(SQLITE_CFLAGS) $(UV_CFLAGS) $(JSONC_CFLAGS) $(SYSTEMD_CFLAGS) $(INIH_CFLAGS)
libcallmeter_core_la_LIBADD = \
	$(SQLITE_LIBS) $(UV_LIBS) $(JSONC_LIBS) $(SYSTEMD_LIBS) $(INIH_LIBS)

include $(srcdir)/src/util/local.mk
include $(srcdir)/src/wire/local.mk
include $(srcdir)/src/dialect/local.mk
include $(srcdir)/src/core/local.mk
include $(srcdir)/src/store/local.mk
include $(srcdir)/src/net/local.mk
include $(srcdir)/src/app/local.mk
include $(srcdir)/src/client/local.mk
include $(srcdir)/src/cli/local.mk
