#include "../unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/query.h"
#include "store/schema.h"
#include "store/sql_gen.h"
#include "util/clock.h"
#include "util/macros.h"
#include "wire/limits.h"

enum { PATIENCE_S = 100 };	/* under valgrind, on a machine that does other things too */

static char dir[] = "/tmp/test_query.XXXXXX";
static char path[64];
static uv_loop_t loop;
static struct peer_hub hub;
static struct query *query;
static bool closed;
static struct buf told;		/* what the client of the test has read */
static sqlite3 *writer;

static void run_sql(const char *sql)
{
	char *message = NULL;

	ck_assert_msg(sqlite3_exec(writer, sql, NULL, NULL, &message) == SQLITE_OK, "%s: %s", message, sql);
}

/* Events @first to @last, of user ann and bob by turns, as the writer would commit them. */
static void add_events(int first, int last)
{
	char sql[512];

	(void) snprintf(sql, sizeof(sql),
			"WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
			" INSERT INTO stream_event (event_id, scope, at_us, digest, origin, user)"
			" SELECT i, 0, i * 1000000, i, 1, 1 + i %% 2 FROM n", first, last);
	run_sql(sql);
}

/* The report attempts reads this view. */
static void make_attempts_endless(void)
{
	run_sql("DROP VIEW join_attempts; CREATE VIEW join_attempts AS WITH RECURSIVE n(i) AS"
		" (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS join_attempt_id, 'web' AS app, 1 AS outcome,"
		" 1 AS failed_stage, 1 AS failed_peer_connection, 1 AS failure_code, 1 AS user_id, 1 AS call_type,"
		" 1 AS call_id, 1 AS call_session_id, 1 AS coordinator_connect_id, 1 AS join_reason, 1 AS sfu_id,"
		" 1 AS sdk, 1 AS sdk_version, -i AS started_ms FROM n");
}

static void fill_status(void *user _unused_, struct status *st)
{
	st->epoch = "e1";
	st->last_event_id = 17;
	st->database_bytes = -1;
}

static void set_up(void)
{
	struct query_options options = {
		.hub = &hub, .path = path, .epoch = "e1", .last_event_id = 10,
		.timeout_us = 10000000, .status = fill_status,
	};
	struct buf why = {};

	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void) snprintf(path, sizeof(path), "%s/callmeter.db", dir);
	ck_assert_int_eq(sqlite3_open(path, &writer), SQLITE_OK);
	run_sql("PRAGMA journal_mode = WAL");
	for (size_t i = 0; i < N_ELEMENTS(sql_schema); i++)
		run_sql(sql_schema[i].text);
	ck_assert_int_eq(schema_make_views(writer), 0);
	run_sql("INSERT INTO setting VALUES ('attempt_timeout_ms', 60000);"
		"INSERT INTO dict VALUES (1, 'web'); INSERT INTO origin VALUES (1, 1, 0, 0, 1);"
		"INSERT INTO user VALUES (1, 1, 'ann'), (2, 1, 'bob')");
	add_events(1, 10);

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert_int_eq(peer_hub_init(&hub, &loop), 0);
	ck_assert_msg(query_new(&options, &query, &why) == 0, "%s", buf_cstr(&why));
	buf_deinit(&why);
}

static void on_query_closed(void *user _unused_)
{
	closed = true;
}

static void tear_down(void)
{
	char command[128];

	query_close(query, on_query_closed, NULL);
	ck_assert_int_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
	ck_assert(closed);
	peer_hub_deinit(&hub);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	buf_deinit(&told);
	ck_assert_int_eq(sqlite3_close(writer), SQLITE_OK);
	ck_assert_int_eq(sqlite3_memory_used(), 0);
	(void) snprintf(command, sizeof(command), "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
}

/* A client of the query socket; what is read from it is non-blocking. */
static int connect_client(void)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	query_accept(query, fds[0]);
	return fds[1];
}

static void say(int fd, const char *text)
{
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t) strlen(text));
}

