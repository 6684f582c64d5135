#include "paced.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "acks.h"
#include "deal.h"

enum {
	MAX_CONNECTIONS = 64,
	STEP_NS = 200 * 1000,		/* between two looks at what is due, at least */
	PATIENCE_S = 120,		/* for the last ack */
	LEAD_NS = 20 * 1000 * 1000,	/* before the first is due */
};

/* A connection, with the lines of its own calls. */
struct lane {
	int fd;
	const struct share *share;	/* borrowed */
	size_t n_sent_bytes, n_due_bytes;
	uint64_t n_due, n_acked;
	struct acks acks;
};

struct run {
	struct pace pace;
	int64_t start_ns;
	struct lane *lanes;	/* owned; n_connections of them */
	/* Of each line, all owned: */
	uint32_t *waited_us;	/* from when it was due to its ack */
	uint32_t *late_us;	/* from when it was due to when that was seen */
};

/* When a lane's line is due: the file's lines go one after the other, whose ever they are. */
static int64_t due_ns(const struct run *r, const struct lane *lane, uint64_t line)
{
	return r->start_ns + (int64_t) (lane->share->turns[line] * (uint64_t) SECOND_NS / r->pace.rate);
}

static uint32_t us_since(int64_t then_ns, int64_t now_ns)
{
	return (uint32_t) MIN_OF(MAX_OF((now_ns - then_ns) / 1000, 0), UINT32_MAX);
}

/* Send all that is due and goes into the socket. */
static void send_due(const struct run *r, struct lane *lane)
{
	const struct share *s = lane->share;
	int64_t now_ns = bench_ns(CLOCK_MONOTONIC), at_ns;
	ssize_t n;

	while (lane->n_due < s->n_lines && (at_ns = due_ns(r, lane, lane->n_due)) <= now_ns) {
		const char *line = s->text + lane->n_due_bytes;

		r->late_us[s->turns[lane->n_due++]] = us_since(at_ns, now_ns);
		lane->n_due_bytes += (size_t) ((char *) memchr(line, '\n', s->n_bytes - lane->n_due_bytes) - line) + 1;
	}
	if (lane->n_sent_bytes == lane->n_due_bytes)
		return;
	n = send(lane->fd, s->text + lane->n_sent_bytes, lane->n_due_bytes - lane->n_sent_bytes,
		 MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		bench_fail("send: %m");
	lane->n_sent_bytes += n > 0 ? (size_t) n : 0;
}

static void take_acks(const struct run *r, struct lane *lane)
{
	int64_t now_ns;

	if (!acks_read(&lane->acks, lane->fd))
		return;
	now_ns = bench_ns(CLOCK_MONOTONIC);
	if (lane->acks.lines > lane->n_due)
		bench_fail("%llu lines are acknowledged of %llu", (unsigned long long) lane->acks.lines,
			   (unsigned long long) lane->n_due);
	for (; lane->n_acked < lane->acks.lines; lane->n_acked++)
		r->waited_us[lane->share->turns[lane->n_acked]] = us_since(due_ns(r, lane, lane->n_acked), now_ns);
}

/* Sleep until something is due, but not for less than a step, or until an answer comes. */
static void sleep_a_little(const struct run *r)
{
	int64_t now_ns = bench_ns(CLOCK_MONOTONIC), until_ns = now_ns + SECOND_NS;
	struct pollfd polled[MAX_CONNECTIONS];
	struct timespec timeout;

	for (uint64_t i = 0; i < r->pace.n_connections; i++) {
		const struct lane *lane = &r->lanes[i];

		polled[i] = (struct pollfd) {
			.fd = lane->fd, .events = (short) (POLLIN | (lane->n_sent_bytes < lane->n_due_bytes ? POLLOUT : 0)),
		};
		if (lane->n_due < lane->share->n_lines)
			until_ns = MIN_OF(until_ns, due_ns(r, lane, lane->n_due));
	}
	until_ns = MAX_OF(until_ns, now_ns + STEP_NS) - now_ns;
	timeout = (struct timespec) { .tv_sec = until_ns / SECOND_NS, .tv_nsec = until_ns % SECOND_NS };
	if (ppoll(polled, r->pace.n_connections, &timeout, NULL) < 0 && errno != EINTR)
		bench_fail("poll: %m");
}

static bool all_acked(const struct run *r)
{
	for (uint64_t i = 0; i < r->pace.n_connections; i++) {
		if (r->lanes[i].n_acked < r->lanes[i].share->n_lines)
			return false;
	}
	return true;
}

/* Until the last ack. */
static void keep_pace(struct run *r)
{
	int64_t planned_ns = (int64_t) (r->pace.n_lines * (uint64_t) SECOND_NS / r->pace.rate);

	r->start_ns = bench_ns(CLOCK_MONOTONIC) + LEAD_NS;
	for (;;) {
		for (uint64_t i = 0; i < r->pace.n_connections; i++) {
			send_due(r, &r->lanes[i]);
			take_acks(r, &r->lanes[i]);
		}
		if (all_acked(r))
			return;
		if (bench_ns(CLOCK_MONOTONIC) > r->start_ns + planned_ns + PATIENCE_S * SECOND_NS)
			bench_fail("not all is acknowledged %d s after the last line", PATIENCE_S);
		sleep_a_little(r);
	}
}

static void *new_array(uint64_t n, size_t size)
{
	void *a = calloc(n, size);

	if (!a)
		bench_fail("out of memory");
	return a;
}

static struct paced measure(const struct run *r)
{
	uint64_t n = r->pace.n_lines;
	struct paced p = {
		.n_lines = n,
		.wall_ns = bench_ns(CLOCK_MONOTONIC) - r->start_ns,
		.cpu_ns = bench_ns(CLOCK_PROCESS_CPUTIME_ID),
	};

	for (uint64_t i = 0; i < r->pace.n_connections; i++) {
		p.stored += r->lanes[i].acks.stored;
		p.duplicate += r->lanes[i].acks.duplicate;
		p.rejected += r->lanes[i].acks.rejected;
	}
	bench_sort(r->waited_us, n);
	bench_sort(r->late_us, n);
	p.p50_us = bench_at(r->waited_us, n, 500);
	p.p99_us = bench_at(r->waited_us, n, 990);
	p.p999_us = bench_at(r->waited_us, n, 999);
	p.max_us = r->waited_us[n - 1];
	p.late_p99_us = bench_at(r->late_us, n, 990);
	return p;
}

struct paced paced_run(const char *socket_path, const struct lines *lines, const struct pace *pace)
{
	struct share *shares = deal(lines, pace->n_lines, pace->n_connections);
	struct run r = {
		.pace = *pace,
		.lanes = new_array(pace->n_connections, sizeof(*r.lanes)),
		.waited_us = new_array(pace->n_lines, sizeof(*r.waited_us)),
		.late_us = new_array(pace->n_lines, sizeof(*r.late_us)),
	};
	struct paced result;

	if (pace->n_connections > MAX_CONNECTIONS)
		bench_fail("%llu connections are too many", (unsigned long long) pace->n_connections);
	(void) prctl(PR_SET_TIMERSLACK, 1UL);	/* else the kernel may wake us 50 µs late */
	for (uint64_t i = 0; i < pace->n_connections; i++) {
		r.lanes[i].fd = acks_connect(socket_path);
		r.lanes[i].share = &shares[i];
	}
	keep_pace(&r);
	result = measure(&r);
	for (uint64_t i = 0; i < pace->n_connections; i++)
		(void) close(r.lanes[i].fd);
	free(r.lanes);
	free(r.waited_us);
	free(r.late_us);
	deal_free(shares);
	return result;
}
