#include "net/listener.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/macros.h"

enum {
	ACCEPT_AT_ONCE = 64,	/* then the others get their turn */
	REST_MS = 100,
};

size_t listener_max_path(void)
{
	return sizeof(((struct sockaddr_un *) NULL)->sun_path) - 1;
}

/* Whether the socket file at @address is a leftover: 1 yes, 0 there is none, or an error. */
static int is_stale(const struct sockaddr_un *address)
{
	struct stat st;
	int fd, r;

	if (lstat(address->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = connect(fd, (const struct sockaddr *) address, sizeof(*address)) < 0 ? -errno : 0;
	(void) close(fd);
	if (r == -ECONNREFUSED)
		return 1;
	return r == 0 || r == -EAGAIN ? -EADDRINUSE : r;
}

int listener_bind(const char *path, mode_t mode, int *ret_fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, r;

	if (strlen(path) > listener_max_path())
		return LISTENER_E_TOO_LONG;
	(void) strcpy(address.sun_path, path);

	r = is_stale(&address);
	if (r == -EADDRINUSE)
		return LISTENER_E_IN_USE;
	if (r == -ENOTSOCK)
		return LISTENER_E_NOT_A_SOCKET;
	if (r < 0)
		return r;
	if (r > 0 && unlink(path) < 0)
		return -errno;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* No one can connect before listen(), so the mode is in force for the first client. */
	if (bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0 ||
	    chmod(path, mode) < 0 || listen(fd, SOMAXCONN) < 0) {
		r = errno == EADDRINUSE ? LISTENER_E_IN_USE : -errno;
		(void) close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

void listener_refuse(int fd, const char *line)
{
	(void) send(fd, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL);
	(void) close(fd);
}

static void open_spare(struct listener *l)
{
	if (l->spare_fd < 0)
		l->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int accept_one(struct listener *l)
{
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

/* No descriptor left: spend the spare one on telling the client so. */
static int refuse_one(struct listener *l)
{
	int fd;

	if (l->spare_fd < 0)
		return -EMFILE;
	(void) close(l->spare_fd);
	l->spare_fd = -1;
	fd = accept_one(l);
	if (fd >= 0)
		listener_refuse(fd, l->busy_line);
	open_spare(l);
	return fd < 0 ? fd : 0;
}

static void on_readable(uv_poll_t *poll, int status, int events);

static void on_rested(uv_timer_t *timer)
{
	struct listener *l = timer->data;

	open_spare(l);
	(void) uv_poll_start(&l->poll, UV_READABLE, on_readable);
}

static void on_readable(uv_poll_t *poll, int status _unused_, int events _unused_)
{
	struct listener *l = poll->data;

	open_spare(l);
	for (int i = 0; i < ACCEPT_AT_ONCE && !l->closing; i++) {
		int r = accept_one(l);

		if (r >= 0) {
			l->on_accept(l, r);
			continue;
		}
		if (r == -EMFILE || r == -ENFILE)
			r = refuse_one(l);
		if (r == -EAGAIN)
			return;
		if (r == 0 || r == -ECONNABORTED || r == -EINTR)
			continue;
		/* Nothing to be done now; look again shortly rather than spin. */
		(void) uv_poll_stop(&l->poll);
		(void) uv_timer_start(&l->rest, on_rested, REST_MS, 0);
		return;
	}
}

int listener_start(struct listener *l, uv_loop_t *loop, int fd, const char *busy_line,
		   listener_accept_fn on_accept, void *user)
{
	int r;

	*l = (struct listener) {
		.fd = fd, .spare_fd = -1, .busy_line = busy_line,
		.on_accept = on_accept, .user = user,
	};
	r = uv_poll_init(loop, &l->poll, fd);	/* makes it non-blocking too */
	if (r < 0) {
		(void) close(fd);
		return r;
	}
	l->n_handles = 2;
	l->poll.data = l;
	(void) uv_timer_init(loop, &l->rest);
	l->rest.data = l;
	open_spare(l);
	/* Fails only for a handle that is closing. */
	r = uv_poll_start(&l->poll, UV_READABLE, on_readable);
	assert(r == 0);
	return 0;
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct listener *l = handle->data;

	if (--l->n_handles > 0)
		return;
	(void) close(l->fd);
	if (l->spare_fd >= 0)
		(void) close(l->spare_fd);
	if (l->on_closed)
		l->on_closed(l);
}

void listener_close(struct listener *l, listener_closed_fn on_closed)
{
	if (l->closing)
		return;
	l->closing = true;
	l->on_closed = on_closed;
	uv_close((uv_handle_t *) &l->poll, on_handle_closed);
	uv_close((uv_handle_t *) &l->rest, on_handle_closed);
}
