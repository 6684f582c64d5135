#pragma once

/*
 * Ptrmap: pointers to a number, in memory. What they point at is never looked
 * at, so it is for pointers that are the same where the things are. NULL is one
 * of them. Pure; there is no removal but of everything at once. Deinit works on
 * a zeroed struct.
 */

#include <stddef.h>
#include <stdint.h>

struct ptrmap_slot {
	const void *key;
	uint32_t value;		/* the number + 1; 0: free */
};

struct ptrmap {
	struct ptrmap_slot *slots;	/* owned; cap is a power of two */
	size_t n, cap;
};

void ptrmap_deinit(struct ptrmap *m);
void ptrmap_clear(struct ptrmap *m);

enum { PTRMAP_E_NONE = 1 };

/* Returns 0 or PTRMAP_E_NONE. */
int ptrmap_get(const struct ptrmap *m, const void *key, uint32_t *ret);

/* Add a pointer that is not there yet, for a number below UINT32_MAX. Returns 0 or -ENOMEM. */
int ptrmap_put(struct ptrmap *m, const void *key, uint32_t value);
