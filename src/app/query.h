#pragma once

/*
 * Query: the connections that ask, one request after the other.
 *
 * Loop thread; what touches the database runs in the work pool, on read-only
 * connections. While a request is answered, and until its answer has left,
 * nothing more is read from its connection: further requests wait in the
 * kernel. A client that goes away cancels its job. A follow has its own reader,
 * so that no report holds it up.
 */

#include <stdint.h>

#include "app/status.h"
#include "net/peer.h"

struct query;

struct query_options {
	struct peer_hub *hub;		/* borrowed */
	const char *path;		/* of the database; copied */
	const char *epoch;		/* borrowed from the store */
	int64_t last_event_id;
	int64_t timeout_us;		/* of one job */
	status_fill_fn status;
	void *user;			/* goes with status */
};

/* @why gets a sentence where a report cannot be read. Returns 0 or a negative errno. */
int query_new(const struct query_options *options, struct query **ret, struct buf *why);

/* A client: @fd is taken. */
void query_accept(struct query *q, int fd);

void query_set_timeout(struct query *q, int64_t timeout_us);

/* All events up to this one are on disk: followers get them. */
void query_committed(struct query *q, int64_t last_event_id);

typedef void (*query_done_fn)(void *user);

/* Cut all connections, cancel all jobs, free @q, then call @done; never within this call. */
void query_close(struct query *q, query_done_fn done, void *user);
