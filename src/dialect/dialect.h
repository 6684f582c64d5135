#pragma once

/*
 * Dialect: a vendor's events as a table of fields and rules.
 *
 * A vendor is data: one file that defines a struct dialect, named in the list
 * of dialect/registry.c. The engine checks events against it, the store makes
 * its INSERT from it (see keep and role). Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dialect/mark.h"

enum field_type {
	FIELD_TEXT = 1,	/* JSON string of at most max_chars characters */
	FIELD_BOOL,
	FIELD_INT,	/* integer in [min, max] */
	FIELD_REAL,
	FIELD_TIME,	/* RFC 3339 string */
	FIELD_JSON,	/* object or array, kept whole as canonical JSON text */
};

/* Where a field is looked for. */
enum field_from {
	FROM_PAYLOAD = 0,
	FROM_CONTEXT,	/* the envelope's context: what the payload of some vendors does not say */
};

/* What is kept out of the record unless the configuration asks for it. */
enum field_privacy {
	PRIVACY_NONE = 0,
	PRIVACY_PHONE,	/* dropped unless keep_phone_numbers */
};

/* How the store keeps a text or a real number. Other types are kept as INTEGER, a time in µs. */
enum field_keep {
	KEEP_INLINE = 0,	/* in the row: what rarely repeats, such as reasons and track ids */
	KEEP_DICT,		/* as a dictionary id: what often repeats */
	KEEP_MILLI,		/* FIELD_REAL: as an integer of thousandths if it is that exactly, else as it is */
};

/* What a FIELD_JSON must look like. null and "" count as absent within, too. */
enum field_shape {
	SHAPE_ANY = 0,
	SHAPE_TEXTS,		/* an array of texts */
	SHAPE_TEXT_MAP,		/* an object whose values are texts */
};

/* What a field is beyond its type: these become rows with integer keys. */
enum field_role {
	ROLE_NONE = 0,
	ROLE_TIME,	/* when the event happened; kept as at_us, no column of its own */
	ROLE_USER,
	ROLE_ATTEMPT,	/* the join attempt's id */
	ROLE_CONNECT,	/* the coordinator connection's id */
	ROLE_SESSION,	/* the session's id, or what names the room that sessions are held in: see scope_fields */
	ROLE_STAGE_ID,	/* a stage attempt's id, within its attempt or connection */
};

struct field {
	/*
	 * The vendor's key; a path "a.b" leads into objects; "" is the payload itself where
	 * it is a bare number or text. Violations and problems give it so, but "context.key"
	 * for one from the context, "event" for "", and "[].key" (a violation) or "[2].key"
	 * (a problem) for one of an element.
	 */
	const char *name;
	/*
	 * In the vendor's table; NULL: as name. Fields may share one if no event has a value
	 * for two of them.
	 */
	const char *column;
	uint8_t type;			/* enum field_type */
	uint8_t keep;			/* enum field_keep */
	uint8_t role;			/* enum field_role */
	uint8_t from;			/* enum field_from */
	uint8_t privacy;		/* enum field_privacy */
	uint8_t shape;			/* enum field_shape */
	/*
	 * Of every event. In the context, it is not missed where the payload has it, or should
	 * have it, by the same name; a bare number or text has no members to miss. What else
	 * may be in several places: see scope_fields.
	 */
	bool required;
	bool or_ns;			/* FIELD_TIME: may as well be an integer, of nanoseconds since the epoch */
	bool in_list;			/* the value is the one element of an array; longer arrays go to extra */
	uint32_t max_chars;		/* FIELD_TEXT; of FIELD_JSON's keys and texts in all; 0: as many as a line has */
	int64_t min, max;		/* FIELD_INT; FIELD_REAL if max > min; max: elements of FIELD_JSON, if not 0 */
	const char *const *closed;	/* NULL-ended: another value is rejected "bad-value" */
	const char *const *known;	/* NULL-ended: another value, or element of FIELD_JSON, is flagged "unknown" */
	bool false_if_absent;		/* FIELD_BOOL: an event that says false is the same as one that says nothing */
	const char *absent_if;		/* a text that counts as no value, kept in extra; or NULL */
	bool absent_if_text;		/* FIELD_REAL: any text counts so, for senders disagree about the type */
	/* NULL-ended: in the payload of events of these kinds it counts as no value, kept in extra; or NULL. */
	const char *const *absent_on;
	const char *pattern;		/* POSIX extended, anchored: another text is flagged "pattern"; or NULL */
	/*
	 * FIELD_TEXT from the context: number + 1 of the payload's field that says the same;
	 * 0: none. Whether it is told here, there or in both places, the event is the same.
	 */
	uint8_t stands_for;
	/* NULL-ended: the field is this one only on events of these kinds; elsewhere the key is another's or nobody's. */
	const char *const *only;
};

/*
 * What must and must not be there on which events, laid out as a table: a column
 * for each kind of event, a row for each field.
 *
 * An event's columns are found by its values of the when fields, one after the
 * other: each leaves the columns that name its value or name none. A value that
 * would leave no column (it is missing, or none of theirs) ends the search, and
 * what all the columns left so far agree on applies. Where even the first when
 * field leaves none, nothing does.
 */
enum {
	RULES_MAX_WHEN = 3,
	RULES_MAX_COLUMNS = 64,
};

struct rule_column {
	const char *is[RULES_MAX_WHEN];	/* the value of each when field; NULL: any or none */
};

