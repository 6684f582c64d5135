/* Reading and writing one row. */

#include "store/setting.h"

#include <stdio.h>
#include <string.h>

#include "store/dberr.h"

int setting_get_int(struct stmts *s, const char *name, int64_t *ret)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(s, STMT_GET_SETTING);
	int r;

	stmt_bind_text(q, 1, name, strlen(name));
	r = stmt_row(q);
	if (r < 0)
		return r;
	*ret = r == 0 ? sqlite3_column_int64(q, 0) : 0;
	return 0;
}

int setting_get_text(struct stmts *s, const char *name, char *ret, size_t size)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(s, STMT_GET_SETTING);
	int r;

	stmt_bind_text(q, 1, name, strlen(name));
	r = stmt_row(q);
	if (r < 0)
		return r;
	(void) snprintf(ret, size, "%s", r == 0 ? (const char *) sqlite3_column_text(q, 0) : "");
	return 0;
}

int setting_put_int(struct stmts *s, const char *name, int64_t value)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(s, STMT_PUT_SETTING);

	stmt_bind_text(q, 1, name, strlen(name));
	(void) sqlite3_bind_int64(q, 2, value);
	return stmt_run(q);
}

int setting_delete(struct stmts *s, const char *name)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(s, STMT_DELETE_SETTING);

	stmt_bind_text(q, 1, name, strlen(name));
	return stmt_run(q);
}

int setting_put_real(struct stmts *s, const char *name, double value)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(s, STMT_PUT_SETTING);

	stmt_bind_text(q, 1, name, strlen(name));
	(void) sqlite3_bind_double(q, 2, value);
	return stmt_run(q);
}

int setting_put_text(struct stmts *s, const char *name, const char *value)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(s, STMT_PUT_SETTING);

	stmt_bind_text(q, 1, name, strlen(name));
	stmt_bind_text(q, 2, value, strlen(value));
	return stmt_run(q);
}
