/* The statements of the writer: prepared once, lent one use at a time. */

#include "store/stmts.h"

#include <assert.h>
#include <errno.h>

#include "store/dberr.h"
#include "store/sql_gen.h"

static const char *const stmt_sql[N_STMTS] = {
	[STMT_GET_DICT] = sql_stmt_get_dict,
	[STMT_GET_USER] = sql_stmt_get_user,
	[STMT_FIND_DICT] = sql_stmt_find_dict,
	[STMT_INSERT_DICT] = sql_stmt_insert_dict,
	[STMT_FIND_ORIGIN] = sql_stmt_find_origin,
	[STMT_INSERT_ORIGIN] = sql_stmt_insert_origin,
	[STMT_FIND_USER] = sql_stmt_find_user,
	[STMT_INSERT_USER] = sql_stmt_insert_user,
	[STMT_FIND_SESSION_SCOPE] = sql_stmt_find_session_scope,
	[STMT_INSERT_SESSION_SCOPE] = sql_stmt_insert_session_scope,
	[STMT_FIND_SESSION_NAME] = sql_stmt_find_session_name,
	[STMT_INSERT_SESSION_NAME] = sql_stmt_insert_session_name,
	[STMT_INSERT_RECEIPT] = sql_stmt_insert_receipt,
	[STMT_LAST_RECEIPT] = sql_stmt_last_receipt,
	[STMT_INSERT_VIOLATION] = sql_stmt_insert_violation,
	[STMT_FIND_ATTEMPT] = sql_stmt_find_attempt,
	[STMT_INSERT_ATTEMPT] = sql_stmt_insert_attempt,
	[STMT_UPDATE_ATTEMPT] = sql_stmt_update_attempt,
	[STMT_TOUCH_ATTEMPT] = sql_stmt_touch_attempt,
	[STMT_FIND_CONNECT] = sql_stmt_find_connect,
	[STMT_INSERT_CONNECT] = sql_stmt_insert_connect,
	[STMT_UPDATE_CONNECT] = sql_stmt_update_connect,
	[STMT_TOUCH_CONNECT] = sql_stmt_touch_connect,
	[STMT_FIND_STAGE_ATTEMPT] = sql_stmt_find_stage_attempt,
	[STMT_INSERT_STAGE_ATTEMPT] = sql_stmt_insert_stage_attempt,
	[STMT_UPDATE_STAGE_ATTEMPT] = sql_stmt_update_stage_attempt,
	[STMT_FIND_PAIR_END] = sql_stmt_find_pair_end,
	[STMT_INSERT_QUARANTINE] = sql_stmt_insert_quarantine,
	[STMT_OLDEST_QUARANTINE] = sql_stmt_oldest_quarantine,
	[STMT_MEASURE_QUARANTINE] = sql_stmt_measure_quarantine,
	[STMT_DELETE_QUARANTINE] = sql_stmt_delete_quarantine,
	[STMT_FIND_SCOPE] = sql_stmt_find_scope,
	[STMT_FIND_SCOPE_RANGE] = sql_stmt_find_scope_range,
	[STMT_FIND_SCOPES_BY_SOURCE] = sql_stmt_find_scopes_by_source,
	[STMT_DELETE_PARTICIPANTS_BY_SOURCE] = sql_stmt_delete_participants_by_source,
	[STMT_DELETE_SESSIONS_BY_SOURCE] = sql_stmt_delete_sessions_by_source,
	[STMT_FIND_SESSIONS] = sql_stmt_find_sessions,
	[STMT_FIND_PARTICIPANTS] = sql_stmt_find_participants,
	[STMT_FIND_STAYS] = sql_stmt_find_stays,
	[STMT_FIND_TOLD_SESSIONS] = sql_stmt_find_told_sessions,
	[STMT_DELETE_PARTICIPANTS_OF] = sql_stmt_delete_participants_of,
	[STMT_DELETE_PARTICIPANTS] = sql_stmt_delete_participants,
	[STMT_DELETE_SESSIONS] = sql_stmt_delete_sessions,
	[STMT_INSERT_SESSION] = sql_stmt_insert_session,
	[STMT_UPDATE_SESSION] = sql_stmt_update_session,
	[STMT_TOUCH_SESSION] = sql_stmt_touch_session,
	[STMT_INSERT_PARTICIPANT] = sql_stmt_insert_participant,
	[STMT_UPDATE_PARTICIPANT] = sql_stmt_update_participant,
	[STMT_TOUCH_PARTICIPANT] = sql_stmt_touch_participant,
	[STMT_GET_SETTING] = sql_stmt_get_setting,
	[STMT_PUT_SETTING] = sql_stmt_put_setting,
	[STMT_DELETE_SETTING] = sql_stmt_delete_setting,
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
