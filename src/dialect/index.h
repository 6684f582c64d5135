#pragma once

/*
 * Index: a dialect's tables, turned once into what the engine looks things up
 * in: fields by their key, rule columns by their values. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dialect/dialect.h"

/* Bit of field number @f in a mask of fields. */
#define FIELD_BIT(f) (UINT64_C(1) << (f))

enum {
	INDEX_MAX_FIELDS = 64,
	INDEX_SLOTS = 256,	/* a power of two, few of them taken */
	INDEX_NO_FIELD = 0xff,
};

/* A value that rule columns name for one when field. */
struct index_word {
	const char *text;
	size_t n;
	uint64_t columns;	/* those that name it */
};

struct dialect_index {
	bool built;
	uint8_t slots[INDEX_SLOTS];		/* field number + 1; 0: free */
	uint8_t n_name[INDEX_MAX_FIELDS];
	uint8_t time_field;			/* the one with ROLE_TIME, or INDEX_NO_FIELD */
	uint64_t always;			/* fields required of every event */
	uint64_t all_columns;
	uint64_t any[RULES_MAX_WHEN];		/* columns that take any value of a when field */
	struct index_word words[RULES_MAX_WHEN][RULES_MAX_COLUMNS];
	size_t n_words[RULES_MAX_WHEN];
	uint64_t required[RULES_MAX_COLUMNS];	/* masks of fields, by column */
	uint64_t forbidden[RULES_MAX_COLUMNS];
};

/* Fill @d's index from its tables, which must be sound. */
void index_build(const struct dialect *d);

/* Fields required and forbidden by the columns in @columns together: what all of them say. */
void index_agreed(const struct dialect_index *ix, uint64_t columns, uint64_t *ret_required,
		  uint64_t *ret_forbidden);

/* The columns that name the text for when field number @k, or take any value of it. */
uint64_t index_columns(const struct dialect_index *ix, size_t k, const char *s, size_t n);

/*
 * Only the length and three characters: a vendor's keys differ in these. Where
 * two do not, the second takes the next free slot.
 */
static inline size_t index_slot(const char *key, size_t n)
{
	const unsigned char *s = (const unsigned char *) key;

	return (n * 37 + s[0] * 5u + s[n / 2] * 11u + s[n - 1]) % INDEX_SLOTS;
}

/* The number of the field with this key, or INDEX_NO_FIELD. */
static inline unsigned index_field(const struct dialect *d, const char *key, size_t n)
{
	const struct dialect_index *ix = d->index;

	if (n == 0)
		return INDEX_NO_FIELD;
	for (size_t at = index_slot(key, n); ix->slots[at]; at = (at + 1) % INDEX_SLOTS) {
		unsigned f = ix->slots[at] - 1u;

		if (ix->n_name[f] == n && memcmp(d->fields[f].name, key, n) == 0)
			return f;
	}
	return INDEX_NO_FIELD;
}
