#pragma once

/*
 * A vendor's events against its table in tests/dialect, line by line through the
 * reader that the daemon uses.
 *
 * The table says what is known, asked for and read; every row of it is tried. What
 * a table cannot say has tests of its own in the file that includes this one.
 */

#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "dialect/dialect.h"
#include "dialect/reader.h"
#include "util/buf.h"
#include "util/macros.h"
#include "util/timestamp.h"

enum { VENDOR_MAX_ROWS = 64, VENDOR_MAX_PATHS = 64, VENDOR_MAX_LINE = 16 * 1024 };

#define VENDOR_AT     "2026-08-21T11:11:11.111Z"
#define VENDOR_AT_US  INT64_C(1787310671111000)
#define VENDOR_NOW_US INT64_C(1787400000000000)

static struct vendor {
	const char *source, *kind_key;
	struct kind_row { char name[64], required[48], time[48]; } kinds[VENDOR_MAX_ROWS];
	struct field_row { char name[48], type[8], on[32], sample[80]; } fields[VENDOR_MAX_ROWS];
	struct value_row { char field[48], value[48]; } values[VENDOR_MAX_ROWS];
	size_t n_kinds, n_fields, n_values;
} vendor;

/* ------------------------------------------------------------------ tables */

static void vendor_bad_table(const char *what)
{
	fprintf(stderr, "a table is not as this test expects it: %s\n", what);
	exit(EXIT_FAILURE);
}

static void vendor_take(char **rest, char *to, size_t n)
{
	const char *s = strsep(rest, "\t");

	if (!s || strlen(s) >= n)
		vendor_bad_table(s ? s : "(nothing)");
	memcpy(to, s, strlen(s) + 1);
}

static void vendor_take_row(char *row)
{
	char what[8];

	vendor_take(&row, what, sizeof(what));
	if (vendor.n_kinds == VENDOR_MAX_ROWS || vendor.n_fields == VENDOR_MAX_ROWS ||
	    vendor.n_values == VENDOR_MAX_ROWS) {
		vendor_bad_table("too many rows");
	} else if (strcmp(what, "kind") == 0) {
		struct kind_row *r = &vendor.kinds[vendor.n_kinds++];

		vendor_take(&row, r->name, sizeof(r->name));
		vendor_take(&row, r->required, sizeof(r->required));
		vendor_take(&row, r->time, sizeof(r->time));
	} else if (strcmp(what, "field") == 0) {
		struct field_row *r = &vendor.fields[vendor.n_fields++];

		vendor_take(&row, r->name, sizeof(r->name));
		vendor_take(&row, r->type, sizeof(r->type));
		vendor_take(&row, r->on, sizeof(r->on));
		vendor_take(&row, r->sample, sizeof(r->sample));
	} else if (strcmp(what, "value") == 0) {
		struct value_row *r = &vendor.values[vendor.n_values++];

		vendor_take(&row, r->field, sizeof(r->field));
		vendor_take(&row, r->value, sizeof(r->value));
	} else {
		vendor_bad_table(what);
	}
}

static void vendor_load(const char *source, const char *kind_key)
{
	const char *srcdir = getenv("srcdir");
	char path[4096], row[512];
	FILE *f;

	vendor.source = source;
	vendor.kind_key = kind_key;
	(void) snprintf(path, sizeof(path), "%s/tests/dialect/%s.tsv", srcdir ? srcdir : ".", source);
	f = fopen(path, "re");
	if (!f)
		vendor_bad_table(path);
	while (fgets(row, sizeof(row), f)) {
		row[strcspn(row, "\n")] = '\0';
		if (row[0] != '#')
			vendor_take_row(row);
	}
	fclose(f);
	if (vendor.n_kinds == 0 || vendor.n_fields == 0)
		vendor_bad_table(path);
}

static const struct field_row *vendor_field(const char *name)
{
	for (size_t f = 0; f < vendor.n_fields; f++)
		if (strcmp(vendor.fields[f].name, name) == 0)
			return &vendor.fields[f];
	ck_abort_msg("no field %s", name);
}

/* Whether the field is one on events of this kind. */
static bool vendor_is_on(const struct field_row *f, const char *kind)
{
	return f->on[0] == '*' || strncmp(kind, f->on, strlen(f->on)) == 0;
}

static bool vendor_is_type(const struct field_row *f, const char *type)
{
	return strcmp(f->type, type) == 0;
}

