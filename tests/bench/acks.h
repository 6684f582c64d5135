#pragma once

/*
 * Acks: what the recorder answers on one ingest connection, as far as a client
 * that only measures wants to know it: the last ack's numbers.
 *
 * Verdicts are skipped. Anything else (busy, or no JSON line of ours) ends the
 * program: then there is nothing to measure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct acks {
	uint64_t lines, stored, flagged, duplicate, rejected;	/* of the last ack */
	size_t n_held;
	char held[64 * 1024];	/* a line whose end has not come yet */
};

/*
 * Read all that has come, without waiting. Returns whether there was an ack. An
 * end of the connection ends the program too.
 */
bool acks_read(struct acks *a, int fd);

/* A connection to the recorder; it waits for nothing from then on. */
int acks_connect(const char *path);
