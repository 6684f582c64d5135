#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dialect/engine.h"
#include "dialect/index.h"
#include "dialect/rebuild.h"
#include "dialect/stream.h"
#include "util/macros.h"
#include "wire/canon.h"

/* A vendor that uses everything a table can say. */
enum {
	TOY_KIND, TOY_ROOM, TOY_AUDIO, TOY_VIDEO, TOY_SINCE, TOY_LEVEL, TOY_BIG, TOY_ARN, TOY_TOKEN,
	TOY_NUMBER, TOY_WORD, TOY_PHONE, N_TOY
};

static const char *const scalars[] = { "scalar", NULL };
static const char *const lists[] = { "list", NULL };
static const char *const others[] = { "other", NULL };

static const struct field toy_fields[N_TOY] = {
	[TOY_KIND] = { "name", "kind", .type = FIELD_TEXT, .max_chars = 64, .from = FROM_CONTEXT },
	[TOY_ROOM] = { "room.id", NULL, .type = FIELD_TEXT, .max_chars = 64, .from = FROM_CONTEXT },
	[TOY_AUDIO] = { "content.session.audio", "audio", .type = FIELD_BOOL },
	[TOY_VIDEO] = { "content.session.video", "video", .type = FIELD_BOOL },
	[TOY_SINCE] = { "content.since", "since_us", .type = FIELD_TIME },
	[TOY_LEVEL] = { "level", NULL, .type = FIELD_REAL },
	[TOY_BIG] = { "big", NULL, .type = FIELD_INT, .min = INT64_MIN, .max = INT64_MAX },
	[TOY_ARN] = { "resources", "arn", .type = FIELD_TEXT, .max_chars = 64, .in_list = true },
	[TOY_TOKEN] = { "content.token", "token", .type = FIELD_JSON },
	[TOY_NUMBER] = { "", "number", .type = FIELD_INT, .min = 0, .max = 9, .only = scalars },
	[TOY_WORD] = { "word", NULL, .type = FIELD_TEXT, .max_chars = 64, .only = others,
		       .absent_if = "unknown" },
	[TOY_PHONE] = { "phone", NULL, .type = FIELD_TEXT, .max_chars = 64, .privacy = PRIVACY_PHONE },
};

static const struct field toy_item_fields[] = {
	{ "user.id", "user_id", .type = FIELD_TEXT, .max_chars = 64 },
	{ "loss", NULL, .type = FIELD_REAL },
};

static struct dialect_index toy_index, toy_item_index;

static const struct items toy_items = {
	.table = "toy_item", .fields = toy_item_fields, .n_fields = N_ELEMENTS(toy_item_fields), .kinds = lists,
	.index = &toy_item_index,
};

static const struct dialect toy = {
	.source = "toy", .title = "toy events", .table = "toy_event", .fields = toy_fields, .n_fields = N_TOY,
	.list_key = "events", .max_list = 10, .kind_field = TOY_KIND, .items = &toy_items,
	.index = &toy_index,
};

static struct rebuild work;
static struct buf out;
static struct value given[N_TOY];
static struct value list[N_TOY];
static struct values values;

static void setup(void)
{
	memset(given, 0, sizeof(given));
	values = (struct values) { .list = list };
}

static void teardown(void)
{
	rebuild_deinit(&work);
	work = (struct rebuild) {};
	buf_deinit(&out);
	out = (struct buf) {};
}

static void give(unsigned f, struct value v)
{
	struct value *next = list;

	given[f] = v;
	values.present |= UINT64_C(1) << f;
	for (unsigned i = 0; i < N_TOY; i++)
		if (given[i].kind != VALUE_ABSENT)
			*next++ = given[i];
}

static void text(unsigned f, const char *s)
{
	give(f, (struct value) { .kind = VALUE_TEXT, .text = s, .n = (uint32_t) strlen(s) });
}

static void integer(unsigned f, int64_t i)
{
	give(f, (struct value) { .kind = VALUE_INT, .i = i });
}

static void real(unsigned f, double d)
{
	give(f, (struct value) { .kind = VALUE_REAL, .d = d });
}

static const char *payload(const char *extra)
{
	out.n = 0;
	ck_assert_int_eq(rebuild_payload(&work, &toy, &values, extra, extra ? strlen(extra) : 0, &out), 0);
	return buf_cstr(&out);
}

static const char *context(void)
{
	out.n = 0;
	ck_assert_int_eq(rebuild_context(&work, &toy, &values, NULL, 0, &out), 0);
	return buf_cstr(&out);
}

