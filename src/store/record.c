/* Which scopes are held, and what is added to them. */

#include "store/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dialect/stream.h"
#include "store/record_scope.h"
#include "util/grow.h"

enum {
	/* Held between batches; one batch may add its own. */
	RECORD_MAX_SCOPES = 8 * 1024,
	RECORD_MAX_BYTES = 16 * 1024 * 1024,	/* of attendances */
	RECORD_MAX_TEXT_BYTES = 2 * 1024 * 1024,
};

static void count_as_stored(struct record *rec, int64_t last_id)
{
	for (size_t i = 0; i < DIALECTS_MAX; i++)
		rec->last_ids[i] = last_id;
}

void record_open(struct record *rec, sqlite3 *db, struct stmts *stmts, struct intern *intern, int64_t idle_us)
{
	*rec = (struct record) {
		.stmts = stmts, .intern = intern, .idle_us = idle_us, .readback = { .db = db }, .replay = { .db = db },
	};
	count_as_stored(rec, INT64_MAX);
}

void record_forget(struct record *rec)
{
	for (size_t i = 0; i < rec->n_scopes; i++)
		attendance_deinit(&rec->scopes[i].attendance);
	rec->n_scopes = 0;
	rec->n_touched = 0;
	rec->urgent = false;
	rec->n_bytes = 0;
	strmap_clear(&rec->index);
	strmap_clear(&rec->texts);
}

void record_close(struct record *rec)
{
	record_forget(rec);
	readback_close(&rec->readback);
	readback_close(&rec->replay);
	strmap_deinit(&rec->texts);
	strmap_deinit(&rec->index);
	free(rec->scopes);
	free(rec->touched);
	session_fold_deinit(&rec->fold);
	buf_deinit(&rec->shown);
	buf_deinit(&rec->sorted);
	buf_deinit(&rec->packed);
	buf_deinit(&rec->name);
	*rec = (struct record) {};
}

/* The one pointer that stands for this text. The map's value is the pointer to its own key. */
static const char *intern(void *user, const char *s, size_t n)
{
	struct record *rec = user;
	int64_t *have = strmap_get(&rec->texts, s, n);
	const char *key;

	if (have)
		return (const char *) (intptr_t) *have;
	if (strmap_put(&rec->texts, s, n, 0, &key) < 0)
		return NULL;
	*strmap_get(&rec->texts, s, n) = (int64_t) (intptr_t) key;
	return key;
}

struct attendance_texts record_texts(struct record *rec)
{
	return (struct attendance_texts) { .intern = intern, .user = rec };
}

/* Count what the scope takes now. */
static void count(struct record *rec, struct record_scope *st)
{
	size_t n = attendance_bytes(&st->attendance);

	rec->n_bytes += n - st->n_bytes;
	st->n_bytes = n;
}

/* Whether more is held than so many eighths of what may be. */
static bool is_too_much(const struct record *rec, size_t eighths)
{
	return rec->n_scopes > RECORD_MAX_SCOPES / 8 * eighths || rec->n_bytes > RECORD_MAX_BYTES / 8 * eighths ||
	       rec->texts.keys.n_bytes > RECORD_MAX_TEXT_BYTES / 8 * eighths;
}

bool record_is_urgent(struct record *rec)
{
	return rec->urgent || is_too_much(rec, 8);
}

/* Let go of all scopes that were not touched since the last time, and of their texts. Returns 0 or -ENOMEM. */
static int sweep(struct record *rec)
{
	struct strmap old = rec->texts;
	size_t n = 0;
	int r = 0;

	rec->texts = (struct strmap) {};
	strmap_clear(&rec->index);
	for (size_t i = 0; i < rec->n_scopes; i++) {
		struct record_scope *st = &rec->scopes[i];
		const struct attendance_texts texts = record_texts(rec);

		if (r < 0 || st->turn <= rec->swept_turn || !st->loaded) {
			attendance_deinit(&st->attendance);
			count(rec, st);
			continue;
		}
		r = attendance_intern(&st->attendance, &texts);
		st->name = intern(rec, st->name, strlen(st->name));
		rec->scopes[n++] = *st;
		if (r == 0)
			r = st->name ? strmap_put(&rec->index, &rec->scopes[n - 1].scope, sizeof(st->scope),
						  (int64_t) n - 1, NULL) : -ENOMEM;
	}
	rec->n_scopes = n;
	rec->swept_turn = rec->turn;
	strmap_deinit(&old);
	return r;
}

