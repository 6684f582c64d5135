#pragma once

/*
 * Export: a stored event as the envelope that would be accepted for it.
 *
 * The statement is made from the dialect's table of fields, as its INSERT is, so
 * a new vendor needs none of its own. Any thread, with its connection's reader.
 */

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "dialect/rebuild.h"
#include "store/insert.h"
#include "util/arena.h"
#include "util/buf.h"

/* Working space, one a reader; zeroed at first. */
struct export_work {
	struct rebuild rebuild;		/* owned */
	struct buf payload, context;	/* owned */
	struct value values[INSERT_MAX_FIELDS];
};

void export_deinit(struct export_work *w);

/*
 * Append the statement for a dialect's events, @tail being what stands behind the
 * columns; and the one for the elements of an event whose payload is an array, by
 * its event id (?1). Each returns 0 or -ENOMEM.
 */
int export_select(const struct dialect *d, const char *tail, struct buf *sql);
int export_select_items(const struct items *items, struct buf *sql);

/* Of the row that @q, an export_select(), stands on. */
int64_t export_event_id(sqlite3_stmt *q);
int64_t export_scope(sqlite3_stmt *q);

enum {
	EXPORT_E_SQLITE = 1,	/* @items failed: the connection's error code says how */
};

/*
 * Append the row that @q stands on as a line. @items is the statement of
 * export_select_items(), reset, or NULL if the dialect has none. @all_times: say
 * when it happened, also where the event says so itself.
 *
 * Returns 0, EXPORT_E_SQLITE, -ENOMEM, or -EUCLEAN where the row holds what was
 * never stored so. @out is as before then.
 */
int export_row(struct export_work *w, const struct dialect *d, sqlite3_stmt *q, sqlite3_stmt *items,
	       bool all_times, struct buf *out);

/*
 * The event that @q stands on, as far as its fields and elements go (no sender's id, extra or
 * violations). Its values go to @values, which has room for INSERT_MAX_FIELDS; texts are
 * borrowed until @q goes on, and of elements from @arena.
 *
 * Returns 0, EXPORT_E_SQLITE or -ENOMEM.
 */
int export_event(const struct dialect *d, sqlite3_stmt *q, sqlite3_stmt *items, struct value *values,
		 struct arena *arena, struct event *ret);
