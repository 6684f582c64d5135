/*
 * The store: a batch becomes one transaction.
 *
 * Each event takes the same way: its names become integers, its row is
 * inserted (or found to be there already), its violations are noted, and what
 * it says is folded into its attempt, connection and stage attempt, whose rows
 * are written once at the end.
 */

#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dialect/dialect.h"
#include "store/dberr.h"
#include "store/dbfile.h"
#include "store/fold.h"
#include "store/insert.h"
#include "store/intern.h"
#include "store/place.h"
#include "store/quarantine.h"
#include "store/record.h"
#include "store/setting.h"
#include "store/stmts.h"
#include "util/clock.h"

/* How long sessions may be behind the events they are of. */
#define RECORD_LAG_US INT64_C(500000)

/* When an event of a batch is inserted. */
struct turn {
	const struct insert *insert;	/* one of the store's inserts */
	int64_t at_s;			/* when it happened */
	struct item *item;
};

struct store {
	struct dbfile file;
	struct stmts stmts;
	struct turn *turns;		/* owned; of the batch in hand */
	size_t cap_turns;
	struct insert inserts[DIALECTS_MAX];
	struct intern intern;
	struct fold fold;
	struct quarantine quarantine;
	struct record record;
	bool behind;			/* the record is, to be written with a later batch */
	bool replay;			/* and what was held for that is lost */
	int64_t behind_since_us;	/* monotonic */
	int64_t last_event_id;		/* as of the transaction in hand, like last_key */
	int64_t last_key;		/* of attempts, connections and sessions */
	int64_t last_received_us;
	struct store_stats stats;
	char epoch[33];
	unsigned char redaction_key[STORE_REDACTION_KEY_BYTES];
};

/* A transaction; rolled back at scope exit unless committed. */
struct txn {
	sqlite3 *db;	/* borrowed; NULL once committed or aborted */
};

static void txn_abort(struct txn *t)
{
	if (t->db && !sqlite3_get_autocommit(t->db))	/* may already be rolled back, after SQLITE_FULL say */
		(void) sqlite3_exec(t->db, "ROLLBACK", NULL, NULL, NULL);
	t->db = NULL;
}

static int txn_begin(struct txn *t, sqlite3 *db)
{
	int r = dberr(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL));

	if (r == 0)
		t->db = db;
	return r;
}

static int txn_commit(struct txn *t)
{
	int r = dberr(sqlite3_exec(t->db, "COMMIT", NULL, NULL, NULL));

	if (r == 0)
		t->db = NULL;
	return r;
}

/* The highest event id of all vendors' tables, so that none is given twice. */
static int load_last_event_id(struct store *s)
{
	int64_t last = 0;
	int r;

	r = setting_get_int(&s->stmts, "last_event_id", &last);
	for (size_t i = 0; r == 0 && i < n_dialects; i++) {
		char sql[128];
		sqlite3_stmt *q;

		(void) snprintf(sql, sizeof(sql), "SELECT max(event_id) FROM %s", dialects[i]->table);
		r = dberr(sqlite3_prepare_v2(s->file.db, sql, -1, &q, NULL));
		if (r < 0)
			return r;
		r = stmt_row(q);
		if (r == 0 && sqlite3_column_int64(q, 0) > last)
			last = sqlite3_column_int64(q, 0);
		(void) sqlite3_finalize(q);
	}
	if (r == 0)
		s->last_event_id = last;
	return r;
}

/* Counters that a transaction moves ahead: read anew at open and after a rollback. */
static int load_counters(struct store *s)
{
	int r = load_last_event_id(s);

	if (r == 0)
		r = stmt_int(&s->stmts, STMT_LAST_KEY, &s->last_key);
	if (r == 0)
		r = stmt_int(&s->stmts, STMT_LAST_STAGE_ATTEMPT, &s->fold.last_stage_attempt);
	if (r == 0)
		r = setting_get_int(&s->stmts, "last_stage_id_text", &s->fold.last_stage_id_text);
	if (r == 0)
		r = stmt_int(&s->stmts, STMT_LAST_RECEIPT, &s->last_received_us);
	if (r == 0)
		r = quarantine_load(&s->quarantine);
	return r;
}

