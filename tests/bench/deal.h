#pragma once

/*
 * Deal: shares a corpus out among clients, call by call.
 *
 * All lines of a call go to one client, as its phone or its backend would send
 * them, and a client's lines keep their order. So whatever the number of
 * clients, the recorder meets events of about one time at once. (Slices of the
 * file would have each client send another hour's.)
 */

#include <stdint.h>

#include "bench.h"

/* One client's lines, side by side. */
struct share {
	char *text;	/* in memory that forked processes share; stays until the process ends */
	size_t n_bytes;
	uint64_t n_lines;
	uint32_t *turns;	/* which line of the file each is, from 0 */
};

/* Deal the first @n_lines out to @n_clients. Owned by the caller, to be given back with deal_free(). */
struct share *deal(const struct lines *lines, uint64_t n_lines, uint64_t n_clients);
void deal_free(struct share *shares);
