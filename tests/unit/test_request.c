#include "unit.h"

#include <math.h>
#include <string.h>

#include "util/macros.h"
#include "wire/reply.h"
#include "wire/request.h"

static struct request request;
static struct reply_error error;
static struct buf out;

static void tear_down(void)
{
	request_deinit(&request);
	buf_deinit(&out);
}

static int parse(const char *line)
{
	request_deinit(&request);
	return request_parse(&request, line, strlen(line), "query", &error);
}

START_TEST(a_request_is_an_object_that_names_its_query)
{
	const struct json_node *v = NULL;
	int64_t limit = 7;

	ck_assert_int_eq(parse(" {\"query\":\"joins\",\"since\":\"-1h\",\"limit\":100,\"until\":null,\"app\":\"\"} "), 0);
	ck_assert(request_is(&request, "query", "joins"));
	ck_assert(!request_is(&request, "query", "join"));
	ck_assert_int_eq(request_int(&request, "limit", 1, 1000, &limit, &error), 0);
	ck_assert_int_eq(limit, 100);
	ck_assert_int_eq(request_text(&request, "since", &v, &error), 0);
	ck_assert(scan_str_eq(v, "-1h", 3));
	ck_assert_ptr_null(request_get(&request, "until"));
	ck_assert_ptr_null(request_get(&request, "app"));
}
END_TEST

START_TEST(a_request_outlives_the_line_it_was_read_from)
{
	char line[] = "{\"query\":\"joins\"}";

	ck_assert_int_eq(request_parse(&request, line, strlen(line), "query", &error), 0);
	memset(line, 'x', sizeof(line));
	ck_assert(request_is(&request, "query", "joins"));
}
END_TEST

START_TEST(what_is_no_request_is_refused_with_a_code)
{
	static const struct {
		const char *line, *code;
	} bad[] = {
		{ "", "not-json" }, { "joins", "not-json" }, { "{\"query\":\"joins\"", "not-json" },
		{ "{'query':'joins'}", "not-json" }, { "{\"query\":\"joins\"} x", "not-json" },
		{ "[]", "bad-request" }, { "\"joins\"", "bad-request" }, { "{}", "bad-request" },
		{ "{\"query\":1}", "bad-request" }, { "{\"query\":null}", "bad-request" }, { "{\"query\":\"\"}", "bad-request" },
		{ "{\"query\":\"a\",\"query\":\"b\"}", "bad-request" },
		{ "{\"query\":\"a\",\"where\":{\"x\":1,\"x\":2}}", "bad-request" },
		{ "{\"query\":\"a\xff\"}", "not-json" }, { "{\"query\":\"a\\u0000\"}", "bad-request" },
		{ "{\"query\":\"a\",\"limit\":1e999}", "bad-request" },
	};

	for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
		ck_assert_msg(parse(bad[i].line) == REQUEST_E_BAD, "%s", bad[i].line);
		ck_assert_msg(strcmp(error.code, bad[i].code) == 0, "%s gave %s", bad[i].line, error.code);
	}
}
END_TEST

START_TEST(a_member_of_another_type_is_refused_by_its_name)
{
	const struct json_node *v;
	int64_t i;

	ck_assert_int_eq(parse("{\"query\":\"joins\",\"limit\":\"9\",\"app\":17,\"n\":2.5,\"m\":11}"), 0);
	ck_assert_int_eq(request_int(&request, "limit", 1, 10, &i, &error), REQUEST_E_BAD);
	ck_assert_str_eq(error.code, "bad-value");
	ck_assert_str_eq(error.message, "limit: must be an integer from 1 to 10");
	ck_assert_int_eq(request_int(&request, "n", 1, 10, &i, &error), REQUEST_E_BAD);
	ck_assert_int_eq(request_int(&request, "m", 1, 10, &i, &error), REQUEST_E_BAD);
	ck_assert_int_eq(request_text(&request, "app", &v, &error), REQUEST_E_BAD);
	ck_assert_str_eq(error.message, "app: must be a string");
}
END_TEST

START_TEST(members_come_one_by_one_in_their_order)
{
	static const char *const keys[] = { "query", "by", "where", "limit" };
	const struct json_node *key, *value;
	uint32_t i = 0;
	size_t n = 0;

	ck_assert_int_eq(parse("{\"query\":\"joins\",\"by\":[1,[2]],\"where\":{\"a\":{\"b\":1}},\"limit\":1}"), 0);
	while (request_next(&request, &i, &key, &value)) {
		ck_assert(scan_str_eq(key, keys[n], strlen(keys[n])));
		n++;
	}
	ck_assert_uint_eq(n, 4);
}
END_TEST

