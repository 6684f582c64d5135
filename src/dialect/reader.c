#include "dialect/reader.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dialect/complain.h"
#include "dialect/engine.h"
#include "dialect/envelope.h"
#include "dialect/index.h"
#include "dialect/rebuild.h"

enum {
	LINE_E_TOO_LONG = 1,	/* of what may be LIMIT_LINE_BYTES only */
};

/* Nothing is written out at so many times its length: a smaller event need not be looked at. */
enum { MOST_GROWTH = 16 };

/* A line on its way into the batch. */
struct reading {
	struct reader *reader;
	const struct line_source *from;
	const char *line;
	size_t n_line;
	struct batch *batch;
	const struct origin *origin;		/* the connection's, with the app the line is for */
	const struct dialect *dialect;		/* NULL until known */
	struct engine_context ctx;
	bool hello_read;			/* the hello's context is in ctx, if it has one */
	bool long_line;				/* only an envelope may be so long */
	uint32_t n_events;			/* items so far */
	uint32_t blamed;			/* node to refuse if its form is wrong; 0: the line */
	bool is_hello;
	struct hello hello;			/* owned: what a hello line sets once it is in */
};

void hello_deinit(struct hello *h)
{
	free(h->app);
	free(h->context);
	*h = (struct hello) {};
}

void reader_deinit(struct reader *r)
{
	scan_deinit(&r->scan);
	scan_deinit(&r->hello_scan);
	buf_deinit(&r->scratch);
	buf_deinit(&r->redacted);
	*r = (struct reader) {};
}

/* Items. */

static struct item *add_item(struct reading *x, uint8_t kind)
{
	struct item *item = batch_add(x->batch, kind);

	if (!item)
		return NULL;
	item->line_no = x->from->line_no;
	item->peer = x->from->peer;
	item->origin = x->origin;
	if (kind != ITEM_LINE_END)
		item->event_no = x->n_events++;
	return item;
}

static int add_reject(struct reading *x, const struct problem *problems, size_t n_problems,
		      const char *body, size_t n_body, uint64_t n_whole)
{
	struct reject *reject = arena_alloc(&x->batch->arena, sizeof(*reject));
	struct item *item;

	if (!reject)
		return -ENOMEM;
	*reject = (struct reject) {
		.problems = problems, .n_problems = n_problems,
		.source = x->dialect ? x->dialect->source : NULL,
		.body = arena_copy(&x->batch->arena, body, n_body), .n_body = n_body,
		.n_whole = n_whole,
	};
	if (!reject->body)
		return -ENOMEM;
	item = add_item(x, ITEM_REJECT);
	if (!item)
		return -ENOMEM;
	item->reject = reject;
	return 0;
}

/* The line, or the part of it in hand, cannot be read, for what was complained of. */
static int refuse(struct reading *x, const struct complaints *c)
{
	const struct problem *problems = complaints_keep(c);
	const struct json_node *v;

	if (!problems)
		return -ENOMEM;
	if (x->blamed == 0)	/* perhaps not even scanned */
		return add_reject(x, problems, c->n, x->line, x->n_line, x->n_line);
	v = &x->reader->scan.nodes[x->blamed];
	return add_reject(x, problems, c->n, x->line + v->begin, v->end - v->begin,
			  v->end - v->begin);
}

#define REFUSE(x, ...) ({ \
	struct complaints c_; \
	complaints_init(&c_, &(x)->batch->arena); \
	complain(&c_, __VA_ARGS__) < 0 ? -ENOMEM : refuse((x), &c_); })

static int refuse_fault(struct reading *x, const struct scan_fault *fault)
{
	struct complaints c;

	complaints_init(&c, &x->batch->arena);
	return complain_fault(&c, NULL, fault) < 0 ? -ENOMEM : refuse(x, &c);
}

/* The first fault that is inside node @outer, but not inside node @inner. */
static const struct scan_fault *fault_between(const struct scan *scan, uint32_t outer,
					      uint32_t inner)
{
	const struct json_node *o = &scan->nodes[outer], *i = &scan->nodes[inner];

	for (size_t k = 0; k < scan->n_faults; k++) {
		uint32_t at = scan->faults[k].offset;

		if (at >= o->begin && at < o->end && (at < i->begin || at >= i->end))
			return &scan->faults[k];
	}
	return NULL;
}

/* Payloads. */

