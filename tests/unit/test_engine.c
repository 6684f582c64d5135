#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "dialect/engine.h"
#include "dialect/index.h"
#include "dialect/stream.h"
#include "util/macros.h"
#include "wire/limits.h"

/* One event judged at a time; what came of it. */
static struct scan scan;
static struct arena arena;
static struct buf scratch;
static struct engine_context ctx;
static struct scan contexts[2];		/* of the line and of the hello, while an event is judged */
static const struct event *event;
static const struct problem *problems;
static size_t n_problems;

static void setup(void)
{
	ctx = (struct engine_context) { .app = "web", .at_us = -1, .now_us = 1000 };
}

static void teardown(void)
{
	scan_deinit(&scan);
	scan_deinit(&contexts[0]);
	scan_deinit(&contexts[1]);
	arena_deinit(&arena);
	buf_deinit(&scratch);
}

static int judge_as(const struct dialect *d, const char *json)
{
	struct scan_fault fault;
	int r;

	event = NULL;
	problems = NULL;
	n_problems = 0;
	ck_assert_msg(scan_line(&scan, json, strlen(json), &fault) == 0, "not JSON: %s", json);
	r = engine_judge(d, &ctx, &scan, 0, &arena, &scratch, &event, &problems, &n_problems);
	if (r == 0)
		ck_assert(event && !problems);
	else
		ck_assert(r == ENGINE_E_REJECTED && problems && n_problems > 0);
	return r;
}

static int judge(const char *json)
{
	return judge_as(&dialect_stream, json);
}

/* "field rule, field rule" of the violations of the event just judged. */
static const char *violations(void)
{
	static char text[2000];

	ck_assert_ptr_nonnull(event);
	text[0] = '\0';
	for (size_t i = 0; i < event->n_violations; i++) {
		if (i > 0)
			strcat(text, ", ");
		strcat(text, event->violations[i].field);
		strcat(text, " ");
		strcat(text, event->violations[i].rule);
	}
	return text;
}

/* "field code, field code" of the problems of the event just judged. */
static const char *told(void)
{
	static char text[4000];

	ck_assert_ptr_null(event);
	text[0] = '\0';
	for (size_t i = 0; i < n_problems; i++) {
		if (i > 0)
			strcat(text, ", ");
		strcat(text, problems[i].field ? problems[i].field : "-");
		strcat(text, " ");
		strcat(text, problems[i].code);
	}
	return text;
}

static uint64_t digest(const char *json)
{
	ck_assert_int_eq(judge(json), 0);
	return event->digest;
}

#define T "\"timestamp\":\"2026-08-21T11:32:45.123Z\""
/* A generic event: nothing but these is asked of it. */
#define PLAIN "\"stage\":\"Other\",\"event_type\":\"thing\"," T
#define CALL "\"type\":\"default\",\"id\":\"standup\",\"join_attempt_id\":\"a1\"," \
	"\"coordinator_connect_id\":\"c1\"," T
#define WSJOIN "\"stage\":\"WSJoin\",\"stage_id\":\"s1\",\"call_session_id\":\"cs1\"," CALL
#define PEER "\"stage\":\"PeerConnectionConnect\",\"stage_id\":\"s1\",\"call_session_id\":\"cs1\"," \
	"\"peer_connection\":\"publish\",\"was_previously_connected\":false," CALL

START_TEST(every_field_arrives_typed_and_in_its_place)
{
	ck_assert_int_eq(judge("{" PEER ",\"event_type\":\"completed\",\"outcome\":\"failure\","
		"\"user_id\":\"ana\",\"user_agent\":\"ua|os=x\",\"sdk_version\":\"1.2\","
		"\"previously_connected_timestamp\":1787311966250000999,\"retry_count_attempt\":1000,"
		"\"elapsed_time\":9223372036854775807,\"join_reason\":\"migration\",\"sfu_id\":\"sfu\","
		"\"track_id\":\"TR\",\"retry_failure_reason\":\"why\",\"retry_failure_code\":\"16\","
		"\"ice_state\":\"FAILED\",\"screen_share_status\":\"GRANTED\","
		"\"microphone_permission_status\":\"FAILED\","
		"\"camera_permission_status\":\"NOT_INITIATED\"}"), 0);
	ck_assert_str_eq(violations(), "");
	for (size_t f = 0; f < N_STREAM_FIELDS; f++)
		ck_assert_msg(values_at(&event->values, f)->kind != VALUE_ABSENT, "%s", dialect_stream.fields[f].name);
	ck_assert_str_eq(values_at(&event->values, STREAM_USER_ID)->text, "ana");
	ck_assert_uint_eq(values_at(&event->values, STREAM_USER_ID)->n, 3);
	ck_assert_str_eq(values_at(&event->values, STREAM_TYPE)->text, "default");
	ck_assert_str_eq(values_at(&event->values, STREAM_ID)->text, "standup");
	ck_assert_str_eq(values_at(&event->values, STREAM_STAGE_ID)->text, "s1");
	ck_assert_str_eq(values_at(&event->values, STREAM_JOIN_ATTEMPT_ID)->text, "a1");
	ck_assert_str_eq(values_at(&event->values, STREAM_COORDINATOR_CONNECT_ID)->text, "c1");
	ck_assert_str_eq(values_at(&event->values, STREAM_CALL_SESSION_ID)->text, "cs1");
	ck_assert_str_eq(values_at(&event->values, STREAM_CAMERA_PERMISSION_STATUS)->text, "NOT_INITIATED");
	ck_assert_int_eq(values_at(&event->values, STREAM_WAS_PREVIOUSLY_CONNECTED)->kind, VALUE_INT);
	ck_assert_int_eq(values_at(&event->values, STREAM_WAS_PREVIOUSLY_CONNECTED)->i, 0);
	ck_assert_int_eq(values_at(&event->values, STREAM_PREVIOUSLY_CONNECTED_TIMESTAMP)->i, 1787311966250000);
	ck_assert_int_eq(values_at(&event->values, STREAM_RETRY_COUNT_ATTEMPT)->i, 1000);
	ck_assert_int_eq(values_at(&event->values, STREAM_ELAPSED_TIME)->i, INT64_MAX);
	ck_assert_int_eq(event->at_us, INT64_C(1787311965123000));
	ck_assert(!event->stamped);
	ck_assert_ptr_null(event->extra);
}
END_TEST

START_TEST(a_generic_event_needs_stage_event_type_and_timestamp_only)
{
	ck_assert_int_eq(judge("{" PLAIN "}"), 0);
	ck_assert_str_eq(violations(), "");
	ck_assert_int_eq(judge("{\"stage_id\":\"x\",\"outcome\":\"success\"}"), 0);
	ck_assert_str_eq(violations(), "stage required, event_type required, timestamp required");
	ck_assert_int_eq(judge("{}"), 0);
	ck_assert_str_eq(violations(), "stage required, event_type required, timestamp required");
}
END_TEST

START_TEST(join_initiated_may_carry_a_connection_but_no_stage_id)
{
	const char *plain = "{\"stage\":\"JoinInitiated\",\"event_type\":\"initiated\",\"type\":\"d\","
			    "\"id\":\"i\",\"join_attempt_id\":\"a\"," T "}";

	ck_assert_int_eq(judge(plain), 0);
	ck_assert_str_eq(violations(), "");
	ck_assert_int_eq(judge("{\"stage\":\"JoinInitiated\",\"event_type\":\"initiated\"," CALL "}"), 0);
	ck_assert_str_eq(violations(), "");
	ck_assert_int_eq(judge("{\"stage\":\"JoinInitiated\",\"event_type\":\"initiated\","
			       "\"stage_id\":\"s\",\"outcome\":\"success\"," T "}"), 0);
	ck_assert_str_eq(violations(), "type required, id required, stage_id forbidden, "
			 "join_attempt_id required, outcome forbidden");
}
END_TEST

