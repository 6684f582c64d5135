#include "unit.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/reader.h"
#include "store/schema.h"
#include "store/sql_gen.h"
#include "util/clock.h"
#include "util/macros.h"
#include "wire/limits.h"

#define NOW_US INT64_C(1795185015500000)	/* 2026-11-20 14:30:15.5 UTC */

/* A question about attempts that is small enough to know all its answers. */
static const char tiny[] =
	"-- tiny_joins.sql - attempts, counted.\n"
	"--\n"
	"-- More about it, for people.\n"
	"--\n"
	"-- param least int: only rows with\n"
	"--\tat least so many attempts\n"
	"-- param id text: one attempt\n"
	"-- param at time: unused but bound\n"
	"-- by user_id: (SELECT user_id FROM user\n"
	"--\tWHERE id = a.user)\n"
	"-- by hour time: a.started_us / 3600000000\n"
	"-- where retries: a.retries\n"
	"-- json tags\n"
	"\n"
	"SELECT $by\n"
	"\tcount(*) AS attempts,\n"
	"\tquantile(a.retries, 0.5) AS p50_retries,\n"
	"\tmin(a.started_us) / 1000.0 AS first_ms,\n"
	"\t'[' || count(*) || ']' AS tags,\n"
	"\tNULL AS nil\n"
	"FROM join_attempt AS a\n"
	"WHERE a.started_us / 1000 >= :since_ms AND a.started_us / 1000 < :until_ms\n"
	"\tAND (:id IS NULL OR a.join_attempt_id = :id)$where\n"
	"$group\n"
	"HAVING count(*) >= coalesce(:least, 0) AND (:at IS NULL OR :at > 0)\n"
	"ORDER BY $sort attempts DESC, first_ms;\n";

static const char slow[] =
	"-- slow.sql - never ends.\n"
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS i FROM n\n";

static const char wide[] =
	"-- wide.sql - rows of 1 MiB.\n"
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)\n"
	"SELECT i, hex(zeroblob(524288)) AS body FROM n\n";

static const char needy[] =
	"-- needy.sql - wants something.\n"
	"-- param id text!: what it wants\n"
	"SELECT :id AS id\n";

static const char paged[] =
	"-- paged.sql - numbers to leaf through.\n"
	"-- param parity enum(odd, even): which of them\n"
	"-- param within range: from and to\n"
	"-- param negative bool: with a minus\n"
	"-- paging\n"
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 45)\n"
	"SELECT CASE WHEN :negative THEN -i ELSE i END AS i FROM n\n"
	"WHERE (:parity IS NULL OR i % 2 = (:parity = 'odd'))\n"
	"\tAND (:within_least IS NULL OR i BETWEEN :within_least AND :within_most)\n";

static const char regrouped[] =
	"-- regrouped.sql - attempts of a user, and what is made of their number.\n"
	"-- by user_id: (SELECT user_id FROM user WHERE id = a.user)\n"
	"-- having parity: g.n % 2\n"
	"SELECT $keys g.n FROM (SELECT $by count(*) AS n FROM join_attempt AS a WHERE 1$where $group) AS g\n"
	"WHERE 1$having ORDER BY g.n\n";

static char dir[] = "/tmp/test_report.XXXXXX";
static char path[64];
static struct report_set reports;
static struct request request;
static struct ask ask;
static struct reader *reader;
static struct reply_error error;
static struct buf out;
static atomic_bool cancelled;
static struct reader_terms terms = { .timeout_us = 10000000, .cancelled = &cancelled };

static void run_sql(sqlite3 *db, const char *sql)
{
	char *message = NULL;

	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK, "%s: %s", message, sql);
}

