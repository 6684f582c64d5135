#pragma once

/*
 * Packed: reading the bytes that folds are kept as. Reading past the end gives
 * zeros and is remembered, so that a reader looks once, when it is done.
 */

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct reading {
	const unsigned char *data;	/* borrowed */
	size_t n, at;
	bool bad;
};

static inline unsigned get_byte(struct reading *r)
{
	if (r->at >= r->n) {
		r->bad = true;
		return 0;
	}
	return r->data[r->at++];
}

/* A varint: seven bits a byte, the low ones first. */
static inline uint64_t get_int(struct reading *r)
{
	uint64_t x = 0;
	unsigned b;

	for (int shift = 0; shift < 64; shift += 7) {
		b = get_byte(r);
		x |= (uint64_t) (b & 0x7f) << shift;
		if (b < 0x80)
			return x;
	}
	r->bad = true;
	return 0;
}

/* Eight bytes, little end first. */
static inline uint64_t get_u64(struct reading *r)
{
	uint64_t x = 0;

	if (r->n - r->at < sizeof(x)) {
		r->bad = true;
		return 0;
	}
	memcpy(&x, r->data + r->at, sizeof(x));
	r->at += sizeof(x);
	return le64toh(x);
}