enum { RANDOM_BYTES = 16, RANDOM_TEXT_SIZE = 2 * RANDOM_BYTES + 1 };

/* Random bytes that are drawn once for a database, as hex digits. */
static int get_random(struct store *s, const char *name, char ret[static RANDOM_TEXT_SIZE])
{
	unsigned char random[RANDOM_BYTES];
	int r;

	r = setting_get_text(&s->stmts, name, ret, RANDOM_TEXT_SIZE);
	if (r < 0 || *ret)
		return r;
	if (getrandom(random, sizeof(random), 0) != (ssize_t) sizeof(random))
		return -EIO;
	for (size_t i = 0; i < sizeof(random); i++)
		(void) snprintf(ret + 2 * i, 3, "%02x", random[i]);
	return setting_put_text(&s->stmts, name, ret);
}

static int make_redaction_key(struct store *s)
{
	char text[RANDOM_TEXT_SIZE];
	int r = get_random(s, "redaction_key", text);

	for (size_t i = 0; r == 0 && i < sizeof(s->redaction_key); i++)
		if (sscanf(text + 2 * i, "%2hhx", &s->redaction_key[i]) != 1)
			return -EUCLEAN;
	return r;
}

/* An outcome depends on attempt_timeout: when that changed, every attempt is told anew. */
static int refold_attempts(struct store *s)
{
	sqlite3_stmt *q;
	int r;

	r = dberr(sqlite3_prepare_v2(s->file.db, "SELECT join_attempt_id, app FROM join_attempt", -1, &q, NULL));
	if (r < 0)
		return r;
	for (;;) {
		size_t index;

		r = stmt_row(q);
		if (r != 0)
			break;
		r = fold_attempt(&s->fold, sqlite3_column_int64(q, 1), (const char *) sqlite3_column_text(q, 0),
				 (size_t) sqlite3_column_bytes(q, 0), &index);
		if (r < 0)
			break;
		s->fold.attempts[index].dirty = true;
		r = fold_write(&s->fold);
		if (r < 0)
			break;
		fold_trim(&s->fold);
	}
	(void) sqlite3_finalize(q);
	fold_forget(&s->fold);
	record_forget(&s->record);	/* when somebody joined does not depend on it */
	return r == STMT_E_NO_ROW ? 0 : r;
}

/* The record of sessions was behind when the writer ended, or a transaction took back what was held for it. */
static int replay_record(struct store *s)
{
	int64_t first_event_id;
	int r = setting_get_int(&s->stmts, "record_behind", &first_event_id);

	if (r == 0 && first_event_id > 0)
		r = record_replay(&s->record, first_event_id);
	s->behind = first_event_id > 0;
	return r;
}

/*
 * Sessions and participants change with nearly every event, so while one full
 * batch follows the other they are written once for several: what is written of
 * them would be overwritten a moment later. From which event on they are behind
 * stands in the file, for the next start. What no event tells then, namely which
 * session an attempt has left, is not put off.
 */
static int write_record(struct store *s, int64_t first_event_id, bool more)
{
	int64_t now_us = clock_mono_us();
	int r;

	if (!s->behind)
		s->behind_since_us = now_us;
	if (more && !record_is_urgent(&s->record) && now_us - s->behind_since_us < RECORD_LAG_US) {
		r = s->behind ? 0 : setting_put_int(&s->stmts, "record_behind", first_event_id);
		s->behind = true;
		return r;
	}
	r = record_write(&s->record);
	if (r == 0 && s->behind)
		r = setting_delete(&s->stmts, "record_behind");
	s->behind = false;
	return r;
}

/* The sessions depend on the idle time, and a schema step may have left some that were told by other rules. */
static int retell(struct store *s, const struct store_options *options)
{
	int64_t idle_ms, wanted;
	int r = setting_get_int(&s->stmts, "session_idle_ms", &idle_ms);

	if (r == 0)
		r = setting_get_int(&s->stmts, "retell", &wanted);
	if (r == 0 && (wanted || (idle_ms != 0 && idle_ms != options->session_idle_ms)))
		r = record_retell(&s->record);
	return r == 0 && wanted ? setting_delete(&s->stmts, "retell") : r;
}

