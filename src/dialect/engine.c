#include "dialect/engine.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dialect/check.h"
#include "dialect/complain.h"
#include "dialect/content.h"
#include "dialect/index.h"

/* An event in hand. The masks are of fields. */
struct judging {
	const struct dialect *dialect;
	const struct engine_context *ctx;
	const struct scan *scan;
	struct buf *scratch;		/* node numbers of the keys that go to extra */
	struct value *values;
	uint64_t present;		/* with a value */
	uint64_t bad;			/* complained of */
	uint64_t missing, forbidden, unknown;	/* what rules it breaks */
	struct complaints complaints;
};

/* What a fault at or in the member with key node @k is told under; NULL if the key itself is unclean. */
static const char *faulty_member(const struct judging *j, uint32_t k, const struct scan_fault *fault,
				 struct arena *arena)
{
	const struct json_node *key = &j->scan->nodes[k];
	unsigned f;

	if (fault->offset < key->end && strcmp(fault->code, "duplicate-key") != 0)
		return NULL;
	f = index_field(j->dialect, key->s, key->n);
	if (f != INDEX_NO_FIELD)
		return j->dialect->fields[f].name;
	return arena_copy(arena, key->s, utf8_cut(key->s, key->n, QUOTE_CHARS));
}
