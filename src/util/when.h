#pragma once

/*
 * When: a point in time as people write it, in the forms of systemd.time(7).
 *
 * -1h  +5min  "1h 30min ago"  "2min left"  now  today  yesterday  tomorrow  14:00
 * 2026-11-20  "Fri 2026-11-20 14:00:05.25"  "2026-11-20 14:00 UTC"
 * 2026-11-20T14:00:05+01:00  @1763647205.5
 *
 * Without a zone (UTC, Z or an offset) the local one is meant. The present is
 * an argument. Reads TZ through the C library and nothing else.
 */

#include <stddef.h>
#include <stdint.h>

enum {
	WHEN_E_BAD = 1,		/* none of the forms, or a date that is on no calendar */
};

/*
 * Microseconds since the epoch; what would be earlier than 1970 is 0, what
 * would be later than 9999 is the end of that year.
 *
 * Returns 0 or WHEN_E_BAD.
 */
int when_parse(const char *s, size_t n, int64_t now_us, int64_t *ret_us);
