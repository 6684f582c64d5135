# The suite. Each kind of test lists its own programs and scripts.
include $(srcdir)/tests/unit/local.mk
include $(srcdir)/tests/loop/local.mk
include $(srcdir)/tests/system/local.mk
include $(srcdir)/tests/fuzz/local.mk
include $(srcdir)/tests/sql/local.mk
include $(srcdir)/tests/lint/local.mk
include $(srcdir)/tests/bench/local.mk
