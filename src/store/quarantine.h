#pragma once

/*
 * Quarantine: what could not be stored, kept as it came. Writer thread only.
 *
 * Bodies are bounded by max_bytes: the oldest go first, and are counted.
 */

#include <stdint.h>

#include "dialect/batch.h"
#include "store/stmts.h"
#include "util/buf.h"

struct quarantine {
	struct stmts *stmts;	/* borrowed */
	int64_t max_bytes;
	int64_t n_bytes;	/* of bodies, as of the transaction in hand */
	int64_t n_dropped;	/* of all time */
	struct buf message;
};

void quarantine_deinit(struct quarantine *q);

/* Measure what is there; at open, and anew after a rollback. Returns 0 or a negative errno. */
int quarantine_load(struct quarantine *q);

/* Within a transaction. Return 0 or a negative errno. */
int quarantine_add(struct quarantine *q, const struct item *item, int64_t origin, int64_t received_us);
int quarantine_drop(struct quarantine *q, int64_t first, int64_t last);