START_TEST(a_row_has_every_kind_of_value)
{
	struct buf columns = {}, list = {};
	struct scan scan = {};
	struct reply_row row;

	ck_assert_int_eq(buf_add_str(&list, "[1,2]"), 0);
	reply_row_begin(&row, &out, &columns, &scan);
	reply_str(&row, "text", "a \"quoted\"\n\\ line\x01");
	reply_str(&row, "none", NULL);
	reply_int(&row, "int", INT64_MIN);
	reply_real(&row, "real", 0.1);
	reply_real(&row, "nan", NAN);
	reply_bool(&row, "yes", true);
	reply_json(&row, "json", "{\"a\":\n[1]}", 10);
	reply_json(&row, "no_json", "{'a'}", 5);
	reply_json(&row, "empty", "", 0);
	reply_raw(&row, "raw", &list);
	ck_assert_int_eq(reply_row_end(&row, true), 0);
	ck_assert_str_eq(buf_cstr(&out),
			 "{\"text\":\"a \\\"quoted\\\"\\n\\\\ line\\u0001\",\"none\":null,\"int\":-9223372036854775808,"
			 "\"real\":0.1,\"nan\":null,\"yes\":true,\"json\":{\"a\": [1]},\"no_json\":\"{'a'}\",\"empty\":\"\","
			 "\"raw\":[1,2]}\n");
	buf_reset(&out, 0);
	ck_assert_int_eq(reply_end(&out, 1, 10, "c", &columns, NULL), 0);
	ck_assert_str_eq(buf_cstr(&out),
			 "{\"end\":{\"rows\":1,\"limit\":10,\"cursor\":\"c\",\"columns\":[\"text\",\"none\",\"int\",\"real\","
			 "\"nan\",\"yes\",\"json\",\"no_json\",\"empty\",\"raw\"]}}\n");
	scan_deinit(&scan);
	buf_deinit(&columns);
	buf_deinit(&list);
}
END_TEST

START_TEST(no_bytes_make_a_line_that_is_not_json)
{
	struct scan scan = {};
	struct scan_fault fault;
	struct reply_row row;
	uint64_t state = 7;

	for (int round = 0; round < 20000; round++) {
		char bytes[24];
		size_t n = 0;

		for (; n < sizeof(bytes); n++) {	/* bytes that make UTF-8 go wrong come often */
			static const unsigned char odd[] = { 0, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xa0, 0xf0, 0xf4, 0x90,
							     0xff, '"', '\\', '\n', '{', '[', '1', 0xe2, 0x82, 0xac };

			state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			bytes[n] = (char) odd[(state >> 33) % sizeof(odd)];
		}
		buf_reset(&out, 1 << 16);
		reply_row_begin(&row, &out, NULL, &scan);
		reply_text(&row, "a", bytes, n);
		reply_json(&row, "b", bytes, n);
		ck_assert_int_eq(reply_row_end(&row, false), 0);
		ck_assert_ptr_null(memchr(out.data, '\n', out.n));
		ck_assert_int_eq(scan_line(&scan, out.data, out.n, &fault), 0);
		/* NUL is told by its escape, which our own scanner refuses in input. */
		for (size_t i = 0; i < scan.n_faults; i++)
			ck_assert_msg(memmem(out.data, out.n, "\\u0000", 6), "%s: %.*s", scan.faults[i].message,
				      (int) out.n, out.data);
	}
	scan_deinit(&scan);
}
END_TEST

START_TEST(bytes_that_are_no_utf8_become_replacement_characters)
{
	static const struct {
		const char *bytes, *told;
	} cases[] = {
		{ "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8e\xa5", "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8e\xa5\"" },
		{ "\xff", "\"\xef\xbf\xbd\"" },
		{ "a\xc0\xafz", "\"a\xef\xbf\xbd\xef\xbf\xbdz\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "cut \xe2\x82", "\"cut \xef\xbf\xbd\xef\xbf\xbd\"" },
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		buf_reset(&out, 0);
		ck_assert_int_eq(reply_string(&out, cases[i].bytes, strlen(cases[i].bytes)), 0);
		ck_assert_str_eq(buf_cstr(&out), cases[i].told);
	}
}
END_TEST

START_TEST(an_error_says_code_message_and_remedy)
{
	struct reply_error e;

	reply_error_set(&e, "bad-value", "%s: \"%s\"", "since", "x");
	ck_assert_int_eq(reply_error(&out, &e), 0);
	reply_error_hint(&e, "Try %s.", "-1h");
	ck_assert_int_eq(reply_error(&out, &e), 0);
	ck_assert_str_eq(buf_cstr(&out),
			 "{\"error\":{\"code\":\"bad-value\",\"message\":\"since: \\\"x\\\"\"}}\n"
			 "{\"error\":{\"code\":\"bad-value\",\"message\":\"since: \\\"x\\\"\",\"hint\":\"Try -1h.\"}}\n");
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("request");

	tcase_add_checked_fixture(t, NULL, tear_down);
	tcase_add_test(t, a_request_is_an_object_that_names_its_query);
	tcase_add_test(t, a_request_outlives_the_line_it_was_read_from);
	tcase_add_test(t, what_is_no_request_is_refused_with_a_code);
	tcase_add_test(t, a_member_of_another_type_is_refused_by_its_name);
	tcase_add_test(t, members_come_one_by_one_in_their_order);
	tcase_add_test(t, a_row_has_every_kind_of_value);
	tcase_add_test(t, no_bytes_make_a_line_that_is_not_json);
	tcase_add_test(t, bytes_that_are_no_utf8_become_replacement_characters);
	tcase_add_test(t, an_error_says_code_message_and_remedy);
	return unit_main("request", t);
}