START_TEST(a_coordinator_connection_asks_for_no_attempt_call_or_session)
{
	ck_assert_int_eq(judge("{\"stage\":\"CoordinatorWS\",\"stage_id\":\"s\",\"event_type\":\"completed\","
			       "\"outcome\":\"success\",\"retry_count_attempt\":0,"
			       "\"coordinator_connect_id\":\"c\"," T "}"), 0);
	ck_assert_str_eq(violations(), "");
	ck_assert_int_eq(judge("{\"stage\":\"CoordinatorWS\",\"event_type\":\"completed\","
			       "\"outcome\":\"failure\"," T "}"), 0);
	ck_assert_str_eq(violations(), "stage_id required, coordinator_connect_id required, "
			 "retry_count_attempt required, retry_failure_reason required, "
			 "retry_failure_code required");
}
END_TEST

START_TEST(a_completed_stage_without_outcome_is_asked_for_what_both_outcomes_need)
{
	ck_assert_int_eq(judge("{" WSJOIN ",\"event_type\":\"completed\"}"), 0);
	ck_assert_str_eq(violations(), "outcome required, retry_count_attempt required");
}
END_TEST

START_TEST(an_initiated_stage_must_not_have_an_outcome)
{
	ck_assert_int_eq(judge("{" WSJOIN ",\"event_type\":\"initiated\",\"outcome\":\"success\"}"), 0);
	ck_assert_str_eq(violations(), "outcome forbidden");
}
END_TEST

START_TEST(an_event_of_its_own_kind_within_a_stage_is_asked_for_what_the_stage_always_needs)
{
	/* outcome is not enough to take it for a completion. */
	ck_assert_int_eq(judge("{\"stage\":\"PeerConnectionConnect\",\"event_type\":\"paused\","
			       "\"outcome\":\"failure\"," T "}"), 0);
	ck_assert_str_eq(violations(), "type required, id required, stage_id required, "
			 "join_attempt_id required, coordinator_connect_id required, "
			 "peer_connection required, was_previously_connected required, "
			 "call_session_id required");
	ck_assert_int_eq(judge("{\"stage\":\"CoordinatorJoin\",\"stage_id\":\"s\",\"outcome\":\"success\","
			       CALL "}"), 0);
	ck_assert_str_eq(violations(), "event_type required");
}
END_TEST

START_TEST(a_first_frame_is_never_completed)
{
	const char *event_types[] = { "initiated", "completed", "muted" };
	const char *expected[] = { "", "event_type forbidden", "" };
	char json[1000];

	for (size_t i = 0; i < N_ELEMENTS(event_types); i++) {
		(void) snprintf(json, sizeof(json), "{\"stage\":\"FirstAudioFrame\","
				"\"event_type\":\"%s\",\"stage_id\":\"s\",\"call_session_id\":\"cs\","
				"\"sfu_id\":\"f\"," CALL "}", event_types[i]);
		ck_assert_int_eq(judge(json), 0);
		ck_assert_str_eq(violations(), expected[i]);
	}
	ck_assert_int_eq(judge("{\"stage\":\"FirstVideoFrame\",\"event_type\":\"completed\","
			       "\"stage_id\":\"s\",\"call_session_id\":\"cs\"," CALL "}"), 0);
	ck_assert_str_eq(violations(), "event_type forbidden, sfu_id required, track_id required");
}
END_TEST

START_TEST(device_permissions_are_asked_for_whatever_their_event_type)
{
	ck_assert_int_eq(judge("{\"stage\":\"MediaDevicePermission\",\"event_type\":\"prompted\","
			       "\"stage_id\":\"s\",\"microphone_permission_status\":\"GRANTED\"," CALL "}"), 0);
	ck_assert_str_eq(violations(), "camera_permission_status required");
	ck_assert_int_eq(judge("{\"stage\":\"MediaDevicePermission\",\"event_type\":\"completed\","
			       "\"stage_id\":\"s\",\"microphone_permission_status\":\"GRANTED\"," CALL "}"), 0);
	ck_assert_str_eq(violations(), "camera_permission_status required");
}
END_TEST

START_TEST(an_undocumented_ice_state_is_flagged_and_kept)
{
	ck_assert_int_eq(judge("{" PLAIN ",\"ice_state\":\"DISCONNECTED\"}"), 0);
	ck_assert_str_eq(violations(), "ice_state unknown");
	ck_assert_str_eq(values_at(&event->values, STREAM_ICE_STATE)->text, "DISCONNECTED");
}
END_TEST

START_TEST(the_attempt_id_unknown_is_no_id_but_is_not_lost)
{
	ck_assert_int_eq(judge("{" PLAIN ",\"join_attempt_id\":\"unknown\"}"), 0);
	ck_assert_int_eq(values_at(&event->values, STREAM_JOIN_ATTEMPT_ID)->kind, VALUE_ABSENT);
	ck_assert_str_eq(event->extra, "{\"join_attempt_id\":\"unknown\"}");
	ck_assert_int_eq(judge("{\"stage\":\"JoinInitiated\",\"event_type\":\"initiated\",\"type\":\"d\","
			       "\"id\":\"i\",\"join_attempt_id\":\"unknown\"," T "}"), 0);
	ck_assert_str_eq(violations(), "join_attempt_id required");
}
END_TEST

