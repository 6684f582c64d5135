#include "unit.h"

#include <string.h>

#include "core/attempt.h"
#include "core/pair.h"

enum { TIMEOUT_US = 60 * 1000000 };

static int64_t next_event_id;

/* A lifecycle event at @ms. */
static struct fact make(int64_t ms, enum stage stage, enum phase phase, enum resolution resolution,
			enum peer_connection pc)
{
	struct fact f = {
		.key = { .at_us = ms * 1000, .digest = (uint64_t) ms * 7919, .rank = fact_rank(stage, phase) },
		.event_id = ++next_event_id,
		.stage = (uint8_t) stage,
		.phase = (uint8_t) phase,
		.resolution = (uint8_t) resolution,
		.peer_connection = (uint8_t) pc,
	};

	return f;
}

static struct fact began(int64_t ms, enum stage stage, enum peer_connection pc)
{
	return make(ms, stage, PHASE_INITIATED, RESOLUTION_NONE, pc);
}

static struct fact succeeded(int64_t ms, enum stage stage, enum peer_connection pc)
{
	return make(ms, stage, PHASE_COMPLETED, RESOLUTION_SUCCESS, pc);
}

static struct fact failed(int64_t ms, enum stage stage, enum peer_connection pc, int64_t code)
{
	struct fact f = make(ms, stage, PHASE_COMPLETED, RESOLUTION_FAILURE, pc);

	f.failure_code = code;
	return f;
}

static struct fact aborted(int64_t ms, enum stage stage, enum peer_connection pc, int64_t code)
{
	struct fact f = failed(ms, stage, pc, code);

	f.aborted = true;
	return f;
}

#define NONE PEER_CONNECTION_NONE
#define SUB PEER_CONNECTION_SUBSCRIBE
#define PUB PEER_CONNECTION_PUBLISH
#define CJ STAGE_COORDINATOR_JOIN
#define WS STAGE_WS_JOIN
#define PC STAGE_PEER_CONNECTION_CONNECT

static struct attempt_result resolve(const struct fact *facts, size_t n)
{
	struct attempt a;
	struct attempt_result result;

	attempt_init(&a);
	for (size_t i = 0; i < n; i++)
		attempt_add(&a, &facts[i]);
	attempt_resolve(&a, TIMEOUT_US, &result);
	return result;
}

#define RESOLVE(...) resolve((const struct fact[]) { __VA_ARGS__ }, \
	sizeof((const struct fact[]) { __VA_ARGS__ }) / sizeof(struct fact))

START_TEST(an_attempt_with_a_peer_connection_and_nothing_failed_or_open_is_joined)
{
	struct attempt_result r = RESOLVE(began(0, CJ, NONE), succeeded(100, CJ, NONE), began(110, PC, SUB),
					  succeeded(400, PC, SUB));

	ck_assert_int_eq(r.outcome, ATTEMPT_JOINED);
	ck_assert_int_eq(r.joined_us, 400000);
	ck_assert_int_eq(r.failure_event, 0);
}
END_TEST

START_TEST(an_attempt_without_a_peer_connection_success_is_open_until_it_fails)
{
	struct attempt_result r = RESOLVE(began(0, CJ, NONE), succeeded(100, CJ, NONE), began(110, PC, SUB));

	ck_assert_int_eq(r.outcome, ATTEMPT_OPEN);
	ck_assert_int_eq(r.joined_us, ATTEMPT_NEVER);
}
END_TEST

START_TEST(a_group_left_open_keeps_a_joined_attempt_open)
{
	ck_assert_int_eq(RESOLVE(succeeded(400, PC, SUB), began(410, PC, PUB)).outcome, ATTEMPT_OPEN);
}
END_TEST

START_TEST(a_failed_group_fails_the_attempt_though_another_connected)
{
	struct attempt_result r = RESOLVE(succeeded(400, PC, SUB), began(410, PC, PUB), failed(900, PC, PUB, 7));

	ck_assert_int_eq(r.outcome, ATTEMPT_FAILED);
	ck_assert_int_eq(r.failed_stage, PC);
	ck_assert_int_eq(r.failed_peer_connection, PUB);
	ck_assert_int_eq(r.failure_code, 7);
}
END_TEST

START_TEST(a_success_anywhere_in_a_group_outweighs_its_failures)
{
	ck_assert_int_eq(RESOLVE(failed(200, PC, SUB, 7), succeeded(400, PC, SUB)).outcome, ATTEMPT_JOINED);
	ck_assert_int_eq(RESOLVE(succeeded(400, PC, SUB), failed(5000, PC, SUB, 7)).outcome, ATTEMPT_JOINED);
}
END_TEST

