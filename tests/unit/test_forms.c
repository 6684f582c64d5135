/* The forms of lines, with vendors made up for it: the reader knows them by their tables alone. */

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dialect/index.h"
#include "dialect/reader.h"
#include "dialect/stream.h"
#include "util/macros.h"
#include "wire/limits.h"

#define TEXT(limit) .type = FIELD_TEXT, .max_chars = (limit)

/* Two forms of one source: one by operation, the other as a bus brings it. */
enum { STAGE_ARN, STAGE_SESSION, STAGE_NAME, STAGE_TOKEN };
static struct dialect_index stage_index, bus_index, hook_index, room_index, stat_index;
static const struct field stage_fields[] = {
	[STAGE_ARN] = { "arn", NULL, TEXT(40), .from = FROM_CONTEXT, .required = true },
	[STAGE_SESSION] = { "session", NULL, TEXT(40), .from = FROM_CONTEXT },
	[STAGE_NAME] = { "name", NULL, TEXT(40) },
	[STAGE_TOKEN] = { "token", NULL, TEXT(99) },
};
static const struct dialect stage = {
	.source = "aws", .title = "stage events", .fields = stage_fields, .n_fields = 4,
	.list_key = "events", .max_list = 3, .index = &stage_index,
};
static const struct field bus_fields[] = {
	{ "detail-type", NULL, TEXT(40) },
	{ "detail.name", NULL, TEXT(40) },
	{ "source", NULL, TEXT(40) },
};
static const struct dialect bus = {
	.source = "aws", .title = "bus events", .fields = bus_fields, .n_fields = 3,
	.bare_key = "detail-type", .index = &bus_index,
};
/* A webhook, whose name is a text called event. */
static const struct field hook_fields[] = {
	{ "event", NULL, TEXT(40) },
	{ "deliveryId", NULL, TEXT(40), .from = FROM_CONTEXT },
};
static const struct dialect hook = {
	.source = "hook", .title = "webhooks", .fields = hook_fields, .n_fields = 2,
	.bare_key = "event", .index = &hook_index,
};
/* A client, whose payloads are anything. */
static const char *const uploads[] = { "upload", NULL }, *const notes[] = { "note", NULL };
static const char *const stats_kinds[] = { "stats", NULL };
static const struct field room_fields[] = {
	{ "name", NULL, TEXT(40), .from = FROM_CONTEXT },
	{ "", "number", .type = FIELD_INT, .max = 999, .only = uploads },
	{ "", "note", TEXT(40), .only = notes },
	{ "me.phone", NULL, .type = FIELD_JSON, .privacy = PRIVACY_PHONE },
	{ "size", NULL, .type = FIELD_INT, .max = 9 },
};
static const struct field stat_fields[] = { { "rate", NULL, .type = FIELD_INT, .max = 9 } };
static const struct items room_items = {
	.fields = stat_fields, .n_fields = 1, .kinds = stats_kinds, .index = &stat_index,
};
static const struct dialect room = {
	.source = "room", .title = "room events", .fields = room_fields, .n_fields = 5,
	.items = &room_items, .index = &room_index,
};

const struct dialect *const dialects[] = { &dialect_stream, &stage, &bus, &hook, &room };
const size_t n_dialects = N_ELEMENTS(dialects);

static struct reader reader;
static struct hello hello;
static struct batch batch;
static const struct origin origin = { .app = "web" };
static uint64_t line_no;
static struct item *items;	/* of the latest line */

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
	return (struct line_source) { .hello = &hello, .origin = &origin, .line_no = ++line_no, .now_us = 5 };
}

/* Read a line. Returns how many items it has before its end. */
static size_t read_line(const char *line)
{
	const struct line_source from = next_line();
	size_t n_before = batch.n_items;

	ck_assert_int_eq(reader_line(&reader, &from, line, strlen(line), &batch), 0);
	items = batch.items + n_before;
	return batch.n_items - n_before - 1;
}

static const struct event *event(size_t i)
{
	if (items[i].kind != ITEM_EVENT)
		ck_abort_msg("rejected: %s", items[i].reject->problems[0].message);
	return items[i].event;
}

static const char *text(size_t i, size_t f)
{
	return values_at(&event(i)->values, f)->kind == VALUE_TEXT ? values_at(&event(i)->values, f)->text : "-";
}