/* Read what is there; true at the end of the stream. */
static bool listen_to(int fd)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		ck_assert_int_eq(buf_add(&told, chunk, (size_t) n), 0);
	ck_assert(n == 0 || errno == EAGAIN);
	return n == 0;
}

static void on_tick(uv_timer_t *t _unused_)
{
}

/* One turn of the loop; it waits for something to happen, but not for ever. */
static void turn(void)
{
	uv_timer_t timer;

	uv_timer_init(&loop, &timer);
	uv_timer_start(&timer, on_tick, 20, 0);
	uv_run(&loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *) &timer, NULL);
	uv_run(&loop, UV_RUN_NOWAIT);
}

static int count(const char *what)
{
	int n = 0;

	if (told.n > 0)
		for (const char *s = strstr(buf_cstr(&told), what); s; s = strstr(s + 1, what))
			n++;
	return n;
}

/* Run the loop until @fd was told @what @n times. */
static void expect(int fd, const char *what, int n)
{
	int64_t end_us = clock_mono_us() + PATIENCE_S * INT64_C(1000000);

	while (count(what) < n) {
		ck_assert_msg(clock_mono_us() < end_us, "no %s in: %.*s", what, (int) MIN_OF(told.n, 1000), buf_cstr(&told));
		turn();
		(void) listen_to(fd);
	}
	ck_assert_int_eq(count(what), n);
}

static void expect_end(int fd)
{
	int64_t end_us = clock_mono_us() + PATIENCE_S * INT64_C(1000000);

	while (!listen_to(fd)) {
		ck_assert_msg(clock_mono_us() < end_us, "the connection stays open");
		turn();
	}
	ck_assert_int_eq(close(fd), 0);
}

START_TEST(a_report_is_answered_with_rows_and_an_end)
{
	int fd = connect_client();

	say(fd, "{\"query\":\"joins\"}\n");
	expect(fd, "{\"end\":{\"rows\":0,\"limit\":10000,\"cursor\":null,\"columns\":[\"attempts\",", 1);
	close(fd);
}
END_TEST

START_TEST(requests_on_a_connection_are_answered_in_order)
{
	const char *at;
	int fd = connect_client();

	say(fd, "{\"query\":\"joins\"}\n{\"query\":\"status\"}\n\n \t \r\n{\"query\":\"attempts\"}\n{\"query\":\"nope\"}\n{\"query\":\"queries\"}\n");
	expect(fd, "{\"end\":", 4);
	at = strstr(buf_cstr(&told), "\"columns\":[\"attempts\"");
	ck_assert_ptr_nonnull(at);
	at = strstr(at, "\"last_event_id\":17");
	ck_assert_ptr_nonnull(at);
	at = strstr(at, "\"columns\":[\"join_attempt_id\"");
	ck_assert_ptr_nonnull(at);
	at = strstr(at, "{\"error\":{\"code\":\"unknown-query\"");
	ck_assert_ptr_nonnull(at);
	at = strstr(at, "\"name\":\"join-failures\"");
	ck_assert_ptr_nonnull(at);
	close(fd);
}
END_TEST

START_TEST(a_client_that_sends_no_more_gets_its_whole_answer_and_the_end)
{
	int fd = connect_client();

	say(fd, "{\"query\":\"joins\"}\n{\"query\":\"status\"}");	/* the last without its newline */
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	expect_end(fd);
	ck_assert_int_eq(count("{\"end\":"), 2);
}
END_TEST

START_TEST(a_client_that_says_nothing_is_let_go)
{
	int fd = connect_client();

	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	expect_end(fd);
	ck_assert_uint_eq(told.n, 0);
}
END_TEST

START_TEST(a_request_too_long_is_refused_and_the_next_one_answered)
{
	char *line = malloc(LIMIT_REQUEST_BYTES + 100);
	int fd = connect_client();

	memset(line, ' ', LIMIT_REQUEST_BYTES + 50);
	strcpy(line + LIMIT_REQUEST_BYTES + 50, "\n{\"query\":\"status\"}\n");
	say(fd, line);
	expect(fd, "\"last_event_id\":17", 1);
	ck_assert_int_eq(count("request-too-long"), 1);
	free(line);
	close(fd);
}
END_TEST

