#pragma once

/*
 * A vendor's documents as a table of members, tried cell by cell.
 *
 * Each row of tests/dialect/<vendor>.tsv is a member of some of its events. From
 * the rows come whole lines of JSON: complete ones, and such that differ from
 * them in one member. They are given to the reader that the daemon uses. What a
 * member's faults are called follows from where it stands.
 */

#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dialect/dialect.h"
#include "dialect/reader.h"
#include "util/macros.h"

enum { MAX_MEMBERS = 64, MAX_EVENTS = 40, MAX_DRAFT = 256, MAX_VALUES = 16, MAX_TEXT_JSON = 4096 };

struct member {
	char events[600], name[48], type[400], sample[128], broken[80];
	char need;	/* M, O or F */
};

static struct member members[MAX_MEMBERS];
static size_t n_members;
static char events[MAX_EVENTS][40];	/* every name that a row gives */
static size_t n_events;
static const struct member *kind;	/* the row of the event's name */
static const char *source;

/* An event in the making: the JSON of each member, NULL where it is left out. */
struct draft {
	const char *event;
	const char *json[MAX_MEMBERS];
};

/* ------------------------------------------------------------------- table */

static void add_events(const char *list)
{
	char copy[600], *rest = copy, *name;

	(void) snprintf(copy, sizeof(copy), "%s", list);
	while ((name = strsep(&rest, ","))) {
		size_t e;

		for (e = 0; e < n_events && strcmp(events[e], name) != 0; e++)
			;
		if (e == n_events && strcmp(name, "*") != 0 && n_events < MAX_EVENTS)
			(void) snprintf(events[n_events++], sizeof(events[0]), "%.39s", name);
	}
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

/* Read tests/dialect/@file; its events are enveloped as of @of. */
static void load_table(const char *of, const char *file)
{
	const char *srcdir = getenv("srcdir");
	char path[4096], row[2048];
	bool head = true;
	FILE *f;

	source = of;
	(void) snprintf(path, sizeof(path), "%s/tests/dialect/%s", srcdir ? srcdir : ".", file);
	f = fopen(path, "re");
	if (!f) {
		fprintf(stderr, "%s: %m\n", path);
		exit(EXIT_FAILURE);
	}
	while (fgets(row, sizeof(row), f)) {
		struct member *m = &members[n_members];
		char need[4], *rest = row;

		row[strcspn(row, "\n")] = '\0';
		if (row[0] == '#')
			continue;
		if (head || n_members == MAX_MEMBERS) {
			head = false;
			continue;
		}
		take(&rest, m->events, sizeof(m->events));
		take(&rest, m->name, sizeof(m->name));
		take(&rest, need, sizeof(need));
		take(&rest, m->type, sizeof(m->type));
		take(&rest, m->sample, sizeof(m->sample));
		take(&rest, m->broken, sizeof(m->broken));
		m->need = need[0];
		if (strcmp(m->type, "kind") == 0)
			kind = m;
		add_events(m->events);
		n_members++;
	}
	fclose(f);
}

static bool is_of(const struct member *m, const char *event)
{
	const char *at = m->events;
	size_t n = strlen(event);

	if (strcmp(at, "*") == 0)
		return true;
	for (; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strncmp(at, event, n) == 0 && (at[n] == ',' || at[n] == '\0'))
			return true;
	return false;
}

static bool is_type(const struct member *m, const char *type)
{
	size_t n = strlen(type);

	return strncmp(m->type, type, n) == 0 && (m->type[n] == ' ' || m->type[n] == '\0');
}

/* The words of a closed or known list, as JSON. */
static size_t values_of(const struct member *m, char out[MAX_VALUES][64])
{
	char copy[400], *rest = copy, *word;
	size_t n = 0;

	(void) snprintf(copy, sizeof(copy), "%s", strchr(m->type, ' ') + 1);
	while ((word = strsep(&rest, "|")) && n < MAX_VALUES)
		(void) snprintf(out[n++], 64, "\"%.61s\"", word);
	return n;
}

/* ------------------------------------------------------------------ drafts */

/* A good event: what is mandatory of it, with all it may have too if @full. */
static void draft_event(struct draft *d, const char *event, bool full)
{
	*d = (struct draft) { .event = event };
	for (size_t i = 0; i < n_members; i++)
		if (&members[i] != kind && is_of(&members[i], event) &&
		    (members[i].need == 'M' || (full && members[i].need == 'O')))
			d->json[i] = members[i].sample;
}

static int print_object(const struct draft *d, const char *before, char *out, size_t n_out);

/* The members whose names begin with @before; objects where the first of their members stands. */
static int print_members(const struct draft *d, const char *before, char *out, size_t n_out)
{
	size_t n_before = strlen(before);
	const char *comma = "";
	int n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n_members; i++) {
		const char *name = members[i].name + n_before, *dot = strchr(name, '.');
		char inner[64];
		bool first = true;

		if (!d->json[i] || strncmp(members[i].name, before, n_before) != 0 ||
		    (!*before && (strncmp(name, "context.", 8) == 0 || strncmp(name, "[].", 3) == 0)))
			continue;
		if (!dot) {
			n += snprintf(out + n, n_out - (size_t) n, "%s\"%s\":%s", comma, name, d->json[i]);
			comma = ",";
			continue;
		}
		(void) snprintf(inner, sizeof(inner), "%s%.*s.", before, (int) (dot - name), name);
		for (size_t k = 0; k < i; k++)
			first &= !d->json[k] || strncmp(members[k].name, inner, strlen(inner)) != 0;
		if (!first)
			continue;
		n += snprintf(out + n, n_out - (size_t) n, "%s\"%.*s\":", comma, (int) (dot - name), name);
		n += print_object(d, inner, out + n, n_out - (size_t) n);
		comma = ",";
	}
	return n;
}

