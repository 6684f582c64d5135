#include "app/query.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "app/builtin.h"
#include "app/log.h"
#include "app/pool.h"
#include "store/ask.h"
#include "store/report.h"
#include "util/clock.h"
#include "util/macros.h"
#include "wire/limits.h"
#include "wire/request.h"

enum {
	N_REPORT_READERS = 3,	/* with the follows' one: libuv's four threads */
	N_FOLLOW_READERS = 1,
	WATCH_MS = 250,		/* how soon a client that left is noticed while its job runs */
	FOLLOW_WINDOW = 50000,	/* event ids one step looks at: a filter that matches nothing has its bound too */
};

/* Where they stand in query.statements. */
enum { AT_FOLLOW, AT_EXPORT };

struct query {
	struct peer_hub *hub;
	const char *epoch;
	int64_t last_event_id;
	int64_t timeout_us;
	status_fill_fn status;
	void *user;
	struct report_set reports, statements;	/* owned; statements: those of follow and of export */
	struct pool report_pool, follow_pool;
	struct session *first;		/* all connections */
	size_t n_held_bytes;		/* answers their clients have not read */
	uv_timer_t watch;		/* runs while a job or an answer is under way, or who follows sends no more */
	bool closing, watch_closed;
	query_done_fn done;
	void *done_user;
};

struct session {
	struct peer peer;
	struct query *query;
	struct session *prev, *next;
	struct request request;		/* owned: the one being answered */
	struct ask ask;
	struct pool_job job;
	bool waiting;			/* the job is due, but too many answers are held */
	bool exporting;
	bool following;
	bool follow_over;		/* the client said something: it ends */
	bool gone;			/* the peer is closed; the job is still to end */
	int64_t after, last;		/* of a follow: told up to, this step's end */
	int64_t timeout_us;		/* of the job */
	/* The job's to fill in, on the work thread. */
	struct buf out;
	struct reply_error error;
	int result;
	size_t n_held_bytes;		/* of the answer being written */
	int64_t writing_since_us;	/* monotonic; 0: nothing is being written */
};

static void end_query(struct query *q)
{
	query_done_fn done = q->done;
	void *user = q->done_user;

	if (q->first || !q->watch_closed)
		return;
	pool_deinit(&q->report_pool);
	pool_deinit(&q->follow_pool);
	report_set_deinit(&q->reports);
	report_set_deinit(&q->statements);
	free(q);
	done(user);
}

/* Forget the request that was answered. */
static void reset(struct session *s)
{
	ask_deinit(&s->ask);
	request_deinit(&s->request);
	s->request = (struct request) {};
	s->exporting = s->following = s->follow_over = false;
}

static void free_session(struct session *s)
{
	struct query *q = s->query;

	if (s->prev)
		s->prev->next = s->next;
	else
		q->first = s->next;
	if (s->next)
		s->next->prev = s->prev;
	reset(s);
	buf_deinit(&s->out);
	free(s);
	if (q->closing)
		end_query(q);
}

static void submit(struct session *s)
{
	struct query *q = s->query;

	s->timeout_us = q->timeout_us;
	s->waiting = q->n_held_bytes > LIMIT_HELD_REPLY_BYTES;
	if (!s->waiting)
		pool_submit(s->following ? &q->follow_pool : &q->report_pool, &s->job);
}

static void release(struct session *s)
{
	struct query *q = s->query;

	q->n_held_bytes -= s->n_held_bytes;
	s->n_held_bytes = 0;
	s->writing_since_us = 0;
	if (q->n_held_bytes > LIMIT_HELD_REPLY_BYTES || q->closing)
		return;
	for (struct session *w = q->first; w; w = w->next)
		if (w->waiting)
			submit(w);
}

/* A client that hung up entirely; one that only sends no more is still to be answered. */
static bool hung_up(const struct session *s)
{
	struct pollfd p = { .events = 0 };

	return uv_fileno((const uv_handle_t *) &s->peer.pipe, &p.fd) == 0 && poll(&p, 1, 0) == 1 &&
	       (p.revents & (POLLHUP | POLLERR));
}

