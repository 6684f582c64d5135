#pragma once

/*
 * Reader: a read-only connection that answers one question at a time.
 *
 * Any thread, one at a time. Opened at its first question and kept, with its
 * statements; opened anew when another file has the database's name. It can
 * neither write nor checkpoint.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/ask.h"
#include "util/buf.h"
#include "wire/reply.h"

enum {
	READER_E_FAILED = 1,	/* told in the reply_error */
	READER_E_CANCELLED,	/* nobody wants the answer any more */
};

struct reader;

/* @path is copied. Returns 0 or -ENOMEM. */
int reader_new(const char *path, struct reader **ret);
void reader_free(struct reader *rd);	/* NULL is fine */

/* SQLite's own version. Static. */
const char *reader_library_version(void);

/* What holds for one question. */
struct reader_terms {
	int64_t timeout_us;
	const atomic_bool *cancelled;	/* looked at now and then; may be set by any thread */
};

/*
 * Append the whole answer, rows and end, to @out; nothing of it on failure. An
 * answer longer than LIMIT_REPLY_BYTES ends early, with a cursor.
 *
 * Returns 0, READER_E_…, or -ENOMEM.
 */
int reader_answer(struct reader *rd, const struct ask *a, const struct reader_terms *terms, struct buf *out,
		  struct reply_error *e);

/*
 * Append the events behind *@after up to @last that @a asks for, LIMIT_FOLLOW_ROWS
 * and LIMIT_REPLY_BYTES at most, each with its cursor, and move *@after on to the
 * last that was looked at. Returns as reader_answer().
 */
int reader_follow(struct reader *rd, const struct ask *a, const struct reader_terms *terms, const char *epoch,
		  int64_t *after, int64_t last, struct buf *out, struct reply_error *e);

/*
 * Append a page of an export, rows and end, to @out: the events behind a->offset up
 * to a->last that @a asks for, of all dialects, in the order of their ids. Its
 * cursor is there as long as the last has not been looked at. Returns as reader_answer().
 */
int reader_export(struct reader *rd, const struct ask *a, const struct reader_terms *terms, struct buf *out,
		  struct reply_error *e);
