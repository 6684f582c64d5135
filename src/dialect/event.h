#pragma once

/*
 * Event: one vendor event, checked and typed, on its way from the line to the
 * store. Everything it points at lives in the arena of its batch or is static.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dialect;

enum value_kind {
	VALUE_ABSENT = 0,	/* missing, null or "" */
	VALUE_TEXT,
	VALUE_INT,		/* FIELD_INT; FIELD_BOOL as 0 or 1; FIELD_TIME in µs since the epoch */
	VALUE_REAL,
};

struct value {
	uint8_t kind;		/* enum value_kind */
	uint32_t n;		/* bytes of text, without the NUL behind it */
	union {
		const char *text;
		int64_t i;
		double d;
	};
};

/* A broken rule of the vendor, of an event that is stored all the same. */
struct violation {
	const char *field;	/* the vendor's name of it */
	const char *rule;	/* "required", "forbidden", "pattern" or "unknown" */
};

/* Why something cannot be stored. */
struct problem {
	const char *code;	/* one of docs/PROTOCOL.md's error codes */
	const char *field;	/* NULL where no one field is at fault */
	const char *message;	/* what was found, what was expected, what to do */
};

/* Values of a table's fields: of some dozens, an event has a few. */
struct values {
	uint64_t present;		/* bit f is set: field f has a value */
	struct value *list;		/* those that are there, in the order of the fields */
};

static inline size_t values_count(const struct values *v)
{
	return (size_t) __builtin_popcountll(v->present);
}

/* The value of field @f; never NULL. */
static inline const struct value *values_at(const struct values *v, size_t f)
{
	static const struct value absent = {};
	uint64_t bit = UINT64_C(1) << f;

	return v->present & bit ? &v->list[__builtin_popcountll(v->present & (bit - 1))] : &absent;
}

/* An element of a payload that is an array. */
struct event_item {
	struct values values;		/* of dialect->items->fields */
	const char *extra;		/* as the event's */
	size_t n_extra;
};

struct event {
	const struct dialect *dialect;
	struct values values;		/* of dialect->fields */
	int64_t at_us;			/* when it happened */
	bool stamped;			/* neither it nor its envelope bears a time: at_us is that of receipt */
	bool timed;			/* it bears the time itself */
	uint64_t digest;		/* of app, source, sender's id, at_us and content; see delivery_field */
	const char *sender_id;		/* NULL if none was given */
	const char *extra;		/* what no field takes: a canonical JSON object; NULL if nothing */
	size_t n_extra;
	const struct event_item *items;	/* where the payload is an array; else NULL */
	size_t n_items;
	const struct value *scope_name;	/* of its session, one of its values; NULL if it does not name it whole */
	const struct value *scope_place;	/* where that name holds, likewise; NULL: everywhere */
	const struct violation *violations;
	size_t n_violations;
};

/* The text of value number @f, NUL-terminated, or NULL. Of an event that was accepted or read back. */
static inline const char *event_text(const struct event *e, unsigned f)
{
	const struct value *v = values_at(&e->values, f);

	return v->kind == VALUE_TEXT ? v->text : NULL;
}

/* That of the first of two that has one. */
static inline const char *event_either_text(const struct event *e, unsigned f, unsigned g)
{
	const char *text = event_text(e, f);

	return text ? text : event_text(e, g);
}

/* The number of value number @f, or @otherwise. */
static inline int64_t event_int(const struct event *e, unsigned f, int64_t otherwise)
{
	const struct value *v = values_at(&e->values, f);

	return v->kind == VALUE_INT ? v->i : otherwise;
}
