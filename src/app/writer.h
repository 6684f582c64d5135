#pragma once

/*
 * Writer: the one thread that uses the store.
 *
 * The loop thread hands it jobs; it runs them one after the other, in order,
 * and hands each back. It sleeps when it has none: whoever wants to know that
 * it is alive submits a job that does nothing.
 */

#include <stdbool.h>
#include <uv.h>

struct writer_job {
	int (*run)(struct writer_job *job);		/* on the writer thread */
	void (*done)(struct writer_job *job, int r);	/* on the loop thread, with what run() gave */
	struct writer_job *next;			/* the writer's, while it has the job */
	int r;
};

struct writer_queue {
	struct writer_job *first, *last;
};

typedef void (*writer_closed_fn)(void *user);

struct writer {
	uv_thread_t thread;
	uv_async_t async;	/* "some are done" */
	uv_mutex_t lock;	/* guards what follows */
	uv_cond_t wake;
	struct writer_queue todo, finished;
	bool stop;
	/* The loop thread's own. */
	size_t n_jobs;		/* submitted and not yet handed back */
	writer_closed_fn on_closed;
	void *user;
};

/* Returns 0 or a negative errno; then nothing was started. */
int writer_start(struct writer *w, uv_loop_t *loop);

/* @job is borrowed until its done(). Never refused. */
void writer_submit(struct writer *w, struct writer_job *job);

/* Run what was submitted to its end, waiting for it, and stop. done() is not called any more. */
void writer_close(struct writer *w, writer_closed_fn on_closed, void *user);
