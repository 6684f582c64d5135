#pragma once

/*
 * Extra: what of a payload no field takes, kept in its place as one canonical object,
 * or a payload that is none, whole.
 *
 * A payload's objects are gone through level by level, so that what is noted of
 * each stands together. An object on the way to fields is a group of its own; it
 * is shown if something in it is, or if it held no known value at all, so that
 * the payload can be made again. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dialect/index.h"
#include "util/buf.h"
#include "wire/scan.h"

struct extra_group {
	size_t first, n;	/* its entries */
	uint32_t node;		/* the object */
	uint8_t place;		/* of the index */
	uint8_t parent;		/* group; its own number for the payload */
	bool known;		/* a field has a value in it, however deep */
};

struct extra {
	struct buf *entries;	/* borrowed; used up by extra_write() */
	struct extra_group groups[INDEX_MAX_PLACES];
	size_t n_groups;
	bool whole;		/* the payload is no object */
};

/* Begin with object @node; its groups are then added while they are gone through in turn. */
void extra_begin(struct extra *x, struct buf *entries, uint32_t node);

/* Have it that the payload, node @node, is kept whole. */
void extra_begin_whole(struct extra *x, struct buf *entries, uint32_t node);

/* Note that the member with this key node, of group @g, goes to extra. Returns 0 or -ENOMEM. */
int extra_add(struct extra *x, size_t g, uint32_t key);

/* Note that the value of this member of group @g is a group of its own. Returns 0 or -ENOMEM. */
int extra_add_group(struct extra *x, size_t g, uint32_t key, unsigned place);

/*
 * Append it to @entries, behind what is in there. *ret_n is 0 if there is nothing to tell.
 *
 * Returns 0 or -ENOMEM.
 */
int extra_write(struct extra *x, const struct scan *scan, size_t *ret_n);
