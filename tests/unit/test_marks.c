/* What each vendor's events say of presence, told on whole lines. */

#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/session.h"
#include "dialect/dialect.h"
#include "dialect/reader.h"
#include "util/macros.h"
#include "util/timestamp.h"

static struct reader reader;
static struct hello hello;
static struct batch batch;

static void teardown(void)
{
	reader_deinit(&reader);
	hello_deinit(&hello);
	batch_deinit(&batch);
}

/* The marks of a line's only event, borrowed until teardown: their texts point into the batch. */
struct told {
	struct mark marks[MARKS_MAX];
	size_t n;
};

static struct told tell(const char *line)
{
	static const struct origin origin = { .app = "test" };
	const struct line_source from = { .hello = &hello, .origin = &origin, .line_no = 1, .now_us = 1 };
	size_t first = batch.n_items;
	struct told told;

	ck_assert_int_eq(reader_line(&reader, &from, line, strlen(line), &batch), 0);
	ck_assert_uint_eq(batch.n_items, first + 2);
	ck_assert_msg(batch.items[first].kind == ITEM_EVENT, "rejected: %s", line);
	told.n = batch.items[first].event->dialect->marks(batch.items[first].event, told.marks);
	ck_assert_uint_ge(told.n, 1);
	ck_assert_uint_le(told.n, MARKS_MAX);
	return told;
}

/* "joined ana, local" or "left bo, remote, removed (forced)"; several are parted by "; ". */
static const char *said(const char *line)
{
	static const char *const kinds[] = { "info", "joined", "left", "left-if-in", "ended", "out" };
	static char text[512];
	struct told t = tell(line);
	int n = 0;

	for (size_t i = 0; i < t.n; i++) {
		const struct mark *m = &t.marks[i];
		const char *who = m->texts[MARK_PARTICIPANT_ID], *how = m->texts[MARK_HOW_LEFT];
		const char *class = m->texts[MARK_HOW_LEFT_CLASS];

		n += snprintf(text + n, sizeof(text) - (size_t) n, "%s%s%s %s%s", i ? "; " : "", kinds[m->kind],
			      m->creates && m->kind == MARK_INFO ? "+" : "", who ? who : "-",
			      m->is_local < 0 ? "" : m->is_local ? ", local" : ", remote");
		if (how || class)
			n += snprintf(text + n, sizeof(text) - (size_t) n, ", %s (%s)", how ? how : "-", class ? class : "-");
		ck_assert(!m->merged && m->n_events == (i == 0) && m->from_us == m->at_us);
	}
	return text;
}

/* A text of the first mark. */
static const char *text_of(const char *line, enum mark_text t)
{
	return tell(line).marks[0].texts[t];
}

static int64_t at(const char *time)
{
	int64_t us;

	ck_assert_int_eq(timestamp_parse(time, strlen(time), &us), 0);
	return us;
}

/* What each of these says, all at one instant, comes in this order whatever their digests are. */
static void expect_in_order(const char *const *lines, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++) {
		struct mark first = tell(lines[i]).marks[0], next = tell(lines[i + 1]).marks[0];
		const struct mark *a = &first, *b = &next;

		ck_assert_int_eq(a->at_us, b->at_us);
		for (int turn = 0; turn < 2; turn++) {
			first.tie = turn ? 1 : 2;
			next.tie = turn ? 2 : 1;
			ck_assert_msg(session_compare_marks(&a, &b) < 0, "%s\nis not before\n%s", lines[i], lines[i + 1]);
		}
	}
}

/* Huawei HRTC. */

#define HRTC(name, more, event) "{\"source\":\"hrtc\",\"at\":\"2026-08-21T09:00:00Z\",\"context\":{\"name\":\"" name \
	"\",\"roomId\":\"room_77\"" more "},\"event\":" event "}"
