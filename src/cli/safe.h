#pragma once

/* Text from elsewhere, made safe to show: a sender must not be able to steer the reader's terminal. */

#include <stdio.h>

/*
 * Print @s with each line break as a semicolon, and any other control character (C0,
 * DEL, C1) as a question mark.
 */
void safe_print(FILE *f, const char *s);

/* @s as it would be printed. Owned by the caller; NULL on -ENOMEM. */
char *safe_copy(const char *s);
