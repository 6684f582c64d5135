#pragma once

/*
 * Index: a dialect's tables, turned once into what the engine looks things up
 * in: fields by their key and place, rule columns by their values, kinds of
 * event by their name. Pure.
 */

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dialect/dialect.h"

/* Bit of field number @f in a mask of fields. */
#define FIELD_BIT(f) (UINT64_C(1) << (f))

enum {
	INDEX_MAX_FIELDS = 64,
	INDEX_MAX_PLACES = 16,	/* objects that the paths of fields lead into, the payload included */
	INDEX_MAX_KEYS = INDEX_MAX_FIELDS + INDEX_MAX_PLACES,
	INDEX_MAX_KINDS = 64,
	INDEX_SLOTS = 256,	/* a power of two, few of them taken */
	INDEX_NAMES_BYTES = 2048,
	INDEX_NO_FIELD = 0xff,
	INDEX_ALIKE_BYTES = 128,
};

/* A value that rule columns name for one when field. */
struct index_word {
	const char *text;
	size_t n;
	uint64_t columns;	/* those that name it */
};

/* A key in one place: the fields it may mean, and the object it may lead into. */
struct index_key {
	const char *key;	/* not NUL-terminated */
	uint8_t n;
	uint8_t place;		/* where it stands */
	uint8_t field;		/* the first of this key, further ones by next_field; or INDEX_NO_FIELD */
	uint8_t into;		/* the place it leads into; 0: none */
};

/* An object on the way to fields; place 0 is the payload. */
struct index_place {
	const char *path;	/* not NUL-terminated */
	uint8_t n_path;
	uint64_t fields;	/* those in it, however deep */
};

/* A text that is like its field's pattern. */
struct index_alike {
	uint8_t n;		/* 0: none */
	char text[INDEX_ALIKE_BYTES];
};

/* A kind of event that some table names, and what is special about it. */
struct index_kind {
	const char *text;
	size_t n;
	uint64_t fields;	/* those that exist on it */
	uint64_t absent;	/* those of them that count as no value */
	bool items;		/* its payload is an array */
};

struct dialect_index {
	bool built;
	bool needs_kind;			/* any field or table goes by the kind */
	uint8_t slots[INDEX_SLOTS];		/* key number + 1; 0: free */
	struct index_key keys[INDEX_MAX_KEYS];
	size_t n_keys;
	struct index_place places[INDEX_MAX_PLACES];
	size_t n_places;
	uint8_t next_field[INDEX_MAX_FIELDS];	/* of the same key, or INDEX_NO_FIELD */
	const char *shown[INDEX_MAX_FIELDS];	/* the field's name as violations and messages give it */
	char names[INDEX_NAMES_BYTES];		/* the shown ones that are not the field's own */
	regex_t *patterns[INDEX_MAX_FIELDS];	/* owned; NULL: none */
	struct index_alike alike[INDEX_MAX_FIELDS];	/* what was last found to be like the pattern: it often repeats */
	uint8_t time_field;			/* the one with ROLE_TIME, or INDEX_NO_FIELD */
	uint64_t always;			/* fields required of every event */
	uint64_t context;			/* fields taken from the context */
	uint64_t scalar;			/* fields that are the payload itself */
	uint64_t phone;				/* fields that keep_phone_numbers is about */
	uint64_t loose;				/* fields that may be there or not on one and the same event */
	struct index_kind kinds[INDEX_MAX_KINDS];
	size_t n_kinds;
	struct index_kind other_kind;		/* any event of no kind above */
	uint64_t all_columns;
	uint64_t any[RULES_MAX_WHEN];		/* columns that take any value of a when field */
	struct index_word words[RULES_MAX_WHEN][RULES_MAX_COLUMNS];
	size_t n_words[RULES_MAX_WHEN];
	uint64_t required[RULES_MAX_COLUMNS];	/* masks of fields, by column */
	uint64_t forbidden[RULES_MAX_COLUMNS];
};

/*
 * Fill @d's index, and that of its items, from its tables, which must be sound.
 * Returns 0 or -ENOMEM, and then the index is as it was.
 */
int index_build(const struct dialect *d);

/* The same, the first time it is called only. */
static inline int index_ready(const struct dialect *d)
{
	return d->index->built ? 0 : index_build(d);
}

/* Fields required and forbidden by the columns in @columns together: what all of them say. */
void index_agreed(const struct dialect_index *ix, uint64_t columns, uint64_t *ret_required,
		  uint64_t *ret_forbidden);

/* The columns that name the text for when field number @k, or take any value of it. */
uint64_t index_columns(const struct dialect_index *ix, size_t k, const char *s, size_t n);

/* What there is to know of events of the kind that the text names; NULL for @s: it names none. */
const struct index_kind *index_kind(const struct dialect_index *ix, const char *s, size_t n);

/*
 * Only the length and three characters: a vendor's keys differ in these. Where
 * two do not, the second takes the next free slot.
 */
static inline size_t index_slot(unsigned place, const char *key, size_t n)
{
	const unsigned char *s = (const unsigned char *) key;

	return (n * 37 + s[0] * 5u + s[n / 2] * 11u + s[n - 1] + place * 67u) % INDEX_SLOTS;
}

/* What is known of this key in this place, or NULL. */
static inline const struct index_key *index_key(const struct dialect_index *ix, unsigned place,
						const char *key, size_t n)
{
	if (n == 0)
		return NULL;
	for (size_t at = index_slot(place, key, n); ix->slots[at]; at = (at + 1) % INDEX_SLOTS) {
		const struct index_key *k = &ix->keys[ix->slots[at] - 1u];

		if (k->n == n && k->place == place && memcmp(k->key, key, n) == 0)
			return k;
	}
	return NULL;
}
