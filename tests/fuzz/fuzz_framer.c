/*
 * The framer against a split of the whole stream: however it is cut into chunks, and wherever
 * the taking stops and goes on, the same lines come out.
 *
 * The first three bytes of the input are the longest line, how much of a longer one is kept,
 * and a seed for the cuts; the rest is the stream.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util/macros.h"
#include "wire/framer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool so)
{
	if (!so)
		abort();
}

struct trial {
	struct framer framer;
	const char *rest;	/* of the stream: not handed out yet */
	const char *end;
	uint32_t random;
};

static uint32_t draw(struct trial *t, uint32_t below)
{
	t->random = t->random * 1664525 + 1013904223;
	return (t->random >> 16) % below;
}

/* The line must be the next one of the stream. */
static void check_line(struct trial *t, int r, const char *line, size_t n, uint64_t n_line)
{
	const struct framer *f = &t->framer;

	require(n_line <= (uint64_t) (t->end - t->rest));
	require((r == FRAMER_E_TOO_LONG) == (n_line > f->max_line_bytes));
	require(n == (r == 0 ? n_line : f->keep_bytes));
	require(memcmp(line, t->rest, n) == 0);
	require(!memchr(t->rest, '\n', n_line));
	t->rest += n_line;
}

/* Take lines until the chunk is used up, or leave some of it for later. */
static void take(struct trial *t)
{
	const char *line;
	uint64_t n_line;
	size_t n;
	int r;

	for (;;) {
		if (draw(t, 8) == 0) {
			require(framer_keep(&t->framer) == 0);
			return;
		}
		r = framer_next(&t->framer, &line, &n, &n_line);
		if (r == FRAMER_E_PENDING)
			return;
		require(r == 0 || r == FRAMER_E_TOO_LONG);
		check_line(t, r, line, n, n_line);
		require(t->rest < t->end && *t->rest == '\n');
		t->rest++;
	}
}

/* The chunk is gone right after its use, so that a line borrowed too long shows. */
static void feed(struct trial *t, const char *data, size_t n)
{
	char *chunk = malloc(n);

	require(chunk != NULL);
	memcpy(chunk, data, n);
	framer_feed(&t->framer, chunk, n);
	take(t);
	free(chunk);
}

static void check_rest(struct trial *t)
{
	const char *half, *line;
	uint64_t n_line;
	size_t n;
	int r;

	while ((r = framer_next(&t->framer, &line, &n, &n_line)) != FRAMER_E_PENDING) {
		require(r == 0 || r == FRAMER_E_TOO_LONG);
		check_line(t, r, line, n, n_line);
		t->rest++;
	}
	if (framer_rest(&t->framer, &half, &n, &n_line))
		check_line(t, n_line > t->framer.max_line_bytes ? FRAMER_E_TOO_LONG : 0, half, n, n_line);
	require(t->rest == t->end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *stream = (const char *) data + 3;
	struct trial t = {};
	size_t k;

	if (n < 4)
		return 0;
	t = (struct trial) { .rest = stream, .end = stream + n - 3, .random = data[2] };
	framer_init(&t.framer, 1 + data[0] % 64, data[1] % (2 + data[0] % 64));
	for (const char *next = stream; next < t.end; next += k) {
		k = 1 + draw(&t, (uint32_t) MIN_OF(t.end - next, 100));
		feed(&t, next, k);
	}
	check_rest(&t);
	framer_deinit(&t.framer);
	return 0;
}
