bin_PROGRAMS += callmeter
callmeter_SOURCES = \
	src/cli/main.c src/cli/cli.h \
	src/cli/attempt.c \
	src/cli/export.c \
	src/cli/follow.c \
	src/cli/link.c src/cli/link.h \
	src/cli/outfile.c src/cli/outfile.h \
	src/cli/pager.c src/cli/pager.h \
	src/cli/places.c src/cli/places.h \
	src/cli/printer.c src/cli/printer.h \
	src/cli/progress.c src/cli/progress.h \
	src/cli/quarantine.c \
	src/cli/report.c \
	src/cli/safe.c src/cli/safe.h \
	src/cli/send.c \
	src/cli/status.c \
	src/cli/waterfall.c src/cli/waterfall.h
callmeter_CFLAGS = $(AM_CFLAGS) $(SMARTCOLS_CFLAGS)
# Of the convenience library it uses util and wire only: what those do not need is not linked.
callmeter_LDFLAGS = $(AM_LDFLAGS) -Wl,--as-needed
callmeter_LDADD = libcallmeter.la libcallmeter-core.la $(SMARTCOLS_LIBS)

# bash looks for a command's completion under the command's own name.
if INSTALL_COMPLETION
dist_bashcompletion_DATA = src/cli/bash-completion/callmeter
else
EXTRA_DIST += src/cli/bash-completion/callmeter
endif
