#include "unit.h"

#include <string.h>

#include "util/arena.h"
#include "util/buf.h"
#include "util/digest.h"
#include "util/ptrmap.h"

START_TEST(the_digest_matches_the_reference_vectors_of_siphash)
{
	unsigned char in[15];

	for (unsigned i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char) i;
	ck_assert_uint_eq(digest_of(in, 0), UINT64_C(0x726fdb47dd0e0e31));
	ck_assert_uint_eq(digest_of(in, 8), UINT64_C(0x93f5f5799a932462));
	ck_assert_uint_eq(digest_of(in, 15), UINT64_C(0xa129ca6149be45e5));
}
END_TEST

START_TEST(the_digest_does_not_depend_on_how_its_input_was_cut)
{
	const char text[] = "the quick brown fox jumps";
	struct digest d;

	for (size_t cut = 0; cut < sizeof(text); cut++) {
		digest_init(&d);
		digest_add(&d, text, cut);
		digest_add(&d, text + cut, sizeof(text) - cut);
		ck_assert_uint_eq(digest_done(&d), digest_of(text, sizeof(text)));
	}
}
END_TEST

START_TEST(pieces_of_an_arena_keep_their_place_and_content)
{
	struct arena a = {};
	char *pieces[2000];

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 2000; i++) {
			pieces[i] = arena_alloc(&a, 1 + i);
			ck_assert_ptr_nonnull(pieces[i]);
			ck_assert_uint_eq((uintptr_t) pieces[i] % _Alignof(max_align_t), 0);
			memset(pieces[i], (int) (i % 251), 1 + i);
		}
		for (size_t i = 0; i < 2000; i++)
			ck_assert_uint_eq((unsigned char) pieces[i][i], i % 251);
		arena_reset(&a);
	}
	arena_deinit(&a);
}
END_TEST

START_TEST(a_buf_grows_by_what_is_printed_into_it)
{
	struct buf b = {};

	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(buf_printf(&b, "%d,", i), 0);
	ck_assert_uint_eq(b.n, 3890);
	ck_assert_str_eq(buf_cstr(&b) + b.n - 8, "998,999,");
	buf_reset(&b, 0);
	ck_assert_ptr_null(b.data);
	buf_deinit(&b);
}
END_TEST

START_TEST(a_ptrmap_finds_each_pointer_however_many_there_are)
{
	static char things[1000];
	struct ptrmap m = {};
	uint32_t n;

	ck_assert_int_eq(ptrmap_get(&m, things, &n), PTRMAP_E_NONE);
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < sizeof(things); i++) {
			ck_assert_int_eq(ptrmap_get(&m, &things[i], &n), PTRMAP_E_NONE);
			ck_assert_int_eq(ptrmap_put(&m, &things[i], i * 2), 0);
		}
		ck_assert_uint_eq(m.n, sizeof(things));
		for (uint32_t i = 0; i < sizeof(things); i++) {
			ck_assert_int_eq(ptrmap_get(&m, &things[i], &n), 0);
			ck_assert_uint_eq(n, i * 2);
		}
		ptrmap_clear(&m);
	}
	ck_assert_int_eq(ptrmap_get(&m, things, &n), PTRMAP_E_NONE);
	ptrmap_deinit(&m);
}
END_TEST

START_TEST(a_ptrmap_has_always_a_free_slot_and_null_is_a_pointer_too)
{
	static char things[8];
	struct ptrmap m = {};
	uint32_t n = 7;

	ck_assert_int_eq(ptrmap_get(&m, NULL, &n), PTRMAP_E_NONE);
	ck_assert_int_eq(ptrmap_put(&m, things, 1), 0);
	ck_assert_int_eq(ptrmap_get(&m, NULL, &n), PTRMAP_E_NONE);
	ck_assert_uint_eq(n, 7);	/* written on success alone */
	ck_assert_int_eq(ptrmap_put(&m, NULL, 0), 0);
	ck_assert_int_eq(ptrmap_get(&m, NULL, &n), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(ptrmap_put(&m, &things[1], UINT32_MAX - 1), 0);
	ck_assert_int_eq(ptrmap_get(&m, &things[1], &n), 0);
	ck_assert_uint_eq(n, UINT32_MAX - 1);
	for (int i = 2; i < 8; i++) {
		ck_assert_int_eq(ptrmap_put(&m, &things[i], 3), 0);
		ck_assert_uint_lt(m.n, m.cap);	/* else what is not there would be looked for without end */
	}
	ptrmap_deinit(&m);
	ptrmap_deinit(&m);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("util");

	tcase_add_test(t, the_digest_matches_the_reference_vectors_of_siphash);
	tcase_add_test(t, the_digest_does_not_depend_on_how_its_input_was_cut);
	tcase_add_test(t, pieces_of_an_arena_keep_their_place_and_content);
	tcase_add_test(t, a_buf_grows_by_what_is_printed_into_it);
	tcase_add_test(t, a_ptrmap_finds_each_pointer_however_many_there_are);
	tcase_add_test(t, a_ptrmap_has_always_a_free_slot_and_null_is_a_pointer_too);
	return unit_main("util", t);
}
