/*
 * The scanner against json-c.
 *
 * Whatever the scanner takes without a fault, json-c takes too, as the same tree. Whatever
 * json-c takes and writes anew, the scanner takes without a fault, but for the few things
 * that only the scanner refuses. And the canon of a line is the canon of itself, whether
 * the line had soft faults or not.
 */

#include <json-c/json.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "wire/canon.h"
#include "wire/limits.h"
#include "wire/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool so)
{
	if (!so)
		abort();
}

static bool same_number(double a, double b)
{
	return !(a < b) && !(a > b);
}

/* Nodes fill the text in order, each inside the one it is in. */
static void check_shape(const struct scan *s, uint32_t i, size_t n_line)
{
	const struct json_node *v = &s->nodes[i];
	uint32_t child = i + 1, at = v->begin, n = 0;
	bool nested = v->type == JSON_ARRAY || v->type == JSON_OBJECT;

	require(v->begin < v->end && v->end <= n_line && v->next <= s->n_nodes);
	for (; child < v->next; child = s->nodes[child].next, n++) {
		require(nested && s->nodes[child].begin > at && s->nodes[child].end < v->end);
		require(v->type != JSON_OBJECT || n % 2 == 1 || s->nodes[child].type == JSON_STRING);
		at = s->nodes[child].end;
		check_shape(s, child, n_line);
	}
	require(child == v->next);
	if (nested)
		require(n == v->n * (v->type == JSON_OBJECT ? 2 : 1));
	if (v->type == JSON_STRING)
		require(v->n <= v->end - v->begin - 2 && !memchr(v->s, '\0', v->n));
	if (v->type == JSON_REAL)
		require(isfinite(v->d));
}

static void check_same(const struct scan *s, uint32_t i, json_object *o);

static void check_same_object(const struct scan *s, uint32_t i, json_object *o)
{
	const struct json_node *v = &s->nodes[i];
	uint32_t key = i + 1;

	require(json_object_is_type(o, json_type_object));
	require((size_t) json_object_object_length(o) == v->n);
	for (uint32_t k = 0; k < v->n; k++) {
		const struct json_node *name = &s->nodes[key];
		char *text = strndup(name->s, name->n);
		json_object *value = NULL;

		require(text && json_object_object_get_ex(o, text, &value));
		check_same(s, key + 1, value);
		free(text);
		key = s->nodes[key + 1].next;
	}
}

static void check_same_array(const struct scan *s, uint32_t i, json_object *o)
{
	uint32_t element = i + 1;

	require(json_object_is_type(o, json_type_array));
	require(json_object_array_length(o) == s->nodes[i].n);
	for (uint32_t k = 0; k < s->nodes[i].n; k++) {
		check_same(s, element, json_object_array_get_idx(o, k));
		element = s->nodes[element].next;
	}
}

static void check_same(const struct scan *s, uint32_t i, json_object *o)
{
	const struct json_node *v = &s->nodes[i];

	switch (v->type) {
	case JSON_NULL:
		require(!o);
		break;
	case JSON_FALSE:
	case JSON_TRUE:
		require(json_object_is_type(o, json_type_boolean));
		require(json_object_get_boolean(o) == (v->type == JSON_TRUE));
		break;
	case JSON_INT:
		if (json_object_is_type(o, json_type_int))
			require(json_object_get_int64(o) == v->i);
		else
			require(json_object_is_type(o, json_type_double) &&
				same_number(json_object_get_double(o), (double) v->i));
		break;
	case JSON_REAL:
		require(json_object_is_type(o, json_type_double));
		require(same_number(json_object_get_double(o), v->d));
		break;
	case JSON_STRING:
		require(json_object_is_type(o, json_type_string));
		require((size_t) json_object_get_string_len(o) == v->n);
		require(memcmp(json_object_get_string(o), v->s, v->n) == 0);
		break;
	case JSON_ARRAY:
		check_same_array(s, i, o);
		break;
	case JSON_OBJECT:
		check_same_object(s, i, o);
		break;
	default:
		abort();
	}
}

