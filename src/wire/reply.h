#pragma once

/*
 * Reply: the lines of an answer: rows, the end, an error.
 *
 * Pure. Whatever bytes it is given, what it appends is one valid JSON object a
 * line: bytes that are no UTF-8 become U+FFFD, numbers that JSON cannot say
 * become null. A row in the making notes its first failure and reports it at
 * its end, so that its members need no checking one by one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/macros.h"
#include "wire/scan.h"

/* What a client is told when its request cannot be answered; always names the remedy. */
struct reply_error {
	const char *code;	/* static */
	char message[512];
	char hint[2048];	/* empty: none. Cut if longer */
};

void reply_error_set(struct reply_error *e, const char *code, const char *fmt, ...) _printf_(3, 4);
void reply_error_hint(struct reply_error *e, const char *fmt, ...) _printf_(2, 3);

/* One row in the making. */
struct reply_row {
	struct buf *out;	/* borrowed until the row's end */
	struct buf *columns;	/* NULL, or gets the keys as JSON strings with commas; borrowed */
	struct scan *scan;	/* NULL, or to check JSON with; borrowed */
	size_t begin;		/* where the row starts in out */
	int error;		/* the first failure, 0 or negative errno */
};

void reply_row_begin(struct reply_row *row, struct buf *out, struct buf *columns, struct scan *scan);
void reply_null(struct reply_row *row, const char *key);
void reply_bool(struct reply_row *row, const char *key, bool value);
void reply_int(struct reply_row *row, const char *key, int64_t value);
void reply_real(struct reply_row *row, const char *key, double value);
void reply_text(struct reply_row *row, const char *key, const char *s, size_t n);
void reply_str(struct reply_row *row, const char *key, const char *s);	/* NULL is null */

/* JSON of unknown origin: stands as it is if the scan finds nothing wrong with it, else as a string. */
void reply_json(struct reply_row *row, const char *key, const char *s, size_t n);

/* JSON of our own making. */
void reply_raw(struct reply_row *row, const char *key, const struct buf *json);

/* End the object; @newline too where it is a line of its own. Returns 0 or -ENOMEM (out is as before the row). */
int reply_row_end(struct reply_row *row, bool newline);

/* Append as a quoted JSON string, bytes that are no UTF-8 as U+FFFD. Returns 0 or -ENOMEM. */
int reply_string(struct buf *out, const char *s, size_t n);

/* Which rows of how many an answer holds. */
struct reply_paging {
	int64_t total_count;
	int64_t start_offset;	/* rows before it */
	int64_t end_offset;	/* and with it */
};

/* The last line of an answer. @cursor and @paging may be NULL. Each returns 0 or -ENOMEM. */
int reply_end(struct buf *out, uint64_t n_rows, int64_t limit, const char *cursor, const struct buf *columns,
	      const struct reply_paging *paging);
int reply_error(struct buf *out, const struct reply_error *e);
