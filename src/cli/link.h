#pragma once

/*
 * Link: a connection to the query or the control socket. Asks, and reads the
 * answer line by line. Blocking; every wait survives a signal.
 *
 * It is the one place that tells the user why the recorder cannot be asked.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"
#include "util/buf.h"
#include "wire/question.h"
#include "wire/rows.h"

struct link {
	int fd;			/* owned */
	const char *socket;	/* "query.sock", static */
	int timeout_ms;		/* of silence; -1: none */
	struct buf in;		/* bytes read; what was handed out goes at the next read */
	size_t begin;		/* of in: first byte not handed out */
};

enum {
	LINK_E_CLOSED = 1,	/* the recorder closed the connection, or never took it */
	LINK_E_SILENT,		/* nothing came within timeout_ms */
	LINK_E_ANSWER,		/* it answered with an error, which is told already */
};

/* Connect to @socket. Returns 0, LINK_E_CLOSED (nobody listens) or a negative errno; says nothing. */
int link_open(struct link *l, const struct cli *cli, const char *socket);
void link_close(struct link *l);	/* works after a link_open() that failed */

/*
 * Send a request; whether it arrived shows in the answer. Returns 0, LINK_E_SILENT or a
 * negative errno.
 */
int link_send(struct link *l, struct question *question);

/* The next line, borrowed until the next call. Returns 0, LINK_E_CLOSED, LINK_E_SILENT or a negative errno. */
int link_line(struct link *l, const char **ret_line, size_t *ret_n);

/* Say in words what link_open() or link_line() met, and what helps. Nothing for LINK_E_ANSWER. */
void link_complain(const struct cli *cli, const char *socket, int error);

/* Tell the user of the recorder's error answer, if @row is one. Returns whether it is. */
bool link_is_error(const struct row *row);

/* What to do with each row. @line is the row as it came; @row may be taken by moving it out and zeroing it. */
typedef int (*link_row_fn)(const char *line, size_t n, struct row *row, void *user);

/*
 * Ask, hand each row to @on_row, and give the object of `end` to *ret_end (owned
 * by the caller; left alone unless 0 is returned).
 * Returns 0; what @on_row returned if that was not 0; LINK_E_ANSWER; or as link_line().
 */
int link_ask(struct link *l, struct question *question, link_row_fn on_row, void *user, struct row *ret_end);
