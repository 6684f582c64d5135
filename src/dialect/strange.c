#include "dialect/strange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dialect/complain.h"
#include "dialect/index.h"
#include "util/macros.h"
#include "util/utf8.h"
#include "wire/canon.h"

/* Whether one of these fields is found in a context under this key. */
static bool knows(const struct dialect *d, uint64_t fields, const struct json_node *key)
{
	for (; fields; fields &= fields - 1) {
		const struct field *f = &d->fields[__builtin_ctzll(fields)];

		/* Of a path, the context has the first key. */
		if (f->from == FROM_CONTEXT && strncmp(f->name, key->s, key->n) == 0 &&
		    (f->name[key->n] == '\0' || f->name[key->n] == '.'))
			return true;
	}
	return false;
}

static bool is_known(const struct dialect *d, bool of_hello, const struct json_node *key)
{
	if (knows(d, d->index->context, key))
		return true;
	for (size_t i = 0; i < n_dialects; i++)
		if ((of_hello || strcmp(dialects[i]->source, d->source) == 0) &&
		    knows(dialects[i], ~UINT64_C(0) >> (INDEX_MAX_FIELDS - dialects[i]->n_fields), key))
			return true;
	return false;
}

/* Whether the line's context has a value for the hello's key. */
static bool overridden(const struct engine_object *line, const struct json_node *key)
{
	const struct scan *scan = line->scan;

	if (!scan)
		return false;
	for (uint32_t k = line->node + 1; k < scan->nodes[line->node].next; k = scan->nodes[k + 1].next)
		if (scan_str_eq(&scan->nodes[k], key->s, key->n))
			return !scan_absent(scan, k + 1);
	return false;
}

static int add(struct strange *s, const struct scan *scan, uint32_t key, struct arena *arena)
{
	const struct json_node *k = &scan->nodes[key];
	const char *name = arena_printf(arena, "context.%.*s", (int) utf8_cut(k->s, k->n, QUOTE_CHARS), k->s);

	if (!name)
		return -ENOMEM;
	s->list[s->n++] = (struct strange_member) { scan, key, name };
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct strange_member *p = a, *q = b;
	const struct json_node *x = &p->scan->nodes[p->key], *y = &q->scan->nodes[q->key];
	int r = memcmp(x->s, y->s, MIN_OF(x->n, y->n));

	return r != 0 ? r : (x->n > y->n) - (x->n < y->n);
}

/* Find those of one of the contexts: that of the line, 0, or that of the hello. */
static int find_in(struct strange *s, const struct dialect *d, const struct engine_context *ctx, size_t number,
		   struct arena *arena)
{
	const struct scan *scan = ctx->contexts[number].scan;
	const uint32_t object = ctx->contexts[number].node;
	const bool of_hello = number > 0;
	int r = 0;

	if (!scan)
		return 0;
	for (uint32_t k = object + 1; k < scan->nodes[object].next && r == 0; k = scan->nodes[k + 1].next) {
		const struct json_node *key = &scan->nodes[k];

		if (s->n == LIMIT_STRANGE_KEYS)
			break;
		if (scan_absent(scan, k + 1) || is_known(d, of_hello, key) ||
		    (of_hello && overridden(&ctx->contexts[0], key)))
			continue;
		r = add(s, scan, k, arena);
	}
	return r;
}

int strange_find(struct strange *s, const struct dialect *d, const struct engine_context *ctx,
		 struct arena *arena)
{
	int r = 0;

	s->n = 0;
	for (size_t c = 0; c < ENGINE_N_CONTEXTS && r == 0; c++)
		r = find_in(s, d, ctx, c, arena);
	if (s->n > 1)
		qsort(s->list, s->n, sizeof(s->list[0]), by_key);
	return r;
}

int strange_write(const struct strange *s, struct buf *out, size_t *n_extra)
{
	size_t begin = out->n - *n_extra, first;
	int r;

	if (s->n == 0)
		return 0;
	if (*n_extra > 0)
		out->n--;	/* its brace */
	r = buf_add_str(out, *n_extra > 0 ? ",\"" STRANGE_KEY "\":{" : "{\"" STRANGE_KEY "\":{");
	first = out->n;
	for (size_t i = 0; i < s->n && r == 0; i++) {
		const struct strange_member *m = &s->list[i];
		const struct json_node *k = &m->scan->nodes[m->key];
		size_t before = out->n;

		if (before > first)
			r = buf_add_char(out, ',');
		if (r == 0)
			r = canon_string(k->s, k->n, out);
		if (r == 0)
			r = buf_add_char(out, ':');
		if (r == 0)
			r = canon_node(m->scan, m->key + 1, out);
		if (out->n - first > LIMIT_STRANGE_BYTES)
			out->n = before;
	}
	if (r == 0)
		r = buf_add_str(out, "}}");
	*n_extra = out->n - begin;
	return r;
}
