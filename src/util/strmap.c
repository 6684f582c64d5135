/*
 * Open addressing with linear probing, at most two thirds full. SipHash keeps
 * a peer that picks its strings from making the chains long by accident.
 */

#include "util/strmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/digest.h"

void strmap_deinit(struct strmap *m)
{
	free(m->slots);
	arena_deinit(&m->keys);
	*m = (struct strmap) {};
}

void strmap_clear(struct strmap *m)
{
	if (m->n > 0)
		memset(m->slots, 0, m->cap * sizeof(*m->slots));
	m->n = 0;
	arena_reset(&m->keys);
}

static struct strmap_slot *find(struct strmap *m, uint64_t hash, const void *key, size_t n)
{
	for (size_t i = hash & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
		struct strmap_slot *slot = &m->slots[i];

		if (!slot->key)
			return slot;
		if (slot->hash == hash && slot->n_key == n && memcmp(slot->key, key, n) == 0)
			return slot;
	}
}

static int grow(struct strmap *m)
{
	size_t cap = m->cap ? m->cap * 2 : 256;
	struct strmap_slot *slots = calloc(cap, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < m->cap; i++) {
		size_t at = m->slots[i].hash & (cap - 1);

		if (!m->slots[i].key)
			continue;
		while (slots[at].key)
			at = (at + 1) & (cap - 1);
		slots[at] = m->slots[i];
	}
	free(m->slots);
	m->slots = slots;
	m->cap = cap;
	return 0;
}

int64_t *strmap_get(struct strmap *m, const void *key, size_t n)
{
	struct strmap_slot *slot;

	if (m->n == 0)
		return NULL;
	slot = find(m, digest_of(key, n), key, n);
	return slot->key ? &slot->value : NULL;
}

int strmap_put(struct strmap *m, const void *key, size_t n, int64_t value, const char **ret_key)
{
	uint64_t hash = digest_of(key, n);
	struct strmap_slot *slot;
	char *copy;
	int r;

	if (m->n * 3 >= m->cap * 2) {
		r = grow(m);
		if (r < 0)
			return r;
	}
	copy = arena_copy(&m->keys, key, n);
	if (!copy)
		return -ENOMEM;
	slot = find(m, hash, key, n);
	*slot = (struct strmap_slot) { .hash = hash, .key = copy, .n_key = (uint32_t) n, .value = value };
	m->n++;
	if (ret_key)
		*ret_key = copy;
	return 0;
}
