#include "app/builtin.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "store/reader.h"
#include "wire/limits.h"
#include "wire/reply.h"

static void add_allowed(struct reply_row *row, const struct report_param *p)
{
	_cleanup_(buf_deinit) struct buf list = {};
	int rc = buf_add_char(&list, '[');

	for (const char *const *a = p->allowed; *a && rc == 0; a++) {
		if (list.n > 1)
			rc = buf_add_char(&list, ',');
		if (rc == 0)
			rc = reply_string(&list, *a, strlen(*a));
	}
	if (rc == 0)
		rc = buf_add_char(&list, ']');
	if (rc == 0)
		reply_raw(row, "values", &list);
	else
		row->error = rc;
}

/* One element of the list in @out, an object of its own. */
static int add_param(struct buf *out, const struct report_param *p)
{
	struct reply_row row;

	if (out->n > 1 && buf_add_char(out, ',') < 0)
		return -ENOMEM;
	reply_row_begin(&row, out, NULL, NULL);
	reply_str(&row, "name", p->name);
	reply_str(&row, "type", report_type_name(p));
	if (p->allowed)
		add_allowed(&row, p);
	reply_bool(&row, "required", p->required);
	reply_str(&row, "description", p->description);
	return reply_row_end(&row, false);
}

static void add_params(struct reply_row *row, const struct report *r)
{
	_cleanup_(buf_deinit) struct buf list = {};
	int rc = buf_add_char(&list, '[');

	for (size_t i = 0; i < r->n_params && rc == 0; i++)
		rc = add_param(&list, &r->params[i]);
	if (rc == 0)
		rc = buf_add_char(&list, ']');
	if (rc == 0)
		reply_raw(row, "parameters", &list);
	else
		row->error = rc;
}

static void add_keys(struct reply_row *row, const char *name, const struct report *r, bool groups_only)
{
	_cleanup_(buf_deinit) struct buf list = {};
	int rc = buf_add_char(&list, '[');

	for (size_t i = 0; i < r->n_keys && rc == 0; i++) {
		if (groups_only && !r->keys[i].groups)
			continue;
		if (list.n > 1)
			rc = buf_add_char(&list, ',');
		if (rc == 0)
			rc = reply_string(&list, r->keys[i].name, strlen(r->keys[i].name));
	}
	if (rc == 0)
		rc = buf_add_char(&list, ']');
	if (rc == 0)
		reply_raw(row, name, &list);
	else
		row->error = rc;
}

static int add_query(struct buf *out, struct buf *columns, const struct report *r)
{
	struct reply_row row;

	reply_row_begin(&row, out, columns, NULL);
	reply_str(&row, "name", r->name);
	reply_str(&row, "description", r->description);
	add_params(&row, r);
	add_keys(&row, "by", r, true);
	add_keys(&row, "where", r, false);
	return reply_row_end(&row, true);
}

int builtin_queries(const struct report_set *reports, const struct report_set *statements, struct buf *out)
{
	static const struct report queries = { .name = "queries", .description = "what can be asked" };
	static const struct report status = { .name = "status", .description = "how the recorder is doing" };
	_cleanup_(buf_deinit) struct buf columns = {};
	int r;

	r = add_query(out, &columns, &queries);
	if (r == 0)
		r = add_query(out, NULL, &status);
	for (size_t i = 0; i < statements->n_reports && r == 0; i++)
		r = add_query(out, NULL, &statements->reports[i]);
	for (size_t i = 0; i < reports->n_reports && r == 0; i++)
		r = add_query(out, NULL, &reports->reports[i]);
	return r < 0 ? r : reply_end(out, reports->n_reports + statements->n_reports + 2, LIMIT_ROWS_DEFAULT, NULL, &columns,
				  NULL);
}

/* Of a file that may not be there. */
static void add_size(struct reply_row *row, const char *key, int64_t bytes)
{
	if (bytes >= 0)
		reply_int(row, key, bytes);
	else
		reply_null(row, key);
}

int builtin_status(const struct status *st, struct buf *out)
{
	_cleanup_(buf_deinit) struct buf columns = {};
	struct reply_row row;
	int r;

	reply_row_begin(&row, out, &columns, NULL);
	reply_str(&row, "version", PACKAGE_VERSION);
	reply_int(&row, "pid", getpid());
	reply_int(&row, "uptime_ms", st->uptime_ms);
	reply_str(&row, "state", st->busy_code ? "busy" : "ok");
	reply_str(&row, "busy_code", st->busy_code);
	reply_str(&row, "epoch", st->epoch);
	reply_int(&row, "last_event_id", st->last_event_id);
	reply_int(&row, "stored", (int64_t) st->n_stored);
	reply_int(&row, "flagged", (int64_t) st->n_flagged);
	reply_int(&row, "duplicate", (int64_t) st->n_duplicate);
	reply_int(&row, "rejected", (int64_t) st->n_rejected);
	reply_int(&row, "connections", (int64_t) st->n_connections);
	reply_int(&row, "refused", (int64_t) st->n_refused);
	reply_int(&row, "n_commits", (int64_t) st->n_commits);
	reply_int(&row, "last_commit_us", st->last_commit_us);
	add_size(&row, "database_bytes", st->database_bytes);
	add_size(&row, "wal_bytes", st->wal_bytes);
	reply_int(&row, "quarantine_bytes", (int64_t) st->quarantine_bytes);
	reply_int(&row, "quarantine_dropped", (int64_t) st->n_quarantine_dropped);
	reply_str(&row, "sqlite_version", reader_library_version());
	reply_str(&row, "warning", st->warning);
	r = reply_row_end(&row, true);
	return r < 0 ? r : reply_end(out, 1, LIMIT_ROWS_DEFAULT, NULL, &columns, NULL);
}
