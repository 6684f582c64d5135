#pragma once

/*
 * Quoted: the inside of a JSON string. A part of the scanner. Pure.
 */

#include <stddef.h>

/*
 * The end of the longest run from @p on of characters that stand for themselves:
 * valid UTF-8, no control character, no quote, no backslash. At most @end.
 */
const char *quoted_run(const char *p, const char *end);

struct quoted {
	const char *end;	/* the closing quote, or where the text is not JSON */
	size_t n;		/* bytes of decoded text */
	const char *code;	/* static: bad-string, bad-utf8; NULL if the text is clean */
	const char *message;	/* static: what was expected */
	const char *at;		/* the first place that is not clean */
};

enum {
	QUOTED_E_NOT_JSON = 1,	/* it does not end, or has an escape that JSON does not know */
};

/*
 * Decode from @p, just inside the opening quote, into @out, which must have room for as
 * many bytes as the source. What is not clean (U+0000, a lone surrogate, a raw control
 * character, a byte that is not UTF-8) becomes a question mark, so the result is always
 * valid UTF-8 without NUL.
 *
 * Returns 0 or QUOTED_E_NOT_JSON (ret->end and ret->message are filled then too).
 */
int quoted_decode(const char *p, const char *end, char *out, struct quoted *ret);
