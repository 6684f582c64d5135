#pragma once

/*
 * Framer: cuts a byte stream into newline-terminated lines.
 *
 * Pure: no I/O, no clock, no log. One framer per connection, loop thread only.
 * The caller reads into a buffer of its own, shared by all connections, and
 * hands each chunk in; whole lines are handed out straight from it and only an
 * unfinished tail is copied and kept. Memory is bounded by max_line_bytes plus
 * one chunk: of a longer line only its head is kept, the rest is skipped.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

enum {
	FRAMER_E_PENDING = 1,	/* no whole line: feed more */
	FRAMER_E_TOO_LONG,	/* a whole line, but longer than max_line_bytes: line is its head */
};

struct framer {
	struct buf held;	/* bytes carried over from earlier chunks */
	size_t n_used;		/* of held: handed out */
	size_t n_scanned;	/* of held: known to hold no newline behind n_used */
	size_t max_line_bytes;	/* newline excluded */
	size_t keep_bytes;	/* of a longer line; no more than max_line_bytes */
	const char *chunk;	/* borrowed: what is left of the chunk in hand */
	size_t n_chunk;
	bool skipping;		/* held has the head of a line known to be too long */
	uint64_t n_skipped;	/* bytes of that line behind its head */
};

void framer_init(struct framer *f, size_t max_line_bytes, size_t keep_bytes);
void framer_deinit(struct framer *f);

/*
 * Lend a chunk; take lines with framer_next() until it says FRAMER_E_PENDING, or framer_keep().
 * The one before must be used up or kept.
 */
void framer_feed(struct framer *f, const char *chunk, size_t n);

/*
 * Take the next line, its newline removed. Borrowed until the next call.
 * *ret_n_line is the whole line's length, more than *ret_n for FRAMER_E_TOO_LONG.
 *
 * Returns 0, FRAMER_E_TOO_LONG, FRAMER_E_PENDING (the chunk is used up, its tail copied), or -ENOMEM.
 */
int framer_next(struct framer *f, const char **ret_line, size_t *ret_n, uint64_t *ret_n_line);

/* Stop in the middle of a chunk: copy what is left of it, to go on with later. Returns 0 or -ENOMEM. */
int framer_keep(struct framer *f);

/*
 * At the end of the stream, after FRAMER_E_PENDING: the half line that is left, or false.
 * Borrowed until the deinit. Of a line too long it is the head, as above.
 */
bool framer_rest(const struct framer *f, const char **ret_half, size_t *ret_n, uint64_t *ret_n_line);
