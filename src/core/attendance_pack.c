/*
 * Attendance as bytes: texts once each, then the marks in their order.
 *
 *   version · n texts · (length · bytes) … · base_us (8 bytes) · n marks · marks
 *   mark: varint from_us - that of the one before · varint at_us - from_us ·
 *         kind and flags · rank · varint n_events · what the flags announce
 *
 * Numbers are little end first.
 */

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "core/attendance.h"
#include "core/packed.h"
#include "util/timestamp.h"

enum { PACK_VERSION = 1 };

#define MAX_EVENTS (INT64_C(1) << 40)	/* of a mark */

/* Above the kind. */
enum {
	KIND_MASK = 7,
	CREATES = 8,
	HAS_TIE = 16,		/* 8 bytes; merged marks have none */
	HAS_LOCAL = 32,		/* 1 byte */
	HAS_TIMES = 64,		/* varints, started_us + 1 and ended_us + 1, 0 where not told */
	HAS_TEXTS = 128,	/* varint of bits, then a varint a bit: which text */
};

static int put_byte(struct buf *out, unsigned b)
{
	return buf_add_char(out, (char) b);
}

static int put_int(struct buf *out, uint64_t x)
{
	int r = 0;

	for (; r == 0 && x >= 0x80; x >>= 7)
		r = put_byte(out, (unsigned) (x & 0x7f) | 0x80);
	return r == 0 ? put_byte(out, (unsigned) x) : r;
}

static int put_u64(struct buf *out, uint64_t x)
{
	x = htole64(x);
	return buf_add(out, &x, sizeof(x));
}

/* Texts, numbered as they come. */
static int put_texts(const struct mark *const *marks, size_t n_marks, struct ptrmap *numbers, struct buf *out)
{
	_cleanup_(buf_deinit) struct buf texts = {};
	uint32_t n = 0;
	int r = 0;

	for (size_t i = 0; i < n_marks; i++)
		for (int t = 0; r == 0 && t < N_MARK_TEXTS; t++) {
			const char *text = marks[i]->texts[t];
			uint32_t number;

			if (!text || ptrmap_get(numbers, text, &number) == 0)
				continue;
			r = ptrmap_put(numbers, text, n++);
			if (r == 0)
				r = put_int(&texts, strlen(text));
			if (r == 0)
				r = buf_add_str(&texts, text);
		}
	if (r == 0)
		r = put_int(out, n);
	return r == 0 ? buf_add(out, texts.data, texts.n) : r;
}

static int put_text_numbers(const struct mark *m, unsigned bits, const struct ptrmap *numbers, struct buf *out)
{
	int r = put_int(out, bits);

	for (; r == 0 && bits; bits &= bits - 1) {
		uint32_t number = 0;

		(void) ptrmap_get(numbers, m->texts[__builtin_ctz(bits)], &number);
		r = put_int(out, number);
	}
	return r;
}

static uint64_t told(int64_t us)
{
	return us == MARK_UNTOLD ? 0 : (uint64_t) us + 1;
}

static int put_mark(const struct mark *m, int64_t before_us, const struct ptrmap *numbers, struct buf *out)
{
	bool times = m->session_started_us != MARK_UNTOLD || m->session_ended_us != MARK_UNTOLD;
	unsigned bits = 0;
	int r;

	for (int t = 0; t < N_MARK_TEXTS; t++)
		bits |= m->texts[t] ? 1u << t : 0;
	r = put_int(out, (uint64_t) (m->from_us - before_us));
	if (r == 0)
		r = put_int(out, (uint64_t) (m->at_us - m->from_us));
	if (r == 0)
		r = put_byte(out, m->kind | (m->creates ? CREATES : 0u) | (!m->merged ? HAS_TIE : 0u) |
				  (m->is_local >= 0 ? HAS_LOCAL : 0u) | (times ? HAS_TIMES : 0u) |
				  (bits ? HAS_TEXTS : 0u));
	if (r == 0)
		r = put_byte(out, m->rank);
	if (r == 0)
		r = put_int(out, (uint64_t) m->n_events);
	if (r == 0 && !m->merged)
		r = put_u64(out, m->tie);
	if (r == 0 && m->is_local >= 0)
		r = put_byte(out, (unsigned) m->is_local);
	if (r == 0 && times)
		r = put_int(out, told(m->session_started_us));
	if (r == 0 && times)
		r = put_int(out, told(m->session_ended_us));
	return r == 0 && bits ? put_text_numbers(m, bits, numbers, out) : r;
}

