#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "util/clock.h"

enum {
	BAR_WIDTH = 30,
	DRAW_EVERY_US = 100 * 1000,
};

void progress_init(struct progress *p, bool wanted, const char *what)
{
	*p = (struct progress) { .on = wanted && isatty(STDERR_FILENO), .what = what };
}

void progress_draw(struct progress *p)
{
	int64_t now_us = p->on ? clock_mono_us() : 0;
	int done;

	if (!p->on || now_us - p->drawn_us < DRAW_EVERY_US)
		return;
	p->drawn_us = now_us;
	p->drawn = true;
	if (p->n_all_bytes == 0) {
		fprintf(stderr, "\r%" PRIu64 " %s", p->n_lines, p->what);
		return;
	}
	done = (int) (p->n_bytes >= p->n_all_bytes ? BAR_WIDTH : p->n_bytes * BAR_WIDTH / p->n_all_bytes);
	fprintf(stderr, "\r[%.*s%*s] %3d %%, %" PRIu64 " %s", done,
		"##############################", BAR_WIDTH - done, "", done * 100 / BAR_WIDTH, p->n_lines, p->what);
}

void progress_clear(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = false;
	p->drawn_us = 0;
}
