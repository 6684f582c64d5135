#include "unit.h"

#include <string.h>

#include "util/buf.h"
#include "wire/documents.h"
#include "wire/limits.h"

/*
 * The documents of @text, fed in chunks of @chunk bytes, each as "LINE:text" and
 * a line break; "!LINE" for one too long. Owned by the caller.
 */
static char *cut_in_chunks(const char *text, size_t n_text, size_t chunk)
{
	struct documents d;
	struct buf all = {};
	const char *line;
	uint64_t line_no;
	size_t n, at = 0;
	int r;

	documents_init(&d);
	for (;;) {
		r = documents_next(&d, at == n_text, &line, &n, &line_no);
		if (r == 0) {
			ck_assert_int_eq(buf_printf(&all, "%u:%.*s\n", (unsigned) line_no, (int) n, line), 0);
		} else if (r == DOCUMENTS_E_TOO_LONG) {
			ck_assert_int_eq(buf_printf(&all, "!%u\n", (unsigned) line_no), 0);
		} else {
			size_t k = chunk < n_text - at ? chunk : n_text - at;

			ck_assert_int_eq(r, DOCUMENTS_E_PENDING);
			if (at == n_text)
				break;
			ck_assert_int_eq(documents_feed(&d, text + at, k), 0);
			at += k;
		}
	}
	if (documents_unclosed(&d))
		ck_assert_int_eq(buf_add_str(&all, "unclosed\n"), 0);
	documents_deinit(&d);
	ck_assert_ptr_nonnull(buf_cstr(&all));
	return all.data;
}

/* However the stream is cut into chunks, its documents are the same. */
static void expect(const char *text, const char *expected)
{
	size_t n = strlen(text);

	for (size_t chunk = 1; chunk <= n; chunk++) {
		char *got = cut_in_chunks(text, n, chunk);

		ck_assert_msg(strcmp(got, expected) == 0, "chunks of %zu gave:\n%s\nnot:\n%s", chunk, got, expected);
		free(got);
	}
}

START_TEST(a_line_that_is_a_document_is_passed_on_byte_for_byte)
{
	expect("{\"a\":1.50,\"a\":2, \"b\":\"\\u0041}\\\"\"}\n{\"c\": [1, {}]}\n",
	       "1:{\"a\":1.50,\"a\":2, \"b\":\"\\u0041}\\\"\"}\n2:{\"c\": [1, {}]}\n");
	expect("{\"a\":1}\r\n\n  \n{\"b\":2}", "1:{\"a\":1}\n4:{\"b\":2}\n");
	expect("\xef\xbb\xbf{\"a\":1}\n", "1:{\"a\":1}\n");
}
END_TEST

START_TEST(a_broken_line_is_passed_on_and_costs_no_neighbour)
{
	expect("{\"a\":1}}\n{\"b\":2}\n", "1:{\"a\":1}}\n2:{\"b\":2}\n");
	expect("nonsense {\n{\"b\":2}\n", "1:nonsense {\n2:{\"b\":2}\n");
	expect("{\"a\":\"cut off\n{\"b\":2}\n{\"c\":3}\n", "1:{\"a\":\"cut off\n2:{\"b\":2}\n3:{\"c\":3}\n");
	expect("{\"a\":1 \"b\":2}\n{\"c\":3}\n", "1:{\"a\":1 \"b\":2}\n2:{\"c\":3}\n");
	expect("{\"a\":1} trailing\n{\"b\":2}\n", "1:{\"a\":1} trailing\n2:{\"b\":2}\n");
	expect("{\"a\":[1}\n{\"b\":2}\n", "1:{\"a\":[1}\n2:{\"b\":2}\n");
	expect("{\"a\":1\n{\"b\":2}\n", "1:{\"a\":1\n2:{\"b\":2}\n");
}
END_TEST

START_TEST(a_line_cut_off_where_more_could_follow_costs_no_neighbour)
{
	expect("{\"events\":[\n{\"b\":2}\n{\"c\":3}\n", "1:{\"events\":[\n2:{\"b\":2}\n3:{\"c\":3}\n");
	expect("{\"events\":[\n{\"b\":2}\n", "1:{\"events\":[\n2:{\"b\":2}\n");
	expect("{\"a\":1,\n{\"b\":2}\n{\"c\":3}\n", "1:{\"a\":1,\n2:{\"b\":2}\n3:{\"c\":3}\n");
	expect("[[[[\n{\"b\":2}\n{\"c\":3}\n", "1:[[[\n2:{\"b\":2}\n3:{\"c\":3}\nunclosed\n");
}
END_TEST

