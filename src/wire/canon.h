#pragma once

/*
 * Canon: the one spelling of a scanned JSON value.
 *
 * Two values that mean the same give the same bytes: object keys in byte order,
 * members that are null or "" left out (and objects and arrays that this leaves
 * empty stay), integers as digits, other numbers in the shortest form that reads
 * back the same, no white space, no escapes but those JSON demands.
 * The output is valid JSON. Pure.
 */

#include <stdint.h>

#include "util/buf.h"
#include "wire/scan.h"

/* Append node @i to @out. Returns 0 or -ENOMEM. */
int canon_node(const struct scan *s, uint32_t i, struct buf *out);

/* Append the text as a JSON string, quoted. Returns 0 or -ENOMEM. */
int canon_string(const char *s, size_t n, struct buf *out);