#define BY_ANA(name, event) HRTC(name, ",\"userId\":\"ana\"", event)
#define STATE(before, now) BY_ANA("connection-state-changed", "{\"prevState\":\"" before "\",\"curState\":\"" now "\"}")
#define STREAM(user, remote) "{\"userName\":\"" user "\",\"isRemote\":" remote ",\"streamType\":\"main\"," \
	"\"mediaType\":\"audio\",\"bitrate\":42,\"frameRate\":0,\"rtt\":46,\"jitter\":3,\"pktLossRate\":0}"

START_TEST(hrtc_a_client_is_in_while_its_connection_stands)
{
	ck_assert_str_eq(said(STATE("CONNECTING", "CONNECTED")), "joined ana, local");
	ck_assert_str_eq(said(STATE("RECONNECTING", "CONNECTED")), "joined ana, local");
	ck_assert_str_eq(said(STATE("DISCONNECTED", "CONNECTING")), "info ana, local");
	ck_assert_str_eq(said(STATE("CONNECTED", "RECONNECTING")), "info ana, local");
	ck_assert_str_eq(said(STATE("CONNECTED", "DISCONNECTED")), "left ana, local, disconnected (normal)");
	ck_assert_str_eq(said(STATE("RECONNECTING", "DISCONNECTED")), "left ana, local, disconnected (failure)");
	ck_assert_str_eq(said(STATE("CONNECTING", "DISCONNECTED")), "out ana, local, disconnected (failure)");
}
END_TEST

START_TEST(hrtc_the_others_come_and_go_as_it_tells)
{
	ck_assert_str_eq(said(BY_ANA("peer-join", "{\"userId\":\"bo\",\"userName\":\"Bo\"}")), "joined bo, remote");
	ck_assert_str_eq(text_of(BY_ANA("peer-join", "{\"userId\":\"bo\",\"userName\":\"Bo\"}"), MARK_DISPLAY_NAME), "Bo");
	ck_assert_str_eq(text_of(BY_ANA("peer-join", "{\"userId\":\"bo\"}"), MARK_USER_ID), "bo");
	ck_assert_str_eq(text_of(BY_ANA("peer-join", "{\"userId\":\"bo\"}"), MARK_CALL_ID), "room_77");
	ck_assert_str_eq(said(BY_ANA("peer-leave", "{\"userId\":\"bo\"}")), "left bo, remote, - (normal)");
	ck_assert_str_eq(said(BY_ANA("peer-leave", "{\"userId\":\"bo\",\"reason\":{\"code\":9,\"msg\":\"x\"}}")),
			 "left bo, remote, removed (forced)");
	ck_assert_str_eq(said(BY_ANA("peer-leave", "{\"userId\":\"bo\",\"reason\":{\"msg\":\"went\"}}")),
			 "left bo, remote, went (normal)");
	ck_assert_str_eq(said(HRTC("peer-join", "", "{\"userId\":\"bo\"}")), "joined bo");
}
END_TEST

START_TEST(hrtc_each_leave_code_has_its_reason_and_class)
{
	static const char *const reasons[] = {
		"exit (normal)", "server exception (failure)", "SFU fault (failure)", "service unavailable (failure)",
		"internal error (failure)", "banned (forced)", "signature expired (failure)",
		"reconnection timeout (failure)", "network check (normal)", "removed (forced)", "room dismissed (forced)",
	};

	for (size_t code = 0; code < N_ELEMENTS(reasons); code++) {
		char line[256], want[64];

		(void) snprintf(line, sizeof(line), BY_ANA("peer-leave", "{\"userId\":\"bo\",\"reason\":{\"code\":%zu}}"), code);
		(void) snprintf(want, sizeof(want), "left bo, remote, %s", reasons[code]);
		ck_assert_str_eq(said(line), want);
	}
}
END_TEST