START_TEST(each_type_has_its_json)
{
	ck_assert_str_eq(payload(NULL), "{}");
	real(TOY_LEVEL, 0.1);
	integer(TOY_BIG, INT64_MIN);
	text(TOY_ARN, "a\"\n");
	ck_assert_str_eq(payload(NULL), "{\"level\":0.1,\"big\":-9223372036854775808,\"resources\":[\"a\\\"\\n\"]}");
	setup();
	real(TOY_LEVEL, 1e300);
	integer(TOY_AUDIO, 0);
	integer(TOY_SINCE, INT64_C(1787311965123456));
	text(TOY_TOKEN, "{\"a\":[1]}");
	ck_assert_str_eq(payload(NULL),
			 "{\"content\":{\"session\":{\"audio\":false},\"since\":\"2026-08-21T11:32:45.123456Z\","
			 "\"token\":{\"a\":[1]}},\"level\":1e+300}");
}
END_TEST

START_TEST(fields_of_one_object_meet_in_it_wherever_the_table_has_them)
{
	integer(TOY_AUDIO, 1);
	integer(TOY_BIG, 7);
	integer(TOY_VIDEO, 0);
	text(TOY_TOKEN, "[]");
	ck_assert_str_eq(payload(NULL),
			 "{\"content\":{\"session\":{\"audio\":true,\"video\":false},\"token\":[]},\"big\":7}");
}
END_TEST

START_TEST(extra_is_merged_in_its_place)
{
	integer(TOY_AUDIO, 1);
	ck_assert_str_eq(payload("{\"content\":{\"data\":[],\"session\":{\"x\":{}}},\"sender\":{\"a\":1.5}}"),
			 "{\"content\":{\"session\":{\"audio\":true,\"x\":{}},\"data\":[]},\"sender\":{\"a\":1.5}}");
	setup();
	ck_assert_str_eq(payload("{\"content\":{\"session\":{}},\"resources\":[\"a\",\"b\"],\"word\":\"unknown\"}"),
			 "{\"content\":{\"session\":{}},\"resources\":[\"a\",\"b\"],\"word\":\"unknown\"}");
}
END_TEST

START_TEST(a_key_with_a_dot_in_it_is_a_key)
{
	integer(TOY_AUDIO, 1);
	ck_assert_str_eq(payload("{\"content.session\":{\"audio\":2},\"\":3}"),
			 "{\"content\":{\"session\":{\"audio\":true}},\"content.session\":{\"audio\":2},\"\":3}");
}
END_TEST

START_TEST(a_payload_that_would_be_taken_for_a_list_is_put_into_one)
{
	integer(TOY_BIG, 1);
	ck_assert_str_eq(payload("{\"events\":[{\"big\":2}],\"x\":1}"),
			 "{\"events\":[{\"big\":1,\"events\":[{\"big\":2}],\"x\":1}]}");
	ck_assert_str_eq(payload("{\"content\":{\"events\":1}}"), "{\"big\":1,\"content\":{\"events\":1}}");
}
END_TEST

START_TEST(a_bare_value_is_the_payload)
{
	integer(TOY_NUMBER, 5);
	text(TOY_KIND, "scalar");
	ck_assert_str_eq(payload(NULL), "5");
}
END_TEST

START_TEST(what_the_context_gave_goes_back_there)
{
	ck_assert_str_eq(context(), "");
	integer(TOY_BIG, 1);
	ck_assert_str_eq(context(), "");
	text(TOY_KIND, "other");
	text(TOY_ROOM, "r");
	ck_assert_str_eq(context(), "{\"name\":\"other\",\"room\":{\"id\":\"r\"}}");
	ck_assert_str_eq(payload(NULL), "{\"big\":1}");
}
END_TEST

START_TEST(elements_are_rebuilt_one_by_one)
{
	struct value own[2] = { { .kind = VALUE_TEXT, .text = "u", .n = 1 }, { .kind = VALUE_REAL, .d = 0.5 } };
	const struct values item = { .present = 3, .list = own };
	const char extra[] = "{\"user\":{\"name\":\"n\"}}";

	text(TOY_KIND, "list");
	ck_assert(rebuild_is_array(&toy, &values));
	text(TOY_KIND, "lis");
	ck_assert(!rebuild_is_array(&toy, &values));
	out.n = 0;
	ck_assert_int_eq(rebuild_item(&work, &toy_items, &item, extra, strlen(extra), &out), 0);
	ck_assert_str_eq(buf_cstr(&out), "{\"user\":{\"id\":\"u\",\"name\":\"n\"},\"loss\":0.5}");
}
END_TEST

