#include "dialect/content.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/digest.h"
#include "util/macros.h"
#include "wire/canon.h"
#include "wire/limits.h"

/* Each piece is a header and its bytes; a text has a NUL behind it. */
enum { HEADER_BYTES = sizeof(uint32_t) };

/* A line is short enough for its pieces' lengths to leave room for the field number. */
static_assert(LIMIT_LINE_BYTES < 1 << 24, "a header holds a length of 24 bits");

static char *put_piece(char *p, unsigned number, const void *data, size_t n)
{
	uint32_t header = htole32((uint32_t) number << 24 | (uint32_t) n);

	memcpy(p, &header, HEADER_BYTES);
	if (n > 0)
		memcpy(p + HEADER_BYTES, data, n);
	return p + HEADER_BYTES + n;
}

static char *put_u64(char *p, unsigned number, uint64_t x)
{
	x = htole64(x);
	return put_piece(p, number, &x, sizeof(x));
}

static char *put_value(char *p, unsigned number, const struct value *v)
{
	uint64_t bits;

	switch (v->kind) {
	case VALUE_ABSENT:
		return p;
	case VALUE_TEXT:
		p = put_piece(p, number, v->text, v->n);
		*p++ = '\0';
		return p;
	case VALUE_INT:
		return put_u64(p, number, (uint64_t) v->i);
	default:	/* VALUE_REAL */
		memcpy(&bits, &v->d, sizeof(bits));
		return put_u64(p, number, bits);
	}
}

static size_t text_bytes(const struct event *e)
{
	size_t n = 0;

	for (size_t f = 0; f < e->dialect->n_fields; f++)
		if (e->values[f].kind == VALUE_TEXT)
			n += e->values[f].n;
	return n;
}

/* Point the texts at their copies in @p, which put_value() laid out. */
static void move_texts(struct event *e, const char *p)
{
	for (size_t f = 0; f < e->dialect->n_fields; f++) {
		struct value *v = &e->values[f];

		if (v->kind == VALUE_TEXT) {
			v->text = p + HEADER_BYTES;
			p += HEADER_BYTES + v->n + 1;
		} else if (v->kind != VALUE_ABSENT) {
			p += HEADER_BYTES + sizeof(uint64_t);
		}
	}
}

static int by_key(const void *a, const void *b, void *user)
{
	const struct scan *scan = *(const struct scan *const *) user;
	const struct json_node *x = &scan->nodes[*(const uint32_t *) a];
	const struct json_node *y = &scan->nodes[*(const uint32_t *) b];
	int r = memcmp(x->s, y->s, MIN_OF(x->n, y->n));

	return r != 0 ? r : (x->n > y->n) - (x->n < y->n);
}

/* Append the members whose keys stand at the head of @b as a canonical object. */
static int put_extra(struct buf *b, size_t n_keys, const struct scan *scan)
{
	int r = 0;

	if (n_keys > 1)
		qsort_r(b->data, n_keys, sizeof(uint32_t), by_key, &scan);
	for (size_t i = 0; i < n_keys && r == 0; i++) {
		uint32_t k;
		const struct json_node *key;

		memcpy(&k, b->data + i * sizeof(k), sizeof(k));
		key = &scan->nodes[k];
		r = buf_add_char(b, i == 0 ? '{' : ',');
		if (r == 0)
			r = canon_string(key->s, key->n, b);
		if (r == 0)
			r = buf_add_char(b, ':');
		if (r == 0)
			r = canon_node(scan, k + 1, b);
	}
	return r < 0 ? r : buf_add_char(b, '}');
}

int content_settle(struct event *e, const struct engine_context *ctx, const struct scan *scan,
		   struct buf *scratch, struct arena *arena)
{
	const struct dialect *d = e->dialect;
	const char *id = ctx->sender_id ? ctx->sender_id : "";
	size_t n_app = strlen(ctx->app), n_source = strlen(d->source), n_id = strlen(id);
	size_t n_keys = scratch->n / sizeof(uint32_t), begin = scratch->n;
	size_t values_at, extra_at;
	const char *kept;
	char *p;
	int r;

	r = buf_reserve(scratch, text_bytes(e) + d->n_fields * (HEADER_BYTES + sizeof(uint64_t)) +
				 n_app + n_source + n_id + 4 * HEADER_BYTES + sizeof(uint64_t));
	if (r < 0)
		return r;
	p = put_piece(scratch->data + begin, 0, ctx->app, n_app);
	p = put_piece(p, 0, d->source, n_source);
	p = put_piece(p, 0, id, n_id);
	p = put_u64(p, 0, (uint64_t) e->at_us);
	values_at = (size_t) (p - scratch->data);
	for (unsigned f = 0; f < d->n_fields; f++)
		p = put_value(p, f, &e->values[f]);
	scratch->n = extra_at = (size_t) (p - scratch->data);
	if (n_keys > 0) {
		r = put_extra(scratch, n_keys, scan);
		if (r < 0)
			return r;
	}

	e->digest = digest_of(scratch->data + begin, scratch->n - begin);
	kept = arena_copy(arena, scratch->data + values_at, scratch->n - values_at);
	if (!kept)
		return -ENOMEM;
	move_texts(e, kept);
	if (n_keys > 0) {
		e->extra = kept + (extra_at - values_at);
		e->n_extra = scratch->n - extra_at;
	}
	return 0;
}
