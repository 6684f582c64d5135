#pragma once

/*
 * Readback: stored events as the events they were, as far as their fields and
 * elements go: for telling their marks once more. The statements are those of
 * an export. Writer thread only.
 */

#include <sqlite3.h>
#include <stdint.h>

#include "dialect/dialect.h"
#include "store/export.h"
#include "util/arena.h"

struct readback {
	sqlite3 *db;			/* borrowed */
	sqlite3_stmt *by_scope[DIALECTS_MAX];	/* owned, made when first needed */
	sqlite3_stmt *by_id[DIALECTS_MAX];
	sqlite3_stmt *items[DIALECTS_MAX];
	struct arena arena;
	struct value values[INSERT_MAX_FIELDS];
};

void readback_close(struct readback *rb);	/* works on a zeroed struct */

/* Given an event, its id and its scope, borrowed for the call. Returns 0 or a negative errno, which ends the reading. */
typedef int (*readback_fn)(void *user, int64_t event_id, int64_t scope, const struct event *event);

/* Which events of a scope. */
struct readback_range {
	int64_t scope;
	int64_t from_us, until_us;	/* happened from then to then */
	int64_t last_id;		/* none with a higher id */
};

/*
 * Give the events of @d, the number @i in the list of dialects, that are in the range; or all
 * with ids from @first_id on, in their order. Returns 0 or a negative errno.
 */
int readback_scope(struct readback *rb, size_t i, const struct readback_range *range, readback_fn fn, void *user);
int readback_since(struct readback *rb, size_t i, int64_t first_id, readback_fn fn, void *user);
