#pragma once

/*
 * Record: the sessions and participants of the scopes that a batch touched,
 * folded from their marks and written anew. Writer thread only, inside a
 * transaction.
 *
 * Only what can have changed is read: from the session that holds the earliest
 * touched instant on. And only what did change is written, as far as memory
 * goes: most participants of a large session stay as they are.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/session.h"
#include "dialect/dialect.h"
#include "store/stmts.h"
#include "util/arena.h"
#include "util/strmap.h"

enum { RECORD_MAX_DIALECTS = 8 };

/* A session scope with new events. */
struct record_scope {
	int64_t scope;
	const struct dialect *dialect;
	int64_t at_us;		/* its earliest new event */
	bool lost;		/* somebody may be in it no longer: write it anew */
};

struct record {
	struct stmts *stmts;				/* borrowed */
	int64_t idle_us;				/* session_idle */
	sqlite3_stmt *marks[RECORD_MAX_DIALECTS];	/* owned; NULL where a dialect tells none */
	struct strmap index;				/* scope → index */
	struct strmap written;				/* session's row, participant_id → digest of the row */
	struct record_scope *scopes;			/* owned, like marks_read */
	size_t n_scopes, cap_scopes;
	struct record_mark *marks_read;
	size_t n_marks, cap_marks;
	struct arena texts;
	struct session_fold fold;
};

/* Prepare the statements. Returns 0 or a negative errno; record_close() is due either way. */
int record_open(struct record *r, sqlite3 *db, struct stmts *stmts, int64_t idle_us);
void record_close(struct record *r);

/*
 * Note that @scope has an event at @at_us; @lost: that something left it, which
 * only relabelling does. Returns 0 or -ENOMEM.
 */
int record_touch(struct record *r, int64_t scope, const struct dialect *dialect, int64_t at_us, bool lost);

/* Fold and write all that was touched. Returns 0 or a negative errno. */
int record_write(struct record *r);

/* Forget what was touched and written, after a rollback. */
void record_forget(struct record *r);

/* Called between transactions: forget what was written if that is too much to hold. */
void record_trim(struct record *r);
