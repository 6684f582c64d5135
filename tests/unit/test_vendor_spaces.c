/*
 * Avaya Spaces' messages: the vendor's examples, those of real clients, and what
 * the table of fields cannot say.
 */

#include "vendor.h"

#include "dialect/spaces.h"

#define TRACKSSTATUS \
	"{\"category\":\"tracksstatus\",\"content\":{\"mediaSession\":{\"audio\":true,\"connected\":true," \
	"\"isCollabOnly\":false,\"joinTime\":\"2020-08-04T06:56:22.660Z\",\"selfMuted\":false,\"video\":true}," \
	"\"streamId\":\"f50oyeFS29u2tDL1ntF2UgdgOpU4jNDCeEOk\",\"subscribeTime\":\"2020-08-04T06:55:37.461Z\"}," \
	"\"created\":\"2020-08-04T06:56:22.659Z\",\"data\":[],\"sender\":{\"_id\":\"5f04251caa4a347af9946e05\"," \
	"\"displayname\":\"Test User\",\"phone_numbers\":[],\"picture_url\":\"https://example.com/p.png\"," \
	"\"type\":\"user\",\"username\":\"test@user.com\"},\"topicId\":\"5f06c25e574ca36b54cb4cdg\"}"
#define VIDEO_END \
	"{\"topicId\":\"5f06c25e574ca36b54cb4cdg\",\"category\":\"video.end\",\"comment\":\"toggle Video Session\"," \
	"\"sender\":{\"_id\":\"5f04251caa4a347af9946e05\",\"type\":\"user\",\"username\":\"test@user.com\"," \
	"\"displayname\":\"Test User\",\"picture_url\":\"https://example.com/p.png\",\"phone_numbers\":[]}," \
	"\"data\":[],\"created\":\"2020-08-04T06:56:50.023Z\",\"content\":{\"subscribeTime\":" \
	"\"2020-08-04T06:55:37.461Z\",\"mediaSession\":{}}}"
#define STOPSCREENSHARE \
	"{\"topicId\":\"5f06c25e574ca36b54db4cdf\",\"category\":\"video.stopscreenshare\",\"content\":" \
	"{\"mediaSession\":{\"audio\":true,\"video\":true,\"connected\":true,\"screenshare\":false," \
	"\"isCollabOnly\":false,\"joinTime\":\"2020-08-04T06:59:47.262Z\"},\"subscribeTime\":" \
	"\"2020-08-04T06:58:06.254Z\"},\"sender\":{\"_id\":\"5f04251caa4a347af9946e01\",\"type\":\"user\"," \
	"\"username\":\"test@user.com\",\"displayname\":\"Test User\",\"picture_url\":\"\",\"phone_numbers\":[]}," \
	"\"data\":[],\"created\":\"2020-08-04T07:00:11.071Z\"}"
#define PHONES \
	"[{\"verified\":true,\"primary\":true,\"canonicalForm\":\"+14085551234\",\"type\":\"mobile\"," \
	"\"value\":\"408 555 1234\"}]"

static const struct kind_row tracksstatus = { .name = "tracksstatus", .required = "topicId" };

START_TEST(the_vendors_examples_are_messages_as_they_stand)
{
	_cleanup_(verdict_deinit) struct verdict a = {}, b = {}, c = {};

	judge_line(&a, TRACKSSTATUS);
	ck_assert_str_eq(told(&a), "");
	ck_assert_str_eq(a.event->dialect->source, "spaces");
	ck_assert_int_eq(a.event->at_us, INT64_C(1596524182659000));
	ck_assert_str_eq(text_of(&a, "content.mediaSession.joinTime"), "1596524182660000");
	ck_assert_str_eq(text_of(&a, "content.streamId"), "f50oyeFS29u2tDL1ntF2UgdgOpU4jNDCeEOk");
	ck_assert_str_eq(text_of(&a, "sender._id"), "5f04251caa4a347af9946e05");
	judge_line(&b, VIDEO_END);
	ck_assert_str_eq(told(&b), "");
	ck_assert_str_eq(text_of(&b, "comment"), "toggle Video Session");
	judge_line(&c, STOPSCREENSHARE);
	ck_assert_str_eq(told(&c), "");
	ck_assert_str_eq(text_of(&c, "content.mediaSession.screenshare"), "0");
	ck_assert_str_eq(text_of(&c, "sender.picture_url"), "absent");
}
END_TEST

