#include "dialect/stream.h"

#include <stdint.h>

#include "dialect/index.h"
#include "util/macros.h"
#include "wire/limits.h"

/*
 * GetStream's ClientEvent as its API describes it. The API marks no field as
 * required; the conditions stand in the text of the fields. Where that text
 * contradicts itself or what every SDK sends, a comment says which reading is
 * taken and why.
 */

static const char *const outcomes[] = { "success", "failure", NULL };
static const char *const peer_connections[] = { "publish", "subscribe", NULL };
static const char *const permissions[] = { "INITIATED", "FAILED", "GRANTED", "NOT_INITIATED", NULL };
/* The text names none; these are what the SDKs send. */
static const char *const ice_states[] = { "CONNECTED", "FAILED", "NOT_CONNECTED", NULL };

/* One connection is made for all attempts, before any. */
static const char *const of_no_attempt[] = { "CoordinatorWS", NULL };

#define TEXT(limit)      .type = FIELD_TEXT, .keep = KEEP_DICT, .max_chars = (limit)
#define TEXT_ONCE(limit) .type = FIELD_TEXT, .keep = KEEP_INLINE, .max_chars = (limit)
#define INT(least, most) .type = FIELD_INT, .min = (least), .max = (most)

static const struct field fields[N_STREAM_FIELDS] = {
	[STREAM_USER_ID] = { "user_id", "user", TEXT(128), .role = ROLE_USER },
	[STREAM_TYPE] = { "type", "call_type", TEXT(64) },
	[STREAM_ID] = { "id", "call_id", TEXT(64) },
	[STREAM_STAGE] = { "stage", NULL, TEXT(64), .required = true },
	[STREAM_STAGE_ID] = { "stage_id", "stage_attempt", TEXT(64), .role = ROLE_STAGE_ID },
	/* Android says "unknown" when it has lost the id: that would tie strangers together. */
	[STREAM_JOIN_ATTEMPT_ID] = { "join_attempt_id", NULL, TEXT(64), .role = ROLE_ATTEMPT,
				     .absent_if = "unknown", .absent_on = of_no_attempt },
	[STREAM_COORDINATOR_CONNECT_ID] = { "coordinator_connect_id", "connect", TEXT(64),
					    .role = ROLE_CONNECT },
	[STREAM_EVENT_TYPE] = { "event_type", NULL, TEXT(32), .required = true },
	[STREAM_TIMESTAMP] = { "timestamp", NULL, .type = FIELD_TIME, .or_ns = true,
			       .role = ROLE_TIME, .required = true },
	[STREAM_USER_AGENT] = { "user_agent", NULL, TEXT(512) },
	[STREAM_SDK_VERSION] = { "sdk_version", NULL, TEXT(50) },
	[STREAM_PEER_CONNECTION] = { "peer_connection", NULL, TEXT(16), .closed = peer_connections },
	[STREAM_WAS_PREVIOUSLY_CONNECTED] = { "was_previously_connected", NULL, .type = FIELD_BOOL },
	[STREAM_PREVIOUSLY_CONNECTED_TIMESTAMP] = { "previously_connected_timestamp",
						    "previously_connected_us", .type = FIELD_TIME,
						    .or_ns = true },
	[STREAM_OUTCOME] = { "outcome", NULL, TEXT(32), .closed = outcomes },
	[STREAM_RETRY_COUNT_ATTEMPT] = { "retry_count_attempt", NULL, INT(0, 1000) },
	[STREAM_ELAPSED_TIME] = { "elapsed_time", "elapsed_time_ms", INT(0, INT64_MAX) },
	[STREAM_CALL_SESSION_ID] = { "call_session_id", "session", TEXT(64), .role = ROLE_SESSION },
	[STREAM_JOIN_REASON] = { "join_reason", NULL, TEXT(200) },
	[STREAM_SFU_ID] = { "sfu_id", "sfu", TEXT(128) },
	[STREAM_TRACK_ID] = { "track_id", NULL, TEXT_ONCE(128) },
	[STREAM_RETRY_FAILURE_REASON] = { "retry_failure_reason", NULL, TEXT_ONCE(2000) },
	[STREAM_RETRY_FAILURE_CODE] = { "retry_failure_code", NULL, TEXT(200) },
	[STREAM_ICE_STATE] = { "ice_state", NULL, TEXT(32), .known = ice_states },
	[STREAM_SCREEN_SHARE_STATUS] = { "screen_share_status", NULL, TEXT(32), .closed = permissions },
	[STREAM_MICROPHONE_PERMISSION_STATUS] = { "microphone_permission_status", NULL, TEXT(32),
						  .closed = permissions },
	[STREAM_CAMERA_PERMISSION_STATUS] = { "camera_permission_status", NULL, TEXT(32),
					      .closed = permissions },
};

/*
 * FirstAudioFrame and FirstVideoFrame "only ever carry an initiated event", so
 * each has a second column in which completed itself is what is forbidden. The
 * vendor does not say so of MediaDevicePermission.
 */
