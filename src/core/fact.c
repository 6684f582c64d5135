/* What the stages, phases and outcomes of GetStream client events are called, and their order. */

#include "core/fact.h"

#include <string.h>

#include "dialect/stream.h"
#include "util/macros.h"

static const char *const stage_names[N_STAGES] = {
	[STAGE_JOIN_INITIATED] = "JoinInitiated",
	[STAGE_COORDINATOR_WS] = "CoordinatorWS",
	[STAGE_MEDIA_DEVICE_PERMISSION] = "MediaDevicePermission",
	[STAGE_COORDINATOR_JOIN] = "CoordinatorJoin",
	[STAGE_WS_JOIN] = "WSJoin",
	[STAGE_PEER_CONNECTION_CONNECT] = "PeerConnectionConnect",
	[STAGE_FIRST_AUDIO_FRAME] = "FirstAudioFrame",
	[STAGE_FIRST_VIDEO_FRAME] = "FirstVideoFrame",
};

/* Failures that say nothing about quality: the client gave up, or the backend ended the call. */
static const char *const abort_codes[] = { "CLIENT_ABORTED", "BACKEND_LEAVE" };

enum stage fact_stage(const char *text)
{
	for (int i = STAGE_JOIN_INITIATED; text && i < N_STAGES; i++)
		if (strcmp(text, stage_names[i]) == 0)
			return (enum stage) i;
	return STAGE_OTHER;
}

enum phase fact_phase(const char *text)
{
	if (text && strcmp(text, "initiated") == 0)
		return PHASE_INITIATED;
	if (text && strcmp(text, "completed") == 0)
		return PHASE_COMPLETED;
	return PHASE_OTHER;
}

enum resolution fact_resolution(const char *text)
{
	if (text && strcmp(text, "success") == 0)
		return RESOLUTION_SUCCESS;
	if (text && strcmp(text, "failure") == 0)
		return RESOLUTION_FAILURE;
	return RESOLUTION_NONE;
}

uint8_t fact_rank(enum stage stage, enum phase phase)
{
	static const uint8_t phase_rank[] = {
		[PHASE_INITIATED] = 0, [PHASE_OTHER] = 1, [PHASE_COMPLETED] = 2,
	};
	int rank = stage == STAGE_OTHER ? N_STAGES : (int) stage;

	return (uint8_t) (rank * 3 + (int) phase_rank[phase]);
}

bool fact_stage_completes(enum stage stage)
{
	return stage == STAGE_COORDINATOR_WS || stage == STAGE_COORDINATOR_JOIN ||
	       stage == STAGE_WS_JOIN || stage == STAGE_PEER_CONNECTION_CONNECT;
}

const char *fact_stage_name(enum stage stage)
{
	return stage_names[stage];
}

const char *fact_peer_connection_name(enum peer_connection pc)
{
	static const char *const names[] = {
		[PEER_CONNECTION_SUBSCRIBE] = "subscribe",
		[PEER_CONNECTION_PUBLISH] = "publish",
		[PEER_CONNECTION_NONE] = NULL,
	};

	return names[pc];
}

static enum peer_connection peer_connection_of(const char *text)
{
	if (text && strcmp(text, "subscribe") == 0)
		return PEER_CONNECTION_SUBSCRIBE;
	if (text && strcmp(text, "publish") == 0)
		return PEER_CONNECTION_PUBLISH;
	return PEER_CONNECTION_NONE;
}

static bool is_abort(const char *code)
{
	for (size_t i = 0; code && i < N_ELEMENTS(abort_codes); i++)
		if (strcmp(code, abort_codes[i]) == 0)
			return true;
	return false;
}

void fact_read(const struct event *e, struct fact *ret)
{
	enum stage stage = fact_stage(event_text(e, STREAM_STAGE));
	enum phase phase = fact_phase(event_text(e, STREAM_EVENT_TYPE));

	*ret = (struct fact) {
		.key = { e->at_us, e->digest, fact_rank(stage, phase) },
		.stage = (uint8_t) stage,
		.phase = (uint8_t) phase,
		.resolution = phase == PHASE_COMPLETED ?
			(uint8_t) fact_resolution(event_text(e, STREAM_OUTCOME)) : RESOLUTION_NONE,
		.peer_connection = (uint8_t) peer_connection_of(event_text(e, STREAM_PEER_CONNECTION)),
		.aborted = is_abort(event_text(e, STREAM_RETRY_FAILURE_CODE)),
		.was_previously_connected = event_int(e, STREAM_WAS_PREVIOUSLY_CONNECTED, 0) != 0,
		.retry_count = event_int(e, STREAM_RETRY_COUNT_ATTEMPT, 0),
		.n_violations = (int64_t) e->n_violations,
	};
}

size_t fact_sdk_of(const char *user_agent, size_t n)
{
	const char *bar = memchr(user_agent, '|', n);
	size_t end = bar ? (size_t) (bar - user_agent) : n;

	/* The version is the last "-" part that starts like a number: "-v1.35.0", "-1.x". */
	for (size_t i = end; i-- > 0;) {
		size_t digit = i + 1;

		if (user_agent[i] != '-')
			continue;
		if (digit < end && user_agent[digit] == 'v')
			digit++;
		if (digit < end && user_agent[digit] >= '0' && user_agent[digit] <= '9')
			return i;
	}
	return end;
}
