#include "dialect/engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dialect/check.h"
#include "dialect/complain.h"
#include "dialect/content.h"
#include "dialect/index.h"
#include "util/utf8.h"

/* An event in hand. Each mask is one of FIELD_BIT()s. */
struct judging {
	const struct dialect *dialect;
	const struct engine_context *ctx;
	const struct scan *scan;
	struct arena *arena;
	struct buf *scratch;		/* node numbers of the keys that go to extra */
	struct value *values;
	uint64_t present;		/* has a value */
	uint64_t bad;			/* has something that was complained of */
	uint64_t missing, forbidden, unknown;	/* breaks a rule */
	struct complaints complaints;
};

/* Members. */

static int take_faulty(struct judging *j, unsigned f, const struct json_node *key,
		       const struct scan_fault *fault)
{
	const char *name;

	if (f != INDEX_NO_FIELD) {
		j->bad |= FIELD_BIT(f);
		name = j->dialect->fields[f].name;
	} else {
		name = arena_copy(j->arena, key->s, utf8_cut(key->s, key->n, QUOTE_CHARS));
		if (!name)
			return -ENOMEM;
	}
	return complain_fault(&j->complaints, name, fault);
}

static int take_extra(struct judging *j, uint32_t key)
{
	return buf_add(j->scratch, &key, sizeof(key));
}

static int take_field(struct judging *j, unsigned f, uint32_t key)
{
	int r = check_value(&j->dialect->fields[f], j->scan, key + 1, &j->complaints,
			    &j->values[f]);

	if (r < 0)
		return r;
	if (r == CHECK_ABSENT)
		return take_extra(j, key);
	if (r == CHECK_BAD)
		j->bad |= FIELD_BIT(f);
	else
		j->present |= FIELD_BIT(f);
	if (r == CHECK_UNKNOWN)
		j->unknown |= FIELD_BIT(f);
	return 0;
}

static int take_members(struct judging *j, uint32_t i)
{
	const struct scan *scan = j->scan;
	const struct json_node *nodes = scan->nodes;
	const struct scan_fault *fault = scan->n_faults > 0 ? scan_fault_in(scan, i) : NULL;
	const struct scan_fault *end = scan->faults + scan->n_faults;
	int r = 0;

	for (uint32_t k = i + 1; k < nodes[i].next && r == 0; k = nodes[k + 1].next) {
		bool faulty = fault && fault < end && fault->offset < nodes[k + 1].end;
		unsigned f;

		if (!faulty && scan_absent(scan, k + 1))
			continue;
		f = index_field(j->dialect, nodes[k].s, nodes[k].n);
		if (!faulty) {
			r = f == INDEX_NO_FIELD ? take_extra(j, k) : take_field(j, f, k);
			continue;
		}
		for (; fault < end && fault->offset < nodes[k + 1].end && r == 0; fault++)
			r = take_faulty(j, f, &nodes[k], fault);
	}
	return r;
}

/* Rules. */

static void apply_rules(struct judging *j)
{
	const struct dialect *d = j->dialect;
	const struct dialect_index *ix = d->index;
	uint64_t columns = ix->all_columns;	/* none where there are no rules */
	uint64_t required, forbidden;

	for (size_t k = 0; columns && k < d->rules->n_when; k++) {
		const struct value *v = &j->values[d->rules->when[k]];
		uint64_t left = ix->any[k];

		if (v->kind == VALUE_TEXT)
			left = index_columns(ix, k, v->text, v->n);
		left &= columns;
		if (left)
			columns = left;
		else if (k == 0)
			columns = 0;
		else
			break;
	}
	index_agreed(ix, columns, &required, &forbidden);
	required |= ix->always;
	if (ix->time_field != INDEX_NO_FIELD && j->ctx->at_us >= 0)
		required &= ~FIELD_BIT(ix->time_field);
	j->missing = required & ~(j->present | j->bad);
	j->forbidden = forbidden & (j->present | j->bad);
}

/* "stage is …, event_type is …": which rules apply, for messages. */
static const char *describe(const struct judging *j, char *out, size_t n_out)
{
	const struct rules *rules = j->dialect->rules;
	char quote[QUOTE_SIZE];
	size_t at = 0;

	(void) snprintf(out, n_out, "every event");
	for (size_t k = 0; rules && k < rules->n_when && at < n_out; k++) {
		const struct value *v = &j->values[rules->when[k]];

		if (v->kind != VALUE_TEXT)
			break;
		at += (size_t) snprintf(out + at, n_out - at, "%s%s is %s",
					at > 0 ? " and " : "events whose ",
					j->dialect->fields[rules->when[k]].name,
					quote_text(v->text, v->n, quote));
	}
	return out;
}

