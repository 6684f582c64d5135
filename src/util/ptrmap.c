/* Open addressing with linear probing, at most two thirds full. */

#include "util/ptrmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void ptrmap_deinit(struct ptrmap *m)
{
	free(m->slots);
	*m = (struct ptrmap) {};
}

void ptrmap_clear(struct ptrmap *m)
{
	if (m->n > 0)
		memset(m->slots, 0, m->cap * sizeof(*m->slots));
	m->n = 0;
}

/* The slot that has the key, or the free one it would go to. */
static struct ptrmap_slot *find(struct ptrmap_slot *slots, size_t cap, const void *key)
{
	/* What is allocated differs least in its lowest bits: take the highest of the product. */
	size_t at = (size_t) (((uint64_t) (uintptr_t) key * UINT64_C(0x9e3779b97f4a7c15)) >> 32);

	for (at &= cap - 1; slots[at].value && slots[at].key != key; at = (at + 1) & (cap - 1))
		;
	return &slots[at];
}

int ptrmap_get(const struct ptrmap *m, const void *key, uint32_t *ret)
{
	const struct ptrmap_slot *slot = m->n > 0 ? find(m->slots, m->cap, key) : NULL;

	if (!slot || !slot->value)
		return PTRMAP_E_NONE;
	*ret = slot->value - 1;
	return 0;
}

static int grow(struct ptrmap *m)
{
	size_t cap = m->cap ? m->cap * 2 : 8;
	struct ptrmap_slot *slots = calloc(cap, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].value)
			*find(slots, cap, m->slots[i].key) = m->slots[i];
	free(m->slots);
	m->slots = slots;
	m->cap = cap;
	return 0;
}

int ptrmap_put(struct ptrmap *m, const void *key, uint32_t value)
{
	if (m->n * 3 >= m->cap * 2) {
		int r = grow(m);

		if (r < 0)
			return r;
	}
	*find(m->slots, m->cap, key) = (struct ptrmap_slot) { key, value + 1 };
	m->n++;
	return 0;
}
