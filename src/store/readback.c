#include "store/readback.h"

#include <errno.h>
#include <string.h>

#include "store/dberr.h"
#include "store/stmts.h"

void readback_close(struct readback *rb)
{
	for (size_t i = 0; i < DIALECTS_MAX; i++) {
		(void) sqlite3_finalize(rb->by_scope[i]);
		(void) sqlite3_finalize(rb->by_id[i]);
		(void) sqlite3_finalize(rb->items[i]);
	}
	arena_deinit(&rb->arena);
	*rb = (struct readback) {};
}

static int prepare(struct readback *rb, struct buf *sql, sqlite3_stmt **ret)
{
	if (!buf_cstr(sql))
		return -ENOMEM;
	return dberr(sqlite3_prepare_v3(rb->db, sql->data, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL));
}

static int prepare_events(struct readback *rb, size_t i, const char *where, sqlite3_stmt **ret)
{
	_cleanup_(buf_deinit) struct buf sql = {};
	int r;

	if (*ret)
		return 0;
	r = export_select(dialects[i], where, &sql);
	return r < 0 ? r : prepare(rb, &sql, ret);
}

static int prepare_items(struct readback *rb, size_t i)
{
	_cleanup_(buf_deinit) struct buf sql = {};
	int r;

	if (!dialects[i]->items || rb->items[i])
		return 0;
	r = export_select_items(dialects[i]->items, &sql);
	return r < 0 ? r : prepare(rb, &sql, &rb->items[i]);
}

static int give(struct readback *rb, size_t i, sqlite3_stmt *statement, readback_fn fn, void *user)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = statement;
	int r;

	while ((r = stmt_row(q)) == 0) {
		struct event event;

		arena_reset(&rb->arena);
		r = export_event(dialects[i], q, rb->items[i], rb->values, &rb->arena, &event);
		if (r == EXPORT_E_SQLITE)
			return dberr(sqlite3_errcode(rb->db));
		if (r == 0)
			r = fn(user, export_event_id(q), export_scope(q), &event);
		if (r < 0)
			return r;
	}
	return r == STMT_E_NO_ROW ? 0 : r;
}

int readback_scope(struct readback *rb, size_t i, const struct readback_range *range, readback_fn fn, void *user)
{
	/* A unary plus keeps an index from serving the term. */
	static const char by_scope[] = "WHERE e.scope = ?1 AND e.at_us BETWEEN ?2 AND ?3 AND +e.event_id <= ?4";
	static const char by_time[] = "WHERE +e.scope = ?1 AND e.at_us / 1000 BETWEEN ?2 / 1000 AND ?3 / 1000"
				      " AND e.at_us BETWEEN ?2 AND ?3 AND +e.event_id <= ?4";
	sqlite3_stmt **q = &rb->by_scope[i];
	int r = prepare_events(rb, i, dialects[i]->scopes_by_time ? by_time : by_scope, q);

	if (r == 0)
		r = prepare_items(rb, i);
	if (r < 0)
		return r;
	(void) sqlite3_bind_int64(*q, 1, range->scope);
	(void) sqlite3_bind_int64(*q, 2, range->from_us);
	(void) sqlite3_bind_int64(*q, 3, range->until_us);
	(void) sqlite3_bind_int64(*q, 4, range->last_id);
	return give(rb, i, *q, fn, user);
}

int readback_since(struct readback *rb, size_t i, int64_t first_id, readback_fn fn, void *user)
{
	int r = prepare_events(rb, i, "WHERE e.event_id >= ?1 ORDER BY e.event_id", &rb->by_id[i]);

	if (r == 0)
		r = prepare_items(rb, i);
	if (r < 0)
		return r;
	(void) sqlite3_bind_int64(rb->by_id[i], 1, first_id);
	return give(rb, i, rb->by_id[i], fn, user);
}
