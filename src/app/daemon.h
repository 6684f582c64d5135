#pragma once

/*
 * Daemon: puts the parts together, runs the loop, takes them apart again.
 */

#include "app/config.h"

struct daemon_options {
	const char *state_dir;
	const char *runtime_dir;
	struct config_places places;	/* to read the configuration from, at start and at each reload */
};

/* Run until told to stop. Logs. Returns what main() is to return. */
int daemon_run(const struct daemon_options *options);
