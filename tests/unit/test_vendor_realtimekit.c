/*
 * RealtimeKit's webhooks: the vendor's examples, and what the table of fields
 * cannot say.
 */

#include "vendor.h"

#define MEETING_ID "bbb8940e-1b97-402a-97d6-000000000001"
#define SESSION_ID "05e57591-d89e-45c9-ae44-000000000001"
#define ORGANIZED_BY "\"organizedBy\":{\"id\":\"c94c437b-592a-4a39-b9e2-000000000001\",\"name\":\"Example org\"}"
#define MEETING(more) \
	"\"meeting\":{\"id\":\"" MEETING_ID "\",\"sessionId\":\"" SESSION_ID "\",\"title\":\"Weekly sync\"," \
	"\"status\":\"LIVE\",\"createdAt\":\"2026-08-21T10:00:00.000Z\"," \
	"\"startedAt\":\"2026-08-21T10:00:00.000Z\"," more ORGANIZED_BY "}"
#define PARTICIPANT(more) \
	"\"participant\":{\"peerId\":\"e32fb785-ddd0-4b96-b577-000000000001\",\"userDisplayName\":\"Mary Sue\"," \
	"\"customParticipantId\":\"user-123\",\"joinedAt\":\"2026-08-21T10:05:00.000Z\"" more "}"
#define STARTED "{\"event\":\"meeting.started\"," MEETING("") "}"
#define JOINED "{\"event\":\"meeting.participantJoined\"," MEETING("") "," PARTICIPANT("") "}"
#define LEFT \
	"{\"event\":\"meeting.participantLeft\"," MEETING("") "," \
	PARTICIPANT(",\"leftAt\":\"2026-08-21T10:25:30.000Z\"") "}"
#define ENDED \
	"{\"event\":\"meeting.ended\"," MEETING("\"endedAt\":\"2026-08-21T10:30:00.000Z\",") \
	",\"reason\":\"ALL_PARTICIPANTS_LEFT\"}"
#define CHAT_SYNCED \
	"{\"event\":\"meeting.chatSynced\",\"title\":\"Weekly sync\",\"endedAt\":\"2026-08-21T10:30:00.000Z\"," \
	"\"createdAt\":\"2026-08-21T10:00:00.000Z\",\"meetingId\":\"" MEETING_ID "\"," \
	"\"sessionId\":\"" SESSION_ID "\",\"startedAt\":\"2026-08-21T10:00:00.000Z\"," \
	"\"chatDownloadUrl\":\"https://example.com/chat.csv\"," \
	"\"chatDownloadUrlExpiry\":\"2026-08-28 10:30:00.000Z\"," ORGANIZED_BY "}"
#define TRANSCRIPT \
	"{\"event\":\"meeting.transcript\"," MEETING("\"endedAt\":\"2026-08-21T10:30:00.000Z\",") \
	",\"transcriptDownloadUrl\":\"https://example.com/t.csv\"," \
	"\"transcriptDownloadUrlExpiry\":\"2026-08-28T10:30:00.000Z\"}"
#define LIVESTREAM(key) \
	"{\"event\":\"livestreaming.statusUpdate\",\"streamId\":\"d231d346\",\"status\":\"LIVE\"," \
	"\"manualIngest\":false,\"playbackUrl\":\"https://example.com/live.m3u8\"," \
	"\"ingestServer\":\"rtmps://example.com/live\",\"streamKey\":\"" key "\"," \
	"\"meeting\":{\"id\":\"" MEETING_ID "\",\"title\":\"Weekly sync\",\"status\":\"LIVE\"," ORGANIZED_BY "}}"

START_TEST(the_vendors_examples_are_webhooks_as_they_stand)
{
	static const struct { const char *line; int64_t at_s; } examples[] = {
		{ STARTED, 1787306400 }, { JOINED, 1787306700 }, { LEFT, 1787307930 }, { ENDED, 1787308200 },
		{ CHAT_SYNCED, 1787308200 }, { TRANSCRIPT, VENDOR_NOW_US / 1000000 },
		{ LIVESTREAM("k"), VENDOR_NOW_US / 1000000 },
	};

	for (size_t i = 0; i < N_ELEMENTS(examples); i++) {
		_cleanup_(verdict_deinit) struct verdict v = {};

		judge_line(&v, examples[i].line);
		ck_assert_msg(strcmp(told(&v), "") == 0, "%s: %s", told(&v), examples[i].line);
		ck_assert_str_eq(v.event->dialect->source, "realtimekit");
		ck_assert_int_eq(v.event->at_us, examples[i].at_s * 1000000);
	}
}
END_TEST

START_TEST(an_events_payload_is_told_from_an_envelope_by_its_name)
{
	_cleanup_(verdict_deinit) struct verdict v = {};

	judge_line(&v, "{\"source\":\"realtimekit\",\"event\":" STARTED ",\"context\":{\"deliveryId\":\"d\"}}");
	ck_assert_str_eq(told(&v), "");
	ck_assert_str_eq(text_of(&v, "event"), "meeting.started");
	ck_assert_str_eq(text_of(&v, "context.deliveryId"), "d");
}
END_TEST

