#include "dialect/ivs.h"

#include <stdint.h>
#include <string.h>

#include "dialect/index.h"
#include "util/macros.h"
#include "wire/limits.h"

/*
 * No member of an Event is required. Event names and error codes grew over the
 * years, so the lists are what is known, not all there may be. Which stage and
 * session it happened in are parameters of the request that listed it: they
 * come in the context.
 */

#define TEXT(limit)      .type = FIELD_TEXT, .keep = KEEP_DICT, .max_chars = (limit)
#define TEXT_ONCE(limit) .type = FIELD_TEXT, .keep = KEEP_INLINE, .max_chars = (limit)
/* Where the vendor states no length: what a line can hold. */
#define ANY_TEXT         TEXT(LIMIT_LINE_BYTES)

#define STAGE_ARN   TEXT(128), .pattern = "^arn:aws:ivs:[a-z0-9-]+:[0-9]+:stage/[a-zA-Z0-9-]+$"
/* 16 characters, no fewer. */
#define SESSION_ID  TEXT(16), .pattern = "^st-[a-zA-Z0-9]{13}$"
#define PARTICIPANT TEXT_ONCE(64), .pattern = "^[a-zA-Z0-9-]*$"

static const char *const names[] = {
	"JOINED", "LEFT", "PUBLISH_STARTED", "PUBLISH_STOPPED", "SUBSCRIBE_STARTED",
	"SUBSCRIBE_STOPPED", "PUBLISH_ERROR", "SUBSCRIBE_ERROR", "JOIN_ERROR",
	"REPLICATION_STARTED", "REPLICATION_STOPPED", "TOKEN_EXCHANGED", NULL,
};
static const char *const error_codes[] = {
	"INSUFFICIENT_CAPABILITIES", "QUOTA_EXCEEDED", "PUBLISHER_NOT_FOUND", "BITRATE_EXCEEDED",
	"RESOLUTION_EXCEEDED", "STREAM_DURATION_EXCEEDED", "INVALID_AUDIO_CODEC",
	"INVALID_VIDEO_CODEC", "INVALID_PROTOCOL", "INVALID_STREAM_KEY", "REUSE_OF_STREAM_KEY",
	"B_FRAME_PRESENT", "INVALID_INPUT", "INTERNAL_SERVER_EXCEPTION", NULL,
};
static const char *const capabilities[] = { "PUBLISH", "SUBSCRIBE", NULL };

enum {
	IVS_STAGE_ARN,
	IVS_SESSION_ID,
	IVS_ASKED_PARTICIPANT_ID,
	IVS_NAME,
	IVS_PARTICIPANT_ID,
	IVS_EVENT_TIME,
	IVS_REMOTE_PARTICIPANT_ID,
	IVS_ERROR_CODE,
	IVS_DESTINATION_STAGE_ARN,
	IVS_DESTINATION_SESSION_ID,
	IVS_REPLICA,
	IVS_PREVIOUS_TOKEN,
	IVS_PREVIOUS_CAPABILITIES,
	IVS_PREVIOUS_ATTRIBUTES,
	IVS_PREVIOUS_USER_ID,
	IVS_PREVIOUS_EXPIRATION_TIME,
	IVS_NEW_TOKEN,
	IVS_NEW_CAPABILITIES,
	IVS_NEW_ATTRIBUTES,
	IVS_NEW_USER_ID,
	IVS_NEW_EXPIRATION_TIME,
	N_IVS_FIELDS,
};

/* Of a token: what it allows, not the token itself, which stays opaque. */
#define CAPABILITIES .type = FIELD_JSON, .shape = SHAPE_TEXTS, .max = 2, .known = capabilities
#define ATTRIBUTES   .type = FIELD_JSON, .shape = SHAPE_TEXT_MAP, .max_chars = 1024
#define TOKEN_USER   TEXT(128), .role = ROLE_USER

