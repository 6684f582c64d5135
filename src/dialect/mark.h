#pragma once

/*
 * Mark: what one event says of who is in a call, in the same terms for every
 * vendor. A dialect's function tells an event's marks; core/session folds them
 * into sessions and participants. Pure.
 *
 * Texts are borrowed from the event.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dialect/event.h"

#define MARK_UNTOLD INT64_MIN	/* a time that is not told */

enum mark_kind {
	MARK_INFO = 0,		/* something happened, nobody came or went */
	MARK_JOINED,
	MARK_LEFT,
	MARK_LEFT_IF_IN,	/* counts as MARK_LEFT unless something ended the participant's part before */
	MARK_ENDED,		/* the session is over */
	MARK_OUT,		/* counts as MARK_LEFT for who is in at that moment, and for nobody else */
	N_MARK_KINDS,		/* they are kept with sessions: a number keeps its meaning */
};

/* What comes first of marks of one instant. */
enum mark_rank {
	MARK_RANK_JOINED = 0,
	MARK_RANK_INFO = 4,
	MARK_RANK_LEFT = 8,
	MARK_RANK_LEFT_IF_IN,
	MARK_RANK_ENDED,
};

/* Those of a participant, then those of its leaving, then those of the session. Each may be NULL. */
enum mark_text {
	MARK_PEER_ID,
	MARK_USER_ID,
	MARK_DISPLAY_NAME,
	MARK_CUSTOM_PARTICIPANT_ID,
	N_PARTICIPANT_TEXTS,
	MARK_HOW_LEFT = N_PARTICIPANT_TEXTS,
	MARK_HOW_LEFT_CLASS,
	MARK_CALL_TYPE,
	MARK_CALL_ID,
	MARK_TITLE,
	MARK_ORGANIZATION_ID,
	N_SESSION_TEXTS_END,
	FIRST_SESSION_TEXT = MARK_CALL_TYPE,
	MARK_END_REASON = N_SESSION_TEXTS_END,
	MARK_PARTICIPANT_ID,
	N_MARK_TEXTS,
};

struct mark {
	int64_t at_us;
	int64_t from_us;		/* less than at_us if it stands for several: when the first of them was */
	uint64_t tie;			/* the event's digest: orders marks of one instant and rank */
	uint8_t rank;			/* enum mark_rank, or the vendor's own between these */
	uint8_t kind;			/* enum mark_kind */
	bool creates;			/* an info mark that makes a participant */
	bool merged;			/* core/attendance made it: what else it told, others of its session tell */
	int8_t is_local;		/* -1: not told */
	int64_t n_events;
	int64_t session_started_us, session_ended_us;	/* the vendor's own, or MARK_UNTOLD */
	const char *texts[N_MARK_TEXTS];
};

enum { MARKS_MAX = 3 };		/* of one event */

/* An info mark of the event, of nobody yet: what a dialect's function begins with. */
static inline struct mark mark_of(const struct event *e)
{
	return (struct mark) {
		.at_us = e->at_us, .from_us = e->at_us, .tie = e->digest, .rank = MARK_RANK_INFO,
		.is_local = -1, .n_events = 1,
		.session_started_us = MARK_UNTOLD, .session_ended_us = MARK_UNTOLD,
	};
}
