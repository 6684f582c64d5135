#pragma once

/*
 * Strmap: bytes to a 64-bit number, in memory.
 *
 * Pure. Keys are copied. There is no removal but of everything at once, which
 * is how its users keep it bounded. Deinit works on a zeroed struct.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"

struct strmap_slot {
	const char *key;	/* NULL: free */
	uint32_t n_key;
	uint32_t hash;
	int64_t value;
};

struct strmap {
	struct strmap_slot *slots;	/* owned; cap is a power of two */
	size_t n, cap;
	struct arena keys;
};

void strmap_deinit(struct strmap *m);
void strmap_clear(struct strmap *m);

/* Returns the value's place (borrowed until the next put or clear), or NULL. */
int64_t *strmap_get(struct strmap *m, const void *key, size_t n);

/*
 * Add a key that is not there yet. *ret_key (optional) is its copy, NUL-terminated,
 * borrowed until the clear.
 *
 * Returns 0 or -ENOMEM.
 */
int strmap_put(struct strmap *m, const void *key, size_t n, int64_t value, const char **ret_key);
