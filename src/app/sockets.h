#pragma once

/*
 * Sockets: the three the daemon listens on, inherited from systemd or made here.
 *
 * Loop thread. What we made we remove; what we inherited is systemd's.
 */

#include <sys/types.h>

#include "net/listener.h"

enum socket_role {
	SOCKET_INGEST,
	SOCKET_QUERY,
	SOCKET_CONTROL,
	N_SOCKETS,
};

/* @fd is taken. */
typedef void (*sockets_client_fn)(void *user, enum socket_role role, int fd);

struct sockets {
	int fds[N_SOCKETS];		/* open and not yet started; -1: none */
	char *paths[N_SOCKETS];		/* owned; to be unlinked; NULL: not ours */
	struct listener listeners[N_SOCKETS];
	bool started[N_SOCKETS];
	sockets_client_fn on_client;
	void *user;
};

/* Open all three. Logs what is wrong. Returns 0 or a negative errno. */
int sockets_open(struct sockets *s, const char *runtime_dir);

/* Let clients in. Returns 0 or a negative errno. */
int sockets_start(struct sockets *s, uv_loop_t *loop, sockets_client_fn on_client, void *user);

/* No more clients; the handles close as the loop runs on. */
void sockets_close(struct sockets *s);
