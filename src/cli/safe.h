#pragma once

/* Text from elsewhere, made safe to show: a sender must not be able to steer the reader's terminal. */

#include <stdio.h>

/* Print @s with each control character (C0, DEL, C1) as a question mark. */
void safe_print(FILE *f, const char *s);
