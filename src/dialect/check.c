#include "dialect/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/timestamp.h"
#include "util/utf8.h"

static bool in_list(const char *const *list, const struct json_node *v)
{
	for (; *list; list++)
		if (scan_str_eq(v, *list, strlen(*list)))
			return true;
	return false;
}

const char *check_list(const char *const *list, struct arena *arena)
{
	char *text, *p;
	size_t n = 1;

	for (size_t i = 0; list[i]; i++)
		n += strlen(list[i]) + 2;
	text = p = arena_alloc(arena, n);
	for (size_t i = 0; text && list[i]; i++)
		p = stpcpy(stpcpy(p, i > 0 ? ", " : ""), list[i]);
	return text;
}

/* complain() as check functions end: CHECK_BAD, or -ENOMEM. */
#define BAD(c, ...) (complain((c), __VA_ARGS__) < 0 ? -ENOMEM : CHECK_BAD)

int check_length(const char *name, const char *s, size_t n, uint32_t max, struct complaints *c)
{
	char quote[QUOTE_SIZE];
	size_t n_chars;

	if (n <= max || max == 0)	/* no text has more characters than bytes */
		return CHECK_OK;
	n_chars = utf8_count(s, n);
	if (n_chars <= max)
		return CHECK_OK;
	return BAD(c, "too-long", name,
		   "%s has %zu characters (%s), but may have at most %" PRIu32 ": shorten it", name,
		   n_chars, quote_text(s, n, quote), max);
}

static int check_text(const struct field *field, const char *name, const struct scan *scan, uint32_t i,
		      struct complaints *c, struct value *ret)
{
	const struct json_node *v = &scan->nodes[i];
	char quote[QUOTE_SIZE];
	const char *list;
	int r;

	if (v->type != JSON_STRING)
		return BAD(c, "bad-type", name,
			   "%s is %s, but must be a text: send it as a string in quotes",
			   name, quote_node(scan, i, quote));
	if (field->absent_if && scan_str_eq(v, field->absent_if, strlen(field->absent_if)))
		return CHECK_ABSENT;
	r = check_length(name, v->s, v->n, field->max_chars, c);
	if (r != CHECK_OK)
		return r;
	if (field->closed && !in_list(field->closed, v)) {
		list = check_list(field->closed, c->arena);
		if (!list)
			return -ENOMEM;
		return BAD(c, "bad-value", name,
			   "%s is %s, but must be one of %s: send one of these, spelt so",
			   name, quote_node(scan, i, quote), list);
	}
	*ret = (struct value) { .kind = VALUE_TEXT, .n = v->n, .text = v->s };
	return field->known && !in_list(field->known, v) ? CHECK_UNKNOWN : CHECK_OK;
}

static int check_int(const struct field *field, const char *name, const struct scan *scan, uint32_t i,
		     struct complaints *c, struct value *ret)
{
	const struct json_node *v = &scan->nodes[i];
	char quote[QUOTE_SIZE], range[64];
	bool is_int = v->type == JSON_INT;

	if (is_int && v->i >= field->min && v->i <= field->max) {
		*ret = (struct value) { .kind = VALUE_INT, .i = v->i };
		return CHECK_OK;
	}
	if (field->min == INT64_MIN && field->max == INT64_MAX)
		*range = '\0';
	else if (field->max == INT64_MAX)
		(void) snprintf(range, sizeof(range), " of %" PRId64 " or more", field->min);
	else
		(void) snprintf(range, sizeof(range), " of %" PRId64 " to %" PRId64, field->min,
				field->max);
	return BAD(c, is_int ? "out-of-range" : "bad-type", name,
		   "%s is %s, but must be an integer%s: send %s", name,
		   quote_node(scan, i, quote), range,
		   is_int ? "one in this range" : "it as a number, without quotes or fraction");
}

int check_time(const char *name, const struct scan *scan, uint32_t i, bool or_ns, struct complaints *c,
	       int64_t *ret_us)
{
	const struct json_node *v = &scan->nodes[i];
	bool as_ns = or_ns && v->type == JSON_INT;
	bool readable = v->type == JSON_STRING || as_ns;
	char quote[QUOTE_SIZE];

	if (v->type == JSON_STRING && timestamp_parse(v->s, v->n, ret_us) == 0)
		return CHECK_OK;
	if (as_ns && timestamp_from_ns(v->i, ret_us) == 0)
		return CHECK_OK;
	return BAD(c, readable ? "bad-time" : "bad-type", name,
		   "%s is %s, but must be a time of 1970 or later: send RFC 3339 such as "
		   "\"2026-08-21T11:32:45.123Z\"%s", name, quote_node(scan, i, quote),
		   or_ns ? ", or integer nanoseconds since 1970" : "");
}

/* The characters of all keys and texts in node @i. */
static size_t count_chars(const struct scan *scan, uint32_t i)
{
	size_t n = 0;

	for (uint32_t k = i; k < scan->nodes[i].next; k++)
		if (scan->nodes[k].type == JSON_STRING)
			n += utf8_count(scan->nodes[k].s, scan->nodes[k].n);
	return n;
}

