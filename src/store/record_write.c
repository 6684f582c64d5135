/* Folding a scope, and writing the rows that are not as they should be. */

#include <errno.h>
#include <string.h>

#include "store/record_scope.h"
#include "util/digest.h"
#include "util/timestamp.h"

enum { FEW_EVENTS = 8 };

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

/* A statement of one or two numbers. */
static int run(struct record *rec, enum stmt which, int64_t first, int64_t second)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(rec->stmts, which);

	bind_int(q, 1, first);
	if (sqlite3_bind_parameter_count(q) > 1)
		bind_int(q, 2, second);
	return stmt_run(q);
}

/* Sessions. */

/* What a session is called: as its scope, if that has but one; else by the room and the start. */
static int name_session(struct record *rec, const struct record_scope *st, const struct session *s, int64_t *ret)
{
	char started[TIMESTAMP_TEXT_SIZE];
	int r;

	*ret = st->scope;
	if (st->dialect->session_named)
		return 0;
	timestamp_format(s->started_us, started);
	rec->name.n = 0;
	r = buf_printf(&rec->name, "%s@%s", st->name, started);
	return r < 0 ? r : intern_session_name(rec->intern, st->scope, rec->name.data, rec->name.n, ret);
}

static void add_text(struct digest *d, const char *s)
{
	digest_add_piece(d, s, s ? strlen(s) : 0);
}

uint64_t record_digest_session(const struct session *s)
{
	struct digest d;

	digest_init(&d);
	for (int t = FIRST_SESSION_TEXT; t <= MARK_END_REASON; t++)
		add_text(&d, s->texts[t]);
	digest_add_u64(&d, (uint64_t) s->first_us);
	digest_add_u64(&d, (uint64_t) s->started_us);
	return digest_done(&d);
}

static void bind_session(struct record *rec, sqlite3_stmt *q, int64_t scope, int64_t name, const struct session *s)
{
	bind_int(q, 1, scope);
	bind_int(q, 2, name);
	bind_text(q, 3, s->texts[MARK_CALL_TYPE]);
	bind_text(q, 4, s->texts[MARK_CALL_ID]);
	bind_text(q, 5, s->texts[MARK_TITLE]);
	bind_text(q, 6, s->texts[MARK_ORGANIZATION_ID]);
	bind_text(q, 7, s->texts[MARK_END_REASON]);
	bind_int(q, 8, s->first_us);
	bind_int(q, 9, s->last_us);
	bind_int(q, 10, s->started_us);
	bind_time(q, 11, s->ended_us);
	bind_time(q, 12, s->idle_end_us);
	bind_int(q, 13, s->peak);
	bind_int(q, 14, s->n_events);
	if (rec->packed.n > 0)
		(void) sqlite3_bind_blob(q, 15, rec->packed.data, (int) rec->packed.n, SQLITE_STATIC);
}

/* Write a session with the marks in rec->packed: over the row *id, or as a new row where it is 0, which is then told. */
static int write_session(struct record *rec, struct record_scope *st, const struct session *s, int64_t *id)
{
	uint64_t texts = record_digest_session(s);
	enum stmt which = *id == 0 ? STMT_INSERT_SESSION :
			  texts == st->row_texts ? STMT_TOUCH_SESSION : STMT_UPDATE_SESSION;
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(rec->stmts, which);
	int64_t name = 0;
	int r = which == STMT_TOUCH_SESSION ? 0 : name_session(rec, st, s, &name);

	if (r < 0)
		return r;
	bind_session(rec, q, st->scope, name, s);
	if (*id)
		bind_int(q, 16, *id);
	r = stmt_run(q);
	if (r == 0 && !*id)
		*id = sqlite3_last_insert_rowid(sqlite3_db_handle(q));
	st->row_texts = texts;
	return r;
}

/* Participants. */

uint64_t record_digest_texts(const struct session_participant *p)
{
	struct digest d;

	digest_init(&d);
	for (int t = 0; t < N_PARTICIPANT_TEXTS; t++)
		add_text(&d, p->texts[t]);
	digest_add_u64(&d, (uint64_t) p->is_local);
	return digest_done(&d);
}