static int apply_settings(struct store *s, const struct store_options *options)
{
	_cleanup_(txn_abort) struct txn txn = {};
	int64_t timeout_ms;
	int r;

	r = txn_begin(&txn, s->file.db);
	if (r == 0)
		r = get_random(s, "epoch", s->epoch);
	if (r == 0)
		r = make_redaction_key(s);
	if (r == 0)
		r = setting_get_int(&s->stmts, "attempt_timeout_ms", &timeout_ms);
	if (r == 0 && timeout_ms != 0 && timeout_ms != options->attempt_timeout_ms)
		r = refold_attempts(s);
	if (r == 0)
		r = replay_record(s);
	if (r == 0)
		r = write_record(s, 0, false);
	if (r == 0)
		r = retell(s, options);
	if (r == 0)
		r = setting_put_int(&s->stmts, "attempt_timeout_ms", options->attempt_timeout_ms);
	if (r == 0)
		r = setting_put_int(&s->stmts, "session_idle_ms", options->session_idle_ms);
	if (r == 0)
		r = setting_put_real(&s->stmts, "hrtc_jitter_scale",
				     options->hrtc_jitter_scale > 0 ? options->hrtc_jitter_scale : 1);
	if (r == 0)
		r = setting_put_real(&s->stmts, "hrtc_loss_scale",
				     options->hrtc_loss_scale > 0 ? options->hrtc_loss_scale : 1);
	return r == 0 ? txn_commit(&txn) : r;
}

static int prepare_all(struct store *s)
{
	int r = stmts_open(&s->stmts, s->file.db);

	for (size_t i = 0; r == 0 && i < n_dialects; i++)
		r = insert_prepare(s->file.db, dialects[i], &s->inserts[i]);
	return r;
}

int store_open(const struct store_options *options, struct store **ret, struct buf *why)
{
	struct store *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->intern = (struct intern) { .stmts = &s->stmts, .last_key = &s->last_key };
	s->fold = (struct fold) {
		.stmts = &s->stmts,
		.intern = &s->intern,
		.timeout_us = options->attempt_timeout_ms * 1000,
		.last_key = &s->last_key,
		.record = &s->record,
	};
	s->quarantine = (struct quarantine) {
		.stmts = &s->stmts,
		.max_bytes = options->quarantine_max_bytes,
	};

	r = dbfile_open(&s->file, options->dir, why);
	if (r != 0)
		goto fail;
	s->intern.db = s->file.db;
	r = prepare_all(s);
	if (r == 0)
		record_open(&s->record, s->file.db, &s->stmts, &s->intern, options->session_idle_ms * 1000);
	if (r == 0)
		r = load_counters(s);
	if (r == 0)
		r = apply_settings(s, options);
	if (r == 0)
		r = dbfile_check(&s->file);
	if (r < 0) {
		(void) buf_printf(why, "cannot use %s: %s", s->file.path, sqlite3_errmsg(s->file.db));
		goto fail;
	}
	s->stats.last_event_id = s->last_event_id;
	s->stats.quarantine_bytes = (uint64_t) s->quarantine.n_bytes;
	s->stats.n_quarantine_dropped = (uint64_t) s->quarantine.n_dropped;
	*ret = s;
	return 0;
fail:
	store_close(s);
	return r;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	stmts_close(&s->stmts);
	for (size_t i = 0; i < DIALECTS_MAX; i++)
		insert_close(&s->inserts[i]);
	intern_deinit(&s->intern);
	fold_deinit(&s->fold);
	quarantine_deinit(&s->quarantine);
	record_close(&s->record);
	free(s->turns);
	dbfile_close(&s->file);
	free(s);
}

/* What was held for a transaction that rolled back may never have come to be. */
static int forget(struct store *s)
{
	intern_forget(&s->intern);
	fold_forget(&s->fold);
	record_forget(&s->record);
	s->replay = true;
	return load_counters(s);
}

