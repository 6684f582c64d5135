#include "cli/waterfall.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/safe.h"

enum {
	BAR_MIN = 10,
	BAR_GOOD = 20,
	BAR_MAX = 100,
	NAME_SIZE = 96,
	NUMBER_SIZE = 32,
	STATE_SIZE = 256,
};

static const char RED[] = "\033[31m", GREEN[] = "\033[32m", YELLOW[] = "\033[33m", PLAIN[] = "\033[0m";

struct lane {
	char name[NAME_SIZE];
	char offset[NUMBER_SIZE];
	char duration[NUMBER_SIZE];
	char state[STATE_SIZE];
	const char *code;	/* of a failure, "" without one; borrowed from the row */
	int64_t begin_ms;
	int64_t length_ms;	/* -1: still open */
	bool mark;
	const char *colour;	/* static */
};

struct scale {
	int64_t first_ms;
	int64_t span_ms;	/* 1 or more */
	int name, offset, duration, bar;	/* widths, in columns */
	bool code_below;	/* there is no room for it behind the state */
};

static const char *text_of(const struct row *row, const char *key)
{
	const char *s = row_text(row, key);

	return s ? s : "";
}

static void describe(const struct row *row, struct lane *lane)
{
	const char *state = text_of(row, "state");
	int64_t retries = row_int(row, "retry_count", 0);

	if (retries > 0)
		(void) snprintf(lane->state, sizeof(lane->state), "%s (%" PRId64 " retr%s)", state, retries,
				retries == 1 ? "y" : "ies");
	else
		(void) snprintf(lane->state, sizeof(lane->state), "%s", state);
	lane->code = text_of(row, "failure_code");
	lane->colour = strcmp(state, "failure") == 0 || strcmp(state, "FAILED") == 0 ? RED :
		strcmp(state, "success") == 0 ? GREEN :
		strcmp(state, "open") == 0 ? YELLOW : NULL;
}

static void read_lane(const struct row *row, struct lane *lane)
{
	const char *kind = text_of(row, "kind"), *peer = text_of(row, "peer_connection");

	*lane = (struct lane) {
		.begin_ms = row_int(row, "offset_ms", 0),
		.length_ms = row_int(row, "elapsed_ms", -1),
		.mark = strcmp(kind, "mark") == 0,
	};
	(void) snprintf(lane->name, sizeof(lane->name), "%s%s%s", text_of(row, "stage"),
			peer[0] ? " " : "", peer);
	(void) snprintf(lane->offset, sizeof(lane->offset), "%" PRId64 " ms", lane->begin_ms);
	if (!lane->mark && lane->length_ms >= 0)
		(void) snprintf(lane->duration, sizeof(lane->duration), "%" PRId64 " ms", lane->length_ms);
	describe(row, lane);
}

static void widen(int *width, size_t n)
{
	*width = MAX_OF(*width, (int) n);
}

static struct scale measure(const struct cli *cli, const struct row *rows, size_t n_rows)
{
	struct scale s = { .name = 5, .offset = 2, .duration = 4 };
	int64_t last_ms = 0;
	int state = 0, state_and_code = 0, room;

	for (size_t i = 0; i < n_rows; i++) {
		struct lane lane;

		read_lane(&rows[i], &lane);
		widen(&s.name, strlen(lane.name));
		widen(&s.offset, strlen(lane.offset));
		widen(&s.duration, strlen(lane.duration));
		if (!lane.mark) {
			widen(&state, strlen(lane.state));
			widen(&state_and_code, strlen(lane.state) + (lane.code[0] ? 1 : 0) + strlen(lane.code));
		}
		s.first_ms = i == 0 ? lane.begin_ms : MIN_OF(s.first_ms, lane.begin_ms);
		last_ms = MAX_OF(last_ms, lane.begin_ms + MAX_OF(lane.length_ms, 0));
	}
	s.span_ms = MAX_OF(last_ms - s.first_ms, 1);
	room = cli->width - s.name - s.offset - s.duration - 8;
	s.code_below = room - state_and_code < BAR_GOOD;
	s.bar = room - (s.code_below ? state : state_and_code);
	s.bar = MIN_OF(MAX_OF(s.bar, BAR_MIN), BAR_MAX);
	return s;
}

static int column_of(const struct scale *s, int64_t at_ms)
{
	double share = (double) (at_ms - s->first_ms) / (double) s->span_ms;

	return (int) (share * s->bar);
}

/* Bar and state; what a mark says stands right behind it, so that it narrows nobody's bar. */
static void print_bar(const struct cli *cli, const struct scale *s, const struct lane *lane)
{
	int begin = MIN_OF(column_of(s, lane->begin_ms), s->bar - 1), end = s->bar;
	const char *glyph = cli->utf8 ? "█" : "#";

	if (lane->mark) {
		end = begin + 1;
		glyph = cli->utf8 ? "│" : "|";
	} else if (lane->length_ms < 0) {	/* how long it will take is not known */
		glyph = cli->utf8 ? "░" : ".";
	} else {
		end = MIN_OF(MAX_OF(column_of(s, lane->begin_ms + lane->length_ms), begin + 1), s->bar);
	}
	printf("%*s", begin, "");
	for (int i = begin; i < end; i++)
		fputs(glyph, stdout);
	if (lane->state[0]) {
		printf("%*s", lane->mark ? 1 : s->bar - end + 2, "");
		safe_print(stdout, lane->state);
	}
	if (!lane->code[0])
		return;
	if (s->code_below)
		printf("\n%*s", s->name + s->offset + s->duration + 6, "");
	else
		putchar(' ');
	safe_print(stdout, lane->code);
}

static void print_lane(const struct cli *cli, const struct scale *s, const struct lane *lane)
{
	const char *colour = cli->colour ? lane->colour : NULL;

	safe_print(stdout, lane->name);
	printf("%*s  %*s  %*s  ", s->name - (int) strlen(lane->name), "", s->offset, lane->offset,
	       s->duration, lane->duration);
	fputs(colour ? colour : "", stdout);
	print_bar(cli, s, lane);
	puts(colour ? PLAIN : "");
}

void waterfall_print(const struct cli *cli, const struct row *rows, size_t n_rows)
{
	struct scale s = measure(cli, rows, n_rows);

	printf("%-*s  %*s  %*s\n", s.name, "stage", s.offset, "at", s.duration, "took");
	for (size_t i = 0; i < n_rows; i++) {
		struct lane lane;

		read_lane(&rows[i], &lane);
		print_lane(cli, &s, &lane);
	}
}