/* The value of member @key of node @i, or 0: no key, no object, no such member, null or "". */
static uint32_t member(const struct reading *x, uint32_t i, const char *key)
{
	const struct scan *scan = &x->reader->scan;
	uint32_t v = 0;

	if (key && scan->nodes[i].type == JSON_OBJECT)
		v = scan_member(scan, i, key);
	return v && !scan_absent(scan, v) ? v : 0;
}

/* Whether node @i is an object that the dialect's bare events are known by. */
static bool is_bare(const struct reading *x, uint32_t i, const struct dialect *d)
{
	uint32_t v = member(x, i, d->bare_key);

	if (v && strcmp(d->bare_key, "event") == 0)	/* an envelope's, unless it is a text */
		return x->reader->scan.nodes[v].type == JSON_STRING;
	return v > 0;
}

/* The one of the dialects of the line's source whose payload node @i is. */
static const struct dialect *sibling(const struct reading *x, uint32_t i)
{
	for (size_t k = 0; k < n_dialects; k++)
		if (dialects[k] != x->dialect &&
		    strcmp(dialects[k]->source, x->dialect->source) == 0 &&
		    is_bare(x, i, dialects[k]))
			return dialects[k];
	return x->dialect;
}

/* Have the hello's context at hand if it is for the dialect's source. */
static int read_hello_context(struct reading *x, const struct dialect *d)
{
	const struct hello *hello = x->from->hello;
	struct scan *scan = &x->reader->hello_scan;
	struct scan_fault fault;
	int r;

	if (x->hello_read || !hello->context)
		return 0;
	if (hello->dialect && strcmp(hello->dialect->source, d->source) != 0)
		return 0;
	r = scan_line(scan, hello->context, hello->n_context, &fault);
	if (r < 0)
		return r;
	assert(r == 0);	/* it has been scanned before, within its hello */
	x->ctx.contexts[1] = (struct engine_object) { scan, 0 };
	x->hello_read = true;
	return 0;
}

/* Whether the event at node @i and its context are so long that an export may have no room for them. */
static bool may_outgrow(const struct reading *x, uint32_t i)
{
	const struct json_node *nodes = x->reader->scan.nodes;
	const struct engine_object *context = &x->ctx.contexts[0];
	size_t n = nodes[i].end - nodes[i].begin;

	if (context->scan)
		n += nodes[context->node].end - nodes[context->node].begin;
	return n > LIMIT_LINE_BYTES / MOST_GROWTH;
}

/* How long the event is as an export writes it. Returns 0 or a negative errno. */
static int written_out(const struct event *event, size_t *ret_n)
{
	_cleanup_(rebuild_deinit) struct rebuild rebuild = {};
	_cleanup_(buf_deinit) struct buf out = {};
	int r;

	r = rebuild_context(&rebuild, event->dialect, &event->values, event->extra, event->n_extra, &out);
	if (r == 0)
		r = rebuild_event(&rebuild, event, &out);
	*ret_n = out.n;
	return r;
}

static int take_event(struct reading *x, uint32_t i)
{
	const struct json_node *v = &x->reader->scan.nodes[i];
	const struct dialect *d = sibling(x, i);
	const struct problem *problems;
	const struct event *event;
	struct item *item;
	size_t n_problems, n = 0;
	uint32_t depth;
	int r;

	/* Most lines are not so deep in all. */
	depth = x->reader->scan.depth > LIMIT_DEPTH ? scan_depth(&x->reader->scan, i) : 0;
	if (depth > LIMIT_DEPTH) {
		x->blamed = i;
		return REFUSE(x, "too-deep", NULL, "the event's arrays and objects are nested %" PRIu32
			      " deep, but may be so at most %d: send it flatter", depth, LIMIT_DEPTH);
	}
	r = read_hello_context(x, d);
	if (r < 0)
		return r;
	r = engine_judge(d, &x->ctx, &x->reader->scan, i, &x->batch->arena,
			 &x->reader->scratch, &event, &problems, &n_problems);
	if (r == ENGINE_E_REJECTED)
		return add_reject(x, problems, n_problems, x->line + v->begin, v->end - v->begin,
				  v->end - v->begin);
	if (r == 0 && may_outgrow(x, i))
		r = written_out(event, &n);
	if (r < 0)
		return r;
	if (n > LIMIT_EVENT_BYTES) {
		x->blamed = i;
		return REFUSE(x, "too-long", NULL, "the event takes %zu bytes as an export writes it, but may "
			      "take at most %d: send less in one event", n, LIMIT_EVENT_BYTES);
	}
	item = add_item(x, ITEM_EVENT);
	if (!item)
		return -ENOMEM;
	item->event = event;
	return 0;
}

