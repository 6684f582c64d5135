# libcallmeter: stands alone, so it takes nothing from the convenience library.
# When it changes: current+1 for any change of the interface, age+1 if old
# programs still run, revision+1 for anything else.
lib_LTLIBRARIES = libcallmeter.la
libcallmeter_la_SOURCES = \
	src/client/client.c \
	src/client/answer.c src/client/answer.h
libcallmeter_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -no-undefined

include_HEADERS = include/callmeter.h

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = src/client/callmeter.pc
