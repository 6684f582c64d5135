#include "util/uuid.h"

enum { TEXT_BYTES = 36 };

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int uuid_parse(const char *s, size_t n, unsigned char ret[static UUID_BYTES])
{
	unsigned char bytes[UUID_BYTES];
	size_t n_bytes = 0;

	if (n != TEXT_BYTES)
		return UUID_E_NOT;
	for (size_t i = 0; i < n;) {
		int high, low;

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (s[i++] != '-')
				return UUID_E_NOT;
			continue;
		}
		high = digit(s[i]);
		low = digit(s[i + 1]);
		if (high < 0 || low < 0)
			return UUID_E_NOT;
		bytes[n_bytes++] = (unsigned char) (high << 4 | low);
		i += 2;
	}
	for (size_t i = 0; i < UUID_BYTES; i++)
		ret[i] = bytes[i];
	return 0;
}
