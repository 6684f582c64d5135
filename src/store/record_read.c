/* What a scope's attendance begins with: what is kept with its sessions, or what is stored of it. */

#include <errno.h>
#include <string.h>

#include "store/dberr.h"
#include "store/record_scope.h"

#define MERGE_ALL (INT64_MAX / 2)	/* a named scope is one session, however long */

static const char *column_text(sqlite3_stmt *q, int at)
{
	return (const char *) sqlite3_column_text(q, at);
}

static int64_t column_time(sqlite3_stmt *q, int at)
{
	return sqlite3_column_type(q, at) == SQLITE_NULL ? SESSION_UNKNOWN : sqlite3_column_int64(q, at);
}

int64_t record_merge_us(const struct record *rec, const struct record_scope *st)
{
	if (st->unmerged)
		return -1;
	return st->dialect->session_named ? MERGE_ALL : rec->idle_us;
}

/* The scope's name, and where the session begins that an event of @at_us may be in. */
static int find_stand(struct record *rec, struct record_scope *st, int64_t at_us)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(rec->stmts, STMT_FIND_SCOPE);
	struct attendance_texts texts = record_texts(rec);
	bool named = st->dialect->session_named;
	int r;

	(void) sqlite3_bind_int64(q, 1, st->scope);
	(void) sqlite3_bind_int64(q, 2, named ? INT64_MAX : at_us);	/* a named scope holds one session */
	r = stmt_row(q);
	if (r != 0)
		return r < 0 ? r : -EUCLEAN;
	st->from_us = named || sqlite3_column_type(q, 2) == SQLITE_NULL ?
		INT64_MIN : sqlite3_column_int64(q, 2);
	st->name = texts.intern(texts.user, column_text(q, 0), (size_t) sqlite3_column_bytes(q, 0));
	return st->name ? 0 : -ENOMEM;
}

static void empty(struct record_scope *st)
{
	attendance_deinit(&st->attendance);
	attendance_init(&st->attendance);
	st->session = 0;
	st->row_texts = 0;
	st->unmerged = false;
}

struct reading {
	struct record *rec;
	struct record_scope *st;
};

static int add_unmerged(void *user, int64_t event_id _unused_, int64_t scope _unused_, const struct event *event)
{
	const struct reading *to = user;
	const struct attendance_texts texts = record_texts(to->rec);
	struct mark marks[MARKS_MAX];
	size_t n = event->dialect->marks(event, marks);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = attendance_add(&to->st->attendance, &marks[i], -1, &texts);
	return r;
}

/* From when to when there are events of the scope, one of this span among them. */
static int find_range(struct record *rec, const struct record_scope *st, struct record_span span,
		      struct readback_range *ret)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(rec->stmts, STMT_FIND_SCOPE_RANGE);
	int r;

	*ret = (struct readback_range) {
		.scope = st->scope,
		.from_us = MIN_OF(st->attendance.first_us, span.from_us),
		.until_us = MAX_OF(st->attendance.last_us, span.until_us),
	};
	(void) sqlite3_bind_int64(q, 1, st->scope);
	r = stmt_row(q);
	if (r != 0)
		return r < 0 ? r : -EUCLEAN;
	if (sqlite3_column_type(q, 0) != SQLITE_NULL) {
		ret->from_us = MIN_OF(ret->from_us, sqlite3_column_int64(q, 0));
		ret->until_us = MAX_OF(ret->until_us, sqlite3_column_int64(q, 1));
	}
	ret->from_us = MAX_OF(ret->from_us, st->from_us);
	return 0;
}

static int read_events(struct record *rec, struct record_scope *st, struct record_span span)
{
	struct reading to = { rec, st };
	struct readback_range range;
	int r = find_range(rec, st, span, &range);

	attendance_deinit(&st->attendance);
	attendance_init(&st->attendance);
	for (size_t i = 0; r == 0 && i < n_dialects; i++) {
		range.last_id = rec->last_ids[i];
		if (dialects[i]->marks && strcmp(dialects[i]->source, st->dialect->source) == 0)
			r = readback_scope(&rec->readback, i, &range, add_unmerged, &to);
	}
	st->unmerged = st->loaded = true;
	return r;
}

int record_load_events(struct record *rec, struct record_scope *st, struct record_span span)
{
	int r = find_stand(rec, st, span.from_us);

	st->anew = true;
	return r < 0 ? r : read_events(rec, st, span);
}

/* Of a row of STMT_FIND_SESSIONS. */
static uint64_t digest_session_row(sqlite3_stmt *q)
{
	const struct session s = {
		.texts = {
			[MARK_CALL_TYPE] = column_text(q, 2),
			[MARK_CALL_ID] = column_text(q, 3),
			[MARK_TITLE] = column_text(q, 4),
			[MARK_ORGANIZATION_ID] = column_text(q, 5),
			[MARK_END_REASON] = column_text(q, 6),
		},
		.first_us = sqlite3_column_int64(q, 7),
		.started_us = sqlite3_column_int64(q, 8),
	};

	return record_digest_session(&s);
}

