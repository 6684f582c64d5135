/* The statements of the writer: prepared once, lent one use at a time. */

#include "store/stmts.h"

#include <assert.h>
#include <errno.h>

#include "store/dberr.h"
#include "store/sql_gen.h"

static const char *const stmt_sql[N_STMTS] = {
	[STMT_FIND_DICT] = sql_stmt_find_dict,
	[STMT_INSERT_DICT] = sql_stmt_insert_dict,
	[STMT_FIND_ORIGIN] = sql_stmt_find_origin,
	[STMT_INSERT_ORIGIN] = sql_stmt_insert_origin,
	[STMT_FIND_USER] = sql_stmt_find_user,
	[STMT_INSERT_USER] = sql_stmt_insert_user,
	[STMT_FIND_SESSION_SCOPE] = sql_stmt_find_session_scope,
	[STMT_INSERT_SESSION_SCOPE] = sql_stmt_insert_session_scope,
	[STMT_INSERT_VIOLATION] = sql_stmt_insert_violation,
	[STMT_FIND_ATTEMPT] = sql_stmt_find_attempt,
	[STMT_WRITE_ATTEMPT] = sql_stmt_write_attempt,
	[STMT_FIND_CONNECT] = sql_stmt_find_connect,
	[STMT_WRITE_CONNECT] = sql_stmt_write_connect,
	[STMT_FIND_STAGE_ATTEMPT] = sql_stmt_find_stage_attempt,
	[STMT_WRITE_STAGE_ATTEMPT] = sql_stmt_write_stage_attempt,
	[STMT_FIND_PAIR_END] = sql_stmt_find_pair_end,
	[STMT_INSERT_QUARANTINE] = sql_stmt_insert_quarantine,
	[STMT_OLDEST_QUARANTINE] = sql_stmt_oldest_quarantine,
	[STMT_MEASURE_QUARANTINE] = sql_stmt_measure_quarantine,
	[STMT_DELETE_QUARANTINE] = sql_stmt_delete_quarantine,
	[STMT_FIND_SCOPE] = sql_stmt_find_scope,
	[STMT_DELETE_PARTICIPANTS] = sql_stmt_delete_participants,
	[STMT_DELETE_SESSIONS] = sql_stmt_delete_sessions,
	[STMT_INSERT_SESSION] = sql_stmt_insert_session,
	[STMT_UPDATE_SESSION] = sql_stmt_update_session,
	[STMT_WRITE_PARTICIPANT] = sql_stmt_write_participant,
	[STMT_GET_SETTING] = sql_stmt_get_setting,
	[STMT_PUT_SETTING] = sql_stmt_put_setting,
	[STMT_LAST_KEY] = sql_stmt_last_key,
	[STMT_LAST_STAGE_ATTEMPT] = sql_stmt_last_stage_attempt,
};

int stmts_open(struct stmts *s, sqlite3 *db)
{
	for (int i = 0; i < N_STMTS; i++) {
		int rc = sqlite3_prepare_v3(db, stmt_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
					    &s->all[i], NULL);

		if (rc != SQLITE_OK)
			return dberr(rc);
	}
	return 0;
}

void stmts_close(struct stmts *s)
{
	for (int i = 0; i < N_STMTS; i++) {
		(void) sqlite3_finalize(s->all[i]);
		s->all[i] = NULL;
	}
}

sqlite3_stmt *stmt_borrow(struct stmts *s, enum stmt which)
{
	assert(which < N_STMTS);
	assert(!sqlite3_stmt_busy(s->all[which]));

	return s->all[which];
}

void stmt_return(sqlite3_stmt **q)
{
	(void) sqlite3_reset(*q);	/* repeats the error sqlite3_step() gave */
	(void) sqlite3_clear_bindings(*q);
}

/* Binding can only fail for want of memory with a copied value; ours are borrowed. */

void stmt_bind_text(sqlite3_stmt *q, int at, const char *s, size_t n)
{
	if (s)
		(void) sqlite3_bind_text(q, at, s, (int) n, SQLITE_STATIC);
}

void stmt_bind_ref(sqlite3_stmt *q, int at, int64_t ref)
{
	if (ref)
		(void) sqlite3_bind_int64(q, at, ref);
}

int stmt_run(sqlite3_stmt *q)
{
	return dberr(sqlite3_step(q));
}

int stmt_row(sqlite3_stmt *q)
{
	int rc = sqlite3_step(q);

	if (rc == SQLITE_ROW)
		return 0;
	return rc == SQLITE_DONE ? STMT_E_NO_ROW : dberr(rc);
}

int stmt_int(struct stmts *s, enum stmt which, int64_t *ret)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(s, which);
	int r = stmt_row(q);

	if (r < 0)
		return r;
	*ret = r == 0 ? sqlite3_column_int64(q, 0) : 0;
	return 0;
}
