/* Obey: what must and must not be there, held against what is. */

#include "dialect/judging.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dialect/check.h"

/* Those of @fields that come from @from and are called @name. */
static uint64_t called(const struct part *p, uint64_t fields, uint8_t from, const char *name)
{
	uint64_t found = 0;

	for (; fields; fields &= fields - 1) {
		const struct field *f = &p->fields[__builtin_ctzll(fields)];

		if (f->from == from && strcmp(f->name, name) == 0)
			found |= fields & -fields;
	}
	return found;
}

/* Fields that name the session, too, by the same key as field @f, if that does and every event must. */
static uint64_t of_same_session(const struct judging *j, const struct part *p, unsigned f)
{
	const struct dialect *d = j->dialect;
	uint64_t same = 0;
	bool named = false;

	for (size_t s = 0; s < d->n_scope_fields && p == &j->event; s++) {
		unsigned other = d->scope_fields[s];

		named |= other == f;
		if (strcmp(key_end(&p->fields[other]), key_end(&p->fields[f])) == 0)
			same |= FIELD_BIT(other);
	}
	return named && p->fields[f].required ? same : 0;
}

/*
 * Whether a missing field is told in another place, or asked for there, or has no
 * place to be in. What a rule asks for is asked for in its own place.
 */
static bool is_excused(const struct judging *j, const struct part *p, uint64_t missing, unsigned f)
{
	const struct field *field = &p->fields[f];
	uint64_t there = p->present | p->bad;

	if (p->index->always & FIELD_BIT(f) && there & of_same_session(j, p, f))
		return true;
	if (field->from == FROM_CONTEXT)
		return called(p, there | missing, FROM_PAYLOAD, field->name) != 0;
	return called(p, there, FROM_PAYLOAD, "") != 0;
}

static uint64_t still_missing(const struct judging *j, const struct part *p, uint64_t missing)
{
	uint64_t still = 0;

	for (uint64_t left = missing; left; left &= left - 1)
		if (!is_excused(j, p, missing, (unsigned) __builtin_ctzll(left)))
			still |= left & -left;
	return still;
}

