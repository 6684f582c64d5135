/* Which version the file is of, and the steps from there. */

#include "store/schema.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/dberr.h"
#include "store/sql_gen.h"
#include "store/store.h"
#include "util/macros.h"

enum {
	APPLICATION_ID = 0x636c6d74,	/* "clmt" */
	NEWEST_VERSION = N_ELEMENTS(sql_schema),
};

static int get_int(sqlite3 *db, const char *sql, int64_t *ret)
{
	sqlite3_stmt *q;
	int rc = sqlite3_prepare_v2(db, sql, -1, &q, NULL);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(q);
		if (rc == SQLITE_ROW)
			*ret = sqlite3_column_int64(q, 0);
		(void) sqlite3_finalize(q);
	}
	return dberr(rc);
}

static int run(sqlite3 *db, const char *sql)
{
	return dberr(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

/* Drop every view there is; the names of an older program's may be gone from ours. */
static int drop_views(sqlite3 *db)
{
	struct buf sql = {};
	sqlite3_stmt *q;
	int rc, r = 0;

	rc = sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'view'", -1, &q, NULL);
	if (rc != SQLITE_OK)
		return dberr(rc);
	while (r == 0 && (rc = sqlite3_step(q)) == SQLITE_ROW)
		r = buf_printf(&sql, "DROP VIEW \"%s\";", (const char *) sqlite3_column_text(q, 0));
	(void) sqlite3_finalize(q);
	if (r == 0)
		r = dberr(rc);
	if (r == 0 && sql.n > 0)
		r = buf_cstr(&sql) ? run(db, sql.data) : -ENOMEM;
	buf_deinit(&sql);
	return r;
}

/* Append @text with @view for each $view in it. */
static int add_part(struct buf *sql, const char *text, size_t n, const char *view)
{
	static const char word[] = "$view";
	const char *end = text + n, *at;
	int r = 0;

	while (r == 0 && (at = memmem(text, (size_t) (end - text), word, sizeof(word) - 1))) {
		r = buf_add(sql, text, (size_t) (at - text));
		if (r == 0)
			r = buf_add_str(sql, view);
		text = at + sizeof(word) - 1;
	}
	return r < 0 ? r : buf_add(sql, text, (size_t) (end - text));
}

/* What stands between $each and $end, once for each vendor's part of the timeline. */
static int add_parts(struct buf *sql, const char *text, size_t n)
{
	static const char suffix[] = "_timeline";
	bool first = true;
	int r = 0;

	for (size_t i = 0; r == 0 && i < N_ELEMENTS(sql_view); i++) {
		size_t n_name = strlen(sql_view[i].name);

		if (n_name < sizeof(suffix) || strcmp(sql_view[i].name + n_name - (sizeof(suffix) - 1), suffix) != 0)
			continue;
		if (!first)
			r = buf_add_str(sql, "UNION ALL");
		first = false;
		if (r == 0)
			r = add_part(sql, text, n, sql_view[i].name);
	}
	return r;
}

static int make_view(sqlite3 *db, const char *text)
{
	_cleanup_(buf_deinit) struct buf sql = {};
	const char *each = strstr(text, "\n\t$each\n"), *end = strstr(text, "\n\t$end\n");
	int r;

	if (!each || !end)
		return run(db, text);
	each += 1;
	r = buf_add(&sql, text, (size_t) (each - text));
	each += strlen("\t$each");
	if (r == 0)
		r = add_parts(&sql, each, (size_t) (end + 1 - each));
	if (r == 0)
		r = buf_add_str(&sql, end + strlen("\n\t$end"));
	return r < 0 || !buf_cstr(&sql) ? -ENOMEM : run(db, sql.data);
}

int schema_make_views(sqlite3 *db)
{
	int r = drop_views(db);

	for (size_t i = 0; r == 0 && i < N_ELEMENTS(sql_view); i++)
		r = make_view(db, sql_view[i].text);
	return r;
}

static int migrate(sqlite3 *db, int64_t version)
{
	char pragma[64];
	int r = drop_views(db);	/* a table that is renamed would have them looked through */

	for (size_t v = (size_t) version; r == 0 && v < NEWEST_VERSION; v++)
		r = run(db, sql_schema[v].text);
	if (r == 0)
		r = schema_make_views(db);
	(void) snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", NEWEST_VERSION);
	if (r == 0)
		r = run(db, pragma);
	(void) snprintf(pragma, sizeof(pragma), "PRAGMA application_id = %d", APPLICATION_ID);
	return r < 0 ? r : run(db, pragma);
}

/* A copy of a file about to be migrated, for the way back. */
static int keep_copy(sqlite3 *db, const char *path, int64_t version)
{
	char *copy = NULL, *sql = NULL;
	int r = -ENOMEM;

	copy = sqlite3_mprintf("%s.v%lld", path, (long long) version);
	sql = copy ? sqlite3_mprintf("VACUUM INTO %Q", copy) : NULL;
	if (sql) {
		(void) unlink(copy);	/* of an earlier try that did not get through */
		r = run(db, sql);
	}
	sqlite3_free(sql);
	sqlite3_free(copy);
	return r;
}

int schema_apply(sqlite3 *db, const char *path, struct buf *why)
{
	int64_t version = 0, application = 0, n_objects = 0;
	int r;

	r = get_int(db, "PRAGMA user_version", &version);
	if (r == 0)
		r = get_int(db, "PRAGMA application_id", &application);
	if (r == 0)
		r = get_int(db, "SELECT count(*) FROM sqlite_schema", &n_objects);
	if (r < 0)
		goto fail;
	if (n_objects > 0 && application != APPLICATION_ID) {
		(void) buf_printf(why, "%s is not a callmeter database; move it away or choose another --state-dir", path);
		return STORE_E_NOT_OURS;
	}
	if (version > NEWEST_VERSION) {
		(void) buf_printf(why, "%s has schema version %lld, this program knows up to %d; "
				  "install the newer callmeter again", path, (long long) version, NEWEST_VERSION);
		return STORE_E_NEWER;
	}
	if (version > 0 && version < NEWEST_VERSION)
		r = keep_copy(db, path, version);
	if (r == 0)
		r = run(db, "BEGIN IMMEDIATE");
	if (r == 0)
		r = migrate(db, version);
	if (r == 0)
		r = run(db, "COMMIT");
	if (r == 0)
		return 0;
fail:
	(void) buf_printf(why, "cannot set up %s: %s", path, sqlite3_errmsg(db));
	if (!sqlite3_get_autocommit(db))
		(void) run(db, "ROLLBACK");
	return r;
}
