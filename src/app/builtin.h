#pragma once

/*
 * Builtin: the queries that no report file answers: queries and status.
 *
 * Pure but for the process id. Each appends a whole answer, rows and end.
 */

#include "app/status.h"
#include "store/report.h"
#include "util/buf.h"

/* Each returns 0 or -ENOMEM. @statements are those of the queries that are no reports, for their parameters. */
int builtin_queries(const struct report_set *reports, const struct report_set *statements, struct buf *out);
int builtin_status(const struct status *st, struct buf *out);
