#include "store_unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "dialect/dialect.h"
#include "store/insert.h"
#include "store/sql_gen.h"

#define EVENT(stage, type, at, more) \
	"{\"stage\":\"" stage "\",\"event_type\":\"" type "\",\"join_attempt_id\":\"a1\",\"type\":\"default\",\"id\":\"c\"," \
	"\"user_id\":\"ana\",\"coordinator_connect_id\":\"cc\",\"timestamp\":\"2026-08-21T11:00:" at "Z\"" more "}"

static const char joined[] = EVENT("JoinInitiated", "initiated", "00", "");
static const char connecting[] = EVENT("PeerConnectionConnect", "initiated", "01",
	",\"stage_id\":\"s1\",\"peer_connection\":\"subscribe\",\"was_previously_connected\":true,\"call_session_id\":\"cs\"");
static const char connected[] = EVENT("PeerConnectionConnect", "completed", "02.5",
	",\"stage_id\":\"s1\",\"peer_connection\":\"subscribe\",\"was_previously_connected\":true,\"call_session_id\":\"cs\","
	"\"outcome\":\"success\",\"retry_count_attempt\":3");

static const char attempt_sql[] =
	"SELECT outcome, retries, reconnects, events, time_to_join_ms, started_ms, user_id FROM join_attempts";

START_TEST(the_events_of_an_attempt_become_one_row_in_whatever_order_they_come)
{
	static const char *const events[] = { joined, connecting, connected };
	static const int orders[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};

	for (size_t o = 0; o < 6; o++) {
		if (o > 0) {
			teardown();
			setup();
		}
		for (int i = 0; i < 3; i++)
			ck_assert_int_eq(feed(events[orders[o][i]]), FATE_STORED);
		ck_assert_str_eq(ask(attempt_sql), "joined|3|1|3|2500|1787310000000|ana");
		ck_assert_str_eq(ask("SELECT state, elapsed_ms, retry_count FROM stage_attempts"), "success|1500|3");
	}
}
END_TEST

START_TEST(the_same_event_is_stored_once_whatever_its_spelling)
{
	ck_assert_int_eq(feed(joined), FATE_STORED);
	ck_assert_int_eq(feed(joined), FATE_DUPLICATE);
	ck_assert_int_eq(feed("{\"timestamp\":1787310000000000000,\"id\":\"c\",\"type\":\"default\",\"user_id\":\"an\\u0061\","
			      "\"coordinator_connect_id\":\"cc\",\"join_attempt_id\":\"a1\",\"event_type\":\"initiated\","
			      "\"outcome\":null,\"sfu_id\":\"\",\"stage\":\"JoinInitiated\"}"), FATE_DUPLICATE);
	ck_assert_str_eq(ask("SELECT count(*) FROM client_events"), "1");
}
END_TEST

START_TEST(a_repetition_within_one_batch_is_stored_once)
{
	batch_reset(&batch);
	for (int i = 0; i < 5; i++)
		add_line(connected, i);
	ck_assert_int_eq(store_append(store, &batch), 0);
	ck_assert_str_eq(ask("SELECT events, retries FROM join_attempts"), "1|3");
	ck_assert_uint_eq(store_stats(store)->n_duplicate, 4);
}
END_TEST

START_TEST(an_attempt_goes_on_after_the_database_was_closed_and_opened)
{
	ck_assert_int_eq(feed(connected), FATE_STORED);
	store_close(store);
	ck_assert_int_eq(store_open(&options, &store, &why), 0);
	ck_assert_int_eq(feed(connecting), FATE_STORED);
	store_close(store);
	ck_assert_int_eq(store_open(&options, &store, &why), 0);
	ck_assert_int_eq(feed(joined), FATE_STORED);
	ck_assert_int_eq(feed(connected), FATE_DUPLICATE);
	ck_assert_str_eq(ask(attempt_sql), "joined|3|1|3|2500|1787310000000|ana");
	ck_assert_str_eq(ask("SELECT max(event_id), count(*) FROM client_events"), "3|3");
}
END_TEST

