#pragma once

/* Pager: shows long output page by page, when it goes to a terminal. */

#include "cli/cli.h"

/* Put a pager behind standard output if one is wanted; without one, output goes straight on. */
void pager_open(const struct cli *cli);

/*
 * End standard output and wait for the pager. Returns EXIT_OK, also when the
 * reader left early; EXIT_CANNOT, having said why, if the output could not be written.
 */
int pager_close(void);

/* Whether the reader of standard output has left, or writing failed: time to stop. */
bool pager_output_lost(void);
