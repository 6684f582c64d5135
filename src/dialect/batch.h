#pragma once

/*
 * Batch: what arrived while the last commit ran; the unit of writing.
 *
 * Filled by the loop thread, lent to the writer thread, which fills in the
 * fates, and taken back to be answered. Pure.
 */

#include <stdint.h>
#include <sys/types.h>

#include "dialect/event.h"
#include "util/arena.h"

/* Who an event is from. uid, gid and pid are the kernel's word (SO_PEERCRED), app is theirs. */
struct origin {
	const char *app;	/* NUL-terminated, never empty */
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

enum item_kind {
	ITEM_EVENT = 1,	/* to be stored */
	ITEM_REJECT,	/* to be quarantined */
	ITEM_LINE_END,	/* every item of this line stands before it */
};

enum item_fate {
	FATE_PENDING = 0,
	FATE_STORED,
	FATE_DUPLICATE,
	FATE_REJECTED,
};

/* Something that cannot be stored, on its way to quarantine. */
struct reject {
	const struct problem *problems;	/* at least one; the first is the verdict's */
	size_t n_problems;
	const char *source;	/* NULL if not known */
	const char *body;	/* as it came, valid text or not */
	size_t n_body;
	uint64_t n_whole;	/* its whole length; more than n_body if it was cut */
};

struct item {
	uint8_t kind;		/* enum item_kind */
	uint8_t fate;		/* enum item_fate; the store's to write */
	uint32_t event_no;	/* within its line, from 0 */
	uint64_t line_no;	/* within its connection, from 1 */
	void *peer;		/* who is to be answered; opaque here */
	const struct origin *origin;
	union {
		const struct event *event;
		const struct reject *reject;
	};
};

struct batch {
	struct arena arena;
	struct item *items;	/* owned */
	size_t n_items, cap_items;
	size_t n_events;	/* items of kind ITEM_EVENT and ITEM_REJECT */
	int64_t received_us;	/* when its first line was read */
	bool more;		/* it is full: others wait to be read already */
};

void batch_deinit(struct batch *b);
void batch_reset(struct batch *b);

/* Append an empty item. Returns it (borrowed until the next change), or NULL on -ENOMEM. */
struct item *batch_add(struct batch *b, uint8_t kind);
