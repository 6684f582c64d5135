/*
 * A line of the ingest socket, whatever it is, comes to items that hold what is promised
 * of them; read once more, or as its canon, it comes to the same events.
 *
 * The first byte of the input says what stands before the line: bit 0 strict conformance,
 * bit 1 a hello with a source, bit 2 a hello with an app, bit 3 the line is only refused.
 * Bits 4 to 6 say which source it is, bit 7 that the hello has a context.
 */

#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialect/dialect.h"
#include "dialect/reader.h"
#include "wire/canon.h"
#include "wire/limits.h"
#include "wire/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool so)
{
	if (!so)
		abort();
}

/* A connection with its hello said, and what its line came to. */
struct trial {
	struct reader reader;
	struct hello hello;
	struct batch batch;
};

static const struct origin origin = { .app = "app" };

static void trial_deinit(struct trial *t)
{
	reader_deinit(&t->reader);
	hello_deinit(&t->hello);
	batch_deinit(&t->batch);
}

static void run(struct trial *t, unsigned how, const char *line, size_t n)
{
	static const char context[] = ",\"context\":{\"name\":\"rtc-stats\",\"roomId\":\"r\",\"userId\":\"u\","
		"\"topicId\":\"t\",\"stageArn\":\"arn:aws:ivs:x:1:stage/a\",\"sessionId\":\"st-1\"}";
	char hello[400], source[50] = "";
	struct line_source from = { .hello = &t->hello, .origin = &origin, .line_no = 1, .now_us = 9 };

	if (how & 2)
		(void) snprintf(source, sizeof(source), "\"source\":\"%s\"",
				dialects[(how >> 4 & 7) % n_dialects]->source);
	(void) snprintf(hello, sizeof(hello), "{\"hello\":{%s%s%s%s}}", source,
			(how & 6) == 6 ? "," : "", how & 4 ? "\"app\":\"other\"" : "",
			how & 128 && how & 6 ? context : "");
	*t = (struct trial) { .reader.options.strict = how & 1 };
	require(reader_line(&t->reader, &from, hello, strlen(hello), &t->batch) == 0);
	require(t->batch.n_items == 1 && t->batch.n_events == 0);
	batch_reset(&t->batch);
	from.line_no++;
	if (how & 8)
		require(reader_refuse(&t->reader, &from, how & 1 ? "truncated" : "line-too-long",
				      line, n, n + 1, &t->batch) == 0);
	else
		require(reader_line(&t->reader, &from, line, n, &t->batch) == 0);
}

/* What can be quoted as JSON and read back without a fault is valid UTF-8; none is longer than is bearable. */
static void check_text(const char *s)
{
	struct scan scan = {};
	struct buf quoted = {};
	struct scan_fault fault;

	require(s && strlen(s) < 4096);
	require(canon_string(s, strlen(s), &quoted) == 0);
	require(scan_line(&scan, quoted.data, quoted.n, &fault) == 0 && scan.n_faults == 0);
	scan_deinit(&scan);
	buf_deinit(&quoted);
}

/*
 * Looked for in another way than the reader does: of a line cut short, whole ones only.
 * An e that is the last digit of an escape (\u006e, an n) begins none.
 */
static void check_no_jwt(const char *s, size_t n)
{
	static regex_t jwt;
	static bool ready;
	regmatch_t at = {};

	if (!ready)
		require(regcomp(&jwt, "eyJ[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]+\\.", REG_EXTENDED) == 0);
	ready = true;
	if (!memmem(s, n, "eyJ", 3))
		return;
	for (;; at.rm_so++) {
		at.rm_eo = (regoff_t) n;
		if (regexec(&jwt, s, 1, &at, REG_STARTEND) == REG_NOMATCH)
			return;
		require(at.rm_so >= 5 && s[at.rm_so - 5] == '\\' && s[at.rm_so - 4] == 'u');
	}
}

static void check_reject(const struct reject *r)
{
	require(r->n_problems > 0 && r->n_problems <= LIMIT_PROBLEMS);
	for (size_t i = 0; i < r->n_problems; i++) {
		const struct problem *p = &r->problems[i];

		check_text(p->code);
		check_text(p->message);
		check_no_jwt(p->message, strlen(p->message));
		require(*p->code && *p->message && !strpbrk(p->message, "\n\r"));
		if (p->field)
			check_text(p->field);
	}
	require(r->body && r->body[r->n_body] == '\0' && r->n_whole >= r->n_body);
	check_no_jwt(r->body, r->n_body);
}

