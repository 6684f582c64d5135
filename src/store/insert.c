/* Making and running a vendor's INSERT. */

#include "store/insert.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "dialect/dialect.h"
#include "store/dberr.h"
#include "store/stmts.h"
#include "util/buf.h"

static const char head_columns[] =
	"event_id, scope, at_us, digest, received_us, stamped, origin, sender_id, extra";

enum { N_HEAD_COLUMNS = 9 };

bool insert_has_column(const struct field *f)
{
	return f->role != ROLE_TIME && f->role != ROLE_ATTEMPT;	/* they are at_us and scope */
}

bool insert_is_ref(const struct field *f)
{
	return f->role != ROLE_NONE || f->keep == KEEP_DICT;
}

int insert_prepare(sqlite3 *db, const struct dialect *d, sqlite3_stmt **ret)
{
	_cleanup_(buf_deinit) struct buf sql = {};
	int n_columns = N_HEAD_COLUMNS;
	int r;

	r = buf_printf(&sql, "INSERT INTO %s (%s", d->table, head_columns);
	for (size_t i = 0; r == 0 && i < d->n_fields; i++) {
		const struct field *f = &d->fields[i];

		if (!insert_has_column(f))
			continue;
		r = buf_printf(&sql, ", %s", f->column ? f->column : f->name);
		n_columns++;
	}
	if (r == 0)
		r = buf_add_str(&sql, ") VALUES (?");
	for (int i = 1; r == 0 && i < n_columns; i++)
		r = buf_add_str(&sql, ", ?");
	if (r == 0)
		r = buf_add_str(&sql, ") ON CONFLICT (scope, at_us, digest) DO NOTHING");
	if (r < 0 || !buf_cstr(&sql))
		return -ENOMEM;
	return dberr(sqlite3_prepare_v3(db, sql.data, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL));
}

static void bind_value(sqlite3_stmt *q, int at, const struct value *v)
{
	switch (v->kind) {
	case VALUE_TEXT:
		stmt_bind_text(q, at, v->text, v->n);
		break;
	case VALUE_INT:
		(void) sqlite3_bind_int64(q, at, v->i);
		break;
	case VALUE_REAL:
		(void) sqlite3_bind_double(q, at, v->d);
		break;
	default:
		break;	/* absent: NULL */
	}
}

int insert_run(sqlite3 *db, sqlite3_stmt *insert, const struct insert_head *head, const struct event *event,
	       const int64_t *refs)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = insert;
	const struct dialect *d = event->dialect;
	int at = 1;
	int r;

	(void) sqlite3_bind_int64(q, at++, head->event_id);
	(void) sqlite3_bind_int64(q, at++, head->scope);
	(void) sqlite3_bind_int64(q, at++, event->at_us);
	(void) sqlite3_bind_int64(q, at++, (int64_t) event->digest);
	(void) sqlite3_bind_int64(q, at++, head->received_us);
	(void) sqlite3_bind_int64(q, at++, !event->timed);
	(void) sqlite3_bind_int64(q, at++, head->origin);
	stmt_bind_text(q, at++, event->sender_id, event->sender_id ? strlen(event->sender_id) : 0);
	stmt_bind_text(q, at++, event->extra, event->n_extra);
	for (size_t i = 0; i < d->n_fields; i++) {
		if (!insert_has_column(&d->fields[i]))
			continue;
		if (insert_is_ref(&d->fields[i]))
			stmt_bind_ref(q, at, refs[i]);
		else
			bind_value(q, at, &event->values[i]);
		at++;
	}
	r = stmt_run(q);
	if (r < 0)
		return r;
	return sqlite3_changes(db) == 0 ? INSERT_E_DUPLICATE : 0;
}
