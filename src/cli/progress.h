#pragma once

/* Progress: a bar on standard error, where that is a terminal. Nothing otherwise. */

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool on;
	bool drawn;		/* the bar stands on the terminal's last line */
	int64_t drawn_us;	/* monotonic: when last */
	uint64_t n_bytes;	/* done */
	uint64_t n_all_bytes;	/* 0: not known */
	uint64_t n_lines;	/* done */
	const char *what;	/* static: "lines stored" */
};

/* @what is what n_lines counts; static. */
void progress_init(struct progress *p, bool wanted, const char *what);

/* Draw it anew, a few times a second at most. */
void progress_draw(struct progress *p);

/* Take it away, so that a message can be printed. */
void progress_clear(struct progress *p);
