/*
 * Open addressing with linear probing, at most two thirds full. The hash is keyed
 * by a number drawn for each process, so that a peer that picks its strings does
 * not know which of them would make the chains long.
 */

#include "util/strmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

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

static uint64_t drawn(void)
{
	static uint64_t key;	/* the same for all threads: who comes first draws it */
	uint64_t have = __atomic_load_n(&key, __ATOMIC_RELAXED), drawn = 0;

	if (have)
		return have;
	/* Too early in the life of a machine for that, the clock has to do. */
	if (getrandom(&drawn, sizeof(drawn), GRND_NONBLOCK) != (ssize_t) sizeof(drawn))
		drawn = (uint64_t) time(NULL);
	drawn |= 1;
	if (__atomic_compare_exchange_n(&key, &have, drawn, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return drawn;
	return have;
}

/* Both halves of a product: each bit of it depends on all bits of the factors. */
static inline uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128) a * b;

	return (uint64_t) product ^ (uint64_t) (product >> 64);
}

static inline uint64_t word_at(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static uint32_t hash_of(const void *data, size_t n)
{
	const uint64_t key = drawn();
	const char *p = data;
	uint64_t h = key ^ n, last = 0;
	size_t left = n;

	for (; left > 8; left -= 8, p += 8)
		h = mix(h ^ word_at(p), key ^ UINT64_C(0x9e3779b97f4a7c15));
	if (n >= 8)
		last = word_at((const char *) data + n - 8);	/* with some of the one before */
	else
		memcpy(&last, p, left);
	return (uint32_t) mix(h ^ last, key ^ UINT64_C(0xd1b54a32d192ed03));
}

static struct strmap_slot *find(struct strmap *m, uint32_t hash, const void *key, size_t n)
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
	slot = find(m, hash_of(key, n), key, n);
	return slot->key ? &slot->value : NULL;
}

int strmap_put(struct strmap *m, const void *key, size_t n, int64_t value, const char **ret_key)
{
	uint32_t hash = hash_of(key, n);
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
