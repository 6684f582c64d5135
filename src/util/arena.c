#include "util/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BLOCK_BYTES = 256 * 1024 };

struct arena_block {
	struct arena_block *next;
	size_t cap;
	size_t n;
	alignas(max_align_t) char data[];
};

void arena_deinit(struct arena *a)
{
	while (a->first) {
		struct arena_block *next = a->first->next;

		free(a->first);
		a->first = next;
	}
	a->n_bytes = 0;
}

void arena_reset(struct arena *a)
{
	struct arena_block *keep = NULL;

	while (a->first) {
		struct arena_block *next = a->first->next;

		if (!keep && a->first->cap == ARENA_BLOCK_BYTES)
			keep = a->first;
		else
			free(a->first);
		a->first = next;
	}
	if (keep) {
		keep->next = NULL;
		keep->n = 0;
	}
	a->first = keep;
	a->n_bytes = 0;
}

static void *take(struct arena *a, size_t n, size_t align)
{
	struct arena_block *b = a->first;
	size_t at;

	if (n > SIZE_MAX / 2)
		return NULL;
	at = b ? (b->n + align - 1) & ~(align - 1) : 0;
	if (!b || at + n > b->cap) {
		size_t cap = n > ARENA_BLOCK_BYTES ? n : ARENA_BLOCK_BYTES;

		b = malloc(sizeof(*b) + cap);
		if (!b)
			return NULL;
		b->cap = cap;
		b->n = 0;
		b->next = a->first;
		a->first = b;
		at = 0;
	}
	b->n = at + n;
	a->n_bytes += n;
	return b->data + at;
}

void *arena_alloc(struct arena *a, size_t n)
{
	void *p = take(a, n, alignof(max_align_t));

	if (p)
		memset(p, 0, n);
	return p;
}

char *arena_copy(struct arena *a, const void *data, size_t n)
{
	char *p = take(a, n + 1, 1);

	if (!p)
		return NULL;
	if (n > 0)
		memcpy(p, data, n);
	p[n] = '\0';
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n >= 0)
		text = arena_alloc(a, (size_t) n + 1);
	if (!text)
		return NULL;
	va_start(ap, fmt);
	(void) vsnprintf(text, (size_t) n + 1, fmt, ap);
	va_end(ap);
	return text;
}
