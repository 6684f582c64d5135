#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/session.h"

#define NEVER SESSION_UNKNOWN
#define IDLE_S 3600

static const struct session_rules by_word = { SESSION_ENDS_BY_WORD, true, IDLE_S };
static const struct session_rules all_left = { SESSION_ENDS_ALL_LEFT, true, IDLE_S };
static const struct session_rules idle_only = { SESSION_ENDS_IDLE, true, IDLE_S };
static const struct session_rules room = { SESSION_ENDS_ALL_LEFT_OR_IDLE, false, IDLE_S };

static struct session_fold fold;

static struct mark mark(int64_t at, enum mark_kind kind, const char *who)
{
	bool left = kind == MARK_LEFT || kind == MARK_LEFT_IF_IN || kind == MARK_OUT;

	return (struct mark) {
		.at_us = at, .from_us = at, .tie = 1, .kind = (uint8_t) kind, .is_local = -1, .n_events = 1,
		.session_started_us = NEVER, .session_ended_us = NEVER,
		.texts = {
			[MARK_PARTICIPANT_ID] = who,
			[MARK_HOW_LEFT] = left ? "left" : NULL,
			[MARK_HOW_LEFT_CLASS] = left ? "normal" : NULL,
		},
	};
}

#define JOIN(at, who) mark(at, MARK_JOINED, who)
#define LEAVE(at, who) mark(at, MARK_LEFT, who)
#define LEAVE_IF_IN(at, who) mark(at, MARK_LEFT_IF_IN, who)
#define OUT(at, who) mark(at, MARK_OUT, who)
#define INFO(at, who) mark(at, MARK_INFO, who)
#define END(at) mark(at, MARK_ENDED, NULL)

static int try(const struct session_rules *rules, const struct mark *marks, size_t n)
{
	const struct mark *pointers[32];

	ck_assert_uint_le(n, 32);
	for (size_t i = 0; i < n; i++)
		pointers[i] = &marks[i];
	return session_fold(&fold, rules, pointers, n);
}

#define FOLD(rules, ...) do { \
	const struct mark marks_[] = { __VA_ARGS__ }; \
	ck_assert_int_eq(try(&(rules), marks_, sizeof(marks_) / sizeof(*marks_)), 0); \
} while (0)

static void teardown(void)
{
	session_fold_deinit(&fold);
}

START_TEST(live_and_peak_are_sweeps_over_the_intervals)
{
	FOLD(all_left, JOIN(0, "a"), JOIN(10, "b"), LEAVE(20, "a"), JOIN(20, "c"), JOIN(30, "d"), LEAVE(40, "b"));
	ck_assert_uint_eq(fold.n_sessions, 1);
	ck_assert_int_eq(fold.sessions[0].peak, 3);
	ck_assert_int_eq(fold.sessions[0].ended_us, NEVER);
	ck_assert_int_eq(fold.participants[0].left_us, 20);
	ck_assert_int_eq(fold.participants[2].open_since_us, 20);
}
END_TEST

START_TEST(who_comes_and_goes_within_one_instant_was_there)
{
	FOLD(all_left, JOIN(5, "a"), LEAVE(5, "a"));
	ck_assert_int_eq(fold.sessions[0].peak, 1);
	ck_assert_int_eq(fold.sessions[0].ended_us, 5);
}
END_TEST

START_TEST(one_who_leaves_as_another_comes_is_not_two)
{
	FOLD(all_left, JOIN(0, "a"), JOIN(5, "b"), LEAVE(5, "a"));
	ck_assert_int_eq(fold.sessions[0].peak, 1);
}
END_TEST

START_TEST(after_a_rejoin_the_first_joining_the_last_leaving_and_the_sum_count)
{
	FOLD(all_left, JOIN(0, "a"), LEAVE(10, "a"), JOIN(20, "a"), LEAVE(25, "a"));
	ck_assert_int_eq(fold.participants[0].joined_us, 0);
	ck_assert_int_eq(fold.participants[0].left_us, 25);
	ck_assert_int_eq(fold.participants[0].duration_us, 15);
	ck_assert_int_eq(fold.sessions[0].ended_us, 25);
}
END_TEST

