#pragma once

/*
 * Printer: rows of an answer, as a table, JSON, NDJSON or CSV, on standard output.
 *
 * JSON is printed as it came, not spelled anew. A table and CSV wait for the
 * columns, which come with the end of an answer, so that an answer without rows
 * still has its header.
 */

#include <stdbool.h>
#include <stddef.h>

#include "wire/rows.h"

enum format {
	FORMAT_TABLE,
	FORMAT_JSON,	/* one array */
	FORMAT_NDJSON,
	FORMAT_CSV,	/* RFC 4180 */
};

struct printer {
	enum format format;
	const char *leave_out;	/* borrowed: a column that a table is better without; NULL: none */
	char *only;		/* borrowed: the columns wanted, with commas between; NULL: all. Is cut up */
	struct row *rows;	/* owned; table: all of them, CSV: those since the last end */
	size_t n_rows, cap_rows;
	char **columns;		/* owned */
	size_t n_columns;
	size_t n_printed;
};

/* The format called @name. Returns 0, or -1 if there is none. */
int format_from_name(const char *name, enum format *ret_format);

void printer_init(struct printer *p, enum format format);
void printer_deinit(struct printer *p);

/* A link_row_fn; @user is the printer. Returns 0, -ENOMEM, or -EPIPE when standard output is lost. */
int printer_row(const char *line, size_t n, struct row *row, void *user);

/*
 * An answer ended with @end; more of them may follow.
 *
 * Returns 0, -ENOMEM, -EPIPE, or -EINVAL where a column was asked for that is not there (and was said).
 */
int printer_end(struct printer *p, const struct row *end);

/* All answers are there. Returns 0 or -ENOMEM. */
int printer_finish(struct printer *p);