uint64_t obey_columns(const struct judging *j, const struct part *p, const struct rules *rules)
{
	const struct dialect_index *ix = p->index;
	uint64_t columns = ix->all_columns;	/* none where there are no rules */

	for (size_t k = 0; columns && k < rules->n_when; k++) {
		const struct value *v = &j->event.values[rules->when[k]];
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
	return columns;
}

void obey_rules(const struct judging *j, struct part *p, const struct rules *rules)
{
	const struct dialect_index *ix = p->index;
	uint64_t required, forbidden;

	index_agreed(ix, obey_columns(j, p, rules), &required, &forbidden);
	required |= ix->always;
	p->missing |= still_missing(j, p, required & p->live & ~(p->present | p->bad));
	p->forbidden |= forbidden & (p->present | p->bad);
}

/* "stage is …, event_type is …": which rules apply, for messages. */
static const char *describe(const struct judging *j, const struct rules *rules, char *out, size_t n_out)
{
	char quote[QUOTE_SIZE];
	size_t at = 0;

	(void) snprintf(out, n_out, "every event");
	for (size_t k = 0; rules && k < rules->n_when && at < n_out; k++) {
		const struct value *v = &j->event.values[rules->when[k]];

		if (v->kind != VALUE_TEXT)
			break;
		at += (size_t) snprintf(out + at, n_out - at, "%s%s is %s",
					at > 0 ? " and " : "events whose ",
					j->event.index->shown[rules->when[k]],
					quote_text(v->text, v->n, quote));
	}
	return out;
}

/* A value that its vendor does not know, or that is not like its pattern: of elements, the first one's. */
static int complain_of_value(struct judging *j, const struct part *p, unsigned f)
{
	const struct field *field = &p->fields[f];
	const char *name = p->index->shown[f], *list;
	const struct value *v = &p->values[f];
	struct complaints *c = &j->complaints;
	char quote[QUOTE_SIZE];
	int r;

	if (p == &j->element) {
		c->element = p->first_odd[f];
		v = values_at(&j->items[p->first_odd[f]].values, f);
	}
	quote_text(v->text, v->n, quote);
	if (p->unknown & FIELD_BIT(f)) {
		list = check_list(field->known, j->arena);
		r = !list ? -ENOMEM : complain(c, "unknown", name, "%s is %s, but %s know only %s: send one of these",
					       name, quote, j->dialect->title, list);
	} else {
		r = complain(c, "pattern", name, "%s is %s, but %s have it like %s: send it so", name, quote,
			     j->dialect->title, field->pattern);
	}
	c->element = -1;
	return r;
}

static int complain_of_field(struct judging *j, const struct part *p, unsigned f, const char *where)
{
	const char *name = p->index->shown[f];
	struct complaints *c = &j->complaints;
	int r = 0;

	if (p->missing & FIELD_BIT(f))
		r = complain(c, "required", name, "%s is missing, but required on %s: send it", name,
			     where);
	if (r == 0 && p->forbidden & FIELD_BIT(f))
		r = complain(c, "forbidden", name,
			     "%s is there, but forbidden on %s: leave it out", name, where);
	if (r == 0 && (p->unknown | p->unlike) & FIELD_BIT(f))
		r = complain_of_value(j, p, f);
	return r;
}

int obey_complain(struct judging *j, const struct part *p, const struct rules *rules)
{
	uint64_t broken = p->missing | p->forbidden | p->unknown | p->unlike;
	char where[RULES_MAX_WHEN * (QUOTE_SIZE + 64)];
	int r = 0;

	if (!broken)
		return 0;
	describe(j, rules, where, sizeof(where));
	for (; broken && r == 0; broken &= broken - 1)
		r = complain_of_field(j, p, (unsigned) __builtin_ctzll(broken), where);
	return r;
}

int obey_complain_strange(struct judging *j)
{
	const struct dialect *d = j->dialect;
	const char *known[INDEX_MAX_FIELDS + 1];
	const char *list;
	size_t n = 0;
	int r = 0;

	if (j->strange.n == 0)
		return 0;
	for (uint64_t left = j->event.index->context; left; left &= left - 1)
		known[n++] = d->fields[__builtin_ctzll(left)].name;
	known[n] = NULL;
	list = check_list(known, j->arena);
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < j->strange.n && r == 0; i++)
		r = complain(&j->complaints, "unknown", j->strange.list[i].name,
			     "%s is there, but %s know %s%s in a context: leave it out", j->strange.list[i].name,
			     d->title, n > 0 ? "only " : "nothing", list);
	return r;
}

static size_t count(const struct part *p)
{
	return (size_t) (__builtin_popcountll(p->missing) + __builtin_popcountll(p->forbidden) +
			 __builtin_popcountll(p->unknown) + __builtin_popcountll(p->unlike));
}

static void note(const struct part *p, struct violation *list, size_t *n)
{
	uint64_t broken = p->missing | p->forbidden | p->unknown | p->unlike;

	for (; broken; broken &= broken - 1) {
		unsigned f = (unsigned) __builtin_ctzll(broken);
		const char *name = p->index->shown[f];

		if (p->missing & FIELD_BIT(f))
			list[(*n)++] = (struct violation) { name, "required" };
		if (p->forbidden & FIELD_BIT(f))
			list[(*n)++] = (struct violation) { name, "forbidden" };
		if (p->unknown & FIELD_BIT(f))
			list[(*n)++] = (struct violation) { name, "unknown" };
		if (p->unlike & FIELD_BIT(f))
			list[(*n)++] = (struct violation) { name, "pattern" };
	}
}

int obey_note(const struct judging *j, struct event *e)
{
	size_t n = count(&j->event) + count(&j->element) + j->strange.n;
	struct violation *list;

	if (n == 0)
		return 0;
	list = arena_alloc(j->arena, n * sizeof(*list));
	if (!list)
		return -ENOMEM;
	note(&j->event, list, &e->n_violations);
	note(&j->element, list, &e->n_violations);
	for (size_t i = 0; i < j->strange.n; i++)
		list[e->n_violations++] = (struct violation) { j->strange.list[i].name, "unknown" };
	e->violations = list;
	return 0;
}
