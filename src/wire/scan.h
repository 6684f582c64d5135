#pragma once

/*
 * Scan: one strict pass over a line of JSON (RFC 8259), giving a flat list of
 * its values.
 *
 * The only pointer arithmetic on input. Pure; one scan is reused for every line
 * of the loop thread. Strict: valid UTF-8, no duplicate keys, no raw control
 * characters, no lone surrogates, no U+0000, nothing behind the value, at most
 * LIMIT_LINE_DEPTH deep, numbers that fit (integers int64, others finite double).
 *
 * Two kinds of fault. A *hard* one (the text is not JSON, or too deep) ends the
 * scan. A *soft* one (duplicate key, number that does not fit, text that is not
 * clean) leaves the shape readable: the scan goes on and notes the place, so
 * that one bad event does not cost its neighbours in a batch. Every node stays
 * safe to use then: a string is valid UTF-8 without NUL (what was not clean is a
 * question mark), a number is finite (clamped to what fits).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_node_type {
	JSON_NULL = 1,
	JSON_FALSE,
	JSON_TRUE,
	JSON_INT,	/* a number that is an integer: 17, 1e3, -0.0 (at most ±2^53 unless plain digits) */
	JSON_REAL,	/* any other number */
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

/*
 * A value. Nodes stand in the order of the text: an array node is followed by
 * its elements' nodes, an object node by key (a JSON_STRING), value, key, value.
 */
struct json_node {
	uint8_t type;		/* enum json_node_type */
	bool escaped;		/* string: had escapes or faults, so s points into the scan, not the line */
	uint32_t begin, end;	/* its text is line[begin..end), quotes and brackets included */
	uint32_t next;		/* index of the node behind it and all it holds */
	uint32_t n;		/* string: bytes; array: elements; object: members */
	union {
		const char *s;	/* string, decoded; borrowed until the next scan_line(). Not NUL-terminated */
		int64_t i;
		double d;
	};
};

struct scan_fault {
	const char *code;	/* static: not-json bad-utf8 bad-string bad-number duplicate-key too-deep */
	const char *message;	/* static, for people: what was expected here */
	uint32_t offset;	/* byte of the line, from 0 */
};

enum { SCAN_MAX_FAULTS = 64 };	/* one more soft fault than this is a hard one */

struct scan {
	struct json_node *nodes;	/* owned; nodes[0] is the whole line */
	size_t n_nodes, cap_nodes;
	char *text;			/* owned; decoded strings */
	size_t n_text, cap_text;
	struct scan_fault faults[SCAN_MAX_FAULTS];	/* soft ones, in the order of the text */
	size_t n_faults;
	uint32_t depth;			/* of the arrays and objects nested deepest */
};

enum {
	SCAN_E_BAD = 1,		/* a hard fault, told in ret_fault */
};

void scan_deinit(struct scan *s);	/* works on a zeroed struct */

/*
 * Scan the @n bytes of @line, which must outlive the use of the nodes. Room grown for a
 * large line is given back at the next call.
 *
 * Returns 0, SCAN_E_BAD, -ENOMEM, or -EMSGSIZE for 2 GiB and more.
 */
int scan_line(struct scan *s, const char *line, size_t n, struct scan_fault *ret_fault);

/* Whether a line has nothing but white space. */
bool scan_is_blank(const char *line, size_t n);

/* The first soft fault inside node @i, or NULL. */
const struct scan_fault *scan_fault_in(const struct scan *s, uint32_t i);

/* How deep the arrays and objects of node @i are nested, itself included: 0 for any other value. */
uint32_t scan_depth(const struct scan *s, uint32_t i);

/* The value of member @key of object node @i, or 0 (node 0 is never a member). */
uint32_t scan_member(const struct scan *s, uint32_t i, const char *key);

/* Whether node @i counts as absent: null or "". */
static inline bool scan_absent(const struct scan *s, uint32_t i)
{
	const struct json_node *v = &s->nodes[i];

	return v->type == JSON_NULL || (v->type == JSON_STRING && v->n == 0);
}

static inline bool scan_str_eq(const struct json_node *v, const char *s, size_t n)
{
	return v->n == n && __builtin_memcmp(v->s, s, n) == 0;
}
