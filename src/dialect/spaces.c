/*
 * Avaya Spaces' socket messages about media sessions and presence.
 *
 * The vendor documents a payload, and real clients send half of it: category and
 * topicId are all that every message has. So nothing else is asked for, and what
 * a message leaves out says nothing: a mediaSession without screenshare does not
 * say that no screen is shared. Ids look like 24 hexadecimal digits, but the
 * vendor's own examples break that: they are texts.
 *
 * What the server alone says of a meeting (attendees, recordings, its start) has
 * no columns; it is kept in extra.
 */

#include "dialect/spaces.h"

#include <stdint.h>
#include <string.h>

#include "dialect/index.h"
#include "util/macros.h"

enum spaces_field {
	SPACES_CATEGORY,
	SPACES_TOPIC_ID,
	SPACES_CONTEXT_TOPIC_ID,
	SPACES_CONTEXT_USER_ID,
	SPACES_CREATED,
	SPACES_COMMENT,
	SPACES_DATA,
	SPACES_SENDER_ID,
	SPACES_DISPLAYNAME,
	SPACES_USERNAME,
	SPACES_SENDER_TYPE,
	SPACES_PICTURE_URL,
	SPACES_PHONE_NUMBERS,
	SPACES_AUDIO,
	SPACES_VIDEO,
	SPACES_CONNECTED,
	SPACES_SELF_MUTED,
	SPACES_SCREENSHARE,
	SPACES_IS_COLLAB_ONLY,
	SPACES_PHONE,
	SPACES_JOIN_TIME,
	SPACES_SUBSCRIBE_TIME,
	SPACES_STREAM_ID,
	SPACES_SESSION_ID,
	SPACES_DESKTOP,
	SPACES_IDLE,
	SPACES_OFFLINE,
	SPACES_ROLE,
	SPACES_ATTENDEE_TYPE,
	SPACES_ATTENDEE,
	N_SPACES_FIELDS,
};

static const char *const categories[] = {
	"tracksstatus",
	"trackstatus",	/* how one SDK spells it */
	"video.end",
	"video.stopscreenshare",
	/* The rest of what the Spaces front end knows. */
	"video.ready",
	"video.request",
	"video.accept",
	"video.startscreenshare",
	"video.screensharedata",
	"video.screenshare.uploadurl",
	"video.screenshare.downloadurl",
	"video.webrtc.events",
	"requestattendeetracksstatuschange",
	"audiotrack.status",
	"party.status.changed",
	"speaking",
	"speaking.stopped",
	"media.session.start",
	"media.session.ready",
	"media.session.started",
	"media.session.invalid",
	/* The server's answers. */
	"app.event.meeting.started",
	"app.event.meeting.ended",
	"app.event.attendee.added",
	"app.event.recording.started",
	"app.event.recording.ended",
	/* Presence. */
	"app.event.presence.party.online",
	"app.event.presence.party.enters",
	"app.event.presence.party.idle",
	"app.event.presence.party.leaves",
	"app.event.presence.request.parties",
	NULL,
};

/* What content says beside mediaSession depends on who speaks: these are presence. */
static const char *const presence[] = {
	"app.event.presence.party.online",
	"app.event.presence.party.enters",
	"app.event.presence.party.idle",
	"app.event.presence.party.leaves",
	"app.event.presence.request.parties",
	NULL,
};

static const char *const sender_types[] = { "user", "anonymous", "phone", "spaceserver", NULL };
static const char *const roles[] = { "admin", "member", "guest", NULL };
static const char *const attendee_types[] = { "userId", "anonymousId", NULL };

/* The vendor states no lengths. */
#define TEXT .type = FIELD_TEXT, .keep = KEEP_DICT
#define BOOL .type = FIELD_BOOL
#define TIME .type = FIELD_TIME

