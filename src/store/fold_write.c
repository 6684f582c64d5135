/* Writing the folded rows: once a batch, each one that changed. */

#include <string.h>

#include "dialect/stream.h"
#include "store/dberr.h"
#include "store/fold.h"
#include "store/intern.h"
#include "store/record.h"

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

static int write_attempt(struct fold *f, const struct attempt_row *row)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(f->stmts, STMT_WRITE_ATTEMPT);
	const struct attempt *a = &row->attempt;
	struct attempt_result result;
	int64_t failed_stage, failed_pc;
	int at = 1;
	int r;

	attempt_resolve(a, f->timeout_us, &result);
	r = name_ref(f, fact_stage_name(result.failed_stage), &failed_stage);
	if (r == 0)
		r = name_ref(f, fact_peer_connection_name(result.failed_peer_connection), &failed_pc);
	f->scratch.n = 0;
	if (r == 0)
		r = attempt_pack(a, &f->scratch);
	if (r < 0)
		return r;

	bind_int(q, at++, row->id);
	bind_int(q, at++, row->app);
	stmt_bind_text(q, at++, row->join_attempt_id, strlen(row->join_attempt_id));
	bind_int(q, at++, result.outcome);
	stmt_bind_ref(q, at++, failed_stage);
	stmt_bind_ref(q, at++, failed_pc);
	stmt_bind_ref(q, at++, result.failure_code);
	stmt_bind_ref(q, at++, result.failure_event);
	for (int l = 0; l < N_LABELS; l++)	/* write_attempt.sql lists them in the enum's order */
		stmt_bind_ref(q, at++, a->labels[l]);
	bind_int(q, at++, a->started_us);
	bind_int(q, at++, a->last_us);
	bind_time(q, at++, result.joined_us);
	bind_time(q, at++, a->first_audio_us);
	bind_time(q, at++, a->first_video_us);
	bind_int(q, at++, a->retries);
	bind_int(q, at++, a->reconnects);
	bind_int(q, at++, a->n_events);
	bind_int(q, at++, a->n_violations);
	(void) sqlite3_bind_blob(q, at++, f->scratch.data, (int) f->scratch.n, SQLITE_STATIC);
	return stmt_run(q);
}

static int write_connect(struct fold *f, const struct connect_row *row)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(f->stmts, STMT_WRITE_CONNECT);

	bind_int(q, 1, row->id);
	bind_int(q, 2, row->app);
	stmt_bind_text(q, 3, row->coordinator_connect_id, strlen(row->coordinator_connect_id));
	bind_int(q, 4, row->started_us);
	bind_int(q, 5, row->last_us);
	bind_int(q, 6, row->n_events);
	stmt_bind_ref(q, 7, row->pair.initiated.event_id);
	stmt_bind_ref(q, 8, row->pair.completed.event_id);
	return stmt_run(q);
}

static int write_stage(struct fold *f, const struct stage_row *row)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(f->stmts, STMT_WRITE_STAGE_ATTEMPT);

	bind_int(q, 1, row->id);
	bind_int(q, 2, row->scope);
	stmt_bind_text(q, 3, row->stage_id, strlen(row->stage_id));
	bind_int(q, 4, row->lifecycle);
	stmt_bind_ref(q, 5, row->pair.initiated.event_id);
	stmt_bind_ref(q, 6, row->pair.completed.event_id);
	return stmt_run(q);
}

/* The session an attempt is in changes with it, and so does one it was moved out of. */
static int touch_sessions(struct fold *f, struct attempt_row *row)
{
	int64_t session = row->attempt.labels[LABEL_SESSION], user = row->attempt.labels[LABEL_USER];
	bool moved = row->written_session && row->written_session != session;
	bool renamed = row->written_user && row->written_user != user;
	int r = 0;

	if (session)
		r = record_touch(f->record, session, &dialect_stream, row->attempt.started_us, renamed);
	if (r == 0 && moved)
		r = record_touch(f->record, row->written_session, &dialect_stream, row->attempt.started_us, true);
	row->written_session = session;
	row->written_user = user;
	return r;
}

int fold_write(struct fold *f)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->n_attempts; i++)
		if (f->attempts[i].dirty) {
			r = write_attempt(f, &f->attempts[i]);
			if (r == 0)
				r = touch_sessions(f, &f->attempts[i]);
			f->attempts[i].dirty = false;
		}
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