struct rule_row {
	uint8_t field;
	/* A character a column, blanks skipped: R required, F forbidden, o optional, - not mentioned. */
	const char *cells;
};

struct rules {
	uint8_t when[RULES_MAX_WHEN];	/* FIELD_TEXT fields */
	uint8_t n_when;
	const struct rule_column *columns;
	size_t n_columns;
	const struct rule_row *rows;	/* fields without a row are optional everywhere */
	size_t n_rows;
};

/* Which field tells when events of these kinds happened: asked in turn, before the one with ROLE_TIME. */
struct time_rule {
	const char *const *kinds;	/* NULL-ended; NULL: every kind */
	uint8_t field;			/* FIELD_TIME; if absent the next rule that matches is asked */
};

/*
 * A column of the event's own row that has a value of one of its elements, so
 * that views find the event without reading through the elements of all.
 */
struct lifted {
	const char *column;
	uint8_t field;			/* of an element: that of the first which has it, */
	bool only_where;		/* and whose other field, a FIELD_INT or FIELD_BOOL, */
	uint8_t where;
	int64_t is;			/* is this */
};

enum { ITEMS_PER_EVENT = 1024 };	/* more than LIMIT_ITEMS; views and sql/schema know it */

/* Payloads that are arrays: each element becomes a row of its own beside the event's. */
struct items {
	const char *table;		/* an element's id is event_id * ITEMS_PER_EVENT + n; n counts from 0 */
	const struct field *fields;	/* of an element, which is an object; roles are not for items */
	size_t n_fields;		/* at most 64 */
	const struct rules *rules;	/* when fields are fields of the event; rows are fields of the element; or NULL */
	const char *const *kinds;	/* NULL-ended: the events whose payload is an array */
	const struct lifted *lifted;	/* at most INSERT_MAX_LIFTED */
	size_t n_lifted;
	struct dialect_index *index;
};

/* What ends a vendor's sessions. */
enum session_end {
	SESSION_ENDS_BY_WORD = 1,	/* the vendor says so, and nothing else does */
	SESSION_ENDS_ALL_LEFT,		/* when all who joined have left */
	SESSION_ENDS_IDLE,		/* nobody tells; each one is gone after an idle time */
	SESSION_ENDS_ALL_LEFT_OR_IDLE,
};

struct dialect_index;

struct dialect {
	const char *source;		/* as an envelope names it */
	const char *title;		/* for people: "GetStream client events" */
	const char *table;		/* the vendor's table in the store */
	const struct field *fields;
	size_t n_fields;		/* at most 64 */
	const struct rules *rules;	/* NULL: none but the fields' own */
	/*
	 * A bare payload is of this vendor if its object has a value for this key (a text, if
	 * the key is "event", since an envelope has that too); NULL: none is. Within an
	 * envelope it tells dialects of one source apart: the first of them in the list of
	 * dialect/registry.c takes what is none of the others'.
	 */
	const char *bare_key;
	/* A payload object with this key holds a list of events; NULL: it does not. */
	const char *list_key;
	size_t max_list;		/* events such a list may have */
	uint8_t kind_field;		/* the one that names the event: what only, items and times go by */
	const struct items *items;	/* NULL: no payload is an array */
	/*
	 * What no table tells more of than its name may have an array or a number for a payload:
	 * extra has it whole, which is an object everywhere else.
	 */
	bool any_payload;
	const struct time_rule *times;
	size_t n_times;
	/*
	 * The fields that together name the session an event belongs to, when it has no
	 * attempt or connection: the last is its name and has ROLE_SESSION, the one before it,
	 * if any, is the place where that name holds. Fields whose keys end alike
	 * ("meeting.sessionId", "sessionId") tell one and the same: the first of them that has a
	 * value counts, and one that is required may be any of them. Where the name or the place
	 * is missing, there is no session.
	 */
	const uint8_t *scope_fields;
	size_t n_scope_fields;
	/*
	 * Its events are told long after they happened, a session's one after the other: what
	 * makes two the same is a UNIQUE index that begins with the scope, and not with the time.
	 */
	bool told_late;
	bool scopes_by_time;		/* its table has no index by scope: a scope's events are looked for by their time */
	/*
	 * Field number + 1 of a delivery's own id, in the context of its line; 0: none. It stands
	 * for the sender's id and for the time in what makes two events the same, so that one
	 * without a time of its own is known again. The table then has a UNIQUE index on digest
	 * where this field's column is not NULL and stamped is 1: where the event bears a time,
	 * that is part of its content.
	 */
	uint8_t delivery_field;
	/*
	 * What an event says of who is in a call: fills @ret and gives how many marks there are.
	 * It may ask for the fields and elements alone, for an event read back from the store has
	 * nothing else. NULL: its events say nothing, or not event by event.
	 */
	size_t (*marks)(const struct event *event, struct mark ret[static MARKS_MAX]);
	uint8_t session_end;		/* enum session_end */
	bool session_named;		/* the vendor gives a session an id; else it ends at a gap or when all left */
	struct dialect_index *index;	/* static memory, zeroed: the engine's, see dialect/index.h */
};

enum { DIALECTS_MAX = 8 };

/* All vendors, and the first by the name of its source (NULL: unknown). */
extern const struct dialect *const dialects[];
extern const size_t n_dialects;
const struct dialect *dialect_by_source(const char *source, size_t n);

/* "stream, ivs, …", for messages. Static, made at each call: loop thread. */
const char *dialect_sources(void);