/* ------------------------------------------------------------------ drafts */

/* An event in the making: paths and the JSON text at each. */
struct draft {
	const char *path[VENDOR_MAX_PATHS], *json[VENDOR_MAX_PATHS];
	size_t n;
	char kind[80];
	const char *at;		/* the envelope's, as JSON; NULL: none */
};

/* @json NULL: leave it out. */
static void draft_set(struct draft *d, const char *path, const char *json)
{
	size_t i;

	for (i = 0; i < d->n && strcmp(d->path[i], path) != 0; i++)
		;
	ck_assert_uint_lt(i, VENDOR_MAX_PATHS);
	d->path[i] = path;
	d->json[i] = json;
	if (i == d->n)
		d->n++;
}

static void draft_kind(struct draft *d, const char *kind)
{
	(void) snprintf(d->kind, sizeof(d->kind), "\"%s\"", kind);
	draft_set(d, vendor.kind_key, d->kind);
}

/* An event of this kind with what it must have and no more. */
static void draft_least(struct draft *d, const struct kind_row *kind)
{
	*d = (struct draft) {};
	draft_kind(d, kind->name);
	if (kind->required[0] != '-')
		draft_set(d, kind->required, vendor_field(kind->required)->sample);
}

/* The object whose members' paths begin with the @n_prefix first characters of @prefix. */
static void draft_print_object(const struct draft *d, const char *prefix, size_t n_prefix, struct buf *out)
{
	const char *comma = "";

	ck_assert_int_eq(buf_add_char(out, '{'), 0);
	for (size_t i = 0; i < d->n; i++) {
		const char *key;
		size_t n_key;
		bool seen = false;

		if (!d->json[i] || strncmp(d->path[i], prefix, n_prefix) != 0 ||
		    (n_prefix == 0 && strncmp(d->path[i], "context.", 8) == 0))
			continue;
		key = d->path[i] + n_prefix;
		n_key = strcspn(key, ".");
		for (size_t k = 0; k < i && !seen; k++)
			seen = d->json[k] && strncmp(d->path[k], d->path[i], n_prefix + n_key + 1) == 0 &&
			       key[n_key] == '.';
		if (seen)
			continue;
		ck_assert_int_eq(buf_printf(out, "%s\"%.*s\":", comma, (int) n_key, key), 0);
		if (key[n_key] == '.')
			draft_print_object(d, d->path[i], n_prefix + n_key + 1, out);
		else
			ck_assert_int_eq(buf_add_str(out, d->json[i]), 0);
		comma = ",";
	}
	ck_assert_int_eq(buf_add_char(out, '}'), 0);
}

static void draft_print(const struct draft *d, char line[static VENDOR_MAX_LINE])
{
	_cleanup_(buf_deinit) struct buf out = {};

	ck_assert_int_eq(buf_printf(&out, "{\"source\":\"%s\",\"context\":", vendor.source), 0);
	draft_print_object(d, "context.", 8, &out);
	if (d->at)
		ck_assert_int_eq(buf_printf(&out, ",\"at\":%s", d->at), 0);
	ck_assert_int_eq(buf_add_str(&out, ",\"event\":"), 0);
	draft_print_object(d, "", 0, &out);
	ck_assert_int_eq(buf_add_char(&out, '}'), 0);
	ck_assert_uint_lt(out.n, VENDOR_MAX_LINE);
	memcpy(line, out.data, out.n);
	line[out.n] = '\0';
}

/* ---------------------------------------------------------------- verdicts */

/* What the reader made of one line; all of it points into the batch. */
struct verdict {
	struct reader reader;
	struct hello hello;
	struct batch batch;
	const struct event *event;	/* NULL if rejected */
	const struct reject *reject;	/* NULL if stored */
};

static void verdict_deinit(struct verdict *v)
{
	reader_deinit(&v->reader);
	hello_deinit(&v->hello);
	batch_deinit(&v->batch);
}

static void judge_line(struct verdict *v, const char *line)
{
	static const struct origin origin = { .app = "test" };
	struct line_source from = {
		.hello = &v->hello, .origin = &origin, .line_no = 1, .now_us = VENDOR_NOW_US,
	};

	ck_assert_int_eq(reader_line(&v->reader, &from, line, strlen(line), &v->batch), 0);
	ck_assert_msg(v->batch.n_items == 2, "%zu items came of one event: %s", v->batch.n_items, line);
	ck_assert_int_eq(v->batch.items[1].kind, ITEM_LINE_END);
	if (v->batch.items[0].kind == ITEM_EVENT)
		v->event = v->batch.items[0].event;
	else
		v->reject = v->batch.items[0].reject;
}

