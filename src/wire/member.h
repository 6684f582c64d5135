#pragma once

/*
 * Member: the keys of an object in byte order, for whoever must compare them all. Pure.
 *
 * Sorting takes the place of a hash table: no input makes it quadratic.
 */

#include <stdbool.h>
#include <stdint.h>

#include "wire/scan.h"

struct member {
	uint64_t head;			/* the key's first eight bytes, as a number that sorts like them */
	const struct json_node *key;	/* borrowed; the value is the node behind it */
};

/* Fill @members with the members of object @i, nodes[i].n of them; those of one key keep their order. */
void member_sort(const struct scan *s, uint32_t i, struct member *members);

static inline bool member_same_key(const struct json_node *a, const struct json_node *b)
{
	return scan_str_eq(a, b->s, b->n);
}
