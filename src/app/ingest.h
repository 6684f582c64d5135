#pragma once

/*
 * Ingest: the connections that bring events, the batch they fill, and the
 * answers they get once it is on disk.
 *
 * Loop thread; the store is touched by jobs for the writer only. One batch is
 * being written while the next one fills, so commits are as large as the disk is
 * slow and there is no timer. When a batch is full reading stops: the kernel's
 * socket buffers are the queue. In every turn of the loop each connection may
 * bring its share and no more, so that a flood delays others by one turn.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "app/writer.h"
#include "dialect/batch.h"
#include "dialect/reader.h"
#include "net/peer.h"
#include "store/store.h"

struct ingest;

struct ingest_options {
	struct peer_hub *hub;		/* borrowed, all of them */
	struct writer *writer;
	struct store *store;
	int (*append)(struct store *store, struct batch *b);	/* store_append() */
	const struct store_stats *(*stats)(const struct store *store);	/* store_stats() */
	struct reader_options reading;

	/* The name of the app whose user is @uid; borrowed until the next call. */
	const char *(*app_of)(void *user, uid_t uid);
	/* A batch is on disk; ingest_stats() is fresh. */
	void (*committed)(void *user);
	/* Nothing can be stored: @code says why, NULL that it is over. Both static. */
	void (*busy)(void *user, const char *code, const char *message);
	/* The store is beyond help: nothing will be acknowledged any more. Close. */
	void (*failed)(void *user, int r);
	void *user;
};

typedef void (*ingest_done_fn)(void *user);

/* Returns 0 or a negative errno. Later the only way out is ingest_close(). */
int ingest_new(const struct ingest_options *options, struct ingest **ret);

/* A client: @fd is taken. */
void ingest_accept(struct ingest *in, int fd);

void ingest_set_reading(struct ingest *in, const struct reader_options *reading);

/* As of the last commit. */
const struct store_stats *ingest_stats(const struct ingest *in);

/* NULL while events can be stored. */
const char *ingest_busy_code(const struct ingest *in);

/*
 * Read no more; commit what came, answer it, and close the connections. @done
 * is called when the last is closed, also within this call. What cannot be
 * stored is not waited for.
 */
void ingest_drain(struct ingest *in, ingest_done_fn done, void *user);

/*
 * Cut all connections and free @in, then call @done. No job of it may be with the writer any
 * more: the writer was closed.
 */
void ingest_close(struct ingest *in, ingest_done_fn done, void *user);