static const struct rule_column columns[] = {
	{ { "JoinInitiated",         "initiated" } },
	{ { "CoordinatorWS",         "initiated" } },
	{ { "CoordinatorWS",         "completed", "success" } },
	{ { "CoordinatorWS",         "completed", "failure" } },
	{ { "CoordinatorJoin",       "initiated" } },
	{ { "CoordinatorJoin",       "completed", "success" } },
	{ { "CoordinatorJoin",       "completed", "failure" } },
	{ { "WSJoin",                "initiated" } },
	{ { "WSJoin",                "completed", "success" } },
	{ { "WSJoin",                "completed", "failure" } },
	{ { "PeerConnectionConnect", "initiated" } },
	{ { "PeerConnectionConnect", "completed", "success" } },
	{ { "PeerConnectionConnect", "completed", "failure" } },
	{ { "FirstAudioFrame",       "initiated" } },
	{ { "FirstAudioFrame",       "completed" } },
	{ { "FirstVideoFrame",       "initiated" } },
	{ { "FirstVideoFrame",       "completed" } },
	{ { "MediaDevicePermission" } },
};

/*
 * i initiated, s completed with success, f completed with failure, c completed.
 * Fields without a row (user, SDK, elapsed time, join reason) are never asked for.
 *
 * coordinator_connect_id: the overview says JoinInitiated carries none, the
 * field's own text that it is not required there, and every SDK sends it once a
 * connection exists: optional.
 *
 * call_session_id: the text requires it everywhere but on CoordinatorJoin's
 * initiation and failure, which takes in JoinInitiated and CoordinatorWS, where
 * no call session can exist yet: not asked for on these either.
 *
 * join_attempt_id: the text ties it to JoinInitiated and the lifecycle stages;
 * on first frames and permissions it is welcome, not asked for. CoordinatorWS
 * "is reported before a join attempt is established": one that bears it all the
 * same is of no attempt, or else half of its pair might be.
 */
static const struct rule_row rows[] = {
	/*                                        Join-
	                                          Initiated
	                                          |  Coordi-
	                                          |  natorWS
	                                          |  |    Coordi-
	                                          |  |    natorJoin
	                                          |  |    |    WSJoin
	                                          |  |    |    |    PeerConnec-
	                                          |  |    |    |    tionConnect
	                                          |  |    |    |    |    FirstAudioFrame
	                                          |  |    |    |    |    |   FirstVideoFrame
	                                          |  |    |    |    |    |   |   MediaDevicePermission
	                                          i  isf  isf  isf  isf  ic  ic  any */
	{ STREAM_TYPE,                         "R  ooo  RRR  RRR  RRR  RR  RR  R" },
	{ STREAM_ID,                           "R  ooo  RRR  RRR  RRR  RR  RR  R" },
	{ STREAM_STAGE_ID,                     "F  RRR  RRR  RRR  RRR  RR  RR  R" },
	{ STREAM_JOIN_ATTEMPT_ID,              "R  ---  RRR  RRR  RRR  oo  oo  o" },
	{ STREAM_COORDINATOR_CONNECT_ID,       "o  RRR  RRR  RRR  RRR  RR  RR  R" },
	{ STREAM_EVENT_TYPE,                   "R  RRR  RRR  RRR  RRR  RF  RF  R" },
	{ STREAM_PEER_CONNECTION,              "-  ---  ---  ---  RRR  --  --  -" },
	{ STREAM_WAS_PREVIOUSLY_CONNECTED,     "-  ---  ---  o--  RRR  --  --  -" },
	{ STREAM_OUTCOME,                      "F  FRR  FRR  FRR  FRR  --  --  -" },
	{ STREAM_RETRY_COUNT_ATTEMPT,          "-  -RR  -RR  -RR  -RR  --  --  -" },
	{ STREAM_CALL_SESSION_ID,              "-  ---  oRo  RRR  RRR  RR  RR  o" },
	{ STREAM_SFU_ID,                       "-  ---  ---  ooR  ooR  RR  RR  -" },
	{ STREAM_TRACK_ID,                     "-  ---  ---  ---  ---  oo  RR  -" },
	{ STREAM_RETRY_FAILURE_REASON,         "-  --R  --R  --R  --R  --  --  -" },
	{ STREAM_RETRY_FAILURE_CODE,           "-  --R  --R  --R  --R  --  --  -" },
	{ STREAM_ICE_STATE,                    "-  ---  ---  ---  ooR  --  --  -" },
	{ STREAM_SCREEN_SHARE_STATUS,          "-  ---  ---  ---  ---  --  --  o" },
	{ STREAM_MICROPHONE_PERMISSION_STATUS, "-  ---  ---  ---  ---  --  --  R" },
	{ STREAM_CAMERA_PERMISSION_STATUS,     "-  ---  ---  ---  ---  --  --  R" },
};

static const struct rules rules = {
	.when = { STREAM_STAGE, STREAM_EVENT_TYPE, STREAM_OUTCOME },
	.n_when = 3,
	.columns = columns,
	.n_columns = N_ELEMENTS(columns),
	.rows = rows,
	.n_rows = N_ELEMENTS(rows),
};

static const uint8_t scope_fields[] = { STREAM_CALL_SESSION_ID };

static struct dialect_index stream_index;

const struct dialect dialect_stream = {
	.source = "stream",
	.title = "GetStream client events",
	.table = "stream_event",
	.fields = fields,
	.n_fields = N_STREAM_FIELDS,
	.rules = &rules,
	.bare_key = "stage",
	.list_key = "events",
	.max_list = LIMIT_STREAM_EVENTS,
	.kind_field = STREAM_STAGE,
	.scope_fields = scope_fields,
	.n_scope_fields = N_ELEMENTS(scope_fields),
	.session_end = SESSION_ENDS_IDLE,
	.session_named = true,
	.index = &stream_index,
};