START_TEST(hrtc_what_is_told_of_others_is_their_activity_and_all_else_the_clients_own)
{
	static const char *const of_others[] = {
		BY_ANA("mute-audio", "{\"roomId\":\"room_77\",\"userId\":\"bo\",\"status\":1,\"reason\":1}"),
		BY_ANA("unmute-audio", "{\"roomId\":\"room_77\",\"userId\":\"bo\",\"status\":1,\"reason\":1}"),
		BY_ANA("mute-video", "{\"roomId\":\"room_77\",\"userId\":\"bo\",\"status\":1,\"reason\":1}"),
		BY_ANA("unmute-video", "{\"roomId\":\"room_77\",\"userId\":\"bo\",\"status\":1,\"reason\":1}"),
		BY_ANA("remote-user-name-changed", "{\"roomId\":\"room_77\",\"userId\":\"bo\",\"userName\":\"B\"}"),
		BY_ANA("stream-added", "{\"userId\":\"bo\"}"),
		BY_ANA("stream-removed", "{\"userId\":\"bo\"}"),
		BY_ANA("stream-updated", "{\"userId\":\"bo\"}"),
		BY_ANA("stream-subscribed", "{\"userId\":\"bo\"}"),
	};

	for (size_t i = 0; i < N_ELEMENTS(of_others); i++)
		ck_assert_str_eq(said(of_others[i]), "info bo, remote");
	ck_assert_str_eq(said(BY_ANA("network-quality", "{\"uplinkNetworkQuality\":1,\"downlinkNetworkQuality\":1}")),
			 "info ana, local");
	ck_assert_str_eq(said(BY_ANA("stream-interrupted", "[{\"userId\":\"bo\",\"isScreen\":false}]")), "info ana, local");
	ck_assert_str_eq(said(HRTC("network-quality", "", "{\"uplinkNetworkQuality\":1,\"downlinkNetworkQuality\":1}")),
			 "info -");
}
END_TEST

START_TEST(hrtc_who_is_banned_is_out)
{
	ck_assert_str_eq(said(BY_ANA("client-banned", "{\"userId\":\"bo\",\"reason\":\"x\"}")),
			 "left bo, remote, banned (forced)");
	ck_assert_str_eq(said(BY_ANA("client-banned", "{\"userId\":\"ana\",\"reason\":\"x\"}")),
			 "left ana, local, banned (forced)");
	ck_assert_str_eq(said(BY_ANA("client-banned", "{\"reason\":\"x\"}")), "left ana, local, banned (forced)");
}
END_TEST

START_TEST(hrtc_a_client_is_called_as_in_its_own_statistics)
{
	ck_assert_str_eq(said(BY_ANA("rtc-stats", "[" STREAM("Bo", "true") "," STREAM("Ana", "false") "]")),
			 "info ana, local");
	ck_assert_str_eq(text_of(BY_ANA("rtc-stats", "[" STREAM("Bo", "true") "," STREAM("Ana", "false") ","
					STREAM("Anna", "false") "]"), MARK_DISPLAY_NAME), "Ana");
	ck_assert_ptr_null(text_of(BY_ANA("rtc-stats", "[" STREAM("Bo", "true") "]"), MARK_DISPLAY_NAME));
	ck_assert_ptr_null(text_of(BY_ANA("rtc-stats", "[]"), MARK_DISPLAY_NAME));
}
END_TEST

START_TEST(hrtc_at_one_instant_who_comes_comes_before_who_goes)
{
	static const char *const lines[] = {
		BY_ANA("peer-join", "{\"userId\":\"bo\"}"),
		BY_ANA("network-quality", "{\"uplinkNetworkQuality\":1,\"downlinkNetworkQuality\":1}"),
		BY_ANA("peer-leave", "{\"userId\":\"bo\"}"),
	};

	expect_in_order(lines, N_ELEMENTS(lines));
}
END_TEST

/* AWS IVS. */

#define ARN "arn:aws:ivs:us-west-2:123456789012:stage/abcdABCDefgh"
#define IVS_IN(more, event) "{\"source\":\"ivs\",\"context\":{\"stageArn\":\"" ARN "\",\"sessionId\":\"st-a1b2c3d4e5f6g\"" \
	more "},\"event\":{\"eventTime\":\"2026-08-21T20:30:34+00:00\"," event "}}"
