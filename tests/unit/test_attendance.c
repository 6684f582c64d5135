/* Which marks are kept, which are merged, and that what is folded of them cannot tell. */

#include "unit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/attendance.h"
#include "util/macros.h"

enum { IDLE = 20, MAX_TEXTS = 64, MAX_MARKS = 40, N_ROUNDS = 4000 };

#define MERGE_ALL (INT64_MAX / 2)

/* Each assertion of Check is a write to a pipe, which is too much for what is done a million times. */
#define must(expression) do { \
	if (!(expression)) \
		ck_abort_msg("%s", #expression); \
} while (0)

/* One pointer for each text, as the store's. */
static char words[MAX_TEXTS][64];
static size_t n_words;

static const char *intern(void *user _unused_, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n_words; i++)
		if (strlen(words[i]) == n && memcmp(words[i], s, n) == 0)
			return words[i];
	must(i < MAX_TEXTS && n < sizeof(words[i]));
	memcpy(words[i], s, n);
	words[i][n] = '\0';
	n_words++;
	return words[i];
}

static const struct attendance_texts texts = { .intern = intern };

static struct attendance attendance;
static struct session_fold fold, whole;
static struct buf shown, sorted, packed, told_merged, told_whole;

static void setup(void)
{
	n_words = 0;
	attendance_init(&attendance);
}

static void teardown(void)
{
	attendance_deinit(&attendance);
	session_fold_deinit(&fold);
	session_fold_deinit(&whole);
	buf_deinit(&shown);
	buf_deinit(&sorted);
	buf_deinit(&packed);
	buf_deinit(&told_merged);
	buf_deinit(&told_whole);
}

static struct mark mark(int64_t at, enum mark_kind kind, const char *who)
{
	static uint64_t tie;

	return (struct mark) {
		.at_us = at, .from_us = at, .tie = ++tie, .rank = MARK_RANK_INFO, .kind = (uint8_t) kind,
		.is_local = -1, .n_events = 1,
		.session_started_us = MARK_UNTOLD, .session_ended_us = MARK_UNTOLD,
		.texts = { [MARK_PARTICIPANT_ID] = who },
	};
}

#define INFO(at, who) mark(at, MARK_INFO, who)

static void add(struct mark m, int64_t merge_us)
{
	must(attendance_add(&attendance, &m, merge_us, &texts) == 0);
}

static const struct mark *const *sort(void)
{
	sorted.n = 0;
	must(attendance_sort(&attendance, &shown, &sorted) == 0);
	must(sorted.n == attendance_count(&attendance) * sizeof(struct mark *));
	return (const struct mark *const *) (void *) sorted.data;
}

/* The marks as "from-at events [merged]; …", in their order. */
static const char *kept(void)
{
	static char text[1024];
	const struct mark *const *marks = sort();
	int n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < attendance_count(&attendance) && n < (int) sizeof(text) - 100; i++)
		n += snprintf(text + n, sizeof(text) - (size_t) n, "%s%" PRId64 "-%" PRId64 " %" PRId64 "%s",
			      i ? "; " : "", marks[i]->from_us, marks[i]->at_us, marks[i]->n_events,
			      marks[i]->merged ? " merged" : "");
	return text;
}

static void pack(void)
{
	packed.n = 0;
	must(attendance_pack(sort(), attendance.n_marks, &packed) == 0);
}

static void unpack(void)
{
	attendance_deinit(&attendance);
	attendance_init(&attendance);
	must(attendance_unpack(&attendance, packed.data, packed.n, &texts) == 0);
}

/* Merging. */

START_TEST(activity_of_one_participant_is_one_mark_with_the_sum_and_both_ends)
{
	add(INFO(10, "a"), IDLE);
	add(INFO(25, "a"), IDLE);
	add(INFO(7, "a"), IDLE);
	ck_assert_str_eq(kept(), "7-25 3 merged");
	add(INFO(8, "b"), IDLE);
	add(INFO(9, NULL), IDLE);
	add(INFO(12, NULL), IDLE);
	ck_assert_str_eq(kept(), "7-25 3 merged; 8-8 1 merged; 9-12 2 merged");
	ck_assert_int_eq(attendance.first_us, 7);
	ck_assert_int_eq(attendance.last_us, 25);
}
END_TEST

