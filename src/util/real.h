#pragma once

/*
 * Real: doubles to and from decimal text, whatever the locale of the process.
 */

/* Read the NUL-terminated number at @s, which is known to be one. Infinite when it does not fit. */
double real_parse(const char *s);

enum { REAL_TEXT_SIZE = 32 };

/* Write finite @d with the fewest of 15 to 17 digits that read back the same. */
void real_format(double d, char text[static REAL_TEXT_SIZE]);
