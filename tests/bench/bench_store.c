/*
 * callmeter-bench-store: the ceiling. One thread feeds the store with events
 * that are decoded already, so many a commit, and nothing else runs: no socket,
 * no other thread, no answer. What callmeterd gets of this rate is what its
 * way from the socket to here costs.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "dialect/reader.h"
#include "store/store.h"

/* What was spent on one part of the work. */
struct spent {
	int64_t wall_ns, cpu_ns;
};

struct feed {
	struct lines lines;
	const char *at;		/* the next line */
	uint64_t n_lines;	/* read so far */
	uint64_t per_commit;
	struct reader reader;	/* owned */
	struct hello hello;	/* owned */
};

static void spend(struct spent *s, int sign)
{
	s->wall_ns += sign * bench_ns(CLOCK_MONOTONIC);
	s->cpu_ns += sign * bench_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* Fill @b with the next events. A line is not split. */
static void decode(struct feed *f, struct batch *b)
{
	static const struct origin origin = { .app = "bench", .pid = 1 };
	const char *end = f->lines.data + f->lines.n_bytes, *next;

	b->received_us = bench_ns(CLOCK_REALTIME) / 1000;
	for (; f->at < end && b->n_events < f->per_commit; f->at = next) {
		struct line_source from = {
			.peer = f, .hello = &f->hello, .origin = &origin, .line_no = ++f->n_lines,
			.now_us = b->received_us,
		};

		next = lines_next(&f->lines, f->at);
		if (reader_line(&f->reader, &from, f->at, (size_t) (next - f->at - 1), b) < 0)
			bench_fail("out of memory");
	}
}

static struct store *open_store(const char *dir)
{
	struct store_options options = {
		.dir = dir, .attempt_timeout_ms = 60000, .session_idle_ms = 4 * 3600 * 1000,
		.quarantine_max_bytes = 64 * 1024 * 1024,
	};
	_cleanup_(buf_deinit) struct buf why = {};
	struct store *s;
	int r = store_open(&options, &s, &why);

	if (r != 0)
		bench_fail("%s: cannot be opened (%d): %.*s", dir, r, (int) why.n, why.data);
	return s;
}

static off_t size_in(const char *dir, const char *name)
{
	_cleanup_(buf_deinit) struct buf path = {};
	struct stat st;

	if (buf_printf(&path, "%s/%s", dir, name) < 0 || !buf_cstr(&path))
		bench_fail("out of memory");
	if (stat(path.data, &st) < 0)
		bench_fail("%s: %m", path.data);
	return st.st_size;
}

static double us_each(int64_t ns, uint64_t n)
{
	return (double) ns / 1e3 / (double) n;
}

static bool has_more(const struct feed *f)
{
	return f->at < f->lines.data + f->lines.n_bytes;
}

static void append(struct store *s, struct batch *b, struct spent *spent)
{
	int r;

	spend(spent, -1);
	r = store_append(s, b);
	spend(spent, 1);
	if (r != 0)
		bench_fail("not stored: %s", strerror(-r));
}

static void run(struct feed *f, const char *dir)
{
	struct spent decoding = {}, appending = {};
	struct store *s = open_store(dir);
	_cleanup_(batch_deinit) struct batch batch = {};
	struct store_stats stats;
	uint64_t n_events = 0;

	while (has_more(f)) {
		spend(&decoding, -1);
		decode(f, &batch);
		spend(&decoding, 1);
		batch.more = has_more(f);	/* as the daemon says it under full load */
		append(s, &batch, &appending);
		n_events += batch.n_events;
		batch_reset(&batch);
	}
	while (store_stats(s)->behind)
		append(s, &batch, &appending);
	stats = *store_stats(s);
	store_close(s);	/* the log is written back into the file by this: counted in the bytes, not in the time */

	if (stats.n_rejected > 0 || stats.n_stored + stats.n_duplicate != n_events)
		bench_fail("of %" PRIu64 " events %" PRIu64 " were stored, %" PRIu64 " known, %" PRIu64 " rejected",
			   n_events, stats.n_stored, stats.n_duplicate, stats.n_rejected);
	(void) printf("{\"events\":%" PRIu64 ",\"stored\":%" PRIu64 ",\"duplicate\":%" PRIu64 ",\"commits\":%" PRIu64
		      ",\"decode_cpu_us_per_event\":%.3f,\"append_cpu_us_per_event\":%.3f,\"append_wall_s\":%.6f"
		      ",\"events_per_s\":%.1f,\"db_bytes_per_event\":%.2f,\"bytes_written_per_event\":%.2f}\n",
		      n_events, stats.n_stored, stats.n_duplicate, stats.n_commits, us_each(decoding.cpu_ns, n_events),
		      us_each(appending.cpu_ns, n_events), (double) appending.wall_ns / 1e9,
		      (double) n_events * 1e9 / (double) appending.wall_ns,
		      (double) size_in(dir, "callmeter.db") / (double) stats.n_stored,
		      (double) bench_written_bytes() / (double) n_events);
}

static void usage(FILE *to)
{
	(void) fputs(
"callmeter-bench-store --dir DIR [--per-commit N] CORPUS\n"
"\n"
"Stores a corpus's lines in a new database in DIR, as callmeterd's writer thread\n"
"does, and prints what that took as one JSON object.\n"
"\n"
"      --dir DIR       an empty directory\n"
"      --per-commit N  events a commit (1000)\n"
"  -h, --help\n", to);
}

int main(int argc, char **argv)
{
	enum { OPT_DIR = 256, OPT_PER_COMMIT };
	static const struct option options[] = {
		{ "dir", required_argument, NULL, OPT_DIR },
		{ "per-commit", required_argument, NULL, OPT_PER_COMMIT },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	struct feed feed = { .per_commit = 1000 };
	const char *dir = NULL;
	int o;

	while ((o = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (o) {
		case OPT_DIR:
			dir = optarg;
			break;
		case OPT_PER_COMMIT:
			feed.per_commit = bench_number(optarg);
			break;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		default:
			usage(stderr);
			return EXIT_FAILURE;
		}
	}
	if (!dir || optind + 1 != argc) {
		usage(stderr);
		return EXIT_FAILURE;
	}
	feed.lines = lines_open(argv[optind]);
	feed.at = feed.lines.data;
	run(&feed, dir);
	reader_deinit(&feed.reader);
	hello_deinit(&feed.hello);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