/* The tree json-c reads. Returns false if it reads none. */
static bool read_with_jsonc(const char *line, size_t n, json_object **ret)
{
	json_tokener *t = json_tokener_new_ex(4 * LIMIT_LINE_DEPTH);
	char *copy = strndup(line, n);
	bool taken;

	require(t && copy);
	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* The NUL behind the text tells it that a number is over. */
	*ret = json_tokener_parse_ex(t, copy, (int) strlen(copy) + 1);
	taken = json_tokener_get_error(t) == json_tokener_success;
	json_tokener_free(t);
	free(copy);
	return taken;
}

/*
 * json-c lets some overlong characters, surrogates and characters beyond U+10FFFF through.
 * It has seen to it that each first byte has its followers.
 */
static bool is_clean(const char *text, size_t n)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	const char *end = text + n;

	while (text < end) {
		unsigned char first = (unsigned char) *text++;
		int n_more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
		uint32_t c = n_more ? first & (0x3fU >> n_more) : first;

		for (int i = 0; i < n_more && text < end; i++)
			c = c << 6 | ((unsigned char) *text++ & 0x3f);
		if (c == 0 || c < least[n_more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return false;
	}
	return true;
}

/* Whether json-c's tree has what the scanner refuses on purpose. Numbers get a plain spelling. */
static bool is_beyond_us(json_object *o, int depth)
{
	switch (json_object_get_type(o)) {
	case json_type_double:
		json_object_set_serializer(o, NULL, NULL, NULL);
		return !isfinite(json_object_get_double(o));
	case json_type_int:
		return json_object_get_uint64(o) > INT64_MAX && json_object_get_int64(o) == INT64_MAX;
	case json_type_string:
		return !is_clean(json_object_get_string(o), (size_t) json_object_get_string_len(o));
	case json_type_array:
		for (size_t i = 0; i < json_object_array_length(o); i++) {
			if (is_beyond_us(json_object_array_get_idx(o, i), depth + 1))
				return true;
		}
		return depth >= LIMIT_LINE_DEPTH;
	case json_type_object: {
		json_object_object_foreach(o, key, value) {
			if (!is_clean(key, strlen(key)) || is_beyond_us(value, depth + 1))
				return true;
		}
		return depth >= LIMIT_LINE_DEPTH;
	}
	default:
		return false;
	}
}

static void check_takes_what_jsonc_writes(json_object *o)
{
	struct scan_fault fault;
	struct scan s = {};
	const char *text;
	size_t n;

	if (is_beyond_us(o, 0))
		return;
	text = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN, &n);
	require(text && scan_line(&s, text, n, &fault) == 0);
	require(s.n_faults == 0);
	check_same(&s, 0, o);
	scan_deinit(&s);
}

static void check_canon(const struct scan *s)
{
	struct buf once = {}, twice = {};
	struct scan_fault fault;
	struct scan again = {};

	require(canon_node(s, 0, &once) == 0);
	require(scan_line(&again, once.data, once.n, &fault) == 0);
	for (size_t i = 0; i < again.n_faults; i++)	/* duplicates stay; nothing else does */
		require(strcmp(again.faults[i].code, "duplicate-key") == 0);
	require(s->n_faults > 0 || again.n_faults == 0);
	require(canon_node(&again, 0, &twice) == 0);
	require(once.n == twice.n && memcmp(once.data, twice.data, once.n) == 0);
	scan_deinit(&again);
	buf_deinit(&once);
	buf_deinit(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *line = (const char *) data;
	struct scan_fault fault = {};
	struct scan s = {};
	json_object *o = NULL;
	bool taken;
	int r;

	r = scan_line(&s, line, n, &fault);
	require(r == 0 || r == SCAN_E_BAD);
	taken = read_with_jsonc(line, n, &o);
	if (r == 0) {
		check_shape(&s, 0, n);
		check_canon(&s);
	} else {
		require(fault.code && fault.message && fault.offset <= n);
	}
	if (r == 0 && s.n_faults == 0) {
		require(taken);
		check_same(&s, 0, o);
	}
	if (taken)
		check_takes_what_jsonc_writes(o);
	json_object_put(o);
	scan_deinit(&s);
	return 0;
}
