#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "dialect/redact.h"

static unsigned char key[REDACT_KEY_BYTES];
static struct buf out;

static void setup(void)
{
	memset(key, 7, sizeof(key));
}

static void teardown(void)
{
	buf_deinit(&out);
}

/* The text without its secrets. */
static const char *redacted(const char *text, bool cut)
{
	int r;

	out.n = 0;
	r = redact(key, true, text, strlen(text), cut, &out);
	if (r == 0) {
		ck_assert_uint_eq(out.n, 0);
		return text;
	}
	ck_assert_int_eq(r, REDACT_E_FOUND);
	return buf_cstr(&out);
}

/* The text with # in place of each hash. */
static const char *shape(const char *text, bool cut)
{
	static char shape[1000];
	const char *s = redacted(text, cut), *mark;
	size_t n = 0;

	for (; (mark = strstr(s, "redacted:")); s = mark + 9 + 16) {
		ck_assert_uint_eq(strspn(mark + 9, "0123456789abcdef"), 16);
		n += (size_t) sprintf(shape + n, "%.*s#", (int) (mark - s), s);
	}
	(void) sprintf(shape + n, "%s", s);
	return shape;
}

#define JWT "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2ln_-0"

START_TEST(a_jwt_is_taken_out_wherever_it_stands)
{
	ck_assert_str_eq(shape("{\"a\":\"" JWT "\"}", false), "{\"a\":\"#\"}");
	ck_assert_str_eq(shape("{\"a\":\"Bearer " JWT " and " JWT "!\",\"b\":[\"" JWT "\"]}", false),
			 "{\"a\":\"Bearer # and #!\",\"b\":[\"#\"]}");
	ck_assert_str_eq(shape("{\"" JWT "\":1}", false), "{\"#\":1}");
	ck_assert_str_eq(shape(JWT, false), "#");
	ck_assert_str_eq(shape("x" JWT, false), "x#");
	ck_assert_str_eq(shape("not json " JWT "\xff", false), "not json #\xff");
}
END_TEST

START_TEST(a_jwt_may_have_no_signature_and_must_have_the_rest)
{
	ck_assert_str_eq(shape("\"eyJa.b.\"", false), "\"#\"");
	ck_assert_str_eq(shape("\"eyJ.b.c\"", false), "\"#\"");
	ck_assert_str_eq(shape("\"eyJa.b\"", false), "\"eyJa.b\"");
	ck_assert_str_eq(shape("\"eyJa..c\"", false), "\"eyJa..c\"");
	ck_assert_str_eq(shape("\"eyJa\"", false), "\"eyJa\"");
	ck_assert_str_eq(shape("\"eyJa.eyJb.c.d\"", false), "\"#.d\"");
	ck_assert_str_eq(shape("\"eyJa..eyJb.c.d\"", false), "\"eyJa..#\"");
	ck_assert_str_eq(shape("\"eyJa.b eyJc.d.e\"", false), "\"eyJa.b #\"");
	ck_assert_str_eq(shape("\"eyJeyJeyJ.eyJ! eyJeyJ.b.c\"", false), "\"eyJeyJeyJ.eyJ! #\"");
}
END_TEST

START_TEST(escapes_hide_nothing)
{
	ck_assert_str_eq(shape("\"\\u0065yJa\\u002Eb\\u002e\\u0063\"", false), "\"#\"");
	ck_assert_str_eq(shape("\"e\\u0079\\u004aa.b.c\\n\"", false), "\"#\\n\"");
	ck_assert_str_eq(shape("{\"stream\\u004bey\":\"\\u0061b\"}", false), "{\"stream\\u004bey\":\"#\"}");
	/* That is a backslash and a text, not an escape. */
	ck_assert_str_eq(shape("\"\\\\u0065yJa.b.c\"", false), "\"\\\\u0065yJa.b.c\"");
	ck_assert_str_eq(shape("\"eyJa\\u002e\\u002ec\"", false), "\"eyJa\\u002e\\u002ec\"");
}
END_TEST