START_TEST(a_batch_that_finds_the_database_locked_leaves_nothing_and_can_be_tried_again)
{
	char path[96];
	sqlite3 *db;

	(void) snprintf(path, sizeof(path), "%s/callmeter.db", dir);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	add_line(joined, 42);
	ck_assert_int_eq(store_append(store, &batch), -EBUSY);
	ck_assert_int_eq(store_append(store, &batch), -EBUSY);
	ck_assert_int_eq(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	ck_assert_int_eq(store_append(store, &batch), 0);
	ck_assert_int_eq(batch.items[0].fate, FATE_STORED);
	ck_assert_str_eq(ask("SELECT count(*), max(event_id) FROM client_events"), "1|1");
}
END_TEST

START_TEST(a_second_store_on_the_directory_is_refused_with_the_holders_pid)
{
	struct store *second = NULL;
	char pid[32];

	(void) snprintf(pid, sizeof(pid), "process %d", (int) getpid());
	ck_assert_int_eq(store_open(&options, &second, &why), STORE_E_IN_USE);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&why), pid));
}
END_TEST

START_TEST(a_file_that_was_deleted_renamed_or_truncated_is_told_before_the_ack)
{
	char db[96], wal[96], other[96];

	in_dir("callmeter.db", db);
	in_dir("callmeter.db-wal", wal);
	in_dir("other", other);

	for (int i = 0; i < 4; i++) {
		if (i > 0) {
			teardown();
			setup();
			in_dir("callmeter.db", db);
			in_dir("callmeter.db-wal", wal);
			in_dir("other", other);
		}
		ck_assert_int_eq(feed(joined), FATE_STORED);
		if (i == 0)
			ck_assert_int_eq(unlink(db), 0);
		else if (i == 1)
			ck_assert_int_eq(rename(db, other), 0);
		else if (i == 2)
			ck_assert_int_eq(unlink(wal), 0);
		else
			ck_assert_int_eq(truncate(wal, 0), 0);
		batch_reset(&batch);
		add_line(connected, 42);
		/* Truncated, it may be noticed as damage or as a short log; in no case is it a success. */
		ck_assert_int_lt(store_append(store, &batch), 0);
	}
}
END_TEST

START_TEST(rejects_are_quarantined_as_they_came_and_the_oldest_go_first)
{
	char line[40 * 1024], kept[32];
	int n_dropped;

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	for (int i = 0; i < 40; i++)
		ck_assert_int_eq(feed(line), FATE_REJECTED);
	ck_assert_uint_le(store_stats(store)->quarantine_bytes, 1 << 20);
	ck_assert_uint_gt(store_stats(store)->quarantine_bytes, (1 << 20) - sizeof(line));
	n_dropped = (int) store_stats(store)->n_quarantine_dropped;
	ck_assert_int_gt(n_dropped, 0);
	(void) snprintf(kept, sizeof(kept), "%d|%d|40959", 40 - n_dropped, n_dropped + 1);
	ck_assert_str_eq(ask("SELECT count(*), min(quarantine_id), max(length_bytes) FROM quarantined"), kept);
}
END_TEST

START_TEST(the_redaction_key_is_made_with_the_database_and_stays)
{
	unsigned char key[STORE_REDACTION_KEY_BYTES];
	static const unsigned char none[sizeof(key)];

	memcpy(key, store_redaction_key(store), sizeof(key));
	ck_assert_mem_ne(key, none, sizeof(key));
	store_close(store);
	ck_assert_int_eq(store_open(&options, &store, &why), 0);
	ck_assert_mem_eq(store_redaction_key(store), key, sizeof(key));
}
END_TEST

/* A vendor with items, and two fields that are one column. */
static const char *const leave[] = { "leave", NULL };
static const struct field room_fields[] = {
	{ "name", NULL, .type = FIELD_TEXT, .keep = KEEP_DICT },
	{ "reason", NULL, .type = FIELD_INT },
	{ "reason.code", "reason", .type = FIELD_INT, .only = leave },
	{ "level", NULL, .type = FIELD_REAL, .keep = KEEP_DICT },
	{ "created", NULL, .type = FIELD_TIME, .role = ROLE_TIME },
	{ "data", NULL, .type = FIELD_JSON },
};
static const struct field stat_fields[] = {
	{ "kind", NULL, .type = FIELD_TEXT, .keep = KEEP_DICT },
	{ "net.loss", "loss", .type = FIELD_REAL },
};
static const struct items room_items = { .table = "room_item", .fields = stat_fields, .n_fields = 2 };
static const struct dialect room = {
	.source = "room", .table = "room", .fields = room_fields, .n_fields = 6, .items = &room_items,
};

