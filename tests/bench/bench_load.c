/*
 * callmeter-bench-load: clients of an ingest socket that do nothing but send,
 * read the acks, and measure; and the disk, to measure against.
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "flood.h"
#include "paced.h"

struct args {
	const char *what, *file;
	const char *socket;
	uint64_t n_clients, rate, milliseconds;
};

static double seconds(int64_t ns)
{
	return (double) ns / (double) SECOND_NS;
}

static void print_flood(const struct flood *f)
{
	(void) printf("{\"clients\":%" PRIu64 ",\"lines\":%" PRIu64 ",\"stored\":%" PRIu64 ",\"flagged\":%" PRIu64
		      ",\"duplicate\":%" PRIu64 ",\"rejected\":%" PRIu64 ",\"wall_s\":%.6f,\"client_cpu_s\":%.6f}\n",
		      f->n_clients, f->n_lines, f->stored, f->flagged, f->duplicate, f->rejected, seconds(f->wall_ns),
		      seconds(f->cpu_ns));
}

static void run_flood(const struct args *a)
{
	struct flood f;

	if (strcmp(a->file, "-") == 0) {
		f = flood_stream(a->socket, STDIN_FILENO);
	} else {
		struct lines lines = lines_open(a->file);

		f = flood_lines(a->socket, &lines, a->n_clients);
	}
	print_flood(&f);
	if (f.rejected > 0)
		bench_fail("%" PRIu64 " events were rejected", f.rejected);
}

static void run_paced(const struct args *a)
{
	struct lines lines = lines_open(a->file);
	struct paced p = paced_run(a->socket, &lines, &(struct pace) {
		.rate = a->rate, .n_connections = a->n_clients,
		.n_lines = MIN_OF(lines.n, a->rate * a->milliseconds / 1000),
	});

	(void) printf("{\"rate\":%" PRIu64 ",\"connections\":%" PRIu64 ",\"lines\":%" PRIu64 ",\"stored\":%" PRIu64
		      ",\"duplicate\":%" PRIu64 ",\"rejected\":%" PRIu64 ",\"p50_us\":%u,\"p99_us\":%u,\"p999_us\":%u"
		      ",\"max_us\":%u,\"late_p99_us\":%u,\"wall_s\":%.6f,\"client_cpu_s\":%.6f}\n",
		      a->rate, a->n_clients, p.n_lines, p.stored, p.duplicate, p.rejected, p.p50_us, p.p99_us, p.p999_us,
		      p.max_us, p.late_p99_us, seconds(p.wall_ns), seconds(p.cpu_ns));
	if (p.rejected > 0)
		bench_fail("%" PRIu64 " events were rejected", p.rejected);
}

/* Append 4 KiB to a file and fdatasync(2) it, again and again: what a commit costs that writes one page. */
static void run_disk(const struct args *a)
{
	enum { BLOCK_BYTES = 4096, MAX_SAMPLES = 100000 };
	static uint32_t took_us[MAX_SAMPLES];
	static char block[BLOCK_BYTES];
	int fd = open(a->file, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	int64_t end_ns = bench_ns(CLOCK_MONOTONIC) + (int64_t) a->milliseconds * 1000 * 1000, now_ns, then_ns;
	size_t n = 0;

	if (fd < 0)
		bench_fail("%s: %m", a->file);
	memset(block, 'x', sizeof(block));
	for (now_ns = bench_ns(CLOCK_MONOTONIC); n == 0 || (now_ns < end_ns && n < MAX_SAMPLES); n++) {
		then_ns = now_ns;
		if (write(fd, block, sizeof(block)) != sizeof(block) || fdatasync(fd) < 0)
			bench_fail("%s: %m", a->file);
		now_ns = bench_ns(CLOCK_MONOTONIC);
		took_us[n] = (uint32_t) MIN_OF((now_ns - then_ns) / 1000, UINT32_MAX);
	}
	(void) close(fd);
	(void) unlink(a->file);
	bench_sort(took_us, n);
	(void) printf("{\"n\":%zu,\"p50_us\":%u,\"p99_us\":%u}\n", n, bench_at(took_us, n, 500), bench_at(took_us, n, 990));
}

static void usage(FILE *to)
{
	(void) fputs(
"callmeter-bench-load --socket PATH flood CORPUS\n"
"callmeter-bench-load --socket PATH --rate N paced CORPUS\n"
"callmeter-bench-load disk FILE\n"
"\n"
"Sends a corpus to an ingest socket and prints what that took, as one JSON object.\n"
"Fails if anything is rejected or not acknowledged.\n"
"\n"
"flood  each client a process with a part of the lines, as fast as they are taken;\n"
"       CORPUS may be -, which is one client\n"
"paced  at a fixed rate; latency counts from when a line was due\n"
"disk   no socket: appends 4 KiB to FILE and syncs it, again and again\n"
"\n"
"      --socket PATH      the ingest socket\n"
"      --clients N        or connections, of paced (1)\n"
"      --rate N           lines a second\n"
"      --milliseconds N   how long, of paced and disk (1000)\n"
"  -h, --help\n", to);
}

static bool run(const struct args *a)
{
	if (strcmp(a->what, "disk") == 0)
		run_disk(a);
	else if (strcmp(a->what, "flood") == 0 && a->socket)
		run_flood(a);
	else if (strcmp(a->what, "paced") == 0 && a->socket && a->rate > 0)
		run_paced(a);
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	enum { OPT_SOCKET = 256, OPT_CLIENTS, OPT_RATE, OPT_MILLISECONDS };
	static const struct option options[] = {
		{ "socket", required_argument, NULL, OPT_SOCKET },
		{ "clients", required_argument, NULL, OPT_CLIENTS },
		{ "rate", required_argument, NULL, OPT_RATE },
		{ "milliseconds", required_argument, NULL, OPT_MILLISECONDS },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	struct args args = { .n_clients = 1, .milliseconds = 1000 };
	int o;

	while ((o = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (o) {
		case OPT_SOCKET:
			args.socket = optarg;
			break;
		case OPT_CLIENTS:
			args.n_clients = bench_number(optarg);
			break;
		case OPT_RATE:
			args.rate = bench_number(optarg);
			break;
		case OPT_MILLISECONDS:
			args.milliseconds = bench_number(optarg);
			break;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		default:
			usage(stderr);
			return EXIT_FAILURE;
		}
	}
	if (optind + 2 == argc) {
		args.what = argv[optind];
		args.file = argv[optind + 1];
	}
	if (!args.what || !run(&args)) {
		usage(stderr);
		return EXIT_FAILURE;
	}
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