/* The one event of the line, which must be of this vendor. */
static const struct event *read_as(const struct dialect *d, const char *line)
{
	ck_assert_uint_eq(read_line(line), 1);
	ck_assert_str_eq(event(0)->dialect->title, d->title);
	return event(0);
}

static const char *refused(const char *line)
{
	ck_assert_uint_eq(read_line(line), 1);
	ck_assert_msg(items[0].kind == ITEM_REJECT, "taken: %s", line);
	return items[0].reject->problems[0].code;
}

START_TEST(a_bare_event_of_a_bus_is_known_before_its_source_is_looked_at)
{
	(void) read_as(&bus, "{\"version\":\"0\",\"id\":\"i\",\"detail-type\":\"Update\",\"source\":\"aws.x\","
		       "\"detail\":{\"name\":\"n\"}}");
	ck_assert_str_eq(text(0, 1), "n");
	ck_assert_str_eq(text(0, 2), "aws.x");
	ck_assert_str_eq(event(0)->extra, "{\"id\":\"i\",\"version\":\"0\"}");
	ck_assert_ptr_null(event(0)->sender_id);
}
END_TEST

START_TEST(a_payload_within_an_envelope_is_of_the_form_it_looks_like)
{
	ck_assert_uint_eq(read_line("{\"source\":\"aws\",\"context\":{\"arn\":\"a\"},\"events\":["
				    "{\"name\":\"n\"},{\"detail-type\":\"t\"},{\"name\":\"m\"}]}"), 3);
	ck_assert_str_eq(event(0)->dialect->title, stage.title);
	ck_assert_str_eq(event(1)->dialect->title, bus.title);
	ck_assert_str_eq(event(2)->dialect->title, stage.title);
	/* But not of another source. */
	(void) read_as(&stage, "{\"source\":\"aws\",\"event\":{\"event\":\"x\",\"stage\":\"y\"}}");
}
END_TEST

START_TEST(a_webhook_is_known_by_a_text_called_event)
{
	(void) read_as(&hook, "{\"event\":\"meeting.started\",\"meeting\":{}}");
	ck_assert_str_eq(text(0, 0), "meeting.started");
	(void) read_as(&hook, "{\"source\":\"hook\",\"context\":{\"deliveryId\":\"d\"},"
		       "\"event\":{\"event\":\"meeting.ended\"}}");
	ck_assert_str_eq(text(0, 1), "d");
	/* An object called event is an envelope's. */
	ck_assert_str_eq(refused("{\"event\":{\"a\":1}}"), "unknown-source");
	ck_assert_str_eq(refused("{\"hello\":{\"source\":\"hook\"},\"event\":{\"a\":1}}"), "bad-envelope");
	(void) read_as(&dialect_stream, "{\"stage\":\"Ping\",\"event\":\"x\"}");
}
END_TEST

START_TEST(the_context_of_a_hello_gives_way_key_by_key)
{
	ck_assert_uint_eq(read_line("{\"hello\":{\"source\":\"aws\",\"context\":{\"arn\":\"h\",\"session\":\"s\","
				    "\"deliveryId\":\"d\",\"name\":\"upload\"}}}"), 0);
	(void) read_as(&stage, "{\"context\":{\"arn\":\"l\"},\"event\":{\"name\":\"n\"}}");
	ck_assert_str_eq(text(0, STAGE_ARN), "l");
	ck_assert_str_eq(text(0, STAGE_SESSION), "s");
	ck_assert_ptr_null(event(0)->extra);
	(void) read_as(&stage, "{\"name\":\"bare\"}");
	ck_assert_str_eq(text(0, STAGE_ARN), "h");
	/* The next hello takes its place. */
	ck_assert_uint_eq(read_line("{\"hello\":{\"source\":\"aws\"}}"), 0);
	(void) read_as(&stage, "{\"name\":\"bare\"}");
	ck_assert_str_eq(text(0, STAGE_ARN), "-");
	ck_assert_str_eq(event(0)->violations[0].field, "context.arn");
}
END_TEST

