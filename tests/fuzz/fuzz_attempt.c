/*
 * Bytes that stand where a packed attempt should: refused, or an attempt that packs and
 * unpacks to itself, and resolves.
 *
 * The first two bytes say which labels it has, the third when it began.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/attempt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool so)
{
	if (!so)
		abort();
}

/* What the columns of its row would say. */
static void begin(struct attempt *a, const uint8_t *head)
{
	unsigned labels = head[0] | (unsigned) head[1] << 8;

	attempt_init(a);
	for (unsigned l = 0; l < N_LABELS; l++)
		a->labels[l] = labels >> l & 1 ? 1 + l : 0;
	a->started_us = head[2] * INT64_C(1000000000000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf packed = {}, again = {};
	struct attempt_result result;
	struct attempt a;
	int r;

	if (n < 3)
		return 0;
	begin(&a, data);
	r = attempt_unpack(&a, data + 3, n - 3);
	require(r == 0 || r == -EUCLEAN);
	if (r < 0)
		return 0;
	attempt_resolve(&a, 60000000, &result);
	require(result.outcome >= ATTEMPT_JOINED && result.outcome <= ATTEMPT_OPEN);

	require(attempt_pack(&a, &packed) == 0);
	begin(&a, data);
	require(attempt_unpack(&a, packed.data, packed.n) == 0);
	require(attempt_pack(&a, &again) == 0);
	require(packed.n == again.n && memcmp(packed.data, again.data, packed.n) == 0);
	buf_deinit(&packed);
	buf_deinit(&again);
	return 0;
}
