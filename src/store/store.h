#pragma once

/*
 * Store: the one writing connection to callmeter.db.
 *
 * Opened by the main thread before the loop runs, then used by the writer
 * thread alone. Knows SQLite; knows no socket and no loop.
 */

#include <stdbool.h>
#include <stdint.h>

#include "dialect/batch.h"
#include "util/buf.h"

struct store;

struct store_options {
	const char *dir;		/* the state directory; must exist */
	int64_t attempt_timeout_ms;	/* an open attempt is abandoned after this; 60,000 */
	int64_t session_idle_ms;	/* a session without an end of its own is over after this; 4 h */
	int64_t quarantine_max_bytes;	/* bodies kept; 64 MiB */
	double hrtc_jitter_scale;	/* makes ms of the jitter HRTC clients tell; 0: 1 */
	double hrtc_loss_scale;		/* makes percent of the loss they tell; 0: 1 */
};

enum {
	STORE_E_IN_USE = 1,	/* another daemon holds this directory */
	STORE_E_NEWER,		/* the file has a schema this program does not know */
	STORE_E_NOT_OURS,	/* the file is a database, but not callmeter's */
};

/* Since the open, but last_event_id. Written by the writer thread; read it when no append runs. */
struct store_stats {
	int64_t last_event_id;
	uint64_t n_commits;
	uint64_t n_stored, n_flagged, n_duplicate, n_rejected;
	uint64_t n_quarantine_dropped;	/* of all time */
	uint64_t quarantine_bytes;
	int64_t last_commit_us;		/* how long the last one took */
	bool behind;			/* sessions are behind the events: append again, be it an empty batch */
};

/*
 * Open (or make) the database, bring its schema up to date, make the views anew.
 *
 * @why is filled with a sentence for people on every failure; owned by the caller.
 * Returns 0, STORE_E_…, or a negative errno.
 */
int store_open(const struct store_options *options, struct store **ret, struct buf *why);
void store_close(struct store *s);	/* NULL is fine */

/*
 * Write a whole batch, or nothing of it, and fill in its items' fates. On 0 all
 * of it is on disk (synchronous=FULL), in the file that has the database's name.
 * Where more is to follow at once (b->more), the sessions may be behind for half
 * a second, as the stats tell then.
 *
 * Returns 0;
 * -ENOSPC disk full, -EBUSY another process holds the write lock, -ENOMEM: nothing was written, try again later;
 * -ESTALE the file was moved, replaced or truncated underneath, -EIO, -EROFS, -EUCLEAN:
 * nothing may be acknowledged any more, end the process.
 */
int store_append(struct store *s, struct batch *b);

const struct store_stats *store_stats(const struct store *s);

/* The database's epoch: changes when a database is made anew. Borrowed for the life of the store. */
const char *store_epoch(const struct store *s);

/* What secrets are hashed with before they come here; made with the database. Borrowed as above. */
enum { STORE_REDACTION_KEY_BYTES = 16 };
const unsigned char *store_redaction_key(const struct store *s);

/* Quarantined rows away: those of ids [first, last]. Returns 0 (and how many) or as store_append(). */
int store_quarantine_drop(struct store *s, int64_t first, int64_t last, int64_t *ret_n);

/*
 * Have SQLite do without what nobody here asks it for (statistics of its memory, which cost a
 * lock at each allocation). Once, before anything of store/ is used; without effect later.
 */
void store_set_up_library(void);

/* A sentence about the SQLite library if it is of the range with the WAL-reset bug, else NULL. */
const char *store_library_warning(void);
