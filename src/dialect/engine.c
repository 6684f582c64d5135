#include "dialect/engine.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "dialect/content.h"
#include "dialect/judging.h"

static void clear_values(struct part *p)
{
	memset(p->values, 0, p->n_fields * sizeof(p->values[0]));
}

/* Those that are there, where they are kept. */
static int keep_values(const struct judging *j, const struct part *p, struct values *ret)
{
	uint64_t kept = p->present & ~part_dropped(j, p);
	struct value *v = arena_alloc(j->arena, (size_t) __builtin_popcountll(kept) * sizeof(*v));

	if (!v)
		return -ENOMEM;
	*ret = (struct values) { .present = kept, .list = v };
	for (uint64_t left = kept; left; left &= left - 1)
		*v++ = p->values[__builtin_ctzll(left)];
	return 0;
}

/* Payloads. */

/* One element of an array, number @n. */
static int judge_element(struct judging *j, size_t n, uint32_t i)
{
	const struct items *items = j->dialect->items;
	struct event_item *item = &j->items[n];
	struct part *p = &j->element;
	char quote[QUOTE_SIZE];
	size_t begin;
	int r;

	if (j->scan->nodes[i].type != JSON_OBJECT)
		return complain(&j->complaints, "bad-type", "[]",
				"[] is %s, but must be an object: send an array of objects",
				quote_node(j->scan, i, quote));
	clear_values(p);
	p->present = p->bad = 0;
	j->scratch->n = 0;
	r = take_object(j, p, i);
	if (r < 0)
		return r;
	obey_rules(j, p, items->rules);
	begin = j->scratch->n;
	r = extra_write(&j->extra, j->scan, &item->n_extra);
	if (r == 0 && item->n_extra > 0) {
		item->extra = arena_copy(j->arena, j->scratch->data + begin, item->n_extra);
		if (!item->extra)
			return -ENOMEM;
	}
	return r == 0 ? keep_values(j, p, &item->values) : r;
}

static int judge_elements(struct judging *j, uint32_t i)
{
	const struct json_node *nodes = j->scan->nodes;
	size_t n = 0;
	int r = 0;

	if (nodes[i].n > LIMIT_ITEMS)
		return complain(&j->complaints, "too-long", "event",
				"event has %" PRIu32 " elements, but may have at most %d: "
				"send several events", nodes[i].n, LIMIT_ITEMS);
	if (nodes[i].n == 0)
		return 0;
	j->items = arena_alloc(j->arena, nodes[i].n * sizeof(*j->items));
	if (!j->items)
		return -ENOMEM;
	for (uint32_t k = i + 1; k < nodes[i].next && r == 0; k = nodes[k].next, n++) {
		j->complaints.element = (int64_t) n;
		r = judge_element(j, n, k);
	}
	j->complaints.element = -1;
	j->extra.n_groups = 0;	/* it was the elements': the event has none */
	j->n_items = n;
	return r;
}

/* The payload is a text or a number itself. */
static int judge_scalar(struct judging *j, uint32_t i)
{
	const struct scan_fault *fault = scan_fault_in(j->scan, i);
	unsigned f = (unsigned) __builtin_ctzll(j->event.index->scalar & j->event.live);
	bool extra;	/* it has no place in there */

	if (fault)
		return complain_fault(&j->complaints, j->event.index->shown[f], fault);
	return take_value(j, &j->event, f, j->scan, i, &extra);
}

/* Whether nothing is documented of the payload of such an event: its name is all there is, or not even that. */
static bool is_any_payload(const struct judging *j)
{
	const struct dialect *d = j->dialect;

	return d->any_payload && !(j->event.bad & FIELD_BIT(d->kind_field)) &&
	       j->kind == &j->event.index->other_kind && obey_columns(j, &j->event, d->rules) == 0;
}

/* The payload is kept as it came. */
static int judge_whole(struct judging *j, uint32_t i)
{
	const struct scan_fault *fault = scan_fault_in(j->scan, i);

	if (fault)
		return complain_fault(&j->complaints, "event", fault);
	extra_begin_whole(&j->extra, j->scratch, i);
	return 0;
}

