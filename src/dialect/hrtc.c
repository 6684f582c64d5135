#include "dialect/hrtc.h"

#include <stdint.h>
#include <string.h>

#include "dialect/index.h"
#include "util/macros.h"
#include "wire/limits.h"

/*
 * The payload is what the web SDK hands to a callback: it bears no name, no time
 * and mostly no room. Name, room and the client's own user come in the context,
 * the time as the envelope's at; where a payload tells its room, the context need
 * not. What is not documented of an event is taken if
 * it is no riddle: `reason` and `status` are three things each, so each is this
 * one only where the vendor says so.
 */

#define TEXT(limit)      .type = FIELD_TEXT, .keep = KEEP_DICT, .max_chars = (limit)
#define TEXT_ONCE(limit) .type = FIELD_TEXT, .keep = KEEP_INLINE, .max_chars = (limit)
/* Where the vendor states no length: what a line can hold. */
#define ANY_TEXT         TEXT(LIMIT_LINE_BYTES)
#define ANY_TEXT_ONCE    TEXT_ONCE(LIMIT_LINE_BYTES)
#define INT(least, most) .type = FIELD_INT, .min = (least), .max = (most)
#define ANY_INT          INT(INT64_MIN, INT64_MAX)
#define BOOL             .type = FIELD_BOOL
#define REAL             .type = FIELD_REAL

static const char *const names[] = {
	"peer-join", "peer-leave", "stream-added", "stream-removed", "stream-updated",
	"stream-subscribed", "client-banned", "Error", "connection-state-changed", "mute-audio",
	"unmute-audio", "mute-video", "unmute-video", "log-upload-result", "signature-expired",
	"camera-changed", "recording-device-changed", "playback-device-changed", "network-quality",
	"stream-interrupted", "stream-recovered", "volume-indicator", "remote-user-name-changed",
	"rtc-stats", "kick-room", "live-streaming-updated", NULL,
};
static const char *const on_leave[] = { "peer-leave", NULL };
static const char *const on_ban[] = { "client-banned", NULL };
static const char *const on_mute[] = {
	"mute-audio", "unmute-audio", "mute-video", "unmute-video", NULL,
};
static const char *const on_error[] = { "Error", NULL };
static const char *const on_signature[] = { "signature-expired", NULL };
static const char *const on_state[] = { "connection-state-changed", NULL };
static const char *const on_upload[] = { "log-upload-result", NULL };
static const char *const on_device[] = {
	"camera-changed", "recording-device-changed", "playback-device-changed", NULL,
};
static const char *const on_quality[] = { "network-quality", NULL };
static const char *const on_interruption[] = { "stream-interrupted", "stream-recovered", NULL };
static const char *const on_volume[] = { "volume-indicator", NULL };
static const char *const on_stream[] = {
	"stream-added", "stream-removed", "stream-updated", "stream-subscribed", NULL,
};

static const char *const connection_states[] = {
	"CONNECTING", "CONNECTED", "RECONNECTING", "DISCONNECTED", NULL,
};
static const char *const device_states[] = { "ADD", "REMOVE", NULL };
/* Signature expired; signature invalid. */
static const char *const signature_codes[] = { "90100030", "90100031", NULL };
static const char *const stream_types[] = {
	"main", "middle1", "middle2", "middle3", "middle4", "slides", "desktop", NULL,
};
static const char *const media_types[] = { "audio", "video", NULL };

enum {
	HRTC_NAME,
	HRTC_ROOM_ID,
	HRTC_REPORTER,
	HRTC_PAYLOAD_ROOM_ID,
	HRTC_USER_ID,
	HRTC_USER_NAME,
	HRTC_LEAVE_CODE,
	HRTC_LEAVE_MESSAGE,
	HRTC_BAN_REASON,
	HRTC_MEDIA_STATUS,
	HRTC_MEDIA_REASON,
	HRTC_ERROR_CODE,
	HRTC_SIGNATURE_CODE,
	HRTC_ERROR_MESSAGE,
	HRTC_PREVIOUS_STATE,
	HRTC_CURRENT_STATE,
	HRTC_UPLOAD_STATUS,
	HRTC_UPLOAD_STATUS_FIELD,
	HRTC_DEVICE_ID,
	HRTC_DEVICE_STATE,
	HRTC_UPLINK_QUALITY,
	HRTC_DOWNLINK_QUALITY,
	HRTC_STREAM_ID,
	HRTC_STREAM_TYPE,
	HRTC_HAS_AUDIO,
	HRTC_HAS_VIDEO,
	N_HRTC_FIELDS,
};