START_TEST(merged_marks_do_not_go_on_for_longer_than_they_may)
{
	add(INFO(0, "a"), 10);
	add(INFO(10, "a"), 10);
	add(INFO(11, "a"), 10);
	add(INFO(5, "a"), 10);
	ck_assert_str_eq(kept(), "0-10 2 merged; 5-11 2 merged");
	add(INFO(1000000, "a"), MERGE_ALL);
	ck_assert_str_eq(kept(), "0-10 2 merged; 5-1000000 3 merged");
}
END_TEST

START_TEST(nothing_is_merged_where_it_must_not_be)
{
	add(INFO(1, "a"), -1);
	add(INFO(2, "a"), -1);
	ck_assert_str_eq(kept(), "1-1 1; 2-2 1");
}
END_TEST

START_TEST(a_mark_that_tells_something_is_kept)
{
	struct mark m;

	for (int what = 0; what < 10; what++) {
		attendance_deinit(&attendance);
		attendance_init(&attendance);
		add(INFO(1, "a"), IDLE);
		m = INFO(2, "a");
		switch (what) {
		case 0: m.kind = MARK_JOINED; break;
		case 1: m.kind = MARK_LEFT; break;
		case 2: m.kind = MARK_LEFT_IF_IN; break;
		case 3: m.kind = MARK_ENDED; break;
		case 4: m.creates = true; break;
		case 5: m.is_local = 0; break;
		case 6: m.session_started_us = 1; break;
		case 7: m.texts[MARK_DISPLAY_NAME] = "Ana"; break;
		case 8: m.texts[MARK_TITLE] = "Weekly"; break;
		case 9: m.kind = MARK_OUT; break;
		}
		add(m, IDLE);
		add(INFO(3, "a"), IDLE);
		ck_assert_msg(strcmp(kept(), "1-3 2 merged; 2-2 1") == 0, "%d: %s", what, kept());
	}
}
END_TEST

START_TEST(what_an_earlier_mark_tells_already_is_no_news_and_what_a_later_one_tells_is)
{
	struct mark m = INFO(10, "a");

	m.texts[MARK_DISPLAY_NAME] = "Ana";
	m.is_local = 1;
	add(m, IDLE);
	m.at_us = m.from_us = 12;
	m.texts[MARK_DISPLAY_NAME] = "Ana Maria";
	m.is_local = 0;
	add(m, IDLE);
	ck_assert_str_eq(kept(), "10-10 1; 12-12 1 merged");
	m.at_us = m.from_us = 9;
	add(m, IDLE);
	ck_assert_str_eq(kept(), "9-9 1; 10-10 1; 12-12 1 merged");
	m.texts[MARK_PARTICIPANT_ID] = "b";	/* of whom nobody told */
	add(m, IDLE);
	ck_assert_str_eq(kept(), "9-9 1; 9-9 1; 10-10 1; 12-12 1 merged");
}
END_TEST

/* A session may end between any two marks: what is merged may be in the first while the one that told it is not. */
START_TEST(who_is_local_is_news_if_only_a_later_mark_tells_it)
{
	struct mark m = INFO(10, "a");

	m.is_local = 1;
	add(m, IDLE);
	m.at_us = m.from_us = 5;
	add(m, IDLE);
	ck_assert_str_eq(kept(), "5-5 1; 10-10 1");
}
END_TEST

START_TEST(a_seat_is_found_by_the_one_pointer_that_stands_for_its_participant)
{
	add(INFO(1, "a"), IDLE);
	add(INFO(1, NULL), IDLE);
	ck_assert_str_eq(attendance_seat(&attendance, intern(NULL, "a", 1))->participant_id, "a");
	ck_assert_ptr_null(attendance_seat(&attendance, NULL)->participant_id);
	ck_assert_ptr_null(attendance_seat(&attendance, intern(NULL, "b", 1)));
}
END_TEST

/* Stays. */

static void add_stay(struct stay s)
{
	ck_assert_int_eq(attendance_add_stay(&attendance, &s, &texts), 0);
}

