#pragma once

/*
 * Place: what an event belongs to: its names as integers, and the rows it is
 * folded into. Writer thread only, inside a transaction.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dialect/batch.h"
#include "store/fold.h"
#include "store/insert.h"
#include "store/intern.h"
#include "store/record.h"

struct place {
	int64_t refs[INSERT_MAX_FIELDS];
	int64_t app, origin, scope;
	int64_t attempt_id, connect_id, session_id;	/* keys; 0 if none */
	bool new_session;				/* its session's scope is named for the first time */
	size_t attempt, connect, stage;			/* fold indexes, or FOLD_NONE */
};

/* Find (or make) all that @item's event names. Returns 0 or a negative errno. */
int place_find(struct intern *in, struct fold *fold, const struct item *item, struct place *ret);

/* Find (or make) what its item number @n names: the refs of its fields. Returns 0 or a negative errno. */
int place_item(struct intern *in, const struct event *event, size_t n, int64_t *refs);

/* Fold the stored event @event_id into its place. Returns 0 or a negative errno. */
int place_fold(struct intern *in, struct fold *fold, struct record *record, const struct place *place, const struct event *event,
	       int64_t event_id);
