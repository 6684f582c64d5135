#include "app/ingest.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "app/outbox.h"
#include "dialect/reader.h"
#include "util/clock.h"
#include "wire/limits.h"

enum {
	RETRY_MS = 250,
	LOCKED_PATIENCE_MS = 5000,	/* a write lock held by others for less is nobody's business */
	SHARE_MIN_EVENTS = 16,
};

/* One client. Lives until it is closed and no batch holds an item of it. */
struct conn {
	struct peer peer;
	struct ingest *in;
	TAILQ_ENTRY(conn) entry;	/* in in->conns, until it is closed */
	struct conn *next_touched;
	struct hello hello;		/* owned */
	struct origin origin;
	char *app;			/* owned */
	struct outbox outbox;
	uint64_t n_lines;
	size_t n_items;			/* in both batches */
	uint64_t turn;			/* the turn n_turn_events is of */
	size_t n_turn_events;
	bool waiting;			/* has had its share of this turn */
	bool touched;
	bool ended;			/* to be closed when all is answered */
	bool gone;			/* closed */
};

struct ingest {
	struct ingest_options options;
	struct reader reader;
	struct batch batches[2];
	struct batch *filling;
	size_t n_filling;		/* events in it, a line without any counted as one */
	struct batch *writing;
	struct writer_job job;
	bool in_flight;			/* writing is with the writer, or waits to be tried again */
	struct store_stats stats;
	struct store_stats job_stats;	/* the writer thread's, while it has the job */

	TAILQ_HEAD(, conn) conns;
	size_t n_conns, n_waiting;
	uint64_t turn;			/* of the loop */
	bool stopped;			/* no connection is read */

	uv_check_t check;
	uv_idle_t idle;			/* while some wait for their next turn */
	uv_timer_t retry;
	const char *busy_code;		/* static; NULL while all is well */
	const char *busy_message;
	int64_t failing_since_us;	/* monotonic; 0: it is not */

	ingest_done_fn on_drained, on_closed;
	void *drained_user, *closed_user;
	bool draining, closing;
	unsigned n_handles;
};

static void flush(struct conn *c);

/* Batches and turns. */

static size_t share_of(const struct ingest *in)
{
	return MAX_OF((size_t) LIMIT_BATCH_EVENTS / in->n_conns, (size_t) SHARE_MIN_EVENTS);
}

static bool is_full(const struct ingest *in)
{
	return in->n_filling >= LIMIT_BATCH_EVENTS ||
	       in->filling->arena.n_bytes >= LIMIT_BATCH_BYTES;
}

static void stop_all(struct ingest *in)
{
	struct conn *c;

	in->stopped = true;
	TAILQ_FOREACH(c, &in->conns, entry)
		peer_pause(&c->peer);
}

static void set_waiting(struct conn *c, bool waiting)
{
	if (waiting != c->waiting)
		c->in->n_waiting += waiting ? 1 : -1;
	c->waiting = waiting;
}

/* Let every connection go on, beginning with the one that was let go on longest ago. */
static void resume_all(struct ingest *in)
{
	in->stopped = false;
	for (size_t n = in->n_conns; n > 0 && !in->stopped; n--) {
		struct conn *c = TAILQ_FIRST(&in->conns);

		TAILQ_REMOVE(&in->conns, c, entry);
		TAILQ_INSERT_TAIL(&in->conns, c, entry);
		set_waiting(c, false);
		peer_resume(&c->peer);
	}
}

static struct line_source source_of(struct conn *c)
{
	return (struct line_source) {
		.peer = c, .hello = &c->hello, .origin = &c->origin,
		.line_no = ++c->n_lines, .now_us = clock_now_us(),
	};
}

/* A line was read into the batch, which had @before; see what it means for the reading. */
static void took(struct conn *c, int r, const struct batch *before, int64_t now_us)
{
	struct ingest *in = c->in;
	size_t n_events = MAX_OF(in->filling->n_events - before->n_events, (size_t) 1);

	if (r < 0) {
		/* No memory for it: a line left out would be taken for acknowledged. */
		peer_close(&c->peer);
		return;
	}
	if (before->n_items == 0)
		in->filling->received_us = now_us;
	c->n_items += in->filling->n_items - before->n_items;
	in->n_filling += n_events;
	if (c->turn != in->turn)
		c->n_turn_events = 0;
	c->turn = in->turn;
	c->n_turn_events += n_events;

	if (is_full(in)) {
		stop_all(in);
	} else if (c->n_turn_events >= share_of(in)) {
		set_waiting(c, true);
		peer_pause(&c->peer);
	}
}

