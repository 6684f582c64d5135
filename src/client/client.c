/*
 * libcallmeter's one connection: lines out through a window, answers in.
 *
 * No thread, no log, no signal; knows nothing of what a payload means.
 * It includes nothing of ours but headers, so that the shared library stands alone.
 */

#include "callmeter.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "client/answer.h"

enum {
	IN_BYTES_FIRST = 16 * 1024,
	/* The recorder holds at most 64 KiB of verdicts, so no honest answer is longer than this. */
	IN_BYTES_MAX = 128 * 1024,
	/* Room for each read. */
	IN_BYTES_MORE = 4 * 1024,
};

struct client_bytes {
	char *data;	/* owned */
	size_t begin, end, cap;
};

struct callmeter_client {
	int fd;			/* owned */
	int error;		/* negative errno that ended the connection, 0 while it holds */
	bool shut;		/* sending failed with EPIPE: only answers are left */
	struct client_bytes out;	/* lines the kernel has not taken */
	struct client_bytes in;		/* answers not handed out yet */
	struct callmeter_answer answer;
	char code[ANSWER_CODE_SIZE];
	uint64_t n_sent;
};

/* Room for @n more bytes behind end. Returns 0, -EMSGSIZE above @max, or -ENOMEM. */
static int bytes_reserve(struct client_bytes *b, size_t n, size_t first, size_t max)
{
	size_t n_held = b->end - b->begin;
	size_t cap = b->cap ? b->cap : first;
	char *data;

	if (n > b->cap - b->end && b->begin > 0) {
		memmove(b->data, b->data + b->begin, n_held);
		b->begin = 0;
		b->end = n_held;
	}
	if (n <= b->cap - b->end)
		return 0;
	if (n > max || n_held > max - n)
		return -EMSGSIZE;
	while (cap < n_held + n)
		cap *= 2;
	data = realloc(b->data, cap);
	if (!data)
		return -ENOMEM;
	b->data = data;
	b->cap = cap;
	return 0;
}

static int socket_address(const char *runtime_dir, struct sockaddr_un *ret)
{
	int n;

	if (!runtime_dir || runtime_dir[0] == '\0')
		runtime_dir = getenv("CALLMETER_RUNTIME_DIR");
	if (!runtime_dir || runtime_dir[0] == '\0')
		runtime_dir = "/run/callmeter";
	*ret = (struct sockaddr_un) { .sun_family = AF_UNIX };
	n = snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/ingest.sock", runtime_dir);
	return n < 0 || (size_t) n >= sizeof(ret->sun_path) ? -ENAMETOOLONG : 0;
}

int callmeter_client_open(const char *runtime_dir, struct callmeter_client **ret_client)
{
	struct callmeter_client *client;
	struct sockaddr_un address;
	int r;

	r = socket_address(runtime_dir, &address);
	if (r < 0)
		return r;
	client = calloc(1, sizeof(*client));
	if (!client)
		return -ENOMEM;
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (client->fd < 0 || connect(client->fd, (const struct sockaddr *) &address, sizeof(address)) < 0) {
		r = -errno;
		callmeter_client_close(client);
		return r;
	}
	*ret_client = client;
	return 0;
}

struct callmeter_client *callmeter_client_close(struct callmeter_client *client)
{
	if (!client)
		return NULL;
	if (client->fd >= 0)
		(void) close(client->fd);
	free(client->out.data);
	free(client->in.data);
	free(client);
	return NULL;
}

/* Hand waiting lines to the kernel. Returns 0, also when it is full, or a negative errno. */
static int push(struct callmeter_client *client)
{
	struct client_bytes *out = &client->out;

	while (out->begin < out->end && !client->shut) {
		ssize_t n = send(client->fd, out->data + out->begin, out->end - out->begin, MSG_NOSIGNAL);

		if (n >= 0) {
			out->begin += (size_t) n;
		} else if (errno == EPIPE || errno == ECONNRESET) {
			client->shut = true;
		} else if (errno == EAGAIN) {
			return 0;
		} else if (errno != EINTR) {
			client->error = -errno;
			return client->error;
		}
	}
	if (out->begin == out->end)
		out->begin = out->end = 0;
	return 0;
}

int callmeter_client_send(struct callmeter_client *client, const char *line, size_t n)
{
	int r;

	if (client->error < 0)
		return client->error;
	if (client->shut)
		return -EPIPE;
	if (n > CALLMETER_MAX_LINE_BYTES)
		return -EMSGSIZE;
	if (n > 0 && memchr(line, '\n', n))
		return -EINVAL;
	r = bytes_reserve(&client->out, n + 1, IN_BYTES_FIRST, CALLMETER_WINDOW_BYTES);
	if (r == -EMSGSIZE) {
		r = push(client);
		if (r < 0)
			return r;
		r = bytes_reserve(&client->out, n + 1, IN_BYTES_FIRST, CALLMETER_WINDOW_BYTES);
	}
	if (r < 0)
		return r == -EMSGSIZE ? (client->shut ? -EPIPE : -EAGAIN) : r;
	if (n > 0)
		memcpy(client->out.data + client->out.end, line, n);
	client->out.end += n;
	client->out.data[client->out.end++] = '\n';
	client->n_sent++;
	/* The line is taken; what goes wrong from here is told by the next call. */
	(void) push(client);
	return 0;
}

