#pragma once

/* Setting: the named values a view or the next start needs, rows of their own table. */

#include <stdint.h>

#include "store/stmts.h"

/* A value that is not there is 0. Return 0 or a negative errno. */
int setting_get_int(struct stmts *s, const char *name, int64_t *ret);
int setting_put_int(struct stmts *s, const char *name, int64_t value);
int setting_delete(struct stmts *s, const char *name);	/* fine if it is not there */
int setting_put_real(struct stmts *s, const char *name, double value);

/* Up to @size - 1 bytes of a text; "" if it is not there. */
int setting_get_text(struct stmts *s, const char *name, char *ret, size_t size);
int setting_put_text(struct stmts *s, const char *name, const char *value);
