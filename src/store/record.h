#pragma once

/*
 * Record: the sessions and participants of the scopes that events touched.
 * Writer thread only, inside a transaction.
 *
 * Of each scope its attendance is held, from the beginning of its last session
 * on; it is kept with the session's row too, so that a scope that was not heard
 * of for long goes on from there without reading its events again. These are
 * read only where they are few, or where what is kept cannot tell: the beginning
 * of a session has turned out to lie within what was merged, or the row is of an
 * older schema.
 *
 * GetStream's sessions are told from join attempts instead, and from events that
 * have none: they are read again where something left a session, which only
 * relabelling does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attendance.h"
#include "core/session.h"
#include "dialect/dialect.h"
#include "store/intern.h"
#include "store/readback.h"
#include "store/stmts.h"
#include "util/buf.h"
#include "util/strmap.h"

/* From when to when the marks of an event are. */
struct record_span {
	int64_t from_us, until_us;
};

/* A session scope, as far as it is held. */
struct record_scope {
	int64_t scope;
	const struct dialect *dialect;
	const char *name;	/* interned */
	struct attendance attendance;
	size_t n_bytes;		/* that it was counted to take */
	int64_t from_us;	/* the attendance has all marks from here on; INT64_MIN: all there are */
	int64_t session;	/* row of the only session in it; 0: it has none yet */
	uint64_t row_texts;	/* what that row says, in short, but for what changes all the time */
	bool loaded;
	bool anew;		/* its sessions from from_us on are to be written anew */
	bool unmerged;		/* until they are folded it is not known which of its marks are of one session */
	bool touched;
	uint64_t turn;		/* of the record, when it was touched last */
};

struct record {
	struct stmts *stmts;		/* borrowed */
	struct intern *intern;		/* borrowed */
	int64_t idle_us;		/* session_idle */
	struct readback readback, replay;	/* a replay reads within reading */
	struct strmap texts;		/* interned */
	struct strmap index;		/* scope → index */
	struct record_scope *scopes;	/* owned */
	size_t n_scopes, cap_scopes;
	size_t n_bytes;			/* that their attendances take */
	uint64_t turn, swept_turn;	/* counts the calls of record_trim(); the one that last let go of some */
	size_t *touched;		/* owned: indexes */
	size_t n_touched, cap_touched;
	bool urgent;			/* a scope was left: only what is held tells which, so it cannot be replayed */
	/* Of each vendor's events that count as stored: while they are added once more, those that were by now. */
	int64_t last_ids[DIALECTS_MAX];
	struct session_fold fold;
	struct buf shown, sorted;	/* the marks of the scope in hand */
	struct buf packed, name;
};

void record_open(struct record *r, sqlite3 *db, struct stmts *stmts, struct intern *intern, int64_t idle_us);
void record_close(struct record *r);

/*
 * An event was stored in @scope. @new_name: its name, if it is the first of its scope, else NULL.
 * Returns 0 or a negative errno.
 */
int record_add(struct record *r, int64_t scope, const struct event *event, const char *new_name);

/*
 * An attempt in @scope has grown by what the stay tells, or an event without one is in there.
 * Texts are borrowed for the call.
 * Returns 0 or a negative errno.
 */
int record_add_stay(struct record *r, int64_t scope, const struct dialect *dialect, const struct stay *stay);

/* Something has left @scope, or tells of it otherwise: read it anew, and soon. Returns 0 or a negative errno. */
int record_reload(struct record *r, int64_t scope, const struct dialect *dialect);

/* Tell all sessions that rules of ours make anew, and write them. Returns 0 or a negative errno. */
int record_retell(struct record *r);

/* Add the events with this id and later ones once more: what was held of them is lost. Returns 0 or a negative errno. */
int record_replay(struct record *r, int64_t first_event_id);

/* Fold and write all that was touched. Returns 0 or a negative errno. */
int record_write(struct record *r);

/* Is there anything that must be written in this transaction, or too much to hold more of it? */
bool record_is_urgent(struct record *r);

/* Forget all that is held, written or not. */
void record_forget(struct record *r);

/* Called between transactions, with nothing to be written: forget all if too much is held. */
void record_trim(struct record *r);
