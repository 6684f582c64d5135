#pragma once

/* UTF-8 (RFC 3629), for text already known to be valid. Pure. */

#include <stddef.h>

/* How many characters (code points) the @n bytes at @s are. */
static inline size_t utf8_count(const char *s, size_t n)
{
	size_t n_chars = 0;

	for (size_t i = 0; i < n; i++)
		n_chars += ((unsigned char) s[i] & 0xc0) != 0x80;
	return n_chars;
}

/* The longest prefix of @s, @max bytes or less, that does not cut a character. */
static inline size_t utf8_cut(const char *s, size_t n, size_t max)
{
	if (n <= max)
		return n;
	while (max > 0 && ((unsigned char) s[max] & 0xc0) == 0x80)
		max--;
	return max;
}
