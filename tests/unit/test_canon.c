#include "unit.h"

#include <string.h>

#include "util/buf.h"
#include "wire/canon.h"

/* The canon of @text, NUL-terminated; the caller's to free. */
static char *canon_of(const char *text)
{
	struct scan_fault fault;
	struct scan s = {};
	struct buf out = {};

	ck_assert_msg(scan_line(&s, text, strlen(text), &fault) == 0, "refused: %s", text);
	ck_assert_int_eq(canon_node(&s, 0, &out), 0);
	ck_assert_ptr_nonnull(buf_cstr(&out));
	scan_deinit(&s);
	return out.data;
}

static void check(const char *text, const char *expected)
{
	char *once = canon_of(text);
	char *twice = canon_of(once);

	ck_assert_msg(strcmp(once, expected) == 0, "%s gave %s", text, once);
	ck_assert_str_eq(twice, once);
	free(once);
	free(twice);
}

START_TEST(keys_stand_in_byte_order)
{
	check("{\"b\":1,\"a\":2,\"ab\":3,\"B\":4,\"\":5,\"é\":6,\"z\":7}",
	      "{\"\":5,\"B\":4,\"a\":2,\"ab\":3,\"b\":1,\"z\":7,\"é\":6}");
	check("{\"longer than eight 2\":1,\"longer than eight 1\":2,\"longer t\":3}",
	      "{\"longer t\":3,\"longer than eight 1\":2,\"longer than eight 2\":1}");
	check("{\"\\u0061\":1,\"A\":{\"y\":1,\"x\":[{\"q\":1,\"p\":2}]}}",
	      "{\"A\":{\"x\":[{\"p\":2,\"q\":1}],\"y\":1},\"a\":1}");
}
END_TEST

START_TEST(an_object_of_many_keys_is_sorted_too)
{
	struct buf in = {}, expected = {};

	for (int i = 999; i >= 0; i--)
		ck_assert_int_eq(buf_printf(&in, "%c\"key-%03d\":%d", i == 999 ? '{' : ',', i, i), 0);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(buf_printf(&expected, "%c\"key-%03d\":%d", i == 0 ? '{' : ',', i, i), 0);
	ck_assert_int_eq(buf_add_char(&in, '}'), 0);
	ck_assert_int_eq(buf_add_char(&expected, '}'), 0);
	check(buf_cstr(&in), buf_cstr(&expected));
	buf_deinit(&in);
	buf_deinit(&expected);
}
END_TEST

START_TEST(absent_members_are_left_out_at_every_depth_and_elements_never)
{
	check("{\"a\":null,\"b\":\"\",\"c\":0}", "{\"c\":0}");
	check("{\"a\":null}", "{}");
	check("{\"a\":{\"b\":null},\"c\":[{\"d\":\"\"}],\"e\":[]}", "{\"a\":{},\"c\":[{}],\"e\":[]}");
	check("[null,\"\",{\"a\":null}]", "[null,\"\",{}]");
	check("null", "null");
	check("\"\"", "\"\"");
}
END_TEST

START_TEST(one_number_has_one_spelling)
{
	check("[1,1.0,1e0,10e-1,0.1e1,1.000]", "[1,1,1,1,1,1]");
	check("[0,-0,0.0,-0.0,0e9,-0e-9]", "[0,0,0,0,0,0]");
	check("[1e18,1000000000000000000,1.0E+18]",
	      "[1000000000000000000,1000000000000000000,1000000000000000000]");
	check("[9223372036854775807,-9223372036854775808,-9.223372036854775808e18]",
	      "[9223372036854775807,-9223372036854775808,-9223372036854775808]");
	check("[0.1,0.10,1e-1,1E-01]", "[0.1,0.1,0.1,0.1]");
	check("[0.30000000000000004,0.3,2.5,-2.5]", "[0.30000000000000004,0.3,2.5,-2.5]");
	check("[1e300,1e+300,1E19,-1e19]", "[1e+300,1e+300,1e+19,-1e+19]");
	check("[1.7976931348623157e308,5e-324]", "[1.7976931348623157e+308,4.94065645841247e-324]");
	check("[9007199254740993,9007199254740992.0]", "[9007199254740993,9007199254740992]");
}
END_TEST

START_TEST(text_is_escaped_only_where_json_demands_it)
{
	check("\"\\u0041\\/\\\"\\\\\\b\\f\\n\\r\\t\\u001f\\u007f\"", "\"A/\\\"\\\\\\b\\f\\n\\r\\t\\u001f\x7f\"");
	check("\"\\u00e9\\u00E9\\ud83d\\ude00\\uD83D\\uDE00\"", "\"éé😀😀\"");
	check(" [ true , false , { } ] ", "[true,false,{}]");
}
END_TEST

START_TEST(a_string_of_any_bytes_is_quoted)
{
	struct buf out = {};

	ck_assert_int_eq(canon_string("a\0\x1f\"", 4, &out), 0);
	ck_assert_str_eq(buf_cstr(&out), "\"a\\u0000\\u001f\\\"\"");
	buf_reset(&out, 0);
	ck_assert_int_eq(canon_string("", 0, &out), 0);
	ck_assert_str_eq(buf_cstr(&out), "\"\"");
	buf_deinit(&out);
}
END_TEST

START_TEST(the_canon_of_a_line_with_soft_faults_is_clean_json)
{
	struct scan_fault fault;
	struct scan s = {}, again = {};
	struct buf out = {};
	static const char line[] = "{\"a\":\"\xff\x01\\ud800\\u0000\",\"a\":1e999,\"b\":99999999999999999999}";

	ck_assert_int_eq(scan_line(&s, line, sizeof(line) - 1, &fault), 0);
	ck_assert_uint_gt(s.n_faults, 0);
	ck_assert_int_eq(canon_node(&s, 0, &out), 0);
	ck_assert_str_eq(buf_cstr(&out),
			 "{\"a\":\"????\",\"a\":1.7976931348623157e+308,\"b\":9223372036854775807}");
	ck_assert_int_eq(scan_line(&again, out.data, out.n, &fault), 0);
	ck_assert_uint_eq(again.n_faults, 1);	/* the key is still there twice */
	scan_deinit(&s);
	scan_deinit(&again);
	buf_deinit(&out);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("canon");

	tcase_add_test(t, keys_stand_in_byte_order);
	tcase_add_test(t, an_object_of_many_keys_is_sorted_too);
	tcase_add_test(t, absent_members_are_left_out_at_every_depth_and_elements_never);
	tcase_add_test(t, one_number_has_one_spelling);
	tcase_add_test(t, text_is_escaped_only_where_json_demands_it);
	tcase_add_test(t, a_string_of_any_bytes_is_quoted);
	tcase_add_test(t, the_canon_of_a_line_with_soft_faults_is_clean_json);
	return unit_main("canon", t);
}
