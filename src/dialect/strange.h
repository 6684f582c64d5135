#pragma once

/*
 * Strange: keys of an event's contexts that its vendor's table does not know.
 *
 * They are flagged, and kept in extra in an object of their own, so that an export
 * gives them back. Pure.
 */

#include <stddef.h>
#include <stdint.h>

#include "dialect/engine.h"
#include "util/arena.h"
#include "util/buf.h"
#include "wire/limits.h"
#include "wire/scan.h"

#define STRANGE_KEY "context."	/* in extra: not like a key that a vendor would have */

struct strange_member {
	const struct scan *scan;
	uint32_t key;		/* node */
	const char *name;	/* "context.key", cut: as violations and messages give it */
};

struct strange {
	struct strange_member list[LIMIT_STRANGE_KEYS];	/* in the order of their keys */
	size_t n;
};

/*
 * Find those of the line's context that no dialect of @d's source knows, and those of
 * the hello's, which may serve several sources, that none at all does. @d's index is
 * ready. Returns 0 or -ENOMEM.
 */
int strange_find(struct strange *s, const struct dialect *d, const struct engine_context *ctx,
		 struct arena *arena);

/*
 * Add them to the extra that is the last *n_extra bytes of @out (0: there is none).
 * What goes beyond LIMIT_STRANGE_BYTES is left out. Returns 0 or -ENOMEM.
 */
int strange_write(const struct strange *s, struct buf *out, size_t *n_extra);
