#include "cli/safe.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What is shown instead of the character at @s, of *ret_n bytes; NULL: that itself. */
static const char *sign_for(const char *s, size_t *ret_n)
{
	unsigned char c = (unsigned char) *s;
	bool c1 = c == 0xc2 && ((unsigned char) s[1] & 0xe0) == 0x80;	/* U+0080 to U+009F */

	*ret_n = c1 ? 2 : 1;
	if (c == '\n')
		return "; ";
	return c < 0x20 || c == 0x7f || c1 ? "?" : NULL;
}

void safe_print(FILE *f, const char *s)
{
	size_t n;

	for (; *s; s += n) {
		const char *sign = sign_for(s, &n);

		if (sign)
			fputs(sign, f);
		else
			fputc(*s, f);
	}
}

char *safe_copy(const char *s)
{
	char *copy = malloc(2 * strlen(s) + 1), *p = copy;
	size_t n;

	if (!copy)
		return NULL;
	for (; *s; s += n) {
		const char *sign = sign_for(s, &n);

		if (sign)
			p = stpcpy(p, sign);
		else
			*p++ = *s;
	}
	*p = '\0';
	return copy;
}