START_TEST(nested_and_flat_session_ids_name_the_same_session)
{
	_cleanup_(verdict_deinit) struct verdict nested = {}, flat = {}, none = {};

	judge_line(&nested, ENDED);
	judge_line(&flat, CHAT_SYNCED);
	ck_assert_str_eq(nested.event->scope_name->text, SESSION_ID);
	ck_assert_str_eq(flat.event->scope_name->text, SESSION_ID);
	judge_line(&none, LIVESTREAM("k"));
	ck_assert_ptr_null(none.event->scope_name);
}
END_TEST

START_TEST(a_delivery_is_one_event_whenever_it_comes)
{
	_cleanup_(verdict_deinit) struct verdict a = {}, again = {}, other = {};

	judge_line(&a, "{\"source\":\"realtimekit\",\"event\":" TRANSCRIPT ",\"context\":{\"deliveryId\":\"d1\"},"
		       "\"at\":\"2026-08-21T10:31:00Z\"}");
	judge_line(&again, "{\"source\":\"realtimekit\",\"event\":" TRANSCRIPT ",\"context\":{\"deliveryId\":\"d1\"},"
			   "\"at\":\"2026-08-21T10:36:00Z\"}");
	judge_line(&other, "{\"source\":\"realtimekit\",\"event\":" TRANSCRIPT ",\"context\":{\"deliveryId\":\"d2\"},"
			   "\"at\":\"2026-08-21T10:31:00Z\"}");
	ck_assert(a.event->digest == again.event->digest);
	ck_assert(a.event->digest != other.event->digest);
}
END_TEST

START_TEST(without_a_delivery_id_the_content_makes_the_event)
{
	_cleanup_(verdict_deinit) struct verdict a = {}, again = {}, other = {};

	judge_line(&a, LEFT);
	judge_line(&again, LEFT);
	judge_line(&other, JOINED);
	ck_assert(a.event->digest == again.event->digest);
	ck_assert(a.event->digest != other.event->digest);
}
END_TEST

START_TEST(the_id_of_older_integrations_is_kept_beside_the_one_of_today)
{
	_cleanup_(verdict_deinit) struct verdict v = {};

	judge_line(&v, "{\"event\":\"meeting.participantJoined\",\"participant\":{\"peerId\":\"p\","
		       "\"clientSpecificId\":\"old-1\"}}");
	ck_assert_str_eq(told(&v), "");
	ck_assert_str_eq(text_of(&v, "participant.clientSpecificId"), "old-1");
	ck_assert_str_eq(text_of(&v, "participant.customParticipantId"), "absent");
}
END_TEST

START_TEST(a_live_status_on_the_end_of_a_meeting_is_no_violation)
{
	_cleanup_(verdict_deinit) struct verdict v = {};

	judge_line(&v, ENDED);
	ck_assert_str_eq(told(&v), "");
	ck_assert_str_eq(text_of(&v, "meeting.status"), "LIVE");
}
END_TEST

START_TEST(what_has_no_field_is_kept_in_its_place)
{
	_cleanup_(verdict_deinit) struct verdict v = {};

	judge_line(&v, "{\"event\":\"recording.statusUpdate\",\"recording\":{\"id\":\"r\",\"fileSize\":\"2044680\","
		       "\"recordingId\":\"r\",\"recordingDuration\":\"1800\"},\"meeting\":{\"x\":{\"y\":[1]}}}");
	ck_assert_str_eq(told(&v), "");
	ck_assert_str_eq(text_of(&v, "recording.recordingDuration"), "absent");
	ck_assert_str_eq(v.event->extra, "{\"meeting\":{\"x\":{\"y\":[1]}},\"recording\":{\"fileSize\":\"2044680\","
			 "\"id\":\"r\",\"recordingDuration\":\"1800\"}}");
}
END_TEST

START_TEST(a_stream_key_is_never_kept_as_it_came)
{
	_cleanup_(verdict_deinit) struct verdict v = {}, bad = {};

	judge_line(&v, LIVESTREAM("live-secret-0001"));
	ck_assert_ptr_nonnull(v.event->extra);
	ck_assert_ptr_nonnull(strstr(v.event->extra, "streamKey"));
	ck_assert_ptr_null(strstr(v.event->extra, "live-secret"));
	judge_line(&bad, "{\"event\":\"livestreaming.statusUpdate\",\"manualIngest\":\"yes\","
			 "\"streamKey\":\"live-secret-0001\"}");
	ck_assert_str_eq(told(&bad), "rejected bad-type manualIngest");
	ck_assert_ptr_null(memmem(bad.reject->body, bad.reject->n_body, "live-secret", 11));
}
END_TEST

int main(void)
{
	TCase *t;

	vendor_load("realtimekit", "event");
	t = vendor_tcase();
	tcase_add_test(t, the_vendors_examples_are_webhooks_as_they_stand);
	tcase_add_test(t, an_events_payload_is_told_from_an_envelope_by_its_name);
	tcase_add_test(t, nested_and_flat_session_ids_name_the_same_session);
	tcase_add_test(t, a_delivery_is_one_event_whenever_it_comes);
	tcase_add_test(t, without_a_delivery_id_the_content_makes_the_event);
	tcase_add_test(t, the_id_of_older_integrations_is_kept_beside_the_one_of_today);
	tcase_add_test(t, a_live_status_on_the_end_of_a_meeting_is_no_violation);
	tcase_add_test(t, what_has_no_field_is_kept_in_its_place);
	tcase_add_test(t, a_stream_key_is_never_kept_as_it_came);
	return unit_main("vendor: realtimekit", t);
}
