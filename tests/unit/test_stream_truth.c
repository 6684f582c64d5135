/*
 * What GetStream asks of its events, cell by cell.
 *
 * The tables in tests/dialect were written from the vendor's words, apart from
 * the table in src/dialect: every cell is tried on the reader that the daemon
 * uses, with a whole line of JSON.
 */

#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dialect/reader.h"
#include "util/buf.h"
#include "util/macros.h"

enum { N_FIELDS = 27, N_COLUMNS = 16, MAX_LINE = 16 * 1024 };

static const struct column {
	const char *name, *stage, *event_type, *outcome;
} columns[N_COLUMNS] = {
	{ "JI", "JoinInitiated", "initiated", NULL },
	{ "CWi", "CoordinatorWS", "initiated", NULL },
	{ "CWs", "CoordinatorWS", "completed", "success" },
	{ "CWf", "CoordinatorWS", "completed", "failure" },
	{ "CJi", "CoordinatorJoin", "initiated", NULL },
	{ "CJs", "CoordinatorJoin", "completed", "success" },
	{ "CJf", "CoordinatorJoin", "completed", "failure" },
	{ "WJi", "WSJoin", "initiated", NULL },
	{ "WJs", "WSJoin", "completed", "success" },
	{ "WJf", "WSJoin", "completed", "failure" },
	{ "PCi", "PeerConnectionConnect", "initiated", NULL },
	{ "PCs", "PeerConnectionConnect", "completed", "success" },
	{ "PCf", "PeerConnectionConnect", "completed", "failure" },
	{ "FA", "FirstAudioFrame", "initiated", NULL },
	{ "FV", "FirstVideoFrame", "initiated", NULL },
	{ "MP", "MediaDevicePermission", "initiated", NULL },
};

static struct field_row {
	char name[40], type[8], limit[48], values[80], sample[96];
	char cell[N_COLUMNS];
} fields[N_FIELDS];

/* An event in the making: the JSON text of each field, NULL where it is left out. */
struct draft {
	const char *json[N_FIELDS];
	char stage[40], event_type[40], outcome[40];
};

/* ------------------------------------------------------------------ tables */

static FILE *open_table(const char *name)
{
	const char *srcdir = getenv("srcdir");
	char path[4096];
	FILE *f;

	(void) snprintf(path, sizeof(path), "%s/tests/dialect/%s", srcdir ? srcdir : ".", name);
	f = fopen(path, "re");
	if (!f) {
		fprintf(stderr, "%s: %m\n", path);
		exit(EXIT_FAILURE);
	}
	return f;
}

/* The next line that is no comment, without its newline; false at the end. */
static bool next_row(FILE *f, char *row, int n)
{
	while (fgets(row, n, f)) {
		row[strcspn(row, "\n")] = '\0';
		if (row[0] != '#')
			return true;
	}
	return false;
}

static void take(char **rest, char *to, size_t n)
{
	const char *s = strsep(rest, "\t");

	if (!s || strlen(s) >= n) {
		fprintf(stderr, "a table is not as this test expects it: %s\n", s ? s : "(nothing)");
		exit(EXIT_FAILURE);
	}
	memcpy(to, s, strlen(s) + 1);
}

static void load_tables(void)
{
	FILE *types = open_table("stream_fields.tsv"), *truth = open_table("stream_truth.tsv");
	char row[512], name[40], *rest;
	char cell[8];

	next_row(types, row, sizeof(row));
	next_row(truth, rest = row, sizeof(row));
	take(&rest, name, sizeof(name));
	for (size_t c = 0; c < N_COLUMNS; c++) {
		take(&rest, name, sizeof(name));
		if (strcmp(name, columns[c].name) != 0)
			exit(EXIT_FAILURE);
	}
	for (size_t f = 0; f < N_FIELDS; f++) {
		struct field_row *r = &fields[f];

		if (!next_row(types, rest = row, sizeof(row)))
			exit(EXIT_FAILURE);
		take(&rest, r->name, sizeof(r->name));
		take(&rest, r->type, sizeof(r->type));
		take(&rest, r->limit, sizeof(r->limit));
		take(&rest, r->values, sizeof(r->values));
		take(&rest, r->sample, sizeof(r->sample));

		if (!next_row(truth, rest = row, sizeof(row)))
			exit(EXIT_FAILURE);
		take(&rest, name, sizeof(name));
		if (strcmp(name, r->name) != 0)
			exit(EXIT_FAILURE);
		for (size_t c = 0; c < N_COLUMNS; c++) {
			take(&rest, cell, sizeof(cell));
			if (strlen(cell) != 1 || !strchr("ROF-", cell[0]))
				exit(EXIT_FAILURE);
			r->cell[c] = cell[0];
		}
	}
	fclose(types);
	fclose(truth);
}

