#pragma once

/*
 * Pool: jobs off the loop, each with a reader on loan; further ones wait in a
 * queue.
 *
 * Loop thread, but for a job's run(). A job is the owner's, usually embedded.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "store/reader.h"

enum { POOL_MAX_READERS = 8 };

struct pool;

struct pool_job {
	uv_work_t work;
	struct pool *pool;		/* borrowed while the job is active */
	struct pool_job *next;		/* in the queue */
	struct reader *reader;		/* borrowed while it runs */
	atomic_bool cancelled;		/* for run() to look at */
	bool queued, running;
	void (*run)(struct pool_job *j);	/* work thread */
	void (*done)(struct pool_job *j);	/* loop thread, last: the job may be freed or submitted again */
};

struct pool {
	uv_loop_t *loop;		/* borrowed */
	struct reader *idle[POOL_MAX_READERS];	/* owned */
	size_t n_idle, n_readers;
	struct pool_job *first, *last;	/* the queue */
	size_t n_queued;
};

/* Returns 0 or -ENOMEM; deinit in any case. */
int pool_init(struct pool *p, uv_loop_t *loop, const char *path, size_t n_readers);

/* No job may be queued or running. Works on a zeroed pool. */
void pool_deinit(struct pool *p);

/* Run @j as soon as a reader is free; told by done, never within this call. */
void pool_submit(struct pool *p, struct pool_job *j);

/* A queued job is forgotten at once, without done; a running one is asked to end soon. */
void pool_cancel(struct pool_job *j);

static inline bool pool_job_is_active(const struct pool_job *j)
{
	return j->queued || j->running;
}
