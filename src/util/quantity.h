#pragma once

/* Quantity: spans of time and sizes as people write them in a config file. Pure. */

#include <stdint.h>

#include "util/buf.h"

enum {
	QUANTITY_E_BAD = 1,	/* not a quantity, or one that does not fit */
};

/* "90", "60s", "1.5h", "1h 30min", "250ms"; a bare number is seconds. Returns 0 or QUANTITY_E_BAD. */
int quantity_span_ms(const char *text, int64_t *ret_ms);

/* "4096", "64K", "64M", "2G", also with a B or iB behind. Returns 0 or QUANTITY_E_BAD. */
int quantity_bytes(const char *text, int64_t *ret_bytes);

/* In the largest unit that needs no fraction. Each returns 0 or -ENOMEM. */
int quantity_print_span(struct buf *out, int64_t ms);
int quantity_print_bytes(struct buf *out, int64_t bytes);
