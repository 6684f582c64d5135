#include "cli/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

static const int deadly[] = { SIGHUP, SIGINT, SIGTERM };

/* What a signal that ends us would leave behind. */
static const char *volatile unfinished;

static void on_deadly(int number)
{
	if (unfinished)
		(void) unlink(unfinished);
	(void) raise(number);	/* its handler is the default one again */
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_deadly, .sa_flags = (int) (SA_RESETHAND | SA_NODEFER) };
	struct sigaction before;

	for (size_t i = 0; i < N_ELEMENTS(deadly); i++)
		if (sigaction(deadly[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
			(void) sigaction(deadly[i], &action, NULL);
}

static int cannot(const char *path)
{
	say("%s: %s", path, strerror(errno));
	return -1;
}

/* Who may read what redirection would have made, or may read the file that is there. */
static mode_t wanted_mode(const struct stat *there)
{
	mode_t mask;

	if (there)
		return there->st_mode & 0777;
	mask = umask(0);
	(void) umask(mask);
	return 0666 & ~mask;
}

/* Make the file of this template and note it, with no signal in between. */
static int make_temp(char *path)
{
	sigset_t set, before;
	int fd, error;

	(void) sigemptyset(&set);
	for (size_t i = 0; i < N_ELEMENTS(deadly); i++)
		(void) sigaddset(&set, deadly[i]);
	(void) sigprocmask(SIG_BLOCK, &set, &before);
	fd = mkostemp(path, O_CLOEXEC);
	error = errno;
	if (fd >= 0)
		unfinished = path;
	(void) sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return fd;
}

static int open_temp(struct outfile *o, mode_t mode)
{
	int fd;

	if (asprintf(&o->temp, "%s.XXXXXX", o->path) < 0) {
		o->temp = NULL;
		errno = ENOMEM;
		return -1;
	}
	catch_signals();
	fd = make_temp(o->temp);
	if (fd < 0) {
		free(o->temp);
		o->temp = NULL;
		return -1;
	}
	if (fchmod(fd, mode) < 0) {
		(void) close(fd);
		return -1;
	}
	return fd;
}

int outfile_open(struct outfile *o, const char *path)
{
	struct stat st;
	bool there = stat(path, &st) == 0;
	int fd, r;

	/* A link stays one: it is the file behind it that is made anew. */
	o->path = there ? realpath(path, NULL) : strdup(path);
	if (!o->path)
		return cannot(path);
	if (there && !S_ISREG(st.st_mode))
		fd = open(path, O_WRONLY | O_CLOEXEC);
	else
		fd = open_temp(o, wanted_mode(there ? &st : NULL));
	if (fd < 0)
		return cannot(path);
	r = dup2(fd, STDOUT_FILENO);
	(void) close(fd);
	return r < 0 ? cannot(path) : 0;
}

/* The name is on disk when its directory is. */
static int sync_directory(const char *path)
{
	_cleanup_free_ char *dir = strdup(path);
	char *slash = dir ? strrchr(dir, '/') : NULL;
	int fd, r;

	if (!dir)
		return -1;
	if (slash)
		slash[slash == dir] = '\0';
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	r = fsync(fd);
	(void) close(fd);
	return r;
}

int outfile_keep(struct outfile *o)
{
	if (!o->path)
		return 0;
	errno = 0;
	if (fflush(stdout) != 0 || ferror(stdout)) {
		if (errno == 0)
			errno = EIO;
		return cannot(o->path);
	}
	if (!o->temp)
		return 0;
	if (fsync(STDOUT_FILENO) < 0 || rename(o->temp, o->path) < 0)
		return cannot(o->path);
	unfinished = NULL;
	free(o->temp);
	o->temp = NULL;
	return sync_directory(o->path) < 0 ? cannot(o->path) : 0;
}

void outfile_deinit(struct outfile *o)
{
	if (o->temp) {
		(void) unlink(o->temp);
		unfinished = NULL;
	}
	free(o->temp);
	free(o->path);
	*o = (struct outfile) {};
}