/* The first of these fields that is a member of the payload, or NULL. */
static const char *first_member(const struct dialect *d, uint64_t fields)
{
	for (; fields; fields &= fields - 1) {
		const struct field *f = &d->fields[__builtin_ctzll(fields)];

		if (f->from == FROM_PAYLOAD && *f->name)
			return f->name;
	}
	return NULL;
}

/* A payload that an example may show: with a member that it must have, or that is of this kind only. */
static const char *example(const struct judging *j)
{
	const struct dialect_index *ix = j->event.index;
	uint64_t required, forbidden;
	const char *name;

	index_agreed(ix, obey_columns(j, &j->event, j->dialect->rules), &required, &forbidden);
	name = first_member(j->dialect, (required | ix->always) & j->event.live);
	if (!name)
		name = first_member(j->dialect, j->event.live & ~ix->other_kind.fields);
	if (!name)
		return "an object";
	return arena_printf(j->arena, "{\"%.*s\":…}", (int) strcspn(name, "."), name);
}

/* Returns ENGINE_E_REJECTED or -ENOMEM. */
static int refuse_payload(struct judging *j, uint32_t i, bool is_scalar)
{
	const struct dialect *d = j->dialect;
	const struct value *kind = &j->event.values[d->kind_field];
	const char *whose = "", *must = "an object", *send, *or = "";
	char quote[QUOTE_SIZE], kind_quote[QUOTE_SIZE];
	int r;

	if (kind->kind == VALUE_TEXT)
		whose = arena_printf(j->arena, " whose %s is %s", j->event.index->shown[d->kind_field],
				     quote_text(kind->text, kind->n, kind_quote));
	if (j->kind->items) {
		must = send = "an array";
	} else if (is_any_payload(j)) {
		must = "an object, an array or a number";
		send = "one of these";
	} else {
		send = example(j);
	}
	if (is_scalar) {
		must = "an object or a bare value";
		or = ", or that value alone";
	}
	if (!whose || !send)
		return -ENOMEM;
	r = complain(&j->complaints, "bad-type", NULL, "an event of %s%s must be %s, but this is %s: send %s%s",
		     d->title, whose, must, quote_node(j->scan, i, quote), send, or);
	return r < 0 ? r : ENGINE_E_REJECTED;
}

/* Returns 0, ENGINE_E_REJECTED if it is nothing that the rules could be held against, or -ENOMEM. */
static int judge_payload(struct judging *j, uint32_t i)
{
	uint8_t type = j->scan->nodes[i].type;
	bool is_scalar = j->event.index->scalar & j->event.live;

	if (j->kind->items && type == JSON_ARRAY)
		return judge_elements(j, i);
	if (type == JSON_OBJECT && !j->kind->items)
		return take_object(j, &j->event, i);
	if (type != JSON_ARRAY && !j->kind->items && !scan_absent(j->scan, i) && is_scalar)
		return judge_scalar(j, i);
	if ((type == JSON_ARRAY || type == JSON_INT || type == JSON_REAL) && is_any_payload(j))
		return judge_whole(j, i);
	return refuse_payload(j, i, is_scalar);
}

/* The verdict. */

static bool kind_is(const struct judging *j, const char *const *kinds)
{
	for (; kinds && *kinds; kinds++)
		if (j->kind->text && strcmp(j->kind->text, *kinds) == 0)
			return true;
	return false;
}

static void set_time(const struct judging *j, struct event *e)
{
	const struct dialect *d = j->dialect;
	unsigned f = j->event.index->time_field;

	for (size_t i = 0; i < d->n_times; i++)
		if ((!d->times[i].kinds || kind_is(j, d->times[i].kinds)) &&
		    j->event.present & FIELD_BIT(d->times[i].field)) {
			f = d->times[i].field;
			break;
		}
	e->timed = f != INDEX_NO_FIELD && j->event.present & FIELD_BIT(f);
	e->stamped = !e->timed && j->ctx->at_us < 0;
	e->at_us = e->timed ? j->event.values[f].i : e->stamped ? j->ctx->now_us : j->ctx->at_us;
}

