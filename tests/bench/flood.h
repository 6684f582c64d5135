#pragma once

/*
 * Flood: clients that send all they have as fast as it is taken.
 *
 * Each is a process with a connection and the lines of its own calls. They cost
 * little, since they run on the machine that is measured: big writes, and
 * answers read only when there is room to send more.
 */

#include <stdint.h>

#include "bench.h"

struct flood {
	uint64_t n_clients;
	uint64_t n_lines;	/* sent and acknowledged */
	uint64_t stored, flagged, duplicate, rejected;
	int64_t wall_ns;	/* from when all were let go to the last ack */
	int64_t cpu_ns;		/* of the clients, user and system */
};

/* Send all lines with so many clients, and wait for every ack. */
struct flood flood_lines(const char *socket_path, const struct lines *lines, uint64_t n_clients);

/* Send what comes from @fd with one client, in memory that does not grow, until it ends. */
struct flood flood_stream(const char *socket_path, int fd);
