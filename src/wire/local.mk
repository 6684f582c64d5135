libcallmeter_core_la_SOURCES += \
	src/wire/limits.h
