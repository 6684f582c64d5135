#pragma once

/*
 * Stmts: the writer's statements, one file each in sql/stmt, all prepared at open.
 *
 * A statement is on loan between stmt_borrow() and stmt_return(): declare it with
 * _cleanup_(stmt_return) and it is reset, its bindings cleared, at scope exit.
 */

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "util/macros.h"

enum stmt {
	STMT_GET_DICT,
	STMT_GET_USER,
	STMT_FIND_DICT,
	STMT_INSERT_DICT,
	STMT_FIND_ORIGIN,
	STMT_INSERT_ORIGIN,
	STMT_FIND_USER,
	STMT_INSERT_USER,
	STMT_FIND_SESSION_SCOPE,
	STMT_INSERT_SESSION_SCOPE,
	STMT_FIND_SESSION_NAME,
	STMT_INSERT_SESSION_NAME,
	STMT_INSERT_RECEIPT,
	STMT_LAST_RECEIPT,
	STMT_INSERT_VIOLATION,
	STMT_FIND_ATTEMPT,
	STMT_INSERT_ATTEMPT,
	STMT_UPDATE_ATTEMPT,
	STMT_TOUCH_ATTEMPT,
	STMT_FIND_CONNECT,
	STMT_INSERT_CONNECT,
	STMT_UPDATE_CONNECT,
	STMT_TOUCH_CONNECT,
	STMT_FIND_STAGE_ATTEMPT,
	STMT_INSERT_STAGE_ATTEMPT,
	STMT_UPDATE_STAGE_ATTEMPT,
	STMT_FIND_PAIR_END,
	STMT_INSERT_QUARANTINE,
	STMT_OLDEST_QUARANTINE,
	STMT_MEASURE_QUARANTINE,
	STMT_DELETE_QUARANTINE,
	STMT_FIND_SCOPE,
	STMT_FIND_SCOPE_RANGE,
	STMT_FIND_SCOPES_BY_SOURCE,
	STMT_DELETE_PARTICIPANTS_BY_SOURCE,
	STMT_DELETE_SESSIONS_BY_SOURCE,
	STMT_FIND_SESSIONS,
	STMT_FIND_PARTICIPANTS,
	STMT_FIND_STAYS,
	STMT_FIND_TOLD_SESSIONS,
	STMT_DELETE_PARTICIPANTS_OF,
	STMT_DELETE_PARTICIPANTS,
	STMT_DELETE_SESSIONS,
	STMT_INSERT_SESSION,
	STMT_UPDATE_SESSION,
	STMT_TOUCH_SESSION,
	STMT_INSERT_PARTICIPANT,
	STMT_UPDATE_PARTICIPANT,
	STMT_TOUCH_PARTICIPANT,
	STMT_GET_SETTING,
	STMT_PUT_SETTING,
	STMT_DELETE_SETTING,
	STMT_LAST_KEY,
	STMT_LAST_STAGE_ATTEMPT,
	N_STMTS,
};

struct stmts {
	sqlite3_stmt *all[N_STMTS];	/* owned */
};

/* Returns 0 or a negative errno. */
int stmts_open(struct stmts *s, sqlite3 *db);
void stmts_close(struct stmts *s);	/* works on a zeroed struct */

sqlite3_stmt *stmt_borrow(struct stmts *s, enum stmt which);
void stmt_return(sqlite3_stmt **q);

/* Bind, 1-based: a text that outlives the loan, or NULL; an integer, or NULL for 0. */
void stmt_bind_text(sqlite3_stmt *q, int at, const char *s, size_t n);
void stmt_bind_ref(sqlite3_stmt *q, int at, int64_t ref);

/* Run a statement that gives no rows. Returns 0 or a negative errno. */
int stmt_run(sqlite3_stmt *q);

enum { STMT_E_NO_ROW = 1 };

/* Step to the one row. Returns 0, STMT_E_NO_ROW or a negative errno. */
int stmt_row(sqlite3_stmt *q);

/* Run a statement without parameters that gives one integer. Returns 0 or a negative errno. */
int stmt_int(struct stmts *s, enum stmt which, int64_t *ret);
