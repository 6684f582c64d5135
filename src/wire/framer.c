#include "wire/framer.h"

#include <assert.h>
#include <string.h>

/* Room an idle connection may keep. */
enum { KEEP_ROOM_BYTES = 4096 };

void framer_init(struct framer *f, size_t max_line_bytes, size_t keep_bytes)
{
	assert(keep_bytes <= max_line_bytes);
	*f = (struct framer) {
		.max_line_bytes = max_line_bytes,
		.keep_bytes = keep_bytes,
		.chunk = "",
	};
}

void framer_deinit(struct framer *f)
{
	buf_deinit(&f->held);
	*f = (struct framer) {};
}

void framer_feed(struct framer *f, const char *chunk, size_t n)
{
	assert(f->n_chunk == 0);
	f->chunk = chunk;
	f->n_chunk = n;
}

/* Forget the lines of held that were handed out, so that what is left begins at 0. */
static void compact(struct framer *f)
{
	size_t n_left = f->held.n - f->n_used;

	if (f->n_used == 0)
		return;
	if (n_left == 0)
		buf_reset(&f->held, KEEP_ROOM_BYTES);
	else
		memmove(f->held.data, f->held.data + f->n_used, n_left);
	f->held.n = n_left;
	f->n_scanned -= f->n_used;
	f->n_used = 0;
}

static void drop_chunk(struct framer *f, size_t n)
{
	f->chunk += n;
	f->n_chunk -= n;
}

/* Hand out the @n bytes at @line, or their head. */
static int give(const struct framer *f, const char *line, size_t n, uint64_t n_line,
		const char **ret_line, size_t *ret_n, uint64_t *ret_n_line)
{
	bool too_long = n_line > f->max_line_bytes;

	*ret_line = line;
	*ret_n = too_long ? MIN_OF(n, f->keep_bytes) : n;
	*ret_n_line = n_line;
	return too_long ? FRAMER_E_TOO_LONG : 0;
}

/* Hand out the first @n bytes of what is held; @n_newline bytes behind them end the line. */
static int give_held(struct framer *f, size_t n, size_t n_newline, const char **ret_line,
		     size_t *ret_n, uint64_t *ret_n_line)
{
	uint64_t n_line = n + f->n_skipped;
	const char *line = n > 0 ? f->held.data + f->n_used : "";

	f->n_used += n + n_newline;
	f->n_scanned = f->n_used;
	f->skipping = false;
	f->n_skipped = 0;
	return give(f, line, n, n_line, ret_line, ret_n, ret_n_line);
}

/* Add @n bytes without a newline to the unfinished line, which is all that is held. */
static int absorb(struct framer *f, const char *data, size_t n)
{
	int r;

	if (f->skipping) {
		f->n_skipped += n;
		return 0;
	}
	if (f->held.n + n <= f->max_line_bytes) {
		r = buf_add(&f->held, data, n);
		if (r < 0)
			return r;
	} else {
		uint64_t n_line = (uint64_t) f->held.n + n;

		if (f->held.n < f->keep_bytes) {
			r = buf_add(&f->held, data, f->keep_bytes - f->held.n);
			if (r < 0)
				return r;
		}
		f->held.n = f->keep_bytes;
		f->n_skipped = n_line - f->keep_bytes;
		f->skipping = true;
	}
	f->n_scanned = f->held.n;
	return 0;
}

int framer_next(struct framer *f, const char **ret_line, size_t *ret_n, uint64_t *ret_n_line)
{
	const char *newline = NULL, *line;
	size_t n;
	int r;

	if (f->held.n > f->n_scanned)
		newline = memchr(f->held.data + f->n_scanned, '\n', f->held.n - f->n_scanned);
	if (newline)
		return give_held(f, (size_t) (newline - f->held.data) - f->n_used, 1,
				 ret_line, ret_n, ret_n_line);
	f->n_scanned = f->held.n;
	compact(f);

	if (f->n_chunk > 0)
		newline = memchr(f->chunk, '\n', f->n_chunk);
	n = newline ? (size_t) (newline - f->chunk) : f->n_chunk;
	if (newline && f->held.n == 0 && !f->skipping) {
		line = f->chunk;
		drop_chunk(f, n + 1);
		return give(f, line, n, n, ret_line, ret_n, ret_n_line);
	}

	if (n > 0) {
		r = absorb(f, f->chunk, n);
		if (r < 0)
			return r;
	}
	drop_chunk(f, newline ? n + 1 : n);
	if (!newline)
		return FRAMER_E_PENDING;
	return give_held(f, f->held.n, 0, ret_line, ret_n, ret_n_line);
}

int framer_keep(struct framer *f)
{
	int r;

	compact(f);
	r = buf_add(&f->held, f->chunk, f->n_chunk);
	if (r < 0)
		return r;
	drop_chunk(f, f->n_chunk);
	return 0;
}

bool framer_rest(const struct framer *f, const char **ret_half, size_t *ret_n, uint64_t *ret_n_line)
{
	size_t n = f->held.n - f->n_used;

	if (n == 0 && !f->skipping)
		return false;
	(void) give(f, n > 0 ? f->held.data + f->n_used : "", n, n + f->n_skipped,
		    ret_half, ret_n, ret_n_line);
	return true;
}
