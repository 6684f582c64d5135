#pragma once

/*
 * Judging: an event in hand. Shared by the engine and its two halves: take,
 * which finds values, and obey, which holds them against the rules. Pure.
 */

#include <stdint.h>
#include <string.h>

#include "dialect/complain.h"
#include "dialect/engine.h"
#include "dialect/extra.h"
#include "dialect/index.h"
#include "dialect/strange.h"

/* A table of fields held against one object, the payload or an element of it. Masks are of FIELD_BIT()s. */
struct part {
	const struct field *fields;
	size_t n_fields;
	struct dialect_index *index;
	struct value values[INDEX_MAX_FIELDS];	/* n_fields of them */
	uint64_t live;			/* fields that exist on this kind of event */
	uint64_t present;		/* has a value */
	uint64_t bad;			/* has something that was complained of */
	uint64_t missing, forbidden, unknown, unlike;	/* breaks a rule; unlike its pattern */
	uint16_t first_odd[INDEX_MAX_FIELDS];	/* of elements: which has the first value unknown or unlike */
};

struct judging {
	const struct dialect *dialect;
	const struct engine_context *ctx;
	const struct scan *scan;
	struct arena *arena;
	struct buf *scratch;
	const struct index_kind *kind;
	struct part event;
	struct part element;		/* the one in hand; its broken rules are those of all before it too */
	struct event_item *items;
	size_t n_items;
	struct extra extra;		/* of the part in hand */
	struct strange strange;
	struct complaints complaints;
};

/* What is judged as anything else and then left out of the record. */
static inline uint64_t part_dropped(const struct judging *j, const struct part *p)
{
	return j->ctx->keep_phone_numbers ? 0 : p->index->phone;
}

/* The last key of the field's path: what fields that are one name in several places have in common. */
static inline const char *key_end(const struct field *f)
{
	const char *dot = strrchr(f->name, '.');

	return dot ? dot + 1 : f->name;
}

/* take.c. Each returns 0 or -ENOMEM. */

/* Find out which kind of event node @i is. */
void take_kind(struct judging *j, uint32_t i);

/* Read the members of object node @i, a field or a place on the way to fields each. */
int take_object(struct judging *j, struct part *p, uint32_t i);

/* Read the value at node @i of @scan as field @f. Sets *ret_extra if it is for extra instead. */
int take_value(struct judging *j, struct part *p, unsigned f, const struct scan *scan, uint32_t i,
	       bool *ret_extra);

/* Read the fields that the context gives. */
int take_context(struct judging *j);

/* obey.c. */

/* The columns of @rules that the event falls under; 0: none. */
uint64_t obey_columns(const struct judging *j, const struct part *p, const struct rules *rules);

/* Hold @p's values against its rules, whose when fields are the event's. */
void obey_rules(const struct judging *j, struct part *p, const struct rules *rules);

/* Complain of the rules that @p breaks. Returns 0 or -ENOMEM. */
int obey_complain(struct judging *j, const struct part *p, const struct rules *rules);

/* Complain of strange keys in the context. Returns 0 or -ENOMEM. */
int obey_complain_strange(struct judging *j);

/* Note all of it in @e. Returns 0 or -ENOMEM. */
int obey_note(const struct judging *j, struct event *e);
