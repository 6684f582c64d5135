#pragma once

/*
 * Waterfall: the stages of a join attempt as bars on one time axis.
 *
 * Prints to standard output, scaled to the terminal.
 */

#include <stddef.h>

#include "cli/cli.h"
#include "wire/rows.h"

/* Print @rows, rows of the query `attempt-stages`, in their order. */
void waterfall_print(const struct cli *cli, const struct row *rows, size_t n_rows);
