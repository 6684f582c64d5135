# Traffic to try things and to measure with, and the measuring; nothing here is installed.
noinst_PROGRAMS += callmeter-corpus
callmeter_corpus_SOURCES = \
	tests/bench/corpus.c tests/bench/corpus.h \
	tests/bench/corpus_hrtc.c \
	tests/bench/corpus_ivs.c \
	tests/bench/corpus_realtimekit.c \
	tests/bench/corpus_spaces.c \
	tests/bench/corpus_stream.c \
	tests/bench/corpus_text.c
callmeter_corpus_LDADD = libcallmeter-core.la

noinst_PROGRAMS += callmeter-bench-store
callmeter_bench_store_SOURCES = \
	tests/bench/bench_store.c \
	tests/bench/bench.c tests/bench/bench.h
callmeter_bench_store_LDADD = libcallmeter-core.la

noinst_PROGRAMS += callmeter-bench-load
callmeter_bench_load_SOURCES = \
	tests/bench/bench_load.c \
	tests/bench/acks.c tests/bench/acks.h \
	tests/bench/bench.c tests/bench/bench.h \
	tests/bench/deal.c tests/bench/deal.h \
	tests/bench/flood.c tests/bench/flood.h \
	tests/bench/paced.c tests/bench/paced.h

BENCH_MODULES = \
	tests/bench/bench.py \
	tests/bench/pages.py \
	tests/bench/peer_server.py \
	tests/bench/rig.py \
	tests/bench/section_ceiling.py \
	tests/bench/section_footprint.py \
	tests/bench/section_growth.py \
	tests/bench/section_latency.py \
	tests/bench/section_pages.py \
	tests/bench/section_peer.py
EXTRA_DIST += $(BENCH_MODULES)

# That it runs is tested; how fast anything is, is for `make bench`.
TESTS += tests/bench/smoke.py
EXTRA_DIST += tests/bench/smoke.py
BENCH_NEEDS = \
	callmeterd$(EXEEXT) \
	callmeter-bench-load$(EXEEXT) \
	callmeter-bench-store$(EXEEXT) \
	callmeter-corpus$(EXEEXT)
tests/bench/smoke.log: $(BENCH_NEEDS)

# Variables: see bench.py. make hands those of its command line on.
.PHONY: bench
bench: $(BENCH_NEEDS)
	python3 -B $(srcdir)/tests/bench/bench.py
CLEANFILES += bench.json
