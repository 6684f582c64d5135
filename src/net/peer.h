#pragma once

/*
 * Peer: one client connection of lines, whatever they mean.
 *
 * Loop thread only. It reads into one buffer that all connections of the loop
 * share, cuts lines, hands them to its owner, and writes what the owner gives
 * it, one buffer at a time. The owner's structure usually embeds it. It knows
 * nothing of what a line says.
 *
 * Lifetime: peer_start() fails only before the loop knows the handle; from then
 * on the one way out is ops->closed, called exactly once and last, never from
 * within peer_start() or peer_close(). The structure may be freed in it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "util/buf.h"
#include "wire/framer.h"

/* What all peers of a loop share. */
struct peer_hub {
	uv_loop_t *loop;	/* borrowed; outlives the hub */
	char *room;		/* owned; LIMIT_READ_BYTES to read into */
	size_t n_peers;		/* connections open now */
};

struct peer;

struct peer_ops {
	/* A whole line, without its newline; borrowed for the call. May pause, write or close. */
	void (*line)(struct peer *p, const char *line, size_t n);

	/* A line longer than max_line_bytes: its first keep_bytes, and its length. */
	void (*long_line)(struct peer *p, const char *head, size_t n_head, uint64_t n_whole);

	/*
	 * The client sends no more (a half-close, a close or a reset). What stood
	 * behind its last newline is borrowed for the call; n_whole is 0 if nothing
	 * did. The peer can still be written to; the owner closes it when done.
	 */
	void (*ended)(struct peer *p, const char *half, size_t n_half, uint64_t n_whole);

	/* What peer_write() took has left, or never will (see deaf): the next may be written. */
	void (*drained)(struct peer *p);

	/* The end: the peer is gone and deinitialised. */
	void (*closed)(struct peer *p);
};

struct peer {
	uv_pipe_t pipe;
	uv_write_t write;
	const struct peer_ops *ops;	/* borrowed, static */
	void *user;			/* the owner's */
	struct peer_hub *hub;		/* borrowed */
	struct framer framer;		/* owned */
	struct buf out;			/* owned; being written */
	uid_t uid;			/* the kernel's word on who connected (SO_PEERCRED) */
	gid_t gid;
	pid_t pid;
	bool reading;			/* the loop polls for input */
	bool paused;			/* by the owner */
	bool pumping;			/* inside pump(): callbacks are running */
	bool ended;			/* nothing more is read */
	bool deaf;			/* the client takes no more: what is written is thrown away */
	bool writing;			/* out is on its way */
};

/* Returns 0 or -ENOMEM. Deinit works on a zeroed struct; no peer may be left. */
int peer_hub_init(struct peer_hub *hub, uv_loop_t *loop);
void peer_hub_deinit(struct peer_hub *hub);

/*
 * Start reading from the connected socket @fd (taken), lines of at most
 * @max_line_bytes, of longer ones the first @keep_bytes.
 *
 * Returns 0 or a negative errno; then @p was not started and nothing is called back.
 */
int peer_start(struct peer *p, struct peer_hub *hub, int fd, size_t max_line_bytes,
	       size_t keep_bytes, const struct peer_ops *ops, void *user);

/*
 * Stop handing out lines, from this very moment, also within a line callback.
 * What was read already is kept (LIMIT_READ_BYTES and a line at most); the rest
 * waits in the kernel's socket buffer.
 */
void peer_pause(struct peer *p);

/* Go on: lines already held are handed out within this call, before anything more is read. */
void peer_resume(struct peer *p);

/*
 * Write all that @out holds; its content is taken and @out left empty. One at a
 * time: not while p->writing. Told by ops->drained, never within this call.
 */
void peer_write(struct peer *p, struct buf *out);

/*
 * Write what the kernel takes at once and remove it from @out; nothing while
 * p->writing. No callback: for an owner that has more to say than it may keep.
 */
void peer_write_now(struct peer *p, struct buf *out);

/* Read no more, ever. Lines already held are still handed out; ops->ended is not called. */
void peer_stop_reading(struct peer *p);

/* Close now; what is being written is cut off. Further calls do nothing. */
void peer_close(struct peer *p);

static inline bool peer_is_closing(const struct peer *p)
{
	return uv_is_closing((const uv_handle_t *) &p->pipe);
}