static const struct field fields[N_HRTC_FIELDS] = {
	[HRTC_NAME] = { "name", NULL, ANY_TEXT, .from = FROM_CONTEXT, .required = true,
			.known = names },
	[HRTC_ROOM_ID] = { "roomId", "room_id", TEXT(64), .role = ROLE_SESSION, .from = FROM_CONTEXT,
			   .required = true },
	[HRTC_REPORTER] = { "userId", "reporter", TEXT(64), .from = FROM_CONTEXT,
			    .role = ROLE_USER },
	[HRTC_PAYLOAD_ROOM_ID] = { "roomId", "payload_room_id", TEXT(64), .role = ROLE_SESSION },
	[HRTC_USER_ID] = { "userId", "user", TEXT(64), .role = ROLE_USER },
	[HRTC_USER_NAME] = { "userName", "user_name", TEXT(256) },
	[HRTC_LEAVE_CODE] = { "reason.code", "leave_code", INT(0, 10), .only = on_leave },
	[HRTC_LEAVE_MESSAGE] = { "reason.msg", "leave_message", ANY_TEXT_ONCE, .only = on_leave },
	[HRTC_BAN_REASON] = { "reason", "ban_reason", ANY_TEXT_ONCE, .only = on_ban },
	[HRTC_MEDIA_STATUS] = { "status", "media_status", INT(1, 2), .only = on_mute },
	[HRTC_MEDIA_REASON] = { "reason", "media_reason", INT(0, 2), .only = on_mute },
	/* The SDK's own are numbers in quotes, the server's begin with "RTC.": no list has them all. */
	[HRTC_ERROR_CODE] = { "errorCode", "error_code", ANY_TEXT, .only = on_error },
	[HRTC_SIGNATURE_CODE] = { "errorCode", "error_code", ANY_TEXT, .only = on_signature,
				  .known = signature_codes },
	[HRTC_ERROR_MESSAGE] = { "errorMsg", "error_message", ANY_TEXT_ONCE },
	[HRTC_PREVIOUS_STATE] = { "prevState", "previous_state", ANY_TEXT, .only = on_state,
				  .closed = connection_states },
	[HRTC_CURRENT_STATE] = { "curState", "current_state", ANY_TEXT, .only = on_state,
				 .closed = connection_states },
	/* The SDK hands over the bare number. */
	[HRTC_UPLOAD_STATUS] = { "", "upload_result", ANY_INT, .only = on_upload },
	[HRTC_UPLOAD_STATUS_FIELD] = { "status", "upload_status", ANY_INT, .only = on_upload },
	[HRTC_DEVICE_ID] = { "deviceId", "device_id", ANY_TEXT },
	[HRTC_DEVICE_STATE] = { "state", "device_state", ANY_TEXT, .only = on_device,
				.closed = device_states },
	[HRTC_UPLINK_QUALITY] = { "uplinkNetworkQuality", "uplink_quality", INT(0, 6),
				  .only = on_quality },
	[HRTC_DOWNLINK_QUALITY] = { "downlinkNetworkQuality", "downlink_quality", INT(0, 6),
				    .only = on_quality },
	/* RemoteStream is an object of the SDK without a JSON form: these are its getters. */
	[HRTC_STREAM_ID] = { "streamId", "stream_id", ANY_TEXT_ONCE, .only = on_stream },
	[HRTC_STREAM_TYPE] = { "type", "stream_type", ANY_TEXT, .only = on_stream },
	[HRTC_HAS_AUDIO] = { "hasAudio", "has_audio", BOOL, .only = on_stream },
	[HRTC_HAS_VIDEO] = { "hasVideo", "has_video", BOOL, .only = on_stream },
};

