#include "wire/canon.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util/macros.h"
#include "util/real.h"
#include "wire/member.h"

static int add_escape(struct buf *out, unsigned char c)
{
	switch (c) {
	case '"':
		return buf_add_str(out, "\\\"");
	case '\\':
		return buf_add_str(out, "\\\\");
	case '\b':
		return buf_add_str(out, "\\b");
	case '\t':
		return buf_add_str(out, "\\t");
	case '\n':
		return buf_add_str(out, "\\n");
	case '\f':
		return buf_add_str(out, "\\f");
	case '\r':
		return buf_add_str(out, "\\r");
	default:
		return buf_printf(out, "\\u%04x", c);
	}
}

int canon_string(const char *s, size_t n, struct buf *out)
{
	size_t run = 0;	/* s[run..i) needs no escape and is not written yet */
	int r;

	r = buf_reserve(out, n + 2);
	if (r < 0)
		return r;
	r = buf_add_char(out, '"');
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char) s[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		r = buf_add(out, s + run, i - run);
		if (r < 0)
			return r;
		r = add_escape(out, c);
		if (r < 0)
			return r;
		run = i + 1;
	}
	r = buf_add(out, s + run, n - run);
	if (r < 0)
		return r;
	return buf_add_char(out, '"');
}

static int add_int(int64_t i, struct buf *out)
{
	return buf_printf(out, "%" PRId64, i);
}

static int add_real(double d, struct buf *out)
{
	char text[REAL_TEXT_SIZE];

	/* 1e18 is the integer of 19 digits, whichever way it was written. */
	if (d >= -0x1p63 && d < 0x1p63) {
		int64_t i = (int64_t) d;

		if (!((double) i < d) && !((double) i > d))
			return add_int(i, out);
	}
	real_format(d, text);
	return buf_add_str(out, text);
}

static int add_array(const struct scan *s, uint32_t i, struct buf *out)
{
	int r;

	r = buf_add_char(out, '[');
	for (uint32_t v = i + 1; r == 0 && v < s->nodes[i].next; v = s->nodes[v].next) {
		if (v > i + 1)
			r = buf_add_char(out, ',');
		if (r == 0)
			r = canon_node(s, v, out);
	}
	return r < 0 ? r : buf_add_char(out, ']');
}

static int add_member(const struct scan *s, const struct json_node *key, struct buf *out)
{
	int r;

	r = canon_string(key->s, key->n, out);
	if (r < 0)
		return r;
	r = buf_add_char(out, ':');
	if (r < 0)
		return r;
	return canon_node(s, (uint32_t) (key + 1 - s->nodes), out);
}

static int add_object(const struct scan *s, uint32_t i, struct buf *out)
{
	uint32_t n = s->nodes[i].n;
	struct member few[32], *members = few;
	_cleanup_free_ struct member *many = NULL;
	const char *separator = "";
	int r;

	if (n > N_ELEMENTS(few)) {
		members = many = malloc(n * sizeof(*many));
		if (!many)
			return -ENOMEM;
	}
	member_sort(s, i, members);

	r = buf_add_char(out, '{');
	for (uint32_t k = 0; r == 0 && k < n; k++) {
		const struct json_node *key = members[k].key;

		if (scan_absent(s, (uint32_t) (key + 1 - s->nodes)))
			continue;
		r = buf_add_str(out, separator);
		if (r == 0)
			r = add_member(s, key, out);
		separator = ",";
	}
	return r < 0 ? r : buf_add_char(out, '}');
}

/* Recursion ends at LIMIT_LINE_DEPTH: the scan lets nothing deeper through. */
int canon_node(const struct scan *s, uint32_t i, struct buf *out)
{
	const struct json_node *v = &s->nodes[i];

	switch (v->type) {
	case JSON_NULL:
		return buf_add_str(out, "null");
	case JSON_FALSE:
		return buf_add_str(out, "false");
	case JSON_TRUE:
		return buf_add_str(out, "true");
	case JSON_INT:
		return add_int(v->i, out);
	case JSON_REAL:
		return add_real(v->d, out);
	case JSON_STRING:
		return canon_string(v->s, v->n, out);
	case JSON_ARRAY:
		return add_array(s, i, out);
	case JSON_OBJECT:
		return add_object(s, i, out);
	}
	assert(false);
}