static const char *row_of(sqlite3 *db, const char *sql)
{
	static char row[200];
	sqlite3_stmt *q;

	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
	row[0] = '\0';
	while (sqlite3_step(q) == SQLITE_ROW)
		(void) strcat(strcat(row, (const char *) sqlite3_column_text(q, 0)), ";");
	ck_assert_int_eq(sqlite3_finalize(q), SQLITE_OK);
	return row;
}

START_TEST(a_vendors_rows_are_written_as_its_tables_say)
{
	struct value values[] = {
		{ .kind = VALUE_TEXT, .text = "leave", .n = 5 }, { .kind = VALUE_INT, .i = 7 },
		{ .kind = VALUE_REAL, .d = 1.5 }, { .kind = VALUE_INT, .i = 99 },
		{ .kind = VALUE_TEXT, .text = "[1]", .n = 3 },
	};
	struct value stats[] = {
		{ .kind = VALUE_TEXT, .text = "audio", .n = 5 }, { .kind = VALUE_REAL, .d = 0.25 },
	};
	const struct event_item elements[] = {
		{ .values = { .present = 3, .list = stats }, .extra = "{}", .n_extra = 2 }, {},
	};
	struct event e = {
		.dialect = &room, .values = { .present = 0x3d, .list = values }, .at_us = 99, .timed = true, .digest = 5,
		.items = elements, .n_items = 2,
	};
	const struct insert_head head = { .event_id = 1, .scope = 3, .origin = 2 };
	const int64_t refs[INSERT_MAX_FIELDS] = { 11 };
	struct insert in = {};
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "CREATE TABLE room (event_id, scope, at_us, digest, origin,"
		" sender_id, extra, stamped, name, reason, level, data);"
		"CREATE UNIQUE INDEX room_by_time ON room (at_us / 1000, scope, digest);"
		"CREATE TABLE room_item (id, kind, loss, extra)", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(insert_prepare(db, &room, &in), 0);
	ck_assert_int_eq(insert_run(db, &in, &head, &e, refs), 0);
	ck_assert_int_eq(insert_run(db, &in, &head, &e, refs), INSERT_E_DUPLICATE);
	ck_assert_int_eq(insert_item(&in, 1, 0, &e, refs), 0);
	ck_assert_int_eq(insert_item(&in, 1, 1, &e, refs), 0);
	ck_assert_str_eq(row_of(db, "SELECT event_id || '|' || scope || '|' || at_us || '|' || digest"
		" || '|' || origin || '|' || stamped || '|' || name || '|' || reason || '|' || level || '|' || data"
		" FROM room"), "1|3|99|5|2|0|11|7|1.5|[1];");
	ck_assert_str_eq(row_of(db, "SELECT id || '|' || ifnull(kind, '-') || '|' || ifnull(loss, '-')"
		" || '|' || ifnull(extra, '-') FROM room_item"), "1024|11|0.25|{};1025|-|-|-;");
	insert_close(&in);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}
END_TEST

START_TEST(a_changed_timeout_tells_every_attempt_anew)
{
	ck_assert_int_eq(feed(connected), FATE_STORED);
	ck_assert_int_eq(feed("{\"stage\":\"WSJoin\",\"event_type\":\"initiated\",\"join_attempt_id\":\"a1\","
			      "\"timestamp\":\"2026-08-21T11:05:00Z\"}"), FATE_STORED);
	ck_assert_str_eq(ask("SELECT outcome FROM join_attempts"), "joined");
	store_close(store);
	options.attempt_timeout_ms = 600000;
	ck_assert_int_eq(store_open(&options, &store, &why), 0);
	ck_assert_str_eq(ask("SELECT outcome FROM join_attempts"), "abandoned");
}
END_TEST

START_TEST(a_changed_idle_time_tells_every_session_anew)
{
	char now[400];

	(void) snprintf(now, sizeof(now), "{\"stage\":\"WSJoin\",\"event_type\":\"initiated\",\"join_attempt_id\":\"a9\","
			"\"user_id\":\"ana\",\"call_session_id\":\"cs\",\"timestamp\":%lld000000000}",
			(long long) time(NULL) - 600);
	ck_assert_int_eq(feed(now), FATE_STORED);
	ck_assert_str_eq(ask("SELECT status, live_participants FROM sessions"), "LIVE|1");
	store_close(store);
	options.session_idle_ms = 60000;
	ck_assert_int_eq(store_open(&options, &store, &why), 0);
	ck_assert_str_eq(ask("SELECT status, live_participants, minutes FROM sessions"), "ENDED|0|1.0");
}
END_TEST

