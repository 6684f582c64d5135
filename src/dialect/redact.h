#pragma once

/*
 * Redact: takes secrets out of what was received, before anything of it is kept.
 *
 * A secret is a text shaped like a JWT (eyJ… "." … "." …, base64url, the last
 * part possibly empty), wherever it stands, and the text that is the value of a
 * member streamKey, newToken or previousToken. In its place comes "redacted:" and 16
 * hex digits of its keyed hash, so that the same secret can be told to be the same.
 *
 * Unless they are to be kept, the value of every member phone_numbers becomes []; a text
 * becomes "redacted" and a number 0, so that they are refused as they would have been.
 *
 * It works on any bytes, JSON or not, and sees through JSON's escapes. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

enum {
	REDACT_KEY_BYTES = 16,
	REDACT_E_FOUND = 1,	/* there was something: use @out */
};

/*
 * @phone_numbers: take these too. @cut says that the text was longer and lost its end, so a JWT may have too.
 *
 * Returns 0 (nothing found, and @out is as it was), REDACT_E_FOUND (@out has the
 * whole text without its secrets), or -ENOMEM.
 */
int redact(const unsigned char key[static REDACT_KEY_BYTES], bool phone_numbers, const char *s, size_t n,
	   bool cut, struct buf *out);
