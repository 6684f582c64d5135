#pragma once

/*
 * What the loop tests share: a real loop, real socket pairs, no sleeping. A
 * test that waits for what never comes is ended by Check's own time limit.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "net/peer.h"
#include "unit.h"

/* Turn the loop until @condition holds. */
#define UNTIL(loop, condition) \
	do { \
		while (!(condition)) \
			(void) uv_run((loop), UV_RUN_ONCE); \
	} while (0)

/* A connected pair: the client's end, non-blocking, and ours. */
static inline void make_pair(int *ret_client, int *ret_ours)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
	*ret_client = fds[0];
	*ret_ours = fds[1];
}

static inline void say(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t) strlen(text));
}

/* Read what there is. Returns false at the end of the stream. */
static inline bool hear(int fd, struct buf *heard)
{
	char room[65536];
	ssize_t n;

	while ((n = recv(fd, room, sizeof(room), 0)) > 0)
		ck_assert_int_eq(buf_add(heard, room, (size_t) n), 0);
	ck_assert_ptr_nonnull(buf_cstr(heard));
	return n < 0 && errno == EAGAIN;
}

static inline bool has_heard(int fd, struct buf *heard, const char *text)
{
	(void) hear(fd, heard);
	return strstr(buf_cstr(heard), text) != NULL;
}