START_TEST(a_database_of_a_newer_schema_and_one_of_somebody_else_are_left_alone)
{
	char path[96];
	sqlite3 *db;

	store_close(store);
	store = NULL;
	in_dir("callmeter.db", path);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "PRAGMA user_version = 999", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(store_open(&options, &store, &why), STORE_E_NEWER);
	ck_assert_int_eq(sqlite3_exec(db, "PRAGMA application_id = 7", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(store_open(&options, &store, &why), STORE_E_NOT_OURS);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}
END_TEST

START_TEST(a_database_of_an_older_schema_is_copied_and_brought_up_to_date)
{
	char path[96];
	sqlite3 *db;

	store_close(store);
	store = NULL;
	in_dir("callmeter.db", path);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	(void) unlink(path);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql_schema[0].text, NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "PRAGMA user_version = 1; PRAGMA application_id = 1668050292;"
		"INSERT INTO setting VALUES ('attempt_timeout_ms', 60000)", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	ck_assert_msg(store_open(&options, &store, &why) == 0, "%s", buf_cstr(&why));
	ck_assert_int_eq(feed(joined), FATE_STORED);
	in_dir("callmeter.db.v1", path);
	ck_assert_int_eq(access(path, R_OK), 0);
}
END_TEST

START_TEST(a_damaged_file_is_moved_aside_and_a_new_database_begun)
{
	char path[96], epoch[40];
	int fd;

	(void) snprintf(epoch, sizeof(epoch), "%s", store_epoch(store));
	store_close(store);
	store = NULL;
	in_dir("callmeter.db", path);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, "this is not a database at all", 29, 0), 29);
	ck_assert_int_eq(close(fd), 0);
	why.n = 0;
	ck_assert_int_eq(store_open(&options, &store, &why), 0);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&why), ".corrupt-"));
	ck_assert_str_ne(store_epoch(store), epoch);
	ck_assert_int_eq(feed(joined), FATE_STORED);
}
END_TEST

START_TEST(the_files_can_be_read_by_the_group_and_written_by_the_owner_alone)
{
	struct stat st;
	char path[96];

	(void) umask(0027);
	teardown();
	setup();
	ck_assert_int_eq(feed(joined), FATE_STORED);
	in_dir("callmeter.db", path);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0640);
	in_dir("callmeter.db-wal", path);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0640);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("store");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_events_of_an_attempt_become_one_row_in_whatever_order_they_come);
	tcase_add_test(t, the_same_event_is_stored_once_whatever_its_spelling);
	tcase_add_test(t, a_repetition_within_one_batch_is_stored_once);
	tcase_add_test(t, an_attempt_goes_on_after_the_database_was_closed_and_opened);
	tcase_add_test(t, a_batch_that_finds_the_database_locked_leaves_nothing_and_can_be_tried_again);
	tcase_add_test(t, a_second_store_on_the_directory_is_refused_with_the_holders_pid);
	tcase_add_test(t, a_file_that_was_deleted_renamed_or_truncated_is_told_before_the_ack);
	tcase_add_test(t, rejects_are_quarantined_as_they_came_and_the_oldest_go_first);
	tcase_add_test(t, the_redaction_key_is_made_with_the_database_and_stays);
	tcase_add_test(t, a_vendors_rows_are_written_as_its_tables_say);
	tcase_add_test(t, a_changed_timeout_tells_every_attempt_anew);
	tcase_add_test(t, a_changed_idle_time_tells_every_session_anew);
	tcase_add_test(t, a_database_of_a_newer_schema_and_one_of_somebody_else_are_left_alone);
	tcase_add_test(t, a_database_of_an_older_schema_is_copied_and_brought_up_to_date);
	tcase_add_test(t, a_damaged_file_is_moved_aside_and_a_new_database_begun);
	tcase_add_test(t, the_files_can_be_read_by_the_group_and_written_by_the_owner_alone);
	return unit_main("store", t);
}
