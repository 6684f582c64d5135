#include "store/quantile.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/macros.h"

enum {
	SUB_BITS = 6,			/* of the mantissa: 64 buckets to an octave, half a bucket is 0.8 % */
	SUB_BUCKETS = 1 << SUB_BITS,
	MOST_EXPONENT = 63,		/* what is larger counts as the largest there */
};

#define LEAST_VALUE 0x1p-20		/* what is smaller is as good as 0 */

struct histogram {
	uint64_t n;		/* values counted, n_zero of them in no bucket */
	uint64_t n_zero;
	uint32_t *counts;	/* owned; octaves [first, first + n_octaves) of SUB_BUCKETS each */
	int first, n_octaves;
	double least, most;
	double q;
	bool reals;		/* some value was not an integer */
};

/* Widen the range of octaves held so that it has @octave. */
static int widen(struct histogram *h, int octave)
{
	int first = h->n_octaves ? MIN_OF(h->first, octave) : octave;
	int last = h->n_octaves ? MAX_OF(h->first + h->n_octaves - 1, octave) : octave;
	size_t n = (size_t) (last - first + 1) * SUB_BUCKETS;
	uint32_t *counts;

	counts = calloc(n, sizeof(*counts));
	if (!counts)
		return -ENOMEM;
	if (h->n_octaves > 0)
		memcpy(counts + (size_t) (h->first - first) * SUB_BUCKETS, h->counts,
		       (size_t) h->n_octaves * SUB_BUCKETS * sizeof(*counts));
	free(h->counts);
	h->counts = counts;
	h->first = first;
	h->n_octaves = last - first + 1;
	return 0;
}

/* The octave is the exponent of x, the bucket within it the top of its mantissa: both are bits of the double. */
static int count(struct histogram *h, double x)
{
	uint64_t bits;
	uint32_t *c;
	int octave;

	memcpy(&bits, &x, sizeof(bits));
	octave = (int) (bits >> 52) - 1023;
	if (octave > MOST_EXPONENT) {
		octave = MOST_EXPONENT;
		bits = UINT64_MAX;
	}
	/* Unsigned, so that an octave before the first is out of range too. */
	if ((unsigned) (octave - h->first) >= (unsigned) h->n_octaves && widen(h, octave) < 0)
		return -ENOMEM;
	c = &h->counts[(size_t) (octave - h->first) * SUB_BUCKETS + ((bits >> (52 - SUB_BITS)) & (SUB_BUCKETS - 1))];
	*c += *c < UINT32_MAX;
	return 0;
}

static void step(sqlite3_context *ctx, int argc _unused_, sqlite3_value **argv)
{
	int type = sqlite3_value_numeric_type(argv[0]);
	struct histogram *h;
	double x;

	if (type != SQLITE_INTEGER && type != SQLITE_FLOAT)
		return;
	h = sqlite3_aggregate_context(ctx, sizeof(*h));
	if (!h) {
		sqlite3_result_error_nomem(ctx);
		return;
	}

	x = sqlite3_value_double(argv[0]);
	if (x < 0)
		x = 0;
	if (h->n == 0) {
		int q_type = sqlite3_value_numeric_type(argv[1]);

		h->q = sqlite3_value_double(argv[1]);
		if ((q_type != SQLITE_INTEGER && q_type != SQLITE_FLOAT) || !(h->q >= 0 && h->q <= 1)) {
			sqlite3_result_error(ctx, "quantile: q is not from 0 to 1", -1);
			return;
		}
		h->least = h->most = x;
	}
	h->reals |= type == SQLITE_FLOAT;
	h->least = x < h->least ? x : h->least;
	h->most = x > h->most ? x : h->most;
	h->n++;
	if (x < LEAST_VALUE)
		h->n_zero++;
	else if (count(h, x) < 0)
		sqlite3_result_error_nomem(ctx);
}

/* The middle of bucket @i; of the integers in it, where all values are integers. */
static double bucket_middle(const struct histogram *h, size_t i)
{
	int octave = h->first + (int) (i / SUB_BUCKETS);
	double width = ldexp(1.0, octave - SUB_BITS);
	double low = ldexp(1.0, octave) + (double) (i % SUB_BUCKETS) * width;

	if (h->reals)
		return low + width / 2;
	return width > 1 ? floor(low + (width - 1) / 2) : low;
}

/* The value whose rank is the first at or above q × n. */
static double value_at(const struct histogram *h)
{
	uint64_t rank = (uint64_t) ceil(h->q * (double) h->n), seen = h->n_zero;
	double x = 0;

	if (rank <= 1)
		return h->least;
	if (rank >= h->n)
		return h->most;
	for (size_t i = 0; seen < rank && i < (size_t) h->n_octaves * SUB_BUCKETS; i++) {
		seen += h->counts[i];
		if (seen >= rank)
			x = bucket_middle(h, i);
	}
	return x < h->least ? h->least : x > h->most ? h->most : x;
}

static void final(sqlite3_context *ctx)
{
	struct histogram *h = sqlite3_aggregate_context(ctx, 0);

	if (!h || h->n == 0)
		return;
	if (h->reals)
		sqlite3_result_double(ctx, value_at(h));
	else
		sqlite3_result_int64(ctx, (sqlite3_int64) value_at(h));
	free(h->counts);
	h->counts = NULL;
}

int quantile_register(sqlite3 *db)
{
	int rc = sqlite3_create_function_v2(db, "quantile", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
					    NULL, NULL, step, final, NULL);

	return rc == SQLITE_OK ? 0 : -ENOMEM;
}