static void on_line(struct peer *p, const char *line, size_t n)
{
	struct conn *c = p->user;
	struct ingest *in = c->in;
	struct line_source from = source_of(c);
	struct batch before = *in->filling;

	took(c, reader_line(&in->reader, &from, line, n, in->filling), &before, from.now_us);
}

static void refuse(struct conn *c, const char *code, const char *head, size_t n_head,
		   uint64_t n_whole)
{
	struct ingest *in = c->in;
	struct line_source from = source_of(c);
	struct batch before = *in->filling;

	took(c, reader_refuse(&in->reader, &from, code, head, n_head, n_whole, in->filling),
	     &before, from.now_us);
}

static void on_long_line(struct peer *p, const char *head, size_t n_head, uint64_t n_whole)
{
	refuse(p->user, "line-too-long", head, n_head, n_whole);
}

static void on_ended(struct peer *p, const char *half, size_t n_half, uint64_t n_whole)
{
	struct conn *c = p->user;

	if (n_whole > 0)
		refuse(c, "truncated", half, MIN_OF(n_half, (size_t) LIMIT_LONG_LINE_KEPT_BYTES),
		       n_whole);
	c->ended = true;
	flush(c);
}

/* Answers. */

static void flush(struct conn *c)
{
	struct buf out;

	if (c->peer.writing || peer_is_closing(&c->peer))
		return;
	outbox_take(&c->outbox, &out);
	if (c->peer.deaf)
		buf_deinit(&out);
	if (out.n > 0)
		peer_write(&c->peer, &out);
	else if (c->ended && c->n_items == 0)
		peer_close(&c->peer);
}

static void on_drained(struct peer *p)
{
	flush(p->user);
}

static void free_conn(struct conn *c)
{
	hello_deinit(&c->hello);
	outbox_deinit(&c->outbox);
	free(c->app);
	free(c);
}

/* An item of @c is done with. Returns whether there still is one to be told. */
static bool release(struct conn *c)
{
	c->n_items--;
	if (!c->gone)
		return true;
	if (c->n_items == 0)
		free_conn(c);
	return false;
}

/* Tell everybody what became of their lines. */
static void answer(const struct batch *b)
{
	struct conn *touched = NULL;

	for (size_t i = 0; i < b->n_items; i++) {
		struct conn *c = b->items[i].peer;

		if (!release(c))
			continue;
		outbox_note(&c->outbox, &b->items[i]);
		/* More than may be kept, perhaps; less if the kernel has room for some. */
		if (c->outbox.verdicts.n > LIMIT_VERDICT_BYTES / 2)
			peer_write_now(&c->peer, &c->outbox.verdicts);
		if (!c->touched) {
			c->touched = true;
			c->next_touched = touched;
			touched = c;
		}
	}
	while (touched) {
		struct conn *c = touched;

		touched = c->next_touched;
		c->touched = false;
		flush(c);
	}
}

/* Writing. */

static int run_append(struct writer_job *job)
{
	struct ingest *in = container_of(job, struct ingest, job);
	int r = in->options.append(in->options.store, in->writing);

	if (r == 0)
		in->job_stats = *in->options.stats(in->options.store);
	return r;
}

static void set_busy(struct ingest *in, const char *code, const char *message)
{
	struct conn *c;

	if (code == in->busy_code)
		return;
	in->busy_code = code;
	in->busy_message = message;
	if (code)
		stop_all(in);
	TAILQ_FOREACH(c, &in->conns, entry) {
		outbox_busy(&c->outbox, code, message);
		flush(c);
	}
	in->options.busy(in->options.user, code, message);
}

