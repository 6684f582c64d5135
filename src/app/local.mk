sbin_PROGRAMS += callmeterd
callmeterd_SOURCES = src/app/main.c
callmeterd_LDADD = libcallmeter-core.la

libcallmeter_core_la_SOURCES += \
	src/app/apps.c src/app/apps.h \
	src/app/builtin.c src/app/builtin.h \
	src/app/config.c src/app/config.h \
	src/app/control.c src/app/control.h \
	src/app/daemon.c src/app/daemon.h \
	src/app/ingest.c src/app/ingest.h \
	src/app/log.c src/app/log.h \
	src/app/outbox.c src/app/outbox.h \
	src/app/pool.c src/app/pool.h \
	src/app/query.c src/app/query.h \
	src/app/sd.c src/app/sd.h \
	src/app/sockets.c src/app/sockets.h \
	src/app/status.h \
	src/app/writer.c src/app/writer.h