START_TEST(the_first_failed_group_in_stage_order_is_blamed_not_the_first_in_time)
{
	struct attempt_result r = RESOLVE(failed(300, PC, PUB, 4), failed(200, PC, SUB, 3), failed(900, WS, NONE, 2));

	ck_assert_int_eq(r.failed_stage, WS);
	ck_assert_int_eq(r.failure_code, 2);
}
END_TEST

START_TEST(a_group_fails_by_its_earliest_failure_that_is_not_an_abort)
{
	struct attempt_result r = RESOLVE(aborted(100, WS, NONE, 1), failed(300, WS, NONE, 3), failed(200, WS, NONE, 2));

	ck_assert_int_eq(r.outcome, ATTEMPT_FAILED);
	ck_assert_int_eq(r.failure_code, 2);
}
END_TEST

START_TEST(aborts_alone_make_an_aborted_attempt_even_with_open_groups)
{
	struct attempt_result r = RESOLVE(began(50, CJ, NONE), aborted(300, PC, PUB, 9), aborted(100, PC, SUB, 8));

	ck_assert_int_eq(r.outcome, ATTEMPT_ABORTED);
	ck_assert_int_eq(r.failed_peer_connection, SUB);
	ck_assert_int_eq(r.failure_code, 8);
}
END_TEST

START_TEST(an_abort_beside_a_failure_does_not_take_the_blame)
{
	struct attempt_result r = RESOLVE(aborted(50, CJ, NONE, 1), failed(300, PC, SUB, 2));

	ck_assert_int_eq(r.outcome, ATTEMPT_FAILED);
	ck_assert_int_eq(r.failed_stage, PC);
}
END_TEST

START_TEST(a_failure_without_a_code_is_no_abort)
{
	struct attempt_result r = RESOLVE(failed(300, PC, SUB, 0));

	ck_assert_int_eq(r.outcome, ATTEMPT_FAILED);
	ck_assert_int_eq(r.failure_code, 0);
}
END_TEST

START_TEST(a_group_that_begins_long_after_the_join_does_not_count)
{
	ck_assert_int_eq(RESOLVE(succeeded(400, PC, SUB), failed(60400, PC, PUB, 7)).outcome, ATTEMPT_FAILED);
	ck_assert_int_eq(RESOLVE(succeeded(400, PC, SUB), failed(60401, PC, PUB, 7)).outcome, ATTEMPT_JOINED);
}
END_TEST

START_TEST(stages_that_never_complete_do_not_decide)
{
	struct fact frame = began(100, STAGE_FIRST_VIDEO_FRAME, NONE), ws = failed(90, STAGE_COORDINATOR_WS, NONE, 5);

	ck_assert_int_eq(RESOLVE(succeeded(400, PC, SUB), frame, ws).outcome, ATTEMPT_JOINED);
}
END_TEST

START_TEST(earliest_labels_keep_the_first_value_and_latest_ones_the_last)
{
	struct fact facts[3] = { began(10, CJ, NONE), began(20, WS, NONE), began(30, WS, NONE) };
	static const int orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 0, 2 } };

	facts[1].labels[LABEL_USER] = 5;
	facts[2].labels[LABEL_USER] = 6;
	facts[0].labels[LABEL_SFU] = 7;
	facts[1].labels[LABEL_SFU] = 8;
	for (size_t o = 0; o < 3; o++) {
		struct attempt a;

		attempt_init(&a);
		for (size_t i = 0; i < 3; i++)
			attempt_add(&a, &facts[orders[o][i]]);
		ck_assert_int_eq(a.labels[LABEL_USER], 5);
		ck_assert_int_eq(a.labels[LABEL_SFU], 8);
		ck_assert_int_eq(a.started_us, 10000);
		ck_assert_int_eq(a.last_us, 30000);
	}
}
END_TEST

START_TEST(at_the_same_instant_the_stage_rank_and_then_the_digest_decide)
{
	struct fact join = began(10, CJ, NONE), ws = began(10, WS, NONE), twin = began(10, CJ, NONE);
	struct attempt a;

	join.labels[LABEL_USER] = 1;
	ws.labels[LABEL_USER] = 2;
	twin.labels[LABEL_USER] = 3;
	twin.key.digest = join.key.digest - 1;
	attempt_init(&a);
	attempt_add(&a, &ws);
	attempt_add(&a, &join);
	ck_assert_int_eq(a.labels[LABEL_USER], 1);
	attempt_add(&a, &twin);
	ck_assert_int_eq(a.labels[LABEL_USER], 3);
}
END_TEST