#define IVS(name) IVS_IN("", "\"name\":\"" name "\",\"participantId\":\"p-1\"")
#define BRIDGE(name) "{\"version\":\"0\",\"id\":\"db65fc17-1612-ef68-3aad-000000000001\",\"source\":\"aws.ivs\"," \
	"\"detail-type\":\"IVS Stage Update\",\"account\":\"123456789012\",\"time\":\"2026-08-21T20:30:34Z\"," \
	"\"region\":\"us-east-1\",\"resources\":[\"" ARN "\"],\"detail\":{\"session_id\":\"st-1CVugbu2cf2n8\"," \
	"\"event_name\":\"" name "\",\"event_time\":\"2026-08-21T20:30:34Z\",\"user_id\":\"ana\",\"participant_id\":\"p-1\"}}"

START_TEST(ivs_joined_and_left_are_the_vendors_words)
{
	ck_assert_str_eq(said(IVS("JOINED")), "joined p-1");
	ck_assert_str_eq(said(IVS("LEFT")), "left p-1, LEFT (normal)");
	ck_assert_str_eq(text_of(IVS("JOINED"), MARK_CALL_ID), ARN);
	ck_assert_ptr_null(text_of(IVS("JOINED"), MARK_USER_ID));
}
END_TEST

START_TEST(ivs_who_publishes_is_there_and_who_failed_to_join_is_not)
{
	static const char *const there[] = { IVS("PUBLISH_STARTED"), IVS("PUBLISH_STOPPED"), IVS("PUBLISH_ERROR") };
	static const char *const not_known[] = {
		IVS("JOIN_ERROR"), IVS("SUBSCRIBE_ERROR"), IVS("SUBSCRIBE_STARTED"), IVS("SUBSCRIBE_STOPPED"),
		IVS("REPLICATION_STARTED"), IVS("REPLICATION_STOPPED"), IVS("TOKEN_EXCHANGED"), IVS("SOMETHING_NEW"),
		IVS_IN("", "\"participantId\":\"p-1\""),
	};

	for (size_t i = 0; i < N_ELEMENTS(there); i++)
		ck_assert_str_eq(said(there[i]), "info+ p-1");
	for (size_t i = 0; i < N_ELEMENTS(not_known); i++)
		ck_assert_str_eq(said(not_known[i]), "info p-1");
}
END_TEST

START_TEST(ivs_what_happened_within_one_second_is_in_the_order_it_can_have_happened)
{
	static const char *const lines[] = {
		IVS("JOINED"), IVS("PUBLISH_STARTED"), IVS("SUBSCRIBE_STARTED"), IVS("REPLICATION_STARTED"),
		IVS("TOKEN_EXCHANGED"), IVS("REPLICATION_STOPPED"), IVS("SUBSCRIBE_STOPPED"), IVS("PUBLISH_STOPPED"),
		IVS("LEFT"),
	};
	static const char *const both[] = {
		IVS("JOINED"), BRIDGE("Participant Published"), BRIDGE("Participant Publish Error"),
		BRIDGE("Participant Unpublished"), IVS("LEFT"),
	};

	expect_in_order(lines, N_ELEMENTS(lines));
	expect_in_order(both, N_ELEMENTS(both));
}
END_TEST

START_TEST(ivs_an_event_that_names_no_participant_is_of_the_one_that_was_asked_for)
{
	ck_assert_str_eq(said(IVS_IN(",\"participantId\":\"p-2\"", "\"name\":\"JOINED\"")), "joined p-2");
	ck_assert_str_eq(said(IVS_IN(",\"participantId\":\"p-2\"", "\"name\":\"JOINED\",\"participantId\":\"p-1\"")),
			 "joined p-1");
	ck_assert_str_eq(said(IVS_IN("", "\"name\":\"TOKEN_EXCHANGED\"")), "info -");
}
END_TEST

