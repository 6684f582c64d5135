#pragma once

/*
 * Attendance: the marks of one session scope, from the beginning of a session
 * on, as few of them as will fold into the same sessions and participants.
 *
 * Most marks only tell that somebody was active: a client that measures its
 * streams every few seconds says who is in only once. Such marks are merged to
 * one for each participant, so what is held and folded grows with how often
 * people come and go, and not with how long they stay. Merged marks do not go on
 * for longer than the idle time, so no gap between sessions can hide in one; that
 * a session turns out to begin within one, session_fold() tells.
 *
 * Pure. Texts are borrowed, and one pointer stands for one text throughout: they
 * are the caller's interned ones.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/session.h"
#include "dialect/mark.h"
#include "util/buf.h"
#include "util/ptrmap.h"

enum { N_LOCAL = 2 };	/* values of is_local, where it is told */

/* Number of a mark + 1; 0: none. */
typedef uint32_t mark_ref;

/*
 * A participant's stays, which stand for two marks: its joining, and its activity. One is in from
 * one's first joining on, or else from one's first attempt on. Nobody's stand for activity alone,
 * from the first to the last.
 */
struct stays {
	const char *call_type, *call_id;	/* of the first that tells it; NULL if none does */
	int64_t type_us, id_us;			/* when that began */
	int64_t started_us, joined_us;		/* the earliest; MARK_UNTOLD: not joined yet */
	int64_t last_us;
	int64_t n_events;
};

/* What is known of one participant, or of nobody in particular. */
struct seat {
	const char *participant_id;	/* NULL: nobody's */
	union {
		struct {
			/* The earliest mark that has the text, and that tells who is local so. */
			mark_ref texts[N_PARTICIPANT_TEXTS], local[N_LOCAL];
			mark_ref active;	/* where its activity is: see attendance.c */
		};
		struct stays stays;		/* where the attendance is one of stays */
	};
	/* The caller's: its row and what stands in it. */
	int64_t row;
	uint64_t row_texts, row_times;
};

/* There are very many: a mark as it is held takes a third of one, and what most of them do not tell is apart. */
struct held_mark {
	int64_t at_us, from_us;
	uint64_t tie;
	int64_t n_events;
	uint32_t seat;
	uint32_t more;			/* number of a held_more + 1; 0: none */
	uint8_t rank, kind;
	int8_t is_local;
	bool creates : 1, merged : 1;
	bool is_user : 1;		/* its user's id is its participant's */
};

struct held_more {
	int64_t session_started_us, session_ended_us;
	const char *texts[MARK_PARTICIPANT_ID];
};

struct attendance {
	bool of_stays;			/* no marks are held, and each seat has stays */
	struct held_mark *marks;	/* owned, in no order; attendance_sort() */
	size_t n_marks, cap_marks;
	struct held_more *more;		/* owned */
	size_t n_more, cap_more;
	struct seat *seats;		/* owned */
	size_t n_seats, cap_seats;
	struct ptrmap index;		/* participant_id → seat, where there are many */
	mark_ref texts[N_SESSION_TEXTS_END - FIRST_SESSION_TEXT];	/* the earliest mark that has it */
	int64_t started_us;		/* the earliest session_started_us, or MARK_UNTOLD */
	int64_t first_us, last_us;	/* of the marks held; INT64_MAX and INT64_MIN if there is none */
};

void attendance_init(struct attendance *a);
void attendance_deinit(struct attendance *a);	/* works on a zeroed struct */

/* Gives the interned form of a text, or NULL for want of memory. */
struct attendance_texts {
	const char *(*intern)(void *user, const char *s, size_t n);
	void *user;
};

/*
 * Add a mark, whose texts are interned if they are to be kept. @merge_us: the longest
 * time that marks which tell of nothing but activity may be merged over; -1: not at
 * all. Returns 0 or -ENOMEM.
 */
int attendance_add(struct attendance *a, const struct mark *m, int64_t merge_us,
		   const struct attendance_texts *texts);

/*
 * Someone's time in a call as a join attempt tells it: GetStream's part. Add an
 * attempt, or what it has grown by: all is a minimum, a maximum or a sum. To an
 * attendance without marks, which has none from then on. An event that has no
 * attempt is as good as one that has only this event.
 */
struct stay {
	const char *user_id, *call_type, *call_id;	/* NULL if not told; without a user it is nobody's */
	int64_t started_us;
	int64_t joined_us;		/* MARK_UNTOLD: not yet */
	int64_t last_us;
	int64_t n_events;
};

/* Returns 0 or -ENOMEM. */
int attendance_add_stay(struct attendance *a, const struct stay *s, const struct attendance_texts *texts);

/* Have room for as many marks as there are, and @n. Returns 0 or -ENOMEM. */
int attendance_reserve(struct attendance *a, size_t n);

/* Add a mark that was kept before, be it for itself or for several; its texts are interned. Returns 0 or -ENOMEM. */
int attendance_add_kept(struct attendance *a, const struct mark *m);

/* Have all texts interned elsewhere: @texts gives them their new pointers. Returns 0 or -ENOMEM, and then it is of no more use. */
int attendance_intern(struct attendance *a, const struct attendance_texts *texts);

/* The seat of a participant, or NULL. Borrowed until the next mark. */
struct seat *attendance_seat(struct attendance *a, const char *participant_id);

/* How many marks there are, those that stays stand for among them. */
size_t attendance_count(const struct attendance *a);

/* The memory that it takes beside itself. */
size_t attendance_bytes(const struct attendance *a);

/*
 * Lay all marks out in @marks, and append pointers to them, sorted as session_fold()
 * wants them, to @out. Returns 0 or -ENOMEM.
 */
int attendance_sort(const struct attendance *a, struct buf *marks, struct buf *out);

/*
 * Marks as bytes. Packing appends to @out.
 *
 * Return 0 or -ENOMEM; unpacking -EUCLEAN if the bytes are not of a pack.
 */
int attendance_pack(const struct mark *const *marks, size_t n_marks, struct buf *out);
int attendance_unpack(struct attendance *a, const void *data, size_t n, const struct attendance_texts *texts);
