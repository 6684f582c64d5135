/* Reading marks, and writing what they fold into. */

#include "store/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/order.h"
#include "store/dberr.h"
#include "util/buf.h"
#include "util/digest.h"
#include "util/grow.h"
#include "util/timestamp.h"

struct record_mark {
	struct order_key key;
	struct session_mark mark;
};

static const char marks_sql[] =
	"SELECT at_us, rank, tie, kind, creates, is_local, n_events, session_started_us, session_ended_us,"
	" participant_id, peer_id, user_id, display_name, custom_participant_id, how_left, how_left_class,"
	" call_type, call_id, title, organization_id, end_reason"
	" FROM %s WHERE scope = ?1 AND at_us >= ?2";

int record_open(struct record *rec, sqlite3 *db, struct stmts *stmts, int64_t idle_us)
{
	*rec = (struct record) { .stmts = stmts, .idle_us = idle_us };
	for (size_t i = 0; i < n_dialects; i++) {
		char sql[sizeof(marks_sql) + 64];
		int rc;

		if (!dialects[i]->marks)
			continue;
		(void) snprintf(sql, sizeof(sql), marks_sql, dialects[i]->marks);
		rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &rec->marks[i], NULL);
		if (rc != SQLITE_OK)
			return dberr(rc);
	}
	return 0;
}

void record_close(struct record *rec)
{
	for (size_t i = 0; i < RECORD_MAX_DIALECTS; i++)
		(void) sqlite3_finalize(rec->marks[i]);
	strmap_deinit(&rec->index);
	strmap_deinit(&rec->written);
	free(rec->scopes);
	free(rec->marks_read);
	arena_deinit(&rec->texts);
	session_fold_deinit(&rec->fold);
	*rec = (struct record) {};
}

enum { RECORD_MAX_WRITTEN = 32 * 1024 };

void record_forget(struct record *rec)
{
	strmap_clear(&rec->index);
	strmap_clear(&rec->written);
	rec->n_scopes = 0;
}

void record_trim(struct record *rec)
{
	if (rec->written.n > RECORD_MAX_WRITTEN)
		strmap_clear(&rec->written);
}

int record_touch(struct record *rec, int64_t scope, const struct dialect *dialect, int64_t at_us, bool lost)
{
	int64_t *have = strmap_get(&rec->index, &scope, sizeof(scope));
	int r;

	if (have) {
		if (at_us < rec->scopes[*have].at_us)
			rec->scopes[*have].at_us = at_us;
		rec->scopes[*have].lost |= lost;
		return 0;
	}
	r = grow(&rec->scopes, sizeof(*rec->scopes), rec->n_scopes, &rec->cap_scopes);
	if (r == 0)
		r = strmap_put(&rec->index, &scope, sizeof(scope), (int64_t) rec->n_scopes, NULL);
	if (r == 0)
		rec->scopes[rec->n_scopes++] = (struct record_scope) { scope, dialect, at_us, lost };
	return r;
}

/* Reading marks. */

/* A column's text, kept until the scope is done. Returns 0 or -ENOMEM. */
static int keep_text(struct record *rec, sqlite3_stmt *q, int at, const char **ret)
{
	const char *s = (const char *) sqlite3_column_text(q, at);

	*ret = s && *s ? arena_copy(&rec->texts, s, (size_t) sqlite3_column_bytes(q, at)) : NULL;
	return s && *s && !*ret ? -ENOMEM : 0;
}

static int64_t column_time(sqlite3_stmt *q, int at)
{
	return sqlite3_column_type(q, at) == SQLITE_NULL ? SESSION_UNKNOWN : sqlite3_column_int64(q, at);
}