START_TEST(a_follow_tells_what_is_committed_from_then_on)
{
	int fd = connect_client();

	say(fd, "{\"query\":\"follow\"}\n");
	for (int i = 0; i < 5; i++)
		turn();
	add_events(11, 12);
	query_committed(query, 12);
	expect(fd, "\"cursor\":\"e1:12\"}\n", 1);
	ck_assert_int_eq(count("{\"event_id\":"), 2);
	add_events(13, 13);
	query_committed(query, 13);
	expect(fd, "\"cursor\":\"e1:13\"}\n", 1);
	close(fd);
}
END_TEST

/* Run the loop until no connection is left. */
static void expect_gone(void)
{
	int64_t end_us = clock_mono_us() + PATIENCE_S * INT64_C(1000000);

	while (hub.n_peers > 0) {
		ck_assert_msg(clock_mono_us() < end_us, "a connection stays");
		turn();
	}
}

START_TEST(a_follow_goes_on_when_the_client_sends_no_more_and_ends_when_it_leaves)
{
	static const char *const requests[] = {
		"{\"query\":\"follow\"}\n \t\r\n\n ", "{\"query\":\"follow\"}", "{\"query\":\"follow\",\"cursor\":\"e1:12\"}\n",
	};

	for (int i = 0; i < (int) N_ELEMENTS(requests); i++) {
		char text[100];
		int fd = connect_client();

		say(fd, requests[i]);
		ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
		for (int k = 0; k < 20; k++)	/* longer than it takes to look who has left */
			turn();
		ck_assert(!listen_to(fd));
		add_events(11 + i, 11 + i);
		query_committed(query, 11 + i);
		(void) snprintf(text, sizeof(text), "\"cursor\":\"e1:%d\"}\n", 11 + i);
		expect(fd, text, 1);
		ck_assert_uint_eq(hub.n_peers, 1);
		close(fd);	/* while nothing is to be told */
		expect_gone();
	}
}
END_TEST

START_TEST(a_word_that_a_follow_ends_with_is_answered)
{
	int fd = connect_client();

	say(fd, "{\"query\":\"follow\"}\n\n \nstop");
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	expect_end(fd);
	ck_assert_int_eq(count("{\"error\":{\"code\":\"bad-request\""), 1);
}
END_TEST

START_TEST(a_follow_goes_on_behind_its_cursor)
{
	int fd = connect_client();

	say(fd, "{\"query\":\"follow\",\"cursor\":\"e1:4\"}\n");
	expect(fd, "\"cursor\":\"e1:10\"}\n", 1);
	ck_assert_int_eq(count("{\"event_id\":"), 6);
	close(fd);
}
END_TEST

START_TEST(a_follow_filters_and_takes_many_steps)
{
	int fd = connect_client();

	add_events(11, 5000);
	query_committed(query, 5000);
	say(fd, "{\"query\":\"follow\",\"cursor\":\"e1:0\",\"app\":\"web\",\"where\":{\"user_id\":\"ann\"}}\n");
	expect(fd, "\"cursor\":\"e1:5000\"}\n", 1);
	ck_assert_int_eq(count("{\"event_id\":"), 2500);
	ck_assert_int_eq(count("\"bob\""), 0);
	close(fd);
}
END_TEST

START_TEST(a_follow_that_cannot_be_is_refused)
{
	int fd = connect_client();

	say(fd, "{\"query\":\"follow\",\"cursor\":\"e0:4\"}\n{\"query\":\"follow\",\"cursor\":\"e1:\"}\n"
		"{\"query\":\"follow\",\"cursor\":\"e1:11\"}\n{\"query\":\"follow\",\"where\":{\"x\":1}}\n"
		"{\"query\":\"follow\",\"since\":\"-1h\"}\n{\"query\":\"follow\",\"limit\":3}\n");
	expect(fd, "{\"error\":", 6);
	ck_assert_int_eq(count("\"code\":\"epoch-changed\""), 1);
	ck_assert_int_eq(count("\"code\":\"bad-value\""), 2);
	ck_assert_int_eq(count("\"code\":\"unknown-key\""), 1);
	ck_assert_int_eq(count("\"code\":\"unknown-parameter\""), 2);
	close(fd);
}
END_TEST

