#include "unit.h"

#include <float.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "util/buf.h"
#include "util/macros.h"
#include "wire/limits.h"
#include "wire/scan.h"

/* Scan @n bytes from memory of just that size, so that the sanitizer sees one read too many. */
static int scan_exact(struct scan *s, const char *line, size_t n, struct scan_fault *ret_fault,
		      char **ret_copy)
{
	char *copy = malloc(n > 0 ? n : 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, line, n);
	*ret_copy = copy;
	return scan_line(s, copy, n, ret_fault);
}

/* The code @text is refused with, hard or soft; "ok" if with none. */
static const char *verdict(const char *text, size_t n, uint32_t *ret_offset)
{
	struct scan_fault fault = {};
	struct scan s = {};
	const char *code = "ok";
	char *copy;
	int r;

	r = scan_exact(&s, text, n, &fault, &copy);
	ck_assert_int_ge(r, 0);
	if (r == 0 && s.n_faults > 0)
		fault = s.faults[0];
	if (r != 0 || s.n_faults > 0) {
		ck_assert_ptr_nonnull(fault.message);
		ck_assert_uint_le(fault.offset, n);
		code = fault.code;
		*ret_offset = fault.offset;
	}
	scan_deinit(&s);
	free(copy);
	return code;
}

static void check_verdict(const char *text, const char *expected, uint32_t expected_offset)
{
	uint32_t offset = 0;
	const char *code = verdict(text, strlen(text), &offset);

	ck_assert_msg(strcmp(code, expected) == 0, "%s: %s", text, code);
	ck_assert_msg(offset == expected_offset, "%s: %s at %u", text, code, offset);
}

static const char event[] =
	" {\"events\": [{\"user_id\":\"us\\u00e9r\", \"n\":[-1, 2.5e3,\t0.25], \"ok\":true,"
	"\"no\":false, \"nil\":null, \"o\":{}, \"a\":[ ], \"é\":\"\\ud83d\\ude00 😀\"}]} ";

START_TEST(every_prefix_of_a_line_is_refused_and_the_whole_is_taken)
{
	size_t n_whole = sizeof(event) - 2;	/* up to the last bracket */
	uint32_t offset;

	for (size_t n = 0; n < n_whole; n++)
		ck_assert_msg(strcmp(verdict(event, n, &offset), "not-json") == 0 ||
			      strcmp(verdict(event, n, &offset), "bad-utf8") == 0, "%zu bytes", n);
	for (size_t n = n_whole; n < sizeof(event); n++)
		ck_assert_str_eq(verdict(event, n, &offset), "ok");
}
END_TEST