START_TEST(the_context_of_a_hello_is_for_its_source_or_for_all)
{
	ck_assert_uint_eq(read_line("{\"hello\":{\"source\":\"aws\",\"context\":{\"deliveryId\":\"d\",\"name\":\"upload\"}}}"), 0);
	(void) read_as(&hook, "{\"event\":\"meeting.started\"}");
	ck_assert_str_eq(text(0, 1), "-");
	(void) read_as(&hook, "{\"source\":\"hook\",\"context\":{\"deliveryId\":\"own\"},\"event\":{\"event\":\"x\"}}");
	ck_assert_str_eq(text(0, 1), "own");
	ck_assert_str_eq(refused("{\"source\":\"room\",\"event\":7}"), "bad-type");
	ck_assert_uint_eq(read_line("{\"hello\":{\"context\":{\"deliveryId\":\"d\",\"name\":\"upload\"}}}"), 0);
	(void) read_as(&hook, "{\"event\":\"meeting.started\"}");
	ck_assert_str_eq(text(0, 1), "d");
	(void) read_as(&room, "{\"source\":\"room\",\"event\":7}");
	ck_assert_int_eq(values_at(&event(0)->values, 1)->i, 7);
}
END_TEST

START_TEST(the_context_of_a_hello_has_a_limit)
{
	char line[LIMIT_CONTEXT_BYTES + 100];

	(void) snprintf(line, sizeof(line), "{\"hello\":{\"context\":{\"arn\":\"%0*d\"}}}",
			LIMIT_CONTEXT_BYTES - (int) strlen("{'arn':''}"), 0);
	ck_assert_uint_eq(read_line(line), 0);
	(void) snprintf(line, sizeof(line), "{\"hello\":{\"context\":{\"arn\":\"%0*d\"}}}",
			LIMIT_CONTEXT_BYTES - (int) strlen("{'arn':''}") + 1, 0);
	ck_assert_str_eq(refused(line), "too-long");
	ck_assert_uint_eq(hello.n_context, LIMIT_CONTEXT_BYTES);
}
END_TEST

START_TEST(an_operations_answer_is_a_list_of_events)
{
	ck_assert_uint_eq(read_line("{\"source\":\"aws\",\"context\":{\"arn\":\"a\"},\"event\":"
				    "{\"events\":[{\"name\":\"n\"},{\"name\":\"m\"}],\"nextToken\":\"t\"}}"), 2);
	ck_assert_str_eq(text(1, STAGE_NAME), "m");
	ck_assert_str_eq(refused("{\"source\":\"aws\",\"event\":{\"events\":[{},{},{},{}]}}"), "too-many-events");
	ck_assert_uint_eq(read_line("{\"hello\":{\"source\":\"aws\"}}"), 0);
	ck_assert_uint_eq(read_line("{\"events\":[{\"name\":\"n\"}],\"nextToken\":\"t\"}"), 1);
	ck_assert_str_eq(text(0, STAGE_NAME), "n");
}
END_TEST

START_TEST(a_payload_may_be_a_number_a_text_or_an_array)
{
	(void) read_as(&room, "{\"source\":\"room\",\"context\":{\"name\":\"upload\"},\"event\":200}");
	ck_assert_int_eq(values_at(&event(0)->values, 1)->i, 200);
	(void) read_as(&room, "{\"source\":\"room\",\"context\":{\"name\":\"note\"},\"event\":\"hi\"}");
	ck_assert_str_eq(text(0, 2), "hi");
	(void) read_as(&room, "{\"source\":\"room\",\"context\":{\"name\":\"stats\"},\"event\":[{\"rate\":1},{}]}");
	ck_assert_uint_eq(event(0)->n_items, 2);
	ck_assert_uint_eq(read_line("{\"source\":\"room\",\"context\":{\"name\":\"stats\"},\"events\":[[{}],[]]}"), 2);
	ck_assert_uint_eq(event(0)->n_items, 1);
	ck_assert_uint_eq(event(1)->n_items, 0);
	ck_assert_uint_eq(read_line("{\"hello\":{\"source\":\"room\",\"context\":{\"name\":\"note\"}}}"), 0);
	(void) read_as(&room, "{\"event\":\"hi\"}");
	ck_assert_str_eq(refused("{\"source\":\"aws\",\"event\":200}"), "bad-type");
}
END_TEST

#define JWT "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2ln"

