sbin_PROGRAMS += callmeterd
callmeterd_SOURCES = src/app/main.c
callmeterd_LDADD = libcallmeter-core.la
