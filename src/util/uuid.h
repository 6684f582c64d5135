#pragma once

/* Uuid: the 16 bytes of a UUID (RFC 9562) that is spelt in the usual way. Pure. */

#include <stddef.h>

enum {
	UUID_BYTES = 16,
	UUID_E_NOT = 1,	/* another text, or spelt otherwise: with capitals, say */
};

/* Of a text of @n bytes. Returns 0 or UUID_E_NOT. */
int uuid_parse(const char *s, size_t n, unsigned char ret[static UUID_BYTES]);
