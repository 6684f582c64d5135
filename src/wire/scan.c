#include "wire/scan.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/macros.h"
#include "util/real.h"
#include "wire/limits.h"
#include "wire/member.h"
#include "wire/quoted.h"

enum {
	FIRST_NODES = 256,
	KEEP_NODES = 16 * 1024,		/* room kept from line to line, at most */
	KEEP_TEXT_BYTES = 64 * 1024,
	FEW_KEYS = 64,			/* of an object: compared by way of a table on the stack */
};

/* What a step found; the steps return these beside SCAN_E_BAD and -ENOMEM. */
enum {
	INSIDE = SCAN_E_BAD + 1,	/* an array or object began: its first value is next */
	DONE,				/* the line is over */
};

struct cursor {
	struct scan *s;
	const char *line;
	const char *p;			/* the next byte to read */
	const char *end;
	struct scan_fault *hard;
	uint32_t around[LIMIT_LINE_DEPTH];	/* nodes of the arrays and objects that p is in */
	uint32_t depth;
};

/* Room. */

void scan_deinit(struct scan *s)
{
	free(s->nodes);
	free(s->text);
	*s = (struct scan) {};
}

/* Begin anew, with room for all the text a line of @n bytes can decode to: it must not move. */
static int reset(struct scan *s, size_t n)
{
	if (s->cap_nodes > KEEP_NODES || s->cap_text > KEEP_TEXT_BYTES)
		scan_deinit(s);
	s->n_nodes = 0;
	s->n_text = 0;
	s->n_faults = 0;
	s->depth = 0;
	if (s->cap_text < n + 1) {
		free(s->text);
		s->cap_text = 0;
		s->text = malloc(n + 1);
		if (!s->text)
			return -ENOMEM;
		s->cap_text = n + 1;
	}
	return 0;
}

static int grow(struct scan *s)
{
	size_t cap = s->cap_nodes ? 2 * s->cap_nodes : FIRST_NODES;
	struct json_node *nodes = realloc(s->nodes, cap * sizeof(*nodes));

	if (!nodes)
		return -ENOMEM;
	s->nodes = nodes;
	s->cap_nodes = cap;
	return 0;
}

static inline uint32_t offset_of(const struct cursor *c, const char *p)
{
	return (uint32_t) (p - c->line);
}

/* A new node that begins at c->p. Borrowed until the next one. */
static inline int push(struct cursor *c, enum json_node_type type, struct json_node **ret)
{
	struct scan *s = c->s;
	struct json_node *v;

	if (s->n_nodes == s->cap_nodes) {
		int r = grow(s);

		if (r < 0)
			return r;
	}
	v = &s->nodes[s->n_nodes++];
	*v = (struct json_node) { .type = (uint8_t) type, .begin = offset_of(c, c->p) };
	*ret = v;
	return 0;
}

/* The node ends before c->p, and nothing behind it is in it. */
static inline void finish(struct cursor *c, struct json_node *v)
{
	v->end = offset_of(c, c->p);
	v->next = (uint32_t) c->s->n_nodes;
}

/* Faults. */

static int hard(struct cursor *c, const char *code, const char *message, const char *at)
{
	*c->hard = (struct scan_fault) { code, message, offset_of(c, at) };
	return SCAN_E_BAD;
}

static int not_json(struct cursor *c, const char *message)
{
	return hard(c, "not-json", message, c->p);
}

/* Note a fault in its place: that a key is a duplicate is known only when its object ends. */
static int soft(struct cursor *c, const char *code, const char *message, const char *at)
{
	struct scan *s = c->s;
	uint32_t offset = offset_of(c, at);
	size_t i = s->n_faults;

	if (i == SCAN_MAX_FAULTS)
		return hard(c, code, message, at);
	for (; i > 0 && s->faults[i - 1].offset > offset; i--)
		s->faults[i] = s->faults[i - 1];
	s->faults[i] = (struct scan_fault) { code, message, offset };
	s->n_faults++;
	return 0;
}