/* A payload as the vendor makes it: an event, or the vendor's own list of them. */
static int take_payload(struct reading *x, uint32_t i)
{
	const struct scan *scan = &x->reader->scan;
	const struct dialect *d = x->dialect;
	uint32_t list = member(x, i, d->list_key);
	const struct json_node *v = &scan->nodes[list];
	const struct scan_fault *fault;
	char quote[QUOTE_SIZE];
	int r = 0;

	if (!list)
		return take_event(x, i);
	fault = fault_between(scan, i, list);
	if (fault)
		return refuse_fault(x, fault);
	if (v->type != JSON_ARRAY)
		return REFUSE(x, "bad-type", d->list_key,
			      "%s is %s, but must be an array of events: send it so", d->list_key,
			      quote_node(scan, list, quote));
	if (v->n == 0)
		return REFUSE(x, "bad-envelope", d->list_key,
			      "%s is empty, but must have 1 to %zu events: send at least one",
			      d->list_key, d->max_list);
	if (v->n > d->max_list)
		return REFUSE(x, "too-many-events", d->list_key,
			      "%s has %" PRIu32 " events, but may have at most %zu: "
			      "send the rest on lines of their own", d->list_key, v->n, d->max_list);
	for (uint32_t k = list + 1; k < v->next && r == 0; k = scan->nodes[k].next)
		r = take_event(x, k);
	return r;
}

/* An envelope's list of payloads, each of which is refused by itself. */
static int take_payloads(struct reading *x, uint32_t list)
{
	const struct json_node *nodes = x->reader->scan.nodes;
	int r = 0;

	for (uint32_t i = list + 1; i < nodes[list].next && r == 0; i = nodes[i].next) {
		x->blamed = i;
		r = take_payload(x, i);
	}
	return r;
}

/* Line forms. */

/* The line is for the app of this name. */
static int set_app(struct reading *x, const char *app, size_t n)
{
	struct origin *origin;

	if (strlen(x->origin->app) == n && memcmp(x->origin->app, app, n) == 0)
		return 0;
	origin = arena_alloc(&x->batch->arena, sizeof(*origin));
	if (!origin)
		return -ENOMEM;
	*origin = *x->origin;
	origin->app = arena_copy(&x->batch->arena, app, n);
	if (!origin->app)
		return -ENOMEM;
	x->origin = origin;
	x->ctx.app = origin->app;
	return 0;
}

static int set_from_envelope(struct reading *x, const struct envelope *e)
{
	int r;

	if (e->dialect)
		x->dialect = e->dialect;
	x->ctx.at_us = e->at_us;
	if (e->context)
		x->ctx.contexts[0] = (struct engine_object) { &x->reader->scan, e->context };
	if (e->app) {
		r = set_app(x, e->app->s, e->app->n);
		if (r < 0)
			return r;
	}
	if (e->id) {
		x->ctx.sender_id = arena_copy(&x->batch->arena, e->id->s, e->id->n);
		if (!x->ctx.sender_id)
			return -ENOMEM;
	}
	return 0;
}

/* The vendor whose payloads look like the line's object, or NULL. */
static const struct dialect *bare_dialect(const struct reading *x)
{
	for (size_t i = 0; i < n_dialects; i++) {
		if (is_bare(x, 0, dialects[i]) || member(x, 0, dialects[i]->list_key))
			return dialects[i];
	}
	return NULL;
}

static int take_hello(struct reading *x, uint32_t hello)
{
	const struct scan *scan = &x->reader->scan;
	struct envelope_keys keys;
	struct envelope e;
	struct complaints c;
	char quote[QUOTE_SIZE];
	int r = 0;

	if (scan->n_faults > 0)
		return refuse_fault(x, &scan->faults[0]);
	complaints_init(&c, &x->batch->arena);
	if (scan->nodes[0].n > 1)
		return REFUSE(x, "bad-envelope", "hello",
			      "a hello has other keys beside it, but must stand alone: "
			      "send what follows it on a line of its own");
	if (scan->nodes[hello].type != JSON_OBJECT)
		return REFUSE(x, "bad-type", "hello",
			      "hello is %s, but must be an object: send it so",
			      quote_node(scan, hello, quote));
	envelope_find(scan, hello, true, &keys);
	if (keys.other)
		r = envelope_stranger(scan, keys.other, "the hello", "source, app and context", &c);
	if (r == 0)
		r = envelope_read(scan, &keys, &c, &e);
	if (r < 0)
		return r;
	if (c.n > 0)
		return refuse(x, &c);

	if (e.context) {
		const struct json_node *v = &scan->nodes[e.context];

		x->hello.n_context = v->end - v->begin;
		if (x->hello.n_context > LIMIT_CONTEXT_BYTES)
			return REFUSE(x, "too-long", "context",
				      "context has %zu bytes, but a hello's may have at most %d: "
				      "leave out what the vendor does not ask for",
				      x->hello.n_context, LIMIT_CONTEXT_BYTES);
		x->hello.context = strndup(x->line + v->begin, x->hello.n_context);
		if (!x->hello.context)
			return -ENOMEM;
	}
	x->is_hello = true;
	x->hello.dialect = e.dialect;
	if (e.app) {
		x->hello.app = strndup(e.app->s, e.app->n);
		if (!x->hello.app)
			return -ENOMEM;
	}
	return 0;
}

