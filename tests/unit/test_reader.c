#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dialect/reader.h"
#include "dialect/stream.h"
#include "util/macros.h"
#include "wire/limits.h"

static struct reader reader;
static struct hello hello;
static struct batch batch;
static const struct origin origin = { .app = "uid-app", .uid = 7 };
static char peer;
static uint64_t line_no;
static struct item *items;	/* of the latest line, its end left out */
static size_t n_items;

static void setup(void)
{
	reader = (struct reader) {};
	hello = (struct hello) {};
	batch = (struct batch) {};
	line_no = 0;
}

static void teardown(void)
{
	reader_deinit(&reader);
	hello_deinit(&hello);
	batch_deinit(&batch);
}

static struct line_source next_line(void)
{
	return (struct line_source) {
		.peer = &peer, .hello = &hello, .origin = &origin, .line_no = ++line_no, .now_us = 5000,
	};
}

/* What every line must come to: numbered items, then the line's end. */
static void check_line(size_t n_before)
{
	items = batch.items + n_before;
	n_items = batch.n_items - n_before - 1;
	for (size_t i = 0; i <= n_items; i++) {
		ck_assert_ptr_eq(items[i].peer, &peer);
		ck_assert_uint_eq(items[i].line_no, line_no);
		ck_assert_uint_eq(items[i].origin->uid, 7);
		ck_assert_uint_eq(items[i].kind == ITEM_LINE_END, i == n_items);
		if (i < n_items)
			ck_assert_uint_eq(items[i].event_no, i);
	}
}

/* Read a line. Returns how many items it has before its end. */
static size_t read_bytes(const char *line, size_t n)
{
	const struct line_source from = next_line();
	size_t n_before = batch.n_items;

	ck_assert_int_eq(reader_line(&reader, &from, line, n, &batch), 0);
	check_line(n_before);
	return n_items;
}

static size_t read_line(const char *line)
{
	return read_bytes(line, strlen(line));
}

static const struct event *event(size_t i)
{
	ck_assert_uint_lt(i, n_items);
	if (items[i].kind != ITEM_EVENT)
		ck_abort_msg("rejected: %s", items[i].reject->problems[0].message);
	return items[i].event;
}

static const struct reject *reject(size_t i)
{
	ck_assert_uint_lt(i, n_items);
	ck_assert_uint_eq(items[i].kind, ITEM_REJECT);
	return items[i].reject;
}

/* The line is at fault as a whole, for this reason alone. */
static void check_refused(const char *line, const char *code, const char *field)
{
	const struct reject *r;

	ck_assert_msg(read_line(line) == 1 && items[0].kind == ITEM_REJECT, "taken: %s", line);
	r = reject(0);
	ck_assert_uint_eq(r->n_problems, 1);
	ck_assert_msg(strcmp(r->problems[0].code, code) == 0, "%s: %s", line, r->problems[0].code);
	if (field) {
		ck_assert_ptr_nonnull(r->problems[0].field);
		ck_assert_str_eq(r->problems[0].field, field);
	} else {
		ck_assert_ptr_null(r->problems[0].field);
	}
	ck_assert_str_eq(r->body, line);
	ck_assert_uint_eq(r->n_body, strlen(line));
	ck_assert_uint_eq(r->n_whole, strlen(line));
}

static const char *violations(const struct event *e)
{
	static char text[2000];
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < e->n_violations; i++)
		at += (size_t) snprintf(text + at, sizeof(text) - at, "%s%s %s", i > 0 ? ", " : "",
					e->violations[i].field, e->violations[i].rule);
	return text;
}

#define EVENT(user) "{\"user_id\":\"" user "\",\"stage\":\"Ping\",\"event_type\":\"sent\"," \
	"\"timestamp\":\"2026-08-21T11:32:45Z\"}"

START_TEST(a_bare_event_says_itself_what_it_is)
{
	ck_assert_uint_eq(read_line(" " EVENT("ana") "\r"), 1);
	ck_assert_ptr_eq(event(0)->dialect, &dialect_stream);
	ck_assert_str_eq(values_at(&event(0)->values, STREAM_USER_ID)->text, "ana");
	ck_assert_str_eq(violations(event(0)), "");
	ck_assert_str_eq(items[0].origin->app, "uid-app");
	ck_assert_ptr_null(event(0)->sender_id);
	ck_assert_uint_eq(batch.n_events, 1);
}
END_TEST

START_TEST(keys_that_an_envelope_has_too_are_the_vendors_in_a_bare_event)
{
	/* id is the call's id there; a text called event is nobody's envelope. */
	ck_assert_uint_eq(read_line("{\"stage\":\"Ping\",\"event_type\":\"sent\",\"id\":\"standup\","
				    "\"timestamp\":1,\"event\":\"x\",\"app\":\"y\"}"), 1);
	ck_assert_str_eq(values_at(&event(0)->values, STREAM_ID)->text, "standup");
	ck_assert_str_eq(event(0)->extra, "{\"app\":\"y\",\"event\":\"x\"}");
	ck_assert_str_eq(items[0].origin->app, "uid-app");
}
END_TEST