/* While nothing is read from a client, only asking the kernel tells that it left. */
static void on_watch(uv_timer_t *timer)
{
	struct query *q = timer->data;
	int64_t now_us = clock_mono_us();
	bool busy = false;

	for (struct session *s = q->first, *next; s; s = next) {
		bool pressed = q->n_held_bytes > LIMIT_HELD_REPLY_BYTES;

		next = s->next;
		if (s->gone || peer_is_closing(&s->peer))
			continue;
		if (pool_job_is_active(&s->job) || s->waiting || s->peer.writing || (s->following && s->peer.ended))
			busy = true;
		else
			continue;
		if (pressed && s->n_held_bytes > 0 && now_us - s->writing_since_us > LIMIT_STALL_S * INT64_C(1000000)) {
			log_warning("query-stalled", "uid %u, pid %d does not read its answer: connection closed",
				    (unsigned) s->peer.uid, (int) s->peer.pid);
			peer_close(&s->peer);
		} else if (hung_up(s)) {
			peer_close(&s->peer);
		}
	}
	if (!busy)
		(void) uv_timer_stop(timer);
}

static void watch(struct query *q)
{
	if (!q->closing && !uv_is_active((uv_handle_t *) &q->watch))
		(void) uv_timer_start(&q->watch, on_watch, WATCH_MS, WATCH_MS);
}

/* Send what out holds. The next request is read when it has left. */
static void answer(struct session *s)
{
	struct query *q = s->query;

	if (!s->following) {
		reset(s);
		peer_pause(&s->peer);
	}
	s->n_held_bytes = s->out.n;
	q->n_held_bytes += s->n_held_bytes;
	s->writing_since_us = clock_mono_us();
	peer_write(&s->peer, &s->out);
	watch(q);
}

/* What cannot even be said, for want of memory, ends the connection. */
static void answer_or_close(struct session *s, int r)
{
	if (r < 0)
		peer_close(&s->peer);
	else
		answer(s);
}

static void refuse(struct session *s, const struct reply_error *e)
{
	s->following = false;
	answer_or_close(s, reply_error(&s->out, e));
}

static struct session *session_of(struct pool_job *j)
{
	return container_of(j, struct session, job);
}

/* On a work thread: the session's request and ask are not touched by the loop meanwhile. */
static void run_job(struct pool_job *j)
{
	struct session *s = session_of(j);
	struct query *q = s->query;
	const struct reader_terms terms = { .timeout_us = s->timeout_us, .cancelled = &j->cancelled };

	if (s->following)
		s->result = reader_follow(j->reader, &s->ask, &terms, q->epoch, &s->after, s->last, &s->out, &s->error);
	else if (s->exporting)
		s->result = reader_export(j->reader, &s->ask, &terms, &s->out, &s->error);
	else
		s->result = reader_answer(j->reader, &s->ask, &terms, &s->out, &s->error);
}

/* The next step of a follow, if the last one has left and there is something behind it. */
static void follow_on(struct session *s)
{
	struct query *q = s->query;
	struct reply_error e;

	if (pool_job_is_active(&s->job) || s->waiting || s->peer.writing || peer_is_closing(&s->peer))
		return;
	if (s->follow_over) {
		reply_error_set(&e, "bad-request", "a follow goes on until the connection is closed");
		reply_error_hint(&e, "Ask on another connection.");
		refuse(s, &e);
		return;
	}
	if (s->after >= q->last_event_id)
		return;
	s->last = MIN_OF(q->last_event_id, s->after + FOLLOW_WINDOW);
	submit(s);
	watch(q);
}

static void on_job_done(struct pool_job *j)
{
	struct session *s = session_of(j);
	struct reply_error no_memory;

	if (s->gone) {
		free_session(s);
		return;
	}
	if (peer_is_closing(&s->peer))
		return;
	if (s->result == -ENOMEM) {
		reply_error_set(&no_memory, "busy", "out of memory");
		reply_error_hint(&no_memory, "Ask again in a moment, or for less.");
		refuse(s, &no_memory);
	} else if (s->result != 0) {
		if (strcmp(s->error.code, "internal") == 0)
			log_error("query-failed", "query %s: %s", s->ask.report->name, s->error.message);
		refuse(s, &s->error);
	} else if (s->out.n > 0) {
		answer(s);
	} else {
		follow_on(s);
	}
}

