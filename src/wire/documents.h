#pragma once

/*
 * Documents: cuts a stream of JSON into one line a document.
 *
 * Takes NDJSON, documents printed over several lines, and arrays, whose
 * elements become a line each. Nothing is spelled anew: a document that stands
 * on one line is handed out byte for byte, of another only its line breaks and
 * indentation go. Broken JSON is handed out too, for the recorder to judge; it
 * ends where the next document seems to begin, so it costs no neighbour.
 *
 * Pure, memory bounded by LIMIT_DOCUMENT_BYTES and a chunk.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

enum {
	DOCUMENTS_E_PENDING = 1,	/* no whole document held: feed more */
	DOCUMENTS_E_TOO_LONG,		/* one longer than LIMIT_ENVELOPE_BYTES was left out */
};

enum { DOCUMENTS_MAX_DEPTH = 64 };	/* deeper is broken; the recorder takes less */

/* Where the scan stands. */
struct documents_state {
	size_t pos;		/* of in.data: the next byte to look at */
	uint64_t line_no;	/* of that byte, from 1 */
	size_t line_indent;	/* bytes of white space its line begins with */
	bool line_blank;	/* and nothing else on that line so far */

	/* Of the document in hand: */
	uint64_t arrays;	/* bit i: the bracket opened at depth i is [ */
	uint32_t depth;
	bool in_string, escaped;
	bool in_scalar;
	bool has_value;		/* a value is complete here: only , : ] } may follow */
	bool broken;		/* not JSON: ends at the next line that looks like a beginning */
	bool whole_line;	/* not even the shape of JSON: ends with its line */
	bool closed;		/* complete; looking at what follows on its line */
};

struct documents {
	struct buf in;			/* bytes not handed out yet */
	struct buf out;			/* the line handed out last, where it had to be joined */
	struct documents_state s;
	size_t begin;			/* of in.data: first byte of the document in hand */
	uint64_t begin_line_no;
	size_t indent;			/* of the line it begins on */
	size_t close;			/* one past its last byte, once it is closed */
	struct documents_state next;	/* a later line that begins a document if this one is broken; pos 0: none */
	bool in_document;
	bool in_array;			/* between the brackets of an array at top level */
	bool too_long;			/* the head of the document in hand is gone already */
	bool begun;			/* past the place of a byte order mark */
};

void documents_init(struct documents *d);
void documents_deinit(struct documents *d);

/* Add a chunk of the stream; it is copied. Returns 0 or -ENOMEM. */
int documents_feed(struct documents *d, const char *chunk, size_t n);

/*
 * Take the next document as a line, borrowed until the next call; *ret_line_no
 * is the line of the stream it begins on. @at_end: nothing more will be fed.
 *
 * Returns 0, DOCUMENTS_E_PENDING (at the end: there are no more),
 * DOCUMENTS_E_TOO_LONG (only *ret_line_no is written), or -ENOMEM.
 */
int documents_next(struct documents *d, bool at_end, const char **ret_line, size_t *ret_n,
		   uint64_t *ret_line_no);

/* After the end: the stream ended inside an array, so some of it may be missing. */
bool documents_unclosed(const struct documents *d);