START_TEST(stays_of_one_are_a_joining_and_an_activity_in_whatever_order_they_come)
{
	const struct stay stays[] = {
		{ .user_id = "ana", .call_type = "default", .call_id = "late", .started_us = 30, .joined_us = 33,
		  .last_us = 40, .n_events = 3 },
		{ .user_id = "ana", .call_id = "first", .started_us = 10, .joined_us = MARK_UNTOLD, .last_us = 50,
		  .n_events = 5 },
		{ .user_id = "ana", .call_id = "amid", .started_us = 20, .joined_us = 22, .last_us = 25, .n_events = 7 },
	};
	static const int orders[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};

	for (size_t o = 0; o < N_ELEMENTS(orders); o++) {
		const struct mark *const *marks;

		attendance_deinit(&attendance);
		attendance_init(&attendance);
		for (int i = 0; i < 3; i++)
			add_stay(stays[orders[o][i]]);
		ck_assert_str_eq(kept(), "22-22 0; 50-50 15 merged");
		marks = sort();
		ck_assert_int_eq(marks[0]->kind, MARK_JOINED);
		ck_assert_str_eq(marks[0]->texts[MARK_CALL_TYPE], "default");
		ck_assert_str_eq(marks[0]->texts[MARK_CALL_ID], "first");
		ck_assert_str_eq(marks[0]->texts[MARK_USER_ID], "ana");
	}
}
END_TEST

START_TEST(of_two_stays_that_began_at_once_the_one_whose_call_sorts_first_names_it)
{
	static const char *const calls[] = { "b", "a", "c" };

	for (int first = 0; first < 3; first++) {
		attendance_deinit(&attendance);
		attendance_init(&attendance);
		for (int i = 0; i < 3; i++)
			add_stay((struct stay) {
				.user_id = "ana", .call_id = calls[(first + i) % 3], .started_us = 5,
				.joined_us = MARK_UNTOLD, .last_us = 5, .n_events = 1,
			});
		ck_assert_str_eq(sort()[0]->texts[MARK_CALL_ID], "a");
	}
}
END_TEST

START_TEST(who_has_not_joined_yet_is_in_from_the_first_attempt_on_and_one_that_grew_is_told_again)
{
	add_stay((struct stay) { .user_id = "bo", .started_us = 10, .joined_us = MARK_UNTOLD, .last_us = 10, .n_events = 1 });
	ck_assert_str_eq(kept(), "10-10 0; 10-10 1 merged");
	add_stay((struct stay) { .user_id = "bo", .started_us = 8, .joined_us = MARK_UNTOLD, .last_us = 12, .n_events = 2 });
	ck_assert_str_eq(kept(), "8-8 0; 12-12 3 merged");
	add_stay((struct stay) { .user_id = "bo", .started_us = 8, .joined_us = 13, .last_us = 13, .n_events = 1 });
	ck_assert_str_eq(kept(), "13-13 0; 13-13 4 merged");
}
END_TEST

START_TEST(stays_that_are_nobodys_tell_the_call_and_nobodys_joining)
{
	const struct mark *const *marks;

	add_stay((struct stay) { .call_id = "c", .started_us = 10, .joined_us = 12, .last_us = 15, .n_events = 2 });
	add_stay((struct stay) { .started_us = 8, .joined_us = MARK_UNTOLD, .last_us = 9, .n_events = 3 });
	ck_assert_str_eq(kept(), "8-8 0; 15-15 5 merged");
	marks = sort();
	ck_assert_int_eq(marks[0]->kind, MARK_INFO);
	ck_assert(!marks[0]->creates);
	ck_assert_str_eq(marks[0]->texts[MARK_CALL_ID], "c");
	ck_assert_ptr_null(marks[0]->texts[MARK_PARTICIPANT_ID]);
	ck_assert_ptr_null(marks[0]->texts[MARK_USER_ID]);
}
END_TEST

/* Packing. */

static struct mark full_mark(void)
{
	struct mark m = mark(INT64_C(1787310671111000), MARK_ENDED, "p");

