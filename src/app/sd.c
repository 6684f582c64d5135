#include "app/sd.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

static void free_names(char ***names)
{
	for (size_t i = 0; *names && (*names)[i]; i++)
		free((*names)[i]);
	free(*names);
}

static bool is_named(const char *name, const char *role)
{
	char unit[64];

	(void) snprintf(unit, sizeof(unit), "callmeter-%s.socket", role);
	return strcmp(name, role) == 0 || strcmp(name, unit) == 0;
}

int sd_take_sockets(struct sd_sockets *ret)
{
	_cleanup_(free_names) char **names = NULL;
	struct sd_sockets sockets = { -1, -1, -1 };
	struct {
		const char *role;
		int *fd;
	} roles[] = {
		{ "ingest", &sockets.ingest_fd },
		{ "query", &sockets.query_fd },
		{ "control", &sockets.control_fd },
	};
	int n = sd_listen_fds_with_names(1, &names);

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i;
		bool taken = false;

		for (size_t k = 0; k < N_ELEMENTS(roles) && !taken; k++) {
			if (!is_named(names[i], roles[k].role))
				continue;
			if (*roles[k].fd >= 0)
				return -EEXIST;
			if (sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) <= 0)
				return -ENOTSOCK;
			*roles[k].fd = fd;
			taken = true;
		}
		if (!taken)
			(void) close(fd);
	}
	*ret = sockets;
	return 0;
}

void sd_say(const char *fmt, ...)
{
	char state[512];
	va_list ap;

	va_start(ap, fmt);
	(void) vsnprintf(state, sizeof(state), fmt, ap);
	va_end(ap);
	(void) sd_notify(0, state);
}

uint64_t sd_watchdog_us(void)
{
	uint64_t us = 0;

	return sd_watchdog_enabled(0, &us) > 0 ? us : 0;
}

int sd_journal_say(int priority, const char *code, const char *message)
{
	return sd_journal_send("MESSAGE=%s", message, "PRIORITY=%d", priority,
			       code ? "CALLMETER_CODE=%s" : NULL, code, NULL);
}