static const struct field fields[N_SPACES_FIELDS] = {
	[SPACES_CATEGORY] = { "category", NULL, TEXT, .required = true, .known = categories },
	[SPACES_TOPIC_ID] = { "topicId", "topic", TEXT, .role = ROLE_SESSION, .required = true },
	[SPACES_CONTEXT_TOPIC_ID] = { "topicId", "context_topic", TEXT, .role = ROLE_SESSION,
				      .from = FROM_CONTEXT, .stands_for = SPACES_TOPIC_ID + 1 },
	[SPACES_CONTEXT_USER_ID] = { "userId", "context_user", TEXT, .from = FROM_CONTEXT,
				     .role = ROLE_USER, .stands_for = SPACES_SENDER_ID + 1 },
	[SPACES_CREATED] = { "created", NULL, TIME, .role = ROLE_TIME },
	[SPACES_COMMENT] = { "comment", NULL, TEXT },
	/* Documented as an array; real clients send objects too. */
	[SPACES_DATA] = { "data", NULL, .type = FIELD_JSON },
	[SPACES_SENDER_ID] = { "sender._id", "user", TEXT, .role = ROLE_USER },
	[SPACES_DISPLAYNAME] = { "sender.displayname", "displayname", TEXT },
	[SPACES_USERNAME] = { "sender.username", "username", TEXT },
	[SPACES_SENDER_TYPE] = { "sender.type", "sender_type", TEXT, .known = sender_types },
	[SPACES_PICTURE_URL] = { "sender.picture_url", "picture_url", TEXT },
	[SPACES_PHONE_NUMBERS] = { "sender.phone_numbers", "phone_numbers", .type = FIELD_JSON,
				   .privacy = PRIVACY_PHONE },
	[SPACES_AUDIO] = { "content.mediaSession.audio", "audio", BOOL },
	[SPACES_VIDEO] = { "content.mediaSession.video", "video", BOOL },
	[SPACES_CONNECTED] = { "content.mediaSession.connected", "connected", BOOL },
	[SPACES_SELF_MUTED] = { "content.mediaSession.selfMuted", "self_muted", BOOL },
	[SPACES_SCREENSHARE] = { "content.mediaSession.screenshare", "screenshare", BOOL },
	[SPACES_IS_COLLAB_ONLY] = { "content.mediaSession.isCollabOnly", "is_collab_only", BOOL },
	/* Whether the sender is in by telephone: no number. */
	[SPACES_PHONE] = { "content.mediaSession.phone", "phone", BOOL },
	[SPACES_JOIN_TIME] = { "content.mediaSession.joinTime", "join_time_us", TIME },
	[SPACES_SUBSCRIBE_TIME] = { "content.subscribeTime", "subscribe_time_us", TIME },
	[SPACES_STREAM_ID] = { "content.streamId", "stream_id", TEXT },
	[SPACES_SESSION_ID] = { "content.sessionId", "session_id", TEXT },
	[SPACES_DESKTOP] = { "content.desktop", "desktop", BOOL, .only = presence },
	[SPACES_IDLE] = { "content.idle", "idle", BOOL, .only = presence },
	[SPACES_OFFLINE] = { "content.offline", "offline", BOOL, .only = presence },
	[SPACES_ROLE] = { "content.role", "role", TEXT, .known = roles, .only = presence },
	[SPACES_ATTENDEE_TYPE] = { "content.attendee.attendeeType", "attendee_type", TEXT,
				   .known = attendee_types, .only = presence },
	[SPACES_ATTENDEE] = { "content.attendee.attendee", "attendee", TEXT, .only = presence },
};

/*
 * The first tracksstatus of a sender starts their part, whatever it says of
 * connected; later ones change nothing. Presence alone (online, enters) is being
 * in the space, not in its call: who leaves the space leaves the call only if
 * nothing has ended their part before.
 */
static size_t marks(const struct event *e, struct mark ret[static MARKS_MAX])
{
	static const struct {
		const char *category;
		uint8_t kind, rank;
	} presence_of[] = {
		{ "tracksstatus", MARK_JOINED, MARK_RANK_JOINED },
		{ "trackstatus", MARK_JOINED, MARK_RANK_JOINED },
		{ "video.end", MARK_LEFT, MARK_RANK_LEFT },
		{ "app.event.presence.party.leaves", MARK_LEFT_IF_IN, MARK_RANK_LEFT_IF_IN },
	};
	const char *category = event_text(e, SPACES_CATEGORY);
	const char *user = event_either_text(e, SPACES_SENDER_ID, SPACES_CONTEXT_USER_ID);
	struct mark *m = &ret[0];

	*m = mark_of(e);
	for (size_t i = 0; user && category && i < N_ELEMENTS(presence_of); i++)
		if (strcmp(category, presence_of[i].category) == 0) {
			m->kind = presence_of[i].kind;
			m->rank = presence_of[i].rank;
		}
	if (m->kind == MARK_LEFT || m->kind == MARK_LEFT_IF_IN) {
		m->texts[MARK_HOW_LEFT] = category;
		m->texts[MARK_HOW_LEFT_CLASS] = "normal";
	}
	m->texts[MARK_PARTICIPANT_ID] = m->texts[MARK_USER_ID] = user;
	m->texts[MARK_DISPLAY_NAME] = event_text(e, SPACES_DISPLAYNAME);
	m->texts[MARK_CALL_ID] = event_either_text(e, SPACES_TOPIC_ID, SPACES_CONTEXT_TOPIC_ID);
	return 1;
}

static const uint8_t scope_fields[] = { SPACES_TOPIC_ID, SPACES_CONTEXT_TOPIC_ID };

static struct dialect_index spaces_index;

const struct dialect dialect_spaces = {
	.source = "spaces",
	.title = "Avaya Spaces messages",
	.table = "spaces_event",
	.fields = fields,
	.n_fields = N_SPACES_FIELDS,
	.bare_key = "category",
	.kind_field = SPACES_CATEGORY,
	.scope_fields = scope_fields,
	.n_scope_fields = N_ELEMENTS(scope_fields),
	.marks = marks,
	.session_end = SESSION_ENDS_ALL_LEFT_OR_IDLE,
	.index = &spaces_index,
};
