/* Rejects in, oldest out. */

#include "store/quarantine.h"

#include <string.h>

#include "store/dberr.h"
#include "store/setting.h"

void quarantine_deinit(struct quarantine *q)
{
	buf_deinit(&q->message);
}

static int measure(struct quarantine *q, int64_t first, int64_t last, int64_t *ret)
{
	_cleanup_(stmt_return) sqlite3_stmt *st = stmt_borrow(q->stmts, STMT_MEASURE_QUARANTINE);
	int r;

	(void) sqlite3_bind_int64(st, 1, first);
	(void) sqlite3_bind_int64(st, 2, last);
	r = stmt_row(st);
	if (r == 0)
		*ret = sqlite3_column_int64(st, 0);
	return r;
}

int quarantine_load(struct quarantine *q)
{
	int r = measure(q, INT64_MIN, INT64_MAX, &q->n_bytes);

	return r < 0 ? r : setting_get_int(q->stmts, "quarantine_dropped", &q->n_dropped);
}

static int delete_range(struct quarantine *q, int64_t first, int64_t last)
{
	_cleanup_(stmt_return) sqlite3_stmt *st = stmt_borrow(q->stmts, STMT_DELETE_QUARANTINE);

	(void) sqlite3_bind_int64(st, 1, first);
	(void) sqlite3_bind_int64(st, 2, last);
	return stmt_run(st);
}

static int oldest(struct quarantine *q, int64_t *ret_id, int64_t *ret_bytes)
{
	_cleanup_(stmt_return) sqlite3_stmt *st = stmt_borrow(q->stmts, STMT_OLDEST_QUARANTINE);
	int r = stmt_row(st);

	if (r == 0) {
		*ret_id = sqlite3_column_int64(st, 0);
		*ret_bytes = sqlite3_column_int64(st, 1);
	}
	return r;
}

static int make_room(struct quarantine *q, int64_t n_bytes)
{
	int64_t n_dropped = q->n_dropped, id = 0, bytes = 0;
	int r;

	while (q->n_bytes > 0 && q->n_bytes + n_bytes > q->max_bytes) {
		r = oldest(q, &id, &bytes);
		if (r == STMT_E_NO_ROW)
			break;
		if (r == 0)
			r = delete_range(q, id, id);
		if (r < 0)
			return r;
		q->n_bytes -= bytes;
		q->n_dropped++;
	}
	if (q->n_dropped == n_dropped)
		return 0;
	return setting_put_int(q->stmts, "quarantine_dropped", q->n_dropped);
}

/* Every problem, one a line, for people. */
static int describe(struct quarantine *q, const struct reject *reject)
{
	int r = 0;

	q->message.n = 0;
	for (size_t i = 0; r == 0 && i < reject->n_problems; i++)
		r = buf_printf(&q->message, "%s%s", i ? "\n" : "", reject->problems[i].message);
	return r;
}

int quarantine_add(struct quarantine *q, const struct item *item, int64_t origin, int64_t received_us)
{
	const struct reject *reject = item->reject;
	const struct problem *first = &reject->problems[0];
	int r;

	r = make_room(q, (int64_t) reject->n_body);
	if (r == 0)
		r = describe(q, reject);
	if (r < 0)
		return r;

	_cleanup_(stmt_return) sqlite3_stmt *st = stmt_borrow(q->stmts, STMT_INSERT_QUARANTINE);

	(void) sqlite3_bind_int64(st, 1, received_us);
	(void) sqlite3_bind_int64(st, 2, origin);
	if (reject->source)
		stmt_bind_text(st, 3, reject->source, strlen(reject->source));
	(void) sqlite3_bind_int64(st, 4, (int64_t) item->line_no);
	(void) sqlite3_bind_int64(st, 5, item->event_no);
	stmt_bind_text(st, 6, first->code, strlen(first->code));
	if (first->field)
		stmt_bind_text(st, 7, first->field, strlen(first->field));
	stmt_bind_text(st, 8, q->message.data, q->message.n);
	(void) sqlite3_bind_blob(st, 9, reject->n_body ? reject->body : "", (int) reject->n_body, SQLITE_STATIC);
	(void) sqlite3_bind_int64(st, 10, (int64_t) reject->n_whole);
	r = stmt_run(st);
	if (r == 0)
		q->n_bytes += (int64_t) reject->n_body;
	return r;
}

int quarantine_drop(struct quarantine *q, int64_t first, int64_t last)
{
	int64_t bytes = 0;
	int r = measure(q, first, last, &bytes);

	if (r == 0)
		r = delete_range(q, first, last);
	if (r == 0)
		q->n_bytes -= bytes;
	return r;
}
