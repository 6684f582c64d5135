#include "util/real.h"

#include <assert.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * The C locale for this thread, and the one before it back at scope exit. libc keeps
 * the C locale as a constant: asking for it costs no memory and cannot fail.
 */
static locale_t enter_c_locale(void)
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t) 0);

	assert(c);
	return uselocale(c);
}

/*
 * The usual case, such as 12.2: a whole number below 2^53 and a power of ten up to 10^22 are both
 * exact as doubles, so that their quotient is rounded once and is what strtod() gives.
 */
static bool parse_short(const char *s, double *ret)
{
	static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
	bool negative = *s == '-', point = false;
	size_t n_digits = 0, n_behind = 0;
	int64_t whole = 0;

	for (s += negative; *s; s++) {
		if (*s == '.' && !point) {
			point = true;
			continue;
		}
		if (*s < '0' || *s > '9' || ++n_digits > 15)
			return false;
		whole = 10 * whole + (*s - '0');
		n_behind += point;
	}
	*ret = (double) whole / powers[n_behind];
	if (negative)
		*ret = -*ret;
	return n_digits > 0;
}

double real_parse(const char *s)
{
	locale_t before;
	double d;

	if (parse_short(s, &d))
		return d;
	before = enter_c_locale();
	d = strtod(s, NULL);
	(void) uselocale(before);
	return d;
}

void real_format(double d, char text[static REAL_TEXT_SIZE])
{
	locale_t before = enter_c_locale();

	assert(isfinite(d));
	for (int digits = 15; digits <= 17; digits++) {
		(void) snprintf(text, REAL_TEXT_SIZE, "%.*g", digits, d);
		if (!(strtod(text, NULL) < d) && !(strtod(text, NULL) > d))
			break;
	}
	(void) uselocale(before);
}
