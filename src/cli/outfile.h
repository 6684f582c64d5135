#pragma once

/*
 * Outfile: a file in place of standard output, there whole or not at all.
 *
 * What is printed goes to a file beside it, which takes its name at the end. One
 * at a time. A device or a pipe of that name is written to as it is.
 */

struct outfile {
	char *path;	/* owned: where it is to be; NULL: standard output is as it was */
	char *temp;	/* owned: where it is meanwhile; NULL: written in place */
};

/* From now on standard output is @path. Returns 0, or -1 having said why. */
int outfile_open(struct outfile *o, const char *path);

/* All is printed: put it on disk under its name. Returns 0, or -1 having said why. */
int outfile_keep(struct outfile *o);

/* Without outfile_keep() before it, what was printed is gone. Works on a zeroed struct. */
void outfile_deinit(struct outfile *o);
