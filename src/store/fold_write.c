/* Writing the folded rows: once a batch, each one that changed. */

#include <errno.h>
#include <string.h>

#include "dialect/stream.h"
#include "store/dberr.h"
#include "store/fold.h"
#include "store/intern.h"
#include "store/record.h"
#include "util/uuid.h"

static void bind_int(sqlite3_stmt *q, int at, int64_t n)
{
	(void) sqlite3_bind_int64(q, at, n);
}

static void bind_time(sqlite3_stmt *q, int at, int64_t us)
{
	if (us != ATTEMPT_NEVER)
		bind_int(q, at, us);
}

/* The dictionary id of a name of ours; 0 for NULL. */
static int name_ref(struct fold *f, const char *name, int64_t *ret)
{
	*ret = 0;
	return name ? intern_dict(f->intern, name, strlen(name), ret) : 0;
}

/* What of an attempt's row indexes find it by has changed. */
static bool has_moved(const struct attempt_row *row)
{
	static const enum label indexed[] = { LABEL_USER, LABEL_SESSION, LABEL_CONNECT };

	for (size_t i = 0; i < N_ELEMENTS(indexed); i++)
		if (row->attempt.labels[indexed[i]] != row->written_labels[indexed[i]])
			return true;
	return row->attempt.started_us != row->written_started_us;
}

static int write_attempt(struct fold *f, struct attempt_row *row, const struct attempt_result *result)
{
	enum stmt which = !row->written ? STMT_INSERT_ATTEMPT :
			  has_moved(row) ? STMT_UPDATE_ATTEMPT : STMT_TOUCH_ATTEMPT;
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(f->stmts, which);
	const struct attempt *a = &row->attempt;
	int64_t failed_stage, failed_pc;
	int at = 1;
	int r;

	r = name_ref(f, fact_stage_name(result->failed_stage), &failed_stage);
	if (r == 0)
		r = name_ref(f, fact_peer_connection_name(result->failed_peer_connection), &failed_pc);
	f->scratch.n = 0;
	if (r == 0)
		r = attempt_pack(a, &f->scratch);
	if (r < 0)
		return r;

	bind_int(q, at++, row->id);
	bind_int(q, at++, row->app);
	stmt_bind_text(q, at++, row->join_attempt_id, strlen(row->join_attempt_id));
	bind_int(q, at++, result->outcome);
	stmt_bind_ref(q, at++, failed_stage);
	stmt_bind_ref(q, at++, failed_pc);
	stmt_bind_ref(q, at++, result->failure_code);
	stmt_bind_ref(q, at++, result->failure_event);
	for (int l = 0; l < N_LABELS; l++)	/* the statements list them in the enum's order */
		stmt_bind_ref(q, at++, a->labels[l]);
	bind_int(q, at++, a->started_us);
	bind_int(q, at++, a->last_us);
	bind_time(q, at++, result->joined_us);
	bind_time(q, at++, a->first_audio_us);
	bind_time(q, at++, a->first_video_us);
	bind_int(q, at++, a->retries);
	bind_int(q, at++, a->reconnects);
	bind_int(q, at++, a->n_events);
	bind_int(q, at++, a->n_violations);
	(void) sqlite3_bind_blob(q, at++, f->scratch.data, (int) f->scratch.n, SQLITE_STATIC);
	return stmt_run(q);
}

static int write_connect(struct fold *f, struct connect_row *row)
{
	enum stmt which = !row->written ? STMT_INSERT_CONNECT :
			  row->started_us != row->written_started_us ? STMT_UPDATE_CONNECT : STMT_TOUCH_CONNECT;
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(f->stmts, which);

	bind_int(q, 1, row->id);
	if (!row->written) {
		bind_int(q, 2, row->app);
		stmt_bind_text(q, 3, row->coordinator_connect_id, strlen(row->coordinator_connect_id));
	}
	if (which != STMT_TOUCH_CONNECT)
		bind_int(q, 4, row->started_us);
	bind_int(q, 5, row->last_us);
	bind_int(q, 6, row->n_events);
	stmt_bind_ref(q, 7, row->pair.initiated.event_id);
	stmt_bind_ref(q, 8, row->pair.completed.event_id);
	row->written = true;
	row->written_started_us = row->started_us;
	return stmt_run(q);
}