START_TEST(a_packed_attempt_unpacks_to_the_same_fold)
{
	struct fact facts[] = {
		began(10, CJ, NONE), succeeded(20, CJ, NONE), aborted(30, WS, NONE, 4), failed(40, PC, SUB, 1000000),
		began(50, PC, NONE), succeeded(60, PC, PUB),
	};
	struct attempt a, b;
	struct buf pack = {};

	attempt_init(&a);
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++) {
		for (int l = 0; l < N_LABELS; l += (int) i + 1)
			facts[i].labels[l] = (int64_t) i + 1;
		attempt_add(&a, &facts[i]);
	}
	ck_assert_int_eq(attempt_pack(&a, &pack), 0);

	b = a;
	memset(b.label_keys, 0, sizeof(b.label_keys));
	memset(b.groups, 0xff, sizeof(b.groups));
	ck_assert_int_eq(attempt_unpack(&b, pack.data, pack.n), 0);
	for (int l = 0; l < N_LABELS; l++) {
		ck_assert(!order_before(&a.label_keys[l], &b.label_keys[l]));
		ck_assert(!order_before(&b.label_keys[l], &a.label_keys[l]));
	}
	for (int g = 0; g < N_GROUPS; g++) {
		ck_assert_int_eq(a.groups[g].begin_us, b.groups[g].begin_us);
		ck_assert_int_eq(a.groups[g].success_us, b.groups[g].success_us);
		ck_assert_int_eq(a.groups[g].failure.event_id, b.groups[g].failure.event_id);
		ck_assert_int_eq(a.groups[g].failure.code, b.groups[g].failure.code);
		ck_assert_int_eq(a.groups[g].abortion.event_id, b.groups[g].abortion.event_id);
	}
	for (size_t n = 0; n < pack.n; n++)
		ck_assert_int_lt(attempt_unpack(&b, pack.data, n), 0);
	buf_deinit(&pack);
}
END_TEST

START_TEST(a_pair_prefers_success_then_the_earliest)
{
	struct fact facts[] = {
		failed(10, WS, NONE, 1), succeeded(30, WS, NONE), succeeded(20, WS, NONE), began(5, WS, NONE),
		began(3, WS, NONE),
	};
	struct pair forward = {}, backward = {};

	for (int i = 0; i < 5; i++) {
		(void) pair_add(&forward, &facts[i]);
		(void) pair_add(&backward, &facts[4 - i]);
	}
	ck_assert_int_eq(forward.completed.key.at_us, 20000);
	ck_assert_int_eq(forward.initiated.key.at_us, 3000);
	ck_assert_int_eq(backward.completed.event_id, forward.completed.event_id);
	ck_assert_int_eq(backward.initiated.event_id, forward.initiated.event_id);
}
END_TEST

START_TEST(the_sdk_is_the_user_agents_first_token_without_its_version)
{
	static const struct {
		const char *agent, *sdk;
	} cases[] = {
		{ "stream-video-react-v1.35.0|os=Windows 11|client_bundle=browser-esm", "stream-video-react" },
		{ "stream-video-android-compose-1.6.2|os=Android 15", "stream-video-android-compose" },
		{ "stream-video-flutter-v1.4.2", "stream-video-flutter" },
		{ "stream-video-swift-v1.52.0-SNAPSHOT|app=Demo", "stream-video-swift" },
		{ "curl", "curl" },
		{ "a-v|b-1", "a-v" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t n = fact_sdk_of(cases[i].agent, strlen(cases[i].agent));

		ck_assert_uint_eq(n, strlen(cases[i].sdk));
		ck_assert(strncmp(cases[i].agent, cases[i].sdk, n) == 0);
	}
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("core");

	tcase_add_test(t, an_attempt_with_a_peer_connection_and_nothing_failed_or_open_is_joined);
	tcase_add_test(t, an_attempt_without_a_peer_connection_success_is_open_until_it_fails);
	tcase_add_test(t, a_group_left_open_keeps_a_joined_attempt_open);
	tcase_add_test(t, a_failed_group_fails_the_attempt_though_another_connected);
	tcase_add_test(t, a_success_anywhere_in_a_group_outweighs_its_failures);
	tcase_add_test(t, the_first_failed_group_in_stage_order_is_blamed_not_the_first_in_time);
	tcase_add_test(t, a_group_fails_by_its_earliest_failure_that_is_not_an_abort);
	tcase_add_test(t, aborts_alone_make_an_aborted_attempt_even_with_open_groups);
	tcase_add_test(t, an_abort_beside_a_failure_does_not_take_the_blame);
	tcase_add_test(t, a_failure_without_a_code_is_no_abort);
	tcase_add_test(t, a_group_that_begins_long_after_the_join_does_not_count);
	tcase_add_test(t, stages_that_never_complete_do_not_decide);
	tcase_add_test(t, earliest_labels_keep_the_first_value_and_latest_ones_the_last);
	tcase_add_test(t, at_the_same_instant_the_stage_rank_and_then_the_digest_decide);
	tcase_add_test(t, a_packed_attempt_unpacks_to_the_same_fold);
	tcase_add_test(t, a_pair_prefers_success_then_the_earliest);
	tcase_add_test(t, the_sdk_is_the_user_agents_first_token_without_its_version);
	return unit_main("core", t);
}