static const struct field fields[N_IVS_FIELDS] = {
	[IVS_STAGE_ARN] = { "stageArn", "stage_arn", STAGE_ARN, .from = FROM_CONTEXT,
			    .required = true },
	[IVS_SESSION_ID] = { "sessionId", "session_id", SESSION_ID, .role = ROLE_SESSION,
			     .from = FROM_CONTEXT, .required = true },
	[IVS_ASKED_PARTICIPANT_ID] = { "participantId", "asked_participant_id", PARTICIPANT,
				       .from = FROM_CONTEXT,
				       .stands_for = IVS_PARTICIPANT_ID + 1 },
	[IVS_NAME] = { "name", NULL, ANY_TEXT, .known = names },
	[IVS_PARTICIPANT_ID] = { "participantId", "participant_id", PARTICIPANT },
	[IVS_EVENT_TIME] = { "eventTime", NULL, .type = FIELD_TIME, .role = ROLE_TIME },
	[IVS_REMOTE_PARTICIPANT_ID] = { "remoteParticipantId", "remote_participant_id", PARTICIPANT },
	[IVS_ERROR_CODE] = { "errorCode", "error_code", ANY_TEXT, .known = error_codes },
	[IVS_DESTINATION_STAGE_ARN] = { "destinationStageArn", "destination_stage_arn", STAGE_ARN },
	[IVS_DESTINATION_SESSION_ID] = { "destinationSessionId", "destination_session_id", SESSION_ID },
	[IVS_REPLICA] = { "replica", NULL, .type = FIELD_BOOL, .false_if_absent = true },
	/* Where the token itself is sent: dialect/redact has put its hash in its place. */
	[IVS_PREVIOUS_TOKEN] = { "previousToken", "previous_token", TEXT_ONCE(LIMIT_LINE_BYTES) },
	[IVS_PREVIOUS_CAPABILITIES] = { "previousToken.capabilities", "previous_capabilities",
					CAPABILITIES },
	[IVS_PREVIOUS_ATTRIBUTES] = { "previousToken.attributes", "previous_attributes", ATTRIBUTES },
	[IVS_PREVIOUS_USER_ID] = { "previousToken.userId", "previous_user", TOKEN_USER },
	[IVS_PREVIOUS_EXPIRATION_TIME] = { "previousToken.expirationTime", "previous_expiration_us",
					   .type = FIELD_TIME },
	[IVS_NEW_TOKEN] = { "newToken", "new_token", TEXT_ONCE(LIMIT_LINE_BYTES) },
	[IVS_NEW_CAPABILITIES] = { "newToken.capabilities", "new_capabilities", CAPABILITIES },
	[IVS_NEW_ATTRIBUTES] = { "newToken.attributes", "new_attributes", ATTRIBUTES },
	[IVS_NEW_USER_ID] = { "newToken.userId", "new_user", TOKEN_USER },
	[IVS_NEW_EXPIRATION_TIME] = { "newToken.expirationTime", "new_expiration_us",
				      .type = FIELD_TIME },
};

static const struct rule_column columns[] = {
	{ { "JOINED" } },
	{ { "LEFT" } },
	{ { "PUBLISH_STARTED" } },
	{ { "PUBLISH_STOPPED" } },
	{ { "PUBLISH_ERROR" } },
	{ { "SUBSCRIBE_STARTED" } },
	{ { "SUBSCRIBE_STOPPED" } },
	{ { "SUBSCRIBE_ERROR" } },
	{ { "JOIN_ERROR" } },
	{ { "REPLICATION_STARTED" } },
	{ { "REPLICATION_STOPPED" } },
	{ { "TOKEN_EXCHANGED" } },
};

/* s started, t stopped, e error, x exchanged. */
static const struct rule_row rows[] = {
	/*                                J
	                                  O  L  PUB- SUB-
	                                  I  E  LISH SCRIBE
	                                  N  F  |    |   JOIN
	                                  E  T  |    |   | REPLICATION
	                                  D  |  |    |   | |  TOKEN
	                                  |  |  ste  ste e st x */
	{ IVS_REMOTE_PARTICIPANT_ID,     "F  -  FFF  ooo F -- -" },
	{ IVS_ERROR_CODE,                "F  F  FFo  FFo o FF F" },
	{ IVS_DESTINATION_STAGE_ARN,     "F  F  FFF  FFF F oo F" },
	{ IVS_DESTINATION_SESSION_ID,    "F  F  FFF  FFF F oo F" },
	{ IVS_PREVIOUS_TOKEN,            "F  F  FFF  FFF F FF o" },
	{ IVS_PREVIOUS_CAPABILITIES,     "F  F  FFF  FFF F FF o" },
	{ IVS_PREVIOUS_ATTRIBUTES,       "F  F  FFF  FFF F FF o" },
	{ IVS_PREVIOUS_USER_ID,          "F  F  FFF  FFF F FF o" },
	{ IVS_PREVIOUS_EXPIRATION_TIME,  "F  F  FFF  FFF F FF o" },
	{ IVS_NEW_TOKEN,                 "F  F  FFF  FFF F FF o" },
	{ IVS_NEW_CAPABILITIES,          "F  F  FFF  FFF F FF o" },
	{ IVS_NEW_ATTRIBUTES,            "F  F  FFF  FFF F FF o" },
	{ IVS_NEW_USER_ID,               "F  F  FFF  FFF F FF o" },
	{ IVS_NEW_EXPIRATION_TIME,       "F  F  FFF  FFF F FF o" },
};

