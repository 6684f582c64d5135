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