/* A line with event or events. */
static int take_envelope(struct reading *x, const struct envelope_keys *keys)
{
	const struct scan *scan = &x->reader->scan;
	uint32_t payload = keys->event ? keys->event : keys->events;
	const struct scan_fault *fault = fault_between(scan, 0, payload);
	struct envelope e;
	struct complaints c;
	char quote[QUOTE_SIZE];
	int r = 0;

	if (fault)
		return refuse_fault(x, fault);
	complaints_init(&c, &x->batch->arena);
	if (keys->event && keys->events)
		r = complain(&c, "bad-envelope", "events",
			     "the envelope has both event and events, but must have one of them: "
			     "send two lines");
	/* Beside a vendor's own list of events stands what the vendor put there. */
	if (r == 0 && keys->other && (keys->source || keys->event))
		r = envelope_stranger(scan, keys->other, "the envelope",
				      "source, app, id, at, context, and event or events", &c);
	if (r == 0)
		r = envelope_read(scan, keys, &c, &e);
	if (r < 0)
		return r;
	if (c.n > 0)
		return refuse(x, &c);

	r = set_from_envelope(x, &e);
	if (r < 0)
		return r;
	if (!x->dialect && keys->events) {
		x->dialect = bare_dialect(x);
		if (x->dialect)
			return take_payload(x, 0);
	}
	if (!x->dialect)
		return REFUSE(x, "unknown-source", "source",
			      "the envelope has no source, nor does a hello give one: send one of %s",
			      dialect_sources());
	if (keys->event)
		return take_payload(x, keys->event);
	if (scan->nodes[keys->events].type != JSON_ARRAY)
		return REFUSE(x, "bad-type", "events",
			      "events is %s, but must be an array of events: send it so",
			      quote_node(scan, keys->events, quote));
	if (scan->nodes[keys->events].n == 0)
		return REFUSE(x, "bad-envelope", "events",
			      "events is empty, but must have an event: send at least one");
	return take_payloads(x, keys->events);
}

/* Whether the hello's source has payloads that are a text or a number. */
static bool takes_scalars(const struct reading *x)
{
	return x->dialect && index_ready(x->dialect) == 0 && x->dialect->index->scalar;
}

/* Whether the line is an envelope's with one event: a vendor's event may well have a text called so. */
static bool envelops_event(const struct reading *x, const struct envelope_keys *keys)
{
	return keys->event && (x->reader->scan.nodes[keys->event].type != JSON_STRING || keys->source ||
			       takes_scalars(x));
}

static int take_object(struct reading *x)
{
	const struct scan *scan = &x->reader->scan;
	const struct dialect *bare = bare_dialect(x);
	struct envelope_keys keys;

	envelope_find(scan, 0, false, &keys);
	if (x->long_line && !envelops_event(x, &keys))
		return LINE_E_TOO_LONG;
	if (keys.hello && (!bare || keys.events))
		return take_hello(x, keys.hello);
	if (keys.events || envelops_event(x, &keys))
		return take_envelope(x, &keys);
	if (bare)
		x->dialect = bare;
	else if (keys.source)
		return REFUSE(x, "bad-envelope", "event",
			      "the envelope has a source, but no event: "
			      "send the payload as event, or several as events");
	if (!x->dialect)
		return REFUSE(x, "unknown-source", "source",
			      "the line does not say whose event it is: send it in an envelope "
			      "with a source (%s), or send a hello with one first",
			      dialect_sources());
	return take_payload(x, 0);
}

