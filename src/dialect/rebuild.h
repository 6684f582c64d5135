#pragma once

/*
 * Rebuild: an event's JSON out of its values: the engine's way, backwards.
 *
 * It knows the field tables and nothing of any vendor. What comes out equals
 * what was accepted up to the order of keys, the form of numbers and times, and
 * members that were null or "". Pure; one struct is reused for all events of a
 * thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "dialect/dialect.h"
#include "dialect/event.h"
#include "util/buf.h"
#include "wire/scan.h"

struct rebuild {
	struct scan scan;	/* owned */
};

void rebuild_deinit(struct rebuild *w);	/* works on a zeroed struct */

/*
 * Append the payload of an event of @d that is no array. @values are its
 * fields' (of a FIELD_JSON the text that was kept), @extra is what no field took; NULL
 * if there was nothing.
 *
 * A payload that would be read as the vendor's list of events is put into one.
 *
 * Returns 0, -ENOMEM, or -EUCLEAN where @extra is not what was once kept.
 */
int rebuild_payload(struct rebuild *w, const struct dialect *d, const struct values *values,
		    const char *extra, size_t n_extra, struct buf *out);

/* Append one element of a payload that is an array. Returns as rebuild_payload(). */
int rebuild_item(struct rebuild *w, const struct items *items, const struct values *values,
		 const char *extra, size_t n_extra, struct buf *out);

/* Append the context that the event had beside it; nothing if it needs none. Returns as rebuild_payload(). */
int rebuild_context(struct rebuild *w, const struct dialect *d, const struct values *values,
		    const char *extra, size_t n_extra, struct buf *out);

/* Append the payload of an event in hand, an array or not. Returns as rebuild_payload(). */
int rebuild_event(struct rebuild *w, const struct event *e, struct buf *out);

/* Whether the payload of this event is an array. */
bool rebuild_is_array(const struct dialect *d, const struct values *values);

/* Whether events of this kind have the field; another that they have may share its column. */
bool rebuild_has_field(const struct field *f, const struct value *kind);