/* Ten attempts a minute apart, the first at @started_us, of three users, with 0 to 9 retries. */
static void make_database(const char *at, int64_t started_us)
{
	char sql[1024];
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(at, &db), SQLITE_OK);
	run_sql(db, "PRAGMA journal_mode = WAL; BEGIN");
	for (size_t i = 0; i < N_ELEMENTS(sql_schema); i++)
		run_sql(db, sql_schema[i].text);
	ck_assert_int_eq(schema_make_views(db), 0);
	run_sql(db, "INSERT INTO setting VALUES ('attempt_timeout_ms', 60000), ('session_idle_ms', 14400000);"
		    "INSERT INTO dict VALUES (1, 'web'); INSERT INTO user VALUES (1, 1, 'ann'), (2, 1, 'bob'), (3, 1, 'cy')");
	(void) snprintf(sql, sizeof(sql),
			"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9)"
			" INSERT INTO join_attempt (app, join_attempt_id, outcome, user, started_us, last_us, retries,"
			" reconnects, n_events, n_violations, fold)"
			" SELECT 1, 'j' || i, 1, 1 + i %% 3, %lld + i * 60000000, %lld, i, 0, 1, 0, x'' FROM n",
			(long long) started_us, (long long) started_us);
	run_sql(db, sql);
	run_sql(db, "COMMIT");
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

static void add(const char *name, const char *text)
{
	struct buf why = {};

	ck_assert_msg(report_set_add(&reports, name, text, &why) == 0, "%s", buf_cstr(&why));
	buf_deinit(&why);
}

static void set_up(void)
{
	setenv("TZ", "UTC", 1);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void) snprintf(path, sizeof(path), "%s/callmeter.db", dir);
	make_database(path, NOW_US - 540 * INT64_C(1000000));
	add("tiny_joins", tiny);
	add("slow", slow);
	add("wide", wide);
	add("needy", needy);
	add("paged", paged);
	add("regrouped", regrouped);
	ck_assert_int_eq(reader_new(path, &reader), 0);
}