static int read_mark(struct record *rec, sqlite3_stmt *q, struct record_mark *ret)
{
	struct session_mark *m = &ret->mark;
	const char **const texts[] = {
		&m->participant_id, &m->peer_id, &m->user_id, &m->display_name, &m->custom_participant_id,
		&m->how_left, &m->how_left_class, &m->call_type, &m->call_id, &m->title, &m->organization_id,
		&m->end_reason,
	};
	int at = 0, r = 0;

	*ret = (struct record_mark) {};
	ret->key.at_us = m->at_us = sqlite3_column_int64(q, at++);
	ret->key.rank = (uint8_t) sqlite3_column_int(q, at++);
	ret->key.digest = (uint64_t) sqlite3_column_int64(q, at++);
	m->kind = (uint8_t) sqlite3_column_int(q, at++);
	m->creates = sqlite3_column_int(q, at++) != 0;
	m->is_local = sqlite3_column_type(q, at) == SQLITE_NULL ? -1 : sqlite3_column_int(q, at) != 0;
	at++;
	m->n_events = sqlite3_column_int64(q, at++);
	m->session_started_us = column_time(q, at++);
	m->session_ended_us = column_time(q, at++);
	for (size_t i = 0; r == 0 && i < N_ELEMENTS(texts); i++)
		r = keep_text(rec, q, at++, texts[i]);
	return r;
}

static int read_marks_of(struct record *rec, sqlite3_stmt *statement, int64_t scope, int64_t from_us)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = statement;
	int r;

	(void) sqlite3_bind_int64(q, 1, scope);
	(void) sqlite3_bind_int64(q, 2, from_us);
	while ((r = stmt_row(q)) == 0) {
		r = grow(&rec->marks_read, sizeof(*rec->marks_read), rec->n_marks, &rec->cap_marks);
		if (r == 0)
			r = read_mark(rec, q, &rec->marks_read[rec->n_marks]);
		if (r < 0)
			return r;
		rec->n_marks++;
	}
	return r == STMT_E_NO_ROW ? 0 : r;
}

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_marks(const void *a, const void *b)
{
	const struct record_mark *x = a, *y = b;

	if (order_before(&x->key, &y->key))
		return -1;
	if (order_before(&y->key, &x->key))
		return 1;
	/* Marks without a digest of their own: any order that does not depend on where they are stored. */
	if (x->mark.kind != y->mark.kind)
		return x->mark.kind < y->mark.kind ? -1 : 1;
	return compare_texts(x->mark.participant_id, y->mark.participant_id);
}

/* The marks of a scope, of every dialect of its source, in order. */
static int read_marks(struct record *rec, const struct record_scope *scope, int64_t from_us)
{
	int r = 0;

	rec->n_marks = 0;
	arena_reset(&rec->texts);
	for (size_t i = 0; r == 0 && i < n_dialects; i++)
		if (rec->marks[i] && strcmp(dialects[i]->source, scope->dialect->source) == 0)
			r = read_marks_of(rec, rec->marks[i], scope->scope, from_us);
	if (r == 0 && rec->n_marks > 1)
		qsort(rec->marks_read, rec->n_marks, sizeof(*rec->marks_read), compare_marks);
	return r;
}

static int fold_marks(struct record *rec, const struct dialect *d)
{
	const struct session_rules rules = {
		.end = d->session_end, .named = d->session_named, .idle_us = rec->idle_us,
	};
	struct session_mark *marks = arena_alloc(&rec->texts, (rec->n_marks + 1) * sizeof(*marks));

	if (!marks)
		return -ENOMEM;
	for (size_t i = 0; i < rec->n_marks; i++)
		marks[i] = rec->marks_read[i].mark;
	return session_fold(&rec->fold, &rules, marks, rec->n_marks);
}

/* Writing rows. */

static void bind_text(sqlite3_stmt *q, int at, const char *s)
{
	stmt_bind_text(q, at, s, s ? strlen(s) : 0);
}

static void bind_int(sqlite3_stmt *q, int at, int64_t n)
{
	(void) sqlite3_bind_int64(q, at, n);
}

static void bind_time(sqlite3_stmt *q, int at, int64_t us)
{
	if (us != SESSION_UNKNOWN)
		bind_int(q, at, us);
}