START_TEST(a_word_during_a_follow_ends_it)
{
	int fd = connect_client();

	say(fd, "{\"query\":\"follow\",\"cursor\":\"e1:4\"}\n{\"query\":\"status\"}\n");
	expect(fd, "{\"error\":{\"code\":\"bad-request\"", 1);
	close(fd);
}
END_TEST

START_TEST(a_follow_waits_for_a_slow_reader_and_leaves_nothing_out)
{
	int fd = connect_client();

	add_events(11, 20000);
	query_committed(query, 20000);
	say(fd, "{\"query\":\"follow\",\"cursor\":\"e1:0\"}\n");
	for (int i = 0; i < 50; i++)
		turn();
	expect(fd, "\"cursor\":\"e1:20000\"}\n", 1);
	ck_assert_int_eq(count("{\"event_id\":"), 20000);
	close(fd);
}
END_TEST

/* Its report would never end; the session goes with its job, far sooner than the job's ten seconds. */
START_TEST(a_client_that_leaves_cancels_its_job)
{
	int64_t begin_us;
	int fd = connect_client();

	make_attempts_endless();
	say(fd, "{\"query\":\"attempts\"}\n");
	for (int i = 0; i < 5; i++)
		turn();
	ck_assert(!listen_to(fd));
	ck_assert_msg(told.n == 0, "was told %s", buf_cstr(&told));

	begin_us = clock_mono_us();
	close(fd);
	while (hub.n_peers > 0 || loop.active_reqs.count > 0)
		turn();
	ck_assert_int_lt(clock_mono_us() - begin_us, 5000000);
}
END_TEST

START_TEST(a_report_that_takes_too_long_ends_in_an_error_and_holds_no_follow_up)
{
	int fds[3], follower;

	query_set_timeout(query, 300000);
	make_attempts_endless();
	for (int i = 0; i < 3; i++) {
		fds[i] = connect_client();
		say(fds[i], "{\"query\":\"attempts\"}\n");
	}
	follower = connect_client();
	say(follower, "{\"query\":\"follow\",\"cursor\":\"e1:9\"}\n");
	expect(follower, "\"cursor\":\"e1:10\"}\n", 1);
	buf_reset(&told, 0);
	for (int i = 0; i < 3; i++) {
		expect(fds[i], "{\"error\":{\"code\":\"timeout\"", i + 1);
		close(fds[i]);
	}
	close(follower);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("query");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_report_is_answered_with_rows_and_an_end);
	tcase_add_test(t, requests_on_a_connection_are_answered_in_order);
	tcase_add_test(t, a_client_that_sends_no_more_gets_its_whole_answer_and_the_end);
	tcase_add_test(t, a_client_that_says_nothing_is_let_go);
	tcase_add_test(t, a_request_too_long_is_refused_and_the_next_one_answered);
	tcase_add_test(t, a_follow_tells_what_is_committed_from_then_on);
	tcase_add_test(t, a_follow_goes_on_when_the_client_sends_no_more_and_ends_when_it_leaves);
	tcase_add_test(t, a_word_that_a_follow_ends_with_is_answered);
	tcase_add_test(t, a_follow_goes_on_behind_its_cursor);
	tcase_add_test(t, a_follow_filters_and_takes_many_steps);
	tcase_add_test(t, a_follow_that_cannot_be_is_refused);
	tcase_add_test(t, a_word_during_a_follow_ends_it);
	tcase_add_test(t, a_follow_waits_for_a_slow_reader_and_leaves_nothing_out);
	tcase_add_test(t, a_client_that_leaves_cancels_its_job);
	tcase_add_test(t, a_report_that_takes_too_long_ends_in_an_error_and_holds_no_follow_up);
	return unit_main("query", t);
}
