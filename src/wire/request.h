#pragma once

/*
 * Request: a line of the query or the control socket, read strictly.
 *
 * Pure. A request owns a copy of its line, so that it can leave the loop with
 * the job that answers it. Its values are nodes of the scan (wire/scan.h); a
 * member that is null or "" counts as absent.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "wire/reply.h"
#include "wire/scan.h"

enum {
	REQUEST_E_BAD = 1,	/* told in the reply_error */
};

struct request {
	struct buf line;	/* owned */
	struct scan scan;	/* owned; node 0 is the object */
};

void request_deinit(struct request *r);		/* works on a zeroed struct */

/*
 * Read the @n bytes of @line: one JSON object, no key twice, @verb (say "query")
 * among its keys and a string.
 *
 * Returns 0, REQUEST_E_BAD or -ENOMEM; @r is to be deinitialised in any case.
 */
int request_parse(struct request *r, const char *line, size_t n, const char *verb, struct reply_error *e);

/* Member @key, or NULL if absent. Borrowed for the life of the request. */
const struct json_node *request_get(const struct request *r, const char *key);

/* Whether member @key is the string @text. */
bool request_is(const struct request *r, const char *key, const char *text);

/* Where node @v stands in the scan. */
uint32_t request_index(const struct request *r, const struct json_node *v);

/* Member by member: start with *i = 0; false at the end. Absent ones are shown too. */
bool request_next(const struct request *r, uint32_t *i, const struct json_node **ret_key,
		  const struct json_node **ret_value);

/*
 * A member of a known type. *ret is left alone where it is absent.
 * Each returns 0 or REQUEST_E_BAD (bad-value, naming the key).
 */
int request_text(const struct request *r, const char *key, const struct json_node **ret, struct reply_error *e);
int request_int(const struct request *r, const char *key, int64_t least, int64_t most, int64_t *ret,
		struct reply_error *e);