static int add_violations(struct store *s, const struct event *e, int64_t event_id)
{
	for (size_t i = 0; i < e->n_violations; i++) {
		_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(&s->stmts, STMT_INSERT_VIOLATION);
		const struct violation *v = &e->violations[i];
		int64_t field, rule;
		int r;

		r = intern_dict(&s->intern, v->field, strlen(v->field), &field);
		if (r == 0)
			r = intern_dict(&s->intern, v->rule, strlen(v->rule), &rule);
		if (r < 0)
			return r;
		stmt_bind_ref(q, 1, event_id);
		stmt_bind_ref(q, 2, field);
		stmt_bind_ref(q, 3, rule);
		r = stmt_run(q);
		if (r < 0)
			return r;
	}
	return 0;
}

static const struct insert *insert_of(const struct store *s, const struct dialect *d)
{
	size_t i = 0;

	while (dialects[i] != d)
		i++;
	return &s->inserts[i];
}

static int add_items(struct store *s, const struct insert *insert, const struct event *e, int64_t event_id)
{
	int r = 0;

	for (size_t n = 0; r == 0 && n < e->n_items; n++) {
		int64_t refs[INSERT_MAX_FIELDS];

		r = place_item(&s->intern, e, n, refs);
		if (r == 0)
			r = insert_item(insert, event_id, n, e, refs);
	}
	return r;
}

/* When the events from this one on were received, unless that has been told of the one before; in milliseconds, as it is shown. */
static int note_receipt(struct store *s, int64_t event_id, int64_t received_us)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(&s->stmts, STMT_INSERT_RECEIPT);

	if (received_us / 1000 == s->last_received_us / 1000)
		return 0;
	s->last_received_us = received_us;
	(void) sqlite3_bind_int64(q, 1, event_id);
	(void) sqlite3_bind_int64(q, 2, received_us);
	return stmt_run(q);
}

static int append_event(struct store *s, const struct turn *turn, int64_t received_us)
{
	struct item *item = turn->item;
	const struct event *e = item->event;
	struct insert_head head;
	struct place place;
	int r;

	r = place_find(&s->intern, &s->fold, item, &place);
	if (r < 0)
		return r;
	head = (struct insert_head) {
		.event_id = s->last_event_id + 1,
		.scope = place.scope,
		.origin = place.origin,
	};
	r = insert_run(s->file.db, turn->insert, &head, e, place.refs);
	if (r == INSERT_E_DUPLICATE) {
		item->fate = FATE_DUPLICATE;
		return 0;
	}
	if (r < 0)
		return r;

	item->fate = FATE_STORED;
	s->last_event_id = head.event_id;
	r = note_receipt(s, head.event_id, received_us);
	if (r == 0)
		r = add_items(s, turn->insert, e, head.event_id);
	if (r == 0)
		r = add_violations(s, e, head.event_id);
	return r < 0 ? r : place_fold(&s->intern, &s->fold, &s->record, &place, e, head.event_id);
}

static int append_reject(struct store *s, struct item *item, int64_t received_us)
{
	int64_t app, origin;
	int r;

	r = intern_origin(&s->intern, item->origin, &app, &origin);
	if (r == 0)
		r = quarantine_add(&s->quarantine, item, origin, received_us);
	item->fate = FATE_REJECTED;
	return r;
}

static int compare_turns(const void *a, const void *b)
{
	const struct turn *p = a, *q = b;

	if (p->insert != q->insert)
		return p->insert < q->insert ? -1 : 1;
	if (p->at_s != q->at_s)
		return p->at_s < q->at_s ? -1 : 1;
	return (p->item > q->item) - (p->item < q->item);
}

/*
 * Events are inserted as they came; but where batches are full, vendor by vendor and second by
 * second: so each index is gone through from one end of what changes to the other. Within a
 * second they stay as they came, which has those of one call together.
 */