/* Whether a scope field of numbers [from, to) has a value for what number @s names too. */
static bool named_in(const struct judging *j, size_t from, size_t to, size_t s)
{
	const struct dialect *d = j->dialect;
	const char *end = key_end(&d->fields[d->scope_fields[s]]);

	for (size_t i = from; i < to; i++)
		if (j->event.present & FIELD_BIT(d->scope_fields[i]) &&
		    strcmp(key_end(&d->fields[d->scope_fields[i]]), end) == 0)
			return true;
	return false;
}

static void set_scope(const struct judging *j, struct event *e)
{
	const struct dialect *d = j->dialect;

	for (size_t s = 0; s < d->n_scope_fields; s++) {
		const struct value *v = values_at(&e->values, d->scope_fields[s]);

		if (named_in(j, 0, s, s) ||
		    (v->kind != VALUE_TEXT && named_in(j, s + 1, d->n_scope_fields, s)))
			continue;
		if (v->kind != VALUE_TEXT) {
			e->scope_place = e->scope_name = NULL;
			return;
		}
		e->scope_place = e->scope_name;
		e->scope_name = v;
	}
}

static int accept(struct judging *j, const struct event **ret)
{
	struct event *e = arena_alloc(j->arena, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;
	e->dialect = j->dialect;
	e->items = j->items;
	e->n_items = j->n_items;
	e->sender_id = j->ctx->sender_id;
	set_time(j, e);
	r = keep_values(j, &j->event, &e->values);
	if (r == 0)
		r = obey_note(j, e);
	if (r == 0)
		r = content_settle(e, j->ctx, j->scan, &j->extra, &j->strange, j->scratch, j->arena);
	if (r < 0)
		return r;
	set_scope(j, e);
	*ret = e;
	return 0;
}

static void begin_part(struct part *p, const struct field *fields, size_t n_fields,
		       struct dialect_index *ix)
{
	p->fields = fields;
	p->n_fields = n_fields;
	p->index = ix;
	p->present = p->bad = p->missing = p->forbidden = p->unknown = p->unlike = 0;
}

static int judge(struct judging *j, uint32_t i)
{
	const struct dialect *d = j->dialect;
	int r;

	take_kind(j, i);
	j->event.live = j->kind->fields;
	if (d->items)
		j->element.live = index_kind(d->items->index, j->kind->text, j->kind->n)->fields;
	clear_values(&j->event);
	r = take_context(j);
	if (r == 0)
		r = strange_find(&j->strange, d, j->ctx, j->arena);
	if (r == 0)
		r = judge_payload(j, i);
	if (r != 0)
		return r;
	obey_rules(j, &j->event, d->rules);
	if (j->complaints.n > 0 || j->ctx->strict) {
		r = obey_complain(j, &j->event, d->rules);
		if (r == 0 && d->items)
			r = obey_complain(j, &j->element, d->items->rules);
		if (r == 0)
			r = obey_complain_strange(j);
	}
	return r;
}

int engine_judge(const struct dialect *d, const struct engine_context *ctx, const struct scan *scan,
		 uint32_t i, struct arena *arena, struct buf *scratch, const struct event **ret_event,
		 const struct problem **ret_problems, size_t *ret_n_problems)
{
	const struct problem *list;
	struct judging j;
	int r;

	r = index_ready(d);
	if (r < 0)
		return r;
	j.dialect = d;	/* one by one: an initialiser would clear the room for complaints too */
	j.ctx = ctx;
	j.scan = scan;
	j.arena = arena;
	j.scratch = scratch;
	j.items = NULL;
	j.n_items = 0;
	begin_part(&j.event, d->fields, d->n_fields, d->index);
	if (d->items)
		begin_part(&j.element, d->items->fields, d->items->n_fields, d->items->index);
	else
		begin_part(&j.element, NULL, 0, NULL);
	j.extra.n_groups = 0;
	complaints_init(&j.complaints, arena);
	buf_reset(scratch, LIMIT_LINE_BYTES);

	r = judge(&j, i);
	if (r < 0)
		return r;
	if (j.complaints.n == 0)
		return accept(&j, ret_event);
	list = complaints_keep(&j.complaints);
	if (!list)
		return -ENOMEM;
	*ret_problems = list;
	*ret_n_problems = j.complaints.n;
	return ENGINE_E_REJECTED;
}