static void judge(struct verdict *v, const struct draft *d)
{
	char line[VENDOR_MAX_LINE];

	draft_print(d, line);
	judge_line(v, line);
}

/* The violations as "field rule, field rule", or why it was rejected. */
static const char *told(const struct verdict *v)
{
	static char text[2048];
	int n = 0;

	text[0] = '\0';
	if (v->reject) {
		(void) snprintf(text, sizeof(text), "rejected %s %s", v->reject->problems[0].code,
				v->reject->problems[0].field ? v->reject->problems[0].field : "-");
		return text;
	}
	for (size_t i = 0; i < v->event->n_violations && n < (int) sizeof(text) - 100; i++)
		n += snprintf(text + n, sizeof(text) - (size_t) n, "%s%s %s", i ? ", " : "",
			      v->event->violations[i].field, v->event->violations[i].rule);
	return text;
}

/* The line is stored, with exactly the violations @want ("" for none); or "rejected code field". */
static void expect_line(const char *line, const char *want)
{
	_cleanup_(verdict_deinit) struct verdict v = {};

	judge_line(&v, line);
	ck_assert_msg(strcmp(told(&v), want) == 0, "wanted \"%s\", got \"%s\": %s", want, told(&v), line);
}

static void expect(const struct draft *d, const char *want)
{
	char line[VENDOR_MAX_LINE];

	draft_print(d, line);
	expect_line(line, want);
}

/* The event's value of a field as the table names it; never NULL. */
static const struct value *value_of(const struct verdict *v, const char *name)
{
	const struct dialect *d = v->event->dialect;
	bool in_context = strncmp(name, "context.", 8) == 0;

	for (size_t f = 0; f < d->n_fields; f++)
		if (strcmp(d->fields[f].name, in_context ? name + 8 : name) == 0 &&
		    (d->fields[f].from == FROM_CONTEXT) == in_context)
			return values_at(&v->event->values, f);
	ck_abort_msg("%s has no field %s", d->source, name);
}

/* The value as text: what a table's sample of this type looks like, without its quotes. */
static const char *text_of(const struct verdict *v, const char *name)
{
	static char text[256];
	const struct value *value = value_of(v, name);

	if (value->kind == VALUE_TEXT)
		(void) snprintf(text, sizeof(text), "%.*s", (int) value->n, value->text);
	else if (value->kind == VALUE_INT)
		(void) snprintf(text, sizeof(text), "%lld", (long long) value->i);
	else if (value->kind == VALUE_REAL)
		(void) snprintf(text, sizeof(text), "%g", value->d);
	else
		return "absent";
	return text;
}

/* What text_of() says of the field's sample. */
static const char *sample_text(const struct field_row *f)
{
	static char text[256];
	size_t n = strlen(f->sample);
	int64_t us;

	if (vendor_is_type(f, "bool")) {
		(void) snprintf(text, sizeof(text), "%d", f->sample[0] == 't');
	} else if (vendor_is_type(f, "time")) {
		ck_assert_int_eq(timestamp_parse(f->sample + 1, n - 2, &us), 0);
		(void) snprintf(text, sizeof(text), "%lld", (long long) us);
	} else if (vendor_is_type(f, "text")) {
		(void) snprintf(text, sizeof(text), "%.*s", (int) n - 2, f->sample + 1);
	} else {
		(void) snprintf(text, sizeof(text), "%s", f->sample);
	}
	return text;
}

static bool is_kind_field(const struct field_row *f)
{
	return strcmp(f->name, vendor.kind_key) == 0;
}

/* ------------------------------------------------------------- every table */

START_TEST(a_known_kind_needs_no_more_than_its_table_says)
{
	struct draft d;

	for (size_t k = 0; k < vendor.n_kinds; k++) {
		draft_least(&d, &vendor.kinds[k]);
		expect(&d, "");
	}
}
END_TEST

