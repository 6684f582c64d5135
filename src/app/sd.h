#pragma once

/*
 * Sd: the only place that knows libsystemd. Everything here does nothing, and
 * successfully, where systemd is not.
 */

#include <stdbool.h>
#include <stdint.h>

#include "util/macros.h"

/* The listening sockets we were started with; -1 for each we were not. */
struct sd_sockets {
	int ingest_fd, query_fd, control_fd;
};

/*
 * Take the sockets passed by systemd, known by their names: "ingest" or
 * "callmeter-ingest.socket", and so on. What is not ours is closed.
 *
 * Returns 0, or a negative errno: -EEXIST, a name was given twice; -ENOTSOCK,
 * not a listening Unix stream socket.
 */
int sd_take_sockets(struct sd_sockets *ret);

/* sd_notify(3). */
void sd_say(const char *fmt, ...) _printf_(1, 2);

/* How often systemd wants to hear WATCHDOG=1, in microseconds; 0: it does not. */
uint64_t sd_watchdog_us(void);

/* A message to the journal, with its fields. Returns 0 or a negative errno. */
int sd_journal_say(int priority, const char *code, const char *message);
