#include "unit.h"

#include <string.h>

#include "util/buf.h"
#include "wire/framer.h"

enum { MAX_LINE = 16, KEEP = 5 };

/* What a framer gave, written down: "0<line>" or "L<head>/<length>", each ended by a bar. */
static int note(struct buf *out, int r, const char *line, size_t n, uint64_t n_line)
{
	ck_assert_int_eq(buf_add_char(out, r == 0 ? '0' : 'L'), 0);
	ck_assert_int_eq(buf_add(out, line, n), 0);
	if (r == FRAMER_E_TOO_LONG)
		ck_assert_int_eq(buf_printf(out, "/%llu", (unsigned long long) n_line), 0);
	else
		ck_assert_uint_eq(n, n_line);
	return buf_add_char(out, '|');
}

static void take_all(struct framer *f, struct buf *out)
{
	const char *line;
	uint64_t n_line;
	size_t n;
	int r;

	for (;;) {
		r = framer_next(f, &line, &n, &n_line);
		if (r == FRAMER_E_PENDING)
			return;
		ck_assert_int_ge(r, 0);
		ck_assert_int_eq(note(out, r, line, n, n_line), 0);
	}
}

static void take_rest(struct framer *f, struct buf *out)
{
	const char *half;
	uint64_t n_line;
	size_t n;

	if (framer_rest(f, &half, &n, &n_line)) {
		ck_assert_int_eq(buf_add_str(out, "half "), 0);
		ck_assert_int_eq(note(out, n_line > MAX_LINE ? FRAMER_E_TOO_LONG : 0, half, n, n_line), 0);
	}
}

/* Feed a copy, gone right after its use, so that a line borrowed too long is seen by the sanitizer. */
static void feed(struct framer *f, const char *data, size_t n, struct buf *out)
{
	char *chunk = malloc(n + 1);

	ck_assert_ptr_nonnull(chunk);
	memcpy(chunk, data, n);
	framer_feed(f, chunk, n);
	take_all(f, out);
	free(chunk);
}

static const char stream[] =
	"one\n\ntwo\r\nsixteen bytes it\nseventeen bytes i\n"
	"a line very much longer than sixteen bytes\n\nx\n"
	"another one that is too long\nlast but not ended";
static const char lines[] =
	"0one|0|0two\r|0sixteen bytes it|Lseven/17|La lin/42|0|0x|Lanoth/28|half Llast /18|";

START_TEST(lines_come_out_one_by_one_without_their_newline)
{
	struct buf out = {};
	struct framer f;

	framer_init(&f, MAX_LINE, KEEP);
	feed(&f, stream, sizeof(stream) - 1, &out);
	take_rest(&f, &out);
	ck_assert_str_eq(buf_cstr(&out), lines);
	framer_deinit(&f);
	buf_deinit(&out);
}
END_TEST

START_TEST(every_cut_of_a_stream_into_three_gives_the_same_lines)
{
	size_t n = sizeof(stream) - 1;

	for (size_t a = 0; a <= n; a++) {
		for (size_t b = a; b <= n; b++) {
			struct buf out = {};
			struct framer f;

			framer_init(&f, MAX_LINE, KEEP);
			feed(&f, stream, a, &out);
			feed(&f, stream + a, b - a, &out);
			feed(&f, stream + b, n - b, &out);
			take_rest(&f, &out);
			if (strcmp(buf_cstr(&out), lines) != 0)
				ck_abort_msg("cut at %zu and %zu: %s", a, b, buf_cstr(&out));
			framer_deinit(&f);
			buf_deinit(&out);
		}
	}
}
END_TEST

START_TEST(chunks_of_any_one_size_give_the_same_lines)
{
	size_t n = sizeof(stream) - 1;

	for (size_t size = 1; size <= n; size++) {
		struct buf out = {};
		struct framer f;

		framer_init(&f, MAX_LINE, KEEP);
		for (size_t i = 0; i < n; i += size)
			feed(&f, stream + i, MIN_OF(size, n - i), &out);
		take_rest(&f, &out);
		ck_assert_str_eq(buf_cstr(&out), lines);
		framer_deinit(&f);
		buf_deinit(&out);
	}
}
END_TEST

/* Feed the stream in chunks of @size; in each, stop after @n_taken lines, and go on from what was kept. */
static void feed_with_stops(size_t size, size_t n_taken, struct buf *out)
{
	size_t n = sizeof(stream) - 1;
	struct framer f;

	framer_init(&f, MAX_LINE, KEEP);
	for (size_t i = 0; i < n; i += size) {
		size_t n_chunk = MIN_OF(size, n - i);
		char *chunk = malloc(n_chunk);
		int r = 0;

		ck_assert_ptr_nonnull(chunk);
		memcpy(chunk, stream + i, n_chunk);
		framer_feed(&f, chunk, n_chunk);
		for (size_t k = 0; k < n_taken && r != FRAMER_E_PENDING; k++) {
			const char *line;
			uint64_t n_line;
			size_t n_head;

			r = framer_next(&f, &line, &n_head, &n_line);
			if (r != FRAMER_E_PENDING)
				ck_assert_int_eq(note(out, r, line, n_head, n_line), 0);
		}
		ck_assert_int_eq(framer_keep(&f), 0);
		free(chunk);
		take_all(&f, out);
	}
	take_rest(&f, out);
	framer_deinit(&f);
}