/* "epoch:event_id" */
static int read_follow_cursor(struct session *s, struct reply_error *e)
{
	const struct query *q = s->query;
	const struct json_node *node = NULL;
	size_t n_epoch = strlen(q->epoch);
	char text[24], *end;
	const char *colon;

	if (request_text(&s->request, "cursor", &node, e) != 0)
		return REQUEST_E_BAD;
	s->after = q->last_event_id;
	if (!node)
		return 0;

	colon = memrchr(node->s, ':', node->n);
	if (colon && ((size_t) (colon - node->s) != n_epoch || memcmp(node->s, q->epoch, n_epoch) != 0)) {
		reply_error_set(e, "epoch-changed", "cursor: it belongs to a database that is no more");
		reply_error_hint(e, "Follow without a cursor, or from %s:0 to get all events of this one.", q->epoch);
		return REQUEST_E_BAD;
	}
	if (colon && node->n - n_epoch - 1 > 0 && node->n - n_epoch - 1 < sizeof(text)) {
		memcpy(text, colon + 1, node->n - n_epoch - 1);
		text[node->n - n_epoch - 1] = '\0';
		errno = 0;
		s->after = strtoll(text, &end, 10);
		if (errno == 0 && *end == '\0' && text[0] >= '0' && text[0] <= '9' && s->after <= q->last_event_id)
			return 0;
	}
	reply_error_set(e, "bad-value", "cursor: is none of ours");
	reply_error_hint(e, "Take it from the last row that was received, or leave it out.");
	return REQUEST_E_BAD;
}

static void start_follow(struct session *s)
{
	struct query *q = s->query;
	struct reply_error e;
	int r;

	r = ask_make_follow(&s->ask, &q->statements.reports[AT_FOLLOW], &s->request, clock_now_us(), &e);
	if (r == 0)
		r = read_follow_cursor(s, &e);
	if (r < 0) {
		peer_close(&s->peer);
	} else if (r > 0) {
		refuse(s, &e);
	} else {
		s->following = true;	/* reading goes on, to see the client leave */
		follow_on(s);
	}
}

/* What a job answers: a report, or a page of an export. */
static void start_job(struct session *s)
{
	struct query *q = s->query;
	struct reply_error e;
	int r;

	s->exporting = request_is(&s->request, "query", "export");
	if (s->exporting)
		r = ask_make_export(&s->ask, &q->statements.reports[AT_EXPORT], &s->request, q->epoch,
				    q->last_event_id, clock_now_us(), &e);
	else
		r = ask_make(&s->ask, &q->reports, &s->request, clock_now_us(), &e);
	if (r == 0 && q->report_pool.n_queued >= LIMIT_QUERY_JOBS) {
		reply_error_set(&e, "busy", "%d requests wait already", LIMIT_QUERY_JOBS);
		reply_error_hint(&e, "Ask again in a moment.");
		r = ASK_E_BAD;
	}
	if (r < 0) {
		peer_close(&s->peer);
	} else if (r > 0) {
		refuse(s, &e);
	} else {
		peer_pause(&s->peer);
		submit(s);
		watch(q);
	}
}

static void answer_builtin(struct session *s)
{
	struct query *q = s->query;
	struct reply_error e;
	struct status st = {};

	if (ask_nothing(&s->request, &e) != 0) {
		refuse(s, &e);
	} else if (request_is(&s->request, "query", "queries")) {
		answer_or_close(s, builtin_queries(&q->reports, &q->statements, &s->out));
	} else {
		q->status(q->user, &st);
		answer_or_close(s, builtin_status(&st, &s->out));
	}
}

static void start_request(struct session *s, const char *line, size_t n)
{
	struct reply_error e;
	int r;

	r = request_parse(&s->request, line, n, "query", &e);
	if (r < 0) {
		peer_close(&s->peer);
	} else if (r > 0) {
		refuse(s, &e);
	} else if (request_is(&s->request, "query", "queries") || request_is(&s->request, "query", "status")) {
		answer_builtin(s);
	} else if (request_is(&s->request, "query", "follow")) {
		start_follow(s);
	} else {
		start_job(s);
	}
}

static void end_follow(struct session *s)
{
	s->follow_over = true;
	follow_on(s);
}

static void on_line(struct peer *p, const char *line, size_t n)
{
	struct session *s = p->user;

	if (scan_is_blank(line, n))
		return;
	if (s->following)
		end_follow(s);
	else
		start_request(s, line, n);
}

