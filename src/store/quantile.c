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
	bool reals;		/* some value was not an integer */
};

struct quantile {
	struct histogram of;
	double q;
};

enum { SPREAD_MAX_LIMITS = 4 };

struct spread {
	struct histogram of;
	double sum, least, most;	/* as they are, below 0 too */
	double limits[SPREAD_MAX_LIMITS];
	size_t n_limits;
	uint64_t at_least[SPREAD_MAX_LIMITS];
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

static bool is_number(sqlite3_value *v)
{
	int type = sqlite3_value_numeric_type(v);

	return type == SQLITE_INTEGER || type == SQLITE_FLOAT;
}

static int add(struct histogram *h, sqlite3_value *v)
{
	double x = sqlite3_value_double(v);

	if (x < 0)
		x = 0;
	h->reals |= sqlite3_value_numeric_type(v) == SQLITE_FLOAT;
	h->least = h->n > 0 && h->least < x ? h->least : x;
	h->most = h->n > 0 && h->most > x ? h->most : x;
	h->n++;
	if (x >= LEAST_VALUE)
		return count(h, x);
	h->n_zero++;
	return 0;
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
static double value_at(const struct histogram *h, double q)
{
	uint64_t rank = (uint64_t) ceil(q * (double) h->n), seen = h->n_zero;
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

/* What the group has so far, of @n_bytes and zeroed at first; NULL where @x adds nothing, or no memory is left. */
static void *group_to_add_to(sqlite3_context *ctx, sqlite3_value *x, int n_bytes)
{
	void *all = is_number(x) ? sqlite3_aggregate_context(ctx, n_bytes) : NULL;

	if (!all && is_number(x))
		sqlite3_result_error_nomem(ctx);
	return all;
}

static void release(struct histogram *h)
{
	free(h->counts);
	h->counts = NULL;
}

static void step_quantile(sqlite3_context *ctx, int argc _unused_, sqlite3_value **argv)
{
	struct quantile *all = group_to_add_to(ctx, argv[0], sizeof(*all));

	if (!all)
		return;
	if (all->of.n == 0) {
		all->q = sqlite3_value_double(argv[1]);
		if (!is_number(argv[1]) || !(all->q >= 0 && all->q <= 1)) {
			sqlite3_result_error(ctx, "quantile: q is not from 0 to 1", -1);
			return;
		}
	}
	if (add(&all->of, argv[0]) < 0)
		sqlite3_result_error_nomem(ctx);
}

static void end_quantile(sqlite3_context *ctx)
{
	struct quantile *all = sqlite3_aggregate_context(ctx, 0);

	if (!all || all->of.n == 0)
		return;
	if (all->of.reals)
		sqlite3_result_double(ctx, value_at(&all->of, all->q));
	else
		sqlite3_result_int64(ctx, (sqlite3_int64) value_at(&all->of, all->q));
	release(&all->of);
}

static void step_spread(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	struct spread *all;
	double x;

	if (argc < 1 || argc > 1 + SPREAD_MAX_LIMITS) {
		sqlite3_result_error(ctx, "spread: takes a number and up to 4 limits", -1);
		return;
	}
	all = group_to_add_to(ctx, argv[0], sizeof(*all));
	if (!all)
		return;
	x = sqlite3_value_double(argv[0]);
	if (all->of.n == 0) {
		all->least = all->most = x;
		for (int i = 1; i < argc; i++)
			all->limits[all->n_limits++] = sqlite3_value_double(argv[i]);
	}
	all->sum += x;
	all->least = x < all->least ? x : all->least;
	all->most = x > all->most ? x : all->most;
	for (size_t i = 0; i < all->n_limits; i++)
		all->at_least[i] += x >= all->limits[i];
	if (add(&all->of, argv[0]) < 0)
		sqlite3_result_error_nomem(ctx);
}

/* JSON has no infinity, but SQLite reads what is too large for a double as one. */
static void put_number(sqlite3_str *text, const char *before, double x)
{
	sqlite3_str_appendall(text, before);
	if (isfinite(x))
		sqlite3_str_appendf(text, "%!.17g", x);
	else
		sqlite3_str_appendall(text, x > 0 ? "9e999" : "-9e999");
}

static void end_spread(sqlite3_context *ctx)
{
	struct spread *all = sqlite3_aggregate_context(ctx, 0);
	const double n = all ? (double) all->of.n : 0;
	sqlite3_str *text;

	if (n == 0)
		return;
	text = sqlite3_str_new(NULL);
	sqlite3_str_appendf(text, "{\"n\":%lld", (sqlite3_int64) all->of.n);
	put_number(text, ",\"avg\":", all->sum / n);
	put_number(text, ",\"min\":", all->least);
	put_number(text, ",\"max\":", all->most);
	put_number(text, ",\"p50\":", value_at(&all->of, 0.50));
	put_number(text, ",\"p75\":", value_at(&all->of, 0.75));
	put_number(text, ",\"p90\":", value_at(&all->of, 0.90));
	put_number(text, ",\"p95\":", value_at(&all->of, 0.95));
	for (size_t i = 0; i < all->n_limits; i++)
		put_number(text, i > 0 ? "," : ",\"at_least\":[", (double) all->at_least[i] / n);
	sqlite3_str_appendall(text, all->n_limits > 0 ? "]}" : "}");
	release(&all->of);
	if (sqlite3_str_errcode(text) == SQLITE_OK) {
		sqlite3_result_text(ctx, sqlite3_str_finish(text), -1, sqlite3_free);
		return;
	}
	sqlite3_free(sqlite3_str_finish(text));
	sqlite3_result_error_nomem(ctx);
}

int quantile_register(sqlite3 *db)
{
	static const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
	int rc = sqlite3_create_function_v2(db, "quantile", 2, flags, NULL, NULL, step_quantile, end_quantile, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_create_function_v2(db, "spread", -1, flags, NULL, NULL, step_spread, end_spread, NULL);
	return rc == SQLITE_OK ? 0 : -ENOMEM;
}
