#pragma once

/*
 * Places: which line of which file each sent line came from, until it is
 * acknowledged. Bounded: when it is full, sending waits.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLACES_MAX = 64 * 1024 };

struct place {
	int file;		/* index into the arguments */
	uint64_t line_no;	/* of the file, from 1 */
};

struct places {
	struct place *ring;	/* owned; PLACES_MAX long once anything is in it */
	uint64_t first;		/* lines before this one are forgotten */
	uint64_t next;		/* one past the last one held; equal to first: none */
};

void places_deinit(struct places *p);
bool places_full(const struct places *p);

/* Line @sent of the connection, counted from 1, came from @place. Ask places_full() first. */
void places_add(struct places *p, uint64_t sent, struct place place);

/* Forget the lines up to @lines. */
void places_acked(struct places *p, uint64_t lines);

/* Where line @sent came from. Returns whether that is known. */
bool places_find(const struct places *p, uint64_t sent, struct place *ret);

/* The first one not acknowledged, if any. */
bool places_first(const struct places *p, struct place *ret);