/* The batch could not be written, for a reason that may pass. */
static void note_failure(struct ingest *in, int r)
{
	int64_t now_us = clock_mono_us();

	if (in->failing_since_us == 0)
		in->failing_since_us = now_us;
	switch (r) {
	case -ENOSPC:
		set_busy(in, "disk-full", "The disk is full: nothing can be stored until there is "
			 "room. Keep what was not acknowledged and wait for the ack.");
		break;
	case -ENOMEM:
		set_busy(in, "no-memory", "There is no memory to store events with. "
			 "Keep what was not acknowledged and wait for the ack.");
		break;
	case -EBUSY:
		if (now_us - in->failing_since_us >= LOCKED_PATIENCE_MS * INT64_C(1000))
			set_busy(in, "database-locked", "Another process holds the database's "
				 "write lock. Keep what was not acknowledged and wait for the ack.");
		break;
	}
}

static bool may_pass(int r)
{
	return r == -ENOSPC || r == -EBUSY || r == -ENOMEM;
}

static void on_retry(uv_timer_t *timer)
{
	struct ingest *in = timer->data;

	writer_submit(in->options.writer, &in->job);
}

/* Something is to be written, be it only what is behind. */
static bool has_work(const struct ingest *in)
{
	return in->filling->n_items > 0 || in->stats.behind;
}

/* Hand over the batch that was filled, and go on with the other. */
static void submit(struct ingest *in)
{
	struct batch *b = in->filling;

	b->more = is_full(in) || in->n_waiting > 0;
	in->filling = in->writing;
	in->writing = b;
	in->n_filling = 0;
	in->in_flight = true;
	writer_submit(in->options.writer, &in->job);
}

static void on_appended(struct writer_job *job, int r)
{
	struct ingest *in = container_of(job, struct ingest, job);
	struct batch *written = in->writing;

	if (in->closing)
		return;
	if (r < 0 && may_pass(r)) {
		note_failure(in, r);
		(void) uv_timer_start(&in->retry, on_retry, RETRY_MS, 0);
		return;
	}
	if (r < 0) {
		stop_all(in);
		in->options.failed(in->options.user, r);
		return;
	}
	in->failing_since_us = 0;
	in->stats = in->job_stats;
	in->in_flight = false;
	set_busy(in, NULL, NULL);

	/* The writer has the next batch to do while this one is answered; nothing is read before that is done. */
	if (has_work(in))
		submit(in);
	answer(written);
	batch_reset(written);
	in->options.committed(in->options.user);
}

static bool is_drained(const struct ingest *in)
{
	if (in->busy_code)
		return true;
	return !in->in_flight && in->filling->n_items == 0 && in->n_waiting == 0 && !in->stopped &&
	       !in->stats.behind;
}

static void check_drained(struct ingest *in)
{
	ingest_done_fn done = in->on_drained;

	if (in->n_conns > 0 || !done)
		return;
	in->on_drained = NULL;
	done(in->drained_user);
}

/* All that can be stored is stored: close each connection when it has its answers. */
static void finish_drain(struct ingest *in)
{
	struct conn *c;

	TAILQ_FOREACH(c, &in->conns, entry) {
		c->ended = true;
		if (in->busy_code)
			peer_close(&c->peer);
		else
			flush(c);
	}
	check_drained(in);
}

/* The loop does not sleep while somebody waits for the next turn; nothing else is to be done. */
static void on_idle(uv_idle_t *idle _unused_)
{
}

/* Once in every turn of the loop, after all that came in was read. */
static void on_check(uv_check_t *check)
{
	struct ingest *in = check->data;

	in->turn++;
	if (!in->in_flight && has_work(in))
		submit(in);
	if (!in->busy_code && !is_full(in) && (in->stopped || in->n_waiting > 0))
		resume_all(in);

	if (in->n_waiting > 0 && !in->stopped)
		(void) uv_idle_start(&in->idle, on_idle);
	else
		(void) uv_idle_stop(&in->idle);
	if (in->draining && is_drained(in))
		finish_drain(in);
}

void ingest_drain(struct ingest *in, ingest_done_fn done, void *user)
{
	struct conn *c;

	in->draining = true;
	in->on_drained = done;
	in->drained_user = user;
	TAILQ_FOREACH(c, &in->conns, entry)
		peer_stop_reading(&c->peer);
	if (is_drained(in))
		finish_drain(in);
}

/* Coming and going. */

