#pragma once

/*
 * Dbfile: the database file itself: who holds it, opening it for writing,
 * schema and views, and whether it is still the file that has the name.
 *
 * The file is never opened by hand: closing any descriptor of it would drop
 * SQLite's locks. Only stat() looks at it from outside.
 */

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/buf.h"

struct dbfile {
	sqlite3 *db;		/* owned: the one writing connection */
	int lock_fd;		/* owned: the lock file; -1 */
	char *path, *wal_path;	/* owned */
	dev_t dev, wal_dev;	/* what the names stood for when they were opened */
	ino_t ino, wal_ino;
	bool more;		/* what is committed is a full batch, and the next one waits */
	int n_wal_frames;	/* in the write-ahead log after the last commit */
	int failed;		/* a checkpoint's sync failed: nothing on this handle can be trusted */
};

/*
 * Take the directory's lock, open the database (a new one if there is none),
 * bring the schema up to date and make the views anew. A file that is no sound
 * database is moved aside, loudly, and a new one begun.
 *
 * @why is filled with a sentence for people on failure, and on success when
 * something was moved aside. Returns 0, STORE_E_…, or a negative errno; then
 * dbfile_close() is still due.
 */
int dbfile_open(struct dbfile *f, const char *dir, struct buf *why);
void dbfile_close(struct dbfile *f);

/*
 * Is what was committed in the file that has the name, and is the log whole?
 *
 * Returns 0, -ESTALE (moved, replaced or truncated) or -EIO.
 */
int dbfile_check(const struct dbfile *f);