	m.tie = UINT64_C(0xfedcba9876543210);
	m.rank = MARK_RANK_ENDED;
	m.creates = true;
	m.is_local = 1;
	m.n_events = 300;
	m.session_started_us = 0;
	m.session_ended_us = INT64_C(1787310671111001);
	for (int t = 0; t < N_MARK_TEXTS; t++)
		m.texts[t] = t % 3 ? "some" : "others";
	m.texts[MARK_TITLE] = "";
	return m;
}

static void expect_same_mark(const struct mark *a, const struct mark *b)
{
	ck_assert_int_eq(a->at_us, b->at_us);
	ck_assert_int_eq(a->from_us, b->from_us);
	ck_assert_uint_eq(a->tie, b->tie);
	ck_assert_int_eq(a->rank, b->rank);
	ck_assert_int_eq(a->kind, b->kind);
	ck_assert_int_eq(a->creates, b->creates);
	ck_assert_int_eq(a->merged, b->merged);
	ck_assert_int_eq(a->is_local, b->is_local);
	ck_assert_int_eq(a->n_events, b->n_events);
	ck_assert_int_eq(a->session_started_us, b->session_started_us);
	ck_assert_int_eq(a->session_ended_us, b->session_ended_us);
	for (int t = 0; t < N_MARK_TEXTS; t++)
		ck_assert_pstr_eq(a->texts[t], b->texts[t]);
}

static void add_some(void)
{
	struct mark m = INFO(INT64_C(1787310671111000) - 5, "q");

	add(full_mark(), MERGE_ALL);
	m.is_local = 0;
	m.session_ended_us = 7;
	add(m, MERGE_ALL);
	add(INFO(INT64_C(1787310671111000) - 900, "q"), MERGE_ALL);
	add(INFO(INT64_C(1787310671111000) + 900, "q"), MERGE_ALL);
	add(INFO(INT64_C(1787310671111000) + 2, NULL), -1);
}

START_TEST(what_is_packed_is_unpacked_as_it_was)
{
	struct mark before[8];
	const struct mark *const *marks;
	struct buf first = {};
	size_t n;

	add_some();
	marks = sort();
	n = attendance.n_marks;
	ck_assert_uint_eq(n, 4);
	for (size_t i = 0; i < n; i++)
		before[i] = *marks[i];
	pack();
	ck_assert_int_eq(buf_add(&first, packed.data, packed.n), 0);
	unpack();
	ck_assert_uint_eq(attendance.n_marks, n);
	marks = sort();
	for (size_t i = 0; i < n; i++)
		expect_same_mark(marks[i], &before[i]);
	ck_assert_int_eq(attendance.first_us, before[0].from_us);
	ck_assert_int_eq(attendance.last_us, before[0].at_us);
	pack();
	ck_assert_uint_eq(packed.n, first.n);
	ck_assert_mem_eq(packed.data, first.data, first.n);
	buf_deinit(&first);
}
END_TEST

START_TEST(activity_goes_on_being_merged_after_unpacking)
{
	add(INFO(10, "a"), IDLE);
	add(INFO(12, "a"), IDLE);
	pack();
	unpack();
	add(INFO(14, "a"), IDLE);
	ck_assert_str_eq(kept(), "10-14 3 merged");
}
END_TEST

START_TEST(no_marks_are_a_pack_as_well)
{
	pack();
	unpack();
	ck_assert_uint_eq(attendance.n_marks, 0);
}
END_TEST

/* Unpack what is no pack, in memory of just its size. */
static int try_unpack(const void *data, size_t n)
{
	void *copy = malloc(n ? n : 1);
	int r;

	memcpy(copy, data, n);
	attendance_deinit(&attendance);
	attendance_init(&attendance);
	r = attendance_unpack(&attendance, copy, n, &texts);
	free(copy);
	return r;
}

START_TEST(a_pack_cut_anywhere_or_with_a_byte_too_many_is_refused)
{
	add_some();
	pack();
	for (size_t n = 0; n < packed.n; n++)
		ck_assert_msg(try_unpack(packed.data, n) == -EUCLEAN, "%zu of %zu bytes", n, packed.n);
	ck_assert_int_eq(try_unpack(packed.data, packed.n), 0);
	ck_assert_int_eq(buf_add_char(&packed, '\0'), 0);
	ck_assert_int_eq(try_unpack(packed.data, packed.n), -EUCLEAN);
}
END_TEST