START_TEST(what_json_allows_is_taken)
{
	static const char *const texts[] = {
		"{}", "[]", "0", "-0", "true", "false", "null", "\"\"", " \t\r\n1 \t\r\n",
		"[1,2]", "[[],{}]", "{\"\":0}", "{\"a\":1,\"A\":1}", "{\"a\":{\"a\":{\"a\":1}}}",
		"[{\"a\":1},{\"a\":1}]", "0.5", "-0.5e-7", "1E5", "1e+05", "1.0e0",
		"9223372036854775807", "-9223372036854775808", "1e308", "1e-400",
		"123456789012345678901234567890.0", "0.000000000000000000000000000001",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0020\\uABCD\\uabcd\"", "\"\\uD834\\uDD1E\"",
		"\"\x7f\"", "\"\xc2\x80\"", "\"\xdf\xbf\"", "\"\xe0\xa0\x80\"", "\"\xed\x9f\xbf\"",
		"\"\xee\x80\x80\"", "\"\xef\xbf\xbf\"", "\"\xf0\x90\x80\x80\"", "\"\xf4\x8f\xbf\xbf\"",
		"\"\\ud7ff\\ue000\"", "\"seven..é seven..é\"",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_verdict(texts[i], "ok", 0);
}
END_TEST

START_TEST(what_is_not_json_is_refused_where_it_goes_wrong)
{
	static const struct {
		const char *text;
		uint32_t offset;
	} refused[] = {
		{ "", 0 }, { "  ", 2 }, { "{", 1 }, { "[", 1 }, { "]", 0 }, { "}", 0 }, { "[}", 1 },
		{ "{]", 1 }, { "[1}", 2 }, { "{\"a\":1]", 6 }, { "[1,]", 3 }, { "[,1]", 1 },
		{ "[1,,2]", 3 }, { "[1 2]", 3 }, { "{,}", 1 }, { "{\"a\"}", 4 }, { "{\"a\":}", 5 },
		{ "{\"a\":1,}", 7 }, { "{\"a\" 1}", 5 }, { "{a:1}", 1 }, { "{1:1}", 1 }, { "{null:1}", 1 },
		{ "{'a':1}", 1 }, { "'a'", 0 }, { "{\"a\":1 \"b\":2}", 7 }, { "{\"a\":1,,\"b\":2}", 7 },
		{ "1 2", 2 }, { "{}{}", 2 }, { "[]]", 2 }, { "null x", 5 }, { "{} ,", 3 },
		{ "tru", 0 }, { "True", 0 }, { "nul", 0 }, { "nulll", 4 }, { "NaN", 0 }, { "Infinity", 0 },
		{ "-Infinity", 1 }, { "undefined", 0 }, { "// c\n1", 0 }, { "/**/1", 0 }, { "1/**/", 1 },
		{ "-", 1 }, { "+1", 0 }, { "01", 1 }, { "-01", 2 }, { "00", 1 }, { "1.", 2 }, { ".5", 0 },
		{ "1.e5", 2 }, { "1e", 2 }, { "1e+", 3 }, { "1.5e-", 5 }, { "1e5.5", 3 }, { "0x10", 1 },
		{ "1_000", 1 }, { "--1", 1 }, { "- 1", 1 }, { "1a", 1 },
		{ "\"", 1 }, { "\"abc", 4 }, { "\"\\\"", 3 }, { "\"\\", 1 }, { "\"\\x\"", 1 },
		{ "\"\\U0041\"", 1 }, { "\"\\u004\"", 1 }, { "\"\\u00g0\"", 1 }, { "\"\\u 041\"", 1 },
		{ "\"\\'\"", 1 }, { "\"\\0\"", 1 }, { "\"\\ud800\\u00\"", 7 },
		{ "\xef\xbb\xbf{}", 0 }, { "\xff", 0 }, { "[\xc3\xa9]", 1 }, { "[1\xc2\xa0]", 2 },
		{ "\f1", 0 }, { "\v1", 0 }, { "[1,\x01]", 3 }, { "\"a\"b", 3 }, { "[\"a\":1]", 4 },
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		check_verdict(refused[i].text, "not-json", refused[i].offset);
}
END_TEST

START_TEST(faults_that_leave_the_shape_readable_are_told_with_their_place)
{
	static const struct {
		const char *text, *code;
		uint32_t offset;
	} faults[] = {
		{ "{\"a\":1,\"b\":2,\"a\":3}", "duplicate-key", 13 },
		{ "{\"a\":1,\"\\u0061\":2}", "duplicate-key", 7 },
		{ "{\"\":1,\"\":2}", "duplicate-key", 6 },
		{ "[{\"x\":{\"k\":[],\"k\":{}}}]", "duplicate-key", 14 },
		{ "{\"longer than eight\":1,\"longer than eight\":1}", "duplicate-key", 23 },
		{ "9223372036854775808", "bad-number", 0 }, { "-9223372036854775809", "bad-number", 0 },
		{ "18446744073709551616", "bad-number", 0 }, { "[1,1e400]", "bad-number", 3 },
		{ "-1e400", "bad-number", 0 }, { "1.8e308", "bad-number", 0 },
		{ "100000000000000000000000000000", "bad-number", 0 },
		{ "\"a\tb\"", "bad-string", 2 }, { "\"\x1f\"", "bad-string", 1 }, { "\"a\nb\"", "bad-string", 2 },
		{ "\"\\u0000\"", "bad-string", 1 }, { "\"\\ud800\"", "bad-string", 1 },
		{ "\"\\udc00\"", "bad-string", 1 }, { "\"\\ud800\\ud800\\udc00\"", "bad-string", 1 },
		{ "\"\\udc00\\ud800\"", "bad-string", 1 }, { "\"\\ud800\\n\"", "bad-string", 1 },
		{ "\"\\ud800x\"", "bad-string", 1 }, { "\"\\ud800\\u0041\"", "bad-string", 1 },
		{ "\"\x80\"", "bad-utf8", 1 }, { "\"ab\xff\"", "bad-utf8", 3 }, { "\"\xc3\"", "bad-utf8", 1 },
		{ "\"\xc0\xaf\"", "bad-utf8", 1 }, { "\"\xc1\xbf\"", "bad-utf8", 1 },
		{ "\"\xe0\x9f\xbf\"", "bad-utf8", 1 }, { "\"\xed\xa0\x80\"", "bad-utf8", 1 },
		{ "\"\xed\xbf\xbf\"", "bad-utf8", 1 }, { "\"\xf0\x8f\xbf\xbf\"", "bad-utf8", 1 },
		{ "\"\xf4\x90\x80\x80\"", "bad-utf8", 1 }, { "\"\xf5\x80\x80\x80\"", "bad-utf8", 1 },
		{ "\"\xe2\x82\"", "bad-utf8", 1 }, { "\"\xf0\x9f\x98\"", "bad-utf8", 1 },
		{ "\"\xe2\x82x\"", "bad-utf8", 1 }, { "{\"\xfe\":1}", "bad-utf8", 2 },
		{ "{\"\\u0000\":1}", "bad-string", 2 },
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		check_verdict(faults[i].text, faults[i].code, faults[i].offset);
}
END_TEST

START_TEST(a_raw_nul_is_refused_inside_and_outside_of_strings)
{
	uint32_t offset;

	ck_assert_str_eq(verdict("\"a\0b\"", 5, &offset), "bad-string");
	ck_assert_uint_eq(offset, 2);
	ck_assert_str_eq(verdict("1\0", 2, &offset), "not-json");
	ck_assert_str_eq(verdict("\0", 1, &offset), "not-json");
}
END_TEST

START_TEST(every_byte_alone_in_a_string_is_judged_at_any_alignment)
{
	for (unsigned byte = 0; byte < 256; byte++) {
		for (size_t before = 0; before < 20; before++) {
			char text[64];
			uint32_t offset = 0;
			const char *expected = "ok", *code;

			memset(text, 'a', sizeof(text));
			text[0] = '"';
			text[1 + before] = (char) byte;
			text[40] = '"';
			if (byte < 0x20)
				expected = "bad-string";
			else if (byte >= 0x80)
				expected = "bad-utf8";
			else if (byte == '"' || byte == '\\')
				expected = "not-json";
			code = verdict(text, 41, &offset);
			ck_assert_msg(strcmp(code, expected) == 0, "byte %u behind %zu: %s", byte, before, code);
		}
	}
}
END_TEST

START_TEST(nodes_stand_in_the_order_of_the_text_and_know_their_ends)
{
	static const char line[] = " {\"k\": [1, {\"x\":null}], \"s\":\"v\"} ";
	struct scan_fault fault;
	struct scan s = {};

	ck_assert_int_eq(scan_line(&s, line, sizeof(line) - 1, &fault), 0);
	ck_assert_uint_eq(s.n_nodes, 9);
	ck_assert_int_eq(s.nodes[0].type, JSON_OBJECT);
	ck_assert_uint_eq(s.nodes[0].n, 2);
	ck_assert_uint_eq(s.nodes[0].begin, 1);
	ck_assert_uint_eq(s.nodes[0].end, sizeof(line) - 2);
	ck_assert_uint_eq(s.nodes[0].next, 9);
	ck_assert_int_eq(s.nodes[1].type, JSON_STRING);
	ck_assert(scan_str_eq(&s.nodes[1], "k", 1));
	ck_assert_ptr_eq(s.nodes[1].s, line + 3);
	ck_assert(!s.nodes[1].escaped);
	ck_assert_int_eq(s.nodes[2].type, JSON_ARRAY);
	ck_assert_uint_eq(s.nodes[2].n, 2);
	ck_assert_uint_eq(s.nodes[2].next, 7);
	ck_assert_int_eq(strncmp(line + s.nodes[2].begin, "[1, {\"x\":null}]",
				 s.nodes[2].end - s.nodes[2].begin), 0);
	ck_assert_int_eq(s.nodes[3].type, JSON_INT);
	ck_assert_uint_eq(s.nodes[3].next, 4);
	ck_assert_int_eq(s.nodes[4].type, JSON_OBJECT);
	ck_assert_int_eq(s.nodes[6].type, JSON_NULL);
	ck_assert_uint_eq(scan_member(&s, 0, "k"), 2);
	ck_assert_uint_eq(scan_member(&s, 0, "s"), 8);
	ck_assert_uint_eq(scan_member(&s, 4, "x"), 6);
	ck_assert_uint_eq(scan_member(&s, 0, "x"), 0);
	ck_assert_uint_eq(scan_member(&s, 0, ""), 0);
	ck_assert_uint_eq(scan_member(&s, 2, "k"), 0);
	ck_assert(scan_absent(&s, 6));
	ck_assert(!scan_absent(&s, 8));
	scan_deinit(&s);
}
END_TEST

START_TEST(escapes_are_decoded_and_their_text_stays_where_it_is)
{
	struct buf line = {};
	struct scan_fault fault;
	struct scan s = {};

	for (int i = 0; i < 5000; i++)
		ck_assert_int_eq(buf_printf(&line, "%c\"\\u00e9\\ud83d\\ude00\\n%d\"", i == 0 ? '[' : ',', i), 0);
	ck_assert_int_eq(buf_add_char(&line, ']'), 0);
	ck_assert_int_eq(scan_line(&s, line.data, line.n, &fault), 0);
	ck_assert_uint_eq(s.nodes[0].n, 5000);
	for (int i = 0; i < 5000; i++) {
		char expected[32];
		int n = snprintf(expected, sizeof(expected), "é😀\n%d", i);

		ck_assert(s.nodes[1 + i].escaped);
		ck_assert(scan_str_eq(&s.nodes[1 + i], expected, (size_t) n));
	}
	scan_deinit(&s);
	buf_deinit(&line);
}
END_TEST

/* The only node of @text. Borrowed until the next call. */
static const struct json_node *only_node(struct scan *s, const char *text)
{
	struct scan_fault fault;

	ck_assert_msg(scan_line(s, text, strlen(text), &fault) == 0, "%s", text);
	ck_assert_uint_eq(s->n_nodes, 1);
	return &s->nodes[0];
}

START_TEST(numbers_are_integers_where_they_can_be)
{
	static const struct {
		const char *text;
		int64_t i;
	} integers[] = {
		{ "0", 0 }, { "-0", 0 }, { "-0.0", 0 }, { "0e5", 0 }, { "1e-400", 0 }, { "17", 17 },
		{ "-17", -17 }, { "1e3", 1000 }, { "2.0", 2 }, { "-2.50e1", -25 }, { "1000e-3", 1 },
		{ "9007199254740992.0", INT64_C(1) << 53 }, { "-9.007199254740992e15", -(INT64_C(1) << 53) },
		{ "9007199254740993", (INT64_C(1) << 53) + 1 },
		{ "9223372036854775807", INT64_MAX }, { "-9223372036854775808", INT64_MIN },
	};
	static const struct {
		const char *text;
		double d;
	} reals[] = {
		{ "0.5", 0.5 }, { "-0.1", -0.1 }, { "9007199254740994.0", 9007199254740994.0 },
		{ "1e18", 1e18 }, { "1e300", 1e300 }, { "1.7976931348623157e308", DBL_MAX },
		{ "5e-324", 5e-324 }, { "2.2250738585072011e-308", 2.2250738585072011e-308 },
	};
	struct scan s = {};

	for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
		const struct json_node *v = only_node(&s, integers[i].text);

		ck_assert_msg(v->type == JSON_INT && v->i == integers[i].i, "%s", integers[i].text);
		ck_assert_uint_eq(s.n_faults, 0);
	}
	for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
		const struct json_node *v = only_node(&s, reals[i].text);

		ck_assert_int_eq(v->type, JSON_REAL);
		ck_assert_mem_eq(&v->d, &reals[i].d, sizeof(v->d));
		ck_assert_uint_eq(s.n_faults, 0);
	}
	scan_deinit(&s);
}
END_TEST

START_TEST(a_node_with_a_soft_fault_is_safe_to_use)
{
	struct scan s = {};
	const struct json_node *v;

	v = only_node(&s, "1e400");
	ck_assert(v->type == JSON_REAL && v->d >= DBL_MAX && v->d <= DBL_MAX);
	v = only_node(&s, "-99999999999999999999");
	ck_assert(v->type == JSON_INT && v->i == INT64_MIN);
	v = only_node(&s, "99999999999999999999");
	ck_assert(v->type == JSON_INT && v->i == INT64_MAX);
	v = only_node(&s, "\"a\\ud800\xff\x01\\u0000\\u00e9\"");
	ck_assert(scan_str_eq(v, "a????é", 7));
	ck_assert_uint_eq(s.n_faults, 1);
	scan_deinit(&s);
}
END_TEST

START_TEST(one_bad_event_does_not_cost_its_neighbours)
{
	static const char line[] =
		"{\"events\":[{\"a\":1},{\"b\":\"\xff\",\"b\":2,\"c\":1e999},{\"d\":3},{\"e\":\"\\u0000\"}]}";
	struct scan_fault fault;
	struct scan s = {};
	uint32_t events, v;

	ck_assert_int_eq(scan_line(&s, line, sizeof(line) - 1, &fault), 0);
	ck_assert_uint_eq(s.n_faults, 4);
	for (size_t i = 1; i < s.n_faults; i++)
		ck_assert_uint_lt(s.faults[i - 1].offset, s.faults[i].offset);
	events = scan_member(&s, 0, "events");
	v = events + 1;
	ck_assert_ptr_null(scan_fault_in(&s, v));
	v = s.nodes[v].next;
	ck_assert_str_eq(scan_fault_in(&s, v)->code, "bad-utf8");
	ck_assert_str_eq(scan_fault_in(&s, scan_member(&s, v, "c"))->code, "bad-number");
	v = s.nodes[v].next;
	ck_assert_ptr_null(scan_fault_in(&s, v));
	ck_assert_int_eq(s.nodes[scan_member(&s, v, "d")].i, 3);
	v = s.nodes[v].next;
	ck_assert_str_eq(scan_fault_in(&s, v)->code, "bad-string");
	ck_assert_ptr_nonnull(scan_fault_in(&s, 0));
	scan_deinit(&s);
}
END_TEST

START_TEST(one_soft_fault_too_many_is_a_hard_one)
{
	struct buf line = {};
	struct scan_fault fault;
	struct scan s = {};

	for (int i = 0; i < SCAN_MAX_FAULTS; i++)
		ck_assert_int_eq(buf_printf(&line, "%c1e999", i == 0 ? '[' : ','), 0);
	ck_assert_int_eq(buf_add_str(&line, "]"), 0);
	ck_assert_int_eq(scan_line(&s, line.data, line.n, &fault), 0);
	ck_assert_uint_eq(s.n_faults, SCAN_MAX_FAULTS);
	line.n--;
	ck_assert_int_eq(buf_add_str(&line, ",\"\\u0000\"]"), 0);
	ck_assert_int_eq(scan_line(&s, line.data, line.n, &fault), SCAN_E_BAD);
	ck_assert_str_eq(fault.code, "bad-string");
	ck_assert_uint_eq(fault.offset, line.n - 8);
	scan_deinit(&s);
	buf_deinit(&line);
}
END_TEST

/* @n members, each with a key of its own, and then one with the key of number @last. */
static void make_object(struct buf *line, uint32_t n, uint32_t last)
{
	line->n = 0;
	for (uint32_t i = 0; i < n; i++)
		ck_assert_int_eq(buf_printf(line, "%c\"k%u\":{\"k\":%u}", i == 0 ? '{' : ',', i, i), 0);
	ck_assert_int_eq(buf_printf(line, ",\"k%u\":0}", last), 0);
}

START_TEST(a_duplicate_is_found_among_any_number_of_keys)
{
	static const uint32_t sizes[] = { 1, 2, 3, 31, 62, 63, 64, 65, 66, 200, 3000 };
	struct buf line = {};
	struct scan_fault fault;
	struct scan s = {};

	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		uint32_t n = sizes[k];

		make_object(&line, n, n);
		ck_assert_int_eq(scan_line(&s, line.data, line.n, &fault), 0);
		ck_assert_msg(s.n_faults == 0, "%u keys", n);
		for (uint32_t same = 0; same < n; same += 1 + n / 50) {
			make_object(&line, n, same);
			ck_assert_int_eq(scan_line(&s, line.data, line.n, &fault), 0);
			ck_assert_msg(s.n_faults == 1, "key %u of %u", same, n);
			ck_assert_str_eq(s.faults[0].code, "duplicate-key");
			ck_assert_uint_gt(s.faults[0].offset, line.n - 12);
		}
	}
	scan_deinit(&s);
	buf_deinit(&line);
}
END_TEST