START_TEST(a_coordinator_connection_is_of_no_attempt_though_it_may_name_one)
{
	ck_assert_int_eq(judge("{\"join_attempt_id\":\"a1\",\"stage\":\"CoordinatorWS\",\"event_type\":\"initiated\","
			       "\"stage_id\":\"w\",\"coordinator_connect_id\":\"c\"," T "}"), 0);
	ck_assert_str_eq(violations(), "");
	ck_assert_int_eq(values_at(&event->values, STREAM_JOIN_ATTEMPT_ID)->kind, VALUE_ABSENT);
	ck_assert_str_eq(event->extra, "{\"join_attempt_id\":\"a1\"}");
	/* Its type is still the field's. */
	ck_assert_int_eq(judge("{\"stage\":\"CoordinatorWS\",\"event_type\":\"initiated\",\"stage_id\":\"w\","
			       "\"coordinator_connect_id\":\"c\",\"join_attempt_id\":5," T "}"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "join_attempt_id bad-type");
}
END_TEST

START_TEST(null_and_empty_texts_are_no_value_whatever_the_type)
{
	ck_assert_int_eq(judge("{" PLAIN ",\"user_id\":\"\",\"sfu_id\":null,\"elapsed_time\":\"\","
			       "\"outcome\":\"\",\"was_previously_connected\":null,\"new\":null,"
			       "\"newer\":\"\"}"), 0);
	ck_assert_str_eq(violations(), "");
	ck_assert_int_eq(values_at(&event->values, STREAM_USER_ID)->kind, VALUE_ABSENT);
	ck_assert_int_eq(values_at(&event->values, STREAM_ELAPSED_TIME)->kind, VALUE_ABSENT);
	ck_assert_ptr_null(event->extra);
	ck_assert_int_eq(judge("{" WSJOIN ",\"event_type\":\"initiated\",\"outcome\":\"\"}"), 0);
	ck_assert_str_eq(violations(), "");
}
END_TEST

START_TEST(what_no_field_takes_is_kept_canonical)
{
	ck_assert_int_eq(judge("{\"zz\" : [1.0, {\"b\":null,\"a\":1e2}],\"call_cid\":\"d:\\u0069\"," PLAIN
			       ",\"zz0\":true,\"z\":{}}"), 0);
	ck_assert_str_eq(event->extra,
			 "{\"call_cid\":\"d:i\",\"z\":{},\"zz\":[1,{\"a\":100}],\"zz0\":true}");
	ck_assert_uint_eq(event->n_extra, strlen(event->extra));
}
END_TEST

START_TEST(the_digest_does_not_depend_on_the_spelling)
{
	uint64_t d = digest("{" PLAIN ",\"elapsed_time\":12,\"user_id\":\"ana\",\"x\":{\"a\":1,\"b\":2}}");

	ck_assert_uint_eq(d, digest("{\"x\":{\"b\":2.0,\"a\":1},\"user_id\":\"\\u0061na\",\"sfu_id\":null,"
				    "\"elapsed_time\":1.2e1,\"event_type\":\"thing\",\"stage\":\"Other\","
				    "\"y\":\"\",\"timestamp\":\"2026-08-21T13:32:45.123000+02:00\"}"));
	ck_assert_uint_eq(d, digest("{\"stage\":\"Other\",\"event_type\":\"thing\",\"elapsed_time\":12,"
				    "\"user_id\":\"ana\",\"x\":{\"a\":1,\"b\":2},"
				    "\"timestamp\":1787311965123000000}"));
}
END_TEST

START_TEST(the_digest_tells_apart_what_differs)
{
	const char *base = "{" PLAIN ",\"user_id\":\"ab\",\"type\":\"c\"}";
	uint64_t d = digest(base);

	ck_assert_uint_ne(d, digest("{" PLAIN ",\"user_id\":\"a\",\"type\":\"bc\"}"));
	ck_assert_uint_ne(d, digest("{" PLAIN ",\"type\":\"ab\",\"user_id\":\"c\"}"));
	ck_assert_uint_ne(d, digest("{" PLAIN ",\"user_id\":\"ab\",\"type\":\"c\",\"x\":0}"));
	ck_assert_uint_ne(d, digest("{" PLAIN ",\"user_id\":\"ab\",\"type\":\"c\",\"x\":false}"));
	ck_assert_uint_ne(d, digest("{\"stage\":\"Other\",\"event_type\":\"thing\",\"user_id\":\"ab\","
				    "\"type\":\"c\",\"timestamp\":\"2026-08-21T11:32:45.124Z\"}"));
	ck_assert_uint_ne(digest("{" PLAIN ",\"user_id\":\"ab\"}"), digest("{" PLAIN ",\"type\":\"ab\"}"));
	ctx.app = "mobile";
	ck_assert_uint_ne(d, digest(base));
	ctx.app = "web";
	ctx.sender_id = "1";
	ck_assert_uint_ne(d, digest(base));
	ctx.sender_id = NULL;
	ck_assert_uint_eq(d, digest(base));
	ctx.at_us = 1;
	ck_assert_uint_eq(d, digest(base));	/* it has a time of its own */
	d = digest("{\"stage\":\"Other\"}");
	ctx.at_us = 2;
	ck_assert_uint_ne(d, digest("{\"stage\":\"Other\"}"));
}
END_TEST

START_TEST(an_event_without_a_time_takes_the_envelopes_or_that_of_receipt)
{
	const char *timeless = "{\"stage\":\"Other\",\"event_type\":\"thing\"}";

	ck_assert_int_eq(judge(timeless), 0);
	ck_assert(event->stamped);
	ck_assert_int_eq(event->at_us, 1000);
	ck_assert_str_eq(violations(), "timestamp required");
	ctx.at_us = 77;
	ck_assert_int_eq(judge(timeless), 0);
	ck_assert(!event->stamped);
	ck_assert_int_eq(event->at_us, 77);
	ck_assert_str_eq(violations(), "timestamp required");
	ck_assert_int_eq(judge("{" PLAIN "}"), 0);
	ck_assert_int_eq(event->at_us, INT64_C(1787311965123000));
}
END_TEST

START_TEST(each_kind_of_bad_value_has_its_code)
{
	static const struct {
		const char *member, *told;
	} cases[] = {
		{ "\"user_id\":17", "user_id bad-type" },
		{ "\"user_id\":[]", "user_id bad-type" },
		{ "\"elapsed_time\":\"12\"", "elapsed_time bad-type" },
		{ "\"elapsed_time\":1.5", "elapsed_time bad-type" },
		{ "\"elapsed_time\":-1", "elapsed_time out-of-range" },
		{ "\"retry_count_attempt\":1001", "retry_count_attempt out-of-range" },
		{ "\"was_previously_connected\":1", "was_previously_connected bad-type" },
		{ "\"was_previously_connected\":\"true\"", "was_previously_connected bad-type" },
		{ "\"previously_connected_timestamp\":\"today\"", "previously_connected_timestamp bad-time" },
		{ "\"previously_connected_timestamp\":-1", "previously_connected_timestamp bad-time" },
		{ "\"previously_connected_timestamp\":0.5", "previously_connected_timestamp bad-type" },
		{ "\"previously_connected_timestamp\":true", "previously_connected_timestamp bad-type" },
		{ "\"outcome\":\"Success\"", "outcome bad-value" },
		{ "\"peer_connection\":\"publisher\"", "peer_connection bad-value" },
		{ "\"screen_share_status\":\"granted\"", "screen_share_status bad-value" },
		{ "\"microphone_permission_status\":\"x\"", "microphone_permission_status bad-value" },
		{ "\"camera_permission_status\":\"x\"", "camera_permission_status bad-value" },
		{ "\"user_id\":1e999", "user_id bad-number" },
		{ "\"elapsed_time\":9223372036854775808", "elapsed_time bad-number" },
		{ "\"user_id\":\"\\ud800\"", "user_id bad-string" },
		{ "\"new\":\"\xff\"", "new bad-utf8" },
		{ "\"new\":{\"a\":{\"b\":1,\"b\":1}}", "new duplicate-key" },
		{ "\"stage\":\"x\"", "stage duplicate-key" },
	};
	char json[1000];

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		strcpy(json, "{" PLAIN ",");
		strcat(json, cases[i].member);
		strcat(json, "}");
		ck_assert_msg(judge(json) == ENGINE_E_REJECTED, "taken: %s", json);
		ck_assert_str_eq(told(), cases[i].told);
	}
	ck_assert_int_eq(judge("[1]"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "- bad-type");
}
END_TEST

START_TEST(a_text_may_have_as_many_characters_as_its_limit_not_bytes)
{
	char json[2000];

	/* Sixty-four characters of two bytes each, then one more. */
	for (int n = 64; n <= 65; n++) {
		strcpy(json, "{" PLAIN ",\"type\":\"");
		for (int i = 0; i < n; i++)
			strcat(json, "é");
		strcat(json, "\"}");
		ck_assert_int_eq(judge(json), n == 64 ? 0 : ENGINE_E_REJECTED);
	}
	ck_assert_str_eq(told(), "type too-long");
}
END_TEST

START_TEST(all_problems_of_an_event_are_told_the_broken_rules_last)
{
	ck_assert_int_eq(judge("{\"elapsed_time\":\"x\",\"x\":1,\"x\":2,\"stage\":\"WSJoin\","
			       "\"event_type\":\"completed\",\"outcome\":\"meh\",\"ice_state\":\"odd\"," CALL "}"),
			 ENGINE_E_REJECTED);
	/* The outcome is there, though bad: it is not also called missing. */
	ck_assert_str_eq(told(), "elapsed_time bad-type, x duplicate-key, outcome bad-value, "
			 "stage_id required, retry_count_attempt required, call_session_id required, "
			 "ice_state unknown");
}
END_TEST

START_TEST(strict_conformance_rejects_what_would_be_flagged)
{
	ctx.strict = true;
	ck_assert_int_eq(judge("{" PLAIN "}"), 0);
	ck_assert_int_eq(judge("{" WSJOIN ",\"event_type\":\"initiated\",\"outcome\":\"success\"}"),
			 ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "outcome forbidden");
	ck_assert_str_eq(problems[0].message, "outcome is there, but forbidden on events whose stage is "
			 "\"WSJoin\" and event_type is \"initiated\" and outcome is \"success\": leave it out");
	ck_assert_int_eq(judge("{" PLAIN ",\"ice_state\":\"odd\"}"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "ice_state unknown");
	ck_assert_int_eq(judge("{\"event_type\":\"x\"," T "}"), ENGINE_E_REJECTED);
	ck_assert_str_eq(problems[0].message, "stage is missing, but required on every event: send it");
}
END_TEST

START_TEST(a_message_names_the_field_what_was_found_and_what_to_do)
{
	char place[100];

	ck_assert_int_eq(judge("{" PLAIN ",\"retry_count_attempt\":1001}"), ENGINE_E_REJECTED);
	ck_assert_str_eq(problems[0].message, "retry_count_attempt is 1001, but must be an integer of "
			 "0 to 1000: send one in this range");
	ck_assert_int_eq(judge("{" PLAIN ",\"user_id\":1e999}"), ENGINE_E_REJECTED);
	(void) snprintf(place, sizeof(place), "byte %zu of the line", strlen("{" PLAIN ",\"user_id\":"));
	ck_assert_ptr_nonnull(strstr(problems[0].message, place));
}
END_TEST

START_TEST(a_message_quotes_odd_text_cut_and_without_control_characters)
{
	char json[1000] = "{" PLAIN ",\"outcome\":\"a\\n\\u001b[1m\\u009b\\u007f\\\"";
	const char *quoted = "\"a\\u000a\\u001b[1m\\u009b\\u007f\\\"";

	for (int i = 0; i < 70; i++)
		strcat(json, "ü");
	strcat(json, "\"}");
	ck_assert_int_eq(judge(json), ENGINE_E_REJECTED);
	ck_assert_ptr_nonnull(strstr(problems[0].message, quoted));
	ck_assert_ptr_nonnull(strstr(problems[0].message, "üüü\"…"));
}
END_TEST

START_TEST(an_event_with_a_flood_of_problems_is_told_so_many)
{
	char json[4000] = "{\"a\":\"\\ud800\"";
	char member[100];

	for (int i = 0; i < 60; i++) {
		(void) snprintf(member, sizeof(member), ",\"a%d\":\"\\ud800\"", i);
		strcat(json, member);
	}
	strcat(json, "}");
	ck_assert_int_eq(judge(json), ENGINE_E_REJECTED);
	ck_assert_uint_eq(n_problems, LIMIT_PROBLEMS);
}
END_TEST

/* A vendor without rules, with the types the others have no use for. */
static struct dialect_index stats_index;
static const struct field stats_fields[] = {
	{ "jitter", NULL, .type = FIELD_REAL },
	{ "count", NULL, .type = FIELD_INT, .min = -5, .max = 5, .required = true },
};
static const struct dialect stats = {
	.source = "stats", .title = "statistics", .fields = stats_fields, .n_fields = 2,
	.index = &stats_index,
};

START_TEST(a_dialect_needs_neither_rules_nor_a_time_field)
{
	uint64_t d;

	ck_assert_int_eq(judge_as(&stats, "{\"jitter\":2.5,\"count\":-5}"), 0);
	ck_assert_int_eq(values_at(&event->values, 0)->kind, VALUE_REAL);
	ck_assert(values_at(&event->values, 0)->d == 2.5);
	ck_assert(event->stamped);
	d = event->digest;
	ck_assert_int_eq(judge_as(&stats, "{\"jitter\":3,\"count\":-5}"), 0);
	ck_assert(values_at(&event->values, 0)->d == 3);
	ck_assert_uint_ne(event->digest, d);
	ck_assert_int_eq(judge_as(&stats, "{}"), 0);
	ck_assert_str_eq(violations(), "count required");
	ck_assert_int_eq(judge_as(&stats, "{\"count\":6,\"jitter\":\"1\"}"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "count out-of-range, jitter bad-type");
}
END_TEST

static struct dialect_index kinds_index;
static const struct field kinds_fields[] = {
	{ "kind", NULL, .type = FIELD_TEXT, .max_chars = 9 },
	{ "loss", NULL, .type = FIELD_INT, .max = 5 },
	{ "peer", NULL, .type = FIELD_INT, .max = 5 },
};
static const struct rule_column kinds_columns[] = { { { "loss" } }, { { "left" } }, { { "shut" } } };
static const struct rule_row kinds_rows[] = { { 1, "R FF" }, { 2, "RRR" } };
static const struct rules kinds_rules = {
	.n_when = 1, .columns = kinds_columns, .n_columns = 3, .rows = kinds_rows, .n_rows = 2,
};
static const struct dialect kinds = {
	.source = "kinds", .title = "kinds", .fields = kinds_fields, .n_fields = 3,
	.rules = &kinds_rules, .index = &kinds_index,
};

START_TEST(an_event_of_no_known_kind_is_asked_for_nothing_even_where_all_kinds_agree)
{
	ck_assert_int_eq(judge_as(&kinds, "{\"kind\":\"loss\"}"), 0);
	ck_assert_str_eq(violations(), "loss required, peer required");
	ck_assert_int_eq(judge_as(&kinds, "{\"kind\":\"shut\",\"loss\":1}"), 0);
	ck_assert_str_eq(violations(), "loss forbidden, peer required");
	ck_assert_int_eq(judge_as(&kinds, "{\"kind\":\"new\"}"), 0);
	ck_assert_str_eq(violations(), "");
	ck_assert_int_eq(judge_as(&kinds, "{}"), 0);
	ck_assert_str_eq(violations(), "");
}
END_TEST

/* A vendor with all that a table can say. */
enum { ROOM_NAME, ROOM_ROOM, ROOM_FLAT_ROOM, ROOM_STAGE, ROOM_AUDIO, ROOM_VIDEO, ROOM_STREAM, ROOM_JOINED,
       ROOM_CREATED, ROOM_CODE, ROOM_REASON, ROOM_LEVEL, ROOM_PHONES, ROOM_DATA, ROOM_ARN, ROOM_NUMBER,
       ROOM_WORD, ROOM_DELIVERY, N_ROOM_FIELDS };
enum { STAT_USER, STAT_RATE, STAT_LOSS, STAT_KIND, STAT_MORE, N_STAT_FIELDS };

static const char *const leave[] = { "leave", NULL };
static const char *const ban[] = { "ban", "kick", NULL };
static const char *const upload[] = { "upload", NULL };
static const char *const note[] = { "note", NULL };
static const char *const stats_kinds[] = { "stats", NULL };
static const char *const stat_kinds[] = { "audio", "video", NULL };
static const char *const words[] = { "yes", "no", NULL };

static struct dialect_index room_index, stat_index;
#define TEXT(limit) .type = FIELD_TEXT, .max_chars = (limit)
static const struct field room_fields[N_ROOM_FIELDS] = {
	[ROOM_NAME] = { "name", NULL, TEXT(20), .from = FROM_CONTEXT, .required = true },
	[ROOM_ROOM] = { "meeting.roomId", "room", TEXT(8) },
	[ROOM_FLAT_ROOM] = { "roomId", "flat_room", TEXT(8), .from = FROM_CONTEXT },
	[ROOM_STAGE] = { "stage", NULL, TEXT(8), .from = FROM_CONTEXT },
	[ROOM_AUDIO] = { "content.media.audio", "audio", .type = FIELD_BOOL },
	[ROOM_VIDEO] = { "content.media.video", "video", .type = FIELD_BOOL },
	[ROOM_STREAM] = { "content.stream", "stream", TEXT(4) },
	[ROOM_JOINED] = { "joined", "joined_us", .type = FIELD_TIME },
	[ROOM_CREATED] = { "created", NULL, .type = FIELD_TIME, .role = ROLE_TIME },
	[ROOM_CODE] = { "reason.code", "reason_code", .type = FIELD_INT, .max = 10, .only = leave },
	[ROOM_REASON] = { "reason", NULL, TEXT(9), .only = ban, .required = true },
	[ROOM_LEVEL] = { "level", NULL, .type = FIELD_REAL, .min = 0, .max = 6 },
	[ROOM_PHONES] = { "sender.phones", "phones", .type = FIELD_JSON, .privacy = PRIVACY_PHONE },
	[ROOM_DATA] = { "data", NULL, .type = FIELD_JSON, .max_chars = 20 },
	[ROOM_ARN] = { "resources", "arn", TEXT(30), .in_list = true, .pattern = "^arn:[a-z]+$" },
	[ROOM_NUMBER] = { "", "number", .type = FIELD_INT, .max = 999, .only = upload },
	[ROOM_WORD] = { "", "word", TEXT(9), .only = note, .known = words },
	[ROOM_DELIVERY] = { "deliveryId", "delivery", TEXT(9), .from = FROM_CONTEXT },
};
static const struct field stat_fields[N_STAT_FIELDS] = {
	[STAT_USER] = { "user", NULL, TEXT(4) },
	[STAT_RATE] = { "rate", NULL, .type = FIELD_INT, .max = 1000 },
	[STAT_LOSS] = { "net.loss", "loss", .type = FIELD_REAL },
	[STAT_KIND] = { "kind", NULL, TEXT(9), .known = stat_kinds },
	[STAT_MORE] = { "more", NULL, .type = FIELD_JSON },
};
static const struct rule_column stat_columns[] = { { { "stats" } } };
static const struct rule_row stat_rows[] = { { STAT_USER, "R" }, { STAT_RATE, "R" } };
static const struct rules stat_rules = {
	.when = { ROOM_NAME }, .n_when = 1, .columns = stat_columns, .n_columns = 1,
	.rows = stat_rows, .n_rows = 2,
};
static const struct rule_column room_columns[] = { { { "leave" } }, { { "join" } } };
static const struct rule_row room_rows[] = { { ROOM_CODE, "R-" }, { ROOM_ROOM, "-R" } };
static const struct rules room_rules = {
	.when = { ROOM_NAME }, .n_when = 1, .columns = room_columns, .n_columns = 2,
	.rows = room_rows, .n_rows = 2,
};
static const struct items room_items = {
	.table = "stat", .fields = stat_fields, .n_fields = N_STAT_FIELDS, .rules = &stat_rules,
	.kinds = stats_kinds, .index = &stat_index,
};
static const char *const join[] = { "join", NULL };
static const struct time_rule room_times[] = { { join, ROOM_JOINED } };
static const uint8_t room_scope[] = { ROOM_STAGE, ROOM_ROOM, ROOM_FLAT_ROOM };
static const struct dialect room = {
	.source = "room", .title = "room events", .table = "room", .fields = room_fields,
	.n_fields = N_ROOM_FIELDS, .rules = &room_rules, .kind_field = ROOM_NAME, .items = &room_items,
	.times = room_times, .n_times = 1, .scope_fields = room_scope, .n_scope_fields = 3,
	.delivery_field = ROOM_DELIVERY + 1, .index = &room_index,
};

static void set_context(size_t i, const char *json)
{
	struct scan_fault fault;

	ck_assert_int_eq(scan_line(&contexts[i], json, strlen(json), &fault), 0);
	ctx.contexts[i] = (struct engine_object) { &contexts[i], 0 };
}

/* An event whose context has the name, and more of it behind. */
static int judge_room(const char *name, const char *more, const char *payload)
{
	char context[300];

	(void) snprintf(context, sizeof(context), "{\"name\":\"%s\"%s}", name, more);
	set_context(0, context);
	return judge_as(&room, payload);
}

static void expect_scope(const char *place, const char *name)
{
	ck_assert_str_eq(event->scope_place->text, place);
	ck_assert_str_eq(event->scope_name->text, name);
}

static const char *extra_of(const char *name, const char *payload)
{
	int r = judge_room(name, "", payload);

	if (r != 0)
		ck_abort_msg("%s", problems[0].message);
	return event->extra ? event->extra : "";
}

START_TEST(a_path_leads_into_objects_and_what_is_unknown_stays_in_its_place)
{
	ck_assert_str_eq(extra_of("x", "{\"z\":1,\"content\":{\"stream\":\"s\",\"media\":{\"video\":false,"
		"\"zoom\":[2],\"audio\":true,\"b\":null,\"a\":{\"q\":\"\",\"p\":1}},\"id\":\"i\"},\"audio\":\"n\"}"),
		"{\"audio\":\"n\",\"content\":{\"id\":\"i\",\"media\":{\"a\":{\"p\":1},\"zoom\":[2]}},\"z\":1}");
	ck_assert_int_eq(values_at(&event->values, ROOM_AUDIO)->i, 1);
	ck_assert_int_eq(values_at(&event->values, ROOM_VIDEO)->kind, VALUE_INT);
	ck_assert_str_eq(values_at(&event->values, ROOM_STREAM)->text, "s");
	ck_assert_str_eq(extra_of("x", "{\"content\":{\"stream\":\"s\",\"media\":{\"audio\":true}}}"), "");
}
END_TEST

START_TEST(an_object_that_holds_nothing_known_is_not_lost)
{
	ck_assert_str_eq(extra_of("x", "{\"content\":{\"stream\":\"s\",\"media\":{}}}"),
			 "{\"content\":{\"media\":{}}}");
	ck_assert_str_eq(extra_of("x", "{\"content\":{\"media\":{\"audio\":null}}}"),
			 "{\"content\":{\"media\":{}}}");
	ck_assert_str_eq(extra_of("x", "{\"content\":{}}"), "{\"content\":{}}");
	ck_assert_str_eq(extra_of("x", "{\"content\":{\"media\":{\"audio\":true}}}"), "");
}
END_TEST

START_TEST(a_fault_within_an_object_is_told_with_its_path)
{
	ck_assert_int_eq(judge_room("join", "", "{\"content\":\"x\",\"meeting\":7}"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "content bad-type, meeting bad-type");
	ck_assert_int_eq(judge_room("x", "", "{\"content\":{\"media\":[],\"stream\":\"sssss\"}}"),
			 ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "content.media bad-type, content.stream too-long");
	ck_assert_int_eq(judge_room("x", "", "{\"content\":{\"media\":{\"audio\":\"\\ud800\",\"new\":1e999},"
				    "\"media\":{\"audio\":1}},\"content\":{}}"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "content duplicate-key, content.media duplicate-key, "
			 "content.media.audio bad-string, content.media.new bad-number");
	ck_assert_int_eq(judge_room("join", "", "{\"meeting\":{}}"), 0);
	ck_assert_str_eq(violations(), "meeting.roomId required");
}
END_TEST

START_TEST(a_context_gives_fields_the_line_before_the_hello)
{
	set_context(1, "{\"roomId\":\"hello\",\"stage\":\"st\",\"other\":1}");
	ck_assert_int_eq(judge_room("x", ",\"stage\":\"\",\"roomId\":\"line\",\"more\":{}", "{}"), 0);
	ck_assert_str_eq(values_at(&event->values, ROOM_NAME)->text, "x");
	ck_assert_str_eq(values_at(&event->values, ROOM_FLAT_ROOM)->text, "line");
	ck_assert_str_eq(values_at(&event->values, ROOM_STAGE)->text, "st");
	expect_scope("st", "line");
	ck_assert_int_eq(judge_room("x", ",\"roomId\":\"123456789\",\"stage\":1", "{}"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "context.roomId too-long, context.stage bad-type, context.other unknown");
	ctx.contexts[0] = ctx.contexts[1] = (struct engine_object) {};
	ck_assert_int_eq(judge_as(&room, "{\"name\":\"x\",\"roomId\":\"r\"}"), 0);
	ck_assert_str_eq(violations(), "context.name required");
	ck_assert_str_eq(event->extra, "{\"name\":\"x\",\"roomId\":\"r\"}");
}
END_TEST

START_TEST(what_the_context_says_is_part_of_the_digest)
{
	uint64_t d;

	ck_assert_int_eq(judge_room("x", ",\"stage\":\"a\"", "{}"), 0);
	d = event->digest;
	ck_assert_int_eq(judge_room("x", ",\"stage\":\"b\"", "{}"), 0);
	ck_assert_uint_ne(event->digest, d);
	/* What nobody asked for as well: it is kept. */
	ck_assert_int_eq(judge_room("x", ",\"more\":1,\"stage\":\"a\"", "{}"), 0);
	ck_assert_uint_ne(event->digest, d);
	d = event->digest;
	set_context(1, "{\"more\":1.0}");
	ck_assert_int_eq(judge_room("x", ",\"stage\":\"a\"", "{}"), 0);
	ck_assert_uint_eq(event->digest, d);
}
END_TEST

START_TEST(a_strange_key_of_a_context_is_flagged_and_kept)
{
	set_context(1, "{\"b\":{\"y\":null,\"x\":2},\"a\":\"hello\",\"none\":null,\"stageArn\":\"another vendor's\"}");
	ck_assert_int_eq(judge_room("x", ",\"a\":\"line\",\"userId\":\"\",\"roomId\":\"r\"", "{\"z\":1,\"stage\":\"s\"}"), 0);
	ck_assert_str_eq(violations(), "context.a unknown, context.b unknown");
	ck_assert_str_eq(event->extra, "{\"stage\":\"s\",\"z\":1,\"context.\":{\"a\":\"line\",\"b\":{\"x\":2}}}");
	ctx.contexts[1] = (struct engine_object) {};
	/* Of another vendor's, too, on a line that names its own. */
	ck_assert_int_eq(judge_room("x", ",\"stageArn\":\"s\"", "{}"), 0);
	ck_assert_str_eq(violations(), "context.stageArn unknown");
	ck_assert_str_eq(event->extra, "{\"context.\":{\"stageArn\":\"s\"}}");
	/* A payload that has the key itself is kept as it is. */
	ck_assert_int_eq(judge_room("x", ",\"a\":1", "{\"context.\":5}"), 0);
	ck_assert_str_eq(violations(), "context.a unknown");
	ck_assert_str_eq(event->extra, "{\"context.\":5}");
	ctx.strict = true;
	ck_assert_int_eq(judge_room("x", ",\"a\":1", "{}"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "context.a unknown");
	ck_assert_str_eq(problems[0].message, "context.a is there, but room events know only name, roomId, stage, "
			 "deliveryId in a context: leave it out");
}
END_TEST

START_TEST(what_is_kept_of_strange_keys_is_bounded)
{
	static char context[3 * LIMIT_STRANGE_BYTES];
	size_t n = (size_t) sprintf(context, "{\"name\":\"x\",\"long\":\"%0*d\"", LIMIT_STRANGE_BYTES, 7);

	for (int i = 0; i < LIMIT_STRANGE_KEYS; i++)
		n += (size_t) sprintf(context + n, ",\"k%02d\":%d", i, i);
	(void) sprintf(context + n, "}");
	set_context(0, context);
	ck_assert_int_eq(judge_as(&room, "{}"), 0);
	ck_assert_uint_eq(event->n_violations, LIMIT_STRANGE_KEYS);
	ck_assert_uint_lt(event->n_extra, LIMIT_STRANGE_BYTES);
	ck_assert_ptr_null(strstr(event->extra, "long"));
	ck_assert_ptr_nonnull(strstr(event->extra, "{\"k00\":0,\"k01\":1"));
}
END_TEST

START_TEST(a_key_means_what_it_means_on_the_kind_of_event)
{
	ck_assert_int_eq(judge_room("leave", "", "{\"reason\":{\"code\":7,\"msg\":\"m\"}}"), 0);
	ck_assert_int_eq(values_at(&event->values, ROOM_CODE)->i, 7);
	ck_assert_str_eq(event->extra, "{\"reason\":{\"msg\":\"m\"}}");
	ck_assert_int_eq(judge_room("kick", "", "{\"reason\":\"spam\"}"), 0);
	ck_assert_str_eq(values_at(&event->values, ROOM_REASON)->text, "spam");
	ck_assert_int_eq(judge_room("kick", "", "{\"reason\":{\"code\":7}}"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "reason bad-type");
	ck_assert_int_eq(judge_room("leave", "", "{\"reason\":\"spam\"}"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "reason bad-type");
	ck_assert_str_eq(extra_of("x", "{\"reason\":\"spam\"}"), "{\"reason\":\"spam\"}");
	ck_assert_str_eq(extra_of("x", "{\"reason\":{\"code\":99}}"), "{\"reason\":{\"code\":99}}");
	ck_assert_int_eq(judge_room("leave", "", "{}"), 0);
	ck_assert_str_eq(violations(), "reason.code required");
	ck_assert_int_eq(judge_room("kick", "", "{}"), 0);
	ck_assert_str_eq(violations(), "reason required");
}
END_TEST

START_TEST(a_payload_may_be_a_number_or_a_text_where_the_kind_has_it_so)
{
	ck_assert_int_eq(judge_room("upload", "", "200"), 0);
	ck_assert_int_eq(values_at(&event->values, ROOM_NUMBER)->i, 200);
	ck_assert_int_eq(judge_room("upload", "", "1000"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "event out-of-range");
	ck_assert_int_eq(judge_room("upload", "", "99999999999999999999"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "event bad-number");
	ck_assert_int_eq(judge_room("note", "", "\"yes\""), 0);
	ck_assert_str_eq(values_at(&event->values, ROOM_WORD)->text, "yes");
	ck_assert_int_eq(judge_room("note", "", "\"maybe\""), 0);
	ck_assert_str_eq(violations(), "event unknown");
	ck_assert_int_eq(judge_room("note", "", "[1]"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "- bad-type");
	ck_assert_int_eq(judge_room("x", "", "200"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "- bad-type");
	ck_assert_str_eq(extra_of("upload", "{\"status\":200}"), "{\"status\":200}");
}
END_TEST

START_TEST(what_is_known_by_its_name_alone_may_have_an_array_or_a_number_for_a_payload)
{
	static const struct { const char *name, *payload, *want; } cases[] = {
		{ "x", "[{\"b\":1e1,\"a\":[ ]},2, \"c\"]", "[{\"a\":[],\"b\":10},2,\"c\"]" },
		{ "x", "[]", "[]" }, { "x", "7", "7" }, { "x", "0.50", "0.5" }, { "x", "{}", "" },
		{ "x", "\"7\"", "- bad-type" }, { "x", "true", "- bad-type" },
		{ "x", "[99999999999999999999]", "event bad-number" }, { "x", "[{\"a\":1,\"a\":2}]", "event duplicate-key" },
		{ "join", "[]", "- bad-type" }, { "leave", "7", "- bad-type" }, { "ban", "[]", "- bad-type" },
		{ "upload", "[200]", "- bad-type" }, { "stats", "7", "- bad-type" }, { "", "[5]", "[5]" },
	};
	struct dialect open = room;

	open.any_payload = true;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		char context[50];
		int r;

		(void) snprintf(context, sizeof(context), "{\"name\":\"%s\"}", cases[i].name);
		set_context(0, context);
		r = judge_as(&open, cases[i].payload);
		ck_assert_str_eq(r == ENGINE_E_REJECTED ? told() : event->extra ? event->extra : "", cases[i].want);
	}
}
END_TEST

START_TEST(a_payload_of_another_form_is_refused_with_what_would_do)
{
	static const struct { const char *name, *payload, *end; } cases[] = {
		{ "leave", "[]", "whose context.name is \"leave\" must be an object, but this is an array: send {\"reason\":…}" },
		{ "join", "5", "must be an object, but this is 5: send {\"meeting\":…}" },
		{ "ban", "5", "must be an object, but this is 5: send {\"reason\":…}" },
		{ "upload", "[200]", "must be an object or a bare value, but this is an array: "
		  "send an object, or that value alone" },
		{ "stats", "{}", "whose context.name is \"stats\" must be an array, but this is an object: send an array" },
		{ "x", "\"a\"", "must be an object, but this is \"a\": send an object" },
		{ "", "[]", "an event of room events must be an object, but this is an array: send an object" },
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		const char *message;

		ck_assert_int_eq(judge_room(cases[i].name, "", cases[i].payload), ENGINE_E_REJECTED);
		message = problems[0].message;
		ck_assert_msg(strlen(message) >= strlen(cases[i].end) &&
			      strcmp(message + strlen(message) - strlen(cases[i].end), cases[i].end) == 0, "%s", message);
	}
}
END_TEST

START_TEST(the_elements_of_an_array_are_judged_one_by_one)
{
	ck_assert_int_eq(judge_room("stats", "", "[{\"user\":\"ana\",\"rate\":5,\"net\":{\"loss\":0.5,\"x\":1}},"
				    "{\"rate\":7,\"kind\":\"smell\",\"more\":{\"b\":2,\"a\":1}},{}]"), 0);
	ck_assert_uint_eq(event->n_items, 3);
	ck_assert_str_eq(values_at(&event->items[0].values, STAT_USER)->text, "ana");
	ck_assert_int_eq(values_at(&event->items[0].values, STAT_RATE)->i, 5);
	ck_assert(values_at(&event->items[0].values, STAT_LOSS)->d == 0.5);
	ck_assert_str_eq(event->items[0].extra, "{\"net\":{\"x\":1}}");
	ck_assert_int_eq(values_at(&event->items[1].values, STAT_RATE)->i, 7);
	ck_assert_str_eq(values_at(&event->items[1].values, STAT_MORE)->text, "{\"a\":1,\"b\":2}");
	ck_assert_ptr_null(event->items[1].extra);
	ck_assert_int_eq(values_at(&event->items[2].values, STAT_RATE)->kind, VALUE_ABSENT);
	ck_assert_ptr_null(event->extra);
	ck_assert_str_eq(violations(), "[].user required, [].rate required, [].kind unknown");
	ck_assert_int_eq(judge_room("stats", "", "[]"), 0);
	ck_assert_uint_eq(event->n_items, 0);
	ck_assert_int_eq(judge_room("stats", "", "[{\"x\":1}]"), 0);
	ck_assert_str_eq(event->items[0].extra, "{\"x\":1}");
	ck_assert_ptr_null(event->extra);
}
END_TEST

START_TEST(problems_of_an_element_say_which)
{
	ck_assert_int_eq(judge_room("stats", "", "[{\"user\":\"a\",\"rate\":5},{\"rate\":\"x\"},8,"
				    "{\"user\":\"a\",\"rate\":1,\"new\":\"\\ud800\"}]"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "[1].rate bad-type, [2] bad-type, [3].new bad-string, [].user required");
	ck_assert_ptr_nonnull(strstr(problems[0].message, "[1].rate is \"x\""));
	ck_assert_int_eq(judge_room("stats", "", "{\"rate\":1}"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "- bad-type");
	ck_assert_ptr_nonnull(strstr(problems[0].message, "send an array"));
	ctx.strict = true;
	ck_assert_int_eq(judge_room("stats", "", "[{\"rate\":1}]"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "[].user required");
	ck_assert_int_eq(judge_room("stats", "", "[{\"user\":\"a\",\"rate\":1,\"kind\":\"audio\"},{\"user\":\"a\",\"rate\":1,"
				    "\"kind\":\"smell\"},{\"user\":\"a\",\"rate\":1,\"kind\":\"taste\"}]"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "[1].kind unknown");
	ck_assert_str_eq(problems[0].message,
			 "[1].kind is \"smell\", but room events know only audio, video: send one of these");
}
END_TEST

START_TEST(an_array_may_have_so_many_elements)
{
	static char json[4 * LIMIT_ITEMS + 10];
	size_t at = 0;

	json[at++] = '[';
	for (int i = 0; i < LIMIT_ITEMS; i++)
		at += (size_t) sprintf(json + at, "{},");
	strcpy(json + at - 1, "]");
	ck_assert_int_eq(judge_room("stats", "", json), 0);
	ck_assert_uint_eq(event->n_items, LIMIT_ITEMS);
	strcpy(json + at - 1, ",{}]");
	ck_assert_int_eq(judge_room("stats", "", json), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "event too-long");
}
END_TEST

START_TEST(the_digest_tells_items_apart)
{
	static const char *const different[] = {
		"[]", "[{}]", "[{},{}]", "[{\"user\":\"a\"},{}]", "[{},{\"user\":\"a\"}]",
		"[{\"user\":\"a\",\"x\":1},{}]", "[{\"user\":\"a\"},{\"x\":1}]",
	};
	uint64_t digests[N_ELEMENTS(different)];

	for (size_t i = 0; i < N_ELEMENTS(different); i++) {
		ck_assert_int_eq(judge_room("stats", "", different[i]), 0);
		digests[i] = event->digest;
		for (size_t k = 0; k < i; k++)
			ck_assert_uint_ne(digests[k], digests[i]);
	}
	ck_assert_int_eq(judge_room("stats", "", "[{\"x\":1e0,\"user\":\"\\u0061\"},{\"rate\":null}]"), 0);
	ck_assert_uint_eq(event->digest, digests[5]);
}
END_TEST

START_TEST(reals_lists_patterns_and_whole_values_are_checked_each_their_way)
{
	ck_assert_int_eq(judge_room("x", "", "{\"level\":6,\"data\":[{\"b\":1,\"a\":null}],"
				    "\"resources\":[\"arn:x\"]}"), 0);
	ck_assert(values_at(&event->values, ROOM_LEVEL)->d == 6);
	ck_assert_str_eq(values_at(&event->values, ROOM_DATA)->text, "[{\"b\":1}]");
	ck_assert_str_eq(values_at(&event->values, ROOM_ARN)->text, "arn:x");
	ck_assert_str_eq(violations(), "");
	ck_assert_int_eq(judge_room("x", "", "{\"level\":6.01,\"data\":\"x\",\"resources\":\"arn:x\"}"),
			 ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "level out-of-range, data bad-type, resources bad-type");
	ck_assert_int_eq(judge_room("x", "", "{\"data\":[\"1234567890\",{\"abcdefg\":\"wxyz\"}]}"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "data too-long");
	ck_assert_int_eq(judge_room("x", "", "{\"resources\":[\"arn:X\"]}"), 0);
	ck_assert_str_eq(violations(), "resources pattern");
	ck_assert_str_eq(extra_of("x", "{\"resources\":[\"arn:x\",\"arn:y\"]}"),
			 "{\"resources\":[\"arn:x\",\"arn:y\"]}");
	ck_assert_str_eq(extra_of("x", "{\"resources\":[]}"), "{\"resources\":[]}");
	ctx.strict = true;
	ck_assert_int_eq(judge_room("x", "", "{\"resources\":[\"arn:X\"]}"), ENGINE_E_REJECTED);
	ck_assert_str_eq(told(), "resources pattern");
}
END_TEST

START_TEST(phone_numbers_are_dropped_unless_they_are_asked_for)
{
	const char *json = "{\"sender\":{\"phones\":[\"+1\"],\"id\":1}}";

	ck_assert_str_eq(extra_of("x", json), "{\"sender\":{\"id\":1}}");
	ck_assert_int_eq(values_at(&event->values, ROOM_PHONES)->kind, VALUE_ABSENT);
	ctx.keep_phone_numbers = true;
	ck_assert_str_eq(extra_of("x", json), "{\"sender\":{\"id\":1}}");
	ck_assert_str_eq(values_at(&event->values, ROOM_PHONES)->text, "[\"+1\"]");
}
END_TEST

START_TEST(the_kind_says_which_field_is_the_time)
{
	const char *json = "{\"joined\":\"1970-01-01T00:00:01Z\",\"created\":\"1970-01-01T00:00:02Z\"}";

	ck_assert_int_eq(judge_room("join", "", json), 0);
	ck_assert_int_eq(event->at_us, 1000000);
	ck_assert(event->timed && !event->stamped);
	ck_assert_int_eq(judge_room("leave", "", json), 0);
	ck_assert_int_eq(event->at_us, 2000000);
	ck_assert_int_eq(judge_room("join", "", "{\"created\":\"1970-01-01T00:00:02Z\"}"), 0);
	ck_assert_int_eq(event->at_us, 2000000);
	ctx.at_us = 77;
	ck_assert_int_eq(judge_room("leave", "", "{\"joined\":\"1970-01-01T00:00:01Z\"}"), 0);
	ck_assert_int_eq(event->at_us, 77);
	ck_assert(!event->timed && !event->stamped);
}
END_TEST

START_TEST(a_session_has_a_name_only_if_all_of_it_is_known)
{
	ck_assert_int_eq(judge_room("x", ",\"stage\":\"s\"", "{}"), 0);
	ck_assert_ptr_null(event->scope_name);
	ck_assert_int_eq(judge_room("x", ",\"roomId\":\"r\"", "{}"), 0);
	ck_assert_ptr_null(event->scope_name);
	ck_assert_int_eq(judge_room("x", ",\"stage\":\"s\",\"roomId\":\"r\"", "{}"), 0);
	expect_scope("s", "r");
	ck_assert_int_eq(judge_room("x", ",\"stage\":\"s\",\"roomId\":\"r\"", "{\"meeting\":{\"roomId\":\"q\"}}"), 0);
	expect_scope("s", "q");
}
END_TEST

START_TEST(a_delivery_is_known_again_whenever_and_as_whatever_it_is_taken)
{
	uint64_t d;

	ctx.at_us = 5;
	ck_assert_int_eq(judge_room("x", ",\"deliveryId\":\"d1\"", "{\"a\":1}"), 0);
	d = event->digest;
	ctx.at_us = 6;
	ctx.sender_id = "again";
	ck_assert_int_eq(judge_room("x", ",\"deliveryId\":\"d1\"", "{\"a\":1}"), 0);
	ck_assert_uint_eq(event->digest, d);
	ctx.at_us = 5;
	ctx.sender_id = NULL;
	ck_assert_int_eq(judge_room("x", ",\"deliveryId\":\"d2\"", "{\"a\":1}"), 0);
	ck_assert_uint_ne(event->digest, d);
	/* Nobody delivers two things as one, but if so, both are there. */
	ck_assert_int_eq(judge_room("x", ",\"deliveryId\":\"d1\"", "{\"a\":2}"), 0);
	ck_assert_uint_ne(event->digest, d);
	ck_assert_int_eq(judge_room("x", "", "{\"a\":1}"), 0);
	ck_assert_uint_ne(event->digest, d);
}
END_TEST

START_TEST(every_listed_source_can_be_named)
{
	ck_assert_uint_gt(n_dialects, 0);
	for (size_t i = 0; i < n_dialects; i++) {
		const char *source = dialects[i]->source;
		const struct dialect *d = dialect_by_source(source, strlen(source));

		ck_assert_ptr_nonnull(d);
		ck_assert_str_eq(d->source, source);
		ck_assert_ptr_nonnull(strstr(dialect_sources(), source));
	}
	ck_assert_ptr_null(dialect_by_source("strea", 5));
	ck_assert_ptr_null(dialect_by_source("", 0));
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("engine");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, every_field_arrives_typed_and_in_its_place);
	tcase_add_test(t, a_generic_event_needs_stage_event_type_and_timestamp_only);
	tcase_add_test(t, join_initiated_may_carry_a_connection_but_no_stage_id);
	tcase_add_test(t, a_coordinator_connection_asks_for_no_attempt_call_or_session);
	tcase_add_test(t, a_completed_stage_without_outcome_is_asked_for_what_both_outcomes_need);
	tcase_add_test(t, an_initiated_stage_must_not_have_an_outcome);
	tcase_add_test(t, an_event_of_its_own_kind_within_a_stage_is_asked_for_what_the_stage_always_needs);
	tcase_add_test(t, a_first_frame_is_never_completed);
	tcase_add_test(t, device_permissions_are_asked_for_whatever_their_event_type);
	tcase_add_test(t, an_undocumented_ice_state_is_flagged_and_kept);
	tcase_add_test(t, the_attempt_id_unknown_is_no_id_but_is_not_lost);
	tcase_add_test(t, a_coordinator_connection_is_of_no_attempt_though_it_may_name_one);
	tcase_add_test(t, null_and_empty_texts_are_no_value_whatever_the_type);
	tcase_add_test(t, what_no_field_takes_is_kept_canonical);
	tcase_add_test(t, the_digest_does_not_depend_on_the_spelling);
	tcase_add_test(t, the_digest_tells_apart_what_differs);
	tcase_add_test(t, an_event_without_a_time_takes_the_envelopes_or_that_of_receipt);
	tcase_add_test(t, each_kind_of_bad_value_has_its_code);
	tcase_add_test(t, a_text_may_have_as_many_characters_as_its_limit_not_bytes);
	tcase_add_test(t, all_problems_of_an_event_are_told_the_broken_rules_last);
	tcase_add_test(t, strict_conformance_rejects_what_would_be_flagged);
	tcase_add_test(t, a_message_names_the_field_what_was_found_and_what_to_do);
	tcase_add_test(t, a_message_quotes_odd_text_cut_and_without_control_characters);
	tcase_add_test(t, an_event_with_a_flood_of_problems_is_told_so_many);
	tcase_add_test(t, a_dialect_needs_neither_rules_nor_a_time_field);
	tcase_add_test(t, an_event_of_no_known_kind_is_asked_for_nothing_even_where_all_kinds_agree);
	tcase_add_test(t, a_path_leads_into_objects_and_what_is_unknown_stays_in_its_place);
	tcase_add_test(t, an_object_that_holds_nothing_known_is_not_lost);
	tcase_add_test(t, a_fault_within_an_object_is_told_with_its_path);
	tcase_add_test(t, a_context_gives_fields_the_line_before_the_hello);
	tcase_add_test(t, what_the_context_says_is_part_of_the_digest);
	tcase_add_test(t, a_strange_key_of_a_context_is_flagged_and_kept);
	tcase_add_test(t, what_is_kept_of_strange_keys_is_bounded);
	tcase_add_test(t, a_key_means_what_it_means_on_the_kind_of_event);
	tcase_add_test(t, a_payload_may_be_a_number_or_a_text_where_the_kind_has_it_so);
	tcase_add_test(t, what_is_known_by_its_name_alone_may_have_an_array_or_a_number_for_a_payload);
	tcase_add_test(t, a_payload_of_another_form_is_refused_with_what_would_do);
	tcase_add_test(t, the_elements_of_an_array_are_judged_one_by_one);
	tcase_add_test(t, problems_of_an_element_say_which);
	tcase_add_test(t, an_array_may_have_so_many_elements);
	tcase_add_test(t, the_digest_tells_items_apart);
	tcase_add_test(t, reals_lists_patterns_and_whole_values_are_checked_each_their_way);
	tcase_add_test(t, phone_numbers_are_dropped_unless_they_are_asked_for);
	tcase_add_test(t, the_kind_says_which_field_is_the_time);
	tcase_add_test(t, a_session_has_a_name_only_if_all_of_it_is_known);
	tcase_add_test(t, a_delivery_is_known_again_whenever_and_as_whatever_it_is_taken);
	tcase_add_test(t, every_listed_source_can_be_named);
	return unit_main("engine", t);
}