static void check_extra(const char *extra, size_t n)
{
	struct scan scan = {};
	struct buf canon = {};
	struct scan_fault fault;

	if (!extra)
		return;
	require(strlen(extra) == n);
	check_no_jwt(extra, n);
	require(scan_line(&scan, extra, n, &fault) == 0 && scan.n_faults == 0);
	require(scan.nodes[0].type == JSON_OBJECT && scan.nodes[0].n > 0);
	require(canon_node(&scan, 0, &canon) == 0);
	require(canon.n == n && memcmp(canon.data, extra, n) == 0);
	scan_deinit(&scan);
	buf_deinit(&canon);
}

static void check_values(const struct values *values, size_t n_fields)
{
	require(n_fields == 64 || values->present >> n_fields == 0);
	for (unsigned f = 0; f < n_fields; f++) {
		const struct value *v = values_at(values, f);

		require((v->kind != VALUE_ABSENT) == (values->present >> f & 1));
		if (v->kind != VALUE_TEXT)
			continue;
		require(v->n > 0 && strlen(v->text) == v->n);
		check_no_jwt(v->text, v->n);
	}
}

static void check_event(const struct event *e, bool strict)
{
	require(e->at_us >= 0 && !(e->timed && e->stamped));
	if (e->sender_id)
		check_no_jwt(e->sender_id, strlen(e->sender_id));
	require(!strict || e->n_violations == 0);
	for (size_t i = 0; i < e->n_violations; i++)
		require(e->violations[i].field && e->violations[i].rule);
	check_values(&e->values, e->dialect->n_fields);
	for (unsigned f = 0; f < e->dialect->n_fields; f++)
		if (e->dialect->fields[f].role == ROLE_TIME && e->values.present >> f & 1)
			require(e->timed && (e->dialect->n_times > 0 || values_at(&e->values, f)->i == e->at_us));
	check_extra(e->extra, e->n_extra);
	require(e->n_items <= LIMIT_ITEMS);
	for (size_t n = 0; n < e->n_items; n++) {
		check_values(&e->items[n].values, e->dialect->items->n_fields);
		check_extra(e->items[n].extra, e->items[n].n_extra);
	}
	if (e->scope_name)
		require(e->scope_name->kind == VALUE_TEXT && e->scope_name->n > 0);
	if (e->scope_place)
		require(e->scope_name && e->scope_place->kind == VALUE_TEXT && e->scope_place->n > 0);
}

static void check_items(const struct trial *t, bool strict)
{
	const struct batch *b = &t->batch;

	require(b->n_items > 0 && b->n_events == b->n_items - 1);
	for (size_t i = 0; i < b->n_items; i++) {
		const struct item *item = &b->items[i];

		require(item->line_no == 2 && item->origin);
		require((item->kind == ITEM_LINE_END) == (i == b->n_items - 1));
		if (item->kind == ITEM_REJECT)
			check_reject(item->reject);
		else if (item->kind == ITEM_EVENT)
			check_event(item->event, strict);
	}
}

static void check_same(const struct trial *a, const struct trial *b)
{
	require(a->batch.n_items == b->batch.n_items);
	for (size_t i = 0; i < a->batch.n_items; i++) {
		const struct item *x = &a->batch.items[i], *y = &b->batch.items[i];

		require(x->kind == y->kind);
		if (x->kind == ITEM_EVENT)
			require(x->event->digest == y->event->digest &&
				x->event->at_us == y->event->at_us);
	}
}

/* The canon of the line, unless it has a number whose spelling decides whether it is an integer. */
static bool canon_of(const char *line, size_t n, struct buf *ret)
{
	struct scan scan = {};
	struct scan_fault fault;
	bool clean = scan_line(&scan, line, n, &fault) == 0 && scan.n_faults == 0;

	for (size_t i = 0; clean && i < scan.n_nodes; i++)
		clean = scan.nodes[i].type != JSON_REAL;
	if (clean)
		require(canon_node(&scan, 0, ret) == 0);
	scan_deinit(&scan);
	return clean;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct trial once, again;
	struct buf canon = {};
	const char *line = (const char *) data + 1;

	if (n == 0 || n > LIMIT_ENVELOPE_BYTES)
		return 0;
	run(&once, data[0], line, n - 1);
	check_items(&once, data[0] & 1);
	run(&again, data[0], line, n - 1);
	check_same(&once, &again);
	trial_deinit(&again);
	if (!(data[0] & 8) && canon_of(line, n - 1, &canon)) {
		run(&again, data[0], canon.data, canon.n);
		check_same(&once, &again);
		trial_deinit(&again);
	}
	buf_deinit(&canon);
	trial_deinit(&once);
	return 0;
}
