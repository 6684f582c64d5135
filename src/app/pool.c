#include "app/pool.h"

#include <assert.h>
#include <errno.h>

#include "util/macros.h"

int pool_init(struct pool *p, uv_loop_t *loop, const char *path, size_t n_readers)
{
	assert(n_readers <= POOL_MAX_READERS);

	*p = (struct pool) { .loop = loop };
	for (size_t i = 0; i < n_readers; i++) {
		int r = reader_new(path, &p->idle[i]);

		if (r < 0)
			return r;
		p->n_idle = p->n_readers = i + 1;
	}
	return 0;
}

void pool_deinit(struct pool *p)
{
	assert(!p->first && p->n_idle == p->n_readers);

	for (size_t i = 0; i < p->n_idle; i++)
		reader_free(p->idle[i]);
	*p = (struct pool) {};
}

static void on_run(uv_work_t *work)
{
	struct pool_job *j = work->data;

	j->run(j);
}

static void start_jobs(struct pool *p);

static void on_done(uv_work_t *work, int status _unused_)
{
	struct pool_job *j = work->data;
	struct pool *p = j->pool;

	p->idle[p->n_idle++] = j->reader;
	j->reader = NULL;
	j->running = false;
	start_jobs(p);
	j->done(j);	/* last: the pool may end with it */
}

static void start_jobs(struct pool *p)
{
	while (p->first && p->n_idle > 0) {
		struct pool_job *j = p->first;

		p->first = j->next;
		if (!p->first)
			p->last = NULL;
		p->n_queued--;
		j->queued = false;
		j->running = true;
		j->reader = p->idle[--p->n_idle];
		j->work.data = j;
		/* Fails only without a callback. */
		(void) uv_queue_work(p->loop, &j->work, on_run, on_done);
	}
}

void pool_submit(struct pool *p, struct pool_job *j)
{
	assert(!pool_job_is_active(j));

	j->pool = p;
	j->next = NULL;
	j->queued = true;
	atomic_store(&j->cancelled, false);
	if (p->last)
		p->last->next = j;
	else
		p->first = j;
	p->last = j;
	p->n_queued++;
	start_jobs(p);
}

static void unqueue(struct pool *p, struct pool_job *j)
{
	struct pool_job **link = &p->first, *before = NULL;

	while (*link != j) {
		before = *link;
		link = &(*link)->next;
	}
	*link = j->next;
	if (p->last == j)
		p->last = before;
	p->n_queued--;
	j->queued = false;
}

void pool_cancel(struct pool_job *j)
{
	if (j->queued)
		unqueue(j->pool, j);
	else if (j->running)
		atomic_store(&j->cancelled, true);
}