START_TEST(what_is_no_pack_is_refused)
{
	static const struct { const char *why, *data; size_t n; } packs[] = {
		{ "another version", "\2\0" "\0\0\0\0\0\0\0\0" "\0", 11 },
		{ "a text longer than the rest", "\1\1\177" "x" "\0\0\0\0\0\0\0\0" "\0", 13 },
		{ "more texts than bytes", "\1\377\377\3" "\0\0\0\0\0\0\0\0\0\0\0", 15 },
		{ "a number without an end", "\1\377\377\377\377\377\377\377\377\377\377\377", 12 },
		{ "the number of a text that is not there", "\1\0" "\0\0\0\0\0\0\0\0" "\1" "\0\0\200\4\1\1\0", 18 },
		{ "a text that no mark has", "\1\1\1x" "\0\0\0\0\0\0\0\0" "\1" "\0\0\200\4\1\200\100\0", 21 },
		{ "a time past all others", "\1\0" "\377\377\377\377\377\377\377\177" "\1" "\1\0\0\4\1", 16 },
		{ "a beginning before all times", "\1\0" "\377\377\377\377\377\377\377\377" "\0", 11 },
		{ "an end before its beginning", "\1\0" "\5\0\0\0\0\0\0\0" "\1"
		  "\0\377\377\377\377\377\377\377\377\377\1\0\4\1", 25 },
		{ "a kind that is none", "\1\0" "\0\0\0\0\0\0\0\0" "\1" "\0\0\6\4\1", 16 },
		{ "more events than there can be", "\1\0" "\0\0\0\0\0\0\0\0" "\1"
		  "\0\0\0\4\377\377\377\377\377\377\377\377\177", 24 },
	};

	ck_assert_int_eq(try_unpack("\1\0" "\0\0\0\0\0\0\0\0" "\1" "\0\0\0\4\1", 16), 0);
	for (size_t i = 0; i < N_ELEMENTS(packs); i++)
		ck_assert_msg(try_unpack(packs[i].data, packs[i].n) == -EUCLEAN, "%s", packs[i].why);
}
END_TEST

/* The property: whatever is merged, in whatever order it comes, the same is folded. */

static uint64_t chance;

static unsigned random_below(unsigned n)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return (unsigned) ((chance >> 33) % n);
}

static const char *one_of(const char *const *list, unsigned n)
{
	unsigned i = random_below(n + 1);

	return i < n ? list[i] : NULL;
}

/* Most of it activity, of few people, so that they come, go, come back and meet. */
static struct mark random_mark(const struct session_rules *rules, unsigned span)
{
	static const char *const people[] = { "ana", "bo", "cy" };
	static const char *const names[] = { "Ana", "Bo", "Cy" };
	static const char *const classes[] = { "normal", "forced", "failure" };
	struct mark m = mark(1 + random_below(span), MARK_INFO, one_of(people, 3));
	unsigned what = random_below(10);

	m.rank = (uint8_t) (1 + random_below(7));
	m.tie = (uint64_t) random_below(1000) << 8 | (m.tie & 0xff);
	if (m.texts[MARK_PARTICIPANT_ID] && random_below(4) > 0)
		m.texts[MARK_USER_ID] = m.texts[MARK_PARTICIPANT_ID];
	if (random_below(3) == 0)
		m.texts[MARK_DISPLAY_NAME] = one_of(names, 3);
	if (random_below(2) == 0)
		m.texts[MARK_CALL_ID] = "call";
	if (random_below(3) == 0)
		m.is_local = (int8_t) random_below(2);
	if (rules->named && random_below(4) == 0)
		m.session_started_us = random_below(span);
	if (rules->named && random_below(4) == 0)
		m.texts[MARK_TITLE] = one_of(names, 3);
	m.creates = random_below(12) == 0;
	if (what == 0 && rules->named && random_below(3) == 0) {
		m.kind = MARK_ENDED;
		m.rank = MARK_RANK_ENDED;
		m.session_ended_us = random_below(2) ? m.at_us : MARK_UNTOLD;
		m.texts[MARK_END_REASON] = one_of(classes, 3);
	} else if (what <= 1) {
		m.kind = MARK_JOINED;
		m.rank = MARK_RANK_JOINED;
	} else if (what == 2) {
		m.kind = MARK_LEFT;
		m.rank = MARK_RANK_LEFT;
	} else if (what == 3) {
		m.kind = random_below(2) ? MARK_LEFT_IF_IN : MARK_OUT;
		m.rank = MARK_RANK_LEFT_IF_IN;
	}
	if (what == 2 || what == 3) {
		m.texts[MARK_HOW_LEFT] = "left";
		m.texts[MARK_HOW_LEFT_CLASS] = one_of(classes, 3);
	}
	return m;
}

