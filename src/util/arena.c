#include "util/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So large that malloc takes it from the system and gives it back there: no hole stays behind. */
enum { ARENA_BLOCK_BYTES = 512 * 1024 };

struct arena_block {
	struct arena_block *next;
	size_t cap;
	size_t n;
	alignas(max_align_t) char data[];
};

static void free_all(struct arena_block *b)
{
	while (b) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
}

void arena_deinit(struct arena *a)
{
	free_all(a->first);
	free_all(a->spare);
	*a = (struct arena) {};
}

void arena_reset(struct arena *a)
{
	free_all(a->spare);
	a->spare = NULL;
	while (a->first) {
		struct arena_block *b = a->first;

		a->first = b->next;
		if (b->cap != ARENA_BLOCK_BYTES) {
			free(b);
			continue;
		}
		b->next = a->spare;
		a->spare = b;
	}
	a->n_bytes = 0;
}

/* A block with room for @n bytes, in front of the others. */
static struct arena_block *add_block(struct arena *a, size_t n)
{
	struct arena_block *b = a->spare;

	if (b && n <= b->cap) {
		a->spare = b->next;
	} else {
		size_t cap = MAX_OF(n, (size_t) ARENA_BLOCK_BYTES);

		b = malloc(sizeof(*b) + cap);
		if (!b)
			return NULL;
		b->cap = cap;
	}
	b->n = 0;
	b->next = a->first;
	a->first = b;
	return b;
}

static void *take(struct arena *a, size_t n, size_t align)
{
	struct arena_block *b = a->first;
	size_t at;

	if (n > SIZE_MAX / 2)
		return NULL;
	at = b ? (b->n + align - 1) & ~(align - 1) : 0;
	if (!b || at + n > b->cap) {
		b = add_block(a, n);
		if (!b)
			return NULL;
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