START_TEST(a_request_is_a_list_of_events)
{
	ck_assert_uint_eq(read_line("{\"events\":[" EVENT("a") ", 7, " EVENT("b") "],\"sdk\":1}"), 3);
	ck_assert_str_eq(values_at(&event(0)->values, STREAM_USER_ID)->text, "a");
	ck_assert_str_eq(reject(1)->problems[0].code, "bad-type");
	ck_assert_str_eq(reject(1)->body, "7");
	ck_assert_str_eq(reject(1)->source, "stream");
	ck_assert_str_eq(values_at(&event(2)->values, STREAM_USER_ID)->text, "b");
	ck_assert_uint_eq(batch.n_events, 3);
}
END_TEST

START_TEST(a_request_has_one_to_a_hundred_events)
{
	char line[8000];
	size_t at;

	for (int n = 100; n <= 101; n++) {
		at = (size_t) sprintf(line, "{\"events\":[");
		for (int i = 0; i < n; i++)
			at += (size_t) sprintf(line + at, "%s{\"stage\":\"%d\"}", i > 0 ? "," : "", i);
		strcpy(line + at, "]}");
		if (n == 100)
			ck_assert_uint_eq(read_line(line), 100);
		else
			check_refused(line, "too-many-events", "events");
	}
	check_refused("{\"events\":[]}", "bad-envelope", "events");
	check_refused("{\"events\":{}}", "bad-type", "events");
	check_refused("{\"source\":\"stream\",\"event\":{\"events\":[]}}", "bad-envelope", "events");
	check_refused("{\"source\":\"stream\",\"event\":{\"events\":1}}", "bad-type", "events");
}
END_TEST

START_TEST(an_envelope_adds_what_the_event_does_not_say)
{
	ck_assert_uint_eq(read_line("{\"source\":\"stream\",\"app\":\"web\",\"id\":\"e1\","
				    "\"at\":\"1970-01-01T00:00:01Z\",\"context\":{\"any\":1},"
				    "\"event\":{\"stage\":\"Ping\",\"event_type\":\"sent\"}}"), 1);
	ck_assert_str_eq(items[0].origin->app, "web");
	ck_assert_str_eq(event(0)->sender_id, "e1");
	ck_assert_int_eq(event(0)->at_us, 1000000);
	ck_assert(!event(0)->stamped);
	ck_assert_str_eq(violations(event(0)), "timestamp required, context.any unknown");	/* the vendor asks it of the event */
	ck_assert_uint_eq(read_line("{\"source\":\"stream\",\"at\":2000,\"event\":" EVENT("a") "}"), 1);
	ck_assert_int_eq(event(0)->at_us, INT64_C(1787311965000000));
}
END_TEST

START_TEST(an_envelope_may_hold_several_events_or_a_request)
{
	char line[8000];
	size_t at = (size_t) sprintf(line, "{\"source\":\"stream\",\"id\":\"b\",\"events\":[");

	for (int i = 0; i < 101; i++)
		at += (size_t) sprintf(line + at, "%s{\"stage\":\"%d\"}", i > 0 ? "," : "", i);
	strcpy(line + at, "]}");
	ck_assert_uint_eq(read_line(line), 101);
	ck_assert_str_eq(event(100)->sender_id, "b");
	ck_assert_uint_eq(read_line("{\"source\":\"stream\",\"event\":{\"events\":[" EVENT("a") ","
				    EVENT("b") "]}}"), 2);
	ck_assert_str_eq(values_at(&event(1)->values, STREAM_USER_ID)->text, "b");
	ck_assert_uint_eq(read_line("{\"app\":\"web\",\"events\":[" EVENT("a") "]}"), 1);
	ck_assert_str_eq(items[0].origin->app, "web");
}
END_TEST

START_TEST(an_envelope_may_hold_several_requests_each_refused_by_itself)
{
	ck_assert_uint_eq(read_line("{\"source\":\"stream\",\"events\":[{\"events\":[" EVENT("a") "," EVENT("b") "]},"
				    "{\"events\":[{\"stage\":1e999}," EVENT("c") "]},{\"events\":5},"
				    "{\"events\":[{}],\"x\":1e999}," EVENT("d") "]}"), 7);
	ck_assert_str_eq(values_at(&event(1)->values, STREAM_USER_ID)->text, "b");
	ck_assert_str_eq(reject(2)->problems[0].code, "bad-number");
	ck_assert_str_eq(reject(2)->body, "{\"stage\":1e999}");
	ck_assert_str_eq(values_at(&event(3)->values, STREAM_USER_ID)->text, "c");
	ck_assert_str_eq(reject(4)->problems[0].code, "bad-type");
	ck_assert_str_eq(reject(4)->body, "{\"events\":5}");
	ck_assert_str_eq(reject(5)->body, "{\"events\":[{}],\"x\":1e999}");
	ck_assert_str_eq(values_at(&event(6)->values, STREAM_USER_ID)->text, "d");
}
END_TEST

START_TEST(null_and_empty_keys_of_an_envelope_are_not_there)
{
	ck_assert_uint_eq(read_line("{\"source\":\"stream\",\"app\":null,\"id\":\"\",\"at\":null,"
				    "\"context\":\"\",\"events\":null,\"more\":null,\"event\":" EVENT("a") "}"), 1);
	ck_assert_str_eq(items[0].origin->app, "uid-app");
	ck_assert_ptr_null(event(0)->sender_id);
	check_refused("{\"source\":\"stream\",\"event\":null}", "bad-envelope", "event");
	check_refused("{\"source\":\"\",\"event\":{}}", "unknown-source", "source");
	check_refused("{\"stage\":\"\",\"events\":null}", "unknown-source", "source");
}
END_TEST