static int print_object(const struct draft *d, const char *before, char *out, size_t n_out)
{
	int n = snprintf(out, n_out, "{");

	n += print_members(d, before, out + n, n_out - (size_t) n);
	return n + snprintf(out + n, n_out - (size_t) n, "}");
}

static bool is_array(const char *event)
{
	for (size_t i = 0; i < n_members; i++)
		if (strncmp(members[i].name, "[].", 3) == 0 && is_of(&members[i], event))
			return true;
	return false;
}

static void print_draft(const struct draft *d, char *line, size_t n_line)
{
	char name[64], object[2 * MAX_TEXT_JSON];
	struct draft whole = *d;
	int n;

	(void) snprintf(name, sizeof(name), "\"%.60s\"", d->event);
	whole.json[kind - members] = name;
	print_object(&whole, "context.", object, sizeof(object));
	n = snprintf(line, n_line, "{\"source\":\"%s\",\"at\":\"2026-08-21T09:00:00Z\",\"context\":%s,\"event\":",
		     source, object);
	print_object(&whole, is_array(d->event) ? "[]." : "", object, sizeof(object));
	n += snprintf(line + n, n_line - (size_t) n, is_array(d->event) ? "[%s]}" : "%s}", object);
	ck_assert_int_lt(n, (int) n_line);
}

/* ---------------------------------------------------------------- verdicts */

struct verdict {
	struct reader reader;
	struct hello hello;
	struct batch batch;
};

static void verdict_deinit(struct verdict *v)
{
	reader_deinit(&v->reader);
	hello_deinit(&v->hello);
	batch_deinit(&v->batch);
}

/* The first item that comes of a line. Borrowed from @v. */
static const struct item *judge_line(struct verdict *v, const char *line)
{
	static const struct origin origin = { .app = "test" };
	struct line_source from = {
		.hello = &v->hello, .origin = &origin, .line_no = 1, .now_us = INT64_C(1787400000000000),
	};

	ck_assert_int_eq(reader_line(&v->reader, &from, line, strlen(line), &v->batch), 0);
	return &v->batch.items[0];
}

/* What became of a line's first event: "field rule, …" or "rejected code field". Owned by the caller. */
static char *told(const char *line)
{
	_cleanup_(verdict_deinit) struct verdict v = {};
	const struct item *item = judge_line(&v, line);
	char *text = calloc(1, 4096);
	int n = 0;

	ck_assert_ptr_nonnull(text);
	if (item->kind != ITEM_EVENT) {
		(void) snprintf(text, 4096, "rejected %s %s", item->reject->problems[0].code,
				item->reject->problems[0].field ? item->reject->problems[0].field : "-");
		return text;
	}
	for (size_t i = 0; i < item->event->n_violations && n < 3900; i++)
		n += snprintf(text + n, 4096 - (size_t) n, "%s%.60s %.20s", i ? ", " : "",
			      item->event->violations[i].field, item->event->violations[i].rule);
	return text;
}

