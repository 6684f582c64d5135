#pragma once

/*
 * Timestamp: RFC 3339 text to and from microseconds since the epoch. Pure.
 */

#include <stddef.h>
#include <stdint.h>

/* Latest instant taken, 9999-12-31T23:59:59.999999Z. The earliest is 0. */
#define TIMESTAMP_MAX_US INT64_C(253402300799999999)

enum {
	TIMESTAMP_E_BAD = 1,	/* not an RFC 3339 date-time of the years 1970 to 9999 */
};

/*
 * Read "2026-08-21T11:32:45.123Z": T may be t or one space, Z may be z, any
 * numeric offset, 0 to 9 fraction digits (finer than 1 µs is cut off). A leap
 * second (:60, which only the last minute of a month of UTC has) reads as the
 * second after it.
 *
 * Returns 0 or TIMESTAMP_E_BAD.
 */
int timestamp_parse(const char *s, size_t n, int64_t *ret_us);

/* Integer nanoseconds since the epoch, 0 or later. Returns 0 or TIMESTAMP_E_BAD. */
int timestamp_from_ns(int64_t ns, int64_t *ret_us);

enum { TIMESTAMP_TEXT_SIZE = 32 };

/* Write "2026-08-21T11:32:45.123456Z" (fraction of 3 or 6 digits: 6 only where µs are there). */
void timestamp_format(int64_t us, char text[static TIMESTAMP_TEXT_SIZE]);