START_TEST(a_member_that_is_left_out_is_not_false)
{
	static const char *const members[] = { "audio", "video", "connected", "selfMuted", "screenshare",
					       "isCollabOnly", "phone", "joinTime" };
	_cleanup_(verdict_deinit) struct verdict end = {}, tracks = {}, stop = {};

	judge_line(&end, VIDEO_END);
	for (size_t i = 0; i < N_ELEMENTS(members); i++) {
		char name[64];

		(void) snprintf(name, sizeof(name), "content.mediaSession.%s", members[i]);
		ck_assert_int_eq(value_of(&end, name)->kind, VALUE_ABSENT);
	}
	judge_line(&tracks, TRACKSSTATUS);
	ck_assert_str_eq(text_of(&tracks, "content.mediaSession.screenshare"), "absent");
	ck_assert_str_eq(text_of(&tracks, "content.mediaSession.selfMuted"), "0");
	judge_line(&stop, STOPSCREENSHARE);
	ck_assert_str_eq(text_of(&stop, "content.mediaSession.selfMuted"), "absent");
	ck_assert_str_eq(text_of(&stop, "content.streamId"), "absent");
}
END_TEST

START_TEST(what_real_clients_send_is_stored_without_a_violation)
{
	expect_line("{\"category\":\"trackstatus\",\"content\":{\"mediaSession\":{\"audio\":false,\"connected\":true,"
		    "\"screenshare\":false,\"selfMuted\":true,\"video\":false,\"phone\":false,\"joinTime\":null}},"
		    "\"topicId\":\"5e868050592e6468d7609850\"}", "");
	expect_line("{\"category\":\"video.end\",\"topicId\":\"5e868050592e6468d7609850\",\"sender\":{\"_id\":"
		    "\"5ba3c9b399f3924d41839a66\",\"type\":\"user\"}}", "");
	expect_line("{\"category\":\"app.event.presence.party.leaves\",\"content\":{\"offline\":false,\"idle\":false,"
		    "\"mediaSession\":{\"video\":false,\"audio\":false,\"connected\":false,\"screenshare\":false,"
		    "\"selfMuted\":false,\"phone\":false,\"joinTime\":null},\"desktop\":false,\"role\":\"guest\"},"
		    "\"topicId\":\"5e868050592e6468d7609850\",\"receivers\":[],\"sender\":{\"_id\":\"u\",\"type\":"
		    "\"anonymous\"}}", "");
}
END_TEST

START_TEST(data_may_be_an_array_or_an_object)
{
	static const char *const forms[] = { "[{\"name\":\"a\"}]", "{\"name\":\"a\"}" };
	struct draft d;

	for (size_t i = 0; i < N_ELEMENTS(forms); i++) {
		_cleanup_(verdict_deinit) struct verdict v = {};

		draft_least(&d, &tracksstatus);
		draft_set(&d, "data", forms[i]);
		judge(&v, &d);
		ck_assert_str_eq(told(&v), "");
		ck_assert_str_eq(text_of(&v, "data"), forms[i]);
	}
}
END_TEST

START_TEST(ids_are_any_texts)
{
	struct draft d;

	draft_least(&d, &tracksstatus);
	draft_set(&d, "topicId", "\"5f06c25e574ca36b54cb4cdg\"");
	draft_set(&d, "sender._id", "\"{not hexadecimal}\"");
	expect(&d, "");
}
END_TEST

START_TEST(creation_may_precede_the_time_of_joining)
{
	struct draft d;

	draft_least(&d, &tracksstatus);
	draft_set(&d, "created", "\"2026-08-21T06:56:22.659Z\"");
	draft_set(&d, "content.mediaSession.joinTime", "\"2026-08-21T06:56:22.660Z\"");
	draft_set(&d, "content.subscribeTime", "\"2026-08-21T06:59:00Z\"");
	expect(&d, "");
}
END_TEST

