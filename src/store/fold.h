#pragma once

/*
 * Fold: the join attempts, connections and stage attempts that a batch touches,
 * held in memory while it is written, and written once when it ends.
 *
 * Writer thread only, inside a transaction. What is held stays for later batches
 * (most attempts come in a burst), is bounded, and is dropped with a transaction
 * that rolls back. Rows are named by index, because the arrays may move.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attempt.h"
#include "core/pair.h"
#include "store/stmts.h"
#include "util/buf.h"
#include "util/strmap.h"

enum { N_FOLD_TEXTS = LABEL_CALL_ID + 1 };	/* the first labels: user, call type, call */

/* A ref and its text. */
struct ref_text {
	int64_t ref;			/* 0: none */
	const char *text;
};

struct attempt_row {
	int64_t id, app;
	const char *join_attempt_id;	/* borrowed from the map */
	struct attempt attempt;
	bool written;			/* it has a row, which says: */
	int64_t written_labels[N_LABELS], written_started_us, written_events;
	/* What these of its labels stand for, as far as that is known. Borrowed from fold.texts. */
	struct ref_text texts[N_FOLD_TEXTS];
	bool dirty;
};

struct connect_row {
	int64_t id, app;
	const char *coordinator_connect_id;	/* borrowed from the map */
	int64_t started_us, last_us, n_events;
	struct pair pair;		/* of all its CoordinatorWS events */
	bool written;			/* it has a row, which says: */
	int64_t written_started_us;
	bool dirty;
};

struct stage_row {
	int64_t id, scope;
	const char *stage_id;		/* borrowed from the map */
	bool lifecycle;
	struct pair pair;
	bool written;			/* it has a row */
	bool dirty;
};

struct intern;
struct record;

struct fold {
	struct stmts *stmts;		/* borrowed */
	struct intern *intern;		/* borrowed */
	struct record *record;		/* borrowed: told of the sessions whose attempts changed */
	int64_t timeout_us;		/* attempt_timeout */
	int64_t *last_key;		/* borrowed: the last key of attempts, connections and sessions */
	int64_t last_stage_attempt;
	int64_t last_stage_id_text;	/* up to this one, a UUID may be held as a text; 0: none is */
	struct strmap index;		/* name → index into one of the arrays */
	struct arena texts;
	struct attempt_row *attempts;	/* owned, like the other two */
	struct connect_row *connects;
	struct stage_row *stages;
	size_t n_attempts, cap_attempts;
	size_t n_connects, cap_connects;
	size_t n_stages, cap_stages;
	struct buf scratch;
};

void fold_deinit(struct fold *f);
void fold_forget(struct fold *f);

/* Called between transactions: forget all if too much is held. */
void fold_trim(struct fold *f);

/*
 * Find a row in memory or in its table, or make one. Nothing is written before
 * fold_write(), and of a new row nothing unless an event was added to it. @fresh: the
 * scope has no rows in the table yet.
 *
 * Each returns 0 or a negative errno.
 */
int fold_attempt(struct fold *f, int64_t app, const char *id, size_t n, size_t *ret_index);
int fold_connect(struct fold *f, int64_t app, const char *id, size_t n, size_t *ret_index);
int fold_stage(struct fold *f, int64_t scope, bool fresh, const char *id, size_t n, size_t *ret_index);

#define FOLD_NONE SIZE_MAX

/* Add a stored event to what it belongs to (indexes, or FOLD_NONE). */
void fold_add(struct fold *f, const struct fact *fact, size_t attempt, size_t connect, size_t stage);

/*
 * Note the text of a label that the event just added to the attempt has told, so that it need not
 * be looked up. Returns 0 or -ENOMEM.
 */
int fold_note_text(struct fold *f, size_t attempt, enum label l, const char *text, size_t n);

/* Write all that changed. Returns 0 or a negative errno. */
int fold_write(struct fold *f);
