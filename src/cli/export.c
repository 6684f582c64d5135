/* callmeter export: every event as it was accepted, for `callmeter send` or for other tools. */

#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/link.h"
#include "cli/outfile.h"
#include "cli/pager.h"
#include "cli/printer.h"
#include "cli/progress.h"

static const char help[] =
	"Write out every event as it was accepted.\n"
	"\n"
	"  callmeter export events.ndjson\n"
	"  callmeter export --since yesterday --until today -o csv yesterday.csv\n"
	"  callmeter export | ssh elsewhere callmeter send\n"
	"\n"
	"Usage: callmeter export [OPTION...] [FILE]\n"
	"\n"
	"Each event is an envelope of its own, in the order in which they were stored.\n"
	"Without FILE, or with '-', it goes to standard output. FILE is there whole or not at all.\n"
	"\n"
	"  -S, --since=TIME       events that happened from then on: -1h, today, 2026-11-20 14:00\n"
	"  -U, --until=TIME       events that happened before then\n"
	"  -s, --source=SOURCE    only of stream, realtimekit, hrtc, ivs or spaces\n"
	"  -a, --app=APP          only what belongs to this app\n"
	"  -o, --output=FORMAT    ndjson, which can be sent again; or csv\n"
	"      --runtime-dir=DIR  where the recorder's sockets are\n"
	"      --help, --version\n";

struct export {
	struct cli *cli;
	struct question *question;	/* owned */
	struct link link;
	struct printer printer;
	struct outfile file;
	struct progress progress;
};

static void export_deinit(struct export *x)
{
	question_free(x->question);
	link_close(&x->link);
	printer_deinit(&x->printer);
	outfile_deinit(&x->file);
}

static int on_row(const char *line, size_t n, struct row *row, void *user)
{
	struct export *x = user;

	x->progress.n_lines++;
	progress_draw(&x->progress);
	return printer_row(line, n, row, &x->printer);
}

/* Page by page: a page is bounded in memory on both sides. */
static int ask_all(struct export *x)
{
	for (;;) {
		_cleanup_(row_deinit) struct row end = {};
		const char *cursor;
		int r;

		r = link_ask(&x->link, x->question, on_row, x, &end);
		if (r == 0)
			r = printer_end(&x->printer, &end);
		if (r != 0)
			return r;
		cursor = row_text(&end, "cursor");
		if (!cursor)
			return printer_finish(&x->printer);
		question_text(x->question, "cursor", cursor);
	}
}

static int write_all(struct export *x)
{
	int r = link_open(&x->link, x->cli, "query.sock");

	if (r == 0)
		r = ask_all(x);
	progress_clear(&x->progress);
	if (r != 0 && !pager_output_lost()) {
		link_complain(x->cli, "query.sock", r);
		return EXIT_CANNOT;
	}
	if (x->file.path)
		return outfile_keep(&x->file) == 0 ? EXIT_OK : EXIT_CANNOT;
	return pager_close();
}

static int take_option(struct export *x, int option)
{
	switch (option) {
	case 'S':
		question_text(x->question, "since", optarg);
		break;
	case 'U':
		question_text(x->question, "until", optarg);
		break;
	case 's':
		question_text(x->question, "source", optarg);
		break;
	case 'a':
		question_text(x->question, "app", optarg);
		break;
	case 'o':
		if (format_from_name(optarg, &x->printer.format) < 0 ||
		    (x->printer.format != FORMAT_NDJSON && x->printer.format != FORMAT_CSV))
			return cli_usage_error(&command_export, "--output takes ndjson or csv, not '%s'", optarg);
		break;
	default:
		return cli_option(x->cli, &command_export, option);
	}
	return CLI_GO_ON;
}

static int run(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		CLI_OPTIONS,
		{ "since", required_argument, NULL, 'S' },
		{ "until", required_argument, NULL, 'U' },
		{ "source", required_argument, NULL, 's' },
		{ "app", required_argument, NULL, 'a' },
		{ "output", required_argument, NULL, 'o' },
		{}
	};
	_cleanup_(export_deinit) struct export x = { .cli = cli, .link.fd = -1, .printer.format = FORMAT_NDJSON };
	const char *file;
	int option, code;

	x.question = question_new("query", "export");
	if (!x.question) {
		say("out of memory");
		return EXIT_CANNOT;
	}
	while ((option = getopt_long(argc, argv, "S:U:s:a:o:", options, NULL)) != -1) {
		code = take_option(&x, option);
		if (code != CLI_GO_ON)
			return code;
	}
	if (optind + 1 < argc)
		return cli_usage_error(&command_export, "one FILE at most");
	/* Who reads a table wants to see when; who sends it again gains nothing by it. */
	if (x.printer.format == FORMAT_CSV)
		question_text(x.question, "times", "all");
	file = optind < argc && strcmp(argv[optind], "-") != 0 ? argv[optind] : NULL;
	if (file && outfile_open(&x.file, file) < 0)
		return EXIT_CANNOT;
	progress_init(&x.progress, file || !cli->terminal, "events written");
	return write_all(&x);
}

const struct command command_export = {
	.name = "export",
	.summary = "write out every event as it was accepted",
	.help = help,
	.run = run,
};
