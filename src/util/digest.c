#include "util/digest.h"

#include <endian.h>
#include <string.h>

static inline uint64_t rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

static inline void round_once(uint64_t v[static 4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static inline void mix(struct digest *d, uint64_t word)
{
	d->v[3] ^= word;
	round_once(d->v);
	round_once(d->v);
	d->v[0] ^= word;
}

void digest_init_keyed(struct digest *d, const unsigned char key[static DIGEST_KEY_BYTES])
{
	uint64_t k0, k1;

	memcpy(&k0, key, 8);
	memcpy(&k1, key + 8, 8);
	k0 = le64toh(k0);
	k1 = le64toh(k1);
	*d = (struct digest) { .v = {
		k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
		k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573),
	} };
}

void digest_init(struct digest *d)
{
	/* That of SipHash's reference vectors. */
	static const unsigned char key[DIGEST_KEY_BYTES] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	};

	digest_init_keyed(d, key);
}

void digest_add(struct digest *d, const void *data, size_t n)
{
	const unsigned char *p = data;

	while (n > 0 && d->n_bytes % 8 != 0) {
		d->tail |= (uint64_t) *p++ << (8 * (d->n_bytes % 8));
		d->n_bytes++;
		n--;
		if (d->n_bytes % 8 == 0) {
			mix(d, d->tail);
			d->tail = 0;
		}
	}
	for (; n >= 8; n -= 8, p += 8, d->n_bytes += 8) {
		uint64_t word;

		memcpy(&word, p, 8);
		mix(d, le64toh(word));
	}
	for (; n > 0; n--, d->n_bytes++)
		d->tail |= (uint64_t) *p++ << (8 * (d->n_bytes % 8));
}

void digest_add_u64(struct digest *d, uint64_t x)
{
	x = htole64(x);
	digest_add(d, &x, sizeof(x));
}

void digest_add_piece(struct digest *d, const void *data, size_t n)
{
	digest_add_u64(d, n);
	digest_add(d, data, n);
}

uint64_t digest_done(struct digest *d)
{
	mix(d, d->tail | (d->n_bytes & 0xff) << 56);
	d->v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		round_once(d->v);
	return d->v[0] ^ d->v[1] ^ d->v[2] ^ d->v[3];
}

uint64_t digest_of(const void *data, size_t n)
{
	struct digest d;

	digest_init(&d);
	digest_add(&d, data, n);
	return digest_done(&d);
}
