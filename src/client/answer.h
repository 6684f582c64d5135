#pragma once

/*
 * Answer: reads one answer line of the recorder, without a JSON library.
 *
 * Pure. It knows JSON's shape well enough to step over what it does not look
 * for, and is careful with bytes; it does not judge what the recorder writes.
 */

#include <stddef.h>

#include "callmeter.h"

enum { ANSWER_CODE_SIZE = 64 };

/*
 * Read @text, @n bytes with a NUL behind them, into @a: its kind, numbers and
 * code. Totals that are not told stay as they are. @code is the room for the code.
 *
 * Returns 0, or -EBADMSG when the text is no JSON object.
 */
int answer_read(struct callmeter_answer *a, const char *text, size_t n, char code[ANSWER_CODE_SIZE]);