static size_t field_no(const char *name)
{
	for (size_t f = 0; f < N_FIELDS; f++) {
		if (strcmp(fields[f].name, name) == 0)
			return f;
	}
	ck_abort_msg("no field %s", name);
}

static bool is_text(size_t f)
{
	return strcmp(fields[f].type, "text") == 0;
}

/* ------------------------------------------------------------------ drafts */

static void draft_set(struct draft *d, const char *name, const char *json)
{
	d->json[field_no(name)] = json;
}

/* A good event of a column: what is required of it, with all it may have too if @full. */
static void draft_column(struct draft *d, size_t c, bool full)
{
	*d = (struct draft) {};
	for (size_t f = 0; f < N_FIELDS; f++) {
		if (fields[f].cell[c] == 'R' || (full && fields[f].cell[c] != 'F'))
			d->json[f] = fields[f].sample;
	}
	(void) snprintf(d->stage, sizeof(d->stage), "\"%s\"", columns[c].stage);
	(void) snprintf(d->event_type, sizeof(d->event_type), "\"%s\"", columns[c].event_type);
	draft_set(d, "stage", d->stage);
	draft_set(d, "event_type", d->event_type);
	if (columns[c].outcome) {
		(void) snprintf(d->outcome, sizeof(d->outcome), "\"%s\"", columns[c].outcome);
		draft_set(d, "outcome", d->outcome);
	}
}

/* An event of a stage nobody documents, to which no rule applies. */
static void draft_generic(struct draft *d)
{
	*d = (struct draft) {};
	draft_set(d, "stage", "\"NetworkSwitched\"");
	draft_set(d, "event_type", "\"wifi-to-cell\"");
	draft_set(d, "timestamp", "\"2026-08-21T14:00:04.5+02:00\"");
}

