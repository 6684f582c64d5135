#include "util/quantity.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t n;
};

/* Of names that mean the same the first is the one printed; largest last. */
static const struct unit span_units[] = {
	{ "ms", 1 }, { "msec", 1 },
	{ "s", 1000 }, { "sec", 1000 }, { "second", 1000 }, { "seconds", 1000 },
	{ "min", 60000 }, { "m", 60000 }, { "minute", 60000 }, { "minutes", 60000 },
	{ "h", 3600000 }, { "hr", 3600000 }, { "hour", 3600000 }, { "hours", 3600000 },
	{ "d", 86400000 }, { "day", 86400000 }, { "days", 86400000 },
};

static const struct unit size_units[] = {
	{ "", 1 }, { "B", 1 },
	{ "K", 1 << 10 }, { "KB", 1 << 10 }, { "KiB", 1 << 10 },
	{ "M", 1 << 20 }, { "MB", 1 << 20 }, { "MiB", 1 << 20 },
	{ "G", 1 << 30 }, { "GB", 1 << 30 }, { "GiB", 1 << 30 },
};

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

static const struct unit *find_unit(const struct unit *units, size_t n_units, const char *s, size_t n)
{
	for (size_t i = 0; i < n_units; i++) {
		if (strlen(units[i].name) == n && memcmp(units[i].name, s, n) == 0)
			return &units[i];
	}
	return NULL;
}

/* A decimal number: strtod() alone would take hexadecimals, infinities and a locale's comma. */
static int read_number(const char **s, double *ret)
{
	const char *c = *s;
	double x = 0, digit = 1;

	if (!isdigit((unsigned char) *c))
		return QUANTITY_E_BAD;
	for (; isdigit((unsigned char) *c); c++)
		x = x * 10 + (*c - '0');
	if (*c == '.') {
		for (c++; isdigit((unsigned char) *c); c++)
			x += (*c - '0') * (digit /= 10);
	}
	*s = c;
	*ret = x;
	return 0;
}

/* Sums up all "number unit" there are. */
static int read_all(const char *text, const struct unit *units, size_t n_units, const char *bare,
		    int64_t *ret)
{
	const char *s = skip_blanks(text);
	double sum = 0, x;

	do {
		const struct unit *unit;
		size_t n;

		if (read_number(&s, &x) != 0)
			return QUANTITY_E_BAD;
		s = skip_blanks(s);
		for (n = 0; isalpha((unsigned char) s[n]); n++)
			;
		unit = n > 0 ? find_unit(units, n_units, s, n)
			     : find_unit(units, n_units, bare, strlen(bare));
		if (!unit)
			return QUANTITY_E_BAD;
		sum += x * (double) unit->n;
		s = skip_blanks(s + n);
	} while (*s);
	if (sum > (double) (INT64_C(1) << 53))
		return QUANTITY_E_BAD;
	*ret = llround(sum);
	return 0;
}

int quantity_span_ms(const char *text, int64_t *ret_ms)
{
	return read_all(text, span_units, N_ELEMENTS(span_units), "s", ret_ms);
}

int quantity_bytes(const char *text, int64_t *ret_bytes)
{
	return read_all(text, size_units, N_ELEMENTS(size_units), "", ret_bytes);
}

static int print(struct buf *out, int64_t x, const struct unit *units, size_t n_units)
{
	const struct unit *best = &units[0];

	for (size_t i = 1; i < n_units && x > 0; i++) {
		if (units[i].n > best->n && x % units[i].n == 0)
			best = &units[i];
	}
	return buf_printf(out, "%" PRId64 "%s", x / best->n, best->name);
}

int quantity_print_span(struct buf *out, int64_t ms)
{
	return print(out, ms, span_units, N_ELEMENTS(span_units));
}

int quantity_print_bytes(struct buf *out, int64_t bytes)
{
	return print(out, bytes, size_units, N_ELEMENTS(size_units));
}