uint64_t record_digest_times(const struct session_participant *p)
{
	struct digest d;

	digest_init(&d);
	add_text(&d, p->how_left);
	add_text(&d, p->how_left_class);
	digest_add_u64(&d, (uint64_t) p->joined_us);
	digest_add_u64(&d, (uint64_t) p->left_us);
	digest_add_u64(&d, (uint64_t) p->open_since_us);
	digest_add_u64(&d, (uint64_t) p->idle_left_us);
	digest_add_u64(&d, (uint64_t) p->duration_us);
	digest_add_u64(&d, (uint64_t) p->last_us);
	digest_add_u64(&d, (uint64_t) p->n_events);
	return digest_done(&d);
}

static int run_participant(struct record *rec, enum stmt which, int64_t session, const struct session_participant *p,
			   int64_t *id)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(rec->stmts, which);
	int r;

	bind_int(q, 1, session);
	bind_text(q, 2, p->participant_id);
	bind_text(q, 3, p->texts[MARK_PEER_ID]);
	bind_text(q, 4, p->texts[MARK_USER_ID]);
	bind_text(q, 5, p->texts[MARK_DISPLAY_NAME]);
	bind_text(q, 6, p->texts[MARK_CUSTOM_PARTICIPANT_ID]);
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
	if (*id)
		bind_int(q, 17, *id);
	r = stmt_run(q);
	if (r == 0 && !*id)
		*id = sqlite3_last_insert_rowid(sqlite3_db_handle(q));
	return r;
}

/* Write a participant, unless its row is known to say the same. */
static int write_participant(struct record *rec, int64_t session, const struct session_participant *p,
			     struct seat *seat)
{
	uint64_t texts = record_digest_texts(p), times = record_digest_times(p);
	enum stmt which = seat->row == 0 ? STMT_INSERT_PARTICIPANT :
			  texts == seat->row_texts ? STMT_TOUCH_PARTICIPANT : STMT_UPDATE_PARTICIPANT;
	int r;

	if (which == STMT_TOUCH_PARTICIPANT && times == seat->row_times)
		return 0;
	r = run_participant(rec, which, session, p, &seat->row);
	if (r == 0) {
		seat->row_texts = texts;
		seat->row_times = times;
	}
	return r;
}

/* Write the participants of session number @i, at row @id. Those that have no seat with a row are new. */
static int write_participants(struct record *rec, struct record_scope *st, size_t i, int64_t id, bool seated)
{
	const struct session_fold *f = &rec->fold;
	int r = 0;

	for (size_t k = 0; r == 0 && k < f->n_participants; k++) {
		const struct session_participant *p = &f->participants[k];
		struct seat none = {};

		if (p->session == i)
			r = write_participant(rec, id, p, seated ? attendance_seat(&st->attendance, p->participant_id)
								 : &none);
	}
	return r;
}

/* Whether somebody who has a row in the one session there was is no longer in the first there is. */
static bool somebody_moved(const struct record *rec, struct record_scope *st)
{
	const struct session_fold *f = &rec->fold;
	size_t n_rows = 0, n_still = 0;

	for (size_t k = 0; k < st->attendance.n_seats; k++)
		n_rows += st->attendance.seats[k].row != 0;
	for (size_t k = 0; k < f->n_participants && f->participants[k].session == 0; k++)
		n_still += attendance_seat(&st->attendance, f->participants[k].participant_id)->row != 0;
	return n_still < n_rows;
}

static void unseat(struct record_scope *st)
{
	for (size_t k = 0; k < st->attendance.n_seats; k++)
		st->attendance.seats[k].row = 0;
}

/* All. */

static const struct mark *const *sorted(const struct record *rec)
{
	return (const struct mark *const *) (void *) rec->sorted.data;
}

static int fold(struct record *rec, const struct record_scope *st)
{
	const struct session_rules rules = {
		.end = st->dialect->session_end, .named = st->dialect->session_named, .idle_us = rec->idle_us,
	};
	int r;

	rec->sorted.n = 0;
	r = attendance_sort(&st->attendance, &rec->shown, &rec->sorted);
	return r < 0 ? r : session_fold(&rec->fold, &rules, sorted(rec), attendance_count(&st->attendance));
}

/*
 * Whether a session's marks are kept with its row. GetStream's attempts have it all themselves, and a
 * few events are soon read again, if only one need not look for them by their time.
 */