START_TEST(an_envelope_that_is_wrong_is_refused_whole)
{
	char line[1000];

	check_refused("{\"source\":\"ivs2\",\"event\":{}}", "unknown-source", "source");
	ck_assert_ptr_nonnull(strstr(reject(0)->problems[0].message, "\"ivs2\""));
	ck_assert_ptr_nonnull(strstr(reject(0)->problems[0].message, "stream"));
	check_refused("{\"source\":7,\"event\":{}}", "bad-type", "source");
	check_refused("{\"event\":{}}", "unknown-source", "source");
	check_refused("{}", "unknown-source", "source");
	check_refused("{\"source\":\"stream\"}", "bad-envelope", "event");
	check_refused("{\"source\":\"stream\",\"evnt\":{}}", "bad-envelope", "event");
	check_refused("{\"source\":\"stream\",\"event\":{},\"events\":[]}", "bad-envelope", "events");
	check_refused("{\"source\":\"stream\",\"ap\":\"x\",\"event\":{}}", "bad-envelope", "ap");
	ck_assert_ptr_nonnull(strstr(reject(0)->problems[0].message, "\"ap\""));
	ck_assert_ptr_nonnull(strstr(reject(0)->problems[0].message,
				     "source, app, id, at, context, and event or events"));
	check_refused("{\"source\":\"stream\",\"app\":1,\"event\":{}}", "bad-type", "app");
	check_refused("{\"source\":\"stream\",\"id\":12,\"event\":{}}", "bad-type", "id");
	check_refused("{\"source\":\"stream\",\"at\":\"noon\",\"event\":{}}", "bad-time", "at");
	check_refused("{\"source\":\"stream\",\"at\":true,\"event\":{}}", "bad-type", "at");
	check_refused("{\"source\":\"stream\",\"context\":[],\"event\":{}}", "bad-type", "context");
	check_refused("{\"source\":\"stream\",\"events\":{}}", "bad-type", "events");
	check_refused("{\"source\":\"spaces\",\"events\":[]}", "bad-envelope", "events");
	ck_assert_uint_eq(read_line("{\"hello\":{\"source\":\"ivs\"}}"), 0);
	check_refused("{\"events\":[]}", "bad-envelope", "events");
	ck_assert_uint_eq(read_line("{\"hello\":{}}"), 0);
	for (int n = LIMIT_APP_CHARS; n <= LIMIT_APP_CHARS + 1; n++) {
		(void) snprintf(line, sizeof(line), "{\"source\":\"stream\",\"app\":\"%0*d\",\"event\":"
				EVENT("a") "}", n, 0);
		if (n == LIMIT_APP_CHARS)
			event(read_line(line) - 1);
		else
			check_refused(line, "too-long", "app");
	}
	(void) snprintf(line, sizeof(line), "{\"source\":\"stream\",\"id\":\"%0*d\",\"event\":{}}",
			LIMIT_SENDER_ID_CHARS + 1, 0);
	check_refused(line, "too-long", "id");
	ck_assert_uint_eq(read_line("{\"source\":\"x\",\"app\":1,\"id\":2,\"at\":\"\\t\",\"event\":{}}"), 1);
	ck_assert_uint_eq(reject(0)->n_problems, 4);
}
END_TEST

START_TEST(an_event_that_is_no_object_is_refused_alone)
{
	ck_assert_uint_eq(read_line("{\"source\":\"stream\",\"event\":[1]}"), 1);
	ck_assert_str_eq(reject(0)->problems[0].code, "bad-type");
	ck_assert_str_eq(reject(0)->body, "[1]");
	ck_assert_uint_eq(read_line("{\"source\":\"stream\",\"event\":\"x\"}"), 1);
	ck_assert_str_eq(reject(0)->problems[0].code, "bad-type");
	ck_assert_str_eq(reject(0)->body, "\"x\"");
	ck_assert_uint_eq(read_line("{\"source\":\"stream\",\"events\":[null,\"\"," EVENT("a") "]}"), 3);
	ck_assert_str_eq(reject(1)->problems[0].code, "bad-type");
	ck_assert_ptr_nonnull(event(2));
}
END_TEST

START_TEST(a_line_that_is_no_json_object_is_one_reject)
{
	char brackets[LIMIT_LINE_DEPTH + 2] = {};

	check_refused("hello", "not-json", NULL);
	check_refused("{\"stage\":", "not-json", NULL);
	check_refused("{} {}", "not-json", NULL);
	check_refused("[" EVENT("a") "]", "bad-envelope", NULL);
	check_refused("42", "bad-envelope", NULL);
	memset(brackets, '[', LIMIT_LINE_DEPTH + 1);
	check_refused(brackets, "too-deep", NULL);
	ck_assert_ptr_null(reject(0)->source);
}
END_TEST

START_TEST(a_blank_line_counts_but_says_nothing)
{
	ck_assert_uint_eq(read_line(""), 0);
	ck_assert_uint_eq(read_line(" \t\r"), 0);
	ck_assert_uint_eq(batch.n_items, 2);
	ck_assert_uint_eq(batch.n_events, 0);
}
END_TEST

