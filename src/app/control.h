#pragma once

/*
 * Control: the connections of control.sock, where the daemon is told what to do.
 *
 * One request a line, answered in order, the next one read when the answer has
 * left. What writes is done by the writer, between two batches.
 *
 *   {"control":"reload"}                                → {"ok":{"reloaded":1}}
 *   {"control":"quarantine-drop","first":1,"last":9}    → {"ok":{"dropped":7}}
 */

#include <stdint.h>

#include "app/writer.h"
#include "net/peer.h"
#include "store/store.h"
#include "util/buf.h"

struct control;

struct control_options {
	struct peer_hub *hub;	/* borrowed, all of them */
	struct writer *writer;
	struct store *store;
	/* Read the configuration again. @why gets a sentence on failure. Returns 0 or not. */
	int (*reload)(void *user, struct buf *why);
	/* The store is beyond help. */
	void (*failed)(void *user, int r);
	void *user;
};

/* Returns 0 or -ENOMEM. */
int control_new(const struct control_options *options, struct control **ret);

/* A client: @fd is taken. */
void control_accept(struct control *c, int fd);

/*
 * Cut all connections; @c is freed, and @done called, when the last is closed, perhaps within
 * this call. The writer was closed before.
 */
void control_close(struct control *c, void (*done)(void *user), void *user);
