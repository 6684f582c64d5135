#pragma once

/*
 * Engine: judges one event against its dialect's table.
 *
 * Pure. Copies what it keeps into the batch's arena, once. Loop thread: the
 * first event of a dialect builds the dialect's index.
 */

#include <stdbool.h>
#include <stdint.h>

#include "dialect/dialect.h"
#include "dialect/event.h"
#include "util/arena.h"
#include "util/buf.h"
#include "wire/scan.h"

/* A context object, or none. */
struct engine_object {
	const struct scan *scan;	/* NULL: none */
	uint32_t node;
};

enum { ENGINE_N_CONTEXTS = 2 };

/* What the envelope and the connection add to an event. */
struct engine_context {
	const char *app;	/* part of the event's identity */
	const char *sender_id;	/* in the arena; NULL if none */
	int64_t at_us;		/* the envelope's at; -1 if none */
	int64_t now_us;		/* the time of receipt, for events without a time */
	bool strict;		/* reject what would be flagged */
	bool keep_phone_numbers;
	/* The line's context, then the hello's, which counts where the line's has no value. Without faults. */
	struct engine_object contexts[ENGINE_N_CONTEXTS];
};

enum {
	ENGINE_E_REJECTED = 1,	/* told in ret_problems */
};

/*
 * Judge the event that is node @i of the scanned line, its digest included.
 * Every field is looked at, so all problems are told, not the first alone
 * (up to LIMIT_PROBLEMS). What makes it unreadable stands before the rules it
 * breaks.
 *
 * Returns 0 (ret_event), ENGINE_E_REJECTED (ret_problems, at least one), or
 * -ENOMEM. All of it lives in @arena or is static. @scratch is working space.
 */
int engine_judge(const struct dialect *d, const struct engine_context *ctx, const struct scan *scan,
		 uint32_t i, struct arena *arena, struct buf *scratch, const struct event **ret_event,
		 const struct problem **ret_problems, size_t *ret_n_problems);
