#include "dialect/index.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* A table of fields on its way into its index. */
struct building {
	const struct field *fields;
	struct dialect_index *ix;
	size_t n_names;		/* bytes taken of names */
};

/* Keys and places. */

static struct index_key *add_key(struct dialect_index *ix, unsigned place, const char *key, size_t n)
{
	const struct index_key *have = index_key(ix, place, key, n);
	size_t at;

	if (have)
		return &ix->keys[have - ix->keys];
	assert(n > 0 && n <= UINT8_MAX && ix->n_keys < INDEX_MAX_KEYS);
	for (at = index_slot(place, key, n); ix->slots[at]; at = (at + 1) % INDEX_SLOTS)
		;
	ix->keys[ix->n_keys++] = (struct index_key) {
		.key = key, .n = (uint8_t) n, .place = (uint8_t) place, .field = INDEX_NO_FIELD,
	};
	ix->slots[at] = (uint8_t) ix->n_keys;
	return &ix->keys[ix->n_keys - 1];
}

/* Put the field where its path leads, making the places on the way. */
static void add_path(struct dialect_index *ix, const char *path, unsigned f)
{
	const char *key = path, *dot;
	struct index_key *k;
	unsigned place = 0;
	uint8_t *next;

	for (; (dot = strchr(key, '.')); key = dot + 1) {
		k = add_key(ix, place, key, (size_t) (dot - key));
		if (k->into == 0) {
			assert(ix->n_places < INDEX_MAX_PLACES && dot - path <= UINT8_MAX);
			k->into = (uint8_t) ix->n_places++;
			ix->places[k->into] = (struct index_place) {
				.path = path, .n_path = (uint8_t) (dot - path),
			};
		}
		place = k->into;
		ix->places[place].fields |= FIELD_BIT(f);
	}
	for (next = &add_key(ix, place, key, strlen(key))->field; *next != INDEX_NO_FIELD;
	     next = &ix->next_field[*next])
		;
	*next = (uint8_t) f;
}

/* Fields. */

static void show_as(struct building *b, unsigned f, const char *before, const char *name)
{
	char *room = b->ix->names + b->n_names;
	size_t left = INDEX_NAMES_BYTES - b->n_names;
	int n = snprintf(room, left, "%s%s", before, name);

	assert(n > 0 && (size_t) n < left);
	b->ix->shown[f] = room;
	b->n_names += (size_t) n + 1;
}

static int add_pattern(struct dialect_index *ix, unsigned f, const char *pattern)
{
	regex_t *re = malloc(sizeof(*re));
	int r;

	if (!re)
		return -ENOMEM;
	r = regcomp(re, pattern, REG_EXTENDED | REG_NOSUB);
	if (r != 0) {
		assert(r == REG_ESPACE);
		free(re);
		return -ENOMEM;
	}
	ix->patterns[f] = re;
	return 0;
}

static int add_field(struct building *b, unsigned f, const char *before)
{
	const struct field *field = &b->fields[f];
	struct dialect_index *ix = b->ix;

	ix->next_field[f] = INDEX_NO_FIELD;
	ix->shown[f] = field->name;
	if (field->from == FROM_CONTEXT) {
		show_as(b, f, "context.", field->name);
		ix->context |= FIELD_BIT(f);
	} else if (!*field->name) {
		ix->shown[f] = "event";
		ix->scalar |= FIELD_BIT(f);
	} else {
		if (*before)
			show_as(b, f, before, field->name);
		add_path(ix, field->name, f);
	}
	if (field->privacy == PRIVACY_PHONE)
		ix->phone |= FIELD_BIT(f);
	if (!field->only)
		ix->other_kind.fields |= FIELD_BIT(f);
	if (field->stands_for || field->false_if_absent)
		ix->loose |= FIELD_BIT(f);
	if (field->required)
		ix->always |= FIELD_BIT(f);
	if (field->role == ROLE_TIME)
		ix->time_field = (uint8_t) f;
	return field->pattern ? add_pattern(ix, f, field->pattern) : 0;
}

/* Rules. */

static void add_word(struct dialect_index *ix, size_t k, const char *text, unsigned column)
{
	struct index_word *w = ix->words[k];
	size_t i;

	for (i = 0; i < ix->n_words[k]; i++)
		if (strcmp(w[i].text, text) == 0)
			break;
	if (i == ix->n_words[k])
		w[ix->n_words[k]++] = (struct index_word) { .text = text, .n = strlen(text) };
	w[i].columns |= UINT64_C(1) << column;
}

static void add_row(struct dialect_index *ix, const struct rule_row *row, size_t n_columns)
{
	size_t column = 0;

	for (const char *c = row->cells; *c; c++) {
		if (*c == ' ')
			continue;
		assert(column < n_columns && strchr("RFo-", *c));
		if (*c == 'R')
			ix->required[column] |= FIELD_BIT(row->field);
		else if (*c == 'F')
			ix->forbidden[column] |= FIELD_BIT(row->field);
		column++;
	}
	assert(column == n_columns);
}

