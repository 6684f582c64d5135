#include "cli/link.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/clock.h"

enum {
	LINK_READ_BYTES = 64 * 1024,
	LINK_CONNECT_S = 5,
};

int link_open(struct link *l, const struct cli *cli, const char *socket_name)
{
	const struct timeval limit = { .tv_sec = LINK_CONNECT_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int n, r;

	*l = (struct link) { .fd = -1, .socket = socket_name, .timeout_ms = 60 * 1000 };
	n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", cli->runtime_dir, socket_name);
	if (n < 0 || (size_t) n >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return -errno;
	/* It bounds connect() too, which waits while the listener's queue is full. */
	(void) setsockopt(l->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	do
		r = connect(l->fd, (const struct sockaddr *) &address, sizeof(address));
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return errno == ENOENT || errno == ECONNREFUSED ? LINK_E_CLOSED :
			errno == EAGAIN ? LINK_E_SILENT : -errno;
	return 0;
}

void link_close(struct link *l)
{
	if (l->fd >= 0)
		(void) close(l->fd);
	l->fd = -1;
	buf_deinit(&l->in);
	l->begin = 0;
}

int link_send(struct link *l, struct question *question)
{
	const char *line = question_line(question);
	size_t n = line ? strlen(line) : 0;

	if (!line)
		return -ENOMEM;
	while (n > 0) {
		ssize_t k = send(l->fd, line, n, MSG_NOSIGNAL);

		if (k >= 0) {
			line += k;
			n -= (size_t) k;
		} else if (errno == EAGAIN) {
			return LINK_E_SILENT;
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return 0;	/* closed, perhaps with a word why: link_line() tells */
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

/* Wait until there is something to read. Returns 0, LINK_E_SILENT or a negative errno. */
static int wait_readable(struct link *l)
{
	int64_t until_us = clock_mono_us() + (int64_t) l->timeout_ms * 1000;
	struct pollfd pollfd = { .fd = l->fd, .events = POLLIN };

	for (;;) {
		int64_t left_ms = l->timeout_ms < 0 ? -1 : (until_us - clock_mono_us() + 999) / 1000;
		int n = poll(&pollfd, 1, (int) (l->timeout_ms < 0 ? -1 : MAX_OF(left_ms, 0)));

		if (n > 0)
			return 0;
		if (n == 0)
			return LINK_E_SILENT;
		if (errno != EINTR)
			return -errno;
	}
}

int link_line(struct link *l, const char **ret_line, size_t *ret_n)
{
	size_t scanned = l->begin;
	ssize_t n;
	int r;

	for (;;) {
		char *newline = l->in.n > scanned ? memchr(l->in.data + scanned, '\n', l->in.n - scanned) : NULL;

		if (newline) {
			*ret_line = l->in.data + l->begin;
			*ret_n = (size_t) (newline - *ret_line);
			l->begin += *ret_n + 1;
			return 0;
		}
		if (l->begin > 0) {
			memmove(l->in.data, l->in.data + l->begin, l->in.n - l->begin);
			l->in.n -= l->begin;
			l->begin = 0;
		}
		scanned = l->in.n;
		r = wait_readable(l);
		if (r != 0)
			return r;
		r = buf_reserve(&l->in, LINK_READ_BYTES);
		if (r < 0)
			return r;
		n = recv(l->fd, l->in.data + l->in.n, LINK_READ_BYTES, 0);
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return LINK_E_CLOSED;
		if (n > 0)
			l->in.n += (size_t) n;
		else if (errno != EINTR)
			return -errno;
	}
}

void link_complain(const struct cli *cli, const char *socket_name, int error)
{
	const char *dir = cli->runtime_dir;

	switch (error) {
	case LINK_E_ANSWER:
		break;
	case LINK_E_CLOSED:
	case -ENOENT:
	case -ECONNREFUSED:
		say("no answer from %s/%s: is callmeterd running? See: systemctl status callmeterd",
		    dir, socket_name);
		break;
	case LINK_E_SILENT:
	case -ETIMEDOUT:
	case -EAGAIN:
		say("callmeterd takes too long to answer on %s/%s; see: systemctl status callmeterd",
		    dir, socket_name);
		break;
	case -EACCES:
	case -EPERM:
		if (strcmp(socket_name, "control.sock") == 0)
			say("no permission for %s/%s: only root may change the record; try it with sudo",
			    dir, socket_name);
		else
			say("no permission for %s/%s: be a member of the group %s "
			    "(sudo usermod -aG %s USER, then log in anew)", dir, socket_name,
			    strcmp(socket_name, "ingest.sock") == 0 ? "callmeter-ingest" : "callmeter",
			    strcmp(socket_name, "ingest.sock") == 0 ? "callmeter-ingest" : "callmeter");
		break;
	case -ENAMETOOLONG:
		say("%s/%s is longer than a socket's path can be: name a shorter --runtime-dir", dir, socket_name);
		break;
	default:
		say("%s/%s: %s", dir, socket_name, error < 0 ? strerror(-error) : "it does not speak as callmeterd does");
	}
}

bool link_is_error(const struct row *row)
{
	_cleanup_(row_deinit) struct row error = {};
	const char *message, *hint;

	if (row->n_cells != 1 || row_inside(row, "error", &error) != 0)
		return false;
	message = row_text(&error, "message");
	hint = row_text(&error, "hint");
	if (!message)
		message = row_text(&error, "code");
	say("%s%s%s", message ? message : "the recorder refused", hint ? ". " : "", hint ? hint : "");
	return true;
}

int link_ask(struct link *l, struct question *question, link_row_fn on_row, void *user, struct row *ret_end)
{
	int r = link_send(l, question);

	while (r == 0) {
		_cleanup_(row_deinit) struct row row = {};
		const char *line;
		size_t n;

		r = link_line(l, &line, &n);
		if (r != 0)
			return r;
		r = row_read(line, n, &row);
		if (r != 0)
			return r < 0 ? r : -EBADMSG;
		if (link_is_error(&row))
			return LINK_E_ANSWER;
		if (row.n_cells == 1 && row_inside(&row, "end", ret_end) == 0)
			return 0;
		r = on_row(line, n, &row, user);
	}
	return r;
}