/* The violations as problems: what a rejected event breaks besides, or under strict conformance. */
static int complain_of_rules(struct judging *j)
{
	char where[RULES_MAX_WHEN * (QUOTE_SIZE + 64)], quote[QUOTE_SIZE], list[CHECK_LIST_SIZE];
	const struct dialect *d = j->dialect;
	struct complaints *c = &j->complaints;
	int r = 0;

	if (!(j->missing | j->forbidden | j->unknown))
		return 0;
	describe(j, where, sizeof(where));
	for (unsigned f = 0; f < d->n_fields && r == 0; f++) {
		const struct field *field = &d->fields[f];
		const struct value *v = &j->values[f];

		if (j->missing & FIELD_BIT(f))
			r = complain(c, "required", field->name,
				     "%s is missing, but required on %s: send it", field->name,
				     where);
		if (r == 0 && j->forbidden & FIELD_BIT(f))
			r = complain(c, "forbidden", field->name,
				     "%s is there, but forbidden on %s: leave it out", field->name,
				     where);
		if (r == 0 && j->unknown & FIELD_BIT(f))
			r = complain(c, "unknown", field->name,
				     "%s is %s, but %s know only %s: send one of these",
				     field->name, quote_text(v->text, v->n, quote), d->title,
				     check_list(field->known, list));
	}
	return r;
}

static int note_violations(const struct judging *j, struct event *e)
{
	size_t n = (size_t) (__builtin_popcountll(j->missing) + __builtin_popcountll(j->forbidden) +
			     __builtin_popcountll(j->unknown));
	struct violation *list;

	if (n == 0)
		return 0;
	list = arena_alloc(j->arena, n * sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (unsigned f = 0; f < j->dialect->n_fields; f++) {
		const char *name = j->dialect->fields[f].name;

		if (j->missing & FIELD_BIT(f))
			list[e->n_violations++] = (struct violation) { name, "required" };
		if (j->forbidden & FIELD_BIT(f))
			list[e->n_violations++] = (struct violation) { name, "forbidden" };
		if (j->unknown & FIELD_BIT(f))
			list[e->n_violations++] = (struct violation) { name, "unknown" };
	}
	e->violations = list;
	return 0;
}

/* The verdict. */

static int accept(struct judging *j, const struct event **ret)
{
	unsigned time_field = j->dialect->index->time_field;
	struct event *e = arena_alloc(j->arena, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;
	e->dialect = j->dialect;
	e->values = j->values;
	e->sender_id = j->ctx->sender_id;
	if (time_field != INDEX_NO_FIELD && j->present & FIELD_BIT(time_field)) {
		e->at_us = j->values[time_field].i;
		e->own_time = true;
	} else {
		e->stamped = j->ctx->at_us < 0;
		e->at_us = e->stamped ? j->ctx->now_us : j->ctx->at_us;
	}
	r = note_violations(j, e);
	if (r == 0)
		r = content_settle(e, j->ctx, j->scan, j->scratch, j->arena);
	if (r == 0)
		*ret = e;
	return r;
}

static int judge(struct judging *j, uint32_t i)
{
	char quote[QUOTE_SIZE];
	int r;

	if (j->scan->nodes[i].type != JSON_OBJECT)
		return complain(&j->complaints, "bad-type", NULL,
				"an event of %s must be an object, but this is %s: send {\"%s\":…}",
				j->dialect->title, quote_node(j->scan, i, quote),
				j->dialect->fields[0].name);
	j->values = arena_alloc(j->arena, j->dialect->n_fields * sizeof(*j->values));
	if (!j->values)
		return -ENOMEM;
	r = take_members(j, i);
	if (r < 0)
		return r;
	apply_rules(j);
	if (j->complaints.n > 0 || j->ctx->strict)
		r = complain_of_rules(j);
	return r;
}

int engine_judge(const struct dialect *d, const struct engine_context *ctx, const struct scan *scan,
		 uint32_t i, struct arena *arena, struct buf *scratch, const struct event **ret_event,
		 const struct problem **ret_problems, size_t *ret_n_problems)
{
	struct judging j;
	const struct problem *list;
	int r;

	if (!d->index->built)
		index_build(d);
	j.dialect = d;	/* one by one: an initialiser would clear the room for complaints too */
	j.ctx = ctx;
	j.scan = scan;
	j.arena = arena;
	j.scratch = scratch;
	j.values = NULL;
	j.present = j.bad = j.missing = j.forbidden = j.unknown = 0;
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