static double cpu_seconds(void)
{
	struct timespec ts;

	(void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}

START_TEST(a_hundred_thousand_keys_of_one_object_take_no_quadratic_time)
{
	struct buf line = {};
	struct scan_fault fault;
	struct scan s = {};
	double before;

	/* Comparing each with each would be five thousand million comparisons: minutes. */
	make_object(&line, 100000, 77777);
	before = cpu_seconds();
	ck_assert_int_eq(scan_line(&s, line.data, line.n, &fault), 0);
	ck_assert_double_lt(cpu_seconds() - before, 3.0);
	ck_assert_uint_eq(s.n_faults, 1);
	scan_deinit(&s);
	buf_deinit(&line);
}
END_TEST

static void nest(struct buf *line, char open, char close, size_t depth)
{
	line->n = 0;
	for (size_t i = 0; i < depth; i++)
		ck_assert_int_eq(open == '[' ? buf_add_char(line, '[') : buf_add_str(line, "{\"k\":"), 0);
	ck_assert_int_eq(buf_add_char(line, '1'), 0);
	for (size_t i = 0; i < depth; i++)
		ck_assert_int_eq(buf_add_char(line, close), 0);
}

START_TEST(nesting_is_taken_to_its_limit_and_no_deeper)
{
	struct buf line = {};
	struct scan_fault fault;
	struct scan s = {};

	for (int object = 0; object < 2; object++) {
		nest(&line, object ? '{' : '[', object ? '}' : ']', LIMIT_LINE_DEPTH);
		ck_assert_int_eq(scan_line(&s, line.data, line.n, &fault), 0);
		ck_assert_uint_eq(s.depth, LIMIT_LINE_DEPTH);
		ck_assert_uint_eq(s.n_faults, 0);
		nest(&line, object ? '{' : '[', object ? '}' : ']', LIMIT_LINE_DEPTH + 1);
		ck_assert_int_eq(scan_line(&s, line.data, line.n, &fault), SCAN_E_BAD);
		ck_assert_str_eq(fault.code, "too-deep");
		ck_assert_uint_eq(fault.offset, LIMIT_LINE_DEPTH * (object ? 5 : 1));
	}
	scan_deinit(&s);
	buf_deinit(&line);
}
END_TEST

/* Of the line's value, and of the value of each key in it. */
START_TEST(each_value_has_a_depth_of_its_own)
{
	static const char line[] = "{\"a\":[[],[{\"b\":[1]},2],{}],\"c\":{},\"d\":\"[[\",\"e\":[[[3]],4]}";
	static const struct { const char *key; uint32_t depth; } wanted[] = {
		{ "a", 4 }, { "c", 1 }, { "d", 0 }, { "e", 3 },
	};
	struct scan_fault fault;
	struct scan s = {};

	ck_assert_int_eq(scan_line(&s, line, sizeof(line) - 1, &fault), 0);
	ck_assert_uint_eq(s.depth, 5);
	ck_assert_uint_eq(scan_depth(&s, 0), 5);
	for (size_t i = 0; i < N_ELEMENTS(wanted); i++)
		ck_assert_uint_eq(scan_depth(&s, scan_member(&s, 0, wanted[i].key)), wanted[i].depth);
	ck_assert_int_eq(scan_line(&s, "1", 1, &fault), 0);
	ck_assert_uint_eq(s.depth, 0);
	scan_deinit(&s);
}
END_TEST

static void *scan_brackets(void *arg)
{
	static char brackets[1000000];
	struct scan_fault *fault = arg;
	struct scan s = {};

	memset(brackets, '[', sizeof(brackets));
	(void) scan_line(&s, brackets, sizeof(brackets), fault);
	scan_deinit(&s);
	return NULL;
}

START_TEST(a_million_brackets_need_no_more_than_a_small_stack)
{
	struct scan_fault fault = {};
	pthread_attr_t attr;
	pthread_t thread;

	ck_assert_int_eq(pthread_attr_init(&attr), 0);
	ck_assert_int_eq(pthread_attr_setstacksize(&attr, 128 * 1024), 0);
	ck_assert_int_eq(pthread_create(&thread, &attr, scan_brackets, &fault), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(pthread_attr_destroy(&attr), 0);
	ck_assert_str_eq(fault.code, "too-deep");
}
END_TEST

START_TEST(room_grown_for_a_large_line_is_given_back)
{
	struct buf line = {};
	struct scan_fault fault;
	struct scan s = {};

	for (int i = 0; i < 130000; i++)
		ck_assert_int_eq(buf_add_str(&line, i == 0 ? "[1" : ",1"), 0);
	ck_assert_int_eq(buf_add_char(&line, ']'), 0);
	ck_assert_int_eq(scan_line(&s, line.data, line.n, &fault), 0);
	ck_assert_uint_eq(s.nodes[0].n, 130000);
	ck_assert_uint_ge(s.cap_nodes, 130001);
	ck_assert_int_eq(scan_line(&s, event, sizeof(event) - 1, &fault), 0);
	ck_assert_uint_le(s.cap_nodes * sizeof(*s.nodes) + s.cap_text, 64 * 1024);
	scan_deinit(&s);
	scan_deinit(&s);
	buf_deinit(&line);
}
END_TEST

START_TEST(a_scan_is_as_good_as_new_after_a_line_that_was_refused)
{
	struct scan_fault fault;
	struct scan s = {};

	for (size_t n = 0; n < sizeof(event) - 1; n++) {
		(void) scan_line(&s, event, n, &fault);
		ck_assert_int_eq(scan_line(&s, "{\"a\":\"\\n\"}", 10, &fault), 0);
		ck_assert_uint_eq(s.n_nodes, 3);
		ck_assert_uint_eq(s.n_faults, 0);
		ck_assert(scan_str_eq(&s.nodes[2], "\n", 1));
	}
	scan_deinit(&s);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("scan");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, every_prefix_of_a_line_is_refused_and_the_whole_is_taken);
	tcase_add_test(t, what_json_allows_is_taken);
	tcase_add_test(t, what_is_not_json_is_refused_where_it_goes_wrong);
	tcase_add_test(t, faults_that_leave_the_shape_readable_are_told_with_their_place);
	tcase_add_test(t, a_raw_nul_is_refused_inside_and_outside_of_strings);
	tcase_add_test(t, every_byte_alone_in_a_string_is_judged_at_any_alignment);
	tcase_add_test(t, nodes_stand_in_the_order_of_the_text_and_know_their_ends);
	tcase_add_test(t, escapes_are_decoded_and_their_text_stays_where_it_is);
	tcase_add_test(t, numbers_are_integers_where_they_can_be);
	tcase_add_test(t, a_node_with_a_soft_fault_is_safe_to_use);
	tcase_add_test(t, one_bad_event_does_not_cost_its_neighbours);
	tcase_add_test(t, one_soft_fault_too_many_is_a_hard_one);
	tcase_add_test(t, a_duplicate_is_found_among_any_number_of_keys);
	tcase_add_test(t, a_hundred_thousand_keys_of_one_object_take_no_quadratic_time);
	tcase_add_test(t, nesting_is_taken_to_its_limit_and_no_deeper);
	tcase_add_test(t, each_value_has_a_depth_of_its_own);
	tcase_add_test(t, a_million_brackets_need_no_more_than_a_small_stack);
	tcase_add_test(t, room_grown_for_a_large_line_is_given_back);
	tcase_add_test(t, a_scan_is_as_good_as_new_after_a_line_that_was_refused);
	return unit_main("scan", t);
}
