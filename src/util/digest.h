#pragma once

/*
 * Digest: 64 bits that stand for some content (SipHash-2-4).
 *
 * Where no key is given it is fixed, not drawn, because the digest breaks ties between events of
 * the same instant: two recorders given the same events must agree on it.
 * Pure. Feed it self-delimiting pieces (digest_add_piece) so that "ab","c" and
 * "a","bc" differ.
 */

#include <stddef.h>
#include <stdint.h>

struct digest {
	uint64_t v[4];
	uint64_t tail;		/* bytes not yet mixed in, little end first */
	uint64_t n_bytes;
};

enum { DIGEST_KEY_BYTES = 16 };

void digest_init(struct digest *d);
void digest_init_keyed(struct digest *d, const unsigned char key[static DIGEST_KEY_BYTES]);
void digest_add(struct digest *d, const void *data, size_t n);
void digest_add_u64(struct digest *d, uint64_t x);
void digest_add_piece(struct digest *d, const void *data, size_t n);	/* length, then bytes */
uint64_t digest_done(struct digest *d);

/* The digest of one piece of memory. */
uint64_t digest_of(const void *data, size_t n);