START_TEST(a_fault_within_an_event_costs_that_event_only)
{
	ck_assert_uint_eq(read_line("{\"events\":[" EVENT("a") ",{\"stage\":\"x\",\"sfu_id\":\"\\ud800\"},"
				    EVENT("\xff") ",{\"stage\":\"a\",\"stage\":\"b\"}," EVENT("b") "]}"), 5);
	ck_assert_ptr_nonnull(event(0));
	ck_assert_str_eq(reject(1)->problems[0].code, "bad-string");
	ck_assert_str_eq(reject(1)->problems[0].field, "sfu_id");
	ck_assert_str_eq(reject(1)->body, "{\"stage\":\"x\",\"sfu_id\":\"\\ud800\"}");
	ck_assert_str_eq(reject(2)->problems[0].code, "bad-utf8");
	ck_assert_str_eq(reject(2)->body, EVENT("\xff"));
	ck_assert_str_eq(reject(3)->problems[0].code, "duplicate-key");
	ck_assert_ptr_nonnull(event(4));
}
END_TEST

/* An event nested @depth deep, with @before and @behind around it. */
static const char *deep(const char *before, int depth, const char *behind)
{
	static char line[500];
	char open[2 * LIMIT_DEPTH], close[2 * LIMIT_DEPTH];

	memset(open, '[', sizeof(open));
	memset(close, ']', sizeof(close));
	(void) snprintf(line, sizeof(line), "%s{\"stage\":\"Ping\",\"event_type\":\"sent\",\"timestamp\":1,\"x\":%.*s%.*s}%s",
			before, depth - 1, open, depth - 1, close, behind);
	return line;
}

START_TEST(how_deep_an_event_is_does_not_depend_on_what_stands_around_it)
{
	static const char *const around[][2] = {
		{ "", "" }, { "{\"events\":[", "]}" }, { "{\"source\":\"stream\",\"event\":", "}" },
		{ "{\"source\":\"stream\",\"events\":[", "]}" },
		{ "{\"source\":\"stream\",\"event\":{\"events\":[", "]}}" },
		{ "{\"source\":\"stream\",\"events\":[{\"events\":[", "]}]}" },
	};

	for (size_t i = 0; i < N_ELEMENTS(around); i++) {
		ck_assert_uint_eq(read_line(deep(around[i][0], LIMIT_DEPTH, around[i][1])), 1);
		ck_assert_ptr_nonnull(event(0));
		ck_assert_uint_eq(read_line(deep(around[i][0], LIMIT_DEPTH + 1, around[i][1])), 1);
		ck_assert_uint_eq(reject(0)->n_problems, 1);
		ck_assert_str_eq(reject(0)->problems[0].code, "too-deep");
		ck_assert_str_eq(reject(0)->body, deep("", LIMIT_DEPTH + 1, ""));
	}
	ck_assert_uint_eq(read_line(deep("{\"events\":[" EVENT("a") ",", LIMIT_DEPTH + 1, "," EVENT("b") "]}")), 3);
	ck_assert_ptr_nonnull(event(0));
	ck_assert_str_eq(reject(1)->problems[0].code, "too-deep");
	ck_assert_ptr_nonnull(event(2));
}
END_TEST

START_TEST(a_fault_around_the_events_costs_the_line)
{
	check_refused("{\"events\":[" EVENT("a") "],\"x\":1e999}", "bad-number", NULL);
	check_refused("{\"source\":\"str\xff\",\"event\":" EVENT("a") "}", "bad-utf8", NULL);
	check_refused("{\"source\":\"stream\",\"source\":\"stream\",\"event\":" EVENT("a") "}",
		      "duplicate-key", NULL);
	check_refused("{\"source\":\"stream\",\"event\":{\"events\":[" EVENT("a") "],\"x\":\"\\u0000\"}}",
		      "bad-string", NULL);
	check_refused("{\"hello\":{\"app\":\"\\udfff\"}}", "bad-string", NULL);
}
END_TEST

START_TEST(a_hello_sets_what_later_lines_leave_out)
{
	ck_assert_uint_eq(read_line("{\"hello\":{\"source\":\"stream\",\"app\":\"web\",\"context\":{}}}"), 0);
	ck_assert_ptr_eq(hello.dialect, &dialect_stream);
	ck_assert_uint_eq(read_line("{\"event\":" EVENT("a") "}"), 1);
	ck_assert_str_eq(items[0].origin->app, "web");
	ck_assert_ptr_nonnull(event(0));
	/* Without a hello these would not say whose they are. */
	ck_assert_uint_eq(read_line("{\"user_id\":\"a\"}"), 1);
	ck_assert_str_eq(violations(event(0)), "stage required, event_type required, timestamp required");
	ck_assert_uint_eq(read_line("{\"app\":\"tv\",\"event\":" EVENT("a") "}"), 1);
	ck_assert_str_eq(items[0].origin->app, "tv");
	ck_assert_uint_eq(read_line(EVENT("a")), 1);
	ck_assert_str_eq(items[0].origin->app, "web");
	check_refused("nonsense", "not-json", NULL);
	ck_assert_str_eq(reject(0)->source, "stream");
	ck_assert_str_eq(items[0].origin->app, "web");
	ck_assert_uint_eq(read_line("{\"hello\":{\"app\":\"web2\"}}"), 0);
	ck_assert_ptr_null(hello.dialect);
	ck_assert_uint_eq(read_line(EVENT("a")), 1);
	ck_assert_str_eq(items[0].origin->app, "web2");
}
END_TEST