START_TEST(what_a_kind_must_have_is_flagged_where_it_is_missing_null_or_empty)
{
	static const char *const absent[] = { NULL, "null", "\"\"" };
	struct draft d;
	char want[80];

	for (size_t k = 0; k < vendor.n_kinds; k++) {
		for (size_t a = 0; a < N_ELEMENTS(absent) && vendor.kinds[k].required[0] != '-'; a++) {
			draft_least(&d, &vendor.kinds[k]);
			draft_set(&d, vendor.kinds[k].required, absent[a]);
			(void) snprintf(want, sizeof(want), "%s required", vendor.kinds[k].required);
			expect(&d, want);
		}
	}
}
END_TEST

START_TEST(a_kind_nobody_knows_is_stored_and_flagged_and_one_that_is_missing_too)
{
	struct draft d;
	char want[80];

	draft_least(&d, &vendor.kinds[0]);
	draft_kind(&d, "something.new");
	(void) snprintf(want, sizeof(want), "%s unknown", vendor.kind_key);
	expect(&d, want);
	draft_set(&d, vendor.kind_key, NULL);
	(void) snprintf(want, sizeof(want), "%s required", vendor.kind_key);
	expect(&d, want);
}
END_TEST

START_TEST(strict_conformance_rejects_a_kind_nobody_knows)
{
	_cleanup_(verdict_deinit) struct verdict v = {};
	struct draft d;
	char want[80];

	draft_least(&d, &vendor.kinds[0]);
	draft_kind(&d, "something.new");
	v.reader.options.strict = true;
	judge(&v, &d);
	(void) snprintf(want, sizeof(want), "rejected unknown %s", vendor.kind_key);
	ck_assert_str_eq(told(&v), want);
}
END_TEST

START_TEST(a_field_is_read_on_its_kinds_and_kept_as_it_came_on_others)
{
	struct draft d;

	for (size_t k = 0; k < vendor.n_kinds; k++) {
		for (size_t f = 0; f < vendor.n_fields; f++) {
			_cleanup_(verdict_deinit) struct verdict v = {};
			const struct field_row *field = &vendor.fields[f];

			if (is_kind_field(field))
				continue;
			draft_least(&d, &vendor.kinds[k]);
			draft_set(&d, field->name, field->sample);
			judge(&v, &d);
			ck_assert_str_eq(told(&v), "");
			if (vendor_is_on(field, vendor.kinds[k].name)) {
				ck_assert_msg(strcmp(text_of(&v, field->name), sample_text(field)) == 0,
					      "%s is %s", field->name, text_of(&v, field->name));
				ck_assert_ptr_null(v.event->extra);
			} else {
				ck_assert_str_eq(text_of(&v, field->name), "absent");
				ck_assert_ptr_nonnull(v.event->extra);
				ck_assert_ptr_nonnull(strstr(v.event->extra, field->sample));
			}
		}
	}
}
END_TEST

START_TEST(a_field_that_is_null_or_empty_counts_as_left_out)
{
	static const char *const absent[] = { "null", "\"\"" };
	struct draft d;

	for (size_t f = 0; f < vendor.n_fields; f++) {
		for (size_t a = 0; a < N_ELEMENTS(absent); a++) {
			_cleanup_(verdict_deinit) struct verdict v = {};

			draft_least(&d, &vendor.kinds[0]);
			if (is_kind_field(&vendor.fields[f]) ||
			    strcmp(vendor.fields[f].name, vendor.kinds[0].required) == 0)
				continue;
			draft_set(&d, vendor.fields[f].name, absent[a]);
			judge(&v, &d);
			ck_assert_str_eq(told(&v), "");
			ck_assert_str_eq(text_of(&v, vendor.fields[f].name), "absent");
		}
	}
}
END_TEST

START_TEST(a_value_of_another_type_is_rejected_and_names_its_field)
{
	struct draft d;
	char want[80];

	for (size_t f = 0; f < vendor.n_fields; f++) {
		const struct field_row *field = &vendor.fields[f];
		bool text = vendor_is_type(field, "text");

		for (size_t k = 0; k < vendor.n_kinds; k++) {
			if (!vendor_is_on(field, vendor.kinds[k].name))
				continue;
			draft_least(&d, &vendor.kinds[k]);
			draft_set(&d, field->name, text ? "17" : "\"yesterday\"");
			(void) snprintf(want, sizeof(want), "rejected %s %s",
					vendor_is_type(field, "time") ? "bad-time" : "bad-type", field->name);
			expect(&d, vendor_is_type(field, "loose") ? "" : want);
			draft_set(&d, field->name, text ? "[\"x\"]" : vendor_is_type(field, "json") ? "1" : "{\"x\":1}");
			(void) snprintf(want, sizeof(want), "rejected bad-type %s", field->name);
			expect(&d, want);
			if (vendor_is_type(field, "time")) {
				draft_set(&d, field->name, "1787344588000000000");
				expect(&d, want);
			}
			break;
		}
	}
}
END_TEST