START_TEST(ivs_a_token_tells_the_user_the_new_one_first)
{
	ck_assert_str_eq(text_of(IVS_IN("", "\"name\":\"TOKEN_EXCHANGED\",\"participantId\":\"p-1\","
					"\"previousToken\":{\"userId\":\"ana\"},\"newToken\":{\"userId\":\"ana-2\"}"),
				 MARK_USER_ID), "ana-2");
	ck_assert_str_eq(text_of(IVS_IN("", "\"name\":\"TOKEN_EXCHANGED\",\"participantId\":\"p-1\","
					"\"previousToken\":{\"userId\":\"ana\"}"), MARK_USER_ID), "ana");
}
END_TEST

START_TEST(ivs_eventbridge_tells_who_publishes_and_nobodys_coming_or_going)
{
	ck_assert_str_eq(said(BRIDGE("Participant Published")), "info+ p-1");
	ck_assert_str_eq(said(BRIDGE("Participant Unpublished")), "info+ p-1");
	ck_assert_str_eq(said(BRIDGE("Participant Publish Error")), "info+ p-1");
	ck_assert_str_eq(said(BRIDGE("Participant Replication Start")), "info p-1");
	ck_assert_str_eq(said(BRIDGE("Participant Replication End")), "info p-1");
	ck_assert_str_eq(said(BRIDGE("Something New")), "info p-1");
	ck_assert_str_eq(text_of(BRIDGE("Participant Published"), MARK_USER_ID), "ana");
	ck_assert_str_eq(text_of(BRIDGE("Participant Published"), MARK_CALL_ID), ARN);
}
END_TEST

/* Avaya Spaces. */

#define SPACES_BY(sender, category) "{\"category\":\"" category "\",\"topicId\":\"t1\"," sender \
	"\"created\":\"2026-08-21T06:56:22.659Z\",\"content\":{\"mediaSession\":{\"connected\":false}}}"
#define SPACES(category) SPACES_BY("\"sender\":{\"_id\":\"ana\",\"type\":\"user\",\"displayname\":\"Ana A.\"},", category)

START_TEST(spaces_tracksstatus_joins_whatever_it_says_of_connected)
{
	ck_assert_str_eq(said(SPACES("tracksstatus")), "joined ana");
	ck_assert_str_eq(said(SPACES("trackstatus")), "joined ana");
	ck_assert_int_eq(tell(SPACES("tracksstatus")).marks[0].at_us, at("2026-08-21T06:56:22.659Z"));
	ck_assert_str_eq(text_of(SPACES("tracksstatus"), MARK_DISPLAY_NAME), "Ana A.");
	ck_assert_str_eq(text_of(SPACES("tracksstatus"), MARK_USER_ID), "ana");
	ck_assert_str_eq(text_of(SPACES("tracksstatus"), MARK_CALL_ID), "t1");
}
END_TEST

START_TEST(spaces_the_end_of_the_video_leaves_and_leaving_the_space_does_if_one_was_in)
{
	ck_assert_str_eq(said(SPACES("video.end")), "left ana, video.end (normal)");
	ck_assert_str_eq(said(SPACES("app.event.presence.party.leaves")),
			 "left-if-in ana, app.event.presence.party.leaves (normal)");
}
END_TEST

START_TEST(spaces_being_in_the_space_is_not_being_in_its_call)
{
	static const char *const others[] = {
		SPACES("app.event.presence.party.online"), SPACES("app.event.presence.party.enters"),
		SPACES("app.event.presence.party.idle"), SPACES("video.startscreenshare"), SPACES("video.stopscreenshare"),
		SPACES("speaking"), SPACES("app.event.meeting.ended"),
	};

	for (size_t i = 0; i < N_ELEMENTS(others); i++)
		ck_assert_str_eq(said(others[i]), "info ana");
}
END_TEST

START_TEST(spaces_who_and_where_come_from_the_envelope_where_the_message_is_silent)
{
	static const char bare[] = "{\"source\":\"spaces\",\"context\":{\"topicId\":\"t2\",\"userId\":\"bo\"},"
		"\"event\":{\"category\":\"tracksstatus\"}}";
	static const char both[] = "{\"source\":\"spaces\",\"context\":{\"topicId\":\"t2\",\"userId\":\"bo\"},"
		"\"event\":" SPACES("tracksstatus") "}";

	ck_assert_str_eq(said(bare), "joined bo");
	ck_assert_str_eq(text_of(bare, MARK_CALL_ID), "t2");
	ck_assert_str_eq(said(both), "joined ana");
	ck_assert_str_eq(text_of(both, MARK_CALL_ID), "t1");
}
END_TEST

