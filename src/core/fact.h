#pragma once

/*
 * Fact: what one GetStream client event says about a join, in the terms that
 * attempts, stage attempts and connections are folded from.
 *
 * Names are refs here: integers the store has interned (dictionary ids, row
 * keys), never compared by value. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/order.h"
#include "dialect/event.h"

enum stage {
	STAGE_OTHER = 0,	/* a generic client event, or none */
	STAGE_JOIN_INITIATED,
	STAGE_COORDINATOR_WS,
	STAGE_MEDIA_DEVICE_PERMISSION,
	STAGE_COORDINATOR_JOIN,
	STAGE_WS_JOIN,
	STAGE_PEER_CONNECTION_CONNECT,
	STAGE_FIRST_AUDIO_FRAME,
	STAGE_FIRST_VIDEO_FRAME,
	N_STAGES,
};

enum phase {
	PHASE_OTHER = 0,
	PHASE_INITIATED,
	PHASE_COMPLETED,
};

enum resolution {
	RESOLUTION_NONE = 0,	/* not completed, or without an outcome */
	RESOLUTION_SUCCESS,
	RESOLUTION_FAILURE,
};

enum peer_connection {
	PEER_CONNECTION_NONE = 0,
	PEER_CONNECTION_SUBSCRIBE,
	PEER_CONNECTION_PUBLISH,
};

/* What an attempt is labelled with. The first ones take the earliest value told, the rest the latest. */
enum label {
	LABEL_USER,
	LABEL_CALL_TYPE,
	LABEL_CALL_ID,
	LABEL_SESSION,
	LABEL_CONNECT,
	LABEL_JOIN_REASON,
	LABEL_SDK,
	LABEL_SDK_VERSION,
	N_EARLIEST_LABELS,
	LABEL_SFU = N_EARLIEST_LABELS,
	LABEL_MICROPHONE,
	LABEL_CAMERA,
	N_LABELS,
};

struct fact {
	struct order_key key;
	int64_t event_id;
	uint8_t stage;			/* enum stage */
	uint8_t phase;			/* enum phase */
	uint8_t resolution;		/* enum resolution */
	uint8_t peer_connection;	/* enum peer_connection */
	bool aborted;			/* a failure the user or the backend wished for */
	bool was_previously_connected;
	int64_t retry_count;
	int64_t n_violations;
	int64_t failure_code;		/* ref; 0 if none */
	int64_t labels[N_LABELS];	/* refs; 0 if not told */
};

/* Fill in all but event_id and the refs, which only the store knows. */
void fact_read(const struct event *event, struct fact *ret);

/* The parts of it, for events read back from the store. */
enum stage fact_stage(const char *text);	/* NULL is fine */
enum phase fact_phase(const char *text);
enum resolution fact_resolution(const char *text);
uint8_t fact_rank(enum stage stage, enum phase phase);

/* Whether a stage is one that begins and completes: CoordinatorJoin, CoordinatorWS, WSJoin, PeerConnectionConnect. */
bool fact_stage_completes(enum stage stage);

/* The name of a stage and of a peer connection as the vendor spells them; NULL for the ones without. */
const char *fact_stage_name(enum stage stage);
const char *fact_peer_connection_name(enum peer_connection pc);

/*
 * The SDK in a user agent: its first token without the version,
 * "stream-video-react" of "stream-video-react-v1.35.0|os=…". Returns its length.
 */
size_t fact_sdk_of(const char *user_agent, size_t n);