static const struct rules rules = {
	.when = { IVS_NAME },
	.n_when = 1,
	.columns = columns,
	.n_columns = N_ELEMENTS(columns),
	.rows = rows,
	.n_rows = N_ELEMENTS(rows),
};

/*
 * Times are of whole seconds, so that rank is what puts a join before a leave.
 * Whoever publishes is there, even if the join was not told; a failed join is
 * nobody's presence.
 */
static const struct {
	const char *name;
	uint8_t rank, kind;
	bool creates;
} presence[] = {
	{ "JOINED", MARK_RANK_JOINED, MARK_JOINED, true },
	{ "PUBLISH_STARTED", 1, MARK_INFO, true },
	{ "SUBSCRIBE_STARTED", 2, MARK_INFO, false },
	{ "REPLICATION_STARTED", 3, MARK_INFO, false },
	{ "PUBLISH_ERROR", MARK_RANK_INFO, MARK_INFO, true },
	{ "REPLICATION_STOPPED", 5, MARK_INFO, false },
	{ "SUBSCRIBE_STOPPED", 6, MARK_INFO, false },
	{ "PUBLISH_STOPPED", 7, MARK_INFO, true },
	{ "LEFT", MARK_RANK_LEFT, MARK_LEFT, true },
};

static size_t marks(const struct event *e, struct mark ret[static MARKS_MAX])
{
	const char *name = event_text(e, IVS_NAME);
	struct mark *m = &ret[0];

	*m = mark_of(e);
	for (size_t i = 0; name && i < N_ELEMENTS(presence); i++)
		if (strcmp(name, presence[i].name) == 0) {
			m->rank = presence[i].rank;
			m->kind = presence[i].kind;
			m->creates = presence[i].creates;
			break;
		}
	m->texts[MARK_PARTICIPANT_ID] = event_either_text(e, IVS_PARTICIPANT_ID, IVS_ASKED_PARTICIPANT_ID);
	m->texts[MARK_USER_ID] = event_either_text(e, IVS_NEW_USER_ID, IVS_PREVIOUS_USER_ID);
	m->texts[MARK_CALL_ID] = event_text(e, IVS_STAGE_ARN);
	if (m->kind == MARK_LEFT) {
		m->texts[MARK_HOW_LEFT] = "LEFT";
		m->texts[MARK_HOW_LEFT_CLASS] = "normal";
	}
	return 1;
}

static const uint8_t scope_fields[] = { IVS_STAGE_ARN, IVS_SESSION_ID };

static struct dialect_index ivs_index;

const struct dialect dialect_ivs = {
	.source = "ivs",
	.title = "AWS IVS stage events",
	.table = "ivs_event",
	.fields = fields,
	.n_fields = N_IVS_FIELDS,
	.rules = &rules,
	.list_key = "events",
	.max_list = LIMIT_IVS_EVENTS,
	.kind_field = IVS_NAME,
	.scope_fields = scope_fields,
	.n_scope_fields = N_ELEMENTS(scope_fields),
	.told_late = true,
	.marks = marks,
	.session_end = SESSION_ENDS_ALL_LEFT,
	.session_named = true,
	.index = &ivs_index,
};

/*
 * EventBridge. It calls events otherwise, tells neither joins nor leaves, and
 * states no limits. What names the resource is a stage but where a composition
 * changes state: there the stage stands in the detail.
 */

enum {
	BRIDGE_VERSION,
	BRIDGE_ID,
	BRIDGE_DETAIL_TYPE,
	BRIDGE_SOURCE,
	BRIDGE_ACCOUNT,
	BRIDGE_TIME,
	BRIDGE_REGION,
	BRIDGE_STAGE_ARN,
	BRIDGE_RESOURCE,
	BRIDGE_SESSION_ID,
	BRIDGE_EVENT_NAME,
	BRIDGE_EVENT_TIME,
	BRIDGE_USER_ID,
	BRIDGE_PARTICIPANT_ID,
	BRIDGE_ERROR_CODE,
	BRIDGE_REASON,
	BRIDGE_DETAIL_STAGE_ARN,
	N_BRIDGE_FIELDS,
};

static const char *const detail_types[] = {
	"IVS Stage Update", "IVS Participant Recording State Change",
	"IVS Composition State Change", NULL,
};
static const char *const of_stage[] = {
	"IVS Stage Update", "IVS Participant Recording State Change", NULL,
};
static const char *const of_composition[] = { "IVS Composition State Change", NULL };
static const char *const bridge_names[] = {
	"Participant Published", "Participant Unpublished", "Participant Publish Error",
	"Participant Replication Start", "Participant Replication End", "Token Exchanged",
	"Recording Start", "Recording End", "Recording Start Failure", "Recording End Failure",
	"Session Start", "Session End", "Session Failure", "Destination Start", "Destination End",
	"Destination Failure", "Destination Reconnecting", NULL,
};