START_TEST(several_reporters_of_one_leaving_merge_to_the_latest)
{
	FOLD(room, JOIN(0, "a"), JOIN(2, "a"), LEAVE(10, "a"), LEAVE(13, "a"));
	ck_assert_uint_eq(fold.n_sessions, 1);
	ck_assert_int_eq(fold.participants[0].joined_us, 0);
	ck_assert_int_eq(fold.participants[0].left_us, 13);
	ck_assert_int_eq(fold.participants[0].duration_us, 13);
	ck_assert_int_eq(fold.sessions[0].ended_us, 13);
}
END_TEST

START_TEST(a_reason_that_is_not_ordinary_outlives_the_ordinary_one_that_follows)
{
	struct mark banned = LEAVE(10, "a");

	banned.texts[MARK_HOW_LEFT] = "banned";
	banned.texts[MARK_HOW_LEFT_CLASS] = "forced";
	FOLD(room, JOIN(0, "a"), banned, LEAVE(11, "a"));
	ck_assert_str_eq(fold.participants[0].how_left, "banned");
	ck_assert_int_eq(fold.participants[0].left_us, 11);
	FOLD(room, JOIN(0, "a"), LEAVE(9, "a"), banned);
	ck_assert_str_eq(fold.participants[0].how_left, "banned");
}
END_TEST

START_TEST(a_leaving_told_again_without_a_reason_keeps_the_one_it_has)
{
	struct mark untold = LEAVE(11, "a"), first = LEAVE(9, "a");

	untold.texts[MARK_HOW_LEFT] = first.texts[MARK_HOW_LEFT] = NULL;
	FOLD(room, JOIN(0, "a"), first, LEAVE(10, "a"), untold);
	ck_assert_str_eq(fold.participants[0].how_left, "left");
	ck_assert_int_eq(fold.participants[0].left_us, 11);
	ck_assert_int_eq(fold.participants[0].duration_us, 11);
	/* That of another leaving is none of its own. */
	FOLD(all_left, JOIN(0, "a"), LEAVE(1, "a"), JOIN(2, "a"), untold);
	ck_assert_ptr_null(fold.participants[0].how_left);
	ck_assert_str_eq(fold.participants[0].how_left_class, "normal");
}
END_TEST

START_TEST(a_session_that_ends_by_word_ends_by_nothing_else)
{
	FOLD(by_word, JOIN(0, "a"), LEAVE(10, "a"));
	ck_assert_int_eq(fold.sessions[0].ended_us, NEVER);
	ck_assert_int_eq(fold.sessions[0].idle_end_us, NEVER);
}
END_TEST

START_TEST(who_is_still_in_when_the_vendor_ends_a_session_leaves_with_it)
{
	FOLD(by_word, JOIN(0, "a"), JOIN(5, "b"), LEAVE(8, "a"), END(20));
	ck_assert_int_eq(fold.sessions[0].ended_us, 20);
	ck_assert_int_eq(fold.participants[0].left_us, 8);
	ck_assert_str_eq(fold.participants[0].how_left, "left");
	ck_assert_int_eq(fold.participants[1].left_us, 20);
	ck_assert_str_eq(fold.participants[1].how_left_class, "session-ended");
	ck_assert_int_eq(fold.participants[1].duration_us, 15);
}
END_TEST

START_TEST(what_comes_after_an_end_does_not_reopen_a_named_session)
{
	FOLD(by_word, JOIN(0, "a"), END(20), JOIN(30, "b"), INFO(40, NULL));
	ck_assert_uint_eq(fold.n_sessions, 1);
	ck_assert_int_eq(fold.sessions[0].ended_us, 20);
	ck_assert_int_eq(fold.participants[1].left_us, 30);
	ck_assert_int_eq(fold.sessions[0].n_events, 4);
}
END_TEST

