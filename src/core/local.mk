libcallmeter_core_la_SOURCES += \
	src/core/attendance.c src/core/attendance.h \
	src/core/attendance_pack.c \
	src/core/attempt.c src/core/attempt.h \
	src/core/attempt_pack.c \
	src/core/fact.c src/core/fact.h \
	src/core/order.h \
	src/core/pair.c src/core/pair.h \
	src/core/packed.h \
	src/core/session.c src/core/session.h
