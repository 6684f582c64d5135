/*
 * Cloudflare RealtimeKit's webhooks (Dyte's before).
 *
 * A webhook says its name in event and what it is about in meeting and
 * participant; meeting.chatSynced says the same things flat. The delivery's own id
 * came in a header: the envelope's context carries it.
 *
 * meeting.status is kept and never believed: meeting.ended says LIVE. What clients
 * disagree about the type of, a recording's size or a duration that is a text, is
 * kept in extra.
 */

#include "dialect/realtimekit.h"

#include <stdint.h>
#include <string.h>

#include "dialect/index.h"
#include "util/macros.h"

enum realtimekit_field {
	RTK_EVENT,
	RTK_DELIVERY_ID,
	RTK_ACCOUNT_ID,
	RTK_MEETING_ID,
	RTK_MEETING_SESSION_ID,
	RTK_MEETING_TITLE,
	RTK_MEETING_STATUS,
	RTK_MEETING_ROOM_NAME,
	RTK_MEETING_CREATED_AT,
	RTK_MEETING_STARTED_AT,
	RTK_MEETING_ENDED_AT,
	RTK_MEETING_ORGANIZED_BY_ID,
	RTK_MEETING_ORGANIZED_BY_NAME,
	RTK_PEER_ID,
	RTK_USER_DISPLAY_NAME,
	RTK_CUSTOM_PARTICIPANT_ID,
	RTK_CLIENT_SPECIFIC_ID,
	RTK_JOINED_AT,
	RTK_LEFT_AT,
	RTK_REASON,
	RTK_FLAT_MEETING_ID,
	RTK_FLAT_SESSION_ID,
	RTK_FLAT_TITLE,
	RTK_FLAT_CREATED_AT,
	RTK_FLAT_STARTED_AT,
	RTK_FLAT_ENDED_AT,
	RTK_FLAT_ORGANIZED_BY_ID,
	RTK_FLAT_ORGANIZED_BY_NAME,
	RTK_CHAT_URL,
	RTK_CHAT_URL_EXPIRY,
	RTK_TRANSCRIPT_URL,
	RTK_TRANSCRIPT_URL_EXPIRY,
	RTK_SUMMARY_URL,
	RTK_SUMMARY_URL_EXPIRY,
	RTK_RECORDING_ID,
	RTK_RECORDING_STATUS,
	RTK_RECORDING_URL,
	RTK_RECORDING_AUDIO_URL,
	RTK_RECORDING_URL_EXPIRY,
	RTK_RECORDING_STARTED_TIME,
	RTK_RECORDING_STOPPED_TIME,
	RTK_RECORDING_DURATION,
	RTK_RECORDING_FILE_NAME,
	RTK_RECORDING_ROOM_UUID,
	RTK_STREAM_ID,
	RTK_STREAM_STATUS,
	RTK_MANUAL_INGEST,
	RTK_PLAYBACK_URL,
	RTK_INGEST_SERVER,
	N_RTK_FIELDS,
};

static const char *const events[] = {
	"meeting.started",
	"meeting.ended",
	"meeting.participantJoined",
	"meeting.participantLeft",
	"meeting.chatSynced",
	"meeting.transcript",
	"meeting.summary",
	"recording.statusUpdate",
	"livestreaming.statusUpdate",
	NULL,
};

static const char *const meeting_statuses[] = { "LIVE", "ENDED", NULL };
static const char *const reasons[] = { "HOST_ENDED_MEETING", "ALL_PARTICIPANTS_LEFT", NULL };
static const char *const recording_statuses[] = {
	"INVOKED", "RECORDING", "UPLOADING", "UPLOADED", "ERRORED", NULL,
};
static const char *const stream_statuses[] = { "LIVE", "OFFLINE", "IDLE", NULL };

/* The vendor states no lengths. */
#define TEXT      .type = FIELD_TEXT, .keep = KEEP_DICT
#define TEXT_ONCE .type = FIELD_TEXT, .keep = KEEP_INLINE
#define BOOL      .type = FIELD_BOOL
#define TIME      .type = FIELD_TIME

