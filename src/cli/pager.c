#include "cli/pager.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The process behind standard output, 0 without one. */
static pid_t pager;

static const char *pager_command(void)
{
	const char *command = getenv("CALLMETER_PAGER");

	if (!command)
		command = getenv("PAGER");
	return command;
}

static void run_pager(const char *command)
{
	(void) signal(SIGPIPE, SIG_DFL);
	(void) setenv("LESS", "FRSX", 0);	/* kept if the user has set it */
	(void) setenv("LESSCHARSET", "utf-8", 0);
	if (command)
		(void) execl("/bin/sh", "sh", "-c", command, (char *) NULL);
	(void) execlp("less", "less", (char *) NULL);
	(void) execlp("more", "more", (char *) NULL);
	(void) execlp("cat", "cat", (char *) NULL);
	_exit(127);
}

void pager_open(const struct cli *cli)
{
	const char *command = pager_command();
	int fds[2];
	pid_t pid;

	if (!cli->pager || !cli->terminal ||
	    (command && (command[0] == '\0' || strcmp(command, "cat") == 0)))
		return;
	if (pipe(fds) < 0)
		return;
	(void) fflush(stdout);
	pid = fork();
	if (pid == 0) {
		(void) dup2(fds[0], STDIN_FILENO);
		(void) close(fds[0]);
		(void) close(fds[1]);
		run_pager(command);
	}
	if (pid > 0) {
		(void) dup2(fds[1], STDOUT_FILENO);
		(void) signal(SIGINT, SIG_IGN);	/* the pager's key while it runs */
		pager = pid;
	}
	(void) close(fds[0]);
	(void) close(fds[1]);
}

bool pager_output_lost(void)
{
	return ferror(stdout) != 0;
}

/* Nobody reads the pipe any more: the usual end of `callmeter ... | head`. */
static bool reader_left(void)
{
	struct pollfd pollfd = { .fd = STDOUT_FILENO };

	return poll(&pollfd, 1, 0) == 1 && (pollfd.revents & POLLERR);
}

int pager_close(void)
{
	bool lost = ferror(stdout) != 0;
	bool left;

	errno = 0;
	lost = fflush(stdout) != 0 || lost;
	left = lost && (errno == EPIPE || reader_left());
	if (lost && !left)
		say("cannot write the output: %s", errno ? strerror(errno) : "some of it is lost");
	(void) fclose(stdout);	/* or the pager would wait for more */
	while (pager > 0 && waitpid(pager, NULL, 0) < 0 && errno == EINTR)
		;
	pager = 0;
	return lost && !left ? EXIT_CANNOT : EXIT_OK;
}