/* First those that were not heard of for long; if that is not enough, or cannot be done, all. */
void record_trim(struct record *rec)
{
	rec->turn++;
	if (rec->n_touched > 0)
		return;
	if (is_too_much(rec, 8) && (sweep(rec) < 0 || is_too_much(rec, 7)))
		record_forget(rec);
}

static int find_scope(struct record *rec, int64_t scope, const struct dialect *dialect, struct record_scope **ret)
{
	int64_t *have = strmap_get(&rec->index, &scope, sizeof(scope));
	struct record_scope *st;
	int r;

	if (have) {
		*ret = &rec->scopes[*have];
		return 0;
	}
	r = grow(&rec->scopes, sizeof(*rec->scopes), rec->n_scopes, &rec->cap_scopes);
	if (r == 0)
		r = strmap_put(&rec->index, &scope, sizeof(scope), (int64_t) rec->n_scopes, NULL);
	if (r < 0)
		return r;
	st = &rec->scopes[rec->n_scopes++];
	*st = (struct record_scope) { .scope = scope, .dialect = dialect };
	attendance_init(&st->attendance);
	*ret = st;
	return 0;
}

static int touch(struct record *rec, struct record_scope *st)
{
	int r;

	st->turn = rec->turn;
	count(rec, st);
	if (st->touched)
		return 0;
	r = grow(&rec->touched, sizeof(*rec->touched), rec->n_touched, &rec->cap_touched);
	if (r < 0)
		return r;
	rec->touched[rec->n_touched++] = (size_t) (st - rec->scopes);
	st->touched = true;
	return 0;
}

/* Have the scope ready for an event of this span, which is stored already. Sets *ret_whole if it is in there. */
static int make_ready(struct record *rec, struct record_scope *st, struct record_span span, bool *ret_whole)
{
	*ret_whole = false;
	if (!st->loaded)
		return record_load(rec, st, span, ret_whole);
	if (span.from_us >= st->from_us)
		return 0;
	/* It happened before the last session began: what that makes of the sessions, only all events can tell. */
	*ret_whole = true;
	return record_load_events(rec, st, span);
}

/* Whether what comes with or behind this mark may be of another session than what is held. */
static bool may_part(const struct record *rec, const struct record_scope *st, const struct mark *m)
{
	const struct attendance *a = &st->attendance;

	if (st->dialect->session_named || a->n_marks == 0)
		return false;
	return m->kind == MARK_JOINED || m->from_us - a->last_us > rec->idle_us ||
	       a->first_us - m->at_us > rec->idle_us;
}

int record_add(struct record *rec, int64_t scope, const struct event *event, const char *new_name)
{
	const struct attendance_texts texts = record_texts(rec);
	struct mark marks[MARKS_MAX];
	size_t n = event->dialect->marks(event, marks);
	struct record_span span = { event->at_us, event->at_us };
	struct record_scope *st;
	bool whole;
	int r;

	for (size_t i = 0; i < n; i++)
		span.from_us = MIN_OF(span.from_us, marks[i].from_us);
	r = find_scope(rec, scope, event->dialect, &st);
	if (r == 0 && new_name)
		r = record_begin(rec, st, new_name);
	if (r == 0)
		r = make_ready(rec, st, span, &whole);
	for (size_t i = 0; r == 0 && i < n && !whole; i++) {
		st->unmerged |= may_part(rec, st, &marks[i]);
		r = attendance_add(&st->attendance, &marks[i], record_merge_us(rec, st), &texts);
	}
	if (r < 0)
		return r;
	return touch(rec, st);
}

int record_add_stay(struct record *rec, int64_t scope, const struct dialect *dialect, const struct stay *stay)
{
	const struct attendance_texts texts = record_texts(rec);
	struct record_scope *st;
	int r;

	r = find_scope(rec, scope, dialect, &st);
	/* One that is not loaded reads all that is in it when it is written: then this is among it. */
	if (r == 0 && st->loaded)
		r = attendance_add_stay(&st->attendance, stay, &texts);
	return r == 0 ? touch(rec, st) : r;
}

int record_reload(struct record *rec, int64_t scope, const struct dialect *dialect)
{
	struct record_scope *st;
	int r;

	r = find_scope(rec, scope, dialect, &st);
	if (r < 0)
		return r;
	attendance_deinit(&st->attendance);
	attendance_init(&st->attendance);
	st->loaded = false;
	st->anew = true;
	rec->urgent = true;
	return touch(rec, st);
}

