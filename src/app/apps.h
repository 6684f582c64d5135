#pragma once

/*
 * Apps: which app a user's events belong to, where the events do not say.
 *
 * Loop thread. Looking a user up may read files, so the answers are kept.
 */

#include <sys/types.h>

#include "app/config.h"

struct apps {
	const struct config *config;	/* borrowed */
	struct apps_entry *entries;	/* owned */
	size_t n_entries;
};

void apps_init(struct apps *a, const struct config *config);
void apps_deinit(struct apps *a);	/* works on a zeroed struct */

/* The configured name, else the user's name, else his number; "" on no memory. Borrowed until the next call. */
const char *apps_of(struct apps *a, uid_t uid);