int attendance_pack(const struct mark *const *marks, size_t n_marks, struct buf *out)
{
	struct ptrmap numbers = {};
	int64_t before_us = n_marks > 0 ? marks[0]->from_us : 0;
	int r;

	r = put_byte(out, PACK_VERSION);
	if (r == 0)
		r = put_texts(marks, n_marks, &numbers, out);
	if (r == 0)
		r = put_u64(out, (uint64_t) before_us);
	if (r == 0)
		r = put_int(out, n_marks);
	for (size_t i = 0; r == 0 && i < n_marks; i++) {
		r = put_mark(marks[i], before_us, &numbers, out);
		before_us = marks[i]->from_us;
	}
	ptrmap_deinit(&numbers);
	return r;
}

/* A number up to @max. */
static int64_t get_up_to(struct reading *r, int64_t max)
{
	uint64_t x = get_int(r);

	if (x <= (uint64_t) max)
		return (int64_t) x;
	r->bad = true;
	return 0;
}

/* Times are those of events, in their order, so that nothing reckoned from them overflows. */
static int64_t get_time_after(struct reading *r, int64_t before_us)
{
	return before_us + get_up_to(r, TIMESTAMP_MAX_US - before_us);
}

static int64_t get_told(struct reading *r)
{
	int64_t x = get_up_to(r, TIMESTAMP_MAX_US + 1);

	return x == 0 ? MARK_UNTOLD : x - 1;
}

static int64_t get_base(struct reading *r)
{
	uint64_t us = get_u64(r);

	if (us <= (uint64_t) TIMESTAMP_MAX_US)
		return (int64_t) us;
	r->bad = true;
	return 0;
}

/* Pointers to the texts, into @out. */
static int get_texts(struct reading *r, const struct attendance_texts *texts, struct buf *out)
{
	uint64_t n = get_int(r);

	for (uint64_t i = 0; i < n && !r->bad; i++) {
		uint64_t n_text = get_int(r);
		const char *interned;
		int e;

		if (n_text > r->n - r->at) {
			r->bad = true;
			break;
		}
		interned = texts->intern(texts->user, (const char *) r->data + r->at, n_text);
		if (!interned)
			return -ENOMEM;
		r->at += n_text;
		e = buf_add(out, &interned, sizeof(interned));
		if (e < 0)
			return e;
	}
	return 0;
}

static void get_mark(struct reading *r, int64_t before_us, const char *const *texts, size_t n_texts, struct mark *m)
{
	unsigned flags, bits;

	*m = (struct mark) {
		.is_local = -1, .session_started_us = MARK_UNTOLD, .session_ended_us = MARK_UNTOLD,
	};
	m->from_us = get_time_after(r, before_us);
	m->at_us = get_time_after(r, m->from_us);
	flags = get_byte(r);
	m->kind = flags & KIND_MASK;
	r->bad |= m->kind >= N_MARK_KINDS;
	m->creates = flags & CREATES;
	m->rank = (uint8_t) get_byte(r);
	m->n_events = get_up_to(r, MAX_EVENTS);
	m->merged = !(flags & HAS_TIE);
	if (!m->merged)
		m->tie = get_u64(r);
	if (flags & HAS_LOCAL)
		m->is_local = get_byte(r) != 0;
	if (flags & HAS_TIMES) {
		m->session_started_us = get_told(r);
		m->session_ended_us = get_told(r);
	}
	bits = flags & HAS_TEXTS ? (unsigned) get_int(r) : 0;
	for (; bits && !r->bad; bits &= bits - 1) {
		int t = __builtin_ctz(bits);
		uint64_t number = get_int(r);

		if (t >= N_MARK_TEXTS || number >= n_texts)
			r->bad = true;
		else
			m->texts[t] = texts[number];
	}
}

int attendance_unpack(struct attendance *a, const void *data, size_t n, const struct attendance_texts *texts)
{
	struct reading r = { .data = data, .n = n };
	_cleanup_(buf_deinit) struct buf interned = {};
	int64_t before_us;
	uint64_t n_marks;
	int e;

	if (get_byte(&r) != PACK_VERSION)
		return -EUCLEAN;
	e = get_texts(&r, texts, &interned);
	if (e < 0)
		return e;
	before_us = get_base(&r);
	n_marks = get_int(&r);
	if (n_marks > r.n - r.at)	/* none takes less than a byte */
		return -EUCLEAN;
	e = attendance_reserve(a, n_marks);
	if (e < 0)
		return e;
	for (uint64_t i = 0; i < n_marks && !r.bad; i++) {
		struct mark m;

		get_mark(&r, before_us, (const char *const *) (void *) interned.data,
			 interned.n / sizeof(const char *), &m);
		before_us = m.from_us;
		if (!r.bad)
			e = attendance_add_kept(a, &m);
		if (e < 0)
			return e;
	}
	return r.bad || r.at != r.n ? -EUCLEAN : 0;
}
