#pragma once

/*
 * Answer: the lines that the ingest and control sockets say.
 *
 * Pure. Every function appends one whole line, newline included, and returns 0
 * or -ENOMEM; after that the buffer is as it was.
 */

#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

struct answer_problem {
	const char *code;
	const char *field;	/* NULL if no one field is at fault */
	const char *message;
};

struct answer_violation {
	const char *field;
	const char *rule;
};

/* Since the connection began. */
struct answer_ack {
	uint64_t lines;
	uint64_t stored, flagged, duplicate, rejected;
	uint64_t untold;	/* verdicts that were dropped; left out when 0 */
};

/* @problems: at least one; the first is the verdict's own. */
int answer_rejected(struct buf *out, uint64_t line, uint32_t event,
		    const struct answer_problem *problems, size_t n_problems);
int answer_flagged(struct buf *out, uint64_t line, uint32_t event,
		   const struct answer_violation *violations, size_t n_violations);
int answer_ack(struct buf *out, const struct answer_ack *ack);
int answer_busy(struct buf *out, const char *code, const char *message);

/* {"error":{…}}; @hint may be NULL. */
int answer_error(struct buf *out, const char *code, const char *message, const char *hint);

/* {"ok":{"@what":@n}} */
int answer_ok(struct buf *out, const char *what, int64_t n);
