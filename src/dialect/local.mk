libcallmeter_core_la_SOURCES += \
	src/dialect/batch.c src/dialect/batch.h \
	src/dialect/check.c src/dialect/check.h \
	src/dialect/complain.c src/dialect/complain.h \
	src/dialect/content.c src/dialect/content.h \
	src/dialect/dialect.h \
	src/dialect/engine.c src/dialect/engine.h \
	src/dialect/envelope.c src/dialect/envelope.h \
	src/dialect/event.h \
	src/dialect/extra.c src/dialect/extra.h \
	src/dialect/hrtc.c src/dialect/hrtc.h \
	src/dialect/index.c src/dialect/index.h \
	src/dialect/ivs.c src/dialect/ivs.h \
	src/dialect/judging.h \
	src/dialect/mark.h \
	src/dialect/obey.c \
	src/dialect/reader.c src/dialect/reader.h \
	src/dialect/realtimekit.c src/dialect/realtimekit.h \
	src/dialect/rebuild.c src/dialect/rebuild.h \
	src/dialect/redact.c src/dialect/redact.h \
	src/dialect/registry.c \
	src/dialect/source.c \
	src/dialect/spaces.c src/dialect/spaces.h \
	src/dialect/strange.c src/dialect/strange.h \
	src/dialect/stream.c src/dialect/stream.h \
	src/dialect/take.c
