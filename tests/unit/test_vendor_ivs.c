/* What AWS documents of IVS stage events, tried on whole lines. */

#include "vendor_table.h"

#define CONTEXT \
	"\"context\":{\"stageArn\":\"arn:aws:ivs:us-west-2:123456789012:stage/abcdABCDefgh\"," \
	"\"sessionId\":\"st-a1b2c3d4e5f6g\"}"
#define JOINED "{\"name\":\"JOINED\",\"eventTime\":\"2026-08-21T20:30:34+00:00\",\"participantId\":\"p-1\"}"
#define ENVELOPED(event) "{\"source\":\"ivs\"," CONTEXT ",\"event\":" event "}"
#define EXCHANGED(token) ENVELOPED("{\"name\":\"TOKEN_EXCHANGED\",\"participantId\":\"p-1\"," \
	"\"eventTime\":\"2026-08-21T20:33:00Z\",\"newToken\":" token "}")
/* EventBridge; @more stands behind the type, @detail in the detail. */
#define BRIDGE(more, detail) \
	"{\"version\":\"0\",\"id\":\"db65fc17-1612-ef68-3aad-000000000001\",\"source\":\"aws.ivs\"," \
	"\"account\":\"123456789012\",\"time\":\"2026-08-21T06:36:53Z\",\"region\":\"us-east-1\"," \
	"\"resources\":[\"arn:aws:ivs:us-east-1:123456789012:stage/oWXSOfbOLMte\"]," \
	"\"detail-type\":" more ",\"detail\":{" detail "}}"
#define PUBLISHED \
	"\"session_id\":\"st-1CVugbu2cf2n8\",\"event_name\":\"Participant Published\"," \
	"\"event_time\":\"2026-08-21T06:36:53Z\",\"user_id\":\"\",\"participant_id\":\"03JY4smU3eXc\""

START_TEST(a_member_that_is_of_other_events_is_flagged_and_nothing_else_is)
{
	each_member('F', try_forbidden);
}
END_TEST

START_TEST(a_text_that_breaks_its_documented_pattern_is_flagged)
{
	each_member('*', try_pattern);
}
END_TEST

START_TEST(no_member_of_an_event_is_required_but_where_it_happened_is)
{
	expect_line(ENVELOPED("{}"), "");
	expect_line("{\"source\":\"ivs\",\"event\":" JOINED "}",
		    "context.stageArn required, context.sessionId required");
}
END_TEST

START_TEST(a_null_counts_as_absent_where_a_member_is_forbidden)
{
	expect_line(ENVELOPED("{\"name\":\"JOINED\",\"participantId\":\"p-1\",\"remoteParticipantId\":null,"
			      "\"errorCode\":null,\"destinationStageArn\":null,\"newToken\":null}"), "");
}
END_TEST

START_TEST(capabilities_are_two_words_at_most)
{
	expect_line(EXCHANGED("{\"capabilities\":[]}"), "");
	expect_line(EXCHANGED("{\"capabilities\":[\"SUBSCRIBE\"]}"), "");
	expect_line(EXCHANGED("{\"capabilities\":[\"PUBLISH\",\"MODERATE\"]}"), "newToken.capabilities unknown");
	expect_line(EXCHANGED("{\"capabilities\":[\"PUBLISH\",1]}"), "rejected bad-type newToken.capabilities");
	expect_line(EXCHANGED("{\"capabilities\":{}}"), "rejected bad-type newToken.capabilities");
	expect_line(EXCHANGED("{\"capabilities\":\"PUBLISH\"}"), "rejected bad-type newToken.capabilities");
	expect_line(EXCHANGED("{\"capabilities\":[\"PUBLISH\",\"SUBSCRIBE\",\"PUBLISH\"]}"),
		    "rejected too-long newToken.capabilities");
}
END_TEST

START_TEST(attributes_are_texts_by_name)
{
	expect_line(EXCHANGED("{\"attributes\":{}}"), "");
	expect_line(EXCHANGED("{\"attributes\":{\"role\":\"host\",\"seat\":null,\"team\":\"\"}}"), "");
	expect_line(EXCHANGED("{\"attributes\":{\"role\":\"host\",\"seat\":5}}"), "rejected bad-type newToken.attributes");
	expect_line(EXCHANGED("{\"attributes\":{\"role\":{\"is\":\"host\"}}}"), "rejected bad-type newToken.attributes");
	expect_line(EXCHANGED("{\"attributes\":[1]}"), "rejected bad-type newToken.attributes");
	expect_line(EXCHANGED("{\"attributes\":[]}"), "rejected bad-type newToken.attributes");
	expect_line(EXCHANGED("{\"attributes\":\"host\"}"), "rejected bad-type newToken.attributes");
}
END_TEST