/* Duplicate keys. */

static int duplicate(struct cursor *c, const struct json_node *key)
{
	return soft(c, "duplicate-key", "a key that its object has not had yet is expected",
		    c->line + key->begin);
}

static inline uint32_t hash_key(const struct json_node *key)
{
	uint64_t first = 0, last = 0;

	if (key->n >= 8) {
		memcpy(&first, key->s, 8);
		memcpy(&last, key->s + key->n - 8, 8);
	} else {
		memcpy(&first, key->s, key->n);
	}
	return (uint32_t) (((first ^ (last << 5 | last >> 59)) + key->n) *
			   UINT64_C(0x9e3779b97f4a7c15) >> 57);
}

/* Keys chosen to collide cost a few hundred comparisons each, no more. */
static int check_few_keys(struct cursor *c, uint32_t object)
{
	const struct json_node *nodes = c->s->nodes;
	const struct json_node *seen[2 * FEW_KEYS] = {};
	uint32_t key = object + 1;

	for (uint32_t k = 0; k < nodes[object].n; k++) {
		uint32_t slot = hash_key(&nodes[key]);

		while (seen[slot] && !member_same_key(seen[slot], &nodes[key]))
			slot = (slot + 1) % N_ELEMENTS(seen);
		if (seen[slot]) {
			int r = duplicate(c, &nodes[key]);

			if (r != 0)
				return r;
		}
		seen[slot] = &nodes[key];
		key = nodes[key + 1].next;
	}
	return 0;
}

static int check_many_keys(struct cursor *c, uint32_t object)
{
	uint32_t n = c->s->nodes[object].n;
	_cleanup_free_ struct member *members = malloc(n * sizeof(*members));

	if (!members)
		return -ENOMEM;
	member_sort(c->s, object, members);
	for (uint32_t k = 1; k < n; k++) {
		if (member_same_key(members[k - 1].key, members[k].key)) {
			int r = duplicate(c, members[k].key);

			if (r != 0)
				return r;
		}
	}
	return 0;
}

/* Values. */

static inline bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline void skip_space(struct cursor *c)
{
	while (c->p < c->end && is_space(*c->p))
		c->p++;
}

static inline bool at(const struct cursor *c, char ch)
{
	return c->p < c->end && *c->p == ch;
}

static int decode_string(struct cursor *c, struct json_node *v)
{
	struct quoted q;

	v->escaped = true;
	v->s = c->s->text + c->s->n_text;
	if (quoted_decode(c->p, c->end, c->s->text + c->s->n_text, &q) != 0)
		return hard(c, "not-json", q.message, q.end);
	v->n = (uint32_t) q.n;
	c->s->n_text += q.n;
	c->p = q.end + 1;
	finish(c, v);
	return q.code ? soft(c, q.code, q.message, q.at) : 0;
}

static int read_string(struct cursor *c)
{
	struct json_node *v;
	const char *end;
	int r;

	r = push(c, JSON_STRING, &v);
	if (r < 0)
		return r;
	c->p++;
	end = quoted_run(c->p, c->end);
	if (end == c->end || *end != '"')
		return decode_string(c, v);
	v->s = c->p;
	v->n = (uint32_t) (end - c->p);
	c->p = end + 1;
	finish(c, v);
	return 0;
}

static inline bool at_digit(const struct cursor *c)
{
	return c->p < c->end && *c->p >= '0' && *c->p <= '9';
}

static int skip_digits(struct cursor *c)
{
	if (!at_digit(c))
		return not_json(c, "a digit is expected");
	while (at_digit(c))
		c->p++;
	return 0;
}