START_TEST(a_bad_hello_leaves_the_old_one_in_force)
{
	ck_assert_uint_eq(read_line("{\"hello\":{\"source\":\"stream\",\"app\":\"web\"}}"), 0);
	check_refused("{\"hello\":{\"source\":\"nobody\",\"app\":\"b\"}}", "unknown-source", "source");
	check_refused("{\"hello\":{\"app\":\"b\",\"id\":\"1\"}}", "bad-envelope", "id");
	check_refused("{\"hello\":{\"app\":5}}", "bad-type", "app");
	check_refused("{\"hello\":[1]}", "bad-type", "hello");
	check_refused("{\"hello\":{\"app\":\"b\"},\"events\":[" EVENT("a") "]}", "bad-envelope", "hello");
	ck_assert_ptr_eq(hello.dialect, &dialect_stream);
	ck_assert_str_eq(hello.app, "web");
}
END_TEST

START_TEST(the_app_is_part_of_what_makes_events_the_same)
{
	uint64_t digest;

	read_line("{\"source\":\"stream\",\"app\":\"web\",\"event\":" EVENT("a") "}");
	digest = event(0)->digest;
	read_line("{\"hello\":{\"app\":\"web\"}}");
	read_line(EVENT("a"));
	ck_assert_uint_eq(event(0)->digest, digest);
	read_line("{\"app\":\"tv\",\"source\":\"stream\",\"event\":" EVENT("a") "}");
	ck_assert_uint_ne(event(0)->digest, digest);
	read_line("{\"app\":\"web\",\"source\":\"stream\",\"id\":\"1\",\"event\":" EVENT("a") "}");
	ck_assert_uint_ne(event(0)->digest, digest);
}
END_TEST

START_TEST(strict_conformance_turns_flags_into_rejects)
{
	reader.options.strict = true;
	ck_assert_uint_eq(read_line("{\"stage\":\"Ping\",\"event_type\":\"sent\"}"), 1);
	ck_assert_str_eq(reject(0)->problems[0].code, "required");
	ck_assert_str_eq(reject(0)->problems[0].field, "timestamp");
}
END_TEST

START_TEST(lines_that_were_not_read_are_noted_with_their_head)
{
	const struct line_source from = next_line();

	ck_assert_int_eq(reader_refuse(&reader, &from, "line-too-long", "{\"ev\0nts", 8, 300000, &batch), 0);
	check_line(0);
	ck_assert_uint_eq(n_items, 1);
	ck_assert_str_eq(reject(0)->problems[0].code, "line-too-long");
	ck_assert_ptr_nonnull(strstr(reject(0)->problems[0].message, "300000"));
	ck_assert_uint_eq(reject(0)->n_body, 8);
	ck_assert_mem_eq(reject(0)->body, "{\"ev\0nts", 8);
	ck_assert_uint_eq(reject(0)->n_whole, 300000);
	ck_assert_int_eq(reader_refuse(&reader, &from, "truncated", "{", 1, 1, &batch), 0);
	check_line(2);
	ck_assert_str_eq(reject(0)->problems[0].code, "truncated");
	ck_assert_uint_eq(batch.n_events, 2);
}
END_TEST

/* A line of @n bytes: @before, as many of @piece as have room, blanks, and @behind. Owned. */
static char *filled(const char *before, const char *piece, const char *behind, size_t n)
{
	size_t n_piece = strlen(piece), n_behind = strlen(behind), at = strlen(before);
	char *line = malloc(n + 1);

	ck_assert_ptr_nonnull(line);
	memset(line, ' ', n);
	memcpy(line, before, at);
	for (; at + n_piece + n_behind <= n; at += n_piece)
		memcpy(line + at, piece, n_piece);
	memcpy(line + n - n_behind, behind, n_behind);
	line[n] = '\0';
	return line;
}

#define PING "{\"stage\":\"Ping\",\"event_type\":\"sent\",\"timestamp\":1,\"x\":"

START_TEST(only_an_envelope_with_one_event_may_be_longer_than_a_line)
{
	static const char *const others[][2] = {
		{ PING "\"", "\"}" }, { "{\"events\":[" PING "\"", "\"}]}" },
		{ "{\"source\":\"stream\",\"events\":[" PING "\"", "\"}]}" }, { "{\"hello\":{\"app\":\"", "\"}}" },
		{ PING "1,\"event\":\"", "\"}" }, { "{\"source\":\"stream\",\"event\":" PING "\"", "\"}" }, { "\"", "\"" },
		{ "", "" },
	};
	char *line = filled("{\"source\":\"stream\",\"event\":" PING "\"", "x", "\"}}", LIMIT_EVENT_BYTES);

	ck_assert_uint_eq(read_line(line), 1);
	ck_assert_ptr_nonnull(event(0));
	free(line);
	for (size_t i = 0; i < N_ELEMENTS(others); i++) {
		line = filled(others[i][0], i == N_ELEMENTS(others) - 1 ? " " : "x", others[i][1], LIMIT_LINE_BYTES + 1);
		ck_assert_uint_eq(read_line(line), 1);
		ck_assert_str_eq(reject(0)->problems[0].code, "line-too-long");
		ck_assert_uint_eq(reject(0)->n_body, LIMIT_LONG_LINE_KEPT_BYTES);
		ck_assert_uint_eq(reject(0)->n_whole, LIMIT_LINE_BYTES + 1);
		ck_assert_mem_eq(reject(0)->body, line, LIMIT_LONG_LINE_KEPT_BYTES);
		free(line);
	}
}
END_TEST