START_TEST(the_topic_names_the_session_whether_the_message_or_its_envelope_has_it)
{
	_cleanup_(verdict_deinit) struct verdict own = {}, both = {}, context = {}, none = {};
	struct draft d;

	draft_least(&d, &tracksstatus);
	draft_set(&d, "topicId", "\"t1\"");
	judge(&own, &d);
	ck_assert_str_eq(own.event->scope_name->text, "t1");
	draft_set(&d, "context.topicId", "\"t2\"");
	judge(&both, &d);
	ck_assert_str_eq(both.event->scope_name->text, "t1");
	draft_set(&d, "topicId", NULL);
	judge(&context, &d);
	ck_assert_str_eq(told(&context), "");
	ck_assert_str_eq(context.event->scope_name->text, "t2");
	draft_set(&d, "context.topicId", "null");
	judge(&none, &d);
	ck_assert_str_eq(told(&none), "topicId required");
	ck_assert_ptr_null(none.event->scope_name);
}
END_TEST

START_TEST(the_envelopes_user_is_kept_beside_the_sender)
{
	_cleanup_(verdict_deinit) struct verdict v = {};
	struct draft d;

	draft_least(&d, &tracksstatus);
	draft_set(&d, "context.userId", "\"bo\"");
	judge(&v, &d);
	ck_assert_str_eq(text_of(&v, "context.userId"), "bo");
	ck_assert_str_eq(text_of(&v, "sender._id"), "absent");
}
END_TEST

START_TEST(a_message_is_the_same_wherever_its_topic_and_sender_are_told)
{
	static const char *const where[][2] = {
		{ "topicId", "context.topicId" }, { "sender._id", "context.userId" },
	};
	struct draft d;

	for (size_t i = 0; i < N_ELEMENTS(where); i++) {
		_cleanup_(verdict_deinit) struct verdict own = {}, both = {}, context = {}, other = {};

		draft_least(&d, &tracksstatus);
		draft_set(&d, "created", "\"2026-08-21T06:56:22.659Z\"");
		draft_set(&d, where[i][0], "\"x\"");
		judge(&own, &d);
		draft_set(&d, where[i][1], "\"x\"");
		judge(&both, &d);
		draft_set(&d, where[i][0], NULL);
		judge(&context, &d);
		draft_set(&d, where[i][0], "\"y\"");
		judge(&other, &d);
		ck_assert_uint_eq(both.event->digest, own.event->digest);
		ck_assert_uint_eq(context.event->digest, own.event->digest);
		ck_assert_uint_ne(other.event->digest, own.event->digest);
	}
}
END_TEST

START_TEST(phone_numbers_are_dropped_unless_they_are_to_be_kept)
{
	_cleanup_(verdict_deinit) struct verdict dropped = {}, kept = {};
	struct draft d;

	draft_least(&d, &tracksstatus);
	draft_set(&d, "sender.phone_numbers", PHONES);
	judge(&dropped, &d);
	ck_assert_str_eq(told(&dropped), "");
	ck_assert_str_eq(text_of(&dropped, "sender.phone_numbers"), "absent");
	ck_assert_ptr_null(dropped.event->extra);
	kept.reader.options.keep_phone_numbers = true;
	judge(&kept, &d);
	ck_assert_ptr_nonnull(strstr(text_of(&kept, "sender.phone_numbers"), "+14085551234"));
}
END_TEST

START_TEST(phone_numbers_are_judged_the_same_whether_they_are_kept_or_not)
{
	static const struct { const char *value, *want; } cases[] = {
		{ "{\"a\":1}", "" }, { "[]", "" }, { "null", "" }, { "\"\"", "" },
		{ "5", "rejected bad-type sender.phone_numbers" }, { "\"+1 408\"", "rejected bad-type sender.phone_numbers" },
		{ "true", "rejected bad-type sender.phone_numbers" },
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_(verdict_deinit) struct verdict dropped = {}, kept = {};
		struct draft d;

		draft_least(&d, &tracksstatus);
		draft_set(&d, "sender.phone_numbers", cases[i].value);
		judge(&dropped, &d);
		ck_assert_str_eq(told(&dropped), cases[i].want);
		if (dropped.reject)
			ck_assert_ptr_null(strstr(dropped.reject->body, "408"));
		kept.reader.options.keep_phone_numbers = true;
		judge(&kept, &d);
		ck_assert_str_eq(told(&kept), cases[i].want);
	}
}
END_TEST

