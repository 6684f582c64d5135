#pragma once

/*
 * Envelope: what a line says about its payload, and the settings of a hello. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "dialect/complain.h"
#include "dialect/dialect.h"
#include "wire/scan.h"

/* Where the keys that are ours stand in an object: nodes of their values, 0 if null, "" or missing. */
struct envelope_keys {
	uint32_t hello, source, app, id, at, context, event, events;
	uint32_t other;		/* the key node of the first member that is none of these */
};

/* Find them in object node @object, which is a line or the inside of a hello. */
void envelope_find(const struct scan *scan, uint32_t object, bool in_hello,
		   struct envelope_keys *ret);

/* What source, app, id, at and context say. */
struct envelope {
	const struct dialect *dialect;		/* NULL if not said */
	const struct json_node *app, *id;	/* strings of the scan; NULL if not said */
	int64_t at_us;				/* -1 if not said */
	uint32_t context;			/* node of an object; 0 if not said */
};

/* Read them, complaining of each that is wrong. Returns 0 or -ENOMEM. */
int envelope_read(const struct scan *scan, const struct envelope_keys *keys, struct complaints *c,
		  struct envelope *ret);

/* Complain of the member with key node @key, allowed where @allowed are. Returns 0 or -ENOMEM. */
int envelope_stranger(const struct scan *scan, uint32_t key, const char *what, const char *allowed,
		      struct complaints *c);