START_TEST(a_participant_nobody_saw_join_has_no_joining)
{
	struct mark published = INFO(10, "a"), refused = INFO(5, "b");

	published.creates = true;
	FOLD(all_left, refused, published, JOIN(20, "c"));
	ck_assert_uint_eq(fold.n_participants, 2);
	ck_assert_str_eq(fold.participants[0].participant_id, "a");
	ck_assert_int_eq(fold.participants[0].joined_us, NEVER);
	ck_assert_int_eq(fold.participants[0].n_events, 1);
	ck_assert_int_eq(fold.sessions[0].started_us, 20);
}
END_TEST

START_TEST(a_session_starts_with_its_vendors_word_else_the_first_joining_else_the_first_event)
{
	struct mark told = INFO(50, NULL);

	told.session_started_us = 7;
	FOLD(by_word, INFO(10, NULL), JOIN(20, "a"), told);
	ck_assert_int_eq(fold.sessions[0].started_us, 7);
	FOLD(by_word, INFO(10, NULL), JOIN(20, "a"));
	ck_assert_int_eq(fold.sessions[0].started_us, 20);
	FOLD(by_word, INFO(10, NULL));
	ck_assert_int_eq(fold.sessions[0].started_us, 10);
}
END_TEST

START_TEST(a_room_holds_one_session_after_the_other)
{
	FOLD(room, JOIN(0, "a"), JOIN(1, "b"), LEAVE(10, "a"), LEAVE(11, "b"), INFO(12, "b"), JOIN(20, "a"));
	ck_assert_uint_eq(fold.n_sessions, 2);
	ck_assert_int_eq(fold.sessions[0].ended_us, 11);
	ck_assert_int_eq(fold.sessions[0].last_us, 12);
	ck_assert_int_eq(fold.sessions[1].started_us, 20);
	ck_assert_uint_eq(fold.participants[2].session, 1);
}
END_TEST

START_TEST(a_gap_in_event_time_ends_a_rooms_session_and_no_named_one)
{
	FOLD(room, JOIN(0, "a"), INFO(IDLE_S, "a"), INFO(2 * IDLE_S + 1, "a"));
	ck_assert_uint_eq(fold.n_sessions, 2);
	ck_assert_int_eq(fold.sessions[0].ended_us, NEVER);
	ck_assert_int_eq(fold.sessions[0].idle_end_us, 2 * IDLE_S);
	ck_assert_int_eq(fold.participants[0].idle_left_us, 2 * IDLE_S);
	FOLD(all_left, JOIN(0, "a"), INFO(IDLE_S * 5, "a"));
	ck_assert_uint_eq(fold.n_sessions, 1);
	ck_assert_int_eq(fold.sessions[0].idle_end_us, NEVER);
}
END_TEST

START_TEST(where_nobody_tells_of_leaving_each_is_gone_an_idle_time_after_the_last_event)
{
	FOLD(idle_only, JOIN(0, "a"), JOIN(10, "b"), INFO(20, "a"), INFO(50, "b"));
	ck_assert_int_eq(fold.participants[0].idle_left_us, 20 + IDLE_S);
	ck_assert_int_eq(fold.participants[1].idle_left_us, 50 + IDLE_S);
	ck_assert_int_eq(fold.sessions[0].idle_end_us, 50 + IDLE_S);
	ck_assert_int_eq(fold.sessions[0].peak, 2);
}
END_TEST

START_TEST(who_left_was_in_though_nobody_told_its_joining)
{
	struct mark published = INFO(70, "c");

	published.creates = true;
	FOLD(all_left, JOIN(0, "a"), LEAVE(60, "a"), published, LEAVE(90, "b"));
	ck_assert_int_eq(fold.sessions[0].started_us, 0);
	ck_assert_int_eq(fold.sessions[0].ended_us, 90);
	ck_assert_int_eq(fold.sessions[0].peak, 1);
	FOLD(all_left, LEAVE(10, "b"), JOIN(20, "a"));
	ck_assert_int_eq(fold.sessions[0].ended_us, NEVER);
	FOLD(by_word, LEAVE(10, "b"));
	ck_assert_int_eq(fold.sessions[0].ended_us, NEVER);
	FOLD(all_left, published, LEAVE(90, "b"));
	ck_assert_int_eq(fold.sessions[0].ended_us, NEVER);
	FOLD(room, INFO(0, "a"), LEAVE(10, "a"), INFO(15, "a"));
	ck_assert_int_eq(fold.sessions[0].started_us, 0);
	ck_assert_int_eq(fold.sessions[0].ended_us, 10);
	/* Whether others were in all the time, nobody has told: who comes next comes to the same session. */
	FOLD(room, INFO(0, "a"), LEAVE(10, "b"), INFO(15, "a"), JOIN(20, "b"));
	ck_assert_uint_eq(fold.n_sessions, 1);
}
END_TEST