/* Note what stands in a row of STMT_FIND_PARTICIPANTS, so that it is not written again. */
static void take_seat(struct seat *seat, sqlite3_stmt *q)
{
	const struct session_participant p = {
		.texts = {
			[MARK_PEER_ID] = column_text(q, 2),
			[MARK_USER_ID] = column_text(q, 3),
			[MARK_DISPLAY_NAME] = column_text(q, 4),
			[MARK_CUSTOM_PARTICIPANT_ID] = column_text(q, 5),
		},
		.is_local = sqlite3_column_type(q, 6) == SQLITE_NULL ? -1 : (int8_t) sqlite3_column_int(q, 6),
		.joined_us = column_time(q, 7),
		.left_us = column_time(q, 8),
		.open_since_us = column_time(q, 9),
		.idle_left_us = column_time(q, 10),
		.duration_us = sqlite3_column_int64(q, 11),
		.how_left = column_text(q, 12),
		.how_left_class = column_text(q, 13),
		.last_us = sqlite3_column_int64(q, 14),
		.n_events = sqlite3_column_int64(q, 15),
	};

	seat->row = sqlite3_column_int64(q, 0);
	seat->row_texts = record_digest_texts(&p);
	seat->row_times = record_digest_times(&p);
}

/* The row and the marks of the session from from_us on. Sets *ret_n to how many sessions there are, *ret_kept if the marks are kept. */
static int read_session(struct record *rec, struct record_scope *st, size_t *ret_n, bool *ret_kept)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(rec->stmts, STMT_FIND_SESSIONS);
	const struct attendance_texts texts = record_texts(rec);
	int r;

	(void) sqlite3_bind_int64(q, 1, st->scope);
	(void) sqlite3_bind_int64(q, 2, st->from_us);
	*ret_n = 0;
	*ret_kept = true;
	while ((r = stmt_row(q)) == 0) {
		if (++*ret_n > 1)
			return 0;
		st->session = sqlite3_column_int64(q, 0);
		st->row_texts = digest_session_row(q);
		*ret_kept = sqlite3_column_type(q, 1) != SQLITE_NULL;
		if (*ret_kept)
			r = attendance_unpack(&st->attendance, sqlite3_column_blob(q, 1),
					      (size_t) sqlite3_column_bytes(q, 1), &texts);
		if (r < 0)
			return r;
	}
	return r == STMT_E_NO_ROW ? 0 : r;
}

static int read_stays(struct record *rec, struct record_scope *st)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(rec->stmts, STMT_FIND_STAYS);
	const struct attendance_texts texts = record_texts(rec);
	int r;

	(void) sqlite3_bind_int64(q, 1, st->scope);
	while ((r = stmt_row(q)) == 0) {
		const struct stay stay = {
			.user_id = column_text(q, 0),
			.call_type = column_text(q, 1),
			.call_id = column_text(q, 2),
			.started_us = sqlite3_column_int64(q, 3),
			.joined_us = column_time(q, 4),
			.last_us = sqlite3_column_int64(q, 5),
			.n_events = sqlite3_column_int64(q, 6),
		};

		r = attendance_add_stay(&st->attendance, &stay, &texts);
		if (r < 0)
			return r;
	}
	return r == STMT_E_NO_ROW ? 0 : r;
}

/* The rows of the participants of the one session. */
static int read_seats(struct record *rec, struct record_scope *st)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(rec->stmts, STMT_FIND_PARTICIPANTS);
	const struct attendance_texts texts = record_texts(rec);
	int r;

	(void) sqlite3_bind_int64(q, 1, st->session);
	while ((r = stmt_row(q)) == 0) {
		const char *id = texts.intern(texts.user, column_text(q, 1), (size_t) sqlite3_column_bytes(q, 1));
		struct seat *seat = id ? attendance_seat(&st->attendance, id) : NULL;

		if (!id)
			return -ENOMEM;
		if (seat)
			take_seat(seat, q);
		else
			st->anew = true;	/* of an attempt that is elsewhere now */
	}
	return r == STMT_E_NO_ROW ? 0 : r;
}

int record_begin(struct record *rec, struct record_scope *st, const char *name)
{
	struct attendance_texts texts = record_texts(rec);

	empty(st);
	st->from_us = INT64_MIN;
	st->loaded = true;
	st->name = texts.intern(texts.user, name, strlen(name));
	return st->name ? 0 : -ENOMEM;
}

int record_load(struct record *rec, struct record_scope *st, struct record_span span, bool *ret_whole)
{
	size_t n = 0;
	bool kept = true;
	int r;

	empty(st);
	*ret_whole = false;
	r = find_stand(rec, st, span.from_us);
	if (r == 0)
		r = read_session(rec, st, &n, &kept);
	if (r == 0 && st->dialect->marks && n > 0 && (n > 1 || !kept)) {
		*ret_whole = true;
		r = read_events(rec, st, span);
	} else if (r == 0 && !st->dialect->marks) {
		r = read_stays(rec, st);
	}
	st->anew |= n > 1;
	st->loaded = true;
	if (r == 0 && n == 1 && !st->anew)
		r = read_seats(rec, st);
	return r;
}
