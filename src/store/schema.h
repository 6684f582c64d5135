#pragma once

/*
 * Schema: migrations and views, applied in one transaction at open.
 *
 * sql/schema/NNNN_*.sql takes the file from user_version NNNN-1 to NNNN. Views
 * hold no data: all of them are dropped and made anew at each start.
 */

#include <sqlite3.h>

#include "util/buf.h"

/*
 * Bring the open database at @path up to date. One of an older version is copied
 * to "<path>.v<N>" first.
 *
 * @why is filled on failure. Returns 0, STORE_E_NEWER, STORE_E_NOT_OURS, or a
 * negative errno.
 */
int schema_apply(sqlite3 *db, const char *path, struct buf *why);

/* Drop all views and make them anew, within the caller's transaction. Returns 0 or a negative errno. */
int schema_make_views(sqlite3 *db);