/* The value of the text from @begin to c->p, which has a fraction or an exponent. */
static int set_real(struct cursor *c, struct json_node *v, const char *begin)
{
	/* The line has no NUL behind it; the room for text has always space for what is unread. */
	size_t n = (size_t) (c->p - begin);
	char *copy = c->s->text + c->s->n_text;
	double d;

	memcpy(copy, begin, n);
	copy[n] = '\0';
	d = real_parse(copy);
	if (isfinite(d) && fabs(d) <= 0x1p53 && !(trunc(d) < d) && !(trunc(d) > d)) {
		v->i = (int64_t) d;
		return 0;
	}
	v->type = JSON_REAL;
	v->d = isfinite(d) ? d : copysign(DBL_MAX, d);
	return isfinite(d) ? 0 : soft(c, "bad-number", "a number that fits a double is expected", begin);
}

static int read_fraction_and_exponent(struct cursor *c)
{
	int r = 0;

	if (at(c, '.')) {
		c->p++;
		r = skip_digits(c);
	}
	if (r == 0 && (at(c, 'e') || at(c, 'E'))) {
		c->p++;
		if (at(c, '+') || at(c, '-'))
			c->p++;
		r = skip_digits(c);
	}
	return r;
}

static int read_number(struct cursor *c)
{
	const char *begin = c->p;
	bool negative = *begin == '-';
	bool fits = true;
	int64_t i = 0;	/* grows downwards: that side has one number more */
	struct json_node *v;
	int r;

	r = push(c, JSON_INT, &v);
	if (r < 0)
		return r;
	if (negative)
		c->p++;
	if (!at_digit(c))
		return not_json(c, "a digit is expected");
	if (*c->p == '0') {
		c->p++;
		if (at_digit(c))
			return not_json(c, "a number without leading zeros is expected");
	}
	for (; at_digit(c); c->p++)
		fits = fits && !__builtin_mul_overflow(i, 10, &i) &&
		       !__builtin_sub_overflow(i, *c->p - '0', &i);
	if (at(c, '.') || at(c, 'e') || at(c, 'E')) {
		r = read_fraction_and_exponent(c);
		if (r == 0)
			r = set_real(c, v, begin);
		finish(c, v);
		return r;
	}
	if (!negative && i == INT64_MIN)
		fits = false;
	finish(c, v);
	if (!fits) {
		v->i = negative ? INT64_MIN : INT64_MAX;
		return soft(c, "bad-number", "an integer of 64 bits is expected", begin);
	}
	v->i = negative ? i : -i;
	return 0;
}

static int read_literal(struct cursor *c, enum json_node_type type, const char *word, size_t n)
{
	struct json_node *v;
	int r;

	if ((size_t) (c->end - c->p) < n || memcmp(c->p, word, n) != 0)
		return not_json(c, "a value is expected");
	r = push(c, type, &v);
	if (r < 0)
		return r;
	c->p += n;
	finish(c, v);
	return 0;
}

static int read_key(struct cursor *c)
{
	int r;

	skip_space(c);
	if (!at(c, '"'))
		return not_json(c, "a key in double quotes is expected");
	r = read_string(c);
	if (r != 0)
		return r;
	skip_space(c);
	if (!at(c, ':'))
		return not_json(c, "a colon is expected");
	c->p++;
	return 0;
}

static int leave(struct cursor *c)
{
	uint32_t i = c->around[--c->depth];
	struct json_node *v = &c->s->nodes[i];

	c->p++;
	finish(c, v);
	if (v->type == JSON_ARRAY || v->n < 2)
		return 0;
	return v->n <= FEW_KEYS ? check_few_keys(c, i) : check_many_keys(c, i);
}

static int enter(struct cursor *c, enum json_node_type type)
{
	struct json_node *v;
	int r;

	if (c->depth == LIMIT_LINE_DEPTH)
		return hard(c, "too-deep", "less nesting of arrays and objects is expected", c->p);
	r = push(c, type, &v);
	if (r < 0)
		return r;
	c->around[c->depth++] = (uint32_t) (v - c->s->nodes);
	c->s->depth = MAX_OF(c->s->depth, c->depth);
	c->p++;
	skip_space(c);
	if (at(c, type == JSON_OBJECT ? '}' : ']'))
		return leave(c);
	if (type == JSON_OBJECT) {
		r = read_key(c);
		if (r != 0)
			return r;
	}
	return INSIDE;
}

