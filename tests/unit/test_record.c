/* The record of sessions and participants, however the events come, and however far it is behind them. */

#include "store_unit.h"

#include <errno.h>

#include "store/sql_gen.h"
#include "util/clock.h"
#include "util/macros.h"
#include "util/timestamp.h"

/* The clock that says how long the record is behind. */
static int64_t mono_us = INT64_C(1000000000);

int64_t __wrap_clock_mono_us(void);
int64_t __wrap_clock_mono_us(void)
{
	return mono_us;
}

static void reopen(void)
{
	store_close(store);
	store = NULL;
	why.n = 0;
	ck_assert_msg(store_open(&options, &store, &why) == 0, "%s", buf_cstr(&why));
}

/* Append what is in the batch; it is full, and more follows, or not. */
static int append(bool more)
{
	batch.more = more;
	return store_append(store, &batch);
}

static void feed_full(const char *line)
{
	batch_reset(&batch);
	add_line(line, 42);
	ck_assert_int_eq(append(true), 0);
	ck_assert_int_eq(batch.items[0].fate, FATE_STORED);
}

/* What comes when nothing does. */
static void feed_nothing(void)
{
	batch_reset(&batch);
	ck_assert_int_eq(append(false), 0);
}

static bool is_behind(void)
{
	return store_stats(store)->behind;
}

/* All that is told of sessions and participants. */
static const char *dump(struct buf *out)
{
	out->n = 0;
	(void) buf_add_str(out, ask("SELECT * FROM sessions ORDER BY source, app, session_id"));
	(void) buf_add_char(out, '\n');
	(void) buf_add_str(out, ask("SELECT * FROM participants ORDER BY source, app, session_id, participant_id"));
	return buf_cstr(out);
}

/* As an assertion's message, two dumps are too long. */
static void expect_same(const char *got, const char *wanted, const char *what)
{
	size_t from = 0, line = 0;

	for (size_t i = 0; got[i] && got[i] == wanted[i]; i++)
		if (got[i] == '\n') {
			from = i + 1;
			line++;
		}
	if (strcmp(got, wanted) != 0)
		ck_abort_msg("%s: line %zu\n%.*s\nis not\n%.*s", what, line, (int) strcspn(got + from, "\n"), got + from,
			     (int) strcspn(wanted + from, "\n"), wanted + from);
}

