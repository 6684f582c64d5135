#pragma once

/*
 * A store in a directory of its own, for each case; what is told it as lines, and
 * what a reader of the file sees then.
 */

#include "unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dialect/reader.h"
#include "store/store.h"
#include "util/buf.h"

static char dir[64];
static struct store_options options;
static struct store *store;
static struct buf why;
static struct batch batch;
static struct reader reader;
static struct hello hello;
static uint64_t line_no;

static inline void setup(void)
{
	(void) snprintf(dir, sizeof(dir), "/tmp/test_store.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	options = (struct store_options) {
		.dir = dir, .attempt_timeout_ms = 60000, .session_idle_ms = 14400000, .quarantine_max_bytes = 1 << 20,
	};
	line_no = 0;
	why.n = 0;
	ck_assert_msg(store_open(&options, &store, &why) == 0, "%s", buf_cstr(&why));
}

static inline void teardown(void)
{
	char command[96];

	store_close(store);
	store = NULL;
	batch_deinit(&batch);
	reader_deinit(&reader);
	hello_deinit(&hello);
	(void) snprintf(command, sizeof(command), "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static inline void add_line(const char *line, pid_t pid)
{
	static struct origin origin;
	struct line_source from = { .hello = &hello, .origin = &origin, .line_no = ++line_no, .now_us = 1000000 };

	origin = (struct origin) { .app = "web", .uid = 1000, .gid = 100, .pid = pid };
	batch.received_us = from.now_us;
	ck_assert_int_eq(reader_line(&reader, &from, line, strlen(line), &batch), 0);
}

/* Append one line as a batch of its own; the fate of its first item. */
static inline enum item_fate feed(const char *line)
{
	enum item_fate fate;

	batch_reset(&batch);
	add_line(line, 42);
	batch.more = false;
	ck_assert_int_eq(store_append(store, &batch), 0);
	fate = batch.items[0].fate;
	batch_reset(&batch);
	return fate;
}

static inline void in_dir(const char *name, char path[static 96])
{
	(void) snprintf(path, 96, "%s/%s", dir, name);
}

/* The rows of a query, columns by |, rows by a newline. */
static inline const char *ask(const char *sql)
{
	static struct buf out;
	char path[96];
	sqlite3 *db;
	sqlite3_stmt *q;

	out.n = 0;
	(void) snprintf(path, sizeof(path), "%s/callmeter.db", dir);
	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
	while (sqlite3_step(q) == SQLITE_ROW) {
		if (out.n)
			(void) buf_add_char(&out, '\n');
		for (int i = 0; i < sqlite3_column_count(q); i++)
			(void) buf_printf(&out, "%s%s", i ? "|" : "",
					  sqlite3_column_text(q, i) ? (const char *) sqlite3_column_text(q, i) : "-");
	}
	ck_assert_int_eq(sqlite3_finalize(q), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	return buf_cstr(&out);
}