START_TEST(spaces_a_message_from_nobody_says_nothing_of_presence)
{
	ck_assert_str_eq(said(SPACES_BY("", "tracksstatus")), "info -");
	ck_assert_str_eq(said(SPACES_BY("", "video.end")), "info -");
	ck_assert_str_eq(said(SPACES_BY("", "app.event.presence.party.leaves")), "info -");
}
END_TEST

START_TEST(spaces_at_one_instant_the_end_of_the_video_comes_before_leaving_the_space)
{
	static const char *const lines[] = {
		SPACES("tracksstatus"), SPACES("speaking"), SPACES("video.end"), SPACES("app.event.presence.party.leaves"),
	};

	expect_in_order(lines, N_ELEMENTS(lines));
}
END_TEST

/* Cloudflare RealtimeKit. */

#define MEETING "\"meeting\":{\"id\":\"m1\",\"sessionId\":\"s1\",\"title\":\"Weekly sync\",\"status\":\"LIVE\"," \
	"\"createdAt\":\"2026-08-21T09:59:59Z\",\"startedAt\":\"2026-08-21T10:00:00Z\"," \
	"\"organizedBy\":{\"id\":\"o1\",\"name\":\"Example org\"}}"
#define RTK(event, more) "{\"event\":\"" event "\"," MEETING more "}"
#define MARY(more) ",\"participant\":{\"peerId\":\"p1\",\"userDisplayName\":\"Mary Sue\"" more "}"
#define STAY ",\"customParticipantId\":\"user-1\",\"joinedAt\":\"2026-08-21T10:05:00Z\"," \
	"\"leftAt\":\"2026-08-21T10:20:30Z\""

START_TEST(realtimekit_a_leave_tells_both_ends_of_a_stay_and_counts_once)
{
	struct told t = tell(RTK("meeting.participantLeft", MARY(STAY)));

	ck_assert_str_eq(said(RTK("meeting.participantJoined", MARY(",\"joinedAt\":\"2026-08-21T10:05:00Z\""))), "joined p1");
	ck_assert_str_eq(said(RTK("meeting.participantLeft", MARY(STAY))),
			 "left p1, meeting.participantLeft (normal); joined p1");
	ck_assert_int_eq(t.marks[0].at_us, at("2026-08-21T10:20:30Z"));
	ck_assert_int_eq(t.marks[1].at_us, at("2026-08-21T10:05:00Z"));
	for (size_t i = 0; i < t.n; i++) {
		ck_assert_str_eq(t.marks[i].texts[MARK_PEER_ID], "p1");
		ck_assert_str_eq(t.marks[i].texts[MARK_USER_ID], "user-1");
		ck_assert_str_eq(t.marks[i].texts[MARK_CUSTOM_PARTICIPANT_ID], "user-1");
	}
	ck_assert_str_eq(t.marks[0].texts[MARK_DISPLAY_NAME], "Mary Sue");
	/* participantJoined tells it of that time. */
	ck_assert_ptr_null(t.marks[1].texts[MARK_DISPLAY_NAME]);
	ck_assert_ptr_null(t.marks[1].texts[MARK_TITLE]);
	ck_assert_int_eq(t.marks[1].session_started_us, MARK_UNTOLD);
	ck_assert_str_eq(said(RTK("meeting.participantLeft", MARY(",\"leftAt\":\"2026-08-21T10:20:30Z\""))),
			 "left p1, meeting.participantLeft (normal)");
}
END_TEST