START_TEST(a_document_over_several_lines_becomes_one_line)
{
	expect("{\n  \"a\": 1,\n  \"b\": [\n    {}\n  ]\n}\n{\n\t\"c\": \"x  y\"\n}\n",
	       "1:{\"a\": 1,\"b\": [{}]}\n7:{\"c\": \"x  y\"}\n");
	expect("{\n\"a\": [\n{\n\"b\": 1\n}\n]\n}\n{\"c\":1}", "1:{\t\"a\": [\t{\t\"b\": 1\t}\t]\t}\n8:{\"c\":1}\n");
	expect("{\"a\":1}{\"b\":2} {\"c\":\n3}", "1:{\"a\":1}\n1:{\"b\":2}\n1:{\"c\":3}\n");
}
END_TEST

START_TEST(a_broken_document_over_several_lines_is_one_line_and_stays_broken)
{
	expect("{\n  \"a\": 1\n  \"b\": 2\n}\n{\"c\":3}\n", "1:{\t\"a\": 1\t\"b\": 2\t}\n5:{\"c\":3}\n");
	expect("{\n  \"a\": \"x\n  y\"\n}\n{\"c\":3}\n", "1:{\t\"a\": \"x\ty\"\t}\n5:{\"c\":3}\n");
}
END_TEST

START_TEST(elements_of_an_array_become_a_line_each)
{
	expect("[{\"a\":1}, {\"b\":[2,3]},\n 4]\n{\"c\":5}\n", "1:{\"a\":1}\n1:{\"b\":[2,3]}\n2:4\n3:{\"c\":5}\n");
	expect("[\n  {\n    \"a\": 1\n  },\n  {\n    \"b\": \"]\"\n  }\n]\n",
	       "2:{\"a\": 1}\n5:{\"b\": \"]\"}\n");
	expect("[]\n[ ]", "");
	expect("[\n  {\n    \"a\": 1\n    \"b\": 2\n  },\n  {\"c\":3}\n]\n{\"d\":4}",
	       "2:{\t\"a\": 1\t\"b\": 2\t}\n6:{\"c\":3}\n8:{\"d\":4}\n");
	expect("[{\"a\":1},", "1:{\"a\":1}\nunclosed\n");
}
END_TEST

START_TEST(a_document_longer_than_a_line_may_be_is_left_out_in_bounded_memory)
{
	const size_t n = 3 * 1024 * 1024;
	char *text = malloc(n + 32), *got;

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', n);
	memcpy(text, "{\"a\":1}\n{\"b\":\"", 14);
	memcpy(text + n, "\"}\n{\"c\":3}\n", 12);
	got = cut_in_chunks(text, strlen(text), 64 * 1024);
	ck_assert_str_eq(got, "1:{\"a\":1}\n!2\n3:{\"c\":3}\n");
	free(got);

	/* As long as can be, and a byte more. */
	memset(text, 'x', n);
	memcpy(text, "{\"b\":\"", 6);
	memcpy(text + LIMIT_ENVELOPE_BYTES - 2, "\"}\n", 4);
	got = cut_in_chunks(text, strlen(text), 64 * 1024);
	ck_assert_uint_eq(strlen(got), LIMIT_ENVELOPE_BYTES + 3);
	free(got);
	memset(text, 'x', n);
	memcpy(text, "{\"b\":\"", 6);
	memcpy(text + LIMIT_ENVELOPE_BYTES - 1, "\"}\n", 4);
	got = cut_in_chunks(text, strlen(text), 64 * 1024);
	ck_assert_str_eq(got, "!1\n");
	free(got);
	free(text);
}
END_TEST

START_TEST(what_is_held_stays_bounded_however_long_the_stream)
{
	char chunk[LIMIT_READ_BYTES];
	struct documents d;
	const char *line;
	uint64_t line_no;
	size_t n;

	documents_init(&d);
	memset(chunk, '[', sizeof(chunk));
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(documents_feed(&d, chunk, sizeof(chunk)), 0);
		while (documents_next(&d, false, &line, &n, &line_no) != DOCUMENTS_E_PENDING)
			;
		ck_assert_uint_le(d.in.n, LIMIT_DOCUMENT_BYTES + 2 * sizeof(chunk));
	}
	documents_deinit(&d);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("documents");

	tcase_add_test(t, a_line_that_is_a_document_is_passed_on_byte_for_byte);
	tcase_add_test(t, a_broken_line_is_passed_on_and_costs_no_neighbour);
	tcase_add_test(t, a_line_cut_off_where_more_could_follow_costs_no_neighbour);
	tcase_add_test(t, a_document_over_several_lines_becomes_one_line);
	tcase_add_test(t, a_broken_document_over_several_lines_is_one_line_and_stays_broken);
	tcase_add_test(t, elements_of_an_array_become_a_line_each);
	tcase_add_test(t, a_document_longer_than_a_line_may_be_is_left_out_in_bounded_memory);
	tcase_add_test(t, what_is_held_stays_bounded_however_long_the_stream);
	return unit_main("documents", t);
}
