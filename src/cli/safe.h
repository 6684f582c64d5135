#pragma once

/* Text from elsewhere, made safe to show: a sender must not be able to steer the reader's terminal. */

#include <stdbool.h>
#include <stdio.h>

/* Print @s with each line break as a semicolon, and any other control character (C0, DEL, C1) as a question mark. */
void safe_print(FILE *f, const char *s);

/* A copy of @s, such as it would be printed, which the caller frees; NULL on -ENOMEM. */
char *safe_copy(const char *s);
