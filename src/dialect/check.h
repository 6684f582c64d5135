#pragma once

/*
 * Check: one value against its field: type, length, range, allowed values. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "dialect/complain.h"
#include "dialect/dialect.h"
#include "dialect/event.h"
#include "wire/scan.h"

enum check_result {
	CHECK_OK = 0,
	CHECK_UNKNOWN,	/* fine, but a value the vendor does not document: to be flagged */
	CHECK_UNLIKE,	/* fine, but not like the field's pattern: to be flagged */
	CHECK_ABSENT,	/* the field's absent_if, absent_if_text, or a kind of its absent_on: counts as no value */
	CHECK_BAD,	/* told in the complaints */
};

/*
 * Read node @i, which is neither null nor "", as a value of @field, which messages
 * call @name. A text in *ret is borrowed from the scan, without a NUL. Filled for
 * CHECK_OK and CHECK_UNKNOWN only. FIELD_JSON and patterns are not looked at here.
 *
 * Returns an enum check_result, or -ENOMEM.
 */
int check_value(const struct field *field, const char *name, const struct scan *scan, uint32_t i,
		struct complaints *c, struct value *ret);

/* Whether node @i is an object or an array of the shape and size the FIELD_JSON has. Returns as above. */
int check_json(const struct field *field, const char *name, const struct scan *scan, uint32_t i,
	       struct complaints *c);

/* Complain of node @i where a list of one value should be. Returns 0 or -ENOMEM. */
int check_list_type(const char *name, const struct scan *scan, uint32_t i, struct complaints *c);

/* A time, or, where @or_ns, integer nanoseconds; messages call it @name. Returns as above. */
int check_time(const char *name, const struct scan *scan, uint32_t i, bool or_ns, struct complaints *c,
	       int64_t *ret_us);

/* Whether a text has more than @max characters (0: no limit). Then it is complained of. Returns as above. */
int check_length(const char *name, const char *s, size_t n, uint32_t max, struct complaints *c);

/* "a, b, c" of a NULL-ended list, for messages; NULL on -ENOMEM. */
const char *check_list(const char *const *list, struct arena *arena);