static const struct field fields[N_RTK_FIELDS] = {
	[RTK_EVENT] = { "event", NULL, TEXT, .required = true, .known = events },
	[RTK_DELIVERY_ID] = { "deliveryId", "delivery_id", TEXT_ONCE, .from = FROM_CONTEXT },
	[RTK_ACCOUNT_ID] = { "accountId", "account_id", TEXT, .from = FROM_CONTEXT },

	[RTK_MEETING_ID] = { "meeting.id", "meeting_id", TEXT },
	[RTK_MEETING_SESSION_ID] = { "meeting.sessionId", "session_id", TEXT, .role = ROLE_SESSION },
	[RTK_MEETING_TITLE] = { "meeting.title", "title", TEXT },
	[RTK_MEETING_STATUS] = { "meeting.status", "meeting_status", TEXT, .known = meeting_statuses },
	[RTK_MEETING_ROOM_NAME] = { "meeting.roomName", "room_name", TEXT },
	[RTK_MEETING_CREATED_AT] = { "meeting.createdAt", "created_us", TIME },
	[RTK_MEETING_STARTED_AT] = { "meeting.startedAt", "started_us", TIME },
	[RTK_MEETING_ENDED_AT] = { "meeting.endedAt", "ended_us", TIME },
	[RTK_MEETING_ORGANIZED_BY_ID] = { "meeting.organizedBy.id", "organized_by_id", TEXT },
	[RTK_MEETING_ORGANIZED_BY_NAME] = { "meeting.organizedBy.name", "organized_by_name", TEXT },

	[RTK_PEER_ID] = { "participant.peerId", "peer_id", TEXT_ONCE },
	[RTK_USER_DISPLAY_NAME] = { "participant.userDisplayName", "user_display_name", TEXT },
	/* The app's own id of whoever joined, so the one user_id it has in all its calls. */
	[RTK_CUSTOM_PARTICIPANT_ID] = { "participant.customParticipantId", "user", TEXT,
					.role = ROLE_USER },
	/* Its name in older integrations. */
	[RTK_CLIENT_SPECIFIC_ID] = { "participant.clientSpecificId", "client_user", TEXT,
				     .role = ROLE_USER },
	[RTK_JOINED_AT] = { "participant.joinedAt", "joined_us", TIME },
	[RTK_LEFT_AT] = { "participant.leftAt", "left_us", TIME },

	[RTK_REASON] = { "reason", NULL, TEXT, .known = reasons },

	[RTK_FLAT_MEETING_ID] = { "meetingId", "flat_meeting_id", TEXT },
	[RTK_FLAT_SESSION_ID] = { "sessionId", "flat_session_id", TEXT, .role = ROLE_SESSION },
	[RTK_FLAT_TITLE] = { "title", "flat_title", TEXT },
	[RTK_FLAT_CREATED_AT] = { "createdAt", "flat_created_us", TIME },
	[RTK_FLAT_STARTED_AT] = { "startedAt", "flat_started_us", TIME },
	[RTK_FLAT_ENDED_AT] = { "endedAt", "flat_ended_us", TIME },
	[RTK_FLAT_ORGANIZED_BY_ID] = { "organizedBy.id", "flat_organized_by_id", TEXT },
	[RTK_FLAT_ORGANIZED_BY_NAME] = { "organizedBy.name", "flat_organized_by_name", TEXT },

	[RTK_CHAT_URL] = { "chatDownloadUrl", "chat_url", TEXT_ONCE },
	[RTK_CHAT_URL_EXPIRY] = { "chatDownloadUrlExpiry", "chat_expiry_us", TIME },
	[RTK_TRANSCRIPT_URL] = { "transcriptDownloadUrl", "transcript_url", TEXT_ONCE },
	[RTK_TRANSCRIPT_URL_EXPIRY] = { "transcriptDownloadUrlExpiry", "transcript_expiry_us", TIME },
	[RTK_SUMMARY_URL] = { "summaryDownloadUrl", "summary_url", TEXT_ONCE },
	[RTK_SUMMARY_URL_EXPIRY] = { "summaryDownloadUrlExpiry", "summary_expiry_us", TIME },

	[RTK_RECORDING_ID] = { "recording.recordingId", "recording_id", TEXT_ONCE },
	[RTK_RECORDING_STATUS] = { "recording.status", "recording_status", TEXT,
				   .known = recording_statuses },
	[RTK_RECORDING_URL] = { "recording.downloadUrl", "recording_url", TEXT_ONCE },
	[RTK_RECORDING_AUDIO_URL] = { "recording.audioDownloadUrl", "recording_audio_url", TEXT_ONCE },
	[RTK_RECORDING_URL_EXPIRY] = { "recording.downloadUrlExpiry", "recording_expiry_us", TIME },
	[RTK_RECORDING_STARTED_TIME] = { "recording.startedTime", "recording_started_us", TIME },
	[RTK_RECORDING_STOPPED_TIME] = { "recording.stoppedTime", "recording_stopped_us", TIME },
	[RTK_RECORDING_DURATION] = { "recording.recordingDuration", "recording_duration_s",
				     .type = FIELD_REAL, .absent_if_text = true },
	[RTK_RECORDING_FILE_NAME] = { "recording.outputFileName", "recording_file_name",
				      TEXT_ONCE },
	[RTK_RECORDING_ROOM_UUID] = { "recording.roomUUID", "recording_room_uuid", TEXT_ONCE },

	[RTK_STREAM_ID] = { "streamId", "stream_id", TEXT_ONCE },
	[RTK_STREAM_STATUS] = { "status", "stream_status", TEXT, .known = stream_statuses },
	[RTK_MANUAL_INGEST] = { "manualIngest", "manual_ingest", BOOL },
	[RTK_PLAYBACK_URL] = { "playbackUrl", "playback_url", TEXT },
	[RTK_INGEST_SERVER] = { "ingestServer", "ingest_server", TEXT },
};