START_TEST(what_a_token_should_have_been_is_told)
{
	expect_message(EXCHANGED("5"), "newToken is 5, but must be an object: send it so, or leave it out");
	expect_message(EXCHANGED("{\"capabilities\":\"PUBLISH\"}"),
		       "newToken.capabilities is \"PUBLISH\", but must be an array of texts: send it so");
	expect_message(EXCHANGED("{\"attributes\":{\"a\":{},\"b\":5}}"),
		       "newToken.attributes has an object in it, but must be an object whose values are texts: "
		       "send strings in quotes");
}
END_TEST

START_TEST(a_token_may_come_by_itself)
{
	expect_line(EXCHANGED("\"opaque\""), "");
	expect_line(EXCHANGED("7"), "rejected bad-type newToken");
	expect_line(EXCHANGED("[1]"), "rejected bad-type newToken");
	expect_line(ENVELOPED("{\"name\":\"JOINED\",\"previousToken\":\"opaque\"}"), "previousToken forbidden");
}
END_TEST

START_TEST(attributes_have_a_kilobyte_in_all)
{
	char line[4096], value[1100];

	for (int more = 0; more < 2; more++) {
		/* Two keys of four characters, a value of 16, and the rest. */
		memset(value, 'x', sizeof(value));
		value[1024 - 24 + more] = '\0';
		(void) snprintf(line, sizeof(line), EXCHANGED("{\"attributes\":{\"role\":\"0123456789abcdef\",\"rest\":\"%s\"}}"), value);
		expect_line(line, more ? "rejected too-long newToken.attributes" : "");
	}
}
END_TEST

START_TEST(a_list_of_events_is_taken_apart_wherever_it_stands)
{
	static const char *const lines[] = {
		"{\"source\":\"ivs\"," CONTEXT ",\"events\":[" JOINED "," JOINED "]}",
		"{\"source\":\"ivs\"," CONTEXT ",\"event\":{\"events\":[" JOINED "," JOINED "],\"nextToken\":\"abc\"}}",
	};

	for (size_t i = 0; i < N_ELEMENTS(lines); i++) {
		_cleanup_(verdict_deinit) struct verdict v = {};

		(void) judge_line(&v, lines[i]);
		ck_assert_uint_eq(v.batch.n_items, 3);
		for (size_t k = 0; k < 2; k++) {
			ck_assert_int_eq(v.batch.items[k].kind, ITEM_EVENT);
			ck_assert_str_eq(v.batch.items[k].event->dialect->table, "ivs_event");
			ck_assert_uint_eq(v.batch.items[k].event->n_violations, 0);
			ck_assert_int_eq(v.batch.items[k].event->at_us, INT64_C(1787344234000000));
		}
	}
}
END_TEST

/* What tells the event of the line, with more in its context and in itself, from others. */
static uint64_t digest(const char *context, const char *more)
{
	_cleanup_(verdict_deinit) struct verdict v = {};
	const struct item *item;
	char line[1000];

	(void) snprintf(line, sizeof(line), "{\"source\":\"ivs\",\"context\":{\"stageArn\":\"arn:aws:ivs:us-west-2:1:stage/s\","
			"\"sessionId\":\"st-a1b2c3d4e5f6g\"%s},\"event\":{\"name\":\"JOINED\",\"eventTime\":"
			"\"2026-08-21T20:30:34Z\"%s}}", context, more);
	item = judge_line(&v, line);
	ck_assert_int_eq(item->kind, ITEM_EVENT);
	return item->event->digest;
}

#define PARTICIPANT(id) ",\"participantId\":\"" id "\""

START_TEST(an_event_is_the_same_with_and_without_what_its_context_repeats)
{
	uint64_t d = digest("", PARTICIPANT("p-1"));

	ck_assert_uint_eq(digest(PARTICIPANT("p-1"), PARTICIPANT("p-1")), d);
	ck_assert_uint_eq(digest(PARTICIPANT("p-1"), ""), d);
	ck_assert_uint_ne(digest(PARTICIPANT("p-2"), PARTICIPANT("p-1")), d);
	ck_assert_uint_ne(digest(PARTICIPANT("p-2"), PARTICIPANT("p-1")), digest(PARTICIPANT("p-1"), PARTICIPANT("p-2")));
	ck_assert_uint_ne(digest(PARTICIPANT("p-2"), ""), d);
	ck_assert_uint_ne(digest("", ""), d);
}
END_TEST

START_TEST(an_event_is_the_same_with_and_without_a_replica_that_is_false)
{
	uint64_t d = digest("", PARTICIPANT("p-1"));

	ck_assert_uint_eq(digest("", PARTICIPANT("p-1") ",\"replica\":false"), d);
	ck_assert_uint_eq(digest(PARTICIPANT("p-1"), ",\"replica\":false"), d);
	ck_assert_uint_ne(digest("", PARTICIPANT("p-1") ",\"replica\":true"), d);
	ck_assert_uint_ne(digest(PARTICIPANT("p-1"), ",\"replica\":false,\"more\":1"), d);
	ck_assert_uint_eq(digest(PARTICIPANT("p-1"), ",\"replica\":false,\"more\":1"),
			  digest("", ",\"more\":1" PARTICIPANT("p-1")));
}
END_TEST

