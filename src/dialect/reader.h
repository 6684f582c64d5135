#pragma once

/*
 * Reader: a line of the ingest socket, read into the items of a batch.
 *
 * It knows the line forms (bare payload, envelope, hello), finds the dialect,
 * has the engine judge each event, and turns whatever cannot be stored into a
 * reject. It never fails on account of input. Loop thread; no I/O, no clock.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dialect/batch.h"
#include "dialect/redact.h"
#include "util/buf.h"
#include "wire/scan.h"

struct reader_options {
	bool strict;			/* conformance = strict: flagged events are rejected */
	bool keep_phone_numbers;
	unsigned char redaction_key[REDACT_KEY_BYTES];	/* of the database: see dialect/redact.h */
};

/* What a connection's hello set for its later lines; lives as long as the connection. */
struct hello {
	const struct dialect *dialect;	/* its source; NULL if none */
	char *app;		/* owned; NULL if none */
	char *context;		/* owned; an object's text without faults, for events of the source; NULL if none */
	size_t n_context;
};

void hello_deinit(struct hello *h);	/* works on a zeroed struct */

struct reader {
	struct scan scan;	/* owned */
	struct scan hello_scan;	/* owned; of the hello's context, when a line needs it */
	struct buf scratch;	/* owned */
	struct buf redacted;	/* owned; the line in hand, if there were secrets in it */
	struct reader_options options;
};

void reader_deinit(struct reader *r);	/* works on a zeroed struct */

/* Where a line came from. */
struct line_source {
	void *peer;		/* put into each item */
	struct hello *hello;	/* read, and set by a hello line */
	const struct origin *origin;	/* of the connection; in the batch's arena or outliving it */
	uint64_t line_no;	/* from 1 */
	int64_t now_us;		/* the time of receipt */
};

/*
 * Read one whole line, its newline removed, into @b: an item for each event,
 * then an ITEM_LINE_END.
 *
 * Returns 0 or -ENOMEM, and then @b's items and the hello are as they were before.
 */
int reader_line(struct reader *r, const struct line_source *from, const char *line, size_t n,
		struct batch *b);

/*
 * Note a line that was not read because it was too long or not finished:
 * @code is "line-too-long" or "truncated", @head what was kept of it.
 *
 * Returns 0 or -ENOMEM.
 */
int reader_refuse(struct reader *r, const struct line_source *from, const char *code,
		  const char *head, size_t n_head, uint64_t n_whole, struct batch *b);