static void expect_line(const char *line, const char *want)
{
	_cleanup_free_ char *got = told(line);

	ck_assert_msg(strcmp(got, want) == 0, "wanted \"%s\", got \"%s\": %s", want, got, line);
}

/* Of a line that is rejected: what its sender is told. */
static inline void expect_message(const char *line, const char *want)
{
	_cleanup_(verdict_deinit) struct verdict v = {};
	const struct item *item = judge_line(&v, line);

	ck_assert_int_eq(item->kind, ITEM_REJECT);
	ck_assert_str_eq(item->reject->problems[0].message, want);
}

static void expect(const struct draft *d, const char *want)
{
	char line[4 * MAX_TEXT_JSON];

	print_draft(d, line, sizeof(line));
	expect_line(line, want);
}

static void expect_rule(const struct draft *d, const struct member *m, const char *rule)
{
	char want[128];

	(void) snprintf(want, sizeof(want), "%s %s", m->name, rule);
	expect(d, want);
}

static void expect_rejected(const struct draft *d, const struct member *m, const char *code)
{
	bool item = strncmp(m->name, "[].", 3) == 0;
	char want[128];

	(void) snprintf(want, sizeof(want), "rejected %s %s%s", code, item ? "[0]." : "", m->name + (item ? 3 : 0));
	expect(d, want);
}

/* ------------------------------------------------------------------- cells */

/* Every member of every event, within an event complete but for it: @what is told what may be tried. */
static void each_member(char need, void (*what)(struct draft *d, size_t i))
{
	size_t n_tried = 0;

	for (size_t e = 0; e < n_events; e++) {
		for (size_t i = 0; i < n_members; i++) {
			struct draft d;

			if (&members[i] == kind || !is_of(&members[i], events[e]) ||
			    !strchr(need == '*' ? "MO" : (char[]) { need, 0 }, members[i].need))
				continue;
			for (int full = 0; full < 2; full++) {
				draft_event(&d, events[e], full);
				what(&d, i);
			}
			n_tried++;
		}
	}
	ck_assert_uint_gt(n_tried, 0);
}

static inline void try_absent(struct draft *d, size_t i)
{
	static const char *const absent[] = { NULL, "null", "\"\"" };

	for (size_t a = 0; a < N_ELEMENTS(absent); a++) {
		d->json[i] = absent[a];
		expect_rule(d, &members[i], "required");
	}
}

static inline void try_empty(struct draft *d, size_t i)
{
	d->json[i] = "null";
	expect(d, "");
	d->json[i] = "\"\"";
	expect(d, "");
}

static inline void try_forbidden(struct draft *d, size_t i)
{
	d->json[i] = members[i].sample;
	expect_rule(d, &members[i], "forbidden");
}

static inline void try_wrong_type(struct draft *d, size_t i)
{
	const struct member *m = &members[i];
	bool text = is_type(m, "text") || is_type(m, "closed") || is_type(m, "known");

	d->json[i] = text || is_type(m, "json") ? "7" : is_type(m, "time") ? "true" : "\"x\"";
	expect_rejected(d, m, "bad-type");
	if (!is_type(m, "json")) {
		d->json[i] = "[[1]]";
		expect_rejected(d, m, "bad-type");
	}
	if (is_type(m, "int")) {
		d->json[i] = "1.5";
		expect_rejected(d, m, "bad-type");
	}
	if (is_type(m, "time")) {
		d->json[i] = "1787344588000000000";
		expect_rejected(d, m, "bad-type");
		d->json[i] = "\"yesterday\"";
		expect_rejected(d, m, "bad-time");
	}
}