START_TEST(an_event_must_not_take_more_than_an_envelope_has_room_for_when_it_is_written_out)
{
	/* What grows by a fifth has room while it is not all of a line, and what grows to the fourfold has none. */
	char *line = filled(PING "[", "1e20,", "0]}", LIMIT_LINE_BYTES / 5 * 4), *before;

	ck_assert_uint_eq(read_line(line), 1);
	ck_assert_ptr_nonnull(event(0));
	free(line);
	line = filled("{\"events\":[" PING "[", "1e18,", "0]}," EVENT("b") "]}", LIMIT_LINE_BYTES);
	ck_assert_uint_eq(read_line(line), 2);
	ck_assert_uint_eq(reject(0)->n_problems, 1);
	ck_assert_str_eq(reject(0)->problems[0].code, "too-long");
	ck_assert_ptr_nonnull(event(1));
	free(line);
	/* What stands in the context counts as well, and so do elements. */
	before = filled("{\"source\":\"hrtc\",\"context\":{\"roomId\":\"r\",\"name\":\"", "x",
			"\"},\"event\":{\"a\":[", 200000);
	line = filled(before, "1e18,", "0]}}", 240000);
	ck_assert_uint_eq(read_line(line), 1);
	ck_assert_str_eq(reject(0)->problems[0].code, "too-long");
	ck_assert_uint_eq(reject(0)->n_problems, 1);
	free(before);
	free(line);
	line = filled("{\"source\":\"hrtc\",\"context\":{\"name\":\"stream-recovered\",\"roomId\":\"r\"},\"event\":[",
		      "{\"x\":[1e18,1e18,1e18,1e18,1e18,1e18,1e18,1e18,1e18,1e18,1e18,1e18,1e18,1e18,1e18]},", "{}]}", 72000);
	ck_assert_uint_eq(read_line(line), 1);
	ck_assert_ptr_nonnull(event(0));
	free(line);
	line = filled("{\"source\":\"hrtc\",\"context\":{\"name\":\"stream-recovered\",\"roomId\":\"r\"},\"event\":[",
		      "{\"x\":[1e18,1e18,1e18,1e18,1e18,1e18,1e18,1e18,1e18,1e18,1e18,1e18,1e18,1e18,1e18]},", "{}]}", 76000);
	ck_assert_uint_eq(read_line(line), 1);
	ck_assert_str_eq(reject(0)->problems[0].code, "too-long");
	free(line);
}
END_TEST

/* Whole requests, as SDKs send them. */

#define CONNECT "\"coordinator_connect_id\":\"c0ffee00-1111-4222-8333-444455556666\""
#define CALL "\"user_id\":\"ana\",\"type\":\"default\",\"id\":\"standup\"," CONNECT \
	",\"join_attempt_id\":\"7d1c2b3a-0001-4aaa-8bbb-000000000001\""
#define SESSION "\"call_session_id\":\"5e551040-0000-4000-8000-000000000009\",\"sfu_id\":\"sfu-fra1-07\""
#define WEB "\"user_agent\":\"stream-video-react-v1.35.0|os=Windows 11|client_bundle=browser-esm\"," \
	"\"sdk_version\":\"1.35.0\""