/* Append @s as a JSON string. @at has room for six bytes a byte, and the quotes. */
static char *put_string(char *at, const char *s)
{
	static const char hex[] = "0123456789abcdef";

	*at++ = '"';
	for (; *s; s++) {
		unsigned char c = (unsigned char) *s;

		if (c == '"' || c == '\\') {
			*at++ = '\\';
			*at++ = *s;
		} else if (c < 0x20) {
			memcpy(at, "\\u00", 4);
			at[4] = hex[c >> 4];
			at[5] = hex[c & 15];
			at += 6;
		} else {
			*at++ = *s;
		}
	}
	*at++ = '"';
	return at;
}

int callmeter_client_hello(struct callmeter_client *client, const char *source, const char *app)
{
	size_t n_source = source ? strlen(source) : 0, n_app = app ? strlen(app) : 0;
	char *line, *at;
	int r;

	if (n_source > CALLMETER_MAX_LINE_BYTES || n_app > CALLMETER_MAX_LINE_BYTES)
		return -EMSGSIZE;
	line = malloc(64 + 6 * (n_source + n_app));
	if (!line)
		return -ENOMEM;
	at = stpcpy(line, "{\"hello\":{");
	if (source)
		at = put_string(stpcpy(at, "\"source\":"), source);
	if (app)
		at = put_string(stpcpy(at, source ? ",\"app\":" : "\"app\":"), app);
	at = stpcpy(at, "}}");
	r = callmeter_client_send(client, line, (size_t) (at - line));
	free(line);
	return r;
}

/* The first whole answer held, if any. Returns 1, 0, or -EBADMSG. */
static int take_answer(struct callmeter_client *client, const struct callmeter_answer **ret_answer)
{
	struct client_bytes *in = &client->in;
	char *text, *newline;
	size_t n;
	int r;

	if (in->begin == in->end)
		return 0;
	text = in->data + in->begin;
	newline = memchr(text, '\n', in->end - in->begin);
	if (!newline)
		return 0;
	n = (size_t) (newline - text);
	*newline = '\0';
	in->begin += n + 1;
	r = answer_read(&client->answer, text, n, client->code);
	if (r < 0) {
		client->error = r;
		return r;
	}
	*ret_answer = &client->answer;
	return 1;
}

int callmeter_client_next(struct callmeter_client *client, const struct callmeter_answer **ret_answer)
{
	struct client_bytes *in = &client->in;
	int r;

	for (;;) {
		ssize_t n;

		r = take_answer(client, ret_answer);
		if (r != 0)
			return r;
		if (client->error < 0)
			return client->error;
		r = push(client);
		if (r < 0)
			return r;
		if (in->begin == in->end)
			in->begin = in->end = 0;
		r = bytes_reserve(in, IN_BYTES_MORE, IN_BYTES_FIRST, IN_BYTES_MAX);
		if (r < 0) {
			if (r == -EMSGSIZE)
				r = client->error = -EBADMSG;
			return r;
		}
		n = recv(client->fd, in->data + in->end, in->cap - in->end, 0);
		if (n > 0)
			in->end += (size_t) n;
		else if (n == 0 || errno == ECONNRESET)
			client->error = -EPIPE;
		else if (errno == EAGAIN)
			return 0;
		else if (errno != EINTR)
			client->error = -errno;
	}
}

int callmeter_client_fd(const struct callmeter_client *client)
{
	return client->fd;
}

short callmeter_client_poll_events(const struct callmeter_client *client)
{
	return (short) (POLLIN | (client->out.begin < client->out.end && !client->shut ? POLLOUT : 0));
}

uint64_t callmeter_client_sent_lines(const struct callmeter_client *client)
{
	return client->n_sent;
}

uint64_t callmeter_client_acked_lines(const struct callmeter_client *client)
{
	return client->answer.lines;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	(void) clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int callmeter_client_flush(struct callmeter_client *client, int timeout_ms,
			   callmeter_answer_fn on_answer, void *user)
{
	int64_t until_ms = now_ms() + timeout_ms;

	for (;;) {
		const struct callmeter_answer *answer;
		struct pollfd pollfd;
		int64_t left_ms = -1;
		int r;

		r = callmeter_client_next(client, &answer);
		if (r < 0)
			return r;
		if (r > 0) {
			if (on_answer)
				on_answer(answer, user);
			continue;
		}
		if (client->answer.lines >= client->n_sent)
			return 0;
		if (timeout_ms >= 0) {
			left_ms = until_ms - now_ms();
			if (left_ms <= 0)
				return -ETIMEDOUT;
		}
		pollfd = (struct pollfd) { .fd = client->fd, .events = callmeter_client_poll_events(client) };
		if (poll(&pollfd, 1, (int) left_ms) < 0 && errno != EINTR)
			return -errno;
	}
}