struct replay {
	struct record *rec;
	size_t i;		/* which dialect's */
};

static int replay_one(void *user, int64_t event_id, int64_t scope, const struct event *event)
{
	const struct replay *to = user;

	to->rec->last_ids[to->i] = event_id;
	return scope ? record_add(to->rec, scope, event, NULL) : 0;
}

/* GetStream's: the attempts that have such events tell their sessions, and those that have none do themselves. */
static int replay_stays(struct record *rec, int64_t first_event_id)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(rec->stmts, STMT_FIND_TOLD_SESSIONS);
	int r;

	stmt_bind_ref(q, 1, first_event_id);
	while ((r = stmt_row(q)) == 0) {
		r = record_reload(rec, sqlite3_column_int64(q, 0), &dialect_stream);
		if (r < 0)
			return r;
	}
	return r == STMT_E_NO_ROW ? 0 : r;
}

int record_replay(struct record *rec, int64_t first_event_id)
{
	int r = replay_stays(rec, first_event_id);

	count_as_stored(rec, first_event_id - 1);
	for (size_t i = 0; r == 0 && i < n_dialects; i++) {
		struct replay to = { rec, i };

		if (dialects[i]->marks)
			r = readback_since(&rec->replay, i, first_event_id, replay_one, &to);
		rec->last_ids[i] = INT64_MAX;
	}
	count_as_stored(rec, INT64_MAX);
	return r;
}

/* All the time writing what has been told so far, so that no more is held than otherwise. */
static int retell_one(void *user, int64_t event_id, int64_t scope, const struct event *event)
{
	const struct replay *to = user;
	struct record *rec = to->rec;
	int r = replay_one(user, event_id, scope, event);

	if (r == 0 && is_too_much(rec, 8)) {
		r = record_write(rec);
		record_trim(rec);
	}
	return r;
}

/* Where a session of a scope without names ends depends on the idle time: there, all events tell it. */
static int retell_scopes(struct record *rec, size_t i)
{
	static const enum stmt deletes[] = { STMT_DELETE_PARTICIPANTS_BY_SOURCE, STMT_DELETE_SESSIONS_BY_SOURCE };
	struct replay to = { rec, i };
	int r = 0;

	for (size_t k = 0; r == 0 && k < N_ELEMENTS(deletes); k++) {
		_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(rec->stmts, deletes[k]);

		stmt_bind_text(q, 1, dialects[i]->source, strlen(dialects[i]->source));
		r = stmt_run(q);
	}
	if (r == 0)
		r = readback_since(&rec->replay, i, 1, retell_one, &to);
	count_as_stored(rec, INT64_MAX);
	return r == 0 ? record_write(rec) : r;
}

/* Elsewhere it is only part of what a row says. */
static int retell_named(struct record *rec, const struct dialect *d)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(rec->stmts, STMT_FIND_SCOPES_BY_SOURCE);
	int r;

	stmt_bind_text(q, 1, d->source, strlen(d->source));
	while ((r = stmt_row(q)) == 0) {
		struct record_scope *st;

		r = find_scope(rec, sqlite3_column_int64(q, 0), d, &st);
		if (r == 0)
			r = touch(rec, st);
		if (r == 0)
			r = record_write(rec);
		if (r < 0)
			return r;
		record_trim(rec);
	}
	return r == STMT_E_NO_ROW ? 0 : r;
}

int record_retell(struct record *rec)
{
	int r = 0;

	record_forget(rec);	/* a replay may have left some: they would be told twice, and to rows that are gone */
	for (size_t i = 0; r == 0 && i < n_dialects; i++) {
		if (!dialects[i]->session_named && dialects[i]->marks)
			r = retell_scopes(rec, i);
		else if (dialects[i]->session_end == SESSION_ENDS_IDLE)
			r = retell_named(rec, dialects[i]);
	}
	record_forget(rec);
	return r;
}

int record_write(struct record *rec)
{
	static const struct record_span anytime = { INT64_MAX, INT64_MAX };
	bool whole;
	int r = 0;

	for (size_t i = 0; r == 0 && i < rec->n_touched; i++) {
		struct record_scope *st = &rec->scopes[rec->touched[i]];

		if (!st->loaded)
			r = record_load(rec, st, anytime, &whole);
		if (r == 0)
			r = record_write_scope(rec, st);
		count(rec, st);
		st->touched = false;
	}
	rec->n_touched = 0;
	rec->urgent = false;
	return r;
}