static const struct rule_column columns[] = {
	{ { "peer-join" } },
	{ { "peer-leave" } },
	{ { "client-banned" } },
	{ { "Error" } },
	{ { "signature-expired" } },
	{ { "connection-state-changed" } },
	{ { "mute-audio" } },
	{ { "unmute-audio" } },
	{ { "mute-video" } },
	{ { "unmute-video" } },
	{ { "log-upload-result" } },
	{ { "camera-changed" } },
	{ { "recording-device-changed" } },
	{ { "playback-device-changed" } },
	{ { "network-quality" } },
	{ { "remote-user-name-changed" } },
	{ { "kick-room" } },
};

/* The status of log-upload-result may as well be the payload itself. */
static const struct rule_row rows[] = {
	/*                            peer-join
	                              |peer-leave
	                              ||client-banned
	                              |||Error
	                              ||||signature-expired
	                              |||||connection-state-changed
	                              |||||| mute-, unmute-audio, mute-, unmute-video
	                              |||||| |    log-upload-result
	                              |||||| |    | camera-, recording-, playback-device-changed
	                              |||||| |    | |   network-quality
	                              |||||| |    | |   |remote-user-name-changed
	                              |||||| |    | |   ||kick-room */
	{ HRTC_PAYLOAD_ROOM_ID,      "oooooo RRRR o ooo oRR" },
	{ HRTC_USER_ID,              "RRRooo RRRR o ooo oRo" },
	{ HRTC_USER_NAME,            "oooooo oooo o ooo oRo" },
	{ HRTC_BAN_REASON,           "ooRooo oooo o ooo ooo" },
	{ HRTC_MEDIA_STATUS,         "oooooo RRRR o ooo ooo" },
	{ HRTC_MEDIA_REASON,         "oooooo RRRR o ooo ooo" },
	{ HRTC_ERROR_CODE,           "oooRoo oooo o ooo ooo" },
	{ HRTC_SIGNATURE_CODE,       "ooooRo oooo o ooo ooo" },
	{ HRTC_ERROR_MESSAGE,        "oooRRo oooo o ooo ooo" },
	{ HRTC_PREVIOUS_STATE,       "oooooR oooo o ooo ooo" },
	{ HRTC_CURRENT_STATE,        "oooooR oooo o ooo ooo" },
	{ HRTC_UPLOAD_STATUS_FIELD,  "oooooo oooo R ooo ooo" },
	{ HRTC_DEVICE_ID,            "oooooo oooo o RRR ooo" },
	{ HRTC_DEVICE_STATE,         "oooooo oooo o RRR ooo" },
	{ HRTC_UPLINK_QUALITY,       "oooooo oooo o ooo Roo" },
	{ HRTC_DOWNLINK_QUALITY,     "oooooo oooo o ooo Roo" },
};

static const struct rules rules = {
	.when = { HRTC_NAME },
	.n_when = 1,
	.columns = columns,
	.n_columns = N_ELEMENTS(columns),
	.rows = rows,
	.n_rows = N_ELEMENTS(rows),
};

/* Elements. A user is userId or user_id, by the event; of statistics only the nickname is told. */

enum {
	ITEM_USER_ID,
	ITEM_VOLUME_USER_ID,
	ITEM_IS_SCREEN,
	ITEM_VOLUME,
	ITEM_USER_NAME,
	ITEM_IS_REMOTE,
	ITEM_STREAM_TYPE,
	ITEM_MEDIA_TYPE,
	ITEM_BITRATE,
	ITEM_FRAME_RATE,
	ITEM_RTT,
	ITEM_JITTER,
	ITEM_LOSS,
	N_ITEM_FIELDS,
};