static const struct field bridge_fields[N_BRIDGE_FIELDS] = {
	[BRIDGE_VERSION] = { "version", NULL, ANY_TEXT },
	[BRIDGE_ID] = { "id", "bridge_id", TEXT_ONCE(LIMIT_LINE_BYTES) },
	[BRIDGE_DETAIL_TYPE] = { "detail-type", "detail_type", ANY_TEXT, .known = detail_types },
	[BRIDGE_SOURCE] = { "source", "aws_source", ANY_TEXT },
	[BRIDGE_ACCOUNT] = { "account", NULL, ANY_TEXT },
	[BRIDGE_TIME] = { "time", "bridge_us", .type = FIELD_TIME },
	[BRIDGE_REGION] = { "region", NULL, ANY_TEXT },
	[BRIDGE_STAGE_ARN] = { "resources", "stage_arn", STAGE_ARN, .in_list = true,
			       .only = of_stage },
	[BRIDGE_RESOURCE] = { "resources", "resource", ANY_TEXT, .in_list = true,
			      .only = of_composition },
	[BRIDGE_SESSION_ID] = { "detail.session_id", "session_id", ANY_TEXT, .role = ROLE_SESSION },
	[BRIDGE_EVENT_NAME] = { "detail.event_name", "event_name", ANY_TEXT, .known = bridge_names },
	[BRIDGE_EVENT_TIME] = { "detail.event_time", "event_us", .type = FIELD_TIME },
	[BRIDGE_USER_ID] = { "detail.user_id", "user", TEXT(128), .role = ROLE_USER },
	[BRIDGE_PARTICIPANT_ID] = { "detail.participant_id", "participant_id", PARTICIPANT },
	[BRIDGE_ERROR_CODE] = { "detail.error_code", "error_code", ANY_TEXT, .known = error_codes },
	[BRIDGE_REASON] = { "detail.reason", "reason", TEXT_ONCE(LIMIT_LINE_BYTES) },
	[BRIDGE_DETAIL_STAGE_ARN] = { "detail.stage_arn", "detail_stage_arn", STAGE_ARN },
};

/* When it happened, else when EventBridge took it. */
static const struct time_rule bridge_times[] = {
	{ NULL, BRIDGE_EVENT_TIME },
	{ NULL, BRIDGE_TIME },
};

/* Who publishes, or did, or tried to, is there. */
static size_t bridge_marks(const struct event *e, struct mark ret[static MARKS_MAX])
{
	static const struct {
		const char *name;
		uint8_t rank;
	} publishing[] = {
		{ "Participant Published", 1 },
		{ "Participant Unpublished", 7 },
		{ "Participant Publish Error", MARK_RANK_INFO },
	};
	const char *name = event_text(e, BRIDGE_EVENT_NAME);
	struct mark *m = &ret[0];

	*m = mark_of(e);
	for (size_t i = 0; name && i < N_ELEMENTS(publishing); i++)
		if (strcmp(name, publishing[i].name) == 0) {
			m->rank = publishing[i].rank;
			m->creates = true;
		}
	m->texts[MARK_PARTICIPANT_ID] = event_text(e, BRIDGE_PARTICIPANT_ID);
	m->texts[MARK_USER_ID] = event_text(e, BRIDGE_USER_ID);
	m->texts[MARK_CALL_ID] = event_either_text(e, BRIDGE_STAGE_ARN, BRIDGE_DETAIL_STAGE_ARN);
	return 1;
}

static const uint8_t bridge_scope_fields[] = { BRIDGE_STAGE_ARN, BRIDGE_SESSION_ID };

static struct dialect_index bridge_index;

const struct dialect dialect_ivs_bridge = {
	.source = "ivs",
	.title = "AWS IVS events of EventBridge",
	.table = "ivs_bridge_event",
	.fields = bridge_fields,
	.n_fields = N_BRIDGE_FIELDS,
	.bare_key = "detail-type",
	.kind_field = BRIDGE_DETAIL_TYPE,
	.times = bridge_times,
	.n_times = N_ELEMENTS(bridge_times),
	.scope_fields = bridge_scope_fields,
	.n_scope_fields = N_ELEMENTS(bridge_scope_fields),
	.marks = bridge_marks,
	.session_end = SESSION_ENDS_ALL_LEFT,
	.session_named = true,
	.index = &bridge_index,
};
