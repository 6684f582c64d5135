#include "util/real.h"

#include <assert.h>
#include <locale.h>
#include <math.h>
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

double real_parse(const char *s)
{
	locale_t before = enter_c_locale();
	double d = strtod(s, NULL);

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