static const struct rule_column columns[] = {
	{ { "meeting.participantJoined" } },
	{ { "meeting.participantLeft" } },
};

static const struct rule_row rows[] = {
	{ RTK_PEER_ID, "RR" },
};

static const struct rules rules = {
	.when = { RTK_EVENT },
	.n_when = 1,
	.columns = columns,
	.n_columns = N_ELEMENTS(columns),
	.rows = rows,
	.n_rows = N_ELEMENTS(rows),
};

static const char *const started[] = { "meeting.started", NULL };
static const char *const joined[] = { "meeting.participantJoined", NULL };
static const char *const left[] = { "meeting.participantLeft", NULL };
static const char *const ended[] = { "meeting.ended", NULL };
static const char *const chat_synced[] = { "meeting.chatSynced", NULL };

/* The others do not say when they happened. */
static const struct time_rule times[] = {
	{ started, RTK_MEETING_STARTED_AT },
	{ joined, RTK_JOINED_AT },
	{ left, RTK_LEFT_AT },
	{ ended, RTK_MEETING_ENDED_AT },
	{ chat_synced, RTK_FLAT_ENDED_AT },
};

/*
 * participantLeft tells both ends of a stay, so it says joined, too, should
 * participantJoined never come. ret[0] is the event's mark, ret[1] is of the same
 * participant. One who left before joining stayed for no time, and left: of two
 * clocks that differ, the end alone is beyond doubt.
 */
