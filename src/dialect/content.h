#pragma once

/*
 * Content: an event's values as one run of bytes, which is kept and digested.
 *
 * The same event gives the same bytes however it was spelt: parsed values in
 * the order of the field table, then those of its items, then what no field takes,
 * canonical. What may be told in several ways is kept as it was and digested in one.
 * The texts of the event lie in it, so each is copied once. Pure.
 */

#include <stdint.h>

#include "dialect/dialect.h"
#include "dialect/engine.h"
#include "dialect/event.h"
#include "dialect/extra.h"
#include "dialect/strange.h"
#include "util/arena.h"
#include "util/buf.h"
#include "wire/scan.h"

/*
 * Fill in @e's digest and extra, and move the texts of its values and items from
 * the scan into @arena. All else of it must be set. @extra has been gone through,
 * or has no groups; it and @scratch, where its entries are, are used up. @strange is
 * kept beside it.
 *
 * Returns 0 or -ENOMEM.
 */
int content_settle(struct event *e, const struct engine_context *ctx, const struct scan *scan,
		   struct extra *extra, const struct strange *strange, struct buf *scratch, struct arena *arena);
