#include "app/writer.h"

#include <assert.h>

#include "util/macros.h"

static void push(struct writer_queue *q, struct writer_job *job)
{
	job->next = NULL;
	if (q->last)
		q->last->next = job;
	else
		q->first = job;
	q->last = job;
}

static struct writer_job *pop(struct writer_queue *q)
{
	struct writer_job *job = q->first;

	if (!job)
		return NULL;
	q->first = job->next;
	if (!q->first)
		q->last = NULL;
	return job;
}

static void work(void *arg)
{
	struct writer *w = arg;

	uv_mutex_lock(&w->lock);
	for (;;) {
		struct writer_job *job = pop(&w->todo);

		if (!job && w->stop)
			break;
		if (!job) {
			uv_cond_wait(&w->wake, &w->lock);
			continue;
		}
		uv_mutex_unlock(&w->lock);
		job->r = job->run(job);
		uv_mutex_lock(&w->lock);
		push(&w->finished, job);
		(void) uv_async_send(&w->async);
	}
	uv_mutex_unlock(&w->lock);
}

static void on_finished(uv_async_t *async)
{
	struct writer *w = async->data;
	struct writer_queue finished;

	uv_mutex_lock(&w->lock);
	finished = w->finished;
	w->finished = (struct writer_queue) {};
	uv_mutex_unlock(&w->lock);

	for (;;) {
		struct writer_job *job = pop(&finished);

		if (!job)
			return;
		w->n_jobs--;
		job->done(job, job->r);	/* may submit it again */
	}
}

void writer_submit(struct writer *w, struct writer_job *job)
{
	w->n_jobs++;
	uv_mutex_lock(&w->lock);
	assert(!w->stop);
	push(&w->todo, job);
	uv_cond_signal(&w->wake);
	uv_mutex_unlock(&w->lock);
}

static void on_async_closed(uv_handle_t *handle)
{
	struct writer *w = handle->data;

	uv_cond_destroy(&w->wake);
	uv_mutex_destroy(&w->lock);
	if (w->on_closed)
		w->on_closed(w->user);
}

static void stop(struct writer *w)
{
	uv_mutex_lock(&w->lock);
	w->stop = true;
	uv_cond_signal(&w->wake);
	uv_mutex_unlock(&w->lock);
	(void) uv_thread_join(&w->thread);
}

void writer_close(struct writer *w, writer_closed_fn on_closed, void *user)
{
	w->on_closed = on_closed;
	w->user = user;
	stop(w);
	uv_close((uv_handle_t *) &w->async, on_async_closed);
}

int writer_start(struct writer *w, uv_loop_t *loop)
{
	int r;

	*w = (struct writer) {};
	r = uv_mutex_init(&w->lock);
	if (r < 0)
		return r;
	r = uv_cond_init(&w->wake);
	if (r < 0)
		goto fail_lock;
	/* The thread first: it cannot use the handle before it is given a job. */
	r = uv_thread_create(&w->thread, work, w);
	if (r < 0)
		goto fail_wake;
	w->async.data = w;
	r = uv_async_init(loop, &w->async, on_finished);
	if (r < 0)
		goto fail_thread;
	return 0;

fail_thread:
	stop(w);
fail_wake:
	uv_cond_destroy(&w->wake);
fail_lock:
	uv_mutex_destroy(&w->lock);
	return r;
}
