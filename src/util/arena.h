#pragma once

/*
 * Arena: many small pieces of memory, released all at once.
 *
 * Pure. Pieces never move, so pointers into an arena hold until its reset or
 * deinit. Deinit works on a zeroed struct.
 */

#include <stddef.h>

#include "util/macros.h"

struct arena_block;

struct arena {
	struct arena_block *first;	/* owned chain, newest first */
	struct arena_block *spare;	/* owned chain: had before the last reset and not needed since */
	size_t n_bytes;			/* handed out since the last reset */
};

void arena_deinit(struct arena *a);

/*
 * Release every piece. Their room is kept for the next use; the next reset frees what of
 * it was not needed until then.
 */
void arena_reset(struct arena *a);

/* @n bytes, zeroed, aligned for anything; NULL on -ENOMEM. Borrowed until the reset. */
void *arena_alloc(struct arena *a, size_t n);

/* A copy of @n bytes and a NUL behind them; NULL on -ENOMEM. */
char *arena_copy(struct arena *a, const void *data, size_t n);

/* The formatted text; NULL on -ENOMEM. */
char *arena_printf(struct arena *a, const char *fmt, ...) _printf_(2, 3);
