#pragma once

/* The border of SQLite's error space: its codes become errno here and nowhere else. */

/*
 * @rc is an (extended) SQLite result code. Success, row and done are 0;
 * -EBUSY locked by another process, -ENOMEM, -ENOSPC disk full, -EROFS not
 * writable, -EUCLEAN not a sound database, -EINVAL a constraint or misuse (our
 * own bug), -ECANCELED interrupted, -EIO everything else.
 */
int dberr(int rc);