static void add_rules(struct dialect_index *ix, const struct rules *rules)
{
	assert(rules->n_columns <= RULES_MAX_COLUMNS && rules->n_when <= RULES_MAX_WHEN);
	for (unsigned column = 0; column < rules->n_columns; column++) {
		ix->all_columns |= UINT64_C(1) << column;
		for (size_t k = 0; k < rules->n_when; k++) {
			if (rules->columns[column].is[k])
				add_word(ix, k, rules->columns[column].is[k], column);
			else
				ix->any[k] |= UINT64_C(1) << column;
		}
	}
	for (size_t i = 0; i < rules->n_rows; i++)
		add_row(ix, &rules->rows[i], rules->n_columns);
}

/* Kinds. */

static struct index_kind *add_kind(struct dialect_index *ix, const char *text)
{
	size_t i;

	for (i = 0; i < ix->n_kinds; i++)
		if (strcmp(ix->kinds[i].text, text) == 0)
			return &ix->kinds[i];
	assert(ix->n_kinds < INDEX_MAX_KINDS);
	ix->kinds[i] = (struct index_kind) {
		.text = text, .n = strlen(text), .fields = ix->other_kind.fields,
	};
	ix->n_kinds++;
	return &ix->kinds[i];
}

static void add_kinds(struct dialect_index *ix, const struct field *fields, size_t n_fields)
{
	for (unsigned f = 0; f < n_fields; f++) {
		for (const char *const *k = fields[f].only; k && *k; k++)
			add_kind(ix, *k)->fields |= FIELD_BIT(f);
		for (const char *const *k = fields[f].absent_on; k && *k; k++)
			add_kind(ix, *k)->absent |= FIELD_BIT(f);
	}
}

static void forget(struct dialect_index *ix)
{
	for (size_t f = 0; f < INDEX_MAX_FIELDS; f++) {
		if (ix->patterns[f])
			regfree(ix->patterns[f]);
		free(ix->patterns[f]);
	}
	*ix = (struct dialect_index) {};
}

/* @before stands before each field's name where it is shown. */
static int build(struct dialect_index *ix, const struct field *fields, size_t n_fields,
		 const struct rules *rules, const char *before)
{
	struct building b = { .fields = fields, .ix = ix };
	int r = 0;

	assert(n_fields <= INDEX_MAX_FIELDS);
	*ix = (struct dialect_index) {
		.time_field = INDEX_NO_FIELD, .n_places = 1,
	};
	for (unsigned f = 0; f < n_fields && r == 0; f++)
		r = add_field(&b, f, before);
	if (r < 0) {
		forget(ix);
		return r;
	}
	add_kinds(ix, fields, n_fields);
	if (rules)
		add_rules(ix, rules);
	return 0;
}

int index_build(const struct dialect *d)
{
	const struct items *items = d->items;
	struct dialect_index *ix = d->index;
	int r;

	r = build(ix, d->fields, d->n_fields, d->rules, "");
	if (r == 0 && items) {
		r = build(items->index, items->fields, items->n_fields, items->rules, "[].");
		if (r < 0)
			forget(ix);
	}
	if (r < 0)
		return r;
	for (const char *const *k = items ? items->kinds : NULL; k && *k; k++)
		add_kind(ix, *k)->items = true;
	for (size_t i = 0; i < d->n_times; i++)
		for (const char *const *k = d->times[i].kinds; k && *k; k++)
			(void) add_kind(ix, *k);
	ix->needs_kind = ix->n_kinds > 0;
	ix->built = true;
	return 0;
}

/* Looking up. */

void index_agreed(const struct dialect_index *ix, uint64_t columns, uint64_t *ret_required,
		  uint64_t *ret_forbidden)
{
	uint64_t required = columns ? ~UINT64_C(0) : 0, forbidden = required;

	for (; columns; columns &= columns - 1) {
		unsigned column = (unsigned) __builtin_ctzll(columns);

		required &= ix->required[column];
		forbidden &= ix->forbidden[column];
	}
	*ret_required = required;
	*ret_forbidden = forbidden;
}

uint64_t index_columns(const struct dialect_index *ix, size_t k, const char *s, size_t n)
{
	for (size_t i = 0; i < ix->n_words[k]; i++)
		if (ix->words[k][i].n == n && memcmp(ix->words[k][i].text, s, n) == 0)
			return ix->words[k][i].columns | ix->any[k];
	return ix->any[k];
}

const struct index_kind *index_kind(const struct dialect_index *ix, const char *s, size_t n)
{
	for (size_t i = 0; s && i < ix->n_kinds; i++)
		if (ix->kinds[i].n == n && memcmp(ix->kinds[i].text, s, n) == 0)
			return &ix->kinds[i];
	return &ix->other_kind;
}
