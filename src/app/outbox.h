#pragma once

/*
 * Outbox: what one ingest connection is still to be told.
 *
 * Pure. However little the client reads, it holds at most LIMIT_VERDICT_BYTES
 * of verdicts, one ack and one busy: a newer ack takes the place of an unsent
 * one, and verdicts beyond the limit are only counted (untold).
 */

#include <stdbool.h>

#include "dialect/batch.h"
#include "util/buf.h"
#include "wire/answer.h"

struct outbox {
	struct buf verdicts;		/* owned */
	struct answer_ack ack;
	bool ack_due;
	const char *busy_code;		/* static; NULL if busy is not to be told */
	const char *busy_message;
};

void outbox_deinit(struct outbox *o);	/* works on a zeroed struct */

/* Count an item whose fate is known, and note its verdict. */
void outbox_note(struct outbox *o, const struct item *item);

/* @code NULL: no longer busy, and if that was not told yet it never will be. Both static. */
void outbox_busy(struct outbox *o, const char *code, const char *message);

/* Move all that is due to the empty @ret; it stays empty if nothing is, or on no memory. */
void outbox_take(struct outbox *o, struct buf *ret);
