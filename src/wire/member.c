#include "wire/member.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "util/macros.h"

static uint64_t head_of(const struct json_node *key)
{
	uint64_t word = 0;

	memcpy(&word, key->s, MIN_OF(key->n, sizeof(word)));
	return be64toh(word);
}

static int compare(const void *x, const void *y)
{
	const struct member *a = x, *b = y;
	int r;

	if (a->head != b->head)
		return a->head < b->head ? -1 : 1;
	r = memcmp(a->key->s, b->key->s, MIN_OF(a->key->n, b->key->n));
	if (r != 0)
		return r;
	if (a->key->n != b->key->n)
		return a->key->n < b->key->n ? -1 : 1;
	return a->key < b->key ? -1 : a->key > b->key;
}

void member_sort(const struct scan *s, uint32_t i, struct member *members)
{
	uint32_t key = i + 1;

	for (uint32_t k = 0; k < s->nodes[i].n; k++) {
		members[k] = (struct member) { head_of(&s->nodes[key]), &s->nodes[key] };
		key = s->nodes[key + 1].next;
	}
	if (s->nodes[i].n > 1)
		qsort(members, s->nodes[i].n, sizeof(*members), compare);
}