static const struct field item_fields[N_ITEM_FIELDS] = {
	[ITEM_USER_ID] = { "userId", "user_id", ANY_TEXT, .only = on_interruption },
	[ITEM_VOLUME_USER_ID] = { "user_id", NULL, ANY_TEXT, .only = on_volume },
	[ITEM_IS_SCREEN] = { "isScreen", "is_screen", BOOL },
	[ITEM_VOLUME] = { "volume", NULL, REAL, .min = 0, .max = 100 },
	[ITEM_USER_NAME] = { "userName", "user_name", ANY_TEXT },
	[ITEM_IS_REMOTE] = { "isRemote", "is_remote", BOOL },
	[ITEM_STREAM_TYPE] = { "streamType", "stream_type", ANY_TEXT, .known = stream_types },
	[ITEM_MEDIA_TYPE] = { "mediaType", "media_type", ANY_TEXT, .closed = media_types },
	[ITEM_BITRATE] = { "bitrate", NULL, REAL },
	[ITEM_FRAME_RATE] = { "frameRate", "frame_rate", REAL },
	[ITEM_RTT] = { "rtt", NULL, REAL },
	[ITEM_JITTER] = { "jitter", NULL, REAL, .keep = KEEP_MILLI },
	[ITEM_LOSS] = { "pktLossRate", "loss", REAL, .keep = KEEP_MILLI },
};

static const struct rule_column item_columns[] = {
	{ { "stream-interrupted" } },
	{ { "stream-recovered" } },
	{ { "volume-indicator" } },
	{ { "rtc-stats" } },
};

static const struct rule_row item_rows[] = {
	{ ITEM_USER_ID,         "RR - -" },
	{ ITEM_VOLUME_USER_ID,  "-- R -" },
	{ ITEM_IS_SCREEN,       "RR - -" },
	{ ITEM_VOLUME,          "-- o -" },
	{ ITEM_USER_NAME,       "-- - R" },
	{ ITEM_IS_REMOTE,       "-- - R" },
	{ ITEM_STREAM_TYPE,     "-- - R" },
	{ ITEM_MEDIA_TYPE,      "-- - R" },
	{ ITEM_BITRATE,         "-- - R" },
	{ ITEM_FRAME_RATE,      "-- - R" },
	{ ITEM_RTT,             "-- - R" },
	{ ITEM_JITTER,          "-- - R" },
	{ ITEM_LOSS,            "-- - R" },
};

static const struct rules item_rules = {
	.when = { HRTC_NAME },
	.n_when = 1,
	.columns = item_columns,
	.n_columns = N_ELEMENTS(item_columns),
	.rows = item_rows,
	.n_rows = N_ELEMENTS(item_rows),
};

static const char *const array_kinds[] = {
	"stream-interrupted", "stream-recovered", "volume-indicator", "rtc-stats", NULL,
};

static const struct lifted lifted[] = {
	{ "local_rtt", ITEM_RTT, .only_where = true, .where = ITEM_IS_REMOTE, .is = 0 },
	{ "tells_streams", ITEM_IS_SCREEN },
};

static struct dialect_index item_index;

static const struct items items = {
	.table = "hrtc_item",
	.fields = item_fields,
	.n_fields = N_ITEM_FIELDS,
	.rules = &item_rules,
	.kinds = array_kinds,
	.lifted = lifted,
	.n_lifted = N_ELEMENTS(lifted),
	.index = &item_index,
};

/*
 * Presence. A client tells of itself (its connection, its ban) and of the others
 * in the room; what it tells of anything else counts as its own activity. A
 * connection that ends before it stood is the leaving of who is in, since it was
 * to be made once more, and else nobody's.
 */

/* The table leave_reason has the same, for views. */
static const struct {
	const char *name, *class;
} leave_reasons[] = {
	{ "exit", "normal" },
	{ "server exception", "failure" },
	{ "SFU fault", "failure" },
	{ "service unavailable", "failure" },
	{ "internal error", "failure" },
	{ "banned", "forced" },
	{ "signature expired", "failure" },
	{ "reconnection timeout", "failure" },
	{ "network check", "normal" },
	{ "removed", "forced" },
	{ "room dismissed", "forced" },
};

static const char *const of_others[] = {
	"peer-join", "peer-leave", "mute-audio", "unmute-audio", "mute-video", "unmute-video",
	"remote-user-name-changed", "stream-added", "stream-removed", "stream-updated",
	"stream-subscribed", NULL,
};

static bool is(const char *text, const char *word)
{
	return text && strcmp(text, word) == 0;
}

static bool is_of_others(const char *name)
{
	for (const char *const *n = of_others; name && *n; n++)
		if (strcmp(name, *n) == 0)
			return true;
	return false;
}

static void mark_joined(struct mark *m)
{
	m->kind = MARK_JOINED;
	m->rank = MARK_RANK_JOINED;
}