/* What a session is called: the vendor's id, else its room and start. */
static int name_session(const struct dialect *d, const char *scope_name, const struct session *s, struct buf *ret)
{
	char started[TIMESTAMP_TEXT_SIZE];
	const char *last = d->n_scope_fields > 1 ? strrchr(scope_name, ' ') : NULL;

	ret->n = 0;
	if (d->session_named)
		return buf_add_str(ret, last ? last + 1 : scope_name);
	timestamp_format(s->started_us, started);
	return buf_printf(ret, "%s@%s", scope_name, started);
}

static void bind_session(sqlite3_stmt *q, int64_t scope, const struct session *s, const struct buf *name)
{
	bind_int(q, 1, scope);
	stmt_bind_text(q, 2, name->data, name->n);
	bind_text(q, 3, s->call_type);
	bind_text(q, 4, s->call_id);
	bind_text(q, 5, s->title);
	bind_text(q, 6, s->organization_id);
	bind_text(q, 7, s->end_reason);
	bind_int(q, 8, s->first_us);
	bind_int(q, 9, s->last_us);
	bind_int(q, 10, s->started_us);
	bind_time(q, 11, s->ended_us);
	bind_time(q, 12, s->idle_end_us);
	bind_int(q, 13, s->peak);
	bind_int(q, 14, s->n_events);
}

/* Write a session: over the row @id, or as a new row where it is 0, which is then told. */
static int write_session(struct record *rec, int64_t scope, const struct session *s, const struct buf *name,
			 int64_t *id)
{
	_cleanup_(stmt_return) sqlite3_stmt *q =
		stmt_borrow(rec->stmts, *id ? STMT_UPDATE_SESSION : STMT_INSERT_SESSION);
	int r;

	bind_session(q, scope, s, name);
	if (*id)
		bind_int(q, 15, *id);
	r = stmt_run(q);
	if (r == 0 && !*id)
		*id = sqlite3_last_insert_rowid(sqlite3_db_handle(q));
	return r;
}

static void add_text(struct digest *d, const char *s)
{
	digest_add_piece(d, s, s ? strlen(s) : 0);
}

/* What a participant's row says, in short. */
static uint64_t digest_participant(const struct session_participant *p)
{
	struct digest d;

	digest_init(&d);
	add_text(&d, p->peer_id);
	add_text(&d, p->user_id);
	add_text(&d, p->display_name);
	add_text(&d, p->custom_participant_id);
	add_text(&d, p->how_left);
	add_text(&d, p->how_left_class);
	digest_add_u64(&d, (uint64_t) p->is_local);
	digest_add_u64(&d, (uint64_t) p->joined_us);
	digest_add_u64(&d, (uint64_t) p->left_us);
	digest_add_u64(&d, (uint64_t) p->open_since_us);
	digest_add_u64(&d, (uint64_t) p->idle_left_us);
	digest_add_u64(&d, (uint64_t) p->duration_us);
	digest_add_u64(&d, (uint64_t) p->last_us);
	digest_add_u64(&d, (uint64_t) p->n_events);
	return digest_done(&d);
}

static int run_write_participant(struct record *rec, int64_t session, const struct session_participant *p)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(rec->stmts, STMT_WRITE_PARTICIPANT);

	bind_int(q, 1, session);
	bind_text(q, 2, p->participant_id);
	bind_text(q, 3, p->peer_id);
	bind_text(q, 4, p->user_id);
	bind_text(q, 5, p->display_name);
	bind_text(q, 6, p->custom_participant_id);
	if (p->is_local >= 0)
		bind_int(q, 7, p->is_local);
	bind_time(q, 8, p->joined_us);
	bind_time(q, 9, p->left_us);
	bind_time(q, 10, p->open_since_us);
	bind_time(q, 11, p->idle_left_us);
	bind_int(q, 12, p->duration_us);
	bind_text(q, 13, p->how_left);
	bind_text(q, 14, p->how_left_class);
	bind_int(q, 15, p->last_us);
	bind_int(q, 16, p->n_events);
	return stmt_run(q);
}