START_TEST(leaving_if_in_is_leaving_for_who_is_in_and_nothing_else)
{
	struct mark published = INFO(1, "a");

	FOLD(room, JOIN(0, "a"), LEAVE_IF_IN(10, "a"));
	ck_assert_int_eq(fold.participants[0].left_us, 10);
	ck_assert_str_eq(fold.participants[0].how_left, "left");
	ck_assert_int_eq(fold.participants[0].duration_us, 10);
	ck_assert_int_eq(fold.sessions[0].ended_us, 10);
	/* It makes nobody, and nobody's leaving before a join is one. */
	FOLD(room, LEAVE_IF_IN(5, "b"), JOIN(10, "a"), LEAVE_IF_IN(20, "b"));
	ck_assert_uint_eq(fold.n_participants, 1);
	ck_assert_int_eq(fold.participants[0].left_us, NEVER);
	FOLD(room, LEAVE_IF_IN(5, "a"), JOIN(10, "a"));
	ck_assert_int_eq(fold.participants[0].left_us, NEVER);
	ck_assert_int_eq(fold.participants[0].n_events, 2);
	ck_assert_int_eq(fold.participants[0].open_since_us, 10);
	published.creates = true;
	FOLD(all_left, published, LEAVE_IF_IN(5, "a"));
	ck_assert_int_eq(fold.participants[0].left_us, NEVER);
}
END_TEST

START_TEST(leaving_if_in_changes_nothing_once_something_ended_the_part)
{
	struct mark end = LEAVE(10, "a");

	end.texts[MARK_HOW_LEFT] = "end";
	FOLD(room, JOIN(0, "a"), end, LEAVE_IF_IN(30, "a"));
	ck_assert_int_eq(fold.participants[0].left_us, 10);
	ck_assert_str_eq(fold.participants[0].how_left, "end");
	ck_assert_int_eq(fold.participants[0].duration_us, 10);
	ck_assert_int_eq(fold.sessions[0].ended_us, 10);
	ck_assert_int_eq(fold.sessions[0].last_us, 30);
	/* But it does again after a new join, and may be told twice. */
	FOLD(all_left, JOIN(0, "a"), end, JOIN(20, "a"), LEAVE_IF_IN(30, "a"), LEAVE_IF_IN(33, "a"));
	ck_assert_int_eq(fold.participants[0].left_us, 33);
	ck_assert_str_eq(fold.participants[0].how_left, "left");
	ck_assert_int_eq(fold.participants[0].duration_us, 10 + 13);
	/* The end may come later than leaving: the latest counts. */
	end.at_us = end.from_us = 35;
	FOLD(all_left, JOIN(20, "a"), LEAVE_IF_IN(30, "a"), end, LEAVE_IF_IN(40, "a"));
	ck_assert_int_eq(fold.participants[0].left_us, 35);
	ck_assert_str_eq(fold.participants[0].how_left, "end");
}
END_TEST

