#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

void bench_fail(const char *fmt, ...)
{
	va_list args;

	(void) fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(args, fmt);
	(void) vfprintf(stderr, fmt, args);
	va_end(args);
	(void) fputc('\n', stderr);
	/* Without exit handlers: of a client that was forked they are not its own. */
	_exit(EXIT_FAILURE);
}

int64_t bench_ns(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) < 0)
		bench_fail("clock %d: %m", (int) clock);
	return t.tv_sec * SECOND_NS + t.tv_nsec;
}

uint64_t bench_number(const char *text)
{
	char *behind;
	uint64_t n = strtoull(text, &behind, 10);

	if (behind == text || *behind || *text == '-' || n == 0)
		bench_fail("not a number: %s", text);
	return n;
}

struct lines lines_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct lines l = {};
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		bench_fail("%s: %m", path);
	if (st.st_size == 0)
		bench_fail("%s: empty", path);
	l.n_bytes = (size_t) st.st_size;
	/* Shared and of a file: fork(2) copies no page table for it. */
	l.data = mmap(NULL, l.n_bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (l.data == MAP_FAILED)
		bench_fail("%s: %m", path);
	(void) close(fd);
	if (l.data[l.n_bytes - 1] != '\n')
		bench_fail("%s: the last line has no end", path);
	for (const char *p = l.data; p < l.data + l.n_bytes; p = lines_next(&l, p))
		l.n++;
	return l;
}

const char *lines_next(const struct lines *l, const char *p)
{
	return (const char *) memchr(p, '\n', (size_t) (l->data + l->n_bytes - p)) + 1;
}

uint64_t bench_written_bytes(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) < 0)
		bench_fail("getrusage: %m");
	return (uint64_t) u.ru_oublock * 512;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

	return (x > y) - (x < y);
}

void bench_sort(uint32_t *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare);
}

uint32_t bench_at(const uint32_t *sorted, size_t n, uint32_t per_mille)
{
	return n ? sorted[MIN_OF(n * per_mille / 1000, n - 1)] : 0;
}
