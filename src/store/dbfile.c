/* The file: lock, open, look after it. Schema and views are schema.c's. */

#include "store/dbfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/dberr.h"
#include "store/schema.h"
#include "store/store.h"
#include "util/clock.h"

enum {
	CHECKPOINT_FRAMES = 1000,
	CHECKPOINT_FRAMES_MORE = 15000,
	PAGE_BYTES = 4096,
	WAL_HEADER_BYTES = 32,
	WAL_FRAME_HEADER_BYTES = 24,
	OPEN_BUSY_MS = 5000,	/* another process may be reading its way through recovery */
};

static int take_lock(struct dbfile *f, const char *dir, struct buf *why)
{
	char path[4096], pid[32] = "";
	ssize_t n;

	(void) snprintf(path, sizeof(path), "%s/callmeter.lock", dir);
	f->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (f->lock_fd < 0) {
		(void) buf_printf(why, "cannot open %s: %s", path, strerror(errno));
		return -errno;
	}
	if (flock(f->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		n = pread(f->lock_fd, pid, sizeof(pid) - 1, 0);
		pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
		(void) buf_printf(why, "another callmeterd (process %s) records into %s; stop it, or give this "
				  "one a --state-dir of its own", *pid ? pid : "unknown", dir);
		return STORE_E_IN_USE;
	}
	n = snprintf(pid, sizeof(pid), "%d\n", (int) getpid());
	if (ftruncate(f->lock_fd, 0) < 0 || pwrite(f->lock_fd, pid, (size_t) n, 0) != n) {
		(void) buf_printf(why, "cannot write %s: %s", path, strerror(errno));
		return -errno;
	}
	return 0;
}

/*
 * After each commit: remember how long the log is, and copy it into the file
 * now and then: rarely while more waits, since most pages change again soon and are
 * copied once for all of that; else often, since whoever waits for an ack waits for
 * the copying too. A reader may keep a checkpoint from finishing; the next tries again.
 */
static int on_commit(void *user, sqlite3 *db, const char *schema, int n_frames)
{
	struct dbfile *f = user;
	int rc;

	f->n_wal_frames = n_frames;
	if (n_frames < (f->more ? CHECKPOINT_FRAMES_MORE : CHECKPOINT_FRAMES))
		return SQLITE_OK;
	rc = sqlite3_wal_checkpoint_v2(db, schema, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	/* The kernel may have let go of the pages it could not write: what the handle sees is no proof. */
	if (rc != SQLITE_OK && sqlite3_extended_errcode(db) == SQLITE_IOERR_FSYNC)
		f->failed = 1;
	return SQLITE_OK;
}

static int configure(sqlite3 *db)
{
	int on = 1;
	int rc;

	(void) sqlite3_busy_timeout(db, OPEN_BUSY_MS);
	(void) sqlite3_extended_result_codes(db, 1);
	(void) sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	rc = sqlite3_exec(db,
		"PRAGMA page_size = 4096;"		/* this and the next: before the first table, */
		"PRAGMA auto_vacuum = INCREMENTAL;"	/* else without effect */
		"PRAGMA journal_mode = WAL;"
		"PRAGMA synchronous = FULL;"
		"PRAGMA temp_store = MEMORY;"
		"PRAGMA cache_size = -8000;"
		"PRAGMA trusted_schema = OFF;"
		"PRAGMA journal_size_limit = 67108864;", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	return rc;
}

static int open_sqlite(struct dbfile *f, struct buf *why)
{
	int rc, r;

	rc = sqlite3_open_v2(f->path, &f->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			     SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
	if (rc == SQLITE_OK)
		rc = configure(f->db);
	if (rc != SQLITE_OK) {
		(void) buf_printf(why, "cannot open %s: %s", f->path,
				  f->db ? sqlite3_errmsg(f->db) : sqlite3_errstr(rc));
		return dberr(rc);
	}
	r = schema_apply(f->db, f->path, why);
	if (r != 0)
		return r;
	(void) sqlite3_busy_timeout(f->db, 0);
	(void) sqlite3_wal_hook(f->db, on_commit, f);
	return 0;
}

static void close_sqlite(struct dbfile *f)
{
	(void) sqlite3_close(f->db);
	f->db = NULL;
}

/* Rename the file and what belongs to it to "….corrupt-<time>". */
static int move_aside(struct dbfile *f, struct buf *why)
{
	static const char *const suffixes[] = { "-wal", "-shm", "" };
	char from[4096], to[4096];
	long long now = clock_now_us() / 1000000;

	for (size_t i = 0; i < N_ELEMENTS(suffixes); i++) {
		(void) snprintf(from, sizeof(from), "%s%s", f->path, suffixes[i]);
		(void) snprintf(to, sizeof(to), "%s.corrupt-%lld%s", f->path, now, suffixes[i]);
		if (rename(from, to) < 0 && errno != ENOENT) {
			(void) buf_printf(why, "; cannot move %s aside: %s", from, strerror(errno));
			return -errno;
		}
	}
	(void) buf_printf(why, "; it was moved to %s and a new database begun; "
			  "'sqlite3 %s .recover' shows what can be saved", to, to);
	return 0;
}

static int remember_identity(struct dbfile *f)
{
	struct stat st, wal;

	if (stat(f->path, &st) < 0 || stat(f->wal_path, &wal) < 0)
		return -errno;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	f->wal_dev = wal.st_dev;
	f->wal_ino = wal.st_ino;
	return 0;
}

int dbfile_open(struct dbfile *f, const char *dir, struct buf *why)
{
	int r;

	*f = (struct dbfile) { .lock_fd = -1 };
	if (asprintf(&f->path, "%s/callmeter.db", dir) < 0 || asprintf(&f->wal_path, "%s-wal", f->path) < 0)
		return -ENOMEM;
	r = take_lock(f, dir, why);
	if (r != 0)
		return r;
	r = open_sqlite(f, why);
	if (r == -EUCLEAN) {
		close_sqlite(f);
		r = move_aside(f, why);
		if (r == 0)
			r = open_sqlite(f, why);
	}
	return r == 0 ? remember_identity(f) : r;
}

void dbfile_close(struct dbfile *f)
{
	close_sqlite(f);
	if (f->lock_fd >= 0)
		(void) close(f->lock_fd);
	free(f->path);
	free(f->wal_path);
	*f = (struct dbfile) { .lock_fd = -1 };
}

int dbfile_check(const struct dbfile *f)
{
	struct stat st, wal;
	off_t wal_bytes = WAL_HEADER_BYTES + (off_t) f->n_wal_frames * (PAGE_BYTES + WAL_FRAME_HEADER_BYTES);

	if (f->failed)
		return -EIO;
	if (stat(f->path, &st) < 0 || stat(f->wal_path, &wal) < 0)
		return errno == ENOENT ? -ESTALE : -errno;
	if (st.st_dev != f->dev || st.st_ino != f->ino || wal.st_dev != f->wal_dev || wal.st_ino != f->wal_ino)
		return -ESTALE;
	return wal.st_size < wal_bytes ? -ESTALE : 0;
}
