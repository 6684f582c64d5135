#pragma once

/*
 * Listener: a listening Unix socket, ours or inherited.
 *
 * Loop thread only. It accepts and hands the descriptor on. It keeps one spare
 * descriptor, so that when all others are used up a new client is still let in,
 * told that we are busy, and closed, instead of hanging in the backlog.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <uv.h>

enum {
	LISTENER_E_TOO_LONG = 1,	/* the path does not fit a socket address */
	LISTENER_E_IN_USE,		/* somebody listens there */
	LISTENER_E_NOT_A_SOCKET,	/* a file of another kind is in the way */
};

/* Bytes a socket's path may have. */
size_t listener_max_path(void);

/*
 * Make and bind a listening socket; a socket file nobody listens on any more
 * is replaced.
 *
 * Returns 0, LISTENER_E_…, or a negative errno.
 */
int listener_bind(const char *path, mode_t mode, int *ret_fd);

struct listener;

/* A client came: @fd is taken, non-blocking and close-on-exec. */
typedef void (*listener_accept_fn)(struct listener *l, int fd);
typedef void (*listener_closed_fn)(struct listener *l);

struct listener {
	uv_poll_t poll;
	uv_timer_t rest;	/* when nothing can be accepted, not even to refuse it */
	int fd;			/* owned */
	int spare_fd;		/* owned; -1 when used up */
	const char *busy_line;	/* borrowed, static: what a client we have no descriptor for is told */
	listener_accept_fn on_accept;
	listener_closed_fn on_closed;
	void *user;
	unsigned n_handles;	/* still to be closed */
	bool closing;
};

/*
 * Accept from @fd (taken). Returns 0 or a negative errno; then nothing is called back.
 * Later the only way out is listener_close(), told by on_closed.
 */
int listener_start(struct listener *l, uv_loop_t *loop, int fd, const char *busy_line,
		   listener_accept_fn on_accept, void *user);
void listener_close(struct listener *l, listener_closed_fn on_closed);

/* Tell a client one line, as far as it fits its buffer, and close @fd. */
void listener_refuse(int fd, const char *line);
