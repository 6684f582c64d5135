#pragma once

/*
 * Complain: says what is wrong with what a peer sent.
 *
 * A message is one line of valid UTF-8, however odd the input it quotes. Pure.
 */

#include <stddef.h>
#include <stdint.h>

#include "dialect/event.h"
#include "util/arena.h"
#include "util/macros.h"
#include "wire/limits.h"
#include "wire/scan.h"

struct complaints {
	struct arena *arena;	/* borrowed: messages live there */
	int64_t element;	/* what a leading "[]" of fields and messages stands for; -1: itself */
	size_t n;
	struct problem list[LIMIT_PROBLEMS];
};

static inline void complaints_init(struct complaints *c, struct arena *arena)
{
	c->arena = arena;	/* not the list: this is done for each event */
	c->element = -1;
	c->n = 0;
}

/*
 * Add a problem, unless there are LIMIT_PROBLEMS already. @code and @field
 * (NULL: none) must be static or in the arena. Returns 0 or -ENOMEM.
 */
int complain(struct complaints *c, const char *code, const char *field, const char *fmt, ...)
	_printf_(4, 5);

/* Add what the scanner found at fault. Returns 0 or -ENOMEM. */
int complain_fault(struct complaints *c, const char *field, const struct scan_fault *fault);

/* The list's copy in the arena, or NULL on -ENOMEM. */
const struct problem *complaints_keep(const struct complaints *c);

enum {
	QUOTE_CHARS = 64,	/* of a text, at most; then it is cut */
	QUOTE_SIZE = QUOTE_CHARS * 6 + sizeof("\"\"…"),
};

/* A text as a message shows it: quoted, cut, control characters as \uXXXX. Returns @out. */
const char *quote_text(const char *s, size_t n, char out[static QUOTE_SIZE]);

/* A scanned value as a message shows it: the text, the number, or what it is. Returns @out. */
const char *quote_node(const struct scan *scan, uint32_t i, char out[static QUOTE_SIZE]);
