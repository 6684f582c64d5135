#pragma once

/*
 * Buf: bytes that grow at the end.
 *
 * Pure. Deinit works on a zeroed struct. What it holds is not NUL-terminated
 * unless buf_cstr() is asked for it.
 */

#include <stdarg.h>
#include <stddef.h>

#include "util/macros.h"

struct buf {
	char *data;	/* owned */
	size_t n;	/* bytes held */
	size_t cap;
};

void buf_deinit(struct buf *b);

/* Forget what is held, keep the room; give the room back too if it is above @keep_bytes. */
void buf_reset(struct buf *b, size_t keep_bytes);

/* Make room for @n more bytes behind data + n. Returns 0 or -ENOMEM. */
int buf_reserve(struct buf *b, size_t n);

/* Each returns 0 or -ENOMEM, and then leaves what was held as it was. */
int buf_add(struct buf *b, const void *data, size_t n);
int buf_add_str(struct buf *b, const char *s);
int buf_add_char(struct buf *b, char c);
int buf_printf(struct buf *b, const char *fmt, ...) _printf_(2, 3);

/* The bytes held, NUL-terminated, or NULL on -ENOMEM. Borrowed until the next change. */
const char *buf_cstr(struct buf *b);
