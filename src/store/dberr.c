/* One table from SQLite's result codes to errno. */

#include "store/dberr.h"

#include <errno.h>
#include <sqlite3.h>

int dberr(int rc)
{
	/* Growing the -shm file on a full disk is told as an I/O error; nothing was written then. */
	if (rc == SQLITE_IOERR_SHMSIZE)
		return -ENOSPC;
	if (rc == SQLITE_IOERR_NOMEM)
		return -ENOMEM;

	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_CONSTRAINT:
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
	case SQLITE_MISMATCH:
		return -EINVAL;
	case SQLITE_INTERRUPT:
		return -ECANCELED;
	default:
		return -EIO;
	}
}
