#pragma once

/*
 * Status: how the recorder is doing, for whoever asks (the status query,
 * systemctl status). Filled by the daemon on the loop thread.
 */

#include <stdint.h>

struct daemon;

struct status {
	int64_t uptime_ms;
	const char *epoch;		/* borrowed from the store */
	int64_t last_event_id;
	const char *busy_code;		/* static: "disk-full", …; NULL while all is well */
	uint64_t n_connections;		/* open now, of all sockets */
	uint64_t n_refused;		/* connections told too-many-connections */
	/* Since the start. */
	uint64_t n_stored, n_flagged, n_duplicate, n_rejected;
	uint64_t n_commits;
	int64_t last_commit_us;		/* how long the last one took */
	uint64_t n_quarantine_dropped;	/* of all time */
	uint64_t quarantine_bytes;
	int64_t database_bytes;		/* file sizes; -1 if not there */
	int64_t wal_bytes;
	const char *warning;		/* static or NULL: about the SQLite library */
};

/* As a query is given it: @user is what came with it. */
typedef void (*status_fill_fn)(void *user, struct status *ret);

void status_fill(struct daemon *d, struct status *ret);