START_TEST(the_text_of_a_member_streamKey_is_taken_out)
{
	ck_assert_str_eq(shape("{\"a\":{\"streamKey\" :\t\"sk_us-west-2_\\\"x\",\"b\":1}}", false),
			 "{\"a\":{\"streamKey\" :\t\"#\",\"b\":1}}");
	ck_assert_str_eq(shape("{\"streamKey\":\"\",\"b\":{\"streamKey\":5,\"c\":\"streamKey\"}}", false),
			 "{\"streamKey\":\"\",\"b\":{\"streamKey\":5,\"c\":\"streamKey\"}}");
	ck_assert_str_eq(shape("{\"streamKeys\":\"a\",\"streamKe\":\"b\",\"xstreamKey\":\"c\"}", false),
			 "{\"streamKeys\":\"a\",\"streamKe\":\"b\",\"xstreamKey\":\"c\"}");
	ck_assert_str_eq(shape("{\"streamKey\":\"half", false), "{\"streamKey\":\"#");
	ck_assert_str_eq(shape("{\"streamKey\":\"half\\", false), "{\"streamKey\":\"#");
	ck_assert_str_eq(shape("{\"streamKey\":", false), "{\"streamKey\":");
	ck_assert_str_eq(shape("\"streamKey", false), "\"streamKey");
}
END_TEST

START_TEST(a_token_that_is_a_text_is_taken_out_whatever_it_looks_like)
{
	ck_assert_str_eq(shape("{\"newToken\":\"opaque\",\"previousToken\" : \"old one\"}", false),
			 "{\"newToken\":\"#\",\"previousToken\" : \"#\"}");
	ck_assert_str_eq(shape("{\"newToken\":\"to " JWT "\"}", false), "{\"newToken\":\"#\"}");
	ck_assert_str_eq(shape("{\"newT\\u006fken\":\"opaque\"}", false), "{\"newT\\u006fken\":\"#\"}");
	ck_assert_str_eq(shape("{\"newToken\":{\"userId\":\"ana\"},\"previousToken\":null,\"nextToken\":\"abc\"}", false),
			 "{\"newToken\":{\"userId\":\"ana\"},\"previousToken\":null,\"nextToken\":\"abc\"}");
}
END_TEST

START_TEST(phone_numbers_are_emptied_wherever_they_stand_unless_kept)
{
	static const char text[] = "{\"phone_numbers\":[{\"v\":\"+1 ]\\\" 55\",\"t\":[1]}],\"a\":[{\"phone_numbers\" : \"555\"}]}";

	ck_assert_str_eq(shape(text, false), "{\"phone_numbers\":[],\"a\":[{\"phone_numbers\" : \"redacted\"}]}");
	ck_assert_str_eq(shape("{\"phone_numbers\":4085551234,\"a\":{\"phone_numbers\": -1.5e+7 }}", false),
			 "{\"phone_numbers\":0,\"a\":{\"phone_numbers\": 0 }}");
	ck_assert_str_eq(shape("{\"phone_numbers\":408", true), "{\"phone_numbers\":0");
	ck_assert_str_eq(shape("{\"phone_numbers\":\"\",\"a\":{\"phone_numbers\":true}}", false),
			 "{\"phone_numbers\":\"\",\"a\":{\"phone_numbers\":true}}");
	ck_assert_str_eq(shape("{\"phone\\u005fnumbers\":{\"a\":5},\"b\":1}", false),
			 "{\"phone\\u005fnumbers\":[],\"b\":1}");
	ck_assert_str_eq(shape("{\"phone_numbers\":[{\"v\":\"555", true), "{\"phone_numbers\":[]");
	ck_assert_str_eq(shape("{\"phone_numbers\":[],\"my_phone_numbers\":[1],\"b\":\"phone_numbers\"}", false),
			 "{\"phone_numbers\":[],\"my_phone_numbers\":[1],\"b\":\"phone_numbers\"}");
	ck_assert_str_eq(shape("{\"phone_numbers\":null,\"b\":\"phone_numbers\\", false),
			 "{\"phone_numbers\":null,\"b\":\"phone_numbers\\");
	out.n = 0;
	ck_assert_int_eq(redact(key, false, text, strlen(text), false, &out), 0);
}
END_TEST