static void free_ingest(struct ingest *in)
{
	/* Unanswered to the end: what holds items of a batch is freed with it. */
	for (size_t i = 0; i < N_ELEMENTS(in->batches); i++) {
		for (size_t k = 0; k < in->batches[i].n_items; k++)
			(void) release(in->batches[i].items[k].peer);
		batch_deinit(&in->batches[i]);
	}
	reader_deinit(&in->reader);
	free(in);
}

static void check_closed(struct ingest *in)
{
	ingest_done_fn done = in->on_closed;
	void *user = in->closed_user;

	if (!in->closing || in->n_conns > 0 || in->n_handles > 0)
		return;
	free_ingest(in);
	done(user);
}

static void on_conn_closed(struct peer *p)
{
	struct conn *c = p->user;
	struct ingest *in = c->in;

	c->gone = true;
	set_waiting(c, false);
	TAILQ_REMOVE(&in->conns, c, entry);
	in->n_conns--;
	if (c->n_items == 0)
		free_conn(c);
	check_drained(in);
	check_closed(in);
}

static const struct peer_ops conn_ops = {
	.line = on_line,
	.long_line = on_long_line,
	.ended = on_ended,
	.drained = on_drained,
	.closed = on_conn_closed,
};

void ingest_accept(struct ingest *in, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c || peer_start(&c->peer, in->options.hub, fd, LIMIT_ENVELOPE_BYTES,
			     LIMIT_LONG_LINE_KEPT_BYTES, &conn_ops, c) < 0) {
		if (!c)
			(void) close(fd);
		free(c);
		return;
	}
	c->in = in;
	TAILQ_INSERT_TAIL(&in->conns, c, entry);
	in->n_conns++;

	c->app = strdup(in->options.app_of(in->options.user, c->peer.uid));
	if (!c->app) {
		peer_close(&c->peer);
		return;
	}
	c->origin = (struct origin) {
		.app = c->app, .uid = c->peer.uid, .gid = c->peer.gid, .pid = c->peer.pid,
	};
	if (in->stopped)
		peer_pause(&c->peer);
	if (in->busy_code) {
		outbox_busy(&c->outbox, in->busy_code, in->busy_message);
		flush(c);
	}
}

void ingest_set_reading(struct ingest *in, const struct reader_options *reading)
{
	in->reader.options = *reading;
}

const struct store_stats *ingest_stats(const struct ingest *in)
{
	return &in->stats;
}

const char *ingest_busy_code(const struct ingest *in)
{
	return in->busy_code;
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct ingest *in = handle->data;

	in->n_handles--;
	check_closed(in);
}

static void init_handle(struct ingest *in, uv_handle_t *handle)
{
	handle->data = in;
	in->n_handles++;
}

int ingest_new(const struct ingest_options *options, struct ingest **ret)
{
	struct ingest *in = calloc(1, sizeof(*in));
	uv_loop_t *loop = options->hub->loop;

	if (!in)
		return -ENOMEM;
	in->options = *options;
	in->reader.options = options->reading;
	in->filling = &in->batches[0];
	in->writing = &in->batches[1];
	in->job.run = run_append;
	in->job.done = on_appended;
	in->stats = *options->stats(options->store);
	TAILQ_INIT(&in->conns);

	/* None of these can fail. */
	(void) uv_check_init(loop, &in->check);
	(void) uv_idle_init(loop, &in->idle);
	(void) uv_timer_init(loop, &in->retry);
	init_handle(in, (uv_handle_t *) &in->check);
	init_handle(in, (uv_handle_t *) &in->idle);
	init_handle(in, (uv_handle_t *) &in->retry);
	(void) uv_check_start(&in->check, on_check);
	*ret = in;
	return 0;
}

void ingest_close(struct ingest *in, ingest_done_fn done, void *user)
{
	struct conn *c;

	assert(!in->closing);
	in->closing = true;
	in->on_closed = done;
	in->closed_user = user;
	uv_close((uv_handle_t *) &in->check, on_handle_closed);
	uv_close((uv_handle_t *) &in->idle, on_handle_closed);
	uv_close((uv_handle_t *) &in->retry, on_handle_closed);
	TAILQ_FOREACH(c, &in->conns, entry)
		peer_close(&c->peer);
}