static int append_events(struct store *s, struct batch *b)
{
	size_t n = 0;
	int r = 0;

	if (b->n_items > s->cap_turns) {
		struct turn *turns = reallocarray(s->turns, b->n_items, sizeof(*turns));

		if (!turns)
			return -ENOMEM;
		s->turns = turns;
		s->cap_turns = b->n_items;
	}
	for (size_t i = 0; i < b->n_items; i++) {
		struct item *item = &b->items[i];

		if (item->kind == ITEM_EVENT)
			s->turns[n++] = (struct turn) {
				.insert = insert_of(s, item->event->dialect),
				.at_s = item->event->at_us / 1000000,
				.item = item,
			};
	}
	if (b->more && n > 1)
		qsort(s->turns, n, sizeof(*s->turns), compare_turns);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = append_event(s, &s->turns[i], b->received_us);
	return r;
}

static int append_all(struct store *s, struct batch *b)
{
	_cleanup_(txn_abort) struct txn txn = {};
	int64_t first_event_id = s->last_event_id + 1;
	int r;

	r = txn_begin(&txn, s->file.db);
	if (r == 0 && s->replay)
		r = replay_record(s);
	if (r == 0)
		r = append_events(s, b);
	for (size_t i = 0; r == 0 && i < b->n_items; i++)
		if (b->items[i].kind == ITEM_REJECT)
			r = append_reject(s, &b->items[i], b->received_us);
	if (r == 0)
		r = fold_write(&s->fold);
	if (r == 0)
		r = write_record(s, first_event_id, b->more);
	s->file.more = b->more;
	if (r == 0)
		r = txn_commit(&txn);
	if (r == 0)
		s->replay = false;
	return r;
}

static void count(struct store *s, const struct batch *b, int64_t commit_us)
{
	struct store_stats *st = &s->stats;

	for (size_t i = 0; i < b->n_items; i++) {
		const struct item *item = &b->items[i];

		st->n_stored += item->fate == FATE_STORED;
		st->n_flagged += item->fate == FATE_STORED && item->event->n_violations > 0;
		st->n_duplicate += item->fate == FATE_DUPLICATE;
		st->n_rejected += item->fate == FATE_REJECTED;
	}
	st->n_commits++;
	st->behind = s->behind;
	st->last_commit_us = commit_us;
	st->last_event_id = s->last_event_id;
	st->quarantine_bytes = (uint64_t) s->quarantine.n_bytes;
	st->n_quarantine_dropped = (uint64_t) s->quarantine.n_dropped;
}

int store_append(struct store *s, struct batch *b)
{
	int64_t began_us = clock_mono_us();
	int r;

	if (b->n_events == 0 && !s->behind && !s->replay)
		return 0;
	intern_trim(&s->intern);
	fold_trim(&s->fold);
	record_trim(&s->record);
	/* Before as well: a log cut short would be whole in length again after the write, with a hole in it. */
	r = dbfile_check(&s->file);
	if (r < 0)
		return r;
	r = append_all(s, b);
	if (r < 0) {
		int r2 = forget(s);

		/* Busy, full or short of memory may pass; counters that cannot be read again are the graver matter. */
		return r2 == 0 || r2 == -EBUSY || r2 == -ENOMEM ? r : r2;
	}
	r = dbfile_check(&s->file);
	if (r == 0)
		count(s, b, clock_mono_us() - began_us);
	return r;
}

int store_quarantine_drop(struct store *s, int64_t first, int64_t last, int64_t *ret_n)
{
	_cleanup_(txn_abort) struct txn txn = {};
	int r;

	r = txn_begin(&txn, s->file.db);
	if (r == 0)
		r = quarantine_drop(&s->quarantine, first, last);
	if (r < 0)
		return r;
	*ret_n = sqlite3_changes64(s->file.db);
	r = txn_commit(&txn);
	s->stats.quarantine_bytes = (uint64_t) s->quarantine.n_bytes;
	return r;
}

const struct store_stats *store_stats(const struct store *s)
{
	return &s->stats;
}

const char *store_epoch(const struct store *s)
{
	return s->epoch;
}

const unsigned char *store_redaction_key(const struct store *s)
{
	return s->redaction_key;
}

void store_set_up_library(void)
{
	(void) sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

const char *store_library_warning(void)
{
	int v = sqlite3_libversion_number();

	if (v < 3007000 || v >= 3051003)
		return NULL;
	return "this SQLite can lose commits when a second connection checkpoints "
	       "(sqlite.org/wal.html#walresetbug); open the database read-only everywhere else";
}