START_TEST(what_lost_its_end_may_have_been_a_jwt)
{
	ck_assert_str_eq(shape("{\"a\":\"eyJhbGci", true), "{\"a\":\"#");
	ck_assert_str_eq(shape("{\"a\":\"eyJhbGci.", true), "{\"a\":\"#");
	ck_assert_str_eq(shape("{\"a\":\"eyJhbGci.eyJz", true), "{\"a\":\"#");
	ck_assert_str_eq(shape("{\"a\":\"eyJhbGci.eyJz\"", true), "{\"a\":\"eyJhbGci.eyJz\"");
	ck_assert_str_eq(shape("{\"a\":\"eyJhbGci", false), "{\"a\":\"eyJhbGci");
}
END_TEST

START_TEST(the_same_secret_gives_the_same_text_under_the_same_key_only)
{
	char first[100], other[100];

	(void) strcpy(first, redacted("\"" JWT "\"", false));
	ck_assert_str_eq(redacted("\"" JWT "\"", false), first);
	ck_assert_str_eq(redacted("\"\\u0065" "yJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2ln_-0\"", false), first);
	ck_assert_str_ne(redacted("\"" JWT "1\"", false), first);
	(void) strcpy(other, redacted("{\"streamKey\":\"s\xc3\xbc\"}", false));
	ck_assert_str_eq(redacted("{\"streamKey\":\"s\\u00fc\"}", false), other);
	ck_assert_ptr_null(strstr(other, "s\xc3\xbc"));
	(void) strcpy(other, redacted("{\"streamKey\":\"\xf0\x9f\x98\x80\"}", false));
	ck_assert_str_eq(redacted("{\"streamKey\":\"\\ud83d\\uDE00\"}", false), other);
	key[15]++;
	ck_assert_str_ne(redacted("\"" JWT "\"", false), first);
}
END_TEST

START_TEST(what_is_redacted_stays_as_it_is)
{
	char once[200];

	(void) strcpy(once, redacted("{\"streamKey\":\"sk\",\"b\":\"" JWT "\"}", false));
	ck_assert_str_eq(redacted(once, false), once);
	ck_assert_str_eq(shape("{\"streamKey\":\"redacted:0123456789abcdeX\"}", false), "{\"streamKey\":\"#\"}");
}
END_TEST

START_TEST(a_long_line_of_beginnings_takes_no_longer_than_another)
{
	static char text[3 * 300000 + 1];

	for (size_t i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "eyJ", 3);
	ck_assert_ptr_eq(redacted(text, false), text);	/* in square time it would take minutes */
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("redact");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_jwt_is_taken_out_wherever_it_stands);
	tcase_add_test(t, a_jwt_may_have_no_signature_and_must_have_the_rest);
	tcase_add_test(t, escapes_hide_nothing);
	tcase_add_test(t, the_text_of_a_member_streamKey_is_taken_out);
	tcase_add_test(t, a_token_that_is_a_text_is_taken_out_whatever_it_looks_like);
	tcase_add_test(t, what_lost_its_end_may_have_been_a_jwt);
	tcase_add_test(t, the_same_secret_gives_the_same_text_under_the_same_key_only);
	tcase_add_test(t, phone_numbers_are_emptied_wherever_they_stand_unless_kept);
	tcase_add_test(t, what_is_redacted_stays_as_it_is);
	tcase_add_test(t, a_long_line_of_beginnings_takes_no_longer_than_another);
	return unit_main("redact", t);
}