START_TEST(a_field_of_other_kinds_is_not_this_events)
{
	text(TOY_KIND, "other");
	ck_assert(rebuild_has_field(&toy_fields[TOY_WORD], values_at(&values, TOY_KIND)));
	ck_assert(!rebuild_has_field(&toy_fields[TOY_NUMBER], values_at(&values, TOY_KIND)));
	ck_assert(rebuild_has_field(&toy_fields[TOY_BIG], values_at(&values, TOY_KIND)));
	setup();
	ck_assert(!rebuild_has_field(&toy_fields[TOY_WORD], values_at(&values, TOY_KIND)));
}
END_TEST

START_TEST(an_extra_that_is_the_payload_is_given_back_whole)
{
	static const char *const whole[] = { "[]", "1", "[{\"a\":[2]},0.5]" };
	struct dialect open = toy;

	open.any_payload = true;
	for (size_t i = 0; i < N_ELEMENTS(whole); i++) {
		out.n = 0;
		ck_assert_int_eq(rebuild_payload(&work, &open, &values, whole[i], strlen(whole[i]), &out), 0);
		ck_assert_str_eq(buf_cstr(&out), whole[i]);
	}
}
END_TEST

START_TEST(an_extra_that_was_never_kept_so_is_told)
{
	static const char *const bad[] = { "", "{", "[]", "1", "{\"a\":1,\"a\":2}", "{}{}" };

	for (size_t i = 0; i < N_ELEMENTS(bad); i++)
		ck_assert_int_eq(rebuild_payload(&work, &toy, &values, bad[i], strlen(bad[i]), &out), -EUCLEAN);
}
END_TEST

/* Judge @text as an event of @d with @context, as the ingest socket would. */
static const struct event *accept(const struct dialect *d, const char *context_text, const char *payload_text)
{
	static struct scan scans[2];
	static struct arena arena;	/* grows for as long as the test runs */
	static struct buf scratch;
	struct engine_context ctx = { .app = "web", .at_us = 1, .now_us = 2 };
	const struct problem *problems;
	const struct event *event;
	struct scan_fault fault;
	size_t n;

	ck_assert_int_eq(scan_line(&scans[0], context_text, strlen(context_text), &fault), 0);
	ck_assert_int_eq(scan_line(&scans[1], payload_text, strlen(payload_text), &fault), 0);
	ctx.contexts[0] = (struct engine_object) { &scans[0], 0 };
	if (engine_judge(d, &ctx, &scans[1], 0, &arena, &scratch, &event, &problems, &n) != 0)
		ck_abort_msg("%s: %s", payload_text, problems[0].message);
	return event;
}

static void canon(const char *text_, struct buf *ret)
{
	struct scan_fault fault;
	struct scan s = {};

	ret->n = 0;
	ck_assert_int_eq(scan_line(&s, text_, strlen(text_), &fault), 0);
	ck_assert_int_eq(canon_node(&s, 0, ret), 0);
	scan_deinit(&s);
}