START_TEST(a_clean_join_breaks_no_rule)
{
	static const char *const lines[] = {
		"{\"events\":["
		"{\"user_id\":\"ana\",\"stage\":\"CoordinatorWS\",\"stage_id\":\"s0\",\"event_type\":\"initiated\","
		CONNECT ",\"timestamp\":\"2026-08-21T11:32:44.100Z\"," WEB "},"
		"{\"user_id\":\"ana\",\"stage\":\"CoordinatorWS\",\"stage_id\":\"s0\",\"event_type\":\"completed\","
		"\"outcome\":\"success\",\"retry_count_attempt\":0,\"elapsed_time\":212,"
		CONNECT ",\"timestamp\":\"2026-08-21T11:32:44.312Z\"," WEB "},"
		"{\"user_id\":\"ana\",\"type\":\"default\",\"id\":\"standup\",\"stage\":\"JoinInitiated\","
		"\"event_type\":\"initiated\",\"join_attempt_id\":\"7d1c2b3a-0001-4aaa-8bbb-000000000001\","
		"\"timestamp\":\"2026-08-21T11:32:45.000Z\"," WEB "}]}",

		"{\"events\":["
		"{" CALL ",\"stage\":\"MediaDevicePermission\",\"stage_id\":\"s1\",\"event_type\":\"initiated\","
		"\"microphone_permission_status\":\"GRANTED\",\"camera_permission_status\":\"FAILED\","
		"\"screen_share_status\":\"NOT_INITIATED\",\"timestamp\":\"2026-08-21T11:32:45.003Z\"},"
		"{" CALL ",\"stage\":\"CoordinatorJoin\",\"stage_id\":\"s2\",\"event_type\":\"initiated\","
		"\"join_reason\":\"first-attempt\",\"timestamp\":\"2026-08-21T11:32:45.010Z\"},"
		"{" CALL ",\"stage\":\"CoordinatorJoin\",\"stage_id\":\"s2\",\"event_type\":\"completed\","
		"\"outcome\":\"success\",\"retry_count_attempt\":1,\"elapsed_time\":640,"
		"\"call_session_id\":\"5e551040-0000-4000-8000-000000000009\","
		"\"join_reason\":\"first-attempt\",\"timestamp\":\"2026-08-21T11:32:45.650Z\"},"
		"{" CALL "," SESSION ",\"stage\":\"WSJoin\",\"stage_id\":\"s3\",\"event_type\":\"initiated\","
		"\"timestamp\":\"2026-08-21T11:32:45.700Z\"},"
		"{" CALL "," SESSION ",\"stage\":\"WSJoin\",\"stage_id\":\"s3\",\"event_type\":\"completed\","
		"\"outcome\":\"success\",\"retry_count_attempt\":0,\"elapsed_time\":180,"
		"\"timestamp\":\"2026-08-21T11:32:45.880Z\"},"
		"{" CALL "," SESSION ",\"stage\":\"PeerConnectionConnect\",\"stage_id\":\"s4\","
		"\"event_type\":\"initiated\",\"peer_connection\":\"subscribe\","
		"\"was_previously_connected\":false,\"timestamp\":\"2026-08-21T11:32:45.900123Z\"},"
		"{" CALL "," SESSION ",\"stage\":\"PeerConnectionConnect\",\"stage_id\":\"s4\","
		"\"event_type\":\"completed\",\"outcome\":\"failure\",\"peer_connection\":\"subscribe\","
		"\"was_previously_connected\":false,\"ice_state\":\"FAILED\",\"retry_count_attempt\":0,"
		"\"elapsed_time\":15020,\"retry_failure_code\":\"ICE_CONNECTIVITY_FAILED\","
		"\"retry_failure_reason\":\"ICE connectivity checks failed\","
		"\"timestamp\":\"2026-08-21T11:33:00.920Z\"}]}",

		"{\"events\":["
		"{" CALL "," SESSION ",\"stage\":\"FirstAudioFrame\",\"stage_id\":\"s5\","
		"\"event_type\":\"initiated\",\"timestamp\":1787311966250000000},"
		"{" CALL "," SESSION ",\"stage\":\"FirstVideoFrame\",\"stage_id\":\"s6\","
		"\"event_type\":\"initiated\",\"track_id\":\"TR_VC9b2\",\"timestamp\":1787311966810000000}]}",
	};
	static const size_t n_expected[] = { 3, 7, 2 };
	reader.options.strict = true;

	for (size_t i = 0; i < N_ELEMENTS(lines); i++) {
		ck_assert_uint_eq(read_line(lines[i]), n_expected[i]);
		for (size_t k = 0; k < n_items; k++) {
			ck_assert_str_eq(violations(event(k)), "");
			ck_assert_ptr_null(event(k)->extra);
		}
	}
	ck_assert_int_eq(event(1)->at_us, INT64_C(1787311966810000));
}
END_TEST

START_TEST(each_event_of_a_faulty_request_gets_its_own_verdict)
{
	static const char line[] = "{\"events\":["
		"{\"user_id\":\"x\",\"type\":\"default\",\"id\":\"c1\",\"stage\":\"JoinInitiated\","
		"\"stage_id\":\"s1\",\"event_type\":\"initiated\",\"join_attempt_id\":\"a3\","
		"\"timestamp\":\"2026-08-21T12:00:00Z\"},"
		"{" CALL "," SESSION ",\"stage\":\"WSJoin\",\"stage_id\":\"s2\",\"event_type\":\"initiated\","
		"\"outcome\":\"success\",\"timestamp\":\"2026-08-21T12:00:01Z\"},"
		"{" CALL ",\"stage\":\"CoordinatorJoin\",\"stage_id\":\"s3\",\"event_type\":\"completed\","
		"\"outcome\":\"failure\",\"retry_count_attempt\":1001,\"retry_failure_code\":\"16\","
		"\"retry_failure_reason\":\"call not found\",\"timestamp\":\"2026-08-21T12:00:02Z\"},"
		"{" CALL "," SESSION ",\"stage\":\"PeerConnectionConnect\",\"stage_id\":\"s4\","
		"\"event_type\":\"initiated\",\"was_previously_connected\":true,"
		"\"timestamp\":\"2026-08-21T12:00:03Z\"},"
		"{" CALL "," SESSION ",\"stage\":\"NetworkSwitched\",\"stage_id\":\"s5\","
		"\"event_type\":\"wifi-to-cell\",\"timestamp\":\"2026-08-21T14:00:04.5+02:00\"}]}";

	ck_assert_uint_eq(read_line(line), 5);
	ck_assert_str_eq(violations(event(0)), "stage_id forbidden");
	ck_assert_str_eq(violations(event(1)), "outcome forbidden");
	ck_assert_uint_eq(reject(2)->n_problems, 1);
	ck_assert_str_eq(reject(2)->problems[0].code, "out-of-range");
	ck_assert_str_eq(reject(2)->problems[0].field, "retry_count_attempt");
	ck_assert_str_eq(violations(event(3)), "peer_connection required");
	ck_assert_str_eq(violations(event(4)), "");
	ck_assert_int_eq(event(4)->at_us, INT64_C(1787313604500000));
}
END_TEST

