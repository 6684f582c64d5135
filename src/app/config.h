#pragma once

/*
 * Config: what callmeterd was told, and where.
 *
 * The main file is the first that exists of callmeter/callmeter.conf in
 * SYSCONFDIR and VENDORCONFDIR. After it come the drop-ins, the .conf files of
 * callmeter/callmeter.conf.d in both, in the order of their names; one of
 * SYSCONFDIR masks one of the same name. --set comes last. Later wins.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "util/buf.h"

enum config_key {
	CONFIG_CONFORMANCE,
	CONFIG_ATTEMPT_TIMEOUT,
	CONFIG_SESSION_IDLE,
	CONFIG_QUARANTINE_MAX,
	CONFIG_QUERY_TIMEOUT,
	CONFIG_MAX_CONNECTIONS,
	CONFIG_HRTC_JITTER_UNIT,
	CONFIG_HRTC_LOSS_UNIT,
	CONFIG_KEEP_PHONE_NUMBERS,
	N_CONFIG_KEYS,
};

struct config_app {
	char *who;	/* owned; a user's name or number */
	char *app;	/* owned */
	char *from;	/* owned */
};

/* What Huawei's SDK tells jitter and loss in: its documents do not say. */
enum config_jitter_unit {
	CONFIG_JITTER_MS,
	CONFIG_JITTER_US,
	CONFIG_JITTER_S,
};

enum config_loss_unit {
	CONFIG_LOSS_PERCENT,
	CONFIG_LOSS_RATIO,
};

struct config {
	bool strict;
	bool keep_phone_numbers;
	int64_t attempt_timeout_ms;
	int64_t session_idle_ms;
	int64_t quarantine_max_bytes;
	int64_t query_timeout_ms;
	int64_t max_connections;
	int64_t hrtc_jitter_unit;	/* enum config_jitter_unit */
	int64_t hrtc_loss_unit;		/* enum config_loss_unit */
	struct config_app *apps;	/* owned */
	size_t n_apps;
	char *from[N_CONFIG_KEYS];	/* owned; "FILE:LINE" or "--set"; NULL: the default */
};

/* Where to look. */
struct config_places {
	const char *file;	/* --config: this file alone; NULL: the usual ones */
	const char *sysconfdir, *vendorconfdir;
	const char *const *sets;	/* --set KEY=VALUE, n_sets of them */
	size_t n_sets;
};

enum {
	CONFIG_E_BAD = 1,	/* told in @complaints */
};

/*
 * Read everything there is. @complaints gets a line for each error and warning,
 * each beginning with "error: " or "warning: ". On failure @ret is untouched.
 *
 * Returns 0 (there may be warnings), CONFIG_E_BAD, or -ENOMEM.
 */
int config_load(const struct config_places *places, struct config *ret, struct buf *complaints);

void config_deinit(struct config *c);	/* works on a zeroed struct */

/* The configured name for the user, or NULL. @name may be NULL. Borrowed from @c. */
const char *config_app_of(const struct config *c, uid_t uid, const char *name);

/* What is in force, as a file that would say the same. Returns 0 or -ENOMEM. */
int config_print(const struct config *c, struct buf *out);

/* The name of the first key that differs and takes a restart to change, or NULL. */
const char *config_needs_restart(const struct config *old, const struct config *now);
