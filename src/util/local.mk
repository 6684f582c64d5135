libcallmeter_core_la_SOURCES += \
	src/util/arena.c src/util/arena.h \
	src/util/buf.c src/util/buf.h \
	src/util/clock.c src/util/clock.h \
	src/util/digest.c src/util/digest.h \
	src/util/grow.c src/util/grow.h \
	src/util/macros.h \
	src/util/ptrmap.c src/util/ptrmap.h \
	src/util/quantity.c src/util/quantity.h \
	src/util/real.c src/util/real.h \
	src/util/strmap.c src/util/strmap.h \
	src/util/timestamp.c src/util/timestamp.h \
	src/util/utf8.h \
	src/util/uuid.c src/util/uuid.h \
	src/util/when.c src/util/when.h
