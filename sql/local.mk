# SQL is source, kept as .sql, compiled into one generated header.
# Migrations are named in order; views, reports and statements need none.
SQL_FILES =

include $(srcdir)/sql/schema/local.mk
include $(srcdir)/sql/view/local.mk
include $(srcdir)/sql/report/local.mk
include $(srcdir)/sql/stmt/local.mk

EXTRA_DIST += $(SQL_FILES) build-aux/sql2h.awk
BUILT_SOURCES += src/store/sql_gen.h
CLEANFILES += src/store/sql_gen.h

src/store/sql_gen.h: $(SQL_FILES) build-aux/sql2h.awk
	$(AM_V_GEN)$(MKDIR_P) src/store && \
	(cd $(srcdir) && LC_ALL=C $(AWK) -f build-aux/sql2h.awk $(SQL_FILES)) >$@.tmp && \
	mv $@.tmp $@