static void mark_left(struct mark *m, const char *how, const char *class)
{
	m->kind = MARK_LEFT;
	m->rank = MARK_RANK_LEFT;
	m->texts[MARK_HOW_LEFT] = how;
	m->texts[MARK_HOW_LEFT_CLASS] = class;
}

static void mark_leave_reason(const struct event *e, struct mark *m)
{
	int64_t code = event_int(e, HRTC_LEAVE_CODE, -1);

	if (code >= 0 && code < (int64_t) N_ELEMENTS(leave_reasons))
		mark_left(m, leave_reasons[code].name, leave_reasons[code].class);
	else	/* it is optional: nothing says that this was nobody's wish */
		mark_left(m, event_text(e, HRTC_LEAVE_MESSAGE), "normal");
}

static void mark_state(const struct event *e, struct mark *m)
{
	const char *now = event_text(e, HRTC_CURRENT_STATE), *before = event_text(e, HRTC_PREVIOUS_STATE);
	bool connecting = is(before, "CONNECTING");

	if (is(now, "CONNECTED"))
		mark_joined(m);
	else if (is(now, "DISCONNECTED"))
		mark_left(m, "disconnected", connecting || is(before, "RECONNECTING") ? "failure" : "normal");
	if (m->kind == MARK_LEFT && connecting) {
		m->kind = MARK_OUT;	/* only if it had been in */
		m->rank = MARK_RANK_LEFT_IF_IN;
	}
}

/* The nickname that a client's statistics give itself. */
static const char *own_name(const struct event *e)
{
	for (size_t i = 0; i < e->n_items; i++) {
		const struct value *is_remote = values_at(&e->items[i].values, ITEM_IS_REMOTE);
		const struct value *name = values_at(&e->items[i].values, ITEM_USER_NAME);

		if (is_remote->kind == VALUE_INT && is_remote->i == 0)
			return name->kind == VALUE_TEXT ? name->text : NULL;
	}
	return NULL;
}

static size_t marks(const struct event *e, struct mark ret[static MARKS_MAX])
{
	const char *name = event_text(e, HRTC_NAME), *reporter = event_text(e, HRTC_REPORTER);
	const char *user = event_text(e, HRTC_USER_ID), *user_name = event_text(e, HRTC_USER_NAME);
	const char *who = is_of_others(name) || (is(name, "client-banned") && user) ? user : reporter;
	struct mark *m = &ret[0];

	*m = mark_of(e);
	if (is(name, "peer-join"))
		mark_joined(m);
	else if (is(name, "peer-leave"))
		mark_leave_reason(e, m);
	else if (is(name, "client-banned"))
		mark_left(m, "banned", "forced");
	else if (is(name, "connection-state-changed"))
		mark_state(e, m);
	if (who && user && user_name && strcmp(who, user) == 0)
		m->texts[MARK_DISPLAY_NAME] = user_name;
	else if (is(name, "rtc-stats"))
		m->texts[MARK_DISPLAY_NAME] = own_name(e);
	m->texts[MARK_PARTICIPANT_ID] = m->texts[MARK_USER_ID] = who;
	m->texts[MARK_CALL_ID] = event_either_text(e, HRTC_ROOM_ID, HRTC_PAYLOAD_ROOM_ID);
	if (reporter)
		m->is_local = is(who, reporter);
	return 1;
}

static const uint8_t scope_fields[] = { HRTC_ROOM_ID, HRTC_PAYLOAD_ROOM_ID };

static struct dialect_index hrtc_index;

const struct dialect dialect_hrtc = {
	.source = "hrtc",
	.title = "Huawei HRTC room events",
	.table = "hrtc_event",
	.fields = fields,
	.n_fields = N_HRTC_FIELDS,
	.rules = &rules,
	.kind_field = HRTC_NAME,
	.items = &items,
	.any_payload = true,
	.scope_fields = scope_fields,
	.n_scope_fields = N_ELEMENTS(scope_fields),
	.scopes_by_time = true,
	.marks = marks,
	.session_end = SESSION_ENDS_ALL_LEFT_OR_IDLE,
	.index = &hrtc_index,
};