START_TEST(realtimekit_who_left_before_joining_has_left)
{
	static const char line[] = RTK("meeting.participantLeft", MARY(",\"joinedAt\":\"2026-08-21T10:05:00Z\","
									"\"leftAt\":\"2026-08-21T10:04:00Z\""));
	struct told t = tell(line);

	ck_assert_str_eq(said(line), "info p1; joined p1; left p1, meeting.participantLeft (normal)");
	ck_assert_int_eq(t.marks[0].at_us, at("2026-08-21T10:04:00Z"));
	ck_assert_int_eq(t.marks[1].at_us, at("2026-08-21T10:05:00Z"));
	ck_assert_int_eq(t.marks[2].at_us, at("2026-08-21T10:05:00Z"));
}
END_TEST

START_TEST(realtimekit_any_webhook_tells_of_its_meeting)
{
	struct told t = tell(RTK("meeting.participantJoined", MARY("")));
	struct told flat = tell("{\"event\":\"meeting.chatSynced\",\"meetingId\":\"m1\",\"sessionId\":\"s1\","
				"\"title\":\"Weekly sync\",\"startedAt\":\"2026-08-21T10:00:00Z\","
				"\"endedAt\":\"2026-08-21T10:30:00Z\",\"organizedBy\":{\"id\":\"o1\",\"name\":\"x\"}}");

	for (int i = 0; i < 2; i++) {
		const struct mark *m = i ? &flat.marks[0] : &t.marks[0];

		ck_assert_str_eq(m->texts[MARK_CALL_TYPE], "meeting");
		ck_assert_str_eq(m->texts[MARK_CALL_ID], "m1");
		ck_assert_str_eq(m->texts[MARK_TITLE], "Weekly sync");
		ck_assert_str_eq(m->texts[MARK_ORGANIZATION_ID], "o1");
		ck_assert_int_eq(m->session_started_us, at("2026-08-21T10:00:00Z"));
		ck_assert_int_eq(m->session_ended_us, MARK_UNTOLD);
	}
	ck_assert_int_eq(flat.marks[0].kind, MARK_INFO);
	/* The first version of the API knows a meeting by the name of its room. */
	ck_assert_str_eq(text_of("{\"event\":\"meeting.started\",\"meeting\":{\"sessionId\":\"s1\","
				 "\"roomName\":\"abcdef-ghijkl\"}}", MARK_CALL_ID), "abcdef-ghijkl");
	ck_assert_str_eq(text_of("{\"event\":\"meeting.started\",\"meeting\":{\"sessionId\":\"s1\",\"id\":\"m1\","
				 "\"roomName\":\"abcdef-ghijkl\"}}", MARK_CALL_ID), "m1");
}
END_TEST

START_TEST(realtimekit_the_end_is_the_events_word_and_not_the_statuss)
{
	static const char ended[] = "{\"event\":\"meeting.ended\"," MEETING ",\"reason\":\"HOST_ENDED_MEETING\"}";
	static const char shown[] = "{\"event\":\"meeting.transcript\",\"meeting\":{\"id\":\"m1\",\"sessionId\":\"s1\","
		"\"status\":\"ENDED\",\"startedAt\":\"2026-08-21T10:00:00Z\",\"endedAt\":\"2026-08-21T10:30:00Z\"}}";
	struct told t = tell(ended);

	ck_assert_str_eq(said(ended), "ended -");
	ck_assert_str_eq(t.marks[0].texts[MARK_END_REASON], "HOST_ENDED_MEETING");
	ck_assert_int_eq(t.marks[0].session_ended_us, t.marks[0].at_us);
	ck_assert_str_eq(said(shown), "info -");
	ck_assert_int_eq(tell(shown).marks[0].session_ended_us, MARK_UNTOLD);
	ck_assert_str_eq(said(RTK("meeting.started", "")), "info -");
}
END_TEST

START_TEST(realtimekit_a_participant_event_without_a_peer_makes_nobody)
{
	ck_assert_str_eq(said(RTK("meeting.participantJoined", ",\"participant\":{\"userDisplayName\":\"?\"}")), "info -");
	ck_assert_str_eq(said(RTK("meeting.participantLeft", ",\"participant\":{\"userDisplayName\":\"?\"" STAY "}")), "info -");
}
END_TEST

