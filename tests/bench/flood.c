#include "flood.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acks.h"
#include "deal.h"

enum {
	PATIENCE_MS = 120 * 1000,	/* without any progress */
	STREAM_BYTES = 1024 * 1024,
};

/* What a client tells, in memory that its parent shares. */
struct outcome {
	int64_t ended_ns;	/* 0: it did not get there */
	uint64_t lines, stored, flagged, duplicate, rejected;
};

static void wait_for(int fd, short what)
{
	struct pollfd p = { .fd = fd, .events = what };
	int n;

	do
		n = poll(&p, 1, PATIENCE_MS);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		bench_fail("poll: %m");
	if (n == 0)
		bench_fail("nothing happened for %d s", PATIENCE_MS / 1000);
}

/* Send what there is room for now. Returns how many bytes. */
static size_t send_some(int fd, const char *p, size_t n)
{
	ssize_t sent = send(fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0 && errno != EAGAIN && errno != EINTR)
		bench_fail("send: %m");
	return sent < 0 ? 0 : (size_t) sent;
}

/* Send all of it, and take the answers that have come meanwhile. */
static void send_all(int fd, const char *p, size_t n, struct acks *acks)
{
	while (n > 0) {
		size_t sent = send_some(fd, p, n);

		p += sent;
		n -= sent;
		(void) acks_read(acks, fd);
		if (n > 0)
			wait_for(fd, POLLOUT);
	}
}

static void wait_for_acks(int fd, uint64_t n_lines, struct acks *acks)
{
	while (acks->lines < n_lines) {
		wait_for(fd, POLLIN);
		(void) acks_read(acks, fd);
	}
	if (acks->lines > n_lines)
		bench_fail("%llu lines were sent, and %llu acknowledged", (unsigned long long) n_lines,
			   (unsigned long long) acks->lines);
}

static void tell(const struct acks *acks, struct outcome *o)
{
	*o = (struct outcome) {
		.ended_ns = bench_ns(CLOCK_MONOTONIC), .lines = acks->lines, .stored = acks->stored,
		.flagged = acks->flagged, .duplicate = acks->duplicate, .rejected = acks->rejected,
	};
}

/* The life of one client: connect, say so, wait until all are let go, send, wait for the last ack. */
static void run_client(const char *socket_path, const struct share *share, int ready, int go, struct outcome *outcome)
{
	static struct acks acks;
	int fd = acks_connect(socket_path);
	char byte = 0;

	if (write(ready, &byte, 1) != 1 || close(ready) < 0)
		bench_fail("not ready: %m");
	if (read(go, &byte, 1) != 0)
		bench_fail("not let go: %m");
	send_all(fd, share->text, share->n_bytes, &acks);
	wait_for_acks(fd, share->n_lines, &acks);
	tell(&acks, outcome);
}

static void start_clients(const char *socket_path, const struct share *shares, uint64_t n_clients, const int ready[2],
			  const int go[2], struct outcome *outcomes)
{
	for (uint64_t i = 0; i < n_clients; i++) {
		pid_t pid = fork();

		if (pid < 0)
			bench_fail("client %llu: %m", (unsigned long long) i);
		if (pid == 0) {
			(void) prctl(PR_SET_PDEATHSIG, (unsigned long) SIGKILL);
			(void) close(go[1]);
			run_client(socket_path, &shares[i], ready[1], go[0], &outcomes[i]);
			_exit(EXIT_SUCCESS);
		}
	}
}

/* Returns the instant from which all of them send. */
static int64_t let_go(uint64_t n_clients, const int ready[2], const int go[2])
{
	char bytes[256];
	uint64_t n_ready = 0;
	int64_t now_ns;
	ssize_t n;

	(void) close(ready[1]);
	(void) close(go[0]);
	while ((n = read(ready[0], bytes, sizeof(bytes))) > 0)
		n_ready += (uint64_t) n;
	if (n_ready != n_clients)
		bench_fail("%llu of %llu clients are connected", (unsigned long long) n_ready,
			   (unsigned long long) n_clients);
	now_ns = bench_ns(CLOCK_MONOTONIC);
	(void) close(ready[0]);
	(void) close(go[1]);
	return now_ns;
}

static void reap(uint64_t n_clients)
{
	for (uint64_t i = 0; i < n_clients; i++) {
		int status;

		if (wait(&status) < 0)
			bench_fail("wait: %m");
		if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS)
			bench_fail("a client failed");
	}
}

static void add_outcome(struct flood *f, const struct outcome *o, int64_t began_ns)
{
	if (o->ended_ns == 0)
		bench_fail("a client told nothing");
	f->n_lines += o->lines;
	f->stored += o->stored;
	f->flagged += o->flagged;
	f->duplicate += o->duplicate;
	f->rejected += o->rejected;
	f->wall_ns = MAX_OF(f->wall_ns, o->ended_ns - began_ns);
}

static int64_t cpu_ns(int who)
{
	struct rusage u;

	if (getrusage(who, &u) < 0)
		bench_fail("getrusage: %m");
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * SECOND_NS +
		(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * INT64_C(1000);
}

struct flood flood_lines(const char *socket_path, const struct lines *lines, uint64_t n_clients)
{
	size_t n_bytes = n_clients * sizeof(struct outcome);
	struct share *shares = deal(lines, lines->n, n_clients);
	struct outcome *outcomes = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct flood f = { .n_clients = n_clients };
	int ready[2], go[2];
	int64_t began_ns;

	if (outcomes == MAP_FAILED || pipe(ready) < 0 || pipe(go) < 0)
		bench_fail("no room for %llu clients: %m", (unsigned long long) n_clients);
	start_clients(socket_path, shares, n_clients, ready, go, outcomes);
	began_ns = let_go(n_clients, ready, go);
	reap(n_clients);
	for (uint64_t i = 0; i < n_clients; i++)
		add_outcome(&f, &outcomes[i], began_ns);
	f.cpu_ns = cpu_ns(RUSAGE_CHILDREN);
	(void) munmap(outcomes, n_bytes);
	deal_free(shares);
	return f;
}

static uint64_t count_lines(const char *p, size_t n)
{
	const char *end = p + n;
	uint64_t n_lines = 0;

	while ((p = memchr(p, '\n', (size_t) (end - p)))) {
		n_lines++;
		p++;
	}
	return n_lines;
}

struct flood flood_stream(const char *socket_path, int fd)
{
	static struct acks acks;
	static char bytes[STREAM_BYTES];
	int out = acks_connect(socket_path);
	struct outcome o;
	struct flood f = { .n_clients = 1 };
	uint64_t n_lines = 0;
	int64_t began_ns = bench_ns(CLOCK_MONOTONIC);
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		n_lines += count_lines(bytes, (size_t) n);
		send_all(out, bytes, (size_t) n, &acks);
	}
	if (n < 0)
		bench_fail("read: %m");
	wait_for_acks(out, n_lines, &acks);
	tell(&acks, &o);
	add_outcome(&f, &o, began_ns);
	f.cpu_ns = cpu_ns(RUSAGE_SELF);
	(void) close(out);
	return f;
}
