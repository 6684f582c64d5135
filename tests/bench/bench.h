#pragma once

/*
 * Bench: what the measuring programs share: clocks, the corpus in memory, the
 * end of a run that went wrong.
 *
 * A figure that cannot be trusted is worse than none: whatever goes wrong ends
 * the program. Nothing here is linked into the daemon.
 */

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "util/macros.h"

#define SECOND_NS INT64_C(1000000000)

/* Say why on standard error and end the process with failure. */
_Noreturn void bench_fail(const char *fmt, ...) _printf_(1, 2);

int64_t bench_ns(clockid_t clock);

/* A number of the command line, 1 or more. */
uint64_t bench_number(const char *text);

/* A file of lines, each ended by a newline, shared with whoever is forked. */
struct lines {
	const char *data;	/* mapped until the process ends */
	size_t n_bytes;
	uint64_t n;
};

/* Map it, every page present. It must not be empty. */
struct lines lines_open(const char *path);

/* The end of the line that begins at @p, behind its newline. */
const char *lines_next(const struct lines *l, const char *p);

/* Bytes this process caused to be written to a disk. */
uint64_t bench_written_bytes(void);

void bench_sort(uint32_t *values, size_t n);
/* The value that @per_mille of 1000 of them are below; 0 if there are none. */
uint32_t bench_at(const uint32_t *sorted, size_t n, uint32_t per_mille);