/* Returns 0 for a whole value, or INSIDE. */
static int read_value(struct cursor *c)
{
	skip_space(c);
	if (c->p == c->end)
		return not_json(c, "a value is expected");
	switch (*c->p) {
	case '"':
		return read_string(c);
	case '{':
		return enter(c, JSON_OBJECT);
	case '[':
		return enter(c, JSON_ARRAY);
	case 't':
		return read_literal(c, JSON_TRUE, "true", 4);
	case 'f':
		return read_literal(c, JSON_FALSE, "false", 5);
	case 'n':
		return read_literal(c, JSON_NULL, "null", 4);
	case '-':
	case '0' ... '9':
		return read_number(c);
	default:
		return not_json(c, "a value is expected");
	}
}

/* From the end of a value to the begin of the next. Returns 0 or DONE. */
static int read_on(struct cursor *c)
{
	while (c->depth > 0) {
		struct json_node *around = &c->s->nodes[c->around[c->depth - 1]];
		bool in_object = around->type == JSON_OBJECT;
		int r;

		around->n++;
		skip_space(c);
		if (at(c, ',')) {
			c->p++;
			return in_object ? read_key(c) : 0;
		}
		if (!at(c, in_object ? '}' : ']'))
			return not_json(c, in_object ? "a comma or } is expected" : "a comma or ] is expected");
		r = leave(c);
		if (r != 0)
			return r;
	}
	skip_space(c);
	return c->p == c->end ? DONE : not_json(c, "nothing more is expected");
}

int scan_line(struct scan *s, const char *line, size_t n, struct scan_fault *ret_fault)
{
	struct cursor c = { .s = s, .line = line, .p = line, .end = line + n, .hard = ret_fault };
	int r;

	if (n > INT32_MAX)
		return -EMSGSIZE;
	r = reset(s, n);
	while (r == 0 || r == INSIDE) {
		r = read_value(&c);
		if (r == 0)
			r = read_on(&c);
	}
	return r == DONE ? 0 : r;
}

bool scan_is_blank(const char *line, size_t n)
{
	while (n > 0 && is_space(line[n - 1]))
		n--;
	return n == 0;
}

/* What was found. */

const struct scan_fault *scan_fault_in(const struct scan *s, uint32_t i)
{
	for (size_t k = 0; k < s->n_faults; k++) {
		const struct scan_fault *f = &s->faults[k];

		if (f->offset >= s->nodes[i].begin && f->offset < s->nodes[i].end)
			return f;
	}
	return NULL;
}

uint32_t scan_depth(const struct scan *s, uint32_t i)
{
	uint32_t ends[LIMIT_LINE_DEPTH];	/* of the arrays and objects that node k is in */
	uint32_t depth = 0, deepest = 0;

	for (uint32_t k = i; k < s->nodes[i].next; k++) {
		while (depth > 0 && ends[depth - 1] <= k)
			depth--;
		if (s->nodes[k].type != JSON_ARRAY && s->nodes[k].type != JSON_OBJECT)
			continue;
		ends[depth++] = s->nodes[k].next;
		deepest = MAX_OF(deepest, depth);
	}
	return deepest;
}

uint32_t scan_member(const struct scan *s, uint32_t i, const char *key)
{
	const struct json_node *v = &s->nodes[i];
	size_t n_key = strlen(key);
	uint32_t k = i + 1;

	if (v->type != JSON_OBJECT)
		return 0;
	for (uint32_t m = 0; m < v->n; m++) {
		if (scan_str_eq(&s->nodes[k], key, n_key))
			return k + 1;
		k = s->nodes[k + 1].next;
	}
	return 0;
}