START_TEST(a_rooms_session_ends_with_who_left_it_if_in)
{
	FOLD(room, JOIN(0, "a"), LEAVE_IF_IN(10, "a"), JOIN(20, "b"));
	ck_assert_uint_eq(fold.n_sessions, 2);
	ck_assert_int_eq(fold.sessions[0].ended_us, 10);
	FOLD(room, JOIN(0, "a"), JOIN(5, "b"), LEAVE_IF_IN(10, "a"), LEAVE_IF_IN(11, "c"), JOIN(20, "c"));
	ck_assert_uint_eq(fold.n_sessions, 1);
	FOLD(room, JOIN(0, "a"), LEAVE(5, "a"), LEAVE_IF_IN(6, "a"), JOIN(7, "a"));
	ck_assert_uint_eq(fold.n_sessions, 2);
	ck_assert_int_eq(fold.participants[1].left_us, NEVER);
}
END_TEST

START_TEST(who_is_out_has_left_if_it_was_in_at_that_moment)
{
	FOLD(room, JOIN(0, "a"), OUT(10, "a"), OUT(20, "a"), INFO(30, "a"), JOIN(40, "b"));
	ck_assert_uint_eq(fold.n_sessions, 2);
	ck_assert_int_eq(fold.participants[0].left_us, 10);
	ck_assert_int_eq(fold.participants[0].duration_us, 10);
	ck_assert_str_eq(fold.participants[0].how_left, "left");
	ck_assert_int_eq(fold.sessions[0].ended_us, 10);
	/* It makes nobody, is nobody's leaving before a join, and nothing after a leaving. */
	FOLD(room, OUT(1, "b"), JOIN(2, "a"), OUT(3, "b"));
	ck_assert_uint_eq(fold.n_participants, 1);
	FOLD(room, OUT(1, "a"), JOIN(2, "a"), LEAVE(5, "a"), OUT(9, "a"));
	ck_assert_int_eq(fold.participants[0].left_us, 5);
	ck_assert_int_eq(fold.participants[0].n_events, 4);
	/* It ends the part: what is told of it later makes it the longer only if that is sure. */
	FOLD(room, JOIN(0, "a"), JOIN(0, "b"), OUT(5, "a"), LEAVE_IF_IN(6, "a"));
	ck_assert_int_eq(fold.participants[0].left_us, 5);
	FOLD(room, JOIN(0, "a"), JOIN(0, "b"), OUT(5, "a"), LEAVE(6, "a"));
	ck_assert_int_eq(fold.participants[0].left_us, 6);
}
END_TEST

/* Activity of [from, to], as attendance merges it. */
static struct mark merged(int64_t from, int64_t to, const char *who, int64_t n_events)
{
	struct mark m = INFO(to, who);

	m.from_us = from;
	m.merged = true;
	m.rank = MARK_RANK_INFO;
	m.tie = 0;
	m.n_events = n_events;
	return m;
}

START_TEST(merged_activity_counts_as_all_that_it_was)
{
	FOLD(room, JOIN(0, "a"), merged(1, 50, "a", 7), LEAVE(20, "a"), LEAVE(51, "a"));
	ck_assert_uint_eq(fold.n_sessions, 1);
	ck_assert_int_eq(fold.sessions[0].n_events, 10);
	ck_assert_int_eq(fold.participants[0].n_events, 10);
	FOLD(room, merged(5, 60, "a", 3), JOIN(10, "a"));
	ck_assert_int_eq(fold.sessions[0].first_us, 5);
	ck_assert_int_eq(fold.sessions[0].last_us, 60);
	ck_assert_int_eq(fold.participants[0].last_us, 60);
	ck_assert_int_eq(fold.sessions[0].idle_end_us, 60 + IDLE_S);
	/* Gaps are reckoned from where it ended. */
	FOLD(room, JOIN(0, "a"), merged(1, IDLE_S, "a", 2), INFO(2 * IDLE_S, "a"));
	ck_assert_uint_eq(fold.n_sessions, 1);
	FOLD(room, JOIN(0, "a"), merged(1, IDLE_S, "a", 2), INFO(2 * IDLE_S + 1, "a"));
	ck_assert_uint_eq(fold.n_sessions, 2);
	FOLD(room, JOIN(0, "a"), merged(1, IDLE_S, NULL, 2), INFO(2, "a"), INFO(2 * IDLE_S, "a"));
	ck_assert_uint_eq(fold.n_sessions, 1);
	FOLD(room, JOIN(0, "a"), merged(IDLE_S, 2 * IDLE_S, "a", 2), INFO(3 * IDLE_S, "a"));
	ck_assert_uint_eq(fold.n_sessions, 1);
}
END_TEST