static const char *word(const char *text)
{
	return text ? text : "-";
}

/* A time or flag that may not be told. */
static const char *number(int64_t n)
{
	static char out[8][32];
	static unsigned at;

	at = (at + 1) % N_ELEMENTS(out);
	(void) snprintf(out[at], sizeof(out[at]), n == SESSION_UNKNOWN ? "-" : "%" PRId64, n);
	return out[at];
}

/* All that the store makes of a fold. */
static const char *told(const struct session_fold *f, struct buf *out)
{
	buf_reset(out, SIZE_MAX);
	for (size_t i = 0; i < f->n_sessions; i++) {
		const struct session *s = &f->sessions[i];

		(void) buf_printf(out, "session %" PRId64 "-%" PRId64 " started %s ended %s idle %s peak %" PRId64
				  " events %" PRId64, s->first_us, s->last_us, number(s->started_us), number(s->ended_us),
				  number(s->idle_end_us), s->peak, s->n_events);
		for (int t = FIRST_SESSION_TEXT; t <= MARK_END_REASON; t++)
			(void) buf_printf(out, " %s", word(s->texts[t]));
		(void) buf_add_char(out, '\n');
	}
	for (size_t i = 0; i < f->n_participants; i++) {
		const struct session_participant *p = &f->participants[i];

		(void) buf_printf(out, "%s of %zu joined %s left %s open %s idle %s for %" PRId64 " last %" PRId64
				  " events %" PRId64 " local %d %s %s", p->participant_id, p->session, number(p->joined_us),
				  number(p->left_us), number(p->open_since_us), number(p->idle_left_us), p->duration_us,
				  p->last_us, p->n_events, p->is_local, word(p->how_left), word(p->how_left_class));
		for (int t = 0; t < N_PARTICIPANT_TEXTS; t++)
			(void) buf_printf(out, " %s", word(p->texts[t]));
		(void) buf_add_char(out, '\n');
	}
	return buf_cstr(out);
}

/* The fold of the marks as they are. */
static void fold_whole(const struct session_rules *rules, const struct mark *marks, const size_t *order, size_t n)
{
	const struct mark *pointers[MAX_MARKS];

	for (size_t i = 0; i < n; i++)
		pointers[i] = &marks[order[i]];
	qsort(pointers, n, sizeof(*pointers), session_compare_marks);
	must(session_fold(&whole, rules, pointers, n) == 0);
}

struct outcome {
	size_t n_folded, n_refused, n_merged, n_sessions;
};

static void compare(const struct session_rules *rules, unsigned seed, struct outcome *ret)
{
	int r = session_fold(&fold, rules, sort(), attendance.n_marks);

	if (r == SESSION_E_MERGED) {	/* the store folds the marks as they are then */
		ret->n_refused++;
		return;
	}
	if (r != 0 || strcmp(told(&fold, &told_merged), told(&whole, &told_whole)) != 0)
		ck_abort_msg("round %u gave %d:\n%sand not\n%s", seed, r, buf_cstr(&told_merged), buf_cstr(&told_whole));
	ret->n_folded++;
	ret->n_sessions += fold.n_sessions;
	for (size_t i = 0; i < attendance.n_marks; i++)
		ret->n_merged += attendance.marks[i].merged && attendance.marks[i].n_events > 1;
}