START_TEST(what_has_no_field_is_kept_in_its_place)
{
	_cleanup_(verdict_deinit) struct verdict v = {};

	judge_line(&v, "{\"category\":\"app.event.meeting.started\",\"topicId\":\"t\",\"messageId\":\"m\","
		       "\"content\":{\"startTime\":\"2026-08-21T06:56:22.660Z\",\"mediaMode\":\"video\",\"role\":7,"
		       "\"mediaSession\":{\"video\":true,\"hd\":true}}}");
	ck_assert_str_eq(told(&v), "");
	ck_assert_str_eq(v.event->extra, "{\"content\":{\"mediaMode\":\"video\",\"mediaSession\":{\"hd\":true},"
			 "\"role\":7,\"startTime\":\"2026-08-21T06:56:22.660Z\"},\"messageId\":\"m\"}");
}
END_TEST

START_TEST(a_repeated_message_is_the_same_however_it_is_spelt)
{
	_cleanup_(verdict_deinit) struct verdict a = {}, b = {}, other = {};

	judge_line(&a, "{\"category\":\"speaking\",\"topicId\":\"t\",\"created\":\"2026-08-21T06:56:22.660Z\"}");
	judge_line(&b, "{\"created\":\"2026-08-21T08:56:22.66+02:00\",\"data\":null,\"topicId\":\"t\","
		       "\"category\":\"speaking\"}");
	judge_line(&other, "{\"category\":\"speaking\",\"topicId\":\"u\",\"created\":\"2026-08-21T06:56:22.660Z\"}");
	ck_assert(a.event->digest == b.event->digest);
	ck_assert(a.event->digest != other.event->digest);
}
END_TEST

START_TEST(strict_conformance_names_all_that_the_vendor_knows)
{
	_cleanup_(verdict_deinit) struct verdict v = {};
	const struct field *category = dialect_spaces.fields;

	while (strcmp(category->name, "category") != 0)
		category++;
	v.reader.options.strict = true;
	judge_line(&v, "{\"category\":\"new\",\"topicId\":\"t\",\"created\":\"2026-08-21T06:56:22.660Z\"}");
	ck_assert_str_eq(told(&v), "rejected unknown category");
	for (size_t i = 0; category->known[i]; i++)
		ck_assert_ptr_nonnull(strstr(v.reject->problems[0].message, category->known[i]));
}
END_TEST

int main(void)
{
	TCase *t;

	vendor_load("spaces", "category");
	t = vendor_tcase();
	tcase_add_test(t, the_vendors_examples_are_messages_as_they_stand);
	tcase_add_test(t, a_member_that_is_left_out_is_not_false);
	tcase_add_test(t, what_real_clients_send_is_stored_without_a_violation);
	tcase_add_test(t, data_may_be_an_array_or_an_object);
	tcase_add_test(t, ids_are_any_texts);
	tcase_add_test(t, creation_may_precede_the_time_of_joining);
	tcase_add_test(t, the_topic_names_the_session_whether_the_message_or_its_envelope_has_it);
	tcase_add_test(t, the_envelopes_user_is_kept_beside_the_sender);
	tcase_add_test(t, a_message_is_the_same_wherever_its_topic_and_sender_are_told);
	tcase_add_test(t, phone_numbers_are_dropped_unless_they_are_to_be_kept);
	tcase_add_test(t, phone_numbers_are_judged_the_same_whether_they_are_kept_or_not);
	tcase_add_test(t, what_has_no_field_is_kept_in_its_place);
	tcase_add_test(t, a_repeated_message_is_the_same_however_it_is_spelt);
	tcase_add_test(t, strict_conformance_names_all_that_the_vendor_knows);
	return unit_main("vendor: spaces", t);
}