START_TEST(stopping_anywhere_and_going_on_loses_and_repeats_nothing)
{
	for (size_t size = 1; size < sizeof(stream); size++) {
		for (size_t n_taken = 0; n_taken < 10; n_taken++) {
			struct buf out = {};

			feed_with_stops(size, n_taken, &out);
			if (strcmp(buf_cstr(&out), lines) != 0)
				ck_abort_msg("%zu of each %zu: %s", n_taken, size, buf_cstr(&out));
			buf_deinit(&out);
		}
	}
}
END_TEST

START_TEST(what_was_kept_is_handed_out_before_a_further_chunk)
{
	struct buf out = {};
	struct framer f;
	const char *line;
	uint64_t n_line;
	size_t n;

	framer_init(&f, MAX_LINE, KEEP);
	framer_feed(&f, "a\nb\nc\nd", 7);
	ck_assert_int_eq(framer_next(&f, &line, &n, &n_line), 0);
	ck_assert_int_eq(framer_keep(&f), 0);
	framer_feed(&f, "e\nf\n", 4);
	take_all(&f, &out);
	take_rest(&f, &out);
	ck_assert_str_eq(buf_cstr(&out), "0b|0c|0de|0f|");
	framer_deinit(&f);
	buf_deinit(&out);
}
END_TEST

START_TEST(a_line_of_ten_megabytes_costs_no_memory_and_the_next_one_is_read)
{
	enum { CHUNK = 64 * 1024, LINE = 256 * 1024, HEAD = 4096, N_CHUNKS = 160 };
	struct buf out = {};
	struct framer f;
	char *chunk = malloc(CHUNK);
	const char *line;
	uint64_t n_line;
	size_t n;

	ck_assert_ptr_nonnull(chunk);
	memset(chunk, 'x', CHUNK);
	framer_init(&f, LINE, HEAD);
	for (int i = 0; i < N_CHUNKS; i++) {
		framer_feed(&f, chunk, CHUNK);
		ck_assert_int_eq(framer_next(&f, &line, &n, &n_line), FRAMER_E_PENDING);
		ck_assert_uint_le(f.held.cap, 2 * LINE);
	}
	ck_assert(framer_rest(&f, &line, &n, &n_line));
	ck_assert_uint_eq(n, HEAD);
	ck_assert_uint_eq(n_line, (uint64_t) N_CHUNKS * CHUNK);

	framer_feed(&f, "\nshort\n", 7);
	ck_assert_int_eq(framer_next(&f, &line, &n, &n_line), FRAMER_E_TOO_LONG);
	ck_assert_uint_eq(n, HEAD);
	ck_assert_uint_eq(n_line, (uint64_t) N_CHUNKS * CHUNK);
	ck_assert_int_eq(memcmp(line, chunk, HEAD), 0);
	take_all(&f, &out);
	ck_assert_str_eq(buf_cstr(&out), "0short|");
	ck_assert_uint_le(f.held.cap, HEAD);
	ck_assert(!framer_rest(&f, &line, &n, &n_line));
	framer_deinit(&f);
	buf_deinit(&out);
	free(chunk);
}
END_TEST

START_TEST(of_a_long_line_nothing_need_be_kept)
{
	struct buf out = {};
	struct framer f;

	framer_init(&f, 4, 0);
	feed(&f, "abcdefgh", 8, &out);
	feed(&f, "ij\nk\n", 5, &out);
	ck_assert_str_eq(buf_cstr(&out), "L/10|0k|");
	framer_deinit(&f);
	buf_deinit(&out);
}
END_TEST

START_TEST(a_whole_line_is_handed_out_from_the_chunk_itself)
{
	static const char chunk[] = "abc\ndef\n";
	struct framer f;
	const char *line;
	uint64_t n_line;
	size_t n;

	framer_init(&f, MAX_LINE, KEEP);
	framer_feed(&f, chunk, 8);
	ck_assert_int_eq(framer_next(&f, &line, &n, &n_line), 0);
	ck_assert_ptr_eq(line, chunk);
	ck_assert_int_eq(framer_next(&f, &line, &n, &n_line), 0);
	ck_assert_ptr_eq(line, chunk + 4);
	ck_assert_ptr_null(f.held.data);
	framer_deinit(&f);
}
END_TEST

START_TEST(a_stream_that_ends_with_a_newline_leaves_no_half_line)
{
	struct buf out = {};
	struct framer f;

	framer_init(&f, MAX_LINE, KEEP);
	take_rest(&f, &out);
	feed(&f, "a", 1, &out);
	feed(&f, "\n", 1, &out);
	take_rest(&f, &out);
	ck_assert_str_eq(buf_cstr(&out), "0a|");
	framer_deinit(&f);
	framer_deinit(&f);
	buf_deinit(&out);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("framer");

	tcase_add_test(t, lines_come_out_one_by_one_without_their_newline);
	tcase_add_test(t, every_cut_of_a_stream_into_three_gives_the_same_lines);
	tcase_add_test(t, chunks_of_any_one_size_give_the_same_lines);
	tcase_add_test(t, stopping_anywhere_and_going_on_loses_and_repeats_nothing);
	tcase_add_test(t, what_was_kept_is_handed_out_before_a_further_chunk);
	tcase_add_test(t, a_line_of_ten_megabytes_costs_no_memory_and_the_next_one_is_read);
	tcase_add_test(t, of_a_long_line_nothing_need_be_kept);
	tcase_add_test(t, a_whole_line_is_handed_out_from_the_chunk_itself);
	tcase_add_test(t, a_stream_that_ends_with_a_newline_leaves_no_half_line);
	return unit_main("framer", t);
}