/* Texts of as many characters as there may be, of two bytes each where no pattern forbids it; and one more. */
static inline void try_length(struct draft *d, size_t i)
{
	const struct member *m = &members[i];
	char text[MAX_TEXT_JSON];
	int limit = 0;

	if (sscanf(m->type, "text %d", &limit) != 1)
		return;
	for (int more = 0; more < 2; more++) {
		int n = snprintf(text, sizeof(text), "%.*s", (int) strlen(m->sample) - 1, m->sample);

		for (int k = n - 1; k < limit + more; k++)
			n += snprintf(text + n, sizeof(text) - (size_t) n, "%s", strcmp(m->broken, "-") == 0 ? "é" : "a");
		(void) snprintf(text + n, sizeof(text) - (size_t) n, "\"");
		d->json[i] = text;
		if (more)
			expect_rejected(d, m, "too-long");
		else
			expect(d, "");
	}
}

static inline void try_pattern(struct draft *d, size_t i)
{
	if (strcmp(members[i].broken, "-") == 0)
		return;
	d->json[i] = members[i].broken;
	expect_rule(d, &members[i], "pattern");
}

static inline void try_list(struct draft *d, size_t i)
{
	const struct member *m = &members[i];
	char values[MAX_VALUES][64];
	size_t n;

	if (!is_type(m, "closed") && !is_type(m, "known"))
		return;
	n = values_of(m, values);
	for (size_t k = 0; k < n; k++) {
		d->json[i] = values[k];
		expect(d, "");
	}
	d->json[i] = "\"something else\"";
	if (is_type(m, "closed"))
		expect_rejected(d, m, "bad-value");
	else
		expect_rule(d, m, "unknown");
}

static inline void try_range(struct draft *d, size_t i)
{
	const struct member *m = &members[i];
	int least, most;
	char text[24];

	if (sscanf(m->type, "int %d %d", &least, &most) != 2 && sscanf(m->type, "number %d %d", &least, &most) != 2)
		return;
	d->json[i] = text;
	for (int x = least - 1; x <= most + 1; x++) {
		(void) snprintf(text, sizeof(text), "%d", x);
		if (x < least || x > most)
			expect_rejected(d, m, "out-of-range");
		else
			expect(d, "");
	}
}

START_TEST(a_complete_event_of_every_name_is_stored_without_a_violation)
{
	struct draft d;

	ck_assert_uint_gt(n_events, 0);
	for (size_t e = 0; e < n_events; e++) {
		draft_event(&d, events[e], false);
		expect(&d, "");
		draft_event(&d, events[e], true);
		expect(&d, "");
	}
}
END_TEST

START_TEST(a_mandatory_member_that_is_missing_null_or_empty_is_flagged_and_nothing_else_is)
{
	each_member('M', try_absent);
}
END_TEST

START_TEST(an_optional_member_may_be_null_or_empty)
{
	each_member('O', try_empty);
}
END_TEST

START_TEST(a_member_of_the_wrong_type_is_refused_by_name)
{
	each_member('*', try_wrong_type);
}
END_TEST

START_TEST(a_text_may_have_as_many_characters_as_documented_and_no_more)
{
	each_member('*', try_length);
}
END_TEST

START_TEST(a_closed_list_refuses_other_values_and_a_known_one_remarks_on_them)
{
	each_member('*', try_list);
}
END_TEST

START_TEST(a_name_that_nobody_documents_is_stored_and_flagged)
{
	struct draft d;

	draft_event(&d, events[0], true);
	d.event = "hand-raised";
	expect_rule(&d, kind, "unknown");
}
END_TEST

/* The tests that any vendor's table makes sense for. */
static inline void add_table_tests(TCase *tcase)
{
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, a_complete_event_of_every_name_is_stored_without_a_violation);
	tcase_add_test(tcase, a_mandatory_member_that_is_missing_null_or_empty_is_flagged_and_nothing_else_is);
	tcase_add_test(tcase, an_optional_member_may_be_null_or_empty);
	tcase_add_test(tcase, a_member_of_the_wrong_type_is_refused_by_name);
	tcase_add_test(tcase, a_text_may_have_as_many_characters_as_documented_and_no_more);
	tcase_add_test(tcase, a_closed_list_refuses_other_values_and_a_known_one_remarks_on_them);
	tcase_add_test(tcase, a_name_that_nobody_documents_is_stored_and_flagged);
}
