#pragma once

/*
 * Attempt: one user's try to join one call, folded from its events.
 *
 * Everything kept is a minimum, a maximum, a sum or a count over the set of its
 * events, so adding them in any order gives the same attempt, and an event can
 * be added to an attempt that was written long ago. Repetitions are the
 * caller's to keep out. Pure; no clock: "abandoned" is open plus time, and is
 * told where the time is known, in the view.
 */

#include <stddef.h>

#include "core/fact.h"
#include "util/buf.h"

/* The groups of stage attempts that decide the outcome, in the order failures are looked for. */
enum group {
	GROUP_COORDINATOR_JOIN,
	GROUP_WS_JOIN,
	GROUP_SUBSCRIBE,
	GROUP_PUBLISH,
	GROUP_PEER_CONNECTION,	/* PeerConnectionConnect that does not say which */
	N_GROUPS,
};

#define ATTEMPT_NEVER INT64_MAX

struct attempt_failure {
	int64_t event_id;	/* 0: none */
	int64_t code;		/* ref; 0 if none was told */
	struct order_key key;
};

struct attempt_group {
	int64_t begin_us;	/* ATTEMPT_NEVER: nothing of it was seen */
	int64_t success_us;	/* ATTEMPT_NEVER: none */
	struct attempt_failure failure;		/* its earliest that is not an abort */
	struct attempt_failure abortion;	/* its earliest that is one */
};

struct attempt {
	int64_t labels[N_LABELS];	/* refs; 0: not told */
	struct order_key label_keys[N_LABELS];
	struct attempt_group groups[N_GROUPS];
	int64_t started_us, last_us;	/* ATTEMPT_NEVER and -1 while it has no event */
	int64_t first_audio_us, first_video_us;	/* ATTEMPT_NEVER: not told */
	int64_t retries, reconnects;	/* over its stage attempts; the caller adds the differences */
	int64_t n_events, n_violations;
};

enum attempt_outcome {	/* as stored in join_attempt.outcome */
	ATTEMPT_JOINED = 1,
	ATTEMPT_FAILED,
	ATTEMPT_ABORTED,
	ATTEMPT_OPEN,
};

struct attempt_result {
	enum attempt_outcome outcome;
	int64_t joined_us;		/* first PeerConnectionConnect success, or ATTEMPT_NEVER */
	/* Of failed and aborted attempts: the first deciding group. */
	enum stage failed_stage;
	enum peer_connection failed_peer_connection;
	int64_t failure_code;		/* ref; 0 if none was told */
	int64_t failure_event;		/* event_id; 0 if it did not fail */
};

void attempt_init(struct attempt *a);
void attempt_add(struct attempt *a, const struct fact *fact);

/* Groups that begin more than @timeout_us after the first peer connection success do not count. */
void attempt_resolve(const struct attempt *a, int64_t timeout_us, struct attempt_result *ret);

/*
 * What the columns of its row do not hold, as bytes: the keys of the labels and
 * the groups. Packing appends to @out; unpacking wants the other members filled
 * in before.
 *
 * Return 0; packing -ENOMEM; unpacking -EUCLEAN if the bytes are not of a pack.
 */
int attempt_pack(const struct attempt *a, struct buf *out);
int attempt_unpack(struct attempt *a, const void *data, size_t n);
