#include "dialect/content.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "dialect/index.h"
#include "util/digest.h"
#include "wire/limits.h"

/* Each piece is a header and its bytes; a text has a NUL behind it. */
enum {
	HEADER_BYTES = sizeof(uint32_t),
	/* Pieces that are no field's. */
	NUMBER_ITEM = INDEX_MAX_FIELDS,	/* the values of an item follow */
	NUMBER_EXTRA,
};

/* Canonical numbers and redacted secrets may be some times as long as they came. */
static_assert(LIMIT_ENVELOPE_BYTES * 16 < 1 << 24, "a header holds a length of 24 bits");

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

/* Room for a list of values. */
static size_t values_bytes(const struct values *values)
{
	size_t n = values_count(values);
	size_t n_bytes = n * (HEADER_BYTES + sizeof(uint64_t));

	for (size_t i = 0; i < n; i++)
		if (values->list[i].kind == VALUE_TEXT)
			n_bytes += values->list[i].n;
	return n_bytes;
}

static char *put_values(char *p, const struct values *values)
{
	const struct value *v = values->list;

	for (uint64_t left = values->present; left; left &= left - 1)
		p = put_value(p, (unsigned) __builtin_ctzll(left), v++);
	return p;
}

/* Point the texts at their copies in @p, which put_values() laid out. Returns what is behind them. */
static const char *move_texts(const char *p, const struct values *values)
{
	size_t n = values_count(values);

	for (size_t i = 0; i < n; i++) {
		struct value *v = &values->list[i];

		if (v->kind == VALUE_TEXT) {
			v->text = p + HEADER_BYTES;
			p += HEADER_BYTES + v->n + 1;
		} else {
			p += HEADER_BYTES + sizeof(uint64_t);
		}
	}
	return p;
}

static size_t items_bytes(const struct event *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n_items; i++)
		n += values_bytes(&e->items[i].values) + 2 * HEADER_BYTES + e->items[i].n_extra;
	return n;
}

static char *put_items(char *p, const struct event *e)
{
	for (size_t i = 0; i < e->n_items; i++) {
		p = put_piece(p, NUMBER_ITEM, NULL, 0);
		p = put_values(p, &e->items[i].values);
		p = put_piece(p, NUMBER_EXTRA, e->items[i].extra, e->items[i].n_extra);
	}
	return p;
}

static void move_items(const char *p, const struct event *e)
{
	for (size_t i = 0; i < e->n_items; i++) {
		p = move_texts(p + HEADER_BYTES, &e->items[i].values);
		p += HEADER_BYTES + e->items[i].n_extra;
	}
}

static bool is_same_text(const struct value *a, const struct value *b)
{
	return a->kind == VALUE_TEXT && a->n == b->n && memcmp(a->text, b->text, a->n) == 0;
}

/* The event's values, told in the one way of those that mean the same. They lie in @all. */
static struct values values_meant(const struct event *e, struct value all[static INDEX_MAX_FIELDS])
{
	uint64_t present = e->values.present;
	const struct value *v = e->values.list;
	size_t n = 0;

	for (uint64_t left = present; left; left &= left - 1)
		all[__builtin_ctzll(left)] = *v++;
	for (uint64_t left = present & e->dialect->index->loose; left; left &= left - 1) {
		unsigned f = (unsigned) __builtin_ctzll(left), told = e->dialect->fields[f].stands_for;

		if (!told) {
			if (all[f].i == 0)
				present &= ~FIELD_BIT(f);
			continue;
		}
		if (!(present & FIELD_BIT(told - 1)))
			all[told - 1] = all[f];
		else if (!is_same_text(&all[told - 1], &all[f]))
			continue;
		present = (present | FIELD_BIT(told - 1)) & ~FIELD_BIT(f);
	}
	for (uint64_t left = present; left; left &= left - 1)
		all[n++] = all[__builtin_ctzll(left)];
	return (struct values) { present, all };
}

/* The digest of what lies in @scratch from @begin on, the values, from @at to before @end, as they are meant. */
static int digest_meant(struct event *e, struct buf *scratch, size_t begin, size_t at, size_t end)
{
	struct value all[INDEX_MAX_FIELDS];
	struct values meant = values_meant(e, all);
	struct digest d;
	char *p;
	int r;

	r = buf_reserve(scratch, values_bytes(&meant));
	if (r < 0)
		return r;
	p = scratch->data + scratch->n;
	digest_init(&d);
	digest_add(&d, scratch->data + begin, at - begin);
	digest_add(&d, p, (size_t) (put_values(p, &meant) - p));
	digest_add(&d, scratch->data + end, scratch->n - end);
	e->digest = digest_done(&d);
	return 0;
}

/* Whether extra can have the context's strange keys in it: not if the payload has their key, or is kept whole. */
static bool has_room_for_strange(const struct extra *extra, const struct scan *scan)
{
	return extra->n_groups == 0 ||
	       (!extra->whole && !scan_member(scan, extra->groups[0].node, STRANGE_KEY));
}

int content_settle(struct event *e, const struct engine_context *ctx, const struct scan *scan,
		   struct extra *extra, const struct strange *strange, struct buf *scratch, struct arena *arena)
{
	const struct dialect *d = e->dialect;
	/* When it was taken, and as what, may differ each time it is delivered. */
	bool delivered = d->delivery_field && values_at(&e->values, d->delivery_field - 1)->kind == VALUE_TEXT;
	const char *id = ctx->sender_id && !delivered ? ctx->sender_id : "";
	size_t n_app = strlen(ctx->app), n_source = strlen(d->source), n_id = strlen(id);
	size_t begin = scratch->n;
	size_t values_at, items_at, extra_at;
	const char *kept;
	bool room;
	char *p;
	int r;

	r = buf_reserve(scratch, values_bytes(&e->values) + items_bytes(e) + n_app + n_source +
				 n_id + 4 * HEADER_BYTES + sizeof(uint64_t));
	if (r < 0)
		return r;
	p = put_piece(scratch->data + begin, 0, ctx->app, n_app);
	p = put_piece(p, 0, d->source, n_source);
	p = put_piece(p, 0, id, n_id);
	p = put_u64(p, 0, delivered ? 0 : (uint64_t) e->at_us);
	values_at = (size_t) (p - scratch->data);
	p = put_values(p, &e->values);
	items_at = (size_t) (p - scratch->data);
	p = put_items(p, e);
	scratch->n = extra_at = (size_t) (p - scratch->data);
	room = has_room_for_strange(extra, scan);	/* asked before it is used up */
	r = extra_write(extra, scan, &e->n_extra);
	if (r == 0 && room)
		r = strange_write(strange, scratch, &e->n_extra);
	if (r < 0)
		return r;

	if (e->values.present & d->index->loose)
		r = digest_meant(e, scratch, begin, values_at, items_at);
	else
		e->digest = digest_of(scratch->data + begin, scratch->n - begin);
	if (r < 0)
		return r;
	kept = arena_copy(arena, scratch->data + values_at, scratch->n - values_at);
	if (!kept)
		return -ENOMEM;
	move_items(move_texts(kept, &e->values), e);
	if (e->n_extra > 0)
		e->extra = kept + (extra_at - values_at);
	return 0;
}
