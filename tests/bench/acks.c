#include "acks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "bench.h"

static bool starts(const char *line, size_t n, const char *with)
{
	return n >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

/* The number behind a key of the ack, which is NUL-terminated. */
static uint64_t number(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static bool take_line(struct acks *a, char *line, size_t n)
{
	if (starts(line, n, "{\"line\":"))
		return false;
	line[n] = '\0';	/* was the newline */
	if (!starts(line, n, "{\"ack\":{"))
		bench_fail("the recorder says %s", line);
	a->lines = number(line, "\"lines\":");
	a->stored = number(line, "\"stored\":");
	a->flagged = number(line, "\"flagged\":");
	a->duplicate = number(line, "\"duplicate\":");
	a->rejected = number(line, "\"rejected\":");
	return true;
}

bool acks_read(struct acks *a, int fd)
{
	bool acked = false;

	for (;;) {
		size_t room = sizeof(a->held) - a->n_held;
		ssize_t n = recv(fd, a->held + a->n_held, room, MSG_DONTWAIT);
		char *line = a->held, *end;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return acked;
		if (n < 0)
			bench_fail("no answer: %m");
		if (n == 0)
			bench_fail("the recorder closed the connection after line %llu", (unsigned long long) a->lines);
		a->n_held += (size_t) n;
		while ((end = memchr(line, '\n', (size_t) (a->held + a->n_held - line)))) {
			acked = take_line(a, line, (size_t) (end - line)) || acked;
			line = end + 1;
		}
		a->n_held -= (size_t) (line - a->held);
		if (a->n_held == sizeof(a->held))
			bench_fail("an answer without an end");
		memmove(a->held, line, a->n_held);
		if ((size_t) n < room)
			return acked;
	}
}

int acks_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		bench_fail("socket: %m");
	if (strlen(path) >= sizeof(address.sun_path))
		bench_fail("%s: too long for a socket's name", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
		bench_fail("%s: %m", path);
	return fd;
}
