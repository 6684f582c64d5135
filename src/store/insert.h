#pragma once

/*
 * Insert: an event's row in its vendor's table, and those of its items.
 *
 * The statements are made from the dialect's tables of fields, so a new vendor
 * needs none of its own: each field goes to the column it names, as its keep
 * and role say. Writer thread only.
 */

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "dialect/event.h"

enum { INSERT_MAX_FIELDS = 64, INSERT_MAX_LIFTED = 4 };

/* An INSERT and where its fields are bound; 0: the field has no column. */
struct insert_table {
	sqlite3_stmt *stmt;	/* owned */
	uint8_t at[INSERT_MAX_FIELDS];
};

/* A dialect's. */
struct insert {
	struct insert_table event, item;	/* item: of the dialects that have items */
};

/* What every event's row starts with. */
struct insert_head {
	int64_t event_id, scope, origin;
};

/* Prepare the INSERTs of a dialect. Returns 0 or a negative errno. */
int insert_prepare(sqlite3 *db, const struct dialect *d, struct insert *ret);
void insert_close(struct insert *in);	/* works on a zeroed struct */

enum { INSERT_E_DUPLICATE = 1 };

/*
 * Add the event's row, or that of its item number @n. @refs has, for each field
 * that is kept as a ref (a dictionary id or a row's key), that ref, and 0 where
 * the field is absent.
 *
 * Returns 0, INSERT_E_DUPLICATE (of an event), or a negative errno.
 */
int insert_run(sqlite3 *db, const struct insert *in, const struct insert_head *head,
	       const struct event *event, const int64_t *refs);
int insert_item(const struct insert *in, int64_t event_id, size_t n, const struct event *event,
		const int64_t *refs);

struct field;

/* Whether a field's column holds a ref, and whether it has a column at all. */
bool insert_is_ref(const struct field *f);
bool insert_has_column(const struct field *f);