static void draft_print(const struct draft *d, const char *extra, char *line)
{
	int n = snprintf(line, MAX_LINE, "{\"events\":[{");
	const char *comma = "";

	for (size_t f = 0; f < N_FIELDS; f++) {
		if (!d->json[f])
			continue;
		n += snprintf(line + n, (size_t) (MAX_LINE - n), "%s\"%s\":%s", comma, fields[f].name, d->json[f]);
		comma = ",";
	}
	if (extra)
		n += snprintf(line + n, (size_t) (MAX_LINE - n), "%s%s", comma, extra);
	n += snprintf(line + n, (size_t) (MAX_LINE - n), "}]}");
	ck_assert_int_lt(n, MAX_LINE);
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

static void judge_line(struct verdict *v, const char *line, bool strict)
{
	static const struct origin origin = { .app = "test" };
	struct line_source from = {
		.hello = &v->hello, .origin = &origin, .line_no = 1,
		.now_us = INT64_C(1787400000000000),
	};

	v->reader.options.strict = strict;
	ck_assert_int_eq(reader_line(&v->reader, &from, line, strlen(line), &v->batch), 0);
	ck_assert_msg(v->batch.n_items == 2, "%zu items came of one event: %s", v->batch.n_items, line);
	ck_assert_int_eq(v->batch.items[1].kind, ITEM_LINE_END);
	if (v->batch.items[0].kind == ITEM_EVENT)
		v->event = v->batch.items[0].event;
	else
		v->reject = v->batch.items[0].reject;
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

/* The line is stored, with exactly the violations @want ("" for none; else "field rule"). */
static void expect_line(const char *line, const char *want)
{
	_cleanup_(verdict_deinit) struct verdict v = {};

	judge_line(&v, line, false);
	ck_assert_msg(strcmp(told(&v), want) == 0, "wanted \"%s\", got \"%s\": %s", want, told(&v), line);
}

static void expect(const struct draft *d, const char *want)
{
	char line[MAX_LINE];

	draft_print(d, NULL, line);
	expect_line(line, want);
}

static void expect_rule(const struct draft *d, size_t f, const char *rule)
{
	char want[128];

	(void) snprintf(want, sizeof(want), "%.40s %s", fields[f].name, rule);
	expect(d, want);
}

static void expect_rejected(const struct draft *d, const char *code, const char *field)
{
	char want[128];

	(void) snprintf(want, sizeof(want), "rejected %s %s", code, field);
	expect(d, want);
}

/* ------------------------------------------------------------------- cells */

START_TEST(a_complete_event_of_every_column_is_stored_without_a_violation)
{
	struct draft d;

	for (size_t c = 0; c < N_COLUMNS; c++) {
		draft_column(&d, c, false);
		expect(&d, "");
		draft_column(&d, c, true);
		expect(&d, "");
	}
}
END_TEST

START_TEST(a_required_field_that_is_missing_null_or_empty_is_flagged_and_nothing_else_is)
{
	static const char *const absent[] = { NULL, "null", "\"\"" };
	struct draft d;

	for (size_t c = 0; c < N_COLUMNS; c++) {
		for (size_t f = 0; f < N_FIELDS; f++) {
			if (fields[f].cell[c] != 'R')
				continue;
			for (size_t a = 0; a < N_ELEMENTS(absent); a++) {
				for (int full = 0; full < 2; full++) {
					draft_column(&d, c, full);
					d.json[f] = absent[a];
					expect_rule(&d, f, "required");
				}
			}
		}
	}
}
END_TEST

START_TEST(a_forbidden_field_is_flagged_and_nothing_else_is)
{
	struct draft d;

	for (size_t c = 0; c < N_COLUMNS; c++) {
		for (size_t f = 0; f < N_FIELDS; f++) {
			if (fields[f].cell[c] != 'F')
				continue;
			draft_column(&d, c, false);
			d.json[f] = fields[f].sample;
			expect_rule(&d, f, "forbidden");
			d.json[f] = "null";
			expect(&d, "");
			d.json[f] = "\"\"";
			expect(&d, "");
		}
	}
}
END_TEST

START_TEST(an_initiated_event_with_an_outcome_breaks_that_one_rule_whichever_outcome_it_is)
{
	struct draft d;
	size_t outcome = field_no("outcome");

	for (size_t c = 0; c < N_COLUMNS; c++) {
		if (fields[outcome].cell[c] != 'F')
			continue;
		draft_column(&d, c, true);
		d.json[outcome] = "\"failure\"";
		expect_rule(&d, outcome, "forbidden");
	}
}
END_TEST

START_TEST(an_optional_or_unmentioned_field_may_come_or_stay_away)
{
	struct draft d;

	for (size_t c = 0; c < N_COLUMNS; c++) {
		for (size_t f = 0; f < N_FIELDS; f++) {
			if (!strchr("O-", fields[f].cell[c]))
				continue;
			draft_column(&d, c, false);
			d.json[f] = fields[f].sample;
			expect(&d, "");
			d.json[f] = "null";
			expect(&d, "");
			draft_column(&d, c, true);
			d.json[f] = NULL;
			expect(&d, "");
		}
	}
}
END_TEST

START_TEST(two_broken_rules_are_both_told)
{
	struct draft d;
	char line[MAX_LINE];

	for (size_t c = 0; c < N_COLUMNS; c++) {
		for (size_t f = 0; f < N_FIELDS; f++) {
			for (size_t g = f + 1; g < N_FIELDS; g++) {
				_cleanup_(verdict_deinit) struct verdict v = {};

				/* Without its stage, event type or outcome an event is of no column. */
				if (fields[f].cell[c] != 'R' || fields[g].cell[c] != 'R' ||
				    f == field_no("stage") || g == field_no("stage") ||
				    f == field_no("event_type") || g == field_no("event_type") ||
				    f == field_no("outcome") || g == field_no("outcome"))
					continue;
				draft_column(&d, c, false);
				d.json[f] = d.json[g] = NULL;
				draft_print(&d, NULL, line);
				judge_line(&v, line, false);
				ck_assert_msg(v.event && v.event->n_violations == 2, "%s: %s", told(&v), line);
			}
		}
	}
}
END_TEST

/* ------------------------------------------------- what the columns leave open */

START_TEST(a_stage_nobody_documents_has_no_rules_but_its_three_basics)
{
	static const char *const basics[] = { "stage", "event_type", "timestamp" };
	struct draft d;

	draft_generic(&d);
	expect(&d, "");
	for (size_t f = 0; f < N_FIELDS; f++) {
		if (d.json[f])
			continue;
		d.json[f] = fields[f].sample;
		expect(&d, "");
		d.json[f] = NULL;
	}
	for (size_t i = 0; i < N_ELEMENTS(basics); i++) {
		draft_generic(&d);
		draft_set(&d, basics[i], NULL);
		expect_rule(&d, field_no(basics[i]), "required");
	}
}
END_TEST

START_TEST(a_missing_timestamp_is_a_violation_though_the_envelope_has_the_time)
{
	_cleanup_(verdict_deinit) struct verdict v = {};

	expect_line("{\"source\":\"stream\",\"event\":{\"stage\":\"X\",\"event_type\":\"y\"}}", "timestamp required");
	judge_line(&v, "{\"source\":\"stream\",\"at\":\"2026-08-21T11:32:45Z\",\"event\":"
		       "{\"stage\":\"X\",\"event_type\":\"y\"}}", false);
	ck_assert_str_eq(told(&v), "timestamp required");
	ck_assert_int_eq(v.event->at_us, INT64_C(1787311965000000));
	ck_assert(!v.event->stamped);
}
END_TEST

/* The rule all columns of @c's stage (or its completed ones) agree on: 'R', 'F' or '-'. */
static char agreed(size_t f, size_t c, bool completed_alone)
{
	char rule = '\0';

	for (size_t k = 0; k < N_COLUMNS; k++) {
		char cell = fields[f].cell[k];

		if (strcmp(columns[k].stage, columns[c].stage) != 0)
			continue;
		if (completed_alone && strcmp(columns[k].event_type, "completed") != 0)
			continue;
		if (cell == 'O')
			cell = '-';
		if (rule && rule != cell)
			return '-';
		rule = cell;
	}
	return rule;
}

START_TEST(a_third_event_type_of_a_lifecycle_stage_is_held_to_what_all_its_columns_agree_on)
{
	static const char *const first_columns[] = { "JI", "CWi", "CJi", "WJi", "PCi" };
	struct draft base, d;

	for (size_t c = 0; c < N_COLUMNS; c++) {
		bool first = false;

		for (size_t i = 0; i < N_ELEMENTS(first_columns); i++)
			first = first || strcmp(columns[c].name, first_columns[i]) == 0;
		if (!first)
			continue;
		draft_column(&base, c, false);
		draft_set(&base, "event_type", "\"progress\"");
		expect(&base, "");
		for (size_t f = 0; f < N_FIELDS; f++) {
			char rule = agreed(f, c, false);

			if (f == field_no("event_type"))
				continue;
			d = base;
			d.json[f] = rule == 'R' ? NULL : fields[f].sample;
			if (rule == '-')
				expect(&d, "");
			else
				expect_rule(&d, f, rule == 'R' ? "required" : "forbidden");
		}
	}
}
END_TEST

START_TEST(a_completion_without_an_outcome_is_held_to_what_success_and_failure_agree_on)
{
	struct draft base, d;
	size_t outcome = field_no("outcome");

	for (size_t c = 0; c < N_COLUMNS; c++) {
		if (!columns[c].outcome || strcmp(columns[c].outcome, "failure") != 0)
			continue;
		draft_column(&base, c, true);
		base.json[outcome] = NULL;
		for (size_t f = 0; f < N_FIELDS; f++) {
			if (f == outcome || f == field_no("stage") || f == field_no("event_type"))
				continue;
			d = base;
			d.json[f] = NULL;
			if (agreed(f, c, true) == 'R') {
				char line[MAX_LINE];
				_cleanup_(verdict_deinit) struct verdict v = {};

				draft_print(&d, NULL, line);
				judge_line(&v, line, false);
				ck_assert_msg(v.event && v.event->n_violations == 2, "%s: %s", told(&v), line);
			} else {
				expect_rule(&d, outcome, "required");
			}
		}
	}
}
END_TEST

START_TEST(first_frames_never_complete)
{
	struct draft d;

	/* The vendor says so of both frames, in as many words; of permissions only that they tell a result. */
	for (size_t c = N_COLUMNS - 3; c < N_COLUMNS; c++) {
		const char *want = c < N_COLUMNS - 1 ? "event_type forbidden" : "";

		draft_column(&d, c, true);
		draft_set(&d, "event_type", "\"completed\"");
		expect(&d, want);
		draft_set(&d, "outcome", NULL);
		expect(&d, want);
	}
}
END_TEST

START_TEST(the_attempt_id_unknown_counts_as_none)
{
	_cleanup_(verdict_deinit) struct verdict v = {};
	char line[MAX_LINE];
	struct draft d;
	size_t f = field_no("join_attempt_id");

	for (size_t c = 0; c < N_COLUMNS; c++) {
		draft_column(&d, c, false);
		d.json[f] = "\"unknown\"";
		if (fields[f].cell[c] == 'R')
			expect_rule(&d, f, "required");
		else
			expect(&d, "");
	}
	draft_print(&d, NULL, line);
	judge_line(&v, line, false);
	ck_assert_int_eq(values_at(&v.event->values, f)->kind, VALUE_ABSENT);
}
END_TEST

START_TEST(strict_conformance_rejects_what_would_be_flagged_with_the_rule_as_code)
{
	static const struct {
		const char *column, *field, *json, *want;
	} cases[] = {
		{ "CJi", "type", NULL, "rejected required type" },
		{ "JI", "stage_id", "\"s\"", "rejected forbidden stage_id" },
		{ "PCf", "ice_state", "\"THAWED\"", "rejected unknown ice_state" },
		{ "PCs", "stage", NULL, "rejected required stage" },
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(verdict_deinit) struct verdict v = {};
		char line[MAX_LINE];
		struct draft d;
		size_t c = 0;

		while (strcmp(columns[c].name, cases[i].column) != 0)
			c++;
		draft_column(&d, c, false);
		draft_set(&d, cases[i].field, cases[i].json);
		draft_print(&d, NULL, line);
		judge_line(&v, line, true);
		ck_assert_str_eq(told(&v), cases[i].want);
	}
}
END_TEST

/* ---------------------------------------------------------- types and limits */

START_TEST(a_value_of_another_json_type_is_rejected)
{
	static const char *const wrong_texts[] = { "7", "1.5", "true", "[]", "[\"a\"]", "{}", "{\"a\":1}" };
	static const char *const wrong_ints[] = { "\"5\"", "1.5", "true", "[]", "{}" };
	static const char *const wrong_bools[] = { "\"true\"", "0", "1", "[]", "{}" };
	static const char *const wrong_times[] = { "true", "[]", "{}" };
	struct draft d;

	for (size_t f = 0; f < N_FIELDS; f++) {
		const char *const *wrong = wrong_times;
		size_t n = N_ELEMENTS(wrong_times);

		if (is_text(f)) {
			wrong = wrong_texts;
			n = N_ELEMENTS(wrong_texts);
		} else if (strcmp(fields[f].type, "int") == 0) {
			wrong = wrong_ints;
			n = N_ELEMENTS(wrong_ints);
		} else if (strcmp(fields[f].type, "bool") == 0) {
			wrong = wrong_bools;
			n = N_ELEMENTS(wrong_bools);
		}
		for (size_t i = 0; i < n; i++) {
			draft_generic(&d);
			d.json[f] = wrong[i];
			expect_rejected(&d, "bad-type", fields[f].name);
		}
	}
}
END_TEST

/* @n times @what between quotes. */
static const char *repeated(const char *what, size_t n, char *to)
{
	char *end = to;

	*end++ = '"';
	for (size_t i = 0; i < n; i++)
		end = stpcpy(end, what);
	(void) stpcpy(end, "\"");
	return to;
}

START_TEST(a_text_may_be_as_long_as_its_limit_in_characters_and_not_one_longer)
{
	/* Of one to four bytes, and written as escapes: each counts as one. */
	static const char *const letters[] = { "a", "é", "語", "😀", "\\u00e9", "\\n" };
	static char text[2001 * 6 + 3];
	static char line[MAX_LINE];
	struct draft d;

	for (size_t f = 0; f < N_FIELDS; f++) {
		if (!is_text(f) || strncmp(fields[f].values, "closed", 6) == 0)
			continue;
		for (size_t k = 0; k < N_ELEMENTS(letters); k++) {
			size_t limit = strtoul(fields[f].limit, NULL, 10);
			bool known = strncmp(fields[f].values, "known", 5) == 0;

			draft_generic(&d);
			for (size_t over = 0; over < 2; over++) {
				_cleanup_(verdict_deinit) struct verdict v = {};
				char want[128] = "";

				if (over)
					(void) snprintf(want, sizeof(want), "rejected too-long %.40s", fields[f].name);
				else if (known)
					(void) snprintf(want, sizeof(want), "%.40s unknown", fields[f].name);
				d.json[f] = repeated(letters[k], limit + over, text);
				draft_print(&d, NULL, line);
				judge_line(&v, line, false);
				ck_assert_msg(strcmp(told(&v), want) == 0, "%s, %zu × %s: %s", fields[f].name,
					      limit + over, letters[k], told(&v));
			}
		}
	}
}
END_TEST

START_TEST(an_integer_outside_its_range_is_rejected)
{
	static const struct {
		const char *field, *json, *want;
	} cases[] = {
		{ "retry_count_attempt", "0", "" },
		{ "retry_count_attempt", "1000", "" },
		{ "retry_count_attempt", "1e3", "" },
		{ "retry_count_attempt", "5.0", "" },
		{ "retry_count_attempt", "-0", "" },
		{ "retry_count_attempt", "1001", "rejected out-of-range retry_count_attempt" },
		{ "retry_count_attempt", "-1", "rejected out-of-range retry_count_attempt" },
		{ "retry_count_attempt", "4294967296", "rejected out-of-range retry_count_attempt" },
		{ "elapsed_time", "0", "" },
		{ "elapsed_time", "9223372036854775807", "" },
		{ "elapsed_time", "-1", "rejected out-of-range elapsed_time" },
	};
	struct draft d;

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		draft_generic(&d);
		draft_set(&d, cases[i].field, cases[i].json);
		expect(&d, cases[i].want);
	}
}
END_TEST

START_TEST(a_number_no_integer_can_hold_is_rejected)
{
	static const char *const numbers[] = { "9223372036854775808", "1e400", "-9223372036854775809" };

	for (size_t i = 0; i < N_ELEMENTS(numbers); i++) {
		_cleanup_(verdict_deinit) struct verdict v = {};
		char line[MAX_LINE];
		struct draft d;

		draft_generic(&d);
		draft_set(&d, "elapsed_time", numbers[i]);
		draft_print(&d, NULL, line);
		judge_line(&v, line, false);
		ck_assert_msg(v.reject && strcmp(v.reject->problems[0].code, "bad-number") == 0, "%s: %s", told(&v), line);
	}
}
END_TEST

START_TEST(closed_enums_take_their_values_and_no_other_and_spelling_counts)
{
	struct draft d;

	for (size_t f = 0; f < N_FIELDS; f++) {
		char list[80], json[80], *rest = list, *value;

		if (strncmp(fields[f].values, "closed:", 7) != 0)
			continue;
		(void) stpcpy(list, fields[f].values + 7);
		while ((value = strsep(&rest, ","))) {
			draft_generic(&d);
			d.json[f] = json;
			(void) snprintf(json, sizeof(json), "\"%s\"", value);
			expect(&d, "");
			(void) snprintf(json, sizeof(json), "\"%sx\"", value);
			expect_rejected(&d, "bad-value", fields[f].name);
			(void) snprintf(json, sizeof(json), "\"%.*s\"", (int) strlen(value) - 1, value);
			expect_rejected(&d, "bad-value", fields[f].name);
			value[0] ^= 0x20;
			(void) snprintf(json, sizeof(json), "\"%s\"", value);
			expect_rejected(&d, "bad-value", fields[f].name);
		}
	}
}
END_TEST

START_TEST(an_undocumented_ice_state_is_flagged_and_other_open_values_are_not)
{
	static const char *const open[] = { "join_reason", "retry_failure_code", "sdk_version", "type" };
	struct draft d;

	draft_generic(&d);
	draft_set(&d, "ice_state", "\"CONNECTED\"");
	expect(&d, "");
	draft_set(&d, "ice_state", "\"NOT_CONNECTED\"");
	expect(&d, "");
	draft_set(&d, "ice_state", "\"connected\"");
	expect(&d, "ice_state unknown");
	draft_column(&d, 12, true);
	draft_set(&d, "ice_state", "\"CHECKING\"");
	expect(&d, "ice_state unknown");
	for (size_t i = 0; i < N_ELEMENTS(open); i++) {
		draft_generic(&d);
		draft_set(&d, open[i], "\"never seen before\"");
		expect(&d, "");
	}
}
END_TEST

START_TEST(every_violated_field_is_told_when_an_event_is_rejected)
{
	_cleanup_(verdict_deinit) struct verdict v = {};
	char line[MAX_LINE];
	struct draft d;
	size_t n_found = 0;

	draft_column(&d, 12, true);
	draft_set(&d, "outcome", "\"maybe\"");
	draft_set(&d, "retry_count_attempt", "1001");
	draft_set(&d, "user_id", "17");
	draft_print(&d, NULL, line);
	judge_line(&v, line, false);
	ck_assert_ptr_nonnull(v.reject);
	for (size_t i = 0; i < v.reject->n_problems; i++) {
		const char *field = v.reject->problems[i].field;

		ck_assert_ptr_nonnull(field);
		n_found += strcmp(field, "outcome") == 0 || strcmp(field, "retry_count_attempt") == 0 ||
			strcmp(field, "user_id") == 0;
	}
	ck_assert_uint_eq(n_found, 3);
}
END_TEST

START_TEST(fields_nobody_documents_are_kept)
{
	_cleanup_(verdict_deinit) struct verdict v = {};
	char line[MAX_LINE];
	struct draft d;

	draft_generic(&d);
	draft_print(&d, "\"call_cid\":\"default:standup\",\"x\":{\"b\":1,\"a\":[1.50,null]},\"gone\":null", line);
	judge_line(&v, line, false);
	ck_assert_str_eq(told(&v), "");
	ck_assert_str_eq(v.event->extra, "{\"call_cid\":\"default:standup\",\"x\":{\"a\":[1.5,null],\"b\":1}}");
}
END_TEST

/* -------------------------------------------------------------------- times */

START_TEST(all_spellings_of_an_instant_are_one_event)
{
	static const char *const spellings[] = {
		"\"2026-08-21T11:32:45.123Z\"", "\"2026-08-21T11:32:45.123000Z\"",
		"\"2026-08-21T11:32:45.123000000Z\"", "\"2026-08-21T11:32:45.1230Z\"",
		"\"2026-08-21T13:32:45.123+02:00\"", "\"2026-08-21T06:02:45.123-05:30\"",
		"\"2026-08-22T01:17:45.123+13:45\"", "\"2026-08-21T11:32:45.123+00:00\"",
		"\"2026-08-21T11:32:45.123-00:00\"", "1787311965123000000",
	};
	uint64_t digest = 0;

	for (size_t i = 0; i < N_ELEMENTS(spellings); i++) {
		_cleanup_(verdict_deinit) struct verdict v = {};
		char line[MAX_LINE];
		struct draft d;

		draft_column(&d, 12, true);
		draft_set(&d, "timestamp", spellings[i]);
		draft_set(&d, "previously_connected_timestamp", spellings[i]);
		draft_print(&d, NULL, line);
		judge_line(&v, line, false);
		ck_assert_str_eq(told(&v), "");
		ck_assert_int_eq(v.event->at_us, INT64_C(1787311965123000));
		ck_assert_int_eq(values_at(&v.event->values, field_no("previously_connected_timestamp"))->i,
				 INT64_C(1787311965123000));
		if (i == 0)
			digest = v.event->digest;
		ck_assert_msg(v.event->digest == digest, "%s is another event", spellings[i]);
	}
}
END_TEST

START_TEST(fractions_of_none_to_nine_digits_are_read)
{
	static const struct {
		const char *text;
		int64_t us;
	} cases[] = {
		{ "\"2026-08-21T11:32:45Z\"", INT64_C(1787311965000000) },
		{ "\"2026-08-21T11:32:45.1Z\"", INT64_C(1787311965100000) },
		{ "\"2026-08-21T11:32:45.12Z\"", INT64_C(1787311965120000) },
		{ "\"2026-08-21T11:32:45.1234Z\"", INT64_C(1787311965123400) },
		{ "\"2026-08-21T11:32:45.12345Z\"", INT64_C(1787311965123450) },
		{ "\"2026-08-21T11:32:45.123456Z\"", INT64_C(1787311965123456) },
		{ "\"2026-08-21T11:32:45.1234567Z\"", INT64_C(1787311965123456) },
		{ "\"2026-08-21T11:32:45.12345678Z\"", INT64_C(1787311965123456) },
		{ "\"2026-08-21T11:32:45.123456789Z\"", INT64_C(1787311965123456) },
		{ "\"2024-02-29T23:59:59.5-01:00\"", INT64_C(1709254799500000) },
		{ "0", 0 },
		{ "1787311966250000000", INT64_C(1787311966250000) },
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(verdict_deinit) struct verdict v = {};
		char line[MAX_LINE];
		struct draft d;

		draft_generic(&d);
		draft_set(&d, "timestamp", cases[i].text);
		draft_print(&d, NULL, line);
		judge_line(&v, line, false);
		ck_assert_msg(v.event && v.event->at_us == cases[i].us, "%s gave %" PRId64 " (%s)", cases[i].text,
			      v.event ? v.event->at_us : -1, told(&v));
		ck_assert(!v.event->stamped);
	}
}
END_TEST

START_TEST(what_is_no_time_is_rejected)
{
	static const char *const wrong[] = {
		"\"yesterday\"", "\"2026-08-21\"", "\"2026-08-21T11:32:45\"", "\"2026-08-21T11:32Z\"",
		"\"2026-13-01T00:00:00Z\"", "\"2026-02-29T00:00:00Z\"", "\"2026-08-21T24:00:00Z\"",
		"\"2026-08-21T11:60:00Z\"", "\"2026-08-21T11:32:45.Z\"", "\"2026-08-21T11:32:45.1234567890Z\"",
		"\"2026-08-21T11:32:45+25:00\"", "\"2026-08-21T11:32:45+0200\"", "\" 2026-08-21T11:32:45Z\"",
		"\"2026-08-21T11:32:45Zx\"", "\"1787311966250000000\"",
	};
	static const char *const time_fields[] = { "timestamp", "previously_connected_timestamp" };
	struct draft d;

	for (size_t i = 0; i < N_ELEMENTS(wrong); i++) {
		for (size_t k = 0; k < N_ELEMENTS(time_fields); k++) {
			draft_generic(&d);
			draft_set(&d, time_fields[k], wrong[i]);
			expect_rejected(&d, "bad-time", time_fields[k]);
		}
	}
}
END_TEST

/* ------------------------------------------------------------- same event */

static uint64_t digest_of_line(const char *line)
{
	_cleanup_(verdict_deinit) struct verdict v = {};

	judge_line(&v, line, false);
	ck_assert_msg(v.event != NULL, "%s: %s", told(&v), line);
	return v.event->digest;
}

START_TEST(spelling_does_not_make_another_event)
{
	uint64_t digest = digest_of_line("{\"events\":[{\"stage\":\"X\",\"event_type\":\"é\",\"timestamp\":0,\"x\":10}]}");

	ck_assert_uint_eq(digest, digest_of_line(
		" { \"events\" : [ { \"x\" : 1e1 , \"timestamp\":\"1970-01-01T00:00:00Z\","
		"\"event_type\":\"\\u00e9\",\"stage\":\"X\",\"type\":null,\"id\":\"\",\"y\":null } ] } "));
	ck_assert_uint_eq(digest, digest_of_line("{\"stage\":\"X\",\"event_type\":\"é\",\"timestamp\":0,\"x\":10}"));
	ck_assert_uint_eq(digest, digest_of_line("{\"source\":\"stream\",\"event\":"
		"{\"stage\":\"X\",\"event_type\":\"é\",\"timestamp\":0,\"x\":10}}"));
	ck_assert_uint_ne(digest, digest_of_line("{\"stage\":\"X\",\"event_type\":\"é\",\"timestamp\":0,\"x\":11}"));
	ck_assert_uint_ne(digest, digest_of_line("{\"stage\":\"X\",\"event_type\":\"é\",\"timestamp\":0}"));
	ck_assert_uint_ne(digest, digest_of_line("{\"stage\":\"X\",\"event_type\":\"e\",\"timestamp\":0,\"x\":10}"));
	ck_assert_uint_ne(digest, digest_of_line("{\"source\":\"stream\",\"app\":\"other\",\"event\":"
		"{\"stage\":\"X\",\"event_type\":\"é\",\"timestamp\":0,\"x\":10}}"));
	ck_assert_uint_ne(digest, digest_of_line("{\"source\":\"stream\",\"id\":\"b1\",\"event\":"
		"{\"stage\":\"X\",\"event_type\":\"é\",\"timestamp\":0,\"x\":10}}"));
}
END_TEST

START_TEST(a_value_that_moves_to_the_next_field_makes_another_event)
{
	ck_assert_uint_ne(digest_of_line("{\"stage\":\"X\",\"event_type\":\"y\",\"timestamp\":0,\"track_id\":\"a\"}"),
			  digest_of_line("{\"stage\":\"X\",\"event_type\":\"y\",\"timestamp\":0,\"sfu_id\":\"a\"}"));
	ck_assert_uint_ne(digest_of_line("{\"stage\":\"X\",\"event_type\":\"yz\",\"timestamp\":0}"),
			  digest_of_line("{\"stage\":\"Xy\",\"event_type\":\"z\",\"timestamp\":0}"));
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("stream truth");

	load_tables();
	tcase_add_test(t, a_complete_event_of_every_column_is_stored_without_a_violation);
	tcase_add_test(t, a_required_field_that_is_missing_null_or_empty_is_flagged_and_nothing_else_is);
	tcase_add_test(t, a_forbidden_field_is_flagged_and_nothing_else_is);
	tcase_add_test(t, an_initiated_event_with_an_outcome_breaks_that_one_rule_whichever_outcome_it_is);
	tcase_add_test(t, an_optional_or_unmentioned_field_may_come_or_stay_away);
	tcase_add_test(t, two_broken_rules_are_both_told);
	tcase_add_test(t, a_stage_nobody_documents_has_no_rules_but_its_three_basics);
	tcase_add_test(t, a_missing_timestamp_is_a_violation_though_the_envelope_has_the_time);
	tcase_add_test(t, a_third_event_type_of_a_lifecycle_stage_is_held_to_what_all_its_columns_agree_on);
	tcase_add_test(t, a_completion_without_an_outcome_is_held_to_what_success_and_failure_agree_on);
	tcase_add_test(t, first_frames_never_complete);
	tcase_add_test(t, the_attempt_id_unknown_counts_as_none);
	tcase_add_test(t, strict_conformance_rejects_what_would_be_flagged_with_the_rule_as_code);
	tcase_add_test(t, a_value_of_another_json_type_is_rejected);
	tcase_add_test(t, a_text_may_be_as_long_as_its_limit_in_characters_and_not_one_longer);
	tcase_add_test(t, an_integer_outside_its_range_is_rejected);
	tcase_add_test(t, a_number_no_integer_can_hold_is_rejected);
	tcase_add_test(t, closed_enums_take_their_values_and_no_other_and_spelling_counts);
	tcase_add_test(t, an_undocumented_ice_state_is_flagged_and_other_open_values_are_not);
	tcase_add_test(t, every_violated_field_is_told_when_an_event_is_rejected);
	tcase_add_test(t, fields_nobody_documents_are_kept);
	tcase_add_test(t, all_spellings_of_an_instant_are_one_event);
	tcase_add_test(t, fractions_of_none_to_nine_digits_are_read);
	tcase_add_test(t, what_is_no_time_is_rejected);
	tcase_add_test(t, spelling_does_not_make_another_event);
	tcase_add_test(t, a_value_that_moves_to_the_next_field_makes_another_event);
	return unit_main("stream truth", t);
}
