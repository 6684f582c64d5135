libcallmeter_core_la_SOURCES += \
	src/wire/answer.c src/wire/answer.h \
	src/wire/canon.c src/wire/canon.h \
	src/wire/documents.c src/wire/documents.h \
	src/wire/framer.c src/wire/framer.h \
	src/wire/limits.h \
	src/wire/member.c src/wire/member.h \
	src/wire/question.c src/wire/question.h \
	src/wire/quoted.c src/wire/quoted.h \
	src/wire/reply.c src/wire/reply.h \
	src/wire/request.c src/wire/request.h \
	src/wire/rows.c src/wire/rows.h \
	src/wire/scan.c src/wire/scan.h
