/*
 * Bytes that stand where packed marks should: refused, or marks that pack and unpack to
 * themselves, and fold.
 *
 * The first byte says by which rules.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/attendance.h"
#include "util/strmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool so)
{
	if (!so)
		abort();
}

/* As the store does it: the map's value is the pointer to its own key. */
static const char *intern(void *user, const char *s, size_t n)
{
	struct strmap *words = user;
	int64_t *have = strmap_get(words, s, n);
	const char *key;

	if (have)
		return (const char *) (intptr_t) *have;
	require(strmap_put(words, s, n, 0, &key) == 0);
	*strmap_get(words, s, n) = (int64_t) (intptr_t) key;
	return key;
}

static const struct mark *const *sort(const struct attendance *a, struct buf *shown, struct buf *out)
{
	require(attendance_sort(a, shown, out) == 0);
	require(out->n == a->n_marks * sizeof(struct mark *));
	return (const struct mark *const *) (void *) out->data;
}

static void fold(const struct attendance *a, const struct mark *const *marks, uint8_t head)
{
	const struct session_rules rules = {
		.end = (uint8_t) (SESSION_ENDS_BY_WORD + head % 4), .named = head & 4, .idle_us = INT64_C(14400000000),
	};
	struct session_fold f = {};
	int r = session_fold(&f, &rules, marks, a->n_marks);

	require(r == 0 || (r == SESSION_E_MERGED && !rules.named));
	require(r != 0 || (f.n_sessions > 0) == (a->n_marks > 0));
	session_fold_deinit(&f);
}

static void repack(const struct attendance *a, const struct mark *const *marks, const struct attendance_texts *texts)
{
	struct attendance b;
	struct buf packed = {}, shown = {}, sorted = {};
	const struct mark *const *again;

	attendance_init(&b);
	require(attendance_pack(marks, a->n_marks, &packed) == 0);
	require(attendance_unpack(&b, packed.data, packed.n, texts) == 0);
	require(b.n_marks == a->n_marks && b.first_us == a->first_us && b.last_us == a->last_us);
	again = sort(&b, &shown, &sorted);
	for (size_t i = 0; i < a->n_marks; i++)
		require(session_compare_marks(&marks[i], &again[i]) == 0);
	attendance_deinit(&b);
	buf_deinit(&packed);
	buf_deinit(&shown);
	buf_deinit(&sorted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct strmap words = {};
	const struct attendance_texts texts = { .intern = intern, .user = &words };
	struct attendance a;
	struct buf shown = {}, sorted = {};
	int r;

	if (n < 1)
		return 0;
	attendance_init(&a);
	r = attendance_unpack(&a, data + 1, n - 1, &texts);
	require(r == 0 || r == -EUCLEAN);
	if (r == 0) {
		const struct mark *const *marks = sort(&a, &shown, &sorted);

		fold(&a, marks, data[0]);
		repack(&a, marks, &texts);
	}
	attendance_deinit(&a);
	buf_deinit(&shown);
	buf_deinit(&sorted);
	strmap_deinit(&words);
	return 0;
}