START_TEST(what_was_accepted_comes_out_and_is_the_same_event_when_accepted_again)
{
	static const struct {
		const struct dialect *dialect;
		const char *kind, *payload;
	} cases[] = {
		{ &toy, "other", "{}" },
		{ &toy, "other", "{\"content\":{\"session\":{\"video\":false,\"x\":[{}]},\"y\":\"1\"},\"level\":1e3}" },
		{ &toy, "other", "{\"content\":{\"session\":{}},\"resources\":[\"arn\"],\"level\":-0.0}" },
		{ &toy, "other", "{\"content\":{},\"resources\":[],\"word\":\"unknown\"}" },
		{ &toy, "other", "{\"content\":{\"token\":{\"b\":[],\"a\":{\"c\":1e18}}},\"resources\":[\"a\",\"b\"]}" },
		{ &toy, "other", "{\"content.session\":{\"audio\":2},\"content\":{\"session\":{\"audio\":true}}}" },
		{ &toy, "other", "{\"content\":{\"since\":\"2026-08-21T11:32:45.123456Z\",\"session\":{\"audio\":null}}}" },
		{ &toy, "none", "{\"word\":{\"a\":1},\"content\":{\"session\":{\"\":1}}}" },
		{ &toy, "scalar", "7" },
		{ &toy, "scalar", "{\"status\":7}" },
		{ &toy, "list", "[]" },
		{ &toy, "list", "[{},{\"user\":{\"id\":\"u\",\"n\":1},\"loss\":0.25},{\"user\":{}},{\"more\":[1]}]" },
		{ &dialect_stream, "", "{\"stage\":\"S\",\"event_type\":\"e\",\"join_attempt_id\":\"unknown\",\"x\":{}}" },
	};
	struct buf again = {}, want = {}, got = {};
	char context_text[64];

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		const struct event *first, *second;

		(void) snprintf(context_text, sizeof(context_text), "{\"name\":\"%s\",\"room\":{\"id\":\"r\"}}", cases[i].kind);
		first = accept(cases[i].dialect, context_text, cases[i].payload);
		again.n = 0;
		ck_assert_int_eq(rebuild_event(&work, first, &again), 0);
		canon(cases[i].payload, &want);
		canon(buf_cstr(&again), &got);
		ck_assert_str_eq(buf_cstr(&got), buf_cstr(&want));

		out.n = 0;
		ck_assert_int_eq(rebuild_context(&work, first->dialect, &first->values, first->extra, first->n_extra, &out), 0);
		second = accept(cases[i].dialect, out.n > 0 ? buf_cstr(&out) : "{}", buf_cstr(&again));
		ck_assert_msg(second->digest == first->digest, "%s", cases[i].payload);
		ck_assert_uint_eq(second->n_violations, first->n_violations);
	}
	buf_deinit(&again);
	buf_deinit(&want);
	buf_deinit(&got);
}
END_TEST

static const char *column_of(const struct field *f)
{
	return f->column ? f->column : f->name;
}

static void check_columns(const char *table, const struct field *fields, size_t n_fields)
{
	for (size_t a = 0; a < n_fields; a++) {
		for (size_t b = 0; b < a; b++) {
			const struct field *f = &fields[a], *g = &fields[b];

			if (strcmp(column_of(f), column_of(g)) != 0)
				continue;
			ck_assert_msg(f->only && g->only, "%s: %s and %s", table, f->name, g->name);
			for (const char *const *k = f->only; *k; k++) {
				struct value kind = { .kind = VALUE_TEXT, .text = *k, .n = (uint32_t) strlen(*k) };

				ck_assert_msg(!rebuild_has_field(g, &kind), "%s: %s on %s", table, f->name, *k);
			}
		}
	}
}

/* Else a row would not say which of them it had. */
START_TEST(fields_that_share_a_column_are_on_different_kinds_of_event)
{
	for (size_t i = 0; i < n_dialects; i++) {
		const struct dialect *d = dialects[i];

		check_columns(d->table, d->fields, d->n_fields);
		if (d->items)
			check_columns(d->items->table, d->items->fields, d->items->n_fields);
	}
}
END_TEST

/* Else the value of that field would be kept nowhere where another gave the time. */
START_TEST(where_the_time_has_rules_no_field_has_it_for_all_events)
{
	for (size_t i = 0; i < n_dialects; i++)
		for (size_t f = 0; f < dialects[i]->n_fields; f++)
			ck_assert_msg(dialects[i]->n_times == 0 || dialects[i]->fields[f].role != ROLE_TIME, "%s: %s",
				      dialects[i]->table, dialects[i]->fields[f].name);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("rebuild");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, each_type_has_its_json);
	tcase_add_test(t, fields_of_one_object_meet_in_it_wherever_the_table_has_them);
	tcase_add_test(t, extra_is_merged_in_its_place);
	tcase_add_test(t, a_key_with_a_dot_in_it_is_a_key);
	tcase_add_test(t, a_payload_that_would_be_taken_for_a_list_is_put_into_one);
	tcase_add_test(t, a_bare_value_is_the_payload);
	tcase_add_test(t, what_the_context_gave_goes_back_there);
	tcase_add_test(t, elements_are_rebuilt_one_by_one);
	tcase_add_test(t, a_field_of_other_kinds_is_not_this_events);
	tcase_add_test(t, what_was_accepted_comes_out_and_is_the_same_event_when_accepted_again);
	tcase_add_test(t, an_extra_that_is_the_payload_is_given_back_whole);
	tcase_add_test(t, an_extra_that_was_never_kept_so_is_told);
	tcase_add_test(t, fields_that_share_a_column_are_on_different_kinds_of_event);
	tcase_add_test(t, where_the_time_has_rules_no_field_has_it_for_all_events);
	return unit_main("rebuild", t);
}
