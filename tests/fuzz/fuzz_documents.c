/*
 * However a stream is cut into chunks, the same documents come of it, each one line and none
 * longer than the recorder takes.
 *
 * The first byte of the input is the length of a chunk.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/macros.h"
#include "wire/documents.h"
#include "wire/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool so)
{
	if (!so)
		abort();
}

/* The documents of @text, a line each, behind the number of the line it begins on. */
static void cut(const char *text, size_t n_text, size_t chunk, struct buf *ret)
{
	struct documents d;
	uint64_t line_no, before = 1;
	const char *line;
	size_t n, at = 0;
	int r;

	documents_init(&d);
	for (;;) {
		r = documents_next(&d, at == n_text, &line, &n, &line_no);
		if (r == DOCUMENTS_E_PENDING && at == n_text)
			break;
		if (r == DOCUMENTS_E_PENDING) {
			size_t k = MIN_OF(chunk, n_text - at);

			require(documents_feed(&d, text + at, k) == 0);
			at += k;
			continue;
		}
		require(r == 0 || r == DOCUMENTS_E_TOO_LONG);
		require(line_no >= before);
		before = line_no;
		require(buf_printf(ret, "%llu ", (unsigned long long) line_no) == 0);
		if (r == 0) {
			require(n > 0 && n <= LIMIT_ENVELOPE_BYTES && !memchr(line, '\n', n));
			require(buf_add(ret, line, n) == 0);
		}
		require(buf_add_char(ret, '\n') == 0);
	}
	if (documents_unclosed(&d))
		require(buf_add_str(ret, "unclosed") == 0);
	documents_deinit(&d);
}

static void require_same(const struct buf *a, const struct buf *b)
{
	require(a->n == b->n && (a->n == 0 || memcmp(a->data, b->data, a->n) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf whole = {}, parts = {};
	const char *text = (const char *) data + 1;

	if (n < 2)
		return 0;
	cut(text, n - 1, n - 1, &whole);
	cut(text, n - 1, 1 + data[0], &parts);
	require_same(&whole, &parts);
	buf_deinit(&whole);
	buf_deinit(&parts);
	return 0;
}