START_TEST(eventbridge_is_known_as_it_comes_and_within_an_envelope)
{
	static const char *const lines[] = {
		BRIDGE("\"IVS Stage Update\"", PUBLISHED),
		"{\"source\":\"ivs\",\"app\":\"x\",\"event\":" BRIDGE("\"IVS Stage Update\"", PUBLISHED) "}",
	};

	for (size_t i = 0; i < N_ELEMENTS(lines); i++) {
		_cleanup_(verdict_deinit) struct verdict v = {};
		const struct event *e;

		(void) judge_line(&v, lines[i]);
		ck_assert_int_eq(v.batch.items[0].kind, ITEM_EVENT);
		e = v.batch.items[0].event;
		ck_assert_str_eq(e->dialect->table, "ivs_bridge_event");
		ck_assert_uint_eq(e->n_violations, 0);
		ck_assert_int_eq(e->at_us, INT64_C(1787294213000000));
		ck_assert_str_eq(e->scope_place->text, "arn:aws:ivs:us-east-1:123456789012:stage/oWXSOfbOLMte");
		ck_assert_str_eq(e->scope_name->text, "st-1CVugbu2cf2n8");
	}
}
END_TEST

START_TEST(a_time_that_is_no_text_is_refused)
{
	expect_line(ENVELOPED("{\"name\":\"JOINED\",\"eventTime\":1787344588.000000000}"), "rejected bad-type eventTime");
	expect_line(BRIDGE("\"IVS Stage Update\"", "\"event_time\":1787344588"), "rejected bad-type detail.event_time");
	expect_line("{\"detail-type\":\"IVS Stage Update\",\"time\":1787344588}", "rejected bad-type time");
}
END_TEST

START_TEST(eventbridge_may_tell_what_is_not_known_yet)
{
	expect_line(BRIDGE("\"IVS Stage Update\"", PUBLISHED ",\"error_code\":\"QUOTA_EXCEEDED\""), "");
	expect_line(BRIDGE("\"IVS Stage Update\"", PUBLISHED ",\"error_code\":\"TOO_LOUD\""), "detail.error_code unknown");
	expect_line(BRIDGE("\"IVS Stage Update\"", "\"event_name\":\"Participant Waved\""), "detail.event_name unknown");
	expect_line(BRIDGE("\"IVS Stage Update\"", "\"event_name\":\"Token Exchanged\""), "");
	expect_line(BRIDGE("\"IVS Weather\"", "\"a\":1"), "detail-type unknown");
	expect_line(BRIDGE("\"IVS Participant Recording State Change\"", "\"event_name\":\"Recording Start\""), "");
	expect_line("{\"detail-type\":\"IVS Composition State Change\",\"source\":\"aws.ivs\",\"resources\":"
		    "[\"arn:aws:ivs:us-east-1:123456789012:composition/x\"],\"detail\":{\"event_name\":\"Session Start\","
		    "\"stage_arn\":\"arn:aws:ivs:us-east-1:123456789012:stage/oWXSOfbOLMte\"}}", "");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("ivs");

	load_table("ivs", "ivs.tsv");
	add_table_tests(tcase);
	tcase_add_test(tcase, a_member_that_is_of_other_events_is_flagged_and_nothing_else_is);
	tcase_add_test(tcase, a_text_that_breaks_its_documented_pattern_is_flagged);
	tcase_add_test(tcase, no_member_of_an_event_is_required_but_where_it_happened_is);
	tcase_add_test(tcase, a_null_counts_as_absent_where_a_member_is_forbidden);
	tcase_add_test(tcase, capabilities_are_two_words_at_most);
	tcase_add_test(tcase, attributes_are_texts_by_name);
	tcase_add_test(tcase, what_a_token_should_have_been_is_told);
	tcase_add_test(tcase, a_token_may_come_by_itself);
	tcase_add_test(tcase, attributes_have_a_kilobyte_in_all);
	tcase_add_test(tcase, a_list_of_events_is_taken_apart_wherever_it_stands);
	tcase_add_test(tcase, an_event_is_the_same_with_and_without_what_its_context_repeats);
	tcase_add_test(tcase, an_event_is_the_same_with_and_without_a_replica_that_is_false);
	tcase_add_test(tcase, eventbridge_is_known_as_it_comes_and_within_an_envelope);
	tcase_add_test(tcase, a_time_that_is_no_text_is_refused);
	tcase_add_test(tcase, eventbridge_may_tell_what_is_not_known_yet);
	return unit_main("vendor_ivs", tcase);
}