static void on_long_line(struct peer *p, const char *head _unused_, size_t n_head _unused_, uint64_t n_whole)
{
	struct session *s = p->user;
	struct reply_error e;

	if (s->following) {
		end_follow(s);
		return;
	}
	reply_error_set(&e, "request-too-long", "a request of %llu bytes; %d are taken", (unsigned long long) n_whole,
			LIMIT_REQUEST_BYTES);
	refuse(s, &e);
}

static void on_ended(struct peer *p, const char *half, size_t n_half, uint64_t n_whole)
{
	struct session *s = p->user;

	/* A JSON object shows its own end: a request is taken without its newline too. */
	if (n_whole > n_half)
		on_long_line(p, half, n_half, n_whole);
	else
		on_line(p, half, n_half);
	/* Who follows may have closed its sending side alone, and goes on reading. */
	if (s->following ? hung_up(s) : !pool_job_is_active(&s->job) && !s->waiting && !p->writing)
		peer_close(p);
	else
		watch(s->query);
}

static void on_drained(struct peer *p)
{
	struct session *s = p->user;

	release(s);
	if (p->deaf)
		peer_close(p);
	else if (s->following)
		follow_on(s);
	else if (p->ended)
		peer_close(p);
	else
		peer_resume(p);
}

static void on_closed(struct peer *p)
{
	struct session *s = p->user;

	s->gone = true;
	s->waiting = false;
	pool_cancel(&s->job);
	release(s);
	if (!pool_job_is_active(&s->job))
		free_session(s);
}

static const struct peer_ops ops = {
	.line = on_line,
	.long_line = on_long_line,
	.ended = on_ended,
	.drained = on_drained,
	.closed = on_closed,
};

void query_accept(struct query *q, int fd)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s || peer_start(&s->peer, q->hub, fd, LIMIT_REQUEST_BYTES, 0, &ops, s) < 0) {
		/* peer_start() has closed it; the client sees the end and asks anew. */
		if (!s)
			(void) close(fd);
		free(s);
		return;
	}
	s->query = q;
	s->job.run = run_job;
	s->job.done = on_job_done;
	s->next = q->first;
	if (q->first)
		q->first->prev = s;
	q->first = s;
	if (q->closing)
		peer_close(&s->peer);
}

void query_set_timeout(struct query *q, int64_t timeout_us)
{
	q->timeout_us = timeout_us;
}

void query_committed(struct query *q, int64_t last_event_id)
{
	q->last_event_id = last_event_id;
	for (struct session *s = q->first; s; s = s->next)
		if (s->following && !s->gone)
			follow_on(s);
}

int query_new(const struct query_options *o, struct query **ret, struct buf *why)
{
	struct query *q = calloc(1, sizeof(*q));
	int r;

	if (!q)
		return -ENOMEM;
	q->hub = o->hub;
	q->epoch = o->epoch;
	q->last_event_id = o->last_event_id;
	q->timeout_us = o->timeout_us;
	q->status = o->status;
	q->user = o->user;

	r = report_set_add_all(&q->reports, why);
	if (r == 0)
		r = report_set_add_statements(&q->statements, why);
	if (r == 0)
		r = pool_init(&q->report_pool, q->hub->loop, o->path, N_REPORT_READERS);
	if (r == 0)
		r = pool_init(&q->follow_pool, q->hub->loop, o->path, N_FOLLOW_READERS);
	if (r == 0)
		r = uv_timer_init(q->hub->loop, &q->watch);
	if (r < 0) {
		pool_deinit(&q->report_pool);
		pool_deinit(&q->follow_pool);
		report_set_deinit(&q->reports);
		report_set_deinit(&q->statements);
		free(q);
		return r;
	}
	q->watch.data = q;
	*ret = q;
	return 0;
}

static void on_watch_closed(uv_handle_t *handle)
{
	struct query *q = handle->data;

	q->watch_closed = true;
	end_query(q);
}

void query_close(struct query *q, query_done_fn done, void *user)
{
	q->closing = true;
	q->done = done;
	q->done_user = user;
	for (struct session *s = q->first; s; s = s->next)
		if (!s->gone)
			peer_close(&s->peer);
	uv_close((uv_handle_t *) &q->watch, on_watch_closed);
}
