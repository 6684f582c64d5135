#include "wire/answer.h"

#include <inttypes.h>
#include <string.h>

#include "wire/canon.h"

/*
 * What is appended piece by piece: after the first failure nothing more is
 * written, and done() takes back what was.
 */
struct line {
	struct buf *out;
	size_t n_before;
	int r;
};

static struct line begin(struct buf *out)
{
	return (struct line) { .out = out, .n_before = out->n };
}

static int done(struct line *l)
{
	if (l->r == 0)
		l->r = buf_add_char(l->out, '\n');
	if (l->r < 0)
		l->out->n = l->n_before;
	return l->r;
}

static void add(struct line *l, const char *text)
{
	if (l->r == 0)
		l->r = buf_add_str(l->out, text);
}

static void add_u64(struct line *l, const char *before, uint64_t x)
{
	if (l->r == 0)
		l->r = buf_printf(l->out, "%s%" PRIu64, before, x);
}

static void add_text(struct line *l, const char *before, const char *text)
{
	add(l, before);
	if (l->r == 0)
		l->r = canon_string(text, strlen(text), l->out);
}

static void add_problem(struct line *l, const struct answer_problem *p)
{
	add_text(l, "\"code\":", p->code);
	if (p->field)
		add_text(l, ",\"field\":", p->field);
	add_text(l, ",\"message\":", p->message);
}

static void add_place(struct line *l, uint64_t line, uint32_t event, const char *verdict)
{
	add_u64(l, "{\"line\":", line);
	add_u64(l, ",\"event\":", event);
	add_text(l, ",\"verdict\":", verdict);
	add(l, ",");
}

int answer_rejected(struct buf *out, uint64_t line, uint32_t event,
		    const struct answer_problem *problems, size_t n_problems)
{
	struct line l = begin(out);

	add_place(&l, line, event, "rejected");
	add_problem(&l, &problems[0]);
	for (size_t i = 0; n_problems > 1 && i < n_problems; i++) {
		add(&l, i == 0 ? ",\"problems\":[{" : ",{");
		add_problem(&l, &problems[i]);
		add(&l, "}");
	}
	add(&l, n_problems > 1 ? "]}" : "}");
	return done(&l);
}

int answer_flagged(struct buf *out, uint64_t line, uint32_t event,
		   const struct answer_violation *violations, size_t n_violations)
{
	struct line l = begin(out);

	add_place(&l, line, event, "flagged");
	add(&l, "\"violations\":[");
	for (size_t i = 0; i < n_violations; i++) {
		add_text(&l, i == 0 ? "{\"field\":" : ",{\"field\":", violations[i].field);
		add_text(&l, ",\"rule\":", violations[i].rule);
		add(&l, "}");
	}
	add(&l, "]}");
	return done(&l);
}

int answer_ack(struct buf *out, const struct answer_ack *ack)
{
	struct line l = begin(out);

	add_u64(&l, "{\"ack\":{\"lines\":", ack->lines);
	add_u64(&l, ",\"stored\":", ack->stored);
	add_u64(&l, ",\"flagged\":", ack->flagged);
	add_u64(&l, ",\"duplicate\":", ack->duplicate);
	add_u64(&l, ",\"rejected\":", ack->rejected);
	if (ack->untold > 0)
		add_u64(&l, ",\"untold\":", ack->untold);
	add(&l, "}}");
	return done(&l);
}

int answer_busy(struct buf *out, const char *code, const char *message)
{
	struct line l = begin(out);

	add_text(&l, "{\"busy\":{\"code\":", code);
	add_text(&l, ",\"message\":", message);
	add(&l, "}}");
	return done(&l);
}

int answer_error(struct buf *out, const char *code, const char *message, const char *hint)
{
	struct line l = begin(out);

	add_text(&l, "{\"error\":{\"code\":", code);
	add_text(&l, ",\"message\":", message);
	if (hint)
		add_text(&l, ",\"hint\":", hint);
	add(&l, "}}");
	return done(&l);
}

int answer_ok(struct buf *out, const char *what, int64_t n)
{
	struct line l = begin(out);

	add_text(&l, "{\"ok\":{", what);
	if (l.r == 0)
		l.r = buf_printf(out, ":%" PRId64, n);
	add(&l, "}}");
	return done(&l);
}
