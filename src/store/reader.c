#include "store/reader.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "dialect/dialect.h"
#include "store/export.h"
#include "store/quantile.h"
#include "util/clock.h"
#include "wire/limits.h"

enum {
	CACHED_STATEMENTS = 32,		/* an export has two a dialect in use at once */
	EXPORT_WINDOW = 500000,		/* event ids one page looks at: a filter that matches nothing has its bound too */
	BUSY_TIMEOUT_MS = 100,
	OPS_BETWEEN_LOOKS = 4096,	/* of SQLite's machine, some tens of µs */
};

struct cached {
	char *sql;		/* owned; NULL: free */
	sqlite3_stmt *stmt;	/* owned */
	uint64_t last_used;
};

struct reader {
	char *path;		/* owned */
	sqlite3 *db;		/* owned; NULL until it is needed */
	dev_t dev;		/* of the file that is open */
	ino_t ino;
	struct cached cache[CACHED_STATEMENTS];
	uint64_t n_uses;
	struct scan scan;	/* owned; for JSON columns */
	struct export_work export;	/* owned */
	/* While a question is answered. */
	const atomic_bool *cancelled;
	int64_t deadline_us;	/* monotonic */
};

int reader_new(const char *path, struct reader **ret)
{
	struct reader *rd = calloc(1, sizeof(*rd));

	if (!rd)
		return -ENOMEM;
	rd->path = strdup(path);
	if (!rd->path) {
		free(rd);
		return -ENOMEM;
	}
	*ret = rd;
	return 0;
}

static void close_db(struct reader *rd)
{
	for (size_t i = 0; i < CACHED_STATEMENTS; i++) {
		(void) sqlite3_finalize(rd->cache[i].stmt);
		free(rd->cache[i].sql);
		rd->cache[i] = (struct cached) {};
	}
	(void) sqlite3_close(rd->db);
	rd->db = NULL;
}

void reader_free(struct reader *rd)
{
	if (!rd)
		return;
	close_db(rd);
	scan_deinit(&rd->scan);
	export_deinit(&rd->export);
	free(rd->path);
	free(rd);
}

const char *reader_library_version(void)
{
	return sqlite3_libversion();
}

static int on_progress(void *user)
{
	const struct reader *rd = user;

	return atomic_load_explicit(rd->cancelled, memory_order_relaxed) || clock_mono_us() >= rd->deadline_us;
}

static bool cancelled(const struct reader *rd)
{
	return atomic_load_explicit(rd->cancelled, memory_order_relaxed);
}

/* SQLite's error space ends here. A connection that may be at fault is given up. */
static int failed(struct reader *rd, int rc, struct reply_error *e)
{
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_INTERRUPT:
		if (cancelled(rd))
			return READER_E_CANCELLED;
		reply_error_set(e, "timeout", "the answer took longer than query_timeout");
		reply_error_hint(e, "Ask for less: a later since, an earlier until, a where.");
		return READER_E_FAILED;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		reply_error_set(e, "busy", "another process holds the database locked");
		reply_error_hint(e, "Ask again in a moment.");
		return READER_E_FAILED;
	default:
		reply_error_set(e, "internal", "%s", rd->db ? sqlite3_errmsg(rd->db) : sqlite3_errstr(rc));
		reply_error_hint(e, "This is not the request's fault; the daemon's log may say more.");
		close_db(rd);
		return READER_E_FAILED;
	}
}

