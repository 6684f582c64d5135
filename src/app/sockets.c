#include "app/sockets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/log.h"
#include "app/sd.h"

#define NO_DESCRIPTORS \
	"{\"error\":{\"code\":\"busy\",\"message\":\"there are no file descriptors left for another connection\"," \
	"\"hint\":\"Ask again in a moment.\"}}\n"

static const struct {
	const char *name;
	mode_t mode;
	const char *busy_line;
} roles[N_SOCKETS] = {
	[SOCKET_INGEST] = { "ingest.sock", 0660,
		"{\"busy\":{\"code\":\"too-many-connections\",\"message\":"
		"\"There are no file descriptors left for another connection. Try again later.\"}}\n" },
	[SOCKET_QUERY] = { "query.sock", 0660, NO_DESCRIPTORS },
	[SOCKET_CONTROL] = { "control.sock", 0600, NO_DESCRIPTORS },
};

static int make(struct sockets *s, const char *runtime_dir, enum socket_role role)
{
	char *path;
	int r;

	if (asprintf(&path, "%s/%s", runtime_dir, roles[role].name) < 0)
		return -ENOMEM;
	r = listener_bind(path, roles[role].mode, &s->fds[role]);
	if (r == 0) {
		s->paths[role] = path;
		return 0;
	}
	switch (r) {
	case LISTENER_E_TOO_LONG:
		log_error("socket", "%s: too long for a socket: %zu bytes, of %zu at most; choose a "
			  "shorter --runtime-dir", path, strlen(path), listener_max_path());
		r = -ENAMETOOLONG;
		break;
	case LISTENER_E_IN_USE:
		log_error("socket", "%s: another process listens there", path);
		r = -EADDRINUSE;
		break;
	case LISTENER_E_NOT_A_SOCKET:
		log_error("socket", "%s: there is a file that is no socket; move it away", path);
		r = -ENOTSOCK;
		break;
	default:
		log_error("socket", "%s: cannot listen there: %s", path, strerror(-r));
	}
	free(path);
	return r;
}

int sockets_open(struct sockets *s, const char *runtime_dir)
{
	struct sd_sockets inherited;
	bool made_dir = false;
	int r = sd_take_sockets(&inherited);

	*s = (struct sockets) {};
	if (r < 0) {
		log_error("socket", "cannot use the sockets passed by systemd: %s", strerror(-r));
		return r;
	}
	s->fds[SOCKET_INGEST] = inherited.ingest_fd;
	s->fds[SOCKET_QUERY] = inherited.query_fd;
	s->fds[SOCKET_CONTROL] = inherited.control_fd;

	for (unsigned i = 0; i < N_SOCKETS; i++) {
		if (s->fds[i] >= 0)
			continue;
		if (!made_dir && mkdir(runtime_dir, 0755) == 0)
			(void) chmod(runtime_dir, 0755);	/* whatever the umask says */
		made_dir = true;
		r = make(s, runtime_dir, i);
		if (r < 0)
			return r;
	}
	return 0;
}

static void on_accept(struct listener *l, int fd)
{
	struct sockets *s = l->user;

	s->on_client(s->user, (enum socket_role) (l - s->listeners), fd);
}

int sockets_start(struct sockets *s, uv_loop_t *loop, sockets_client_fn on_client, void *user)
{
	s->on_client = on_client;
	s->user = user;
	for (unsigned i = 0; i < N_SOCKETS; i++) {
		int r = listener_start(&s->listeners[i], loop, s->fds[i], roles[i].busy_line,
				       on_accept, s);

		if (r < 0)
			return r;
		s->started[i] = true;
	}
	return 0;
}

void sockets_close(struct sockets *s)
{
	for (unsigned i = 0; i < N_SOCKETS; i++) {
		if (s->paths[i])
			(void) unlink(s->paths[i]);
		free(s->paths[i]);
		s->paths[i] = NULL;
		if (s->started[i])
			listener_close(&s->listeners[i], NULL);
	}
}
