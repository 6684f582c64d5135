#include "dialect/index.h"

#include <assert.h>

static void add_field(const struct dialect *d, unsigned f)
{
	struct dialect_index *ix = d->index;
	size_t n = strlen(d->fields[f].name);
	size_t at;

	assert(n > 0 && n <= UINT8_MAX);
	for (at = index_slot(d->fields[f].name, n); ix->slots[at]; at = (at + 1) % INDEX_SLOTS)
		;
	ix->slots[at] = (uint8_t) (f + 1);
	ix->n_name[f] = (uint8_t) n;
	if (d->fields[f].required)
		ix->always |= FIELD_BIT(f);
	if (d->fields[f].role == ROLE_TIME)
		ix->time_field = (uint8_t) f;
}

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

void index_build(const struct dialect *d)
{
	const struct rules *rules = d->rules;
	struct dialect_index *ix = d->index;

	assert(d->n_fields <= INDEX_MAX_FIELDS);
	*ix = (struct dialect_index) { .built = true, .time_field = INDEX_NO_FIELD };
	for (unsigned f = 0; f < d->n_fields; f++)
		add_field(d, f);
	if (!rules)
		return;

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
