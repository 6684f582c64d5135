#pragma once

/*
 * Session: who was in which call, when, and how it ended, folded from marks.
 *
 * Marks (dialect/mark.h) come sorted, so what is folded is a function of the set
 * of events. Pure; no clock: where a vendor tells no end, the end is a gap in
 * event time, given as the instant from which on it holds.
 *
 * Texts are borrowed from the marks throughout.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dialect/dialect.h"
#include "util/strmap.h"

#define SESSION_UNKNOWN MARK_UNTOLD	/* a time that is not told */

struct session_rules {
	uint8_t end;		/* enum session_end */
	bool named;		/* the vendor gives an id: all marks are one session, whatever the gaps */
	int64_t idle_us;
};

struct session_participant {
	const char *participant_id;
	const char *texts[N_PARTICIPANT_TEXTS];	/* by enum mark_text; each may be NULL */
	int8_t is_local;
	bool ended;			/* its part was ended, and not just by leaving for elsewhere */
	const char *how_left, *how_left_class;
	int64_t joined_us;		/* first; SESSION_UNKNOWN */
	int64_t left_us;		/* last; SESSION_UNKNOWN while in, or never told */
	int64_t open_since_us;		/* when the interval that is still open began; SESSION_UNKNOWN: none is */
	int64_t idle_left_us;		/* from when on the open interval counts as ended; SESSION_UNKNOWN: it does not */
	int64_t duration_us;		/* of the closed intervals */
	int64_t last_us;
	int64_t n_events;
	size_t session;			/* index of its session */
};

struct session {
	const char *texts[N_MARK_TEXTS];	/* by enum mark_text: those of a session; each may be NULL */
	int64_t first_us, last_us;	/* its marks */
	size_t first_mark, n_marks;	/* of those that were folded */
	int64_t started_us;
	int64_t ended_us;		/* SESSION_UNKNOWN: not ended by anything told */
	int64_t idle_end_us;		/* from when on it counts as ended; SESSION_UNKNOWN: it does not */
	int64_t n_events;
	int64_t peak;
};

struct session_interval {
	int64_t from_us, to_us;		/* to: INT64_MAX while open for good */
	size_t session;
};

struct session_fold {
	struct session *sessions;	/* owned, like the other two; in the order of time */
	size_t n_sessions, cap_sessions;
	struct session_participant *participants;
	size_t n_participants, cap_participants;
	struct session_interval *intervals;
	size_t n_intervals, cap_intervals;
	struct strmap index;		/* participant_id of the session in hand → index */
	struct strmap stands;		/* participant_id → how it stands, while it is looked for where a session ends */
};

void session_fold_deinit(struct session_fold *f);	/* works on a zeroed struct */

enum {
	/*
	 * There are merged marks that belong to another session than the first, or to two: what
	 * they told before they were merged is needed. Fold marks that are not.
	 */
	SESSION_E_MERGED = 1,
};

/* Where a mark stands among the others of its scope: a qsort() of pointers to marks. */
int session_compare_marks(const void *a, const void *b);

/*
 * Fold @marks, sorted by session_compare_marks(), all of one scope and from the
 * beginning of a session on.
 *
 * Returns 0, SESSION_E_MERGED or -ENOMEM.
 */
int session_fold(struct session_fold *f, const struct session_rules *rules, const struct mark *const *marks,
		 size_t n_marks);