static bool keeps_marks(const struct record_scope *st, const struct session *s)
{
	return st->dialect->marks && (s->n_events > FEW_EVENTS || st->dialect->scopes_by_time);
}

/* Put a session's marks into rec->packed. */
static int pack(struct record *rec, const struct record_scope *st, const struct session *s)
{
	rec->packed.n = 0;
	return keeps_marks(st, s) ? attendance_pack(sorted(rec) + s->first_mark, s->n_marks, &rec->packed) : 0;
}

/* The participants who have rows keep them. */
static void keep_rows(const struct attendance *from, struct attendance *to)
{
	for (size_t k = 0; k < from->n_seats; k++) {
		const struct seat *old = &from->seats[k];
		struct seat *s = old->row ? attendance_seat(to, old->participant_id) : NULL;

		if (!s)
			continue;
		s->row = old->row;
		s->row_texts = old->row_texts;
		s->row_times = old->row_times;
	}
}

/* Hold the marks of the last session alone, merged. */
static int settle(struct record *rec, struct record_scope *st)
{
	struct session *last = &rec->fold.sessions[rec->fold.n_sessions - 1];
	const struct attendance_texts texts = record_texts(rec);
	struct attendance kept;
	int r = 0;

	st->unmerged = false;
	attendance_init(&kept);
	for (size_t i = 0; r == 0 && i < last->n_marks; i++)
		r = attendance_add(&kept, sorted(rec)[last->first_mark + i], record_merge_us(rec, st), &texts);
	if (rec->fold.n_sessions > 1)
		st->from_us = last->first_us;
	else
		keep_rows(&st->attendance, &kept);
	attendance_deinit(&st->attendance);
	st->attendance = kept;
	last->first_mark = 0;
	last->n_marks = kept.n_marks;
	rec->sorted.n = 0;
	return r < 0 ? r : attendance_sort(&st->attendance, &rec->shown, &rec->sorted);
}

static void let_go(struct record_scope *st)
{
	attendance_deinit(&st->attendance);
	attendance_init(&st->attendance);
	st->loaded = false;
}

static int write_sessions(struct record *rec, struct record_scope *st)
{
	const struct session_fold *f = &rec->fold;
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->n_sessions; i++) {
		bool last = i + 1 == f->n_sessions;
		int64_t id = i == 0 ? st->session : 0;

		if (last && st->dialect->marks && (st->unmerged || f->n_sessions > 1))
			r = settle(rec, st);
		if (r == 0)
			r = pack(rec, st, &f->sessions[i]);
		if (r == 0)
			r = write_session(rec, st, &f->sessions[i], &id);
		if (r == 0)
			r = write_participants(rec, st, i, id, last || i == 0);
		if (last)
			st->session = id;
		else
			unseat(st);
	}
	st->anew = false;
	/* Few events come behind the end of a session: what is kept with its row does for them. */
	if (r == 0 && f->n_sessions > 0 && f->sessions[f->n_sessions - 1].ended_us != SESSION_UNKNOWN)
		let_go(st);
	return r;
}

/* The rows there are say something else: away with them. */
static int clear(struct record *rec, struct record_scope *st)
{
	int r = run(rec, STMT_DELETE_PARTICIPANTS, st->scope, st->from_us);

	if (r == 0)
		r = run(rec, STMT_DELETE_SESSIONS, st->scope, st->from_us);
	st->session = 0;
	unseat(st);
	return r;
}

int record_write_scope(struct record *rec, struct record_scope *st)
{
	int r = fold(rec, st);

	if (r == SESSION_E_MERGED) {
		int64_t from_us = MAX_OF(st->from_us, st->attendance.first_us);

		r = record_load_events(rec, st, (struct record_span) { from_us, from_us });
		if (r == 0)
			r = fold(rec, st);
	}
	if (r == 0 && (st->anew || attendance_count(&st->attendance) == 0))
		r = clear(rec, st);
	if (r == 0 && st->session && somebody_moved(rec, st)) {
		r = run(rec, STMT_DELETE_PARTICIPANTS_OF, st->session, 0);
		unseat(st);
	}
	return r == 0 ? write_sessions(rec, st) : r;
}
