#include "app/control.h"

#include <errno.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "wire/answer.h"
#include "wire/limits.h"
#include "wire/scan.h"

struct session {
	struct peer peer;
	struct control *control;
	TAILQ_ENTRY(session) entry;
	struct writer_job job;
	int64_t first, last, n_dropped;
	bool in_flight;		/* the writer has the job */
	bool ended;		/* to be closed after the answer */
	bool gone;		/* closed */
};

struct control {
	struct control_options options;
	struct scan scan;
	TAILQ_HEAD(, session) sessions;
	bool closing;
	void (*done)(void *user);
	void *user;
};

static void check_closed(struct control *c)
{
	void (*done)(void *user) = c->done;
	void *user = c->user;

	if (!c->closing || !TAILQ_EMPTY(&c->sessions))
		return;
	scan_deinit(&c->scan);
	free(c);
	done(user);
}

static void free_if_done(struct session *s)
{
	struct control *c = s->control;

	if (!s->gone || s->in_flight)
		return;
	TAILQ_REMOVE(&c->sessions, s, entry);
	free(s);
	check_closed(c);
}

/* Send the answer; the next request is read when it has left. */
static void answer(struct session *s, struct buf *out)
{
	if (out->n > 0)
		peer_write(&s->peer, out);
	else
		peer_close(&s->peer);	/* no memory to say anything */
}

static void answer_bad(struct session *s, const char *code, const char *message, const char *hint)
{
	_cleanup_(buf_deinit) struct buf out = {};

	(void) answer_error(&out, code, message, hint);
	answer(s, &out);
}

static void reload(struct session *s)
{
	const struct control_options *o = &s->control->options;
	_cleanup_(buf_deinit) struct buf why = {};
	_cleanup_(buf_deinit) struct buf out = {};

	if (o->reload(o->user, &why) == 0) {
		(void) answer_ok(&out, "reloaded", 1);
		answer(s, &out);
		return;
	}
	answer_bad(s, "bad-config", buf_cstr(&why) ? why.data : "no memory",
		   "the earlier configuration stays in force; try callmeterd --check-config");
}

static int run_drop(struct writer_job *job)
{
	struct session *s = container_of(job, struct session, job);

	return store_quarantine_drop(s->control->options.store, s->first, s->last, &s->n_dropped);
}

static void on_dropped(struct writer_job *job, int r)
{
	struct session *s = container_of(job, struct session, job);
	const struct control_options *o = &s->control->options;
	_cleanup_(buf_deinit) struct buf out = {};

	s->in_flight = false;
	if (s->gone) {
		free_if_done(s);
	} else if (r == 0) {
		(void) answer_ok(&out, "dropped", s->n_dropped);
		answer(s, &out);
	} else if (r == -EBUSY) {
		answer_bad(s, "busy", "another process holds the database's write lock", "try again");
	} else {
		answer_bad(s, "failed", strerror(-r), "see the log of callmeterd");
	}
	if (r < 0 && r != -EBUSY && r != -ENOSPC && r != -ENOMEM)
		o->failed(o->user, r);
}

static bool read_int(const struct scan *scan, const char *key, int64_t *ret)
{
	uint32_t i = scan_member(scan, 0, key);

	if (i == 0 || scan->nodes[i].type != JSON_INT)
		return false;
	*ret = scan->nodes[i].i;
	return true;
}

static void drop(struct session *s)
{
	const struct scan *scan = &s->control->scan;

	if (!read_int(scan, "first", &s->first) || !read_int(scan, "last", &s->last) ||
	    s->first > s->last) {
		answer_bad(s, "bad-value", "first and last: expected ids of quarantined rows",
			   "{\"control\":\"quarantine-drop\",\"first\":1,\"last\":9}");
		return;
	}
	s->in_flight = true;
	s->job = (struct writer_job) { .run = run_drop, .done = on_dropped };
	writer_submit(s->control->options.writer, &s->job);
}

static const struct {
	const char *name;
	void (*act)(struct session *s);
} verbs[] = {
	{ "reload", reload },
	{ "quarantine-drop", drop },
};

static void on_line(struct peer *p, const char *line, size_t n)
{
	struct session *s = p->user;
	struct scan *scan = &s->control->scan;
	struct scan_fault fault = {};
	uint32_t i = 0;
	int r;

	peer_pause(p);
	r = scan_line(scan, line, n, &fault);
	if (r == 0 && scan->n_faults > 0) {
		fault = scan->faults[0];
		r = SCAN_E_BAD;
	}
	if (r < 0) {
		peer_close(p);
		return;
	}
	if (r == 0 && scan->nodes[0].type == JSON_OBJECT)
		i = scan_member(scan, 0, "control");
	if (r != 0 || i == 0 || scan->nodes[i].type != JSON_STRING) {
		answer_bad(s, r != 0 ? "not-json" : "bad-request",
			   r != 0 ? fault.message : "control: expected what is to be done",
			   "one request a line, such as {\"control\":\"reload\"}");
		return;
	}
	for (size_t k = 0; k < N_ELEMENTS(verbs); k++) {
		if (scan_str_eq(&scan->nodes[i], verbs[k].name, strlen(verbs[k].name))) {
			verbs[k].act(s);
			return;
		}
	}
	answer_bad(s, "unknown-control", "control: no such action",
		   "one of reload, quarantine-drop");
}

static void on_long_line(struct peer *p, const char *head _unused_, size_t n_head _unused_,
			 uint64_t n_whole _unused_)
{
	peer_pause(p);
	answer_bad(p->user, "request-too-long", "the request is longer than 64 KiB", NULL);
}

static void on_ended(struct peer *p, const char *half _unused_, size_t n_half _unused_,
		     uint64_t n_whole)
{
	struct session *s = p->user;

	/* Never within an answer: reading is paused then. */
	s->ended = true;
	if (n_whole > 0)
		answer_bad(s, "bad-request", "the request has no newline at its end", NULL);
	else
		peer_close(p);
}

static void on_drained(struct peer *p)
{
	struct session *s = p->user;

	if (s->ended || p->deaf)
		peer_close(p);
	else
		peer_resume(p);
}

static void on_closed(struct peer *p)
{
	struct session *s = p->user;

	s->gone = true;
	free_if_done(s);
}

static const struct peer_ops session_ops = {
	.line = on_line,
	.long_line = on_long_line,
	.ended = on_ended,
	.drained = on_drained,
	.closed = on_closed,
};

void control_accept(struct control *c, int fd)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s) {
		(void) close(fd);
		return;
	}
	if (peer_start(&s->peer, c->options.hub, fd, LIMIT_REQUEST_BYTES, 0, &session_ops, s) < 0) {
		free(s);
		return;
	}
	s->control = c;
	TAILQ_INSERT_TAIL(&c->sessions, s, entry);
}

int control_new(const struct control_options *options, struct control **ret)
{
	struct control *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->options = *options;
	TAILQ_INIT(&c->sessions);
	*ret = c;
	return 0;
}

void control_close(struct control *c, void (*done)(void *user), void *user)
{
	struct session *s, *next;

	c->closing = true;
	c->done = done;
	c->user = user;
	if (TAILQ_EMPTY(&c->sessions)) {
		check_closed(c);
		return;
	}
	for (s = TAILQ_FIRST(&c->sessions); s; s = next) {
		next = TAILQ_NEXT(s, entry);
		s->in_flight = false;	/* its job ran, or never will */
		peer_close(&s->peer);
		free_if_done(s);	/* with the last of them @c */
	}
}
