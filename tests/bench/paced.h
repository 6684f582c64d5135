#pragma once

/*
 * Paced: sends lines at a given rate, whatever becomes of them, and measures
 * how long after the instant it was due each was acknowledged.
 *
 * The instants are fixed before the first is sent: a recorder that stalls does
 * not make the client send less, and whatever had to wait counts from when it
 * should have gone (no coordinated omission).
 */

#include <stdint.h>

#include "bench.h"

struct pace {
	uint64_t rate;		/* lines a second, all connections together */
	uint64_t n_connections;
	uint64_t n_lines;	/* to send: the first ones of the file */
};

struct paced {
	uint64_t n_lines, stored, duplicate, rejected;
	uint32_t p50_us, p99_us, p999_us, max_us;	/* from when it was due to its ack */
	uint32_t late_p99_us;	/* from when it was due to when the client came to send it */
	int64_t wall_ns;	/* from the first one's instant to the last ack */
	int64_t cpu_ns;
};

struct paced paced_run(const char *socket_path, const struct lines *lines, const struct pace *pace);
