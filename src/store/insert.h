#pragma once

/*
 * Insert: an event's row in its vendor's table.
 *
 * The statement is made from the dialect's table of fields, so a new vendor
 * needs none of its own: each field goes to the column it names, as its keep
 * and role say. Writer thread only.
 */

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "dialect/event.h"

enum { INSERT_MAX_FIELDS = 64 };

/* What every event's row starts with. */
struct insert_head {
	int64_t event_id, scope, received_us, origin;
};

/* Prepare the INSERT of a dialect. Returns 0 or a negative errno. */
int insert_prepare(sqlite3 *db, const struct dialect *d, sqlite3_stmt **ret);

enum { INSERT_E_DUPLICATE = 1 };

/*
 * Add the event's row. @refs has, for each field that is kept as a ref (a
 * dictionary id or a row's key), that ref, and 0 where the field is absent.
 *
 * Returns 0, INSERT_E_DUPLICATE, or a negative errno.
 */
int insert_run(sqlite3 *db, sqlite3_stmt *insert, const struct insert_head *head, const struct event *event,
	       const int64_t *refs);

struct field;

/* Whether a field's column holds a ref, and whether it has a column at all. */
bool insert_is_ref(const struct field *f);
bool insert_has_column(const struct field *f);
