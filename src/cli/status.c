/* callmeter status: whether the recorder runs, and how it is doing. */

#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/link.h"
#include "cli/pager.h"
#include "cli/printer.h"
#include "cli/safe.h"

enum { STATUS_TIMEOUT_MS = 5000 };

static const char help[] =
	"Show how the recorder is doing.\n"
	"\n"
	"  callmeter status\n"
	"  callmeter status -o json\n"
	"\n"
	"Usage: callmeter status [OPTION...]\n"
	"\n"
	"  -o, --output=FORMAT    text, table, json, ndjson or csv\n"
	"      --runtime-dir=DIR  where the recorder's sockets are\n"
	"      --help, --version\n"
	"\n"
	"Exit code 0: it runs; 3: it does not answer.\n";

static void print_lines(const struct row *row)
{
	int width = 0;

	for (size_t i = 0; i < row->n_cells; i++)
		width = MAX_OF(width, (int) strlen(row->cells[i].key));
	for (size_t i = 0; i < row->n_cells; i++) {
		printf("%-*s  ", width, row->cells[i].key);
		safe_print(stdout, row->cells[i].type == CELL_NULL ? "-" : row->cells[i].text);
		putchar('\n');
	}
}

static int on_row(const char *line _unused_, size_t n _unused_, struct row *row, void *user _unused_)
{
	print_lines(row);
	return 0;
}

/* @printer NULL: lines of key and value. */
static int ask_status(struct link *link, struct printer *printer)
{
	_cleanup_(row_deinit) struct row end = {};
	struct question *question = question_new("query", "status");
	int r;

	if (!question)
		return -ENOMEM;
	link->timeout_ms = STATUS_TIMEOUT_MS;
	r = link_ask(link, question, printer ? printer_row : on_row, printer, &end);
	question_free(question);
	if (r == 0 && printer)
		r = printer_end(printer, &end);
	return r == 0 && printer ? printer_finish(printer) : r;
}

static int show(struct cli *cli, struct printer *printer)
{
	_cleanup_(link_close) struct link link;
	int r = link_open(&link, cli, "query.sock"), closed;

	if (r == 0)
		r = ask_status(&link, printer);
	if (pager_output_lost())
		r = 0;
	closed = pager_close();
	if (r == 0)
		return closed;
	link_complain(cli, "query.sock", r);
	return r == LINK_E_CLOSED || r == LINK_E_SILENT ? EXIT_NOT_RUNNING : EXIT_CANNOT;
}

static int run(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		CLI_OPTIONS,
		{ "output", required_argument, NULL, 'o' },
		{}
	};
	_cleanup_(printer_deinit) struct printer printer = {};
	bool text = true;
	int option, code;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (option == 'o') {
			text = strcmp(optarg, "text") == 0;
			if (!text && format_from_name(optarg, &printer.format) < 0)
				return cli_usage_error(&command_status,
						       "--output takes text, table, json, ndjson or csv, not '%s'",
						       optarg);
			continue;
		}
		code = cli_option(cli, &command_status, option);
		if (code != CLI_GO_ON)
			return code;
	}
	if (optind < argc)
		return cli_usage_error(&command_status, "nothing is expected behind 'status'");
	return show(cli, text ? NULL : &printer);
}

const struct command command_status = {
	.name = "status",
	.summary = "show how the recorder is doing",
	.help = help,
	.run = run,
};
