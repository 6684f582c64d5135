/* What Huawei documents of HRTC's client events, tried on whole lines. */

#include "vendor_table.h"

#define TOLD(name, event) "{\"source\":\"hrtc\",\"at\":\"2026-08-21T09:00:00Z\",\"context\":{\"name\":\"" name "\"," \
	"\"roomId\":\"room_77\",\"userId\":\"u-1\"},\"event\":" event "}"
#define STATS "\"userName\":\"Ana\",\"isRemote\":false,\"streamType\":\"main\",\"mediaType\":\"audio\"," \
	"\"bitrate\":42,\"frameRate\":0,\"rtt\":46,\"jitter\":3,\"pktLossRate\":0"

START_TEST(a_number_outside_its_range_is_refused)
{
	each_member('*', try_range);
}
END_TEST

START_TEST(the_status_of_an_upload_is_a_bare_number_or_a_member)
{
	expect_line(TOLD("log-upload-result", "200"), "");
	expect_line(TOLD("log-upload-result", "500"), "");
	expect_line(TOLD("log-upload-result", "{\"status\":200}"), "");
	expect_line(TOLD("log-upload-result", "{}"), "status required");
	expect_line(TOLD("log-upload-result", "\"200\""), "rejected bad-type event");
}
END_TEST

START_TEST(a_payload_that_is_refused_is_told_what_would_do)
{
	expect_message(TOLD("peer-leave", "\"u-2\""), "an event of Huawei HRTC room events whose context.name is "
		       "\"peer-leave\" must be an object, but this is \"u-2\": send {\"userId\":…}");
	expect_message(TOLD("network-quality", "[1]"), "an event of Huawei HRTC room events whose context.name is "
		       "\"network-quality\" must be an object, but this is an array: send {\"uplinkNetworkQuality\":…}");
	expect_message(TOLD("stream-added", "[1]"), "an event of Huawei HRTC room events whose context.name is "
		       "\"stream-added\" must be an object, but this is an array: send {\"streamId\":…}");
	expect_message(TOLD("log-upload-result", "[200]"), "an event of Huawei HRTC room events whose context.name is "
		       "\"log-upload-result\" must be an object or a bare value, but this is an array: "
		       "send {\"status\":…}, or that value alone");
	expect_message(TOLD("brand-new", "\"on\""), "an event of Huawei HRTC room events whose context.name is "
		       "\"brand-new\" must be an object, an array or a number, but this is \"on\": send one of these");
	expect_message(TOLD("log-upload-result", "2.5"), "event is 2.5, but must be an integer: "
		       "send it as a number, without quotes or fraction");
}
END_TEST

START_TEST(every_element_of_an_array_is_looked_at)
{
	_cleanup_(verdict_deinit) struct verdict v = {};
	static const char line[] = TOLD("rtc-stats", "[{" STATS "},{" STATS ",\"codec\":\"opus\"}]");

	(void) judge_line(&v, line);
	ck_assert_int_eq(v.batch.items[0].kind, ITEM_EVENT);
	ck_assert_uint_eq(v.batch.items[0].event->n_items, 2);
	ck_assert_str_eq(v.batch.items[0].event->items[1].extra, "{\"codec\":\"opus\"}");
	ck_assert_str_eq(v.batch.items[0].event->scope_name->text, "room_77");

	expect_line(TOLD("rtc-stats", "[]"), "");
	expect_line(TOLD("stream-recovered", "[{\"userId\":\"a\",\"isScreen\":true},{\"userId\":\"b\"}]"),
		    "[].isScreen required");
	expect_line(TOLD("stream-recovered", "[{\"userId\":\"a\",\"isScreen\":true},{\"userId\":\"b\",\"isScreen\":1}]"),
		    "rejected bad-type [1].isScreen");
	expect_line(TOLD("volume-indicator", "[{\"user_id\":\"a\",\"volume\":100.5}]"), "rejected out-of-range [0].volume");
	expect_line(TOLD("volume-indicator", "[{\"userId\":\"a\"}]"), "[].user_id required");
}
END_TEST

START_TEST(a_key_that_means_many_things_is_what_its_event_makes_of_it)
{
	expect_line(TOLD("peer-leave", "{\"userId\":\"u-2\",\"reason\":{\"code\":10,\"msg\":\"x\"}}"), "");
	expect_line(TOLD("client-banned", "{\"userId\":\"u-2\",\"reason\":\"x\"}"), "");
	expect_line(TOLD("client-banned", "{\"userId\":\"u-2\",\"reason\":2}"), "rejected bad-type reason");
	expect_line(TOLD("mute-audio", "{\"roomId\":\"r\",\"userId\":\"u-2\",\"status\":1,\"reason\":2}"), "");
	expect_line(TOLD("live-streaming-updated", "[{\"state\":1},2]"), "");
	expect_line(TOLD("brand-new", "[{\"state\":1},2]"), "context.name unknown");
	expect_line(TOLD("brand-new", "7"), "context.name unknown");
	expect_line(TOLD("brand-new", "\"on\""), "rejected bad-type -");
	expect_line(TOLD("stream-added", "[]"), "rejected bad-type -");
	expect_line(TOLD("live-streaming-updated", "{\"status\":\"on\",\"reason\":[1],\"state\":7,\"type\":{}}"), "");
	expect_line(TOLD("Error", "{\"errorCode\":\"RTC.31000004\",\"errorMsg\":\"x\"}"), "");
	expect_line(TOLD("Error", "{\"errorCode\":90100013,\"errorMsg\":\"x\"}"), "rejected bad-type errorCode");
}
END_TEST

START_TEST(an_event_without_a_name_is_flagged)
{
	expect_line("{\"source\":\"hrtc\",\"context\":{\"roomId\":\"r\"},\"event\":{\"userId\":\"u-2\"}}",
		    "context.name required");
}
END_TEST

START_TEST(the_room_may_come_with_the_payload_alone)
{
	_cleanup_(verdict_deinit) struct verdict v = {};
	static const char line[] = "{\"source\":\"hrtc\",\"context\":{\"name\":\"kick-room\"},\"event\":{\"roomId\":\"r 1\"}}";

	(void) judge_line(&v, line);
	ck_assert_int_eq(v.batch.items[0].kind, ITEM_EVENT);
	ck_assert_uint_eq(v.batch.items[0].event->n_violations, 0);
	ck_assert_str_eq(v.batch.items[0].event->scope_name->text, "r 1");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("hrtc");

	load_table("hrtc", "hrtc.tsv");
	add_table_tests(tcase);
	tcase_add_test(tcase, a_number_outside_its_range_is_refused);
	tcase_add_test(tcase, the_status_of_an_upload_is_a_bare_number_or_a_member);
	tcase_add_test(tcase, a_payload_that_is_refused_is_told_what_would_do);
	tcase_add_test(tcase, every_element_of_an_array_is_looked_at);
	tcase_add_test(tcase, a_key_that_means_many_things_is_what_its_event_makes_of_it);
	tcase_add_test(tcase, an_event_without_a_name_is_flagged);
	tcase_add_test(tcase, the_room_may_come_with_the_payload_alone);
	return unit_main("vendor_hrtc", tcase);
}