/* Whether an array has only texts of the list. */
static bool all_in_list(const char *const *list, const struct scan *scan, uint32_t i)
{
	for (uint32_t k = i + 1; k < scan->nodes[i].next; k = scan->nodes[k].next)
		if (scan->nodes[k].type != JSON_STRING || !in_list(list, &scan->nodes[k]))
			return false;
	return true;
}

/* The first member or element of node @i that is no text, nor counts as absent; 0: none. */
static uint32_t find_no_text(const struct scan *scan, uint32_t i)
{
	const struct json_node *nodes = scan->nodes;
	uint32_t behind_key = nodes[i].type == JSON_OBJECT;

	for (uint32_t k = i + 1 + behind_key; k < nodes[i].next; k = nodes[k].next + behind_key)
		if (nodes[k].type != JSON_STRING && !scan_absent(scan, k))
			return k;
	return 0;
}

int check_json(const struct field *field, const char *name, const struct scan *scan, uint32_t i,
	       struct complaints *c)
{
	static const char *const shapes[] = {
		[SHAPE_ANY] = "an object or an array",
		[SHAPE_TEXTS] = "an array of texts",
		[SHAPE_TEXT_MAP] = "an object whose values are texts",
	};
	const struct json_node *v = &scan->nodes[i];
	char quote[QUOTE_SIZE];
	size_t n_chars;
	uint32_t other;

	if ((v->type != JSON_OBJECT || field->shape == SHAPE_TEXTS) &&
	    (v->type != JSON_ARRAY || field->shape == SHAPE_TEXT_MAP))
		return BAD(c, "bad-type", name, "%s is %s, but must be %s: send it so", name,
			   quote_node(scan, i, quote), shapes[field->shape]);
	other = field->shape != SHAPE_ANY ? find_no_text(scan, i) : 0;
	if (other)
		return BAD(c, "bad-type", name, "%s has %s in it, but must be %s: send strings in quotes",
			   name, quote_node(scan, other, quote), shapes[field->shape]);
	if (field->max > 0 && v->n > field->max)
		return BAD(c, "too-long", name, "%s has %" PRIu32 " elements, but may have at most %" PRId64
			   ": send fewer", name, v->n, field->max);
	n_chars = field->max_chars > 0 ? count_chars(scan, i) : 0;
	if (n_chars > field->max_chars)
		return BAD(c, "too-long", name,
			   "%s has %zu characters in its keys and texts, but may have at most %" PRIu32
			   ": shorten them", name, n_chars, field->max_chars);
	return field->known && !all_in_list(field->known, scan, i) ? CHECK_UNKNOWN : CHECK_OK;
}

int check_list_type(const char *name, const struct scan *scan, uint32_t i, struct complaints *c)
{
	char quote[QUOTE_SIZE];

	return complain(c, "bad-type", name,
			"%s is %s, but must be an array: send [%s]", name,
			quote_node(scan, i, quote), quote);
}

static int check_real(const struct field *field, const char *name, const struct scan *scan, uint32_t i,
		      struct complaints *c, struct value *ret)
{
	const struct json_node *v = &scan->nodes[i];
	char quote[QUOTE_SIZE];
	double d;

	if (field->absent_if_text && v->type == JSON_STRING)
		return CHECK_ABSENT;
	if (v->type != JSON_INT && v->type != JSON_REAL)
		return BAD(c, "bad-type", name,
			   "%s is %s, but must be a number: send it without quotes", name,
			   quote_node(scan, i, quote));
	d = v->type == JSON_INT ? (double) v->i : v->d;
	if (field->max > field->min && (d < (double) field->min || d > (double) field->max))
		return BAD(c, "out-of-range", name,
			   "%s is %s, but must be a number of %" PRId64 " to %" PRId64
			   ": send one in this range", name, quote_node(scan, i, quote), field->min,
			   field->max);
	*ret = (struct value) { .kind = VALUE_REAL, .d = d };
	return CHECK_OK;
}

int check_value(const struct field *field, const char *name, const struct scan *scan, uint32_t i,
		struct complaints *c, struct value *ret)
{
	const struct json_node *v = &scan->nodes[i];
	char quote[QUOTE_SIZE];
	int64_t us;
	int r;

	switch (field->type) {
	case FIELD_TEXT:
		return check_text(field, name, scan, i, c, ret);
	case FIELD_INT:
		return check_int(field, name, scan, i, c, ret);
	case FIELD_TIME:
		r = check_time(name, scan, i, field->or_ns, c, &us);
		if (r == CHECK_OK)
			*ret = (struct value) { .kind = VALUE_INT, .i = us };
		return r;
	case FIELD_BOOL:
		if (v->type != JSON_TRUE && v->type != JSON_FALSE)
			return BAD(c, "bad-type", name,
				   "%s is %s, but must be true or false: send it without quotes",
				   name, quote_node(scan, i, quote));
		*ret = (struct value) { .kind = VALUE_INT, .i = v->type == JSON_TRUE };
		return CHECK_OK;
	default:
		return check_real(field, name, scan, i, c, ret);
	}
}
