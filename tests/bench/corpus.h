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

/* What was made, so that a test can compare it with what was recorded. */
struct tally {
	uint64_t attempts;
	uint64_t joined, failed, aborted, stuck;	/* stuck: open, then abandoned */
	uint64_t events;	/* each counted once */
	uint64_t flagged;	/* of them, those that break a rule of their vendor */
	uint64_t repeated;	/* delivered a second time */
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

/* Hand over one event, a JSON object, that happens at @at_us. It arrives a little later, now and then twice. */
void corpus_event(struct corpus *c, int64_t at_us, const struct buf *json);

/* GetStream: one join, as the SDKs report it, that begins at @start_us. */
void stream_call(struct corpus *c, int64_t start_us);

/* GetStream: the calls of the demonstration day that ends at @now_us. */
void stream_demo(struct corpus *c, int64_t now_us);
