libcallmeter_core_la_SOURCES += \
	src/dialect/batch.c src/dialect/batch.h \
	src/dialect/event.h