/* Write a participant, unless its row is known to say the same. */
static int write_participant(struct record *rec, int64_t session, const struct session_participant *p,
			     struct buf *key)
{
	int64_t digest = (int64_t) digest_participant(p), *have;
	int r;

	key->n = 0;
	r = buf_add(key, &session, sizeof(session));
	if (r == 0)
		r = buf_add_str(key, p->participant_id);
	if (r < 0)
		return r;
	have = strmap_get(&rec->written, key->data, key->n);
	if (have && *have == digest)
		return 0;
	r = run_write_participant(rec, session, p);
	if (r < 0)
		return r;
	if (have)
		*have = digest;
	return have ? 0 : strmap_put(&rec->written, key->data, key->n, digest, NULL);
}

/* Where a scope is to be told anew from, and what is there. */
struct stand {
	struct buf name;	/* of the scope */
	int64_t from_us;	/* read marks from here on */
	int64_t session;	/* row of a named session, to be written over; 0: none */
};

static void stand_deinit(struct stand *s)
{
	buf_deinit(&s->name);
}

static int find_stand(struct record *rec, const struct record_scope *scope, struct stand *ret)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(rec->stmts, STMT_FIND_SCOPE);
	bool named = scope->dialect->session_named;
	int r;

	bind_int(q, 1, scope->scope);
	bind_int(q, 2, named ? INT64_MAX : scope->at_us);	/* a named scope holds one session */
	r = stmt_row(q);
	if (r != 0)
		return r < 0 ? r : -EUCLEAN;
	ret->from_us = named || sqlite3_column_type(q, 2) == SQLITE_NULL ?
		INT64_MIN : sqlite3_column_int64(q, 2);
	ret->session = named && !scope->lost ? sqlite3_column_int64(q, 1) : 0;
	r = buf_add(&ret->name, sqlite3_column_text(q, 0), (size_t) sqlite3_column_bytes(q, 0));
	return r < 0 || !buf_cstr(&ret->name) ? -ENOMEM : 0;
}

static int delete_from(struct record *rec, int64_t scope, int64_t from_us)
{
	static const enum stmt deletes[] = { STMT_DELETE_PARTICIPANTS, STMT_DELETE_SESSIONS };

	for (size_t i = 0; i < N_ELEMENTS(deletes); i++) {
		_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(rec->stmts, deletes[i]);
		int r;

		bind_int(q, 1, scope);
		bind_int(q, 2, from_us);
		r = stmt_run(q);
		if (r < 0)
			return r;
	}
	return 0;
}

static int write_folded(struct record *rec, const struct record_scope *scope, const struct stand *stand)
{
	_cleanup_(buf_deinit) struct buf name = {};
	const struct session_fold *f = &rec->fold;
	size_t p = 0;

	for (size_t i = 0; i < f->n_sessions; i++) {
		int64_t id = stand->session;
		int r = name_session(scope->dialect, stand->name.data, &f->sessions[i], &name);

		if (r == 0)
			r = write_session(rec, scope->scope, &f->sessions[i], &name, &id);
		for (; r == 0 && p < f->n_participants && f->participants[p].session == i; p++)
			r = write_participant(rec, id, &f->participants[p], &name);
		if (r < 0)
			return r;
	}
	return 0;
}

static int write_scope(struct record *rec, const struct record_scope *scope)
{
	_cleanup_(stand_deinit) struct stand stand = {};
	int r;

	r = find_stand(rec, scope, &stand);
	if (r == 0)
		r = read_marks(rec, scope, stand.from_us);
	if (r == 0)
		r = fold_marks(rec, scope->dialect);
	if (r == 0 && (!stand.session || rec->n_marks == 0))
		r = delete_from(rec, scope->scope, stand.from_us);
	return r < 0 ? r : write_folded(rec, scope, &stand);
}

int record_write(struct record *rec)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < rec->n_scopes; i++)
		r = write_scope(rec, &rec->scopes[i]);
	strmap_clear(&rec->index);
	rec->n_scopes = 0;
	return r;
}