START_TEST(a_failure_without_its_code_is_kept_and_flagged)
{
	ck_assert_uint_eq(read_line("{\"events\":[{" CALL "," SESSION ",\"stage\":\"PeerConnectionConnect\","
		"\"stage_id\":\"s1\",\"event_type\":\"completed\",\"outcome\":\"failure\","
		"\"peer_connection\":\"publish\",\"was_previously_connected\":true,"
		"\"ice_state\":\"CONNECTED\",\"retry_count_attempt\":0,\"elapsed_time\":3100,"
		"\"timestamp\":\"2026-08-21T12:10:00.000Z\",\"sdk_version\":\"1.51.0\"}]}"), 1);
	ck_assert_str_eq(violations(event(0)),
			 "retry_failure_reason required, retry_failure_code required");
}
END_TEST

/* The linker sends the library's allocations here (--wrap). */
static long n_until_oom;	/* this allocation fails; 0: none does */

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
	return n_until_oom > 0 && --n_until_oom == 0 ? NULL : __real_malloc(n);
}

void *__wrap_realloc(void *p, size_t n)
{
	return n_until_oom > 0 && --n_until_oom == 0 ? NULL : __real_realloc(p, n);
}

START_TEST(out_of_memory_anywhere_leaves_the_batch_and_the_hello_as_they_were)
{
	char long_line[20000];
	const char *const lines[] = {
		long_line,
		"{\"hello\":{\"source\":\"stream\",\"app\":\"tv\"}}",
		"{\"source\":\"nobody\",\"event\":{}}",
	};
	static const size_t n_expected[] = { 4, 0, 1 };

	/* Its third event needs more room than those before it. */
	(void) snprintf(long_line, sizeof(long_line), "{\"source\":\"stream\",\"app\":\"tv\",\"id\":\"1\","
			"\"events\":[" EVENT("a") ",7,{\"stage\":\"JoinInitiated\",\"z\":\"%017000d\","
			"\"y\":[1,{\"b\":\"c\"}]},{\"outcome\":\"no\"}]}", 0);
	for (size_t i = 0; i < N_ELEMENTS(lines); i++) {
		int n, r = -ENOMEM;

		for (n = 1; r < 0 && n < 1000; n++) {
			struct line_source from;

			setup();
			hello.app = strdup("web");
			from = next_line();
			n_until_oom = n;
			r = reader_line(&reader, &from, lines[i], strlen(lines[i]), &batch);
			n_until_oom = 0;
			if (r < 0) {
				ck_assert_int_eq(r, -ENOMEM);
				ck_assert_uint_eq(batch.n_items, 0);
				ck_assert_uint_eq(batch.n_events, 0);
				ck_assert_str_eq(hello.app, "web");
				ck_assert_uint_eq(read_line(lines[i]), n_expected[i]);
			}
			teardown();
		}
		ck_assert_int_eq(r, 0);
		ck_assert_int_gt(n, 3);
	}
	setup();
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("reader");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_bare_event_says_itself_what_it_is);
	tcase_add_test(t, keys_that_an_envelope_has_too_are_the_vendors_in_a_bare_event);
	tcase_add_test(t, a_request_is_a_list_of_events);
	tcase_add_test(t, a_request_has_one_to_a_hundred_events);
	tcase_add_test(t, an_envelope_adds_what_the_event_does_not_say);
	tcase_add_test(t, an_envelope_may_hold_several_events_or_a_request);
	tcase_add_test(t, an_envelope_may_hold_several_requests_each_refused_by_itself);
	tcase_add_test(t, null_and_empty_keys_of_an_envelope_are_not_there);
	tcase_add_test(t, an_envelope_that_is_wrong_is_refused_whole);
	tcase_add_test(t, an_event_that_is_no_object_is_refused_alone);
	tcase_add_test(t, a_line_that_is_no_json_object_is_one_reject);
	tcase_add_test(t, a_blank_line_counts_but_says_nothing);
	tcase_add_test(t, a_fault_within_an_event_costs_that_event_only);
	tcase_add_test(t, how_deep_an_event_is_does_not_depend_on_what_stands_around_it);
	tcase_add_test(t, a_fault_around_the_events_costs_the_line);
	tcase_add_test(t, a_hello_sets_what_later_lines_leave_out);
	tcase_add_test(t, a_bad_hello_leaves_the_old_one_in_force);
	tcase_add_test(t, the_app_is_part_of_what_makes_events_the_same);
	tcase_add_test(t, strict_conformance_turns_flags_into_rejects);
	tcase_add_test(t, lines_that_were_not_read_are_noted_with_their_head);
	tcase_add_test(t, only_an_envelope_with_one_event_may_be_longer_than_a_line);
	tcase_add_test(t, an_event_must_not_take_more_than_an_envelope_has_room_for_when_it_is_written_out);
	tcase_add_test(t, a_clean_join_breaks_no_rule);
	tcase_add_test(t, each_event_of_a_faulty_request_gets_its_own_verdict);
	tcase_add_test(t, a_failure_without_its_code_is_kept_and_flagged);
	tcase_add_test(t, out_of_memory_anywhere_leaves_the_batch_and_the_hello_as_they_were);
	return unit_main("reader", t);
}
