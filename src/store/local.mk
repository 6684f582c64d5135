libcallmeter_core_la_SOURCES += \
	src/store/ask.c src/store/ask.h \
	src/store/dberr.c src/store/dberr.h \
	src/store/dbfile.c src/store/dbfile.h \
	src/store/export.c src/store/export.h \
	src/store/fold.c src/store/fold.h \
	src/store/fold_write.c \
	src/store/insert.c src/store/insert.h \
	src/store/intern.c src/store/intern.h \
	src/store/place.c src/store/place.h \
	src/store/quantile.c src/store/quantile.h \
	src/store/quarantine.c src/store/quarantine.h \
	src/store/reader.c src/store/reader.h \
	src/store/readback.c src/store/readback.h \
	src/store/record.c src/store/record.h \
	src/store/record_read.c src/store/record_scope.h \
	src/store/record_write.c \
	src/store/report.c src/store/report.h \
	src/store/schema.c src/store/schema.h \
	src/store/setting.c src/store/setting.h \
	src/store/stmts.c src/store/stmts.h \
	src/store/store.c src/store/store.h
nodist_libcallmeter_core_la_SOURCES = src/store/sql_gen.h