START_TEST(a_secret_reaches_nothing_that_is_kept)
{
	const struct line_source from = next_line();
	const struct reject *r;

	ck_assert_uint_eq(read_line("{\"source\":\"aws\",\"id\":\"" JWT "\",\"context\":{\"arn\":\"" JWT "\"},"
				    "\"events\":[{\"token\":\"" JWT "\",\"x\":{\"streamKey\":\"sk\"}},"
				    "{\"token\":\"\\u0065yJ.a.\"},{\"name\":1,\"t\":\"" JWT "\"}]}"), 3);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_uint_eq(strlen(text(i, STAGE_TOKEN)), 25);
		ck_assert_str_eq(text(i, STAGE_ARN), event(i)->sender_id);
	}
	ck_assert_str_eq(text(0, STAGE_TOKEN), text(0, STAGE_ARN));
	ck_assert_ptr_nonnull(strstr(event(0)->extra, "\"streamKey\":\"redacted:"));
	r = items[2].reject;
	ck_assert_ptr_null(strstr(r->body, "eyJ"));
	ck_assert_uint_eq(r->n_whole, r->n_body);
	ck_assert_str_eq(refused("nonsense " JWT), "not-json");
	ck_assert_ptr_null(strstr(items[0].reject->body, "eyJ"));
	ck_assert_uint_eq(read_line("{\"hello\":{\"context\":{\"arn\":\"" JWT "\"}}}"), 0);
	ck_assert_ptr_null(strstr(hello.context, "eyJ"));

	items = batch.items + batch.n_items;
	ck_assert_int_eq(reader_refuse(&reader, &from, "truncated", "{\"a\":\"eyJhbG", 12, 12, &batch), 0);
	r = batch.items[batch.n_items - 2].reject;
	ck_assert_ptr_null(strstr(r->body, "eyJ"));
	ck_assert_uint_eq(r->n_whole, r->n_body);
}
END_TEST

static int n_until_oom;
void *__real_malloc(size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
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
	static char long_line[30000];
	const char *const lines[] = {
		long_line,
		"{\"source\":\"aws\",\"event\":{\"name\":\"" JWT "\"}}",
		"{\"hello\":{\"source\":\"aws\",\"context\":{\"arn\":\"" JWT "\"}}}",
		"{\"source\":\"room\",\"event\":{\"me\":{\"phone\":[1],\"y\":1},\"size\":10}}",
	};

	(void) snprintf(long_line, sizeof(long_line), "{\"source\":\"room\",\"context\":{\"name\":\"stats\"},"
			"\"events\":[[{\"rate\":1,\"x\":\"%020000d\"},{\"y\":2}],[7],{}]}", 0);
	for (size_t i = 0; i < N_ELEMENTS(lines); i++) {
		int n, r = -ENOMEM;

		for (n = 1; r < 0 && n < 1000; n++) {
			struct line_source from;

			setup();
			hello.context = strdup("{\"arn\":\"a\"}");
			hello.n_context = strlen(hello.context);
			from = next_line();
			n_until_oom = n;
			r = reader_line(&reader, &from, lines[i], strlen(lines[i]), &batch);
			n_until_oom = 0;
			if (r < 0) {
				ck_assert_int_eq(r, -ENOMEM);
				ck_assert_uint_eq(batch.n_items, 0);
				ck_assert_str_eq(hello.context, "{\"arn\":\"a\"}");
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
	TCase *t = tcase_create("forms");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_bare_event_of_a_bus_is_known_before_its_source_is_looked_at);
	tcase_add_test(t, a_payload_within_an_envelope_is_of_the_form_it_looks_like);
	tcase_add_test(t, a_webhook_is_known_by_a_text_called_event);
	tcase_add_test(t, the_context_of_a_hello_gives_way_key_by_key);
	tcase_add_test(t, the_context_of_a_hello_is_for_its_source_or_for_all);
	tcase_add_test(t, the_context_of_a_hello_has_a_limit);
	tcase_add_test(t, an_operations_answer_is_a_list_of_events);
	tcase_add_test(t, a_payload_may_be_a_number_a_text_or_an_array);
	tcase_add_test(t, a_secret_reaches_nothing_that_is_kept);
	tcase_add_test(t, out_of_memory_anywhere_leaves_the_batch_and_the_hello_as_they_were);
	return unit_main("forms", t);
}