static int take_line(struct reading *x)
{
	struct scan *scan = &x->reader->scan;
	const struct hello *hello = x->from->hello;
	struct scan_fault fault;
	char quote[QUOTE_SIZE];
	int r;

	if (!x->long_line && scan_is_blank(x->line, x->n_line))
		return 0;
	x->dialect = hello->dialect;
	if (hello->app) {
		r = set_app(x, hello->app, strlen(hello->app));
		if (r < 0)
			return r;
	}
	r = scan_line(scan, x->line, x->n_line, &fault);
	if (r < 0)
		return r;
	if (x->long_line && (r == SCAN_E_BAD || scan->nodes[0].type != JSON_OBJECT))
		return LINE_E_TOO_LONG;
	if (r == SCAN_E_BAD)
		return refuse_fault(x, &fault);
	if (scan->nodes[0].type != JSON_OBJECT)
		return REFUSE(x, "bad-envelope", NULL,
			      "the line is %s, but must be an object: "
			      "send an event, an envelope or a hello", quote_node(scan, 0, quote));
	return take_object(x);
}

/* Lines. */

static void begin(struct reading *x, struct reader *r, const struct line_source *from,
		  struct batch *b)
{
	*x = (struct reading) {
		.reader = r, .from = from, .batch = b, .origin = from->origin,
		.ctx = { .app = from->origin->app, .at_us = -1, .now_us = from->now_us,
			 .strict = r->options.strict,
			 .keep_phone_numbers = r->options.keep_phone_numbers },
	};
}

/* The line, or what there is of it, is this, but for the secrets in it. */
static int set_line(struct reading *x, const char *line, size_t n, bool cut)
{
	struct reader *reader = x->reader;
	int r;

	buf_reset(&reader->redacted, LIMIT_LINE_BYTES);
	r = redact(reader->options.redaction_key, !reader->options.keep_phone_numbers, line, n, cut, &reader->redacted);
	if (r < 0)
		return r;
	x->line = r == REDACT_E_FOUND ? reader->redacted.data : line;
	x->n_line = r == REDACT_E_FOUND ? reader->redacted.n : n;
	return 0;
}

/* @r is what became of the line so far: end it, or take back what it added. */
static int end(struct reading *x, int r, size_t n_items, size_t n_events)
{
	struct batch *b = x->batch;

	if (r == 0 && !add_item(x, ITEM_LINE_END))
		r = -ENOMEM;
	if (r < 0) {
		b->n_items = n_items;
		b->n_events = n_events;
		hello_deinit(&x->hello);
		return r;
	}
	if (x->is_hello) {
		hello_deinit(x->from->hello);
		*x->from->hello = x->hello;
	}
	return 0;
}

int reader_line(struct reader *r, const struct line_source *from, const char *line, size_t n,
		struct batch *b)
{
	size_t n_items = b->n_items, n_events = b->n_events;
	struct reading x;
	int e;

	begin(&x, r, from, b);
	x.long_line = n > LIMIT_LINE_BYTES;
	e = set_line(&x, line, n, false);
	if (e == 0)
		e = take_line(&x);
	if (e == LINE_E_TOO_LONG)
		return reader_refuse(r, from, "line-too-long", line, LIMIT_LONG_LINE_KEPT_BYTES, n, b);
	return end(&x, e, n_items, n_events);
}

int reader_refuse(struct reader *r, const struct line_source *from, const char *code,
		  const char *head, size_t n_head, uint64_t n_whole, struct batch *b)
{
	size_t n_items = b->n_items, n_events = b->n_events;
	const struct problem *problems = NULL;
	struct complaints c;
	struct reading x;
	int e;

	begin(&x, r, from, b);
	x.dialect = from->hello->dialect;
	e = set_line(&x, head, n_head, true);
	if (e < 0)
		return end(&x, e, n_items, n_events);
	complaints_init(&c, &b->arena);
	if (strcmp(code, "truncated") == 0)
		e = complain(&c, code, NULL, "the connection ended after %" PRIu64 " bytes of a "
			     "line, before its newline: send the line again, with it", n_whole);
	else
		e = complain(&c, code, NULL, "the line has %" PRIu64 " bytes, but may have at "
			     "most %d, and an envelope with event %d: send fewer events a line", n_whole,
			     LIMIT_LINE_BYTES, LIMIT_ENVELOPE_BYTES);
	if (e == 0)
		problems = complaints_keep(&c);
	e = problems ? add_reject(&x, problems, c.n, x.line, x.n_line, n_whole - n_head + x.n_line)
		     : -ENOMEM;
	return end(&x, e, n_items, n_events);
}
