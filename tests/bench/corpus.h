#pragma once

/*
 * Corpus: invented but realistic traffic, the same for the same seed.
 *
 * A vendor's file makes the events of one call at a time and hands them over
 * with the time they would arrive; the corpus puts them in that order and
 * writes them. Nothing here is linked into the daemon.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)

/* How a participant left, in the end. */
enum { LEFT_NORMAL, LEFT_FORCED, LEFT_FAILURE, LEFT_SESSION_ENDED, LEFT_NOT, N_LEFT };

/* What was made, so that a test can compare it with what was recorded. */
struct tally {
	uint64_t attempts;
	uint64_t joined, failed, aborted, stuck;	/* stuck: open, then abandoned */
	uint64_t events;	/* each counted once */
	uint64_t flagged;	/* of them, those that break a rule of their vendor */
	uint64_t repeated;	/* delivered a second time */
	/* Who was in which call; not for GetStream, where nothing tells that anybody leaves. */
	uint64_t sessions, participants;
	uint64_t peak;		/* the most at once in one session */
	int64_t stayed_us;	/* all participants' time in */
	uint64_t left[N_LEFT];
	uint64_t interruptions;	/* of streams, mended or not */
};

struct corpus;

/* The random numbers of this run. */
uint64_t corpus_random(struct corpus *c);
uint32_t corpus_below(struct corpus *c, uint32_t n);	/* 0 to n - 1 */
int64_t corpus_between(struct corpus *c, int64_t low, int64_t high);	/* both included */
bool corpus_chance(struct corpus *c, uint32_t per_mille);

enum { UUID_SIZE = 37 };
void corpus_uuid(struct corpus *c, char uuid[static UUID_SIZE]);

/* Where the vendor's function counts what it made; events and repeated are the corpus's own. */
struct tally *corpus_tally(struct corpus *c);

/* Whether everything is to arrive when it happens, and once. */
bool corpus_in_time(const struct corpus *c);

/*
 * Append text; nothing that goes in here needs an escape. Knows %s %c %d %u %x,
 * with a width to fill with zeros or a most of characters, ll and z; aborts at others.
 */
void corpus_add(struct buf *b, const char *fmt, ...) _printf_(2, 3);

/* A time as it is written; gives @text. */
enum time_form {
	TIME_MILLI,	/* 2026-08-21T11:32:45.123Z */
	TIME_SPACED,	/* the same with a space for the T */
	TIME_SECONDS,	/* 2026-08-21T11:32:45Z */
	TIME_OFFSET,	/* 2026-08-21T11:32:45+00:00 */
};

enum { TIME_SIZE = 40 };
const char *corpus_time(char text[static TIME_SIZE], int64_t at_us, enum time_form form);

/* Hand over one event, a JSON object, that happens at @at_us. It arrives a little later, now and then twice. */
void corpus_event(struct corpus *c, int64_t at_us, const struct buf *json);

/* The same for an event that is a line of its own, its envelope included. */
void corpus_line(struct corpus *c, int64_t at_us, const struct buf *line);

/* That line once more, or one that says the same otherwise: known to be a repetition. */
void corpus_line_again(struct corpus *c, int64_t arrives_us, const struct buf *line);

/*
 * Hand over an event of a list that arrives in one instant as one line: @head is
 * the line up to the list's bracket, the same for all of them. @again: it has
 * been handed over before.
 */
void corpus_batch(struct corpus *c, int64_t arrives_us, struct buf *head, struct buf *json, bool again);

/* When somebody was in. */
#define STILL_IN INT64_MAX
struct stay {
	int64_t from_us, to_us;
};

/* Count a session and who was in it; somebody may have been in several times. */
void corpus_session(struct corpus *c, const struct stay *stays, size_t n_stays, uint32_t n_participants);

/* Each vendor: one call that begins at @start_us, and the calls of the demonstration day that ends at @now_us. */
void stream_call(struct corpus *c, int64_t start_us);
void stream_demo(struct corpus *c, int64_t now_us);
void realtimekit_call(struct corpus *c, int64_t start_us);
void realtimekit_demo(struct corpus *c, int64_t now_us);
void ivs_call(struct corpus *c, int64_t start_us);
void ivs_demo(struct corpus *c, int64_t now_us);
void hrtc_call(struct corpus *c, int64_t start_us);
void hrtc_demo(struct corpus *c, int64_t now_us);
void spaces_call(struct corpus *c, int64_t start_us);
void spaces_demo(struct corpus *c, int64_t now_us);