static void execute(const char *sql)
{
	char path[96];
	sqlite3 *db;

	in_dir("callmeter.db", path);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

#define BY(reporter, name, at, event) "{\"source\":\"hrtc\",\"at\":\"2026-08-21T" at "Z\",\"context\":{\"name\":\"" name \
	"\",\"roomId\":\"room_9\",\"userId\":\"" reporter "\"},\"event\":" event "}"
#define STATE(who, before, now, at) \
	BY(who, "connection-state-changed", at, "{\"prevState\":\"" before "\",\"curState\":\"" now "\"}")

static const char ana_in[] = STATE("ana", "CONNECTING", "CONNECTED", "11:00:00");
static const char bo_in[] = BY("ana", "peer-join", "11:00:10", "{\"userId\":\"bo\",\"userName\":\"Bo\"}");
static const char bo_out[] = BY("ana", "peer-leave", "11:00:20", "{\"userId\":\"bo\",\"reason\":{\"code\":0}}");
static const char ana_out[] = STATE("ana", "CONNECTED", "DISCONNECTED", "11:00:40");

#define IN_SESSION(session, at) "{\"stage\":\"WSJoin\",\"event_type\":\"initiated\",\"join_attempt_id\":\"a9\"," \
	"\"user_id\":\"ana\",\"call_session_id\":\"" session "\",\"timestamp\":\"2026-08-21T" at "Z\"}"

#define STREAM_EVENT(user, attempt, session, at) "{\"stage\":\"NetworkSwitched\",\"event_type\":\"wifi-to-cell\"," \
	"\"join_attempt_id\":\"" attempt "\",\"user_id\":\"" user "\",\"call_session_id\":\"" session "\"," \
	"\"timestamp\":\"2026-08-21T" at "Z\"}"

static const char in_sql[] = "SELECT participant_id, how_left, duration_us / 1000, n_events FROM participant ORDER BY 1";

/* Behind. */

START_TEST(while_full_batches_follow_each_other_the_record_is_behind_and_then_no_longer)
{
	feed_full(ana_in);
	ck_assert(is_behind());
	ck_assert_str_eq(ask("SELECT count(*) FROM sessions"), "0");
	ck_assert_str_eq(ask("SELECT count(*) FROM room_events"), "1");
	ck_assert_str_eq(ask("SELECT value FROM setting WHERE name = 'record_behind'"), "1");
	mono_us += 100000;
	feed_full(bo_in);
	ck_assert(is_behind());
	ck_assert_str_eq(ask("SELECT value FROM setting WHERE name = 'record_behind'"), "1");
	feed_nothing();
	ck_assert(!is_behind());
	ck_assert_str_eq(ask(in_sql), "ana|-|0|1\nbo|-|0|1");
	ck_assert_str_eq(ask("SELECT count(*) FROM setting WHERE name = 'record_behind'"), "0");
}
END_TEST

START_TEST(the_record_is_never_behind_for_longer_than_half_a_second)
{
	feed_full(ana_in);
	mono_us += 499000;
	feed_full(bo_in);
	ck_assert(is_behind());
	mono_us += 1000;
	feed_full(bo_out);
	ck_assert(!is_behind());
	ck_assert_str_eq(ask(in_sql), "ana|-|0|1\nbo|exit|10000|2");
	feed_full(ana_out);	/* from here on it is a new half second */
	ck_assert(is_behind());
	ck_assert_str_eq(ask("SELECT value FROM setting WHERE name = 'record_behind'"), "4");
}
END_TEST

START_TEST(events_stay_as_they_came_unless_batches_are_full)
{
	static const char tens[] = "SELECT group_concat(at_us / 10000000 % 10, ' ') FROM ("
				   "SELECT at_us FROM hrtc_event ORDER BY event_id)";

	for (int more = 0; more < 2; more++) {
		teardown();
		setup();
		add_line(bo_out, 42);	/* 11:00:20 */
		add_line(ana_in, 42);	/* 11:00:00 */
		add_line(bo_in, 42);	/* 11:00:10 */
		ck_assert_int_eq(append(more), 0);
		ck_assert_str_eq(ask(tens), more ? "0 1 2" : "2 0 1");
	}
}
END_TEST

START_TEST(the_record_is_not_behind_by_more_sessions_than_may_be_held)
{
	enum { N = 8300 };	/* 8,192 may be */

	feed_full(ana_in);
	ck_assert(is_behind());
	batch_reset(&batch);
	for (int i = 0; i < N; i++) {
		char line[300];

		(void) snprintf(line, sizeof(line), "{\"source\":\"hrtc\",\"at\":\"2026-08-21T11:00:00Z\",\"context\":{"
				"\"name\":\"peer-join\",\"roomId\":\"room_%d\",\"userId\":\"ana\"},"
				"\"event\":{\"userId\":\"bo\"}}", 10 + i);
		add_line(line, 42);
	}
	ck_assert_int_eq(append(true), 0);
	ck_assert(!is_behind());
	ck_assert_str_eq(ask("SELECT count(*) FROM session"), "8301");
}
END_TEST

START_TEST(a_batch_that_is_not_full_brings_the_record_up_to_date_with_its_own_events)
{
	feed_full(ana_in);
	feed_full(bo_in);
	ck_assert_int_eq(feed(bo_out), FATE_STORED);
	ck_assert(!is_behind());
	ck_assert_str_eq(ask(in_sql), "ana|-|0|1\nbo|exit|10000|2");
}
END_TEST

START_TEST(what_is_told_by_attempts_is_behind_as_well)
{
	feed_full(IN_SESSION("cs", "11:00:00"));
	ck_assert(is_behind());
	ck_assert_str_eq(ask("SELECT count(*) FROM join_attempts"), "1");
	ck_assert_str_eq(ask("SELECT count(*) FROM sessions"), "0");
	feed_full(STREAM_EVENT("bo", "unknown", "cs", "11:00:05"));
	reopen();
	ck_assert_str_eq(ask("SELECT participant_id, events FROM participants ORDER BY 1"), "ana|1\nbo|1");
}
END_TEST

/* The earliest session counts: with an earlier event, the attempt moves. */
START_TEST(a_session_that_an_attempt_has_left_is_told_so_be_it_that_the_writer_ends_at_once)
{
	ck_assert_int_eq(feed(IN_SESSION("late", "11:00:00")), FATE_STORED);
	feed_full(ana_in);
	ck_assert(is_behind());
	feed_full(IN_SESSION("early", "10:00:00"));
	reopen();
	ck_assert_str_eq(ask("SELECT session_id, events FROM sessions WHERE session_id NOT LIKE 'room%'"), "early|2");
}
END_TEST

START_TEST(a_record_left_behind_is_brought_up_to_date_at_the_next_start)
{
	_cleanup_(buf_deinit) struct buf behind = {}, whole = {};

	ck_assert_int_eq(feed(ana_in), FATE_STORED);
	feed_full(bo_in);
	feed_full(bo_out);
	ck_assert_str_eq(ask(in_sql), "ana|-|0|1");
	reopen();
	ck_assert(!is_behind());
	ck_assert_str_eq(ask(in_sql), "ana|-|0|1\nbo|exit|10000|2");
	ck_assert_str_eq(ask("SELECT count(*) FROM setting WHERE name = 'record_behind'"), "0");
	reopen();
	ck_assert_int_eq(feed(ana_out), FATE_STORED);
	(void) dump(&behind);

	teardown();
	setup();
	add_line(ana_in, 42);
	add_line(bo_in, 42);
	add_line(bo_out, 42);
	add_line(ana_out, 42);
	ck_assert_int_eq(append(false), 0);
	expect_same(buf_cstr(&behind), dump(&whole), "left behind");
}
END_TEST

/* Two starts, the first of which has a rule changed: replaying comes before telling all anew. */
START_TEST(a_record_left_behind_is_told_by_the_rules_of_the_next_start)
{
	_cleanup_(buf_deinit) struct buf behind = {}, whole = {};

	feed_full(ana_in);
	feed_full(bo_in);
	options.session_idle_ms = 60000;
	reopen();
	(void) dump(&behind);
	ck_assert_str_eq(ask("SELECT (idle_end_us - last_us) / 1000 FROM session"), "60000");

	teardown();
	setup();
	store_close(store);
	options.session_idle_ms = 60000;
	ck_assert_int_eq(store_open(&options, &store, &why), 0);
	ck_assert_int_eq(feed(ana_in), FATE_STORED);
	ck_assert_int_eq(feed(bo_in), FATE_STORED);
	expect_same(buf_cstr(&behind), dump(&whole), "left behind");
}
END_TEST

START_TEST(a_batch_that_fails_while_the_record_is_behind_takes_nothing_from_it)
{
	static const char *const obstacles[] = {
		"CREATE TRIGGER boom BEFORE INSERT ON session BEGIN SELECT RAISE(ABORT, 'x'); END",
		"CREATE TRIGGER boom BEFORE INSERT ON participant BEGIN SELECT RAISE(ABORT, 'x'); END",
		"CREATE TRIGGER boom BEFORE DELETE ON setting BEGIN SELECT RAISE(ABORT, 'x'); END",
	};

	for (size_t i = 0; i < N_ELEMENTS(obstacles); i++) {
		if (i > 0) {
			teardown();
			setup();
		}
		feed_full(ana_in);
		feed_full(bo_in);
		execute(obstacles[i]);
		batch_reset(&batch);
		add_line(bo_out, 42);
		ck_assert_int_lt(append(false), 0);
		ck_assert(is_behind());
		ck_assert_int_lt(append(false), 0);
		ck_assert_str_eq(ask("SELECT count(*) FROM sessions"), "0");
		execute("DROP TRIGGER boom");
		ck_assert_int_eq(append(false), 0);
		ck_assert(!is_behind());
		ck_assert_str_eq(ask(in_sql), "ana|-|0|1\nbo|exit|10000|2");
		ck_assert_str_eq(ask("SELECT sum(events) FROM sessions"), "3");
		ck_assert_str_eq(ask("SELECT count(*) FROM setting WHERE name = 'record_behind'"), "0");
	}
}
END_TEST

START_TEST(a_full_batch_that_fails_is_behind_once_it_is_written)
{
	execute("CREATE TRIGGER boom BEFORE INSERT ON setting BEGIN SELECT RAISE(ABORT, 'x'); END");
	batch_reset(&batch);
	add_line(ana_in, 42);
	ck_assert_int_lt(append(true), 0);
	ck_assert(!is_behind());
	execute("DROP TRIGGER boom");
	ck_assert_int_eq(append(true), 0);
	ck_assert(is_behind());
	ck_assert_str_eq(ask("SELECT value FROM setting WHERE name = 'record_behind'"), "1");
	feed_full(bo_in);
	feed_nothing();
	ck_assert_str_eq(ask(in_sql), "ana|-|0|1\nbo|-|0|1");
}
END_TEST

START_TEST(full_batches_go_on_behind_one_that_failed)
{
	feed_full(ana_in);
	execute("CREATE TRIGGER boom BEFORE INSERT ON session BEGIN SELECT RAISE(ABORT, 'x'); END");
	mono_us += 600000;
	batch_reset(&batch);
	add_line(bo_in, 42);
	ck_assert_int_lt(append(true), 0);
	execute("DROP TRIGGER boom");
	ck_assert_int_eq(append(true), 0);
	feed_full(bo_out);
	reopen();
	ck_assert_str_eq(ask(in_sql), "ana|-|0|1\nbo|exit|10000|2");
	ck_assert_str_eq(ask("SELECT sum(events) FROM sessions"), "3");
}
END_TEST

/* Sessions that turn out to be others. */

START_TEST(who_turns_out_to_have_come_after_the_end_is_of_the_next_session_alone)
{
	ck_assert_int_eq(feed(ana_in), FATE_STORED);
	ck_assert_int_eq(feed(bo_in), FATE_STORED);
	ck_assert_str_eq(ask("SELECT count(*) FROM session"), "1");
	ck_assert_int_eq(feed(STATE("ana", "CONNECTED", "DISCONNECTED", "11:00:05")), FATE_STORED);
	ck_assert_str_eq(ask("SELECT session_id, participant_id FROM participants ORDER BY 1, 2"),
			 "room_9@2026-08-21T11:00:00.000Z|ana\nroom_9@2026-08-21T11:00:10.000Z|bo");
}
END_TEST

START_TEST(two_sessions_that_turn_out_to_be_one_are_one_row)
{
	ck_assert_int_eq(feed(ana_in), FATE_STORED);
	ck_assert_int_eq(feed(STATE("ana", "CONNECTED", "DISCONNECTED", "11:00:05")), FATE_STORED);
	ck_assert_int_eq(feed(bo_in), FATE_STORED);
	ck_assert_str_eq(ask("SELECT count(*) FROM session"), "2");
	ck_assert_int_eq(feed(BY("ana", "peer-join", "11:00:03", "{\"userId\":\"bo\"}")), FATE_STORED);
	ck_assert_str_eq(ask("SELECT session_id, events FROM sessions"), "room_9@2026-08-21T11:00:00.000Z|4");
	ck_assert_str_eq(ask("SELECT participant_id, n_events FROM participant ORDER BY 1"), "ana|2\nbo|2");
}
END_TEST

/* Older schemas. */

/* A room as a daemon with schema 7 kept it: no marks with its session. */
static const char of_schema_7[] =
	"INSERT INTO setting VALUES ('attempt_timeout_ms', 60000), ('session_idle_ms', 14400000);"
	"INSERT INTO dict VALUES (1, 'web'), (2, 'hrtc'), (3, 'room_9'), (4, 'connection-state-changed'),"
	"	(5, 'CONNECTING'), (6, 'CONNECTED'), (7, 'peer-join'), (8, 'peer-leave'), (9, 'Bo');"
	"INSERT INTO origin VALUES (1, 1, 1000, 100, 42);"
	"INSERT INTO user VALUES (1, 1, 'ana'), (2, 1, 'bo');"
	"INSERT INTO session_scope VALUES (1, 2, 1, 'room_9');"
	"INSERT INTO hrtc_event (event_id, scope, at_us, digest, received_us, origin, stamped, name, room_id, reporter,"
	"	previous_state, current_state)"
	"	VALUES (1, 1, 1787310000000000, 71, 1000000, 1, 1, 4, 3, 1, 5, 6);"
	"INSERT INTO hrtc_event (event_id, scope, at_us, digest, received_us, origin, stamped, name, room_id, reporter,"
	"	user, user_name) VALUES (2, 1, 1787310010000000, 72, 1000000, 1, 1, 7, 3, 1, 2, 9);"
	"INSERT INTO hrtc_event (event_id, scope, at_us, digest, received_us, origin, stamped, name, room_id, reporter,"
	"	user, leave_code) VALUES (3, 1, 1787310020000000, 73, 1000000, 1, 1, 8, 3, 1, 2, 0);"
	"INSERT INTO session (id, scope, session_id, call_id, first_us, last_us, started_us, idle_end_us, peak, n_events)"
	"	VALUES (1, 1, 'room_9@2026-08-21T11:00:00.000Z', 'room_9', 1787310000000000, 1787310020000000,"
	"	1787310000000000, 1787324420000000, 2, 3);"
	"INSERT INTO participant (id, session, participant_id, user_id, is_local, joined_us, open_since_us, idle_left_us,"
	"	duration_us, last_us, n_events) VALUES (1, 1, 'ana', 'ana', 1, 1787310000000000, 1787310000000000,"
	"	1787324420000000, 0, 1787310000000000, 1);"
	"INSERT INTO participant (id, session, participant_id, user_id, display_name, is_local, joined_us, left_us,"
	"	duration_us, how_left, how_left_class, last_us, n_events) VALUES (2, 1, 'bo', 'bo', 'Bo', 0,"
	"	1787310010000000, 1787310020000000, 10000000, 'exit', 'normal', 1787310020000000, 2);"
	"PRAGMA user_version = 7; PRAGMA application_id = 1668050292;";

static void make_schema_7(void)
{
	char path[96];
	sqlite3 *db;

	store_close(store);
	store = NULL;
	in_dir("callmeter.db", path);
	(void) unlink(path);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	for (int v = 0; v < 7; v++)
		ck_assert_msg(sqlite3_exec(db, sql_schema[v].text, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	ck_assert_msg(sqlite3_exec(db, of_schema_7, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	reopen();
}

START_TEST(a_session_of_before_its_marks_were_kept_goes_on_with_late_events_and_new_ones)
{
	static const char *const later[] = {
		BY("ana", "rtc-stats", "11:00:15", "[]"),				/* within it */
		BY("ana", "peer-join", "11:00:05", "{\"userId\":\"bo\"}"),		/* and changes it */
		BY("ana", "peer-join", "10:59:50", "{\"userId\":\"cy\"}"),		/* before it began */
		BY("ana", "peer-leave", "11:00:30", "{\"userId\":\"cy\"}"),
		ana_out,								/* the end */
		BY("bo", "peer-join", "11:00:50", "{\"userId\":\"cy\"}"),		/* the next */
		BY("ana", "peer-leave", "11:00:08", "{\"userId\":\"bo\",\"reason\":{\"code\":9}}"),
		BY("ana", "rtc-stats", "02:00:00", "[]"),				/* one that was long before */
	};
	static const char *const before[] = { ana_in, bo_in, bo_out };
	_cleanup_(buf_deinit) struct buf wanted = {}, got = {};

	for (size_t n = 0; n <= N_ELEMENTS(later); n++) {
		teardown();
		setup();
		for (size_t i = 0; i < N_ELEMENTS(before); i++)
			add_line(before[i], 42);
		for (size_t i = 0; i < n; i++)
			add_line(later[i], 42);
		ck_assert_int_eq(append(false), 0);
		(void) dump(&wanted);
		teardown();
		setup();
		make_schema_7();
		for (size_t i = 0; i < n; i++)
			ck_assert_int_eq(feed(later[i]), FATE_STORED);
		expect_same(dump(&got), buf_cstr(&wanted), n > 0 ? later[n - 1] : "no later ones");
	}
	ck_assert_str_eq(ask("SELECT count(*) FROM sessions"), "3");
}
END_TEST

/* Before schema 11, only what an attempt of a known user told was in there. */
START_TEST(sessions_of_before_all_events_counted_are_told_once_more)
{
	static const char *const all[] = {
		STREAM_EVENT("ana", "a1", "s1", "11:00:00"), STREAM_EVENT("ana", "unknown", "s1", "11:00:09"),
		STREAM_EVENT("", "a2", "s2", "11:00:00"), STREAM_EVENT("bo", "", "s3", "11:00:00"),
	};
	_cleanup_(buf_deinit) struct buf wanted = {}, got = {};

	for (size_t i = 0; i < N_ELEMENTS(all); i++)
		ck_assert_int_eq(feed(all[i]), FATE_STORED);
	ck_assert_str_eq(ask("SELECT session_id, events FROM sessions ORDER BY 1"), "s1|2\ns2|1\ns3|1");
	ck_assert_str_eq(ask("SELECT count(*) FROM setting WHERE name = 'retell'"), "0");
	(void) dump(&wanted);
	store_close(store);
	store = NULL;
	execute("DROP INDEX stream_event_alone; DROP INDEX hrtc_event_of_user;"
		"DELETE FROM participant WHERE user_id = 'bo';"
		"UPDATE participant SET n_events = 1, last_us = joined_us, idle_left_us = joined_us + 14400000000;"
		"DELETE FROM session WHERE id > (SELECT min(id) FROM session);"
		"UPDATE session SET n_events = 1, last_us = started_us, idle_end_us = started_us + 14400000000;"
		"PRAGMA user_version = 10");
	reopen();
	expect_same(dump(&got), buf_cstr(&wanted), "told once more");
	ck_assert_str_eq(ask("SELECT count(*) FROM setting WHERE name = 'retell'"), "0");
}
END_TEST

START_TEST(marks_that_cannot_be_read_stop_the_writer_before_it_tells_anything_wrong)
{
	ck_assert_int_eq(feed(ana_in), FATE_STORED);
	store_close(store);
	store = NULL;
	execute("UPDATE session SET fold = x'0177'");
	reopen();
	batch_reset(&batch);
	add_line(bo_in, 42);
	ck_assert_int_eq(append(false), -EUCLEAN);
	ck_assert_str_eq(ask("SELECT count(*) FROM room_events"), "1");
}
END_TEST

#define STAY "{\"event\":\"meeting.participantLeft\",\"meeting\":{\"id\":\"m\",\"sessionId\":\"s1\"},\"participant\":" \
	"{\"peerId\":\"p\",\"joinedAt\":\"2026-08-21T10:00:00Z\",\"leftAt\":\"2026-08-21T12:00:00Z\"}}"

/* Of a leave that tells the join, too, it is the leave that is stored. */
START_TEST(an_event_that_tells_of_an_earlier_time_is_among_those_that_are_read_again)
{
	ck_assert_int_eq(feed("{\"source\":\"realtimekit\",\"at\":\"2026-08-21T11:00:00Z\",\"event\":{\"event\":"
			      "\"meeting.started\",\"meeting\":{\"id\":\"m\",\"sessionId\":\"s1\"}}}"), FATE_STORED);
	execute("UPDATE session SET fold = NULL");	/* as schema 7 had it */
	reopen();
	ck_assert_int_eq(feed(STAY), FATE_STORED);
	ck_assert_str_eq(ask("SELECT n_events FROM session"), "2");
	ck_assert_str_eq(ask("SELECT participant_id, duration_us / 60000000 FROM participant"), "p|120");
}
END_TEST

#define ARN "arn:aws:ivs:us-west-2:123456789012:stage/abcdABCDefgh"
#define STAGE(name, at) "{\"source\":\"ivs\",\"context\":{\"stageArn\":\"" ARN "\",\"sessionId\":\"st-1\"}," \
	"\"event\":{\"name\":\"" name "\",\"participantId\":\"p-1\",\"eventTime\":\"2026-08-21T" at "Z\"}}"
#define BRIDGE_WITH(name, at, more) "{\"version\":\"0\",\"id\":\"db65fc17\",\"source\":\"aws.ivs\",\"detail-type\":\"IVS Stage Update\"," \
	"\"account\":\"123456789012\",\"time\":\"2026-08-21T" at "Z\",\"region\":\"us-west-2\",\"resources\":[\"" ARN "\"]," \
	"\"detail\":{\"session_id\":\"st-1\",\"event_name\":\"" name "\",\"participant_id\":\"p-1\"" more "}}"
#define BRIDGE(name, at) BRIDGE_WITH(name, at, "")
#define BRIDGE_OF(user, at) BRIDGE_WITH("Participant Published", at, ",\"user_id\":\"" user "\"")

START_TEST(a_session_id_is_written_once_and_holds_within_its_stage)
{
	static const char other[] = "{\"source\":\"ivs\",\"context\":{\"stageArn\":\"" ARN "2\",\"sessionId\":\"st-1\"},"
		"\"event\":{\"name\":\"JOINED\",\"participantId\":\"p-1\",\"eventTime\":\"2026-08-21T11:00:00Z\"}}";
	static const char nowhere[] = "{\"source\":\"ivs\",\"context\":{\"sessionId\":\"st-1\"},"
		"\"event\":{\"name\":\"JOINED\",\"participantId\":\"p-1\",\"eventTime\":\"2026-08-21T11:00:00Z\"}}";

	ck_assert_int_eq(feed(STAGE("JOINED", "11:00:00")), FATE_STORED);
	ck_assert_int_eq(feed(other), FATE_STORED);
	ck_assert_int_eq(feed(nowhere), FATE_STORED);
	ck_assert_int_eq(feed(BRIDGE("Participant Published", "11:00:01")), FATE_STORED);
	ck_assert_str_eq(ask("SELECT session_id, substr(call_id, -5), events FROM sessions ORDER BY 2"),
			 "st-1|Defgh|2\nst-1|efgh2|1");
	ck_assert_str_eq(ask("SELECT count(*), count(DISTINCT sessionId) FROM stage_events"), "4|1");
	ck_assert_str_eq(ask("SELECT count(*) FROM dict WHERE value LIKE '%st-1'"), "0");
	ck_assert_str_eq(ask("SELECT count(*) FROM session_scope"), "3");
}
END_TEST

START_TEST(a_participant_that_is_called_as_its_peer_or_user_has_that_id_once)
{
	ck_assert_int_eq(feed(ana_in), FATE_STORED);
	ck_assert_int_eq(feed(STAGE("JOINED", "11:00:00")), FATE_STORED);
	ck_assert_int_eq(feed(BRIDGE_OF("ana", "11:00:01")), FATE_STORED);
	ck_assert_str_eq(ask("SELECT own_id, user_id FROM participant ORDER BY id"), "-|ana\np-1|ana");
	ck_assert_str_eq(ask("SELECT participant_id FROM participants ORDER BY 1"), "ana\np-1");
	/* Its user turns out to be another, whose id is the participant's. */
	ck_assert_int_eq(feed(BRIDGE_OF("p-1", "11:00:00")), FATE_STORED);
	ck_assert_str_eq(ask("SELECT own_id, user_id FROM participant ORDER BY id"), "-|ana\n-|p-1");
	ck_assert_str_eq(ask("SELECT participant_id FROM participants ORDER BY 1"), "ana\np-1");
	reopen();
	ck_assert_int_eq(feed(STAGE("LEFT", "11:00:09")), FATE_STORED);
	ck_assert_str_eq(ask("SELECT participant_id, events FROM participants ORDER BY 1"), "ana|1\np-1|4");
}
END_TEST

/* Two tables tell of the same sessions: the events of the one are read with those of the other. */
START_TEST(a_session_that_two_forms_tell_of_counts_each_event_once_whatever_is_read_again)
{
	for (int order = 0; order < 2; order++) {
		if (order > 0) {
			teardown();
			setup();
		}
		ck_assert_int_eq(feed(STAGE("JOINED", "11:00:00")), FATE_STORED);
		execute("UPDATE session SET fold = NULL");
		reopen();
		feed_full(order ? BRIDGE("Participant Published", "11:00:01") : STAGE("PUBLISH_STARTED", "11:00:01"));
		feed_full(order ? STAGE("PUBLISH_STARTED", "11:00:01") : BRIDGE("Participant Published", "11:00:01"));
		reopen();
		ck_assert_str_eq(ask("SELECT n_events FROM session"), "3");
		ck_assert_str_eq(ask("SELECT n_events FROM participant"), "3");
	}
}
END_TEST

START_TEST(the_marks_of_a_session_of_few_events_are_not_kept_if_its_events_are_found_by_it)
{
	static const char kept[] = "SELECT fold IS NOT NULL FROM session";
	char line[400];

	ck_assert_int_eq(feed(STAGE("JOINED", "11:00:00")), FATE_STORED);
	ck_assert_str_eq(ask(kept), "0");
	for (int i = 1; i <= 30; i++) {
		(void) snprintf(line, sizeof(line), STAGE("PUBLISH_STARTED", "11:01:%02d"), i);
		ck_assert_int_eq(feed(line), FATE_STORED);
	}
	ck_assert_str_eq(ask(kept), "1");
	teardown();
	setup();
	ck_assert_int_eq(feed(ana_in), FATE_STORED);
	ck_assert_str_eq(ask(kept), "1");
}
END_TEST

/* Indexes have it, and each of their pages would be written with it. */
START_TEST(what_a_row_says_is_not_written_once_more_by_who_reads_it_again)
{
	static const char *const first[] = { STAGE("JOINED", "11:00:00"), ana_in };
	static const char *const again[] = { STAGE("PUBLISH_STARTED", "11:00:01"),
		BY("ana", "rtc-stats", "11:00:15", "[]") };

	for (size_t i = 0; i < N_ELEMENTS(first); i++) {
		ck_assert_int_eq(feed(first[i]), FATE_STORED);
		store_close(store);
		store = NULL;
		execute("CREATE TRIGGER a BEFORE UPDATE OF first_us ON session BEGIN SELECT raise(ABORT, 'told'); END;"
			"CREATE TRIGGER b BEFORE UPDATE OF user_id ON participant BEGIN SELECT raise(ABORT, 'told'); END;"
			"CREATE TRIGGER c BEFORE DELETE ON session BEGIN SELECT raise(ABORT, 'told'); END;"
			"CREATE TRIGGER d BEFORE DELETE ON participant BEGIN SELECT raise(ABORT, 'told'); END");
		ck_assert_int_eq(store_open(&options, &store, &why), 0);
		ck_assert_int_eq(feed(again[i]), FATE_STORED);
		ck_assert_str_eq(ask("SELECT n_events FROM participant"), "2");
		teardown();
		setup();
	}
}
END_TEST

/* Two tables of one thing. */

START_TEST(why_somebody_left_a_room_is_the_same_in_the_record_and_for_the_views)
{
	for (int code = 0; code <= 10; code++) {
		char line[400];

		(void) snprintf(line, sizeof(line), BY("ana", "peer-leave", "11:00:00.%03d",
			"{\"userId\":\"u-%d\",\"reason\":{\"code\":%d}}"), code, code, code);
		ck_assert_int_eq(feed(line), FATE_STORED);
	}
	ck_assert_str_eq(ask("SELECT count(*) FROM leave_reason"), "11");
	ck_assert_str_eq(ask("SELECT count(*) FROM participants AS p JOIN leave_reason AS r ON p.participant_id = 'u-' || r.code"
			     " WHERE p.how_left IS r.name AND p.how_left_class IS r.class"), "11");
}
END_TEST

/* The property: however events come, and however often the store is in trouble, they make the same record. */

enum { N_LINES = 60, N_RANDOM_ROUNDS = 20, SPAN_S = 5400, IDLE_S = 600 };

static char lines[N_LINES][700];
static uint64_t chance;

static unsigned random_below(unsigned n)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return (unsigned) ((chance >> 33) % n);
}

static const char *one_of(const char *const *list, size_t n)
{
	return list[random_below((unsigned) n)];
}

static const char *const people[] = { "ana", "bo", "cy" };

#define ONE_OF(list) one_of(list, N_ELEMENTS(list))

static void make_hrtc(char *line, size_t n, const char *at)
{
	static const char *const states[] = { "CONNECTING", "CONNECTED", "CONNECTED", "DISCONNECTED" };
	const char *by = ONE_OF(people), *who = ONE_OF(people);
	char event[300], name[40];

	switch (random_below(8)) {
	case 0:
		(void) snprintf(name, sizeof(name), "peer-join");
		(void) snprintf(event, sizeof(event), "{\"userId\":\"%s\",\"userName\":\"%s %u\"}", who, who, random_below(2));
		break;
	case 1:
		(void) snprintf(name, sizeof(name), "peer-leave");
		(void) snprintf(event, sizeof(event), "{\"userId\":\"%s\",\"reason\":{\"code\":%u}}", who, random_below(11));
		break;
	case 2:
		(void) snprintf(name, sizeof(name), "connection-state-changed");
		(void) snprintf(event, sizeof(event), "{\"prevState\":\"%s\",\"curState\":\"%s\"}", ONE_OF(states), ONE_OF(states));
		break;
	case 3:
		(void) snprintf(name, sizeof(name), "client-banned");
		(void) snprintf(event, sizeof(event), "{\"userId\":\"%s\",\"reason\":\"x\"}", who);
		break;
	case 4:
		(void) snprintf(name, sizeof(name), "remote-user-name-changed");
		(void) snprintf(event, sizeof(event), "{\"roomId\":\"r\",\"userId\":\"%s\",\"userName\":\"%s 9\"}", who, who);
		break;
	default:
		(void) snprintf(name, sizeof(name), "rtc-stats");
		(void) snprintf(event, sizeof(event), "[{\"userName\":\"%s %u\",\"isRemote\":false,\"streamType\":\"main\","
				"\"mediaType\":\"audio\",\"bitrate\":42,\"frameRate\":0,\"rtt\":46,\"jitter\":3,"
				"\"pktLossRate\":0}]", by, random_below(3));
	}
	(void) snprintf(line, n, "{\"source\":\"hrtc\",\"at\":\"%s\",\"context\":{\"name\":\"%s\",\"roomId\":\"r\","
			"\"userId\":\"%s\"},\"event\":%s}", at, name, by, event);
}

static void make_spaces(char *line, size_t n, const char *at)
{
	static const char *const categories[] = {
		"tracksstatus", "trackstatus", "video.end", "app.event.presence.party.leaves", "speaking",
		"app.event.presence.party.online", "speaking.stopped",
	};
	const char *who = ONE_OF(people);

	(void) snprintf(line, n, "{\"category\":\"%s\",\"topicId\":\"t\",\"sender\":{\"_id\":\"%s\",\"type\":\"user\","
			"\"displayname\":\"%s %u\"},\"created\":\"%s\",\"content\":{\"mediaSession\":{}}}",
			ONE_OF(categories), who, who, random_below(2), at);
}

static void make_bridge(char *line, size_t n, const char *at)
{
	static const char *const names[] = {
		"Participant Published", "Participant Unpublished", "Participant Publish Error", "Participant Replication Start",
	};

	(void) snprintf(line, n, "{\"version\":\"0\",\"id\":\"b-%u\",\"source\":\"aws.ivs\",\"detail-type\":\"IVS Stage Update\","
			"\"account\":\"123456789012\",\"time\":\"%s\",\"region\":\"us-west-2\",\"resources\":[\"" ARN "\"],"
			"\"detail\":{\"session_id\":\"st-%u\",\"event_name\":\"%s\",\"participant_id\":\"p-%s\","
			"\"user_id\":\"%s\"}}", random_below(1000), at, random_below(2), ONE_OF(names), ONE_OF(people),
			ONE_OF(people));
}

static void make_ivs(char *line, size_t n, const char *at)
{
	static const char *const names[] = {
		"JOINED", "LEFT", "PUBLISH_STARTED", "PUBLISH_STOPPED", "SUBSCRIBE_STARTED", "SUBSCRIBE_STOPPED",
		"JOIN_ERROR", "TOKEN_EXCHANGED",
	};

	(void) snprintf(line, n, "{\"source\":\"ivs\",\"context\":{\"stageArn\":\"" ARN "\","
			"\"sessionId\":\"st-%u\"},\"event\":{\"name\":\"%s\",\"participantId\":\"p-%s\",\"eventTime\":\"%s\"}}",
			random_below(2), ONE_OF(names), ONE_OF(people), at);
}

static void make_realtimekit(char *line, size_t n, const char *at)
{
	static const char *const names[] = {
		"meeting.started", "meeting.participantJoined", "meeting.participantLeft", "meeting.participantLeft",
		"meeting.transcript", "meeting.ended",
	};
	const char *who = ONE_OF(people);

	(void) snprintf(line, n, "{\"source\":\"realtimekit\",\"at\":\"%s\",\"event\":{\"event\":\"%s\",\"meeting\":{\"id\":\"m\","
			"\"sessionId\":\"s-%u\",\"title\":\"T%u\"},\"participant\":{\"peerId\":\"p-%s\",\"userDisplayName\":"
			"\"%s %u\",\"joinedAt\":\"2026-08-21T11:%02u:00Z\"}}}", at, ONE_OF(names), random_below(2),
			random_below(3), who, who, random_below(2), random_below(60));
}

static void make_stream(char *line, size_t n, const char *at)
{
	static const char *const stages[] = {
		"\"WSJoin\",\"event_type\":\"initiated\"",
		"\"NetworkSwitched\",\"event_type\":\"wifi-to-cell\"",
		"\"PeerConnectionConnect\",\"event_type\":\"completed\",\"outcome\":\"success\",\"peer_connection\":\"subscribe\"",
	};
	unsigned attempt = random_below(8);
	/* An attempt is one user's and mostly one session's: where two tell otherwise, the earliest counts. */
	const char *who = people[random_below(9) ? attempt % 3 : random_below(3)];
	unsigned session = random_below(9) ? attempt % 2 : random_below(2);
	char id[12] = "unknown";

	if (attempt < 6)
		(void) snprintf(id, sizeof(id), "a%u", attempt);
	(void) snprintf(line, n, "{\"stage\":%s,\"join_attempt_id\":\"%s\",\"stage_id\":\"s%u\",\"id\":\"c%u\","
			"\"type\":\"default\",\"user_id\":\"%s\",\"coordinator_connect_id\":\"%s\",\"call_session_id\":\"cs%u\","
			"\"timestamp\":\"%s\"}", ONE_OF(stages), id, random_below(9), random_below(2),
			random_below(4) ? who : "", random_below(2) ? "k" : "", session, at);
}

static void make_line(char *line, size_t n)
{
	char at[TIMESTAMP_TEXT_SIZE];

	timestamp_format(INT64_C(1787310000000000) + random_below(SPAN_S) * INT64_C(1000000), at);
	switch (random_below(10)) {
	case 0:
		make_ivs(line, n, at);
		break;
	case 9:
		make_bridge(line, n, at);
		break;
	case 1:
		make_realtimekit(line, n, at);
		break;
	case 2:
	case 3:
		make_stream(line, n, at);
		break;
	case 4:
	case 5:
		make_spaces(line, n, at);
		break;
	default:
		make_hrtc(line, n, at);
	}
}

static void shuffle(const char **order, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = random_below((unsigned) i);
		const char *line = order[i - 1];

		order[i - 1] = order[k];
		order[k] = line;
	}
}

/* One batch, be it that it does not succeed at once. */
static void append_somehow(bool more)
{
	static const char *const obstacles[] = {
		"CREATE TRIGGER boom BEFORE INSERT ON session BEGIN SELECT RAISE(ABORT, 'x'); END",
		"CREATE TRIGGER boom BEFORE UPDATE ON session BEGIN SELECT RAISE(ABORT, 'x'); END",
		"CREATE TRIGGER boom BEFORE INSERT ON participant BEGIN SELECT RAISE(ABORT, 'x'); END",
		"CREATE TRIGGER boom BEFORE UPDATE ON participant BEGIN SELECT RAISE(ABORT, 'x'); END",
		"CREATE TRIGGER boom BEFORE INSERT ON setting BEGIN SELECT RAISE(ABORT, 'x'); END",
		"CREATE TRIGGER boom BEFORE DELETE ON setting BEGIN SELECT RAISE(ABORT, 'x'); END",
	};
	bool in_trouble = random_below(4) == 0;
	int r;

	if (in_trouble)
		execute(ONE_OF(obstacles));
	r = append(more);
	ck_assert(r == 0 || in_trouble);
	if (in_trouble)
		execute("DROP TRIGGER boom");
	if (r < 0)
		ck_assert_int_eq(append(more), 0);
	ck_assert(more || !is_behind());
}

/* A start, at which rows may be as an older schema left them, and rules others. */
static void reopen_somehow(void)
{
	static const int idles_s[] = { IDLE_S, IDLE_S, IDLE_S, 1, 4 * IDLE_S };
	static const int timeouts_ms[] = { 60000, 60000, 1000 };

	store_close(store);
	store = NULL;
	if (random_below(4) == 0)
		execute("UPDATE session SET fold = NULL");
	options.session_idle_ms = idles_s[random_below(N_ELEMENTS(idles_s))] * 1000;
	options.attempt_timeout_ms = timeouts_ms[random_below(N_ELEMENTS(timeouts_ms))];
	ck_assert_int_eq(store_open(&options, &store, &why), 0);
}

static void feed_somehow(const char *const *order, size_t n)
{
	for (size_t i = 0; i < n; ) {
		size_t n_batch = 1 + random_below(12);

		batch_reset(&batch);
		for (; n_batch > 0 && i < n; n_batch--)
			add_line(order[i++], 42);
		mono_us += 1000 * random_below(300);
		append_somehow(random_below(3) > 0);
		if (random_below(8) == 0)
			reopen_somehow();
	}
	options.session_idle_ms = IDLE_S * 1000;
	options.attempt_timeout_ms = 60000;
	reopen();
}

START_TEST(however_events_come_they_make_the_record_of_all_of_them_at_once)
{
	_cleanup_(buf_deinit) struct buf at_once = {}, somehow = {}, anew = {};
	const char *order[2 * N_LINES];

	chance = UINT64_C(0x9e3779b97f4a7c15) * (unsigned) (_i + 1);
	for (size_t i = 0; i < N_LINES; i++) {
		make_line(lines[i], sizeof(lines[i]));
		order[i] = lines[i];
		order[N_LINES + i] = lines[random_below(N_LINES)];	/* some come again */
	}
	options.session_idle_ms = IDLE_S * 1000;
	reopen();
	for (size_t i = 0; i < N_LINES; i++)
		add_line(lines[i], 42);
	ck_assert_int_eq(append(false), 0);
	(void) dump(&at_once);
	/* Both ways through other rules: told from the stored events. */
	options.session_idle_ms = 1000;
	reopen();
	options.session_idle_ms = IDLE_S * 1000;
	reopen();
	expect_same(dump(&anew), buf_cstr(&at_once), "told anew");

	teardown();
	setup();
	options.session_idle_ms = IDLE_S * 1000;
	reopen();
	shuffle(order, N_ELEMENTS(order));
	feed_somehow(order, N_ELEMENTS(order));
	expect_same(dump(&somehow), buf_cstr(&at_once), "told somehow");
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("record");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, while_full_batches_follow_each_other_the_record_is_behind_and_then_no_longer);
	tcase_add_test(t, the_record_is_never_behind_for_longer_than_half_a_second);
	tcase_add_test(t, events_stay_as_they_came_unless_batches_are_full);
	tcase_add_test(t, the_record_is_not_behind_by_more_sessions_than_may_be_held);
	tcase_add_test(t, a_batch_that_is_not_full_brings_the_record_up_to_date_with_its_own_events);
	tcase_add_test(t, what_is_told_by_attempts_is_behind_as_well);
	tcase_add_test(t, a_session_that_an_attempt_has_left_is_told_so_be_it_that_the_writer_ends_at_once);
	tcase_add_test(t, a_record_left_behind_is_brought_up_to_date_at_the_next_start);
	tcase_add_test(t, a_record_left_behind_is_told_by_the_rules_of_the_next_start);
	tcase_add_test(t, a_batch_that_fails_while_the_record_is_behind_takes_nothing_from_it);
	tcase_add_test(t, a_full_batch_that_fails_is_behind_once_it_is_written);
	tcase_add_test(t, full_batches_go_on_behind_one_that_failed);
	tcase_add_test(t, who_turns_out_to_have_come_after_the_end_is_of_the_next_session_alone);
	tcase_add_test(t, two_sessions_that_turn_out_to_be_one_are_one_row);
	tcase_add_test(t, a_session_of_before_its_marks_were_kept_goes_on_with_late_events_and_new_ones);
	tcase_add_test(t, sessions_of_before_all_events_counted_are_told_once_more);
	tcase_add_test(t, marks_that_cannot_be_read_stop_the_writer_before_it_tells_anything_wrong);
	tcase_add_test(t, an_event_that_tells_of_an_earlier_time_is_among_those_that_are_read_again);
	tcase_add_test(t, a_session_id_is_written_once_and_holds_within_its_stage);
	tcase_add_test(t, a_participant_that_is_called_as_its_peer_or_user_has_that_id_once);
	tcase_add_test(t, a_session_that_two_forms_tell_of_counts_each_event_once_whatever_is_read_again);
	tcase_add_test(t, the_marks_of_a_session_of_few_events_are_not_kept_if_its_events_are_found_by_it);
	tcase_add_test(t, what_a_row_says_is_not_written_once_more_by_who_reads_it_again);
	tcase_add_test(t, why_somebody_left_a_room_is_the_same_in_the_record_and_for_the_views);
	tcase_add_loop_test(t, however_events_come_they_make_the_record_of_all_of_them_at_once, 0, N_RANDOM_ROUNDS);
	return unit_main("record", t);
}