static int write_stage(struct fold *f, struct stage_row *row)
{
	unsigned char uuid[UUID_BYTES];
	_cleanup_(stmt_return) sqlite3_stmt *q =
		stmt_borrow(f->stmts, row->written ? STMT_UPDATE_STAGE_ATTEMPT : STMT_INSERT_STAGE_ATTEMPT);
	size_t n_id = strlen(row->stage_id);

	bind_int(q, 1, row->id);
	if (!row->written) {
		bind_int(q, 2, row->scope);
		if (uuid_parse(row->stage_id, n_id, uuid) == 0)
			(void) sqlite3_bind_blob(q, 3, uuid, sizeof(uuid), SQLITE_STATIC);
		else
			stmt_bind_text(q, 3, row->stage_id, n_id);
	}
	bind_int(q, 4, row->lifecycle);
	stmt_bind_ref(q, 5, row->pair.initiated.event_id);
	stmt_bind_ref(q, 6, row->pair.completed.event_id);
	row->written = true;
	return stmt_run(q);
}

/* The text that a label stands for, read once. */
static int text_of(struct fold *f, enum stmt get, int64_t ref, struct ref_text *t)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(f->stmts, get);
	int r;

	if (t->ref == ref)
		return 0;
	stmt_bind_ref(q, 1, ref);
	r = stmt_row(q);
	if (r != 0)
		return r < 0 ? r : -EUCLEAN;
	t->text = arena_copy(&f->texts, sqlite3_column_text(q, 0), (size_t) sqlite3_column_bytes(q, 0));
	if (!t->text)
		return -ENOMEM;
	t->ref = ref;
	return 0;
}

static bool relabelled(const struct attempt_row *row, enum label l)
{
	return row->written_labels[l] && row->written_labels[l] != row->attempt.labels[l];
}

/* Whose it is has changed, be it that it was nobody's. */
static bool changed_hands(const struct attempt_row *row)
{
	return row->written_labels[LABEL_USER] != row->attempt.labels[LABEL_USER];
}

/* The session an attempt is in changes with it, and so does one it was moved out of. */
static int tell_session(struct fold *f, struct attempt_row *row, const struct attempt_result *result)
{
	const int64_t *labels = row->attempt.labels;
	struct stay stay = {
		.started_us = row->attempt.started_us,
		.joined_us = result->joined_us != ATTEMPT_NEVER ? result->joined_us : MARK_UNTOLD,
		.last_us = row->attempt.last_us,
		.n_events = row->attempt.n_events,
	};
	/* It is in there already, with the events it had then. */
	bool is_in = row->written && row->written_labels[LABEL_SESSION] == labels[LABEL_SESSION];
	int r = 0;

	if (relabelled(row, LABEL_SESSION))
		r = record_reload(f->record, row->written_labels[LABEL_SESSION], &dialect_stream);
	if (r < 0 || !labels[LABEL_SESSION])
		return r;
	if (is_in && (changed_hands(row) || relabelled(row, LABEL_CALL_TYPE) || relabelled(row, LABEL_CALL_ID)))
		return record_reload(f->record, labels[LABEL_SESSION], &dialect_stream);

	for (int l = 0; r == 0 && l < N_FOLD_TEXTS; l++)
		r = text_of(f, l == LABEL_USER ? STMT_GET_USER : STMT_GET_DICT, labels[l], &row->texts[l]);
	if (r < 0)
		return r;
	stay.user_id = row->texts[LABEL_USER].text;
	stay.call_type = row->texts[LABEL_CALL_TYPE].text;
	stay.call_id = row->texts[LABEL_CALL_ID].text;
	if (is_in)
		stay.n_events -= row->written_events;
	return record_add_stay(f->record, labels[LABEL_SESSION], &dialect_stream, &stay);
}

static int finish_attempt(struct fold *f, struct attempt_row *row)
{
	struct attempt_result result;
	int r;

	attempt_resolve(&row->attempt, f->timeout_us, &result);
	r = write_attempt(f, row, &result);
	if (r == 0)
		r = tell_session(f, row, &result);
	row->written = true;
	memcpy(row->written_labels, row->attempt.labels, sizeof(row->written_labels));
	row->written_started_us = row->attempt.started_us;
	row->written_events = row->attempt.n_events;
	row->dirty = false;
	return r;
}

int fold_write(struct fold *f)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->n_attempts; i++)
		if (f->attempts[i].dirty)
			r = finish_attempt(f, &f->attempts[i]);
	for (size_t i = 0; r == 0 && i < f->n_connects; i++)
		if (f->connects[i].dirty) {
			r = write_connect(f, &f->connects[i]);
			f->connects[i].dirty = false;
		}
	for (size_t i = 0; r == 0 && i < f->n_stages; i++)
		if (f->stages[i].dirty) {
			r = write_stage(f, &f->stages[i]);
			f->stages[i].dirty = false;
		}
	return r;
}