#define REFUSED(rules, ...) do { \
	const struct mark marks_[] = { __VA_ARGS__ }; \
	ck_assert_int_eq(try(&(rules), marks_, sizeof(marks_) / sizeof(*marks_)), SESSION_E_MERGED); \
} while (0)

START_TEST(merged_activity_that_a_new_session_begins_within_is_not_enough)
{
	REFUSED(room, JOIN(0, "a"), merged(1, 20, "a", 2), LEAVE(10, "a"), JOIN(20, "b"));
	REFUSED(room, JOIN(0, "a"), merged(1, 30, NULL, 2), LEAVE(10, "a"), JOIN(20, "b"));
	FOLD(room, JOIN(0, "a"), merged(1, 19, "a", 2), LEAVE(10, "a"), JOIN(20, "b"));
	ck_assert_uint_eq(fold.n_sessions, 2);
	FOLD(all_left, JOIN(0, "a"), merged(1, 20, "a", 2), LEAVE(10, "a"), JOIN(20, "b"));
	ck_assert_uint_eq(fold.n_sessions, 1);
}
END_TEST

START_TEST(merged_activity_of_a_later_session_is_not_enough)
{
	REFUSED(room, JOIN(0, "a"), LEAVE(10, "a"), JOIN(20, "b"), merged(21, 22, "b", 2));
	REFUSED(room, JOIN(0, "a"), merged(2 * IDLE_S, 2 * IDLE_S + 1, "a", 2));
	FOLD(room, merged(21, 22, "b", 2), JOIN(30, "b"));
	ck_assert_uint_eq(fold.n_sessions, 1);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("session");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, live_and_peak_are_sweeps_over_the_intervals);
	tcase_add_test(t, who_comes_and_goes_within_one_instant_was_there);
	tcase_add_test(t, one_who_leaves_as_another_comes_is_not_two);
	tcase_add_test(t, after_a_rejoin_the_first_joining_the_last_leaving_and_the_sum_count);
	tcase_add_test(t, several_reporters_of_one_leaving_merge_to_the_latest);
	tcase_add_test(t, a_reason_that_is_not_ordinary_outlives_the_ordinary_one_that_follows);
	tcase_add_test(t, a_leaving_told_again_without_a_reason_keeps_the_one_it_has);
	tcase_add_test(t, a_session_that_ends_by_word_ends_by_nothing_else);
	tcase_add_test(t, who_is_still_in_when_the_vendor_ends_a_session_leaves_with_it);
	tcase_add_test(t, what_comes_after_an_end_does_not_reopen_a_named_session);
	tcase_add_test(t, a_participant_nobody_saw_join_has_no_joining);
	tcase_add_test(t, a_session_starts_with_its_vendors_word_else_the_first_joining_else_the_first_event);
	tcase_add_test(t, a_room_holds_one_session_after_the_other);
	tcase_add_test(t, a_gap_in_event_time_ends_a_rooms_session_and_no_named_one);
	tcase_add_test(t, where_nobody_tells_of_leaving_each_is_gone_an_idle_time_after_the_last_event);
	tcase_add_test(t, who_left_was_in_though_nobody_told_its_joining);
	tcase_add_test(t, leaving_if_in_is_leaving_for_who_is_in_and_nothing_else);
	tcase_add_test(t, leaving_if_in_changes_nothing_once_something_ended_the_part);
	tcase_add_test(t, a_rooms_session_ends_with_who_left_it_if_in);
	tcase_add_test(t, who_is_out_has_left_if_it_was_in_at_that_moment);
	tcase_add_test(t, merged_activity_counts_as_all_that_it_was);
	tcase_add_test(t, merged_activity_that_a_new_session_begins_within_is_not_enough);
	tcase_add_test(t, merged_activity_of_a_later_session_is_not_enough);
	return unit_main("session", t);
}