/* One scope's marks in a random order, folded and packed every few of them. */
static void try_round(const struct session_rules *rules, unsigned seed, struct outcome *ret)
{
	int64_t merge_us = rules->named ? MERGE_ALL : rules->idle_us;
	struct mark marks[MAX_MARKS];
	size_t order[MAX_MARKS], n, m;
	unsigned span;

	chance = UINT64_C(0x9e3779b97f4a7c15) * (seed + 1);
	n = 2 + random_below(MAX_MARKS - 2);
	span = 20 + random_below(120);
	for (size_t i = 0; i < n; i++) {
		marks[i] = random_mark(rules, span);
		m = random_below((unsigned) i + 1);
		order[i] = order[m];
		order[m] = i;
	}
	attendance_deinit(&attendance);
	attendance_init(&attendance);
	for (size_t i = 0; i < n; i++) {
		add(marks[order[i]], merge_us);
		if (i + 1 < n && random_below(3) > 0)
			continue;
		fold_whole(rules, marks, order, i + 1);
		compare(rules, seed, ret);
		if (random_below(2) == 0)
			continue;
		pack();
		unpack();
		compare(rules, seed, ret);
	}
}

static void try_rounds(const struct session_rules *rules)
{
	struct outcome all = {};

	for (unsigned seed = 0; seed < N_ROUNDS; seed++)
		try_round(rules, seed, &all);
	ck_assert_uint_gt(all.n_folded, 10 * N_ROUNDS / 2);
	ck_assert_uint_gt(all.n_merged, 0);
	if (rules->named) {
		ck_assert_uint_eq(all.n_refused, 0);
		ck_assert_uint_eq(all.n_sessions, all.n_folded);
	} else {
		ck_assert_uint_gt(all.n_refused, 0);
		ck_assert_uint_gt(all.n_sessions, all.n_folded);
	}
}

START_TEST(what_is_merged_folds_as_it_would_unmerged_in_a_named_session)
{
	static const struct session_rules rules[] = {
		{ SESSION_ENDS_BY_WORD, true, IDLE },
		{ SESSION_ENDS_ALL_LEFT, true, IDLE },
	};

	try_rounds(&rules[_i]);
}
END_TEST

START_TEST(what_is_merged_folds_as_it_would_unmerged_in_a_room_or_is_refused)
{
	static const struct session_rules room = { SESSION_ENDS_ALL_LEFT_OR_IDLE, false, IDLE };

	try_rounds(&room);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("attendance");

	tcase_set_timeout(t, 20);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, activity_of_one_participant_is_one_mark_with_the_sum_and_both_ends);
	tcase_add_test(t, merged_marks_do_not_go_on_for_longer_than_they_may);
	tcase_add_test(t, nothing_is_merged_where_it_must_not_be);
	tcase_add_test(t, a_mark_that_tells_something_is_kept);
	tcase_add_test(t, what_an_earlier_mark_tells_already_is_no_news_and_what_a_later_one_tells_is);
	tcase_add_test(t, who_is_local_is_news_if_only_a_later_mark_tells_it);
	tcase_add_test(t, a_seat_is_found_by_the_one_pointer_that_stands_for_its_participant);
	tcase_add_test(t, stays_of_one_are_a_joining_and_an_activity_in_whatever_order_they_come);
	tcase_add_test(t, of_two_stays_that_began_at_once_the_one_whose_call_sorts_first_names_it);
	tcase_add_test(t, stays_that_are_nobodys_tell_the_call_and_nobodys_joining);
	tcase_add_test(t, who_has_not_joined_yet_is_in_from_the_first_attempt_on_and_one_that_grew_is_told_again);
	tcase_add_test(t, what_is_packed_is_unpacked_as_it_was);
	tcase_add_test(t, activity_goes_on_being_merged_after_unpacking);
	tcase_add_test(t, no_marks_are_a_pack_as_well);
	tcase_add_test(t, a_pack_cut_anywhere_or_with_a_byte_too_many_is_refused);
	tcase_add_test(t, what_is_no_pack_is_refused);
	tcase_add_loop_test(t, what_is_merged_folds_as_it_would_unmerged_in_a_named_session, 0, 2);
	tcase_add_test(t, what_is_merged_folds_as_it_would_unmerged_in_a_room_or_is_refused);
	return unit_main("attendance", t);
}
