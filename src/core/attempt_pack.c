/*
 * The bytes of an attempt's fold. Few keys stand behind its many labels, so the
 * keys are listed once and the labels point into the list.
 *
 *   version · n keys · keys · one list index a label (0: none) · groups
 *   key:     varint at_us - started_us · rank · digest (8 bytes, little end first)
 *   group:   flags (begin success failure abortion) · what they announce
 *   failure: key · varint event_id · varint code
 */

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "core/attempt.h"
#include "core/packed.h"

enum { PACK_VERSION = 1 };

enum {
	HAS_BEGIN = 1,
	HAS_SUCCESS = 2,
	HAS_FAILURE = 4,
	HAS_ABORTION = 8,
};

/* Big enough for every pack: 11 keys, 5 groups of two failures. */
struct writer {
	unsigned char data[1024];
	size_t n;
};

static void put_byte(struct writer *w, unsigned b)
{
	w->data[w->n++] = (unsigned char) b;
}

static void put_int(struct writer *w, int64_t v)
{
	uint64_t x = (uint64_t) v;

	for (; x >= 0x80; x >>= 7)
		put_byte(w, (unsigned) (x & 0x7f) | 0x80);
	put_byte(w, (unsigned) x);
}

static void put_key(struct writer *w, const struct order_key *k, int64_t base_us)
{
	uint64_t digest = htole64(k->digest);

	put_int(w, k->at_us - base_us);
	put_byte(w, k->rank);
	memcpy(w->data + w->n, &digest, sizeof(digest));
	w->n += sizeof(digest);
}

static void put_failure(struct writer *w, const struct attempt_failure *f, int64_t base_us)
{
	if (!f->event_id)
		return;
	put_key(w, &f->key, base_us);
	put_int(w, f->event_id);
	put_int(w, f->code);
}

static bool same_key(const struct order_key *a, const struct order_key *b)
{
	return a->at_us == b->at_us && a->digest == b->digest && a->rank == b->rank;
}

static void put_labels(struct writer *w, const struct attempt *a)
{
	const struct order_key *keys[N_LABELS];
	unsigned index[N_LABELS] = {}, n_keys = 0;

	for (int l = 0; l < N_LABELS; l++) {
		unsigned k = 0;

		if (!a->labels[l])
			continue;
		while (k < n_keys && !same_key(keys[k], &a->label_keys[l]))
			k++;
		if (k == n_keys)
			keys[n_keys++] = &a->label_keys[l];
		index[l] = k + 1;
	}
	put_byte(w, n_keys);
	for (unsigned k = 0; k < n_keys; k++)
		put_key(w, keys[k], a->started_us);
	for (int l = 0; l < N_LABELS; l++)
		put_byte(w, index[l]);
}

static void put_group(struct writer *w, const struct attempt_group *g, int64_t base_us)
{
	put_byte(w, (g->begin_us != ATTEMPT_NEVER ? HAS_BEGIN : 0) |
		    (g->success_us != ATTEMPT_NEVER ? HAS_SUCCESS : 0) |
		    (g->failure.event_id ? HAS_FAILURE : 0) |
		    (g->abortion.event_id ? HAS_ABORTION : 0));
	if (g->begin_us != ATTEMPT_NEVER)
		put_int(w, g->begin_us - base_us);
	if (g->success_us != ATTEMPT_NEVER)
		put_int(w, g->success_us - base_us);
	put_failure(w, &g->failure, base_us);
	put_failure(w, &g->abortion, base_us);
}

int attempt_pack(const struct attempt *a, struct buf *out)
{
	struct writer w = {};

	put_byte(&w, PACK_VERSION);
	put_labels(&w, a);
	for (int g = 0; g < N_GROUPS; g++)
		put_group(&w, &a->groups[g], a->started_us);
	return buf_add(out, w.data, w.n);
}

/* A time, told by how long after @base_us it is. */
static int64_t get_time(struct reading *r, int64_t base_us)
{
	int64_t at_us = 0;

	r->bad |= __builtin_add_overflow(base_us, (int64_t) get_int(r), &at_us);
	return at_us;
}

static void get_key(struct reading *r, struct order_key *k, int64_t base_us)
{
	*k = (struct order_key) { .at_us = get_time(r, base_us) };
	k->rank = (uint8_t) get_byte(r);
	k->digest = get_u64(r);
}

static void get_failure(struct reading *r, struct attempt_failure *f, int64_t base_us)
{
	get_key(r, &f->key, base_us);
	f->event_id = (int64_t) get_int(r);
	f->code = (int64_t) get_int(r);
}

static void get_labels(struct reading *r, struct attempt *a)
{
	struct order_key keys[N_LABELS] = {};
	unsigned n_keys = get_byte(r);

	if (n_keys > N_LABELS) {
		r->bad = true;
		return;
	}
	for (unsigned k = 0; k < n_keys; k++)
		get_key(r, &keys[k], a->started_us);
	for (int l = 0; l < N_LABELS; l++) {
		unsigned index = get_byte(r);

		if (index > n_keys)
			r->bad = true;
		else if (index > 0)
			a->label_keys[l] = keys[index - 1];
	}
}

static void get_group(struct reading *r, struct attempt_group *g, int64_t base_us)
{
	unsigned flags = get_byte(r);

	*g = (struct attempt_group) { ATTEMPT_NEVER, ATTEMPT_NEVER, {}, {} };
	if (flags & HAS_BEGIN)
		g->begin_us = get_time(r, base_us);
	if (flags & HAS_SUCCESS)
		g->success_us = get_time(r, base_us);
	if (flags & HAS_FAILURE)
		get_failure(r, &g->failure, base_us);
	if (flags & HAS_ABORTION)
		get_failure(r, &g->abortion, base_us);
}

int attempt_unpack(struct attempt *a, const void *data, size_t n)
{
	struct reading r = { .data = data, .n = n };

	if (get_byte(&r) != PACK_VERSION)
		return -EUCLEAN;
	get_labels(&r, a);
	for (int g = 0; g < N_GROUPS; g++)
		get_group(&r, &a->groups[g], a->started_us);
	return r.bad || r.at != r.n ? -EUCLEAN : 0;
}