static int open_db(struct reader *rd, struct reply_error *e)
{
	struct stat st;
	int rc;

	/* stat(), never open(): closing a descriptor of the file would drop the writer's locks. */
	if (stat(rd->path, &st) < 0) {
		close_db(rd);
		reply_error_set(e, "internal", "%s: %s", rd->path, strerror(errno));
		return READER_E_FAILED;
	}
	if (rd->db && st.st_dev == rd->dev && st.st_ino == rd->ino)
		return 0;
	close_db(rd);

	rc = sqlite3_open_v2(rd->path, &rd->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(rd->db, "PRAGMA query_only = 1; PRAGMA mmap_size = 0; PRAGMA trusted_schema = 0",
				  NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = quantile_register(rd->db) < 0 ? SQLITE_NOMEM : SQLITE_OK;
	if (rc != SQLITE_OK) {
		int r = failed(rd, rc, e);

		close_db(rd);
		return r;
	}
	(void) sqlite3_busy_timeout(rd->db, BUSY_TIMEOUT_MS);
	sqlite3_progress_handler(rd->db, OPS_BETWEEN_LOOKS, on_progress, rd);
	rd->dev = st.st_dev;
	rd->ino = st.st_ino;
	return 0;
}

/* The statement of this text, from the cache or made in the place of the one unused the longest. */
static int find_statement(struct reader *rd, const char *sql, sqlite3_stmt **ret)
{
	struct cached *oldest = &rd->cache[0];
	sqlite3_stmt *stmt;
	char *copy;
	int rc;

	for (size_t i = 0; i < CACHED_STATEMENTS; i++) {
		struct cached *c = &rd->cache[i];

		if (c->sql && strcmp(c->sql, sql) == 0) {
			c->last_used = ++rd->n_uses;
			*ret = c->stmt;
			return SQLITE_OK;
		}
		if (c->last_used < oldest->last_used)
			oldest = c;
	}
	rc = sqlite3_prepare_v3(rd->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
	if (rc != SQLITE_OK)
		return rc;
	copy = strdup(sql);
	if (!copy) {
		(void) sqlite3_finalize(stmt);
		return SQLITE_NOMEM;
	}
	(void) sqlite3_finalize(oldest->stmt);
	free(oldest->sql);
	*oldest = (struct cached) { .sql = copy, .stmt = stmt, .last_used = ++rd->n_uses };
	*ret = stmt;
	return SQLITE_OK;
}

static int bind_int(sqlite3_stmt *q, const char *name, int64_t value)
{
	int i = sqlite3_bind_parameter_index(q, name);

	return i > 0 ? sqlite3_bind_int64(q, i, value) : SQLITE_OK;
}

static int bind_value(sqlite3_stmt *q, const struct ask_value *v)
{
	int i = sqlite3_bind_parameter_index(q, v->name);

	if (i == 0)	/* this statement does not care */
		return SQLITE_OK;
	switch (v->type) {
	case ASK_INT:
		return sqlite3_bind_int64(q, i, v->i);
	case ASK_REAL:
		return sqlite3_bind_double(q, i, v->d);
	case ASK_TEXT:
		return sqlite3_bind_text(q, i, v->s, (int) v->n, SQLITE_STATIC);
	default:
		return sqlite3_bind_null(q, i);
	}
}

static void stmt_return(sqlite3_stmt **q)
{
	(void) sqlite3_reset(*q);
	(void) sqlite3_clear_bindings(*q);
}

static bool is_json(const struct report *r, const char *column)
{
	for (size_t i = 0; i < r->n_json; i++)
		if (strcmp(r->json[i], column) == 0)
			return true;
	return false;
}

static void add_column(struct reply_row *row, sqlite3_stmt *q, int i, const struct report *report)
{
	const char *name = sqlite3_column_name(q, i), *text;

	switch (sqlite3_column_type(q, i)) {
	case SQLITE_NULL:
		reply_null(row, name);
		break;
	case SQLITE_INTEGER:
		reply_int(row, name, sqlite3_column_int64(q, i));
		break;
	case SQLITE_FLOAT:
		reply_real(row, name, sqlite3_column_double(q, i));
		break;
	default:	/* text, or a blob as the text it may be */
		text = sqlite3_column_blob(q, i);
		if (is_json(report, name))
			reply_json(row, name, text, (size_t) sqlite3_column_bytes(q, i));
		else
			reply_text(row, name, text, (size_t) sqlite3_column_bytes(q, i));
		break;
	}
}

/* One run of a question's statement. */
struct run {
	struct reader *rd;
	const struct ask *ask;
	struct buf *out;
	int64_t max_rows;
	const char *epoch;	/* of a follow: each row gets its cursor; else NULL */
	int64_t n_rows;
	int64_t last_event_id;	/* of a follow: of the last row */
	bool more;		/* there are rows behind the last */
};

static int add_row(struct run *run, sqlite3_stmt *q)
{
	struct reply_row row;
	char cursor[80];

	reply_row_begin(&row, run->out, NULL, &run->rd->scan);
	for (int i = 0; i < sqlite3_column_count(q); i++) {
		add_column(&row, q, i, run->ask->report);
		if (run->epoch && strcmp(sqlite3_column_name(q, i), "event_id") == 0)
			run->last_event_id = sqlite3_column_int64(q, i);
	}
	if (run->epoch) {
		(void) snprintf(cursor, sizeof(cursor), "%s:%" PRId64, run->epoch, run->last_event_id);
		reply_str(&row, "cursor", cursor);
	}
	return reply_row_end(&row, true);
}

static int add_rows(struct run *run, sqlite3_stmt *q, struct reply_error *e)
{
	size_t begin = run->out->n;
	int rc, r;

	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		if (run->n_rows == run->max_rows || run->out->n - begin > LIMIT_REPLY_BYTES) {
			run->more = true;
			return 0;
		}
		r = add_row(run, q);
		if (r < 0)
			return r;
		run->n_rows++;
	}
	return rc == SQLITE_DONE ? 0 : failed(run->rd, rc, e);
}

static int bind_all(const struct ask *a, sqlite3_stmt *q, int64_t limit)
{
	int rc = bind_int(q, ":limit", limit);

	if (rc == SQLITE_OK)
		rc = bind_int(q, ":offset", a->offset);
	for (size_t i = 0; i < a->n_values && rc == SQLITE_OK; i++)
		rc = bind_value(q, &a->values[i]);
	return rc;
}

/* Begin with @terms: the connection open. */
static int begin(struct reader *rd, const struct reader_terms *terms, struct reply_error *e)
{
	rd->cancelled = terms->cancelled;
	rd->deadline_us = clock_mono_us() + terms->timeout_us;
	return cancelled(rd) ? READER_E_CANCELLED : open_db(rd, e);
}

/* The statement @sql on loan, with the question's values. */
static int borrow(struct reader *rd, const struct ask *a, const char *sql, int64_t limit, sqlite3_stmt **ret,
		  struct reply_error *e)
{
	int rc = find_statement(rd, sql, ret);

	if (rc != SQLITE_OK)
		return failed(rd, rc, e);
	rc = bind_all(a, *ret, limit);
	if (rc != SQLITE_OK) {
		stmt_return(ret);
		return failed(rd, rc, e);
	}
	return 0;
}

/*
 * Rows of all answers together: counted only where this answer does not show it. While there
 * are more rows, their statement stands open, so both see the same state of the database.
 */
static int find_paging(struct run *run, struct reply_paging *ret, struct reply_error *e)
{
	_cleanup_(buf_deinit) struct buf sql = {};
	const struct ask *a = run->ask;
	struct reply_paging p = { .start_offset = a->offset, .end_offset = a->offset + run->n_rows };
	sqlite3_stmt *q;
	int r, rc;

	p.total_count = p.end_offset;
	if (run->more || (run->n_rows == 0 && a->offset > 0)) {
		r = ask_count(a, &sql);
		if (r < 0)
			return r;
		rc = find_statement(run->rd, sql.data, &q);
		if (rc != SQLITE_OK)
			return failed(run->rd, rc, e);
		rc = bind_all(a, q, -1);
		if (rc == SQLITE_OK)
			rc = sqlite3_step(q);
		if (rc == SQLITE_ROW)
			p.total_count = sqlite3_column_int64(q, 0);
		stmt_return(&q);
		if (rc != SQLITE_ROW)
			return failed(run->rd, rc, e);
		if (run->n_rows == 0)	/* a page behind the last one */
			p.start_offset = p.end_offset = MIN_OF(a->offset, p.total_count);
	}
	*ret = p;
	return 0;
}

static int add_end(struct run *run, sqlite3_stmt *q, struct reply_error *e)
{
	_cleanup_(buf_deinit) struct buf columns = {};
	bool paging = run->ask->report->paging, leads_on = run->more && !run->ask->by_page;
	struct reply_paging pages;
	char cursor[ASK_CURSOR_SIZE];
	int r = 0;

	for (int i = 0; i < sqlite3_column_count(q) && r == 0; i++) {
		const char *name = sqlite3_column_name(q, i);

		if (i > 0)
			r = buf_add_char(&columns, ',');
		if (r == 0)
			r = reply_string(&columns, name, strlen(name));
	}
	if (r == 0 && paging)
		r = find_paging(run, &pages, e);
	if (r != 0)
		return r;
	if (leads_on)
		ask_cursor(run->ask, run->ask->offset + run->n_rows, cursor);
	return reply_end(run->out, (uint64_t) run->n_rows, run->max_rows, leads_on ? cursor : NULL, &columns,
			 paging ? &pages : NULL);
}

int reader_answer(struct reader *rd, const struct ask *a, const struct reader_terms *terms, struct buf *out,
		  struct reply_error *e)
{
	struct run run = { .rd = rd, .ask = a, .out = out, .max_rows = a->limit };
	size_t n_before = out->n;
	sqlite3_stmt *q;
	int r;

	r = begin(rd, terms, e);
	if (r == 0)	/* one more than is told, to know whether there are more */
		r = borrow(rd, a, a->sql.data, a->limit + 1, &q, e);
	if (r != 0)
		return r;
	r = add_rows(&run, q, e);
	if (r == 0)
		r = add_end(&run, q, e);
	if (rd->db)	/* else a failure took the statement with it */
		stmt_return(&q);
	if (r != 0)
		out->n = n_before;
	return r;
}

int reader_follow(struct reader *rd, const struct ask *a, const struct reader_terms *terms, const char *epoch,
		  int64_t *after, int64_t last, struct buf *out, struct reply_error *e)
{
	struct run run = { .rd = rd, .ask = a, .out = out, .max_rows = LIMIT_FOLLOW_ROWS, .epoch = epoch };
	size_t n_before = out->n;
	sqlite3_stmt *q;
	int r, rc;

	r = begin(rd, terms, e);
	if (r == 0)
		r = borrow(rd, a, a->sql.data, LIMIT_FOLLOW_ROWS + 1, &q, e);
	if (r != 0)
		return r;
	rc = bind_int(q, ":after", *after);
	if (rc == SQLITE_OK)
		rc = bind_int(q, ":last", last);
	r = rc == SQLITE_OK ? add_rows(&run, q, e) : failed(rd, rc, e);
	if (rd->db)
		stmt_return(&q);
	if (r != 0)
		out->n = n_before;
	else
		*after = run.more ? run.last_event_id : last;
	return r;
}

/* One dialect's events in a page of an export. */
struct part {
	const struct dialect *dialect;
	sqlite3_stmt *q, *items;	/* on loan; NULL: none */
	int64_t event_id;		/* of the row q stands on; INT64_MAX: no more */
};

struct page {
	struct part parts[DIALECTS_MAX];
	size_t n_parts;
	int64_t last;			/* it goes up to this event id */
};

static void return_parts(struct reader *rd, struct page *page)
{
	for (size_t i = 0; i < page->n_parts && rd->db; i++) {	/* else a failure took them with it */
		if (page->parts[i].q)
			stmt_return(&page->parts[i].q);
		if (page->parts[i].items)
			stmt_return(&page->parts[i].items);
	}
}

static int step_part(struct reader *rd, struct part *p, struct reply_error *e)
{
	int rc = sqlite3_step(p->q);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return failed(rd, rc, e);
	p->event_id = rc == SQLITE_ROW ? export_event_id(p->q) : INT64_MAX;
	return 0;
}

static int open_part(struct reader *rd, const struct ask *a, const struct dialect *d, struct page *page,
		     struct reply_error *e)
{
	_cleanup_(buf_deinit) struct buf sql = {}, items = {};
	struct part *p = &page->parts[page->n_parts++];
	int r, rc;

	*p = (struct part) { .dialect = d };
	r = export_select(d, a->sql.data, &sql);
	if (r == 0 && d->items)
		r = export_select_items(d->items, &items);
	if (r < 0 || !buf_cstr(&sql) || !buf_cstr(&items))
		return -ENOMEM;
	r = borrow(rd, a, sql.data, a->limit + 1, &p->q, e);
	if (r != 0) {
		p->q = NULL;
		return r;
	}
	rc = bind_int(p->q, ":after", a->after);
	if (rc == SQLITE_OK)
		rc = bind_int(p->q, ":last", page->last);
	if (rc == SQLITE_OK && d->items)
		rc = find_statement(rd, items.data, &p->items);
	return rc == SQLITE_OK ? step_part(rd, p, e) : failed(rd, rc, e);
}

/* The dialects' events as one sequence, up to the limit or the window's end. */
static int add_export_rows(struct reader *rd, const struct ask *a, struct page *page, bool all_times, struct buf *out,
			   int64_t *ret_n, struct reply_error *e)
{
	size_t begin = out->n;

	for (int64_t n = 0;; n++) {
		struct part *next = &page->parts[0];
		int r;

		for (size_t i = 1; i < page->n_parts; i++)
			if (page->parts[i].event_id < next->event_id)
				next = &page->parts[i];
		*ret_n = n;
		if (page->n_parts == 0 || next->event_id == INT64_MAX)
			return 0;
		if (n == a->limit || out->n - begin > LIMIT_REPLY_BYTES) {
			page->last = next->event_id - 1;
			return 0;
		}
		r = export_row(&rd->export, next->dialect, next->q, next->items, all_times, out);
		if (r == EXPORT_E_SQLITE)
			return failed(rd, sqlite3_errcode(rd->db), e);
		if (r == -EUCLEAN) {
			reply_error_set(e, "internal", "event %" PRId64 " is not as it was stored", next->event_id);
			reply_error_hint(e, "The database is damaged: PRAGMA integrity_check tells how.");
			return READER_E_FAILED;
		}
		if (r == 0)
			r = step_part(rd, next, e);
		if (r != 0)
			return r;
	}
}

int reader_export(struct reader *rd, const struct ask *a, const struct reader_terms *terms, struct buf *out,
		  struct reply_error *e)
{
	static char names[] = "\"source\",\"app\",\"id\",\"at\",\"context\",\"event\"";
	const struct buf columns = { .data = names, .n = sizeof(names) - 1 };
	struct page page = { .last = MIN_OF(a->last, a->after + EXPORT_WINDOW) };
	size_t n_before = out->n;
	char cursor[ASK_CURSOR_SIZE];
	int64_t n_rows = 0;
	int r;

	r = begin(rd, terms, e);
	for (size_t i = 0; i < n_dialects && r == 0; i++)
		if (!ask_text(a, "source") || ask_is(a, "source", dialects[i]->source))
			r = open_part(rd, a, dialects[i], &page, e);
	if (r == 0)
		r = add_export_rows(rd, a, &page, ask_is(a, "times", "all"), out, &n_rows, e);
	return_parts(rd, &page);
	if (r == 0) {
		ask_cursor(a, page.last, cursor);
		r = reply_end(out, (uint64_t) n_rows, a->limit, page.last < a->last ? cursor : NULL, &columns,
			      NULL);
	}
	if (r != 0)
		out->n = n_before;
	return r;
}