static void tear_down(void)
{
	char command[128];

	reader_free(reader);
	ask_deinit(&ask);
	request_deinit(&request);
	report_set_deinit(&reports);
	buf_deinit(&out);
	(void) snprintf(command, sizeof(command), "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static int make_ask(const char *line, int64_t now_us)
{
	ask_deinit(&ask);
	request_deinit(&request);
	ck_assert_int_eq(request_parse(&request, line, strlen(line), "query", &error), 0);
	return ask_make(&ask, &reports, &request, now_us, &error);
}

static const char *answer(const char *line)
{
	int r = make_ask(line, NOW_US);

	buf_reset(&out, 0);
	ck_assert_msg(r == 0, "%s: %s", line, error.message);
	r = reader_answer(reader, &ask, &terms, &out, &error);
	ck_assert_msg(r == 0, "%s: %s", line, error.message);
	return buf_cstr(&out);
}

/* The code of the error that @line is refused with. */
static const char *refusal(const char *line)
{
	ck_assert_msg(make_ask(line, NOW_US) == ASK_E_BAD, "%s was taken", line);
	return error.code;
}

#define COLUMNS "\"attempts\",\"p50_retries\",\"first_ms\",\"tags\",\"nil\"]}}\n"
#define END(rows, cursor) "{\"end\":{\"rows\":" #rows ",\"limit\":10000,\"cursor\":" cursor ",\"columns\":["

START_TEST(a_head_is_read_into_parameters_keys_and_columns)
{
	const struct report *r = report_find(&reports, "tiny-joins", 10);

	ck_assert_ptr_nonnull(r);
	ck_assert_ptr_null(report_find(&reports, "tiny_joins", 10));
	ck_assert_str_eq(r->description, "attempts, counted");
	ck_assert_uint_eq(r->n_params, 3);
	ck_assert_str_eq(r->params[0].description, "only rows with at least so many attempts");
	ck_assert_int_eq(r->params[2].type, REPORT_TIME);
	ck_assert_uint_eq(r->n_keys, 3);
	ck_assert_str_eq(r->keys[0].expr, "(SELECT user_id FROM user WHERE id = a.user)");
	ck_assert(r->keys[1].time && r->keys[1].groups && !r->keys[2].groups);
	ck_assert_str_eq(r->json[0], "tags");
	ck_assert(report_uses(r, "since_ms") && !report_uses(r, "since") && !report_uses(r, "app"));
	ck_assert(report_find(&reports, "needy", 5)->params[0].required);
	r = report_find(&reports, "paged", 5);
	ck_assert_uint_eq(r->n_params, 5);
	ck_assert(r->paging && r->params[0].type == REPORT_ENUM && strcmp(r->params[3].name, "page_no") == 0);
	ck_assert_str_eq(r->params[0].allowed[0], "odd");
	ck_assert_str_eq(r->params[0].allowed[1], "even");
	ck_assert_ptr_null(r->params[0].allowed[2]);
}
END_TEST

START_TEST(a_report_that_cannot_be_read_is_told)
{
	static const char *const bad[] = {
		"SELECT 1", "-- other.sql - x.\nSELECT 1", "-- bad.sql - x.\n", "-- bad.sql - x.\n-- param id number: x\nSELECT 1",
		"-- bad.sql - x.\n-- param id text\nSELECT 1", "-- bad.sql - x.\n-- by k: e\nSELECT 1",
		"-- bad.sql - x.\n-- by k time: e\nSELECT $by 1 FROM t WHERE 1$where $group",
		"-- bad.sql - x.\n-- where k: e\nSELECT 1", "-- bad.sql - x.\n-- having k: e\nSELECT 1 WHERE 1$where",
		"-- bad.sql - x.\nSELECT $else",
		"-- bad.sql - x.\n-- param a int: x\n-- param a int: x\nSELECT 1",
		"-- bad.sql - x.\n-- param a enum: x\nSELECT 1", "-- bad.sql - x.\n-- param a enum(): x\nSELECT 1",
		"-- bad.sql - x.\n-- param a enum(b,): x\nSELECT 1", "-- bad.sql - x.\n-- param a enum(b: x\nSELECT 1",
		"-- bad.sql - x.\n-- paging\n-- paging\nSELECT 1",
	};
	size_t n = reports.n_reports;
	struct buf why = {};

	for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
		buf_reset(&why, 0);
		ck_assert_msg(report_set_add(&reports, "bad", bad[i], &why) == -EINVAL, "%s", bad[i]);
		ck_assert_uint_gt(why.n, 0);
	}
	ck_assert_uint_eq(reports.n_reports, n);
	buf_deinit(&why);
}
END_TEST

START_TEST(every_report_that_is_built_in_can_be_read_and_prepared)
{
	struct report_set all = {};
	struct buf why = {};

	ck_assert_msg(report_set_add_all(&all, &why) == 0, "%s", buf_cstr(&why));
	ck_assert_msg(report_set_add_statements(&all, &why) == 0, "%s", buf_cstr(&why));
	for (size_t i = 0; i < all.n_reports; i++) {
		const struct report *r = &all.reports[i];
		const struct report_key *by[REPORT_MAX_ITEMS], *where[REPORT_MAX_ITEMS];
		size_t n_by = 0, n_where = 0;

		if (strcmp(r->name, "export") == 0)
			continue;	/* no whole statement: each dialect's columns stand before it */
		for (size_t k = 0; k < r->n_keys; k++) {
			if (r->keys[k].groups)
				by[n_by++] = &r->keys[k];
			where[n_where++] = &r->keys[k];
		}
		for (int with_keys = 0; with_keys < 2; with_keys++) {
			struct ask a = { .report = r, .limit = 1 };
			struct buf rows = {};
			int rc;

			ck_assert_int_eq(report_expand(r, by, with_keys ? n_by : 0, where, with_keys ? n_where : 0, &a.sql), 0);
			ck_assert_ptr_nonnull(buf_cstr(&a.sql));
			rc = reader_answer(reader, &a, &terms, &rows, &error);
			ck_assert_msg(rc == 0, "%s: %s", r->name, error.message);
			buf_deinit(&rows);
			ask_deinit(&a);
		}
	}
	report_set_deinit(&all);
}
END_TEST

START_TEST(rows_have_their_types_and_the_end_names_the_columns)
{
	ck_assert_str_eq(answer("{\"query\":\"tiny-joins\"}"),
			 "{\"attempts\":10,\"p50_retries\":4,\"first_ms\":1795184475500,\"tags\":[10],\"nil\":null}\n"
			 END(1, "null") COLUMNS);
}
END_TEST

START_TEST(the_end_names_the_columns_of_no_rows_too)
{
	ck_assert_str_eq(answer("{\"query\":\"tiny-joins\",\"since\":\"2027-01-01\",\"by\":[\"user_id\"]}"),
			 END(0, "null") "\"user_id\"," COLUMNS);
}
END_TEST

START_TEST(keys_group_filter_and_sort)
{
	ck_assert_ptr_nonnull(strstr(answer("{\"query\":\"tiny-joins\",\"by\":[\"user_id\"]}"),
				     "{\"user_id\":\"ann\",\"attempts\":4,"));
	ck_assert_ptr_nonnull(strstr(out.data, "{\"user_id\":\"bob\",\"attempts\":3,"));
	ck_assert_ptr_eq(strstr(answer("{\"query\":\"tiny-joins\",\"by\":[\"user_id\",\"hour\"],\"where\":{\"user_id\":\"cy\"}}"),
				"{\"user_id\":\"cy\",\"hour\":"), out.data);
	ck_assert_ptr_nonnull(strstr(ask.sql.data, "ORDER BY \"hour\","));
	ck_assert_ptr_nonnull(strstr(answer("{\"query\":\"tiny-joins\",\"where\":{\"retries\":3}}"), "{\"attempts\":1,"));
	ck_assert_ptr_nonnull(strstr(answer("{\"query\":\"tiny-joins\",\"where\":{\"user_id\":null}}"), END(0, "null")));
}
END_TEST

START_TEST(what_came_of_the_grouping_is_named_and_filtered_apart)
{
	ck_assert_ptr_eq(strstr(answer("{\"query\":\"regrouped\",\"by\":[\"user_id\"]}"),
				"{\"user_id\":\"bob\",\"n\":3}\n{\"user_id\":\"cy\",\"n\":3}\n{\"user_id\":\"ann\",\"n\":4}\n"),
			 out.data);
	ck_assert_ptr_eq(strstr(answer("{\"query\":\"regrouped\",\"by\":[\"user_id\"],\"where\":{\"parity\":0}}"),
				"{\"user_id\":\"ann\",\"n\":4}\n{\"end\""), out.data);
	ck_assert_ptr_eq(strstr(answer("{\"query\":\"regrouped\",\"where\":{\"parity\":1,\"user_id\":\"cy\"}}"),
				"{\"n\":3}\n{\"end\""), out.data);
	ck_assert_str_eq(refusal("{\"query\":\"regrouped\",\"by\":[\"parity\"]}"), "unknown-key");
}
END_TEST

START_TEST(a_window_includes_its_beginning_and_not_its_end)
{
	ck_assert_ptr_nonnull(strstr(answer("{\"query\":\"tiny-joins\",\"since\":\"-5min\"}"), "{\"attempts\":6,"));
	ck_assert_ptr_nonnull(strstr(answer("{\"query\":\"tiny-joins\",\"until\":\"-5min\"}"), "{\"attempts\":4,"));
	ck_assert_ptr_nonnull(strstr(answer("{\"query\":\"tiny-joins\",\"since\":1795184475500,\"until\":1795184475501}"),
				     "{\"attempts\":1,"));
}
END_TEST

START_TEST(parameters_are_bound_by_name_and_type)
{
	ck_assert_ptr_nonnull(strstr(answer("{\"query\":\"tiny-joins\",\"id\":\"j7\"}"), "\"p50_retries\":7,"));
	ck_assert_ptr_nonnull(strstr(answer("{\"query\":\"tiny-joins\",\"least\":11}"), END(0, "null")));
	ck_assert_ptr_nonnull(strstr(answer("{\"query\":\"tiny-joins\",\"least\":\"10\",\"at\":\"-1h\"}"), "{\"attempts\":10,"));
	ck_assert_str_eq(answer("{\"query\":\"needy\",\"id\":\"'; DROP TABLE user; --\"}"),
			 "{\"id\":\"'; DROP TABLE user; --\"}\n" END(1, "null") "\"id\"]}}\n");
}
END_TEST

START_TEST(a_cursor_goes_on_where_the_answer_ended)
{
	const char first[] = "{\"query\":\"tiny-joins\",\"by\":[\"user_id\"],\"since\":\"-9min\",\"limit\":2";
	char line[256];
	int n = 0, rows = 0;

	(void) snprintf(line, sizeof(line), "%s}", first);
	for (bool more = true; more; n++) {
		const char *cursor, *text = answer(line);

		for (const char *row = text; (row = strstr(row, "{\"user_id\"")); row++)
			rows++;
		/* Time goes on between the pages; the window does not. */
		cursor = strstr(text, "\"cursor\":\"");
		more = cursor != NULL;
		if (more)
			(void) snprintf(line, sizeof(line), "%s,%.*s}", first, (int) (strstr(cursor, "\",") + 1 - cursor), cursor);
		if (more)
			ck_assert_int_eq(make_ask(line, NOW_US + 600000000), 0);
	}
	ck_assert_int_eq(n, 2);
	ck_assert_int_eq(rows, 3);
	ck_assert_int_eq(ask.now_us, NOW_US);
}
END_TEST

START_TEST(a_cursor_of_another_request_is_refused)
{
	char line[256], *cursor;

	ck_assert_ptr_nonnull(answer("{\"query\":\"tiny-joins\",\"by\":[\"user_id\"],\"limit\":1}"));
	cursor = strstr(out.data, "\"cursor\":");
	*strchr(cursor + 10, ',') = '\0';
	(void) snprintf(line, sizeof(line), "{\"query\":\"tiny-joins\",\"limit\":1,%s}", cursor);
	ck_assert_str_eq(refusal(line), "bad-value");
	ck_assert_str_eq(refusal("{\"query\":\"tiny-joins\",\"cursor\":\"17\"}"), "bad-value");
	ck_assert_str_eq(refusal("{\"query\":\"tiny-joins\",\"cursor\":\"-1.0.0\"}"), "bad-value");
	ck_assert_ptr_eq(strstr(error.message, "cursor:"), error.message);
}
END_TEST

/* What the end tells of its pages and whether a cursor leads on. */
static void ck_pages(const char *line, const char *first_row, const char *pages, bool leads_on)
{
	const char *lines = answer(line);

	ck_assert_msg(strncmp(lines, first_row, strlen(first_row)) == 0, "%s: %s", line, lines);
	ck_assert_msg(strstr(lines, pages), "%s: %s", line, lines);
	ck_assert_msg(leads_on == !strstr(lines, "\"cursor\":null"), "%s: %s", line, lines);
}

#define PAGING(total, start, end) \
	"\"paging\":{\"total_count\":" #total ",\"start_offset\":" #start ",\"end_offset\":" #end "}}}\n"

START_TEST(a_page_is_found_and_all_rows_are_counted)
{
	ck_pages("{\"query\":\"paged\"}", "{\"i\":1}", PAGING(45, 0, 45), false);
	ck_pages("{\"query\":\"paged\",\"page_no\":1}", "{\"i\":1}", PAGING(45, 0, 20), false);
	ck_pages("{\"query\":\"paged\",\"page_no\":\"3\"}", "{\"i\":41}", PAGING(45, 40, 45), false);
	ck_pages("{\"query\":\"paged\",\"per_page\":\"7\",\"page_no\":2}", "{\"i\":8}", PAGING(45, 7, 14), false);
	ck_pages("{\"query\":\"paged\",\"per_page\":45}", "{\"i\":1}", PAGING(45, 0, 45), false);
	ck_pages("{\"query\":\"paged\",\"page_no\":9}", "{\"end\":", PAGING(45, 45, 45), false);
	ck_pages("{\"query\":\"paged\",\"limit\":2}", "{\"i\":1}", PAGING(45, 0, 2), true);
	ck_pages("{\"query\":\"paged\",\"parity\":\"even\",\"per_page\":2}", "{\"i\":2}", PAGING(22, 0, 2), false);
	ck_pages("{\"query\":\"paged\",\"within\":\"90:\"}", "{\"end\":", PAGING(0, 0, 0), false);
}
END_TEST

START_TEST(ranges_and_truth_come_in_several_spellings)
{
	ck_pages("{\"query\":\"paged\",\"within\":\"3:10\"}", "{\"i\":3}", PAGING(8, 0, 8), false);
	ck_pages("{\"query\":\"paged\",\"within\":\"40:\"}", "{\"i\":40}", PAGING(6, 0, 6), false);
	ck_pages("{\"query\":\"paged\",\"within\":\":4\"}", "{\"i\":1}", PAGING(4, 0, 4), false);
	ck_pages("{\"query\":\"paged\",\"within\":\"7\"}", "{\"i\":7}", PAGING(1, 0, 1), false);
	ck_pages("{\"query\":\"paged\",\"within\":7,\"negative\":true}", "{\"i\":-7}", PAGING(1, 0, 1), false);
	ck_pages("{\"query\":\"paged\",\"within\":7,\"negative\":\"1\"}", "{\"i\":-7}", PAGING(1, 0, 1), false);
	ck_pages("{\"query\":\"paged\",\"within\":7,\"negative\":\"false\"}", "{\"i\":7}", PAGING(1, 0, 1), false);
}
END_TEST

START_TEST(an_error_names_the_field_and_the_remedy)
{
	static const struct {
		const char *line, *code, *message, *hint;
	} cases[] = {
		{ "{\"query\":\"tiny-join\"}", "unknown-query", "tiny-join", "Did you mean \"tiny-joins\"?" },
		{ "{\"query\":\"nothing-like-it\"}", "unknown-query", "query:", "tiny-joins, slow, wide, needy" },
		{ "{\"query\":\"paged\",\"parity\":\"ODD\"}", "bad-value", "parity: must be one of odd, even", "" },
		{ "{\"query\":\"paged\",\"parity\":1}", "bad-value", "parity:", "" },
		{ "{\"query\":\"paged\",\"negative\":\"yes\"}", "bad-value", "negative: must be true or false", "" },
		{ "{\"query\":\"paged\",\"negative\":2}", "bad-value", "negative:", "" },
		{ "{\"query\":\"paged\",\"within\":\"10:1\"}", "bad-value", "within:", "" },
		{ "{\"query\":\"paged\",\"within\":\":\"}", "bad-value", "within:", "" },
		{ "{\"query\":\"paged\",\"within\":\"1-10\"}", "bad-value", "within: must be a range", "" },
		{ "{\"query\":\"paged\",\"within\":\"1:99999999999999999999\"}", "bad-value", "within:", "" },
		{ "{\"query\":\"paged\",\"within\":-1}", "bad-value", "within:", "" },
		{ "{\"query\":\"paged\",\"within\":[1]}", "bad-value", "within:", "" },
		{ "{\"query\":\"paged\",\"page_no\":0}", "bad-value", "page_no: must be an integer from 1", "" },
		{ "{\"query\":\"paged\",\"page_no\":\"x\"}", "bad-value", "page_no:", "" },
		{ "{\"query\":\"paged\",\"per_page\":100001}", "bad-value", "per_page: must be an integer from 1 to 100000", "" },
		{ "{\"query\":\"paged\",\"per_page\":5,\"limit\":5}", "bad-value", "per_page:", "" },
		{ "{\"query\":\"tiny-joins\",\"page_no\":1}", "unknown-parameter", "page_no:", "" },
		{ "{\"query\":\"tiny-joins\",\"by\":[\"sfu\"]}", "unknown-key", "by:", "user_id, hour." },
		{ "{\"query\":\"tiny-joins\",\"by\":[\"retries\"]}", "unknown-key", "retries", "user_id, hour." },
		{ "{\"query\":\"tiny-joins\",\"by\":[\"hour\",\"hour\"]}", "bad-value", "by:", "" },
		{ "{\"query\":\"tiny-joins\",\"by\":\"hour\"}", "bad-value", "by:", "" },
		{ "{\"query\":\"tiny-joins\",\"where\":{\"x\":1}}", "unknown-key", "where:", "user_id, hour, retries." },
		{ "{\"query\":\"tiny-joins\",\"where\":{\"hour\":[1]}}", "bad-value", "hour", "" },
		{ "{\"query\":\"tiny-joins\",\"where\":[]}", "bad-value", "where:", "" },
		{ "{\"query\":\"tiny-joins\",\"since\":\"soon\"}", "bad-value", "since: \"soon\"", "-1h" },
		{ "{\"query\":\"tiny-joins\",\"until\":-5}", "bad-value", "until:", "-1h" },
		{ "{\"query\":\"tiny-joins\",\"since\":\"now\",\"until\":\"-1h\"}", "bad-value", "since:", "" },
		{ "{\"query\":\"tiny-joins\",\"limit\":0}", "bad-value", "limit:", "" },
		{ "{\"query\":\"tiny-joins\",\"limit\":1000000}", "bad-value", "limit: must be an integer from 1 to 100000", "" },
		{ "{\"query\":\"tiny-joins\",\"least\":\"many\"}", "bad-value", "least:", "" },
		{ "{\"query\":\"tiny-joins\",\"id\":7}", "bad-value", "id:", "" },
		{ "{\"query\":\"tiny-joins\",\"sice\":\"-1h\"}", "unknown-parameter", "sice: tiny-joins takes",
		  "It takes: least, id, at, since, until, by, where, limit, cursor." },
		{ "{\"query\":\"tiny-joins\",\"app\":\"web\"}", "unknown-parameter", "app:", "" },
		{ "{\"query\":\"needy\",\"x\":1}", "unknown-parameter", "x:", "It takes: id, limit, cursor." },
		{ "{\"query\":\"needy\"}", "bad-value", "id: must be given", "what it wants" },
		{ "{\"query\":\"needy\",\"id\":\"\"}", "bad-value", "id: must be given", "" },
		{ "{\"query\":\"needy\",\"id\":\"x\",\"by\":[\"hour\"]}", "unknown-key", "by:", "no keys" },
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		ck_assert_str_eq(refusal(cases[i].line), cases[i].code);
		ck_assert_msg(strstr(error.message, cases[i].message), "%s: %s", cases[i].line, error.message);
		ck_assert_msg(strstr(error.hint, cases[i].hint), "%s: %s", cases[i].line, error.hint);
	}
}
END_TEST

START_TEST(a_question_that_takes_too_long_is_ended)
{
	struct reader_terms short_terms = { .timeout_us = 50000, .cancelled = &cancelled };
	int64_t begin_us = clock_mono_us();

	ck_assert_int_eq(make_ask("{\"query\":\"slow\"}", NOW_US), 0);
	ck_assert_int_eq(reader_answer(reader, &ask, &short_terms, &out, &error), READER_E_FAILED);
	ck_assert_str_eq(error.code, "timeout");
	ck_assert_int_lt(clock_mono_us() - begin_us, 2000000);
	ck_assert_uint_eq(out.n, 0);
	/* The reader is as good as before. */
	ck_assert_ptr_nonnull(strstr(answer("{\"query\":\"tiny-joins\"}"), "{\"attempts\":10,"));
}
END_TEST

START_TEST(a_question_that_nobody_asks_any_more_is_ended)
{
	atomic_store(&cancelled, true);
	ck_assert_int_eq(make_ask("{\"query\":\"slow\"}", NOW_US), 0);
	ck_assert_int_eq(reader_answer(reader, &ask, &terms, &out, &error), READER_E_CANCELLED);
	atomic_store(&cancelled, false);
}
END_TEST

START_TEST(an_answer_that_grows_too_large_ends_early_with_a_cursor)
{
	char line[256], *cursor;
	int n = 0;

	answer("{\"query\":\"wide\"}");
	ck_assert_uint_gt(out.n, LIMIT_REPLY_BYTES);
	ck_assert_uint_lt(out.n, LIMIT_REPLY_BYTES + (2 << 20));
	ck_assert_ptr_nonnull(strstr(out.data, "\"limit\":10000,\"cursor\":\""));
	do {
		cursor = strstr(out.data, "\"cursor\":\"");
		n++;
		if (cursor) {
			(void) snprintf(line, sizeof(line), "{\"query\":\"wide\",%.*s}",
					(int) (strstr(cursor, "\",") + 1 - cursor), cursor);
			answer(line);
		}
	} while (cursor);
	ck_assert_int_eq(n, 4);
	ck_assert_ptr_nonnull(strstr(out.data, "{\"i\":30,"));
}
END_TEST

START_TEST(a_file_that_took_the_place_of_the_database_is_opened)
{
	char other[80];

	ck_assert_ptr_nonnull(strstr(answer("{\"query\":\"tiny-joins\"}"), "\"first_ms\":1795184475500,"));
	(void) snprintf(other, sizeof(other), "%s/other.db", dir);
	make_database(other, 60000000);
	ck_assert_int_eq(rename(other, path), 0);
	ck_assert_ptr_nonnull(strstr(answer("{\"query\":\"tiny-joins\"}"), "\"first_ms\":60000,"));
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(make_ask("{\"query\":\"tiny-joins\"}", NOW_US), 0);
	ck_assert_int_eq(reader_answer(reader, &ask, &terms, &out, &error), READER_E_FAILED);
	ck_assert_str_eq(error.code, "internal");
}
END_TEST

START_TEST(a_reader_cannot_write)
{
	add("evil", "-- evil.sql - x.\nINSERT INTO dict (value) SELECT 'evil' RETURNING value --\n");
	ck_assert_int_eq(make_ask("{\"query\":\"evil\"}", NOW_US), 0);
	ck_assert_int_eq(reader_answer(reader, &ask, &terms, &out, &error), READER_E_FAILED);
	ck_assert_str_eq(error.code, "internal");
}
END_TEST

START_TEST(statements_come_and_go_and_none_leaks)
{
	char line[128];

	for (int i = 0; i < 200; i++) {
		(void) snprintf(line, sizeof(line), "{\"query\":\"tiny-joins\",\"by\":[%s%s\"user_id\"],\"limit\":%d}",
				i % 3 ? "\"hour\"" : "", i % 3 ? "," : "", i + 1);
		answer(line);
	}
	reader_free(reader);
	reader = NULL;
	ck_assert_int_eq(sqlite3_memory_used(), 0);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("report");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_head_is_read_into_parameters_keys_and_columns);
	tcase_add_test(t, a_report_that_cannot_be_read_is_told);
	tcase_add_test(t, every_report_that_is_built_in_can_be_read_and_prepared);
	tcase_add_test(t, rows_have_their_types_and_the_end_names_the_columns);
	tcase_add_test(t, the_end_names_the_columns_of_no_rows_too);
	tcase_add_test(t, keys_group_filter_and_sort);
	tcase_add_test(t, what_came_of_the_grouping_is_named_and_filtered_apart);
	tcase_add_test(t, a_window_includes_its_beginning_and_not_its_end);
	tcase_add_test(t, parameters_are_bound_by_name_and_type);
	tcase_add_test(t, a_cursor_goes_on_where_the_answer_ended);
	tcase_add_test(t, a_cursor_of_another_request_is_refused);
	tcase_add_test(t, a_page_is_found_and_all_rows_are_counted);
	tcase_add_test(t, ranges_and_truth_come_in_several_spellings);
	tcase_add_test(t, an_error_names_the_field_and_the_remedy);
	tcase_add_test(t, a_question_that_takes_too_long_is_ended);
	tcase_add_test(t, a_question_that_nobody_asks_any_more_is_ended);
	tcase_add_test(t, an_answer_that_grows_too_large_ends_early_with_a_cursor);
	tcase_add_test(t, a_file_that_took_the_place_of_the_database_is_opened);
	tcase_add_test(t, a_reader_cannot_write);
	tcase_add_test(t, statements_come_and_go_and_none_leaks);
	return unit_main("report", t);
}