static size_t marks_of_stay(int64_t joined_us, struct mark ret[static MARKS_MAX])
{
	struct mark *came = &ret[1], *gone = &ret[0];
	size_t n = 1;

	if (joined_us != MARK_UNTOLD) {
		came->at_us = came->from_us = joined_us;
		came->kind = MARK_JOINED;
		came->rank = MARK_RANK_JOINED;
		n = 2;
	}
	if (joined_us > gone->at_us) {
		gone = &ret[2];
		*gone = *came;
		n = 3;
	}
	gone->kind = MARK_LEFT;
	gone->rank = MARK_RANK_LEFT;
	gone->texts[MARK_HOW_LEFT] = "meeting.participantLeft";
	gone->texts[MARK_HOW_LEFT_CLASS] = "normal";
	return n;
}

/*
 * Only meeting.ended ends the session: what a webhook shows as the meeting's status
 * or end is not its word on that. What somebody is called is told as of the event's
 * own time, so that the first to tell it counts.
 */
static size_t marks(const struct event *e, struct mark ret[static MARKS_MAX])
{
	const char *name = event_text(e, RTK_EVENT), *peer = event_text(e, RTK_PEER_ID);
	const char *user = event_either_text(e, RTK_CUSTOM_PARTICIPANT_ID, RTK_CLIENT_SPECIFIC_ID);
	const char *meeting = event_either_text(e, RTK_MEETING_ID, RTK_FLAT_MEETING_ID);
	struct mark *m = &ret[0];

	*m = mark_of(e);
	m->texts[MARK_PARTICIPANT_ID] = m->texts[MARK_PEER_ID] = peer;
	m->texts[MARK_USER_ID] = m->texts[MARK_CUSTOM_PARTICIPANT_ID] = user;
	ret[1] = *m;	/* who it is, and nothing of the session */
	ret[1].n_events = 0;
	m->texts[MARK_DISPLAY_NAME] = event_text(e, RTK_USER_DISPLAY_NAME);
	m->texts[MARK_CALL_TYPE] = "meeting";
	m->texts[MARK_CALL_ID] = meeting ? meeting : event_text(e, RTK_MEETING_ROOM_NAME);
	m->texts[MARK_TITLE] = event_either_text(e, RTK_MEETING_TITLE, RTK_FLAT_TITLE);
	m->texts[MARK_ORGANIZATION_ID] =
		event_either_text(e, RTK_MEETING_ORGANIZED_BY_ID, RTK_FLAT_ORGANIZED_BY_ID);
	m->session_started_us = event_int(e, RTK_MEETING_STARTED_AT,
					  event_int(e, RTK_FLAT_STARTED_AT, MARK_UNTOLD));
	if (name && strcmp(name, "meeting.ended") == 0) {
		m->kind = MARK_ENDED;
		m->rank = MARK_RANK_ENDED;
		m->session_ended_us = e->at_us;
		m->texts[MARK_END_REASON] = event_text(e, RTK_REASON);
	} else if (name && peer && strcmp(name, "meeting.participantJoined") == 0) {
		m->kind = MARK_JOINED;
		m->rank = MARK_RANK_JOINED;
	} else if (name && peer && strcmp(name, "meeting.participantLeft") == 0) {
		return marks_of_stay(event_int(e, RTK_JOINED_AT, MARK_UNTOLD), ret);
	}
	return 1;
}

static const uint8_t scope_fields[] = { RTK_MEETING_SESSION_ID, RTK_FLAT_SESSION_ID };

static struct dialect_index realtimekit_index;

const struct dialect dialect_realtimekit = {
	.source = "realtimekit",
	.title = "RealtimeKit webhooks",
	.table = "realtimekit_event",
	.fields = fields,
	.n_fields = N_RTK_FIELDS,
	.rules = &rules,
	.bare_key = "event",
	.kind_field = RTK_EVENT,
	.times = times,
	.n_times = N_ELEMENTS(times),
	.scope_fields = scope_fields,
	.n_scope_fields = N_ELEMENTS(scope_fields),
	.delivery_field = RTK_DELIVERY_ID + 1,
	.marks = marks,
	.session_end = SESSION_ENDS_BY_WORD,
	.session_named = true,
	.index = &realtimekit_index,
};