START_TEST(listed_values_are_welcome_and_others_are_stored_and_flagged)
{
	char json[64], want[80];
	struct draft d;

	for (size_t i = 0; i < vendor.n_values; i++) {
		const struct value_row *row = &vendor.values[i];

		for (size_t k = 0; k < vendor.n_kinds; k++) {
			if (!vendor_is_on(vendor_field(row->field), vendor.kinds[k].name))
				continue;
			draft_least(&d, &vendor.kinds[k]);
			(void) snprintf(json, sizeof(json), "\"%s\"", row->value);
			draft_set(&d, row->field, json);
			expect(&d, "");
			(void) snprintf(json, sizeof(json), "\"%s?\"", row->value);
			(void) snprintf(want, sizeof(want), "%s unknown", row->field);
			expect(&d, want);
		}
	}
}
END_TEST

START_TEST(an_event_happened_when_it_says_else_when_its_envelope_says_else_now)
{
	struct draft d;

	for (size_t k = 0; k < vendor.n_kinds; k++) {
		_cleanup_(verdict_deinit) struct verdict own = {}, at = {}, none = {};
		const char *time = vendor.kinds[k].time;

		draft_least(&d, &vendor.kinds[k]);
		judge(&none, &d);
		ck_assert_str_eq(told(&none), "");
		ck_assert_int_eq(none.event->at_us, VENDOR_NOW_US);
		ck_assert(none.event->stamped);
		d.at = "\"" VENDOR_AT "\"";
		judge(&at, &d);
		ck_assert_int_eq(at.event->at_us, VENDOR_AT_US);
		ck_assert(!at.event->stamped);
		/* Every time there is, if it is not the one, changes nothing. */
		for (size_t f = 0; f < vendor.n_fields; f++)
			if (vendor_is_type(&vendor.fields[f], "time"))
				draft_set(&d, vendor.fields[f].name, "\"2026-08-21T01:01:01Z\"");
		if (time[0] != '-')
			draft_set(&d, time, "\"2026-08-21T09:09:09.009Z\"");
		judge(&own, &d);
		ck_assert_msg(own.event->at_us == (time[0] != '-' ? INT64_C(1787303349009000) : VENDOR_AT_US),
			      "%s happened at %lld", vendor.kinds[k].name, (long long) own.event->at_us);
	}
}
END_TEST

START_TEST(a_time_may_be_written_with_a_blank_for_the_t)
{
	struct draft d;

	for (size_t f = 0; f < vendor.n_fields; f++) {
		_cleanup_(verdict_deinit) struct verdict v = {};

		if (!vendor_is_type(&vendor.fields[f], "time"))
			continue;
		draft_least(&d, &vendor.kinds[0]);
		draft_set(&d, vendor.fields[f].name, "\"2026-08-21 09:09:09.009Z\"");
		judge(&v, &d);
		ck_assert_str_eq(told(&v), "");
		ck_assert_str_eq(text_of(&v, vendor.fields[f].name), "1787303349009000");
	}
}
END_TEST

/* A case with the tests above. */
static inline TCase *vendor_tcase(void)
{
	TCase *t = tcase_create(vendor.source);

	tcase_add_test(t, a_known_kind_needs_no_more_than_its_table_says);
	tcase_add_test(t, what_a_kind_must_have_is_flagged_where_it_is_missing_null_or_empty);
	tcase_add_test(t, a_kind_nobody_knows_is_stored_and_flagged_and_one_that_is_missing_too);
	tcase_add_test(t, strict_conformance_rejects_a_kind_nobody_knows);
	tcase_add_test(t, a_field_is_read_on_its_kinds_and_kept_as_it_came_on_others);
	tcase_add_test(t, a_field_that_is_null_or_empty_counts_as_left_out);
	tcase_add_test(t, a_value_of_another_type_is_rejected_and_names_its_field);
	tcase_add_test(t, listed_values_are_welcome_and_others_are_stored_and_flagged);
	tcase_add_test(t, an_event_happened_when_it_says_else_when_its_envelope_says_else_now);
	tcase_add_test(t, a_time_may_be_written_with_a_blank_for_the_t);
	return t;
}