START_TEST(realtimekit_the_id_of_older_integrations_stands_in)
{
	ck_assert_str_eq(text_of(RTK("meeting.participantJoined", MARY(",\"clientSpecificId\":\"old-1\"")), MARK_USER_ID), "old-1");
	ck_assert_str_eq(text_of(RTK("meeting.participantJoined", MARY(",\"clientSpecificId\":\"old-1\","
				     "\"customParticipantId\":\"new-1\"")), MARK_CUSTOM_PARTICIPANT_ID), "new-1");
}
END_TEST

#define AT_NOON(event, more) "{\"source\":\"realtimekit\",\"at\":\"2026-08-21T12:00:00Z\",\"event\":{\"event\":\"" event \
	"\",\"meeting\":{\"id\":\"m1\",\"sessionId\":\"s1\"}" more "}}"

START_TEST(realtimekit_at_one_instant_the_end_comes_last)
{
	static const char *const lines[] = {
		AT_NOON("meeting.participantJoined", ",\"participant\":{\"peerId\":\"p1\"}"),
		AT_NOON("meeting.transcript", ""),
		AT_NOON("meeting.participantLeft", ",\"participant\":{\"peerId\":\"p1\"}"),
		AT_NOON("meeting.ended", ""),
	};

	expect_in_order(lines, N_ELEMENTS(lines));
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("marks");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, hrtc_a_client_is_in_while_its_connection_stands);
	tcase_add_test(t, hrtc_the_others_come_and_go_as_it_tells);
	tcase_add_test(t, hrtc_each_leave_code_has_its_reason_and_class);
	tcase_add_test(t, hrtc_what_is_told_of_others_is_their_activity_and_all_else_the_clients_own);
	tcase_add_test(t, hrtc_who_is_banned_is_out);
	tcase_add_test(t, hrtc_a_client_is_called_as_in_its_own_statistics);
	tcase_add_test(t, hrtc_at_one_instant_who_comes_comes_before_who_goes);
	tcase_add_test(t, ivs_joined_and_left_are_the_vendors_words);
	tcase_add_test(t, ivs_who_publishes_is_there_and_who_failed_to_join_is_not);
	tcase_add_test(t, ivs_what_happened_within_one_second_is_in_the_order_it_can_have_happened);
	tcase_add_test(t, ivs_an_event_that_names_no_participant_is_of_the_one_that_was_asked_for);
	tcase_add_test(t, ivs_a_token_tells_the_user_the_new_one_first);
	tcase_add_test(t, ivs_eventbridge_tells_who_publishes_and_nobodys_coming_or_going);
	tcase_add_test(t, spaces_tracksstatus_joins_whatever_it_says_of_connected);
	tcase_add_test(t, spaces_the_end_of_the_video_leaves_and_leaving_the_space_does_if_one_was_in);
	tcase_add_test(t, spaces_being_in_the_space_is_not_being_in_its_call);
	tcase_add_test(t, spaces_who_and_where_come_from_the_envelope_where_the_message_is_silent);
	tcase_add_test(t, spaces_a_message_from_nobody_says_nothing_of_presence);
	tcase_add_test(t, spaces_at_one_instant_the_end_of_the_video_comes_before_leaving_the_space);
	tcase_add_test(t, realtimekit_a_leave_tells_both_ends_of_a_stay_and_counts_once);
	tcase_add_test(t, realtimekit_who_left_before_joining_has_left);
	tcase_add_test(t, realtimekit_any_webhook_tells_of_its_meeting);
	tcase_add_test(t, realtimekit_the_end_is_the_events_word_and_not_the_statuss);
	tcase_add_test(t, realtimekit_a_participant_event_without_a_peer_makes_nobody);
	tcase_add_test(t, realtimekit_the_id_of_older_integrations_stands_in);
	tcase_add_test(t, realtimekit_at_one_instant_the_end_comes_last);
	return unit_main("marks", t);
}
