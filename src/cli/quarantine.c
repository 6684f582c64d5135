/* callmeter quarantine: looks at what was rejected, and drops it. */

#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/link.h"
#include "cli/pager.h"
#include "cli/printer.h"
#include "cli/safe.h"

static const char help[] =
	"Look at what was rejected, and drop it.\n"
	"\n"
	"  callmeter quarantine list --limit 20\n"
	"  callmeter quarantine show 17              with its body\n"
	"  callmeter quarantine drop 17 20-31        for good\n"
	"  callmeter quarantine drop --all\n"
	"\n"
	"Usage: callmeter quarantine list [-n N] [-o FORMAT]\n"
	"       callmeter quarantine show ID\n"
	"       callmeter quarantine drop ID[-ID]...|--all\n"
	"\n"
	"  -n, --limit=N          list at most N\n"
	"  -o, --output=FORMAT    table, json, ndjson or csv\n"
	"      --all              drop everything\n"
	"      --runtime-dir=DIR  where the recorder's sockets are\n"
	"      --no-pager         never page\n"
	"      --help, --version\n"
	"\n"
	"Exit code 1: there is no such entry.\n";

enum { OPTION_ALL = OPTION_FIRST_OWN };

struct quarantine {
	struct cli *cli;
	struct printer printer;
	int64_t limit;		/* 0: the recorder's own */
	int64_t id;		/* show: which; 0: a list */
	bool shown;
	bool all;
};

static int on_shown(const char *line _unused_, size_t n _unused_, struct row *row, void *user)
{
	struct quarantine *q = user;

	q->shown = true;
	for (size_t i = 0; i < row->n_cells; i++) {
		const struct cell *c = &row->cells[i];

		if (strcmp(c->key, "body") == 0 || c->type == CELL_NULL)
			continue;
		printf("%-14s ", c->key);
		safe_print(stdout, c->text);
		putchar('\n');
	}
	if (row_text(row, "body")) {
		putchar('\n');
		/* A terminal is guarded from it; whoever wants the bytes reads a pipe. */
		if (q->cli->terminal)
			safe_print(stdout, row_text(row, "body"));
		else
			fputs(row_text(row, "body"), stdout);
		putchar('\n');
	}
	return 0;
}

static int ask_rows(struct quarantine *q, struct link *link)
{
	_cleanup_(row_deinit) struct row end = {};
	struct question *question = question_new("query", "quarantine");
	int r;

	if (!question)
		return -ENOMEM;
	if (q->id > 0)
		question_int(question, "id", q->id);
	if (q->limit > 0)
		question_int(question, "limit", q->limit);
	if (q->id > 0)
		r = link_ask(link, question, on_shown, q, &end);
	else
		r = link_ask(link, question, printer_row, &q->printer, &end);
	question_free(question);
	if (r == 0 && q->id == 0)
		r = printer_end(&q->printer, &end);
	return r == 0 && q->id == 0 ? printer_finish(&q->printer) : r;
}

static int show(struct quarantine *q)
{
	_cleanup_(link_close) struct link link;
	int r = link_open(&link, q->cli, "query.sock"), closed;

	if (r == 0) {
		pager_open(q->cli);
		r = ask_rows(q, &link);
		if (pager_output_lost())
			r = 0;
	}
	closed = pager_close();
	if (r != 0) {
		link_complain(q->cli, "query.sock", r);
		return EXIT_CANNOT;
	}
	if (q->id > 0 && !q->shown) {
		say("there is no entry %lld in quarantine", (long long) q->id);
		return EXIT_NO;
	}
	return closed;
}

/* The control socket answers with one line, {"ok":{...}} or {"error":{...}}. */
static int drop(struct link *link, int64_t first, int64_t last, int64_t *ret_n)
{
	_cleanup_(row_deinit) struct row row = {}, ok = {};
	struct question *question = question_new("control", "quarantine-drop");
	const char *line;
	size_t n;
	int r;

	if (!question)
		return -ENOMEM;
	question_int(question, "first", first);
	question_int(question, "last", last);
	r = link_send(link, question);
	question_free(question);
	if (r == 0)
		r = link_line(link, &line, &n);
	if (r == 0)
		r = row_read(line, n, &row) == 0 ? 0 : -EBADMSG;
	if (r != 0)
		return r;
	if (link_is_error(&row))
		return LINK_E_ANSWER;
	if (row_inside(&row, "ok", &ok) != 0)
		return -EBADMSG;
	*ret_n = row_int(&ok, "dropped", 0);
	return 0;
}

/* Read ID or ID-ID. Returns 0 or -1. */
static int read_range(const char *text, int64_t *ret_first, int64_t *ret_last)
{
	const char *dash = strchr(text, '-');
	char first[24];

	if (!dash) {
		*ret_first = *ret_last = cli_number(text);
		return *ret_first > 0 ? 0 : -1;
	}
	if ((size_t) (dash - text) >= sizeof(first))
		return -1;
	memcpy(first, text, (size_t) (dash - text));
	first[dash - text] = '\0';
	*ret_first = cli_number(first);
	*ret_last = cli_number(dash + 1);
	return *ret_first > 0 && *ret_last >= *ret_first ? 0 : -1;
}

static int drop_ranges(struct quarantine *q, struct link *link, int argc, char **argv, int64_t *ret_total)
{
	int64_t first = 1, last = INT64_MAX, n;
	int r;

	*ret_total = 0;
	if (q->all)
		return drop(link, first, last, ret_total);
	for (int i = 0; i < argc; i++) {
		(void) read_range(argv[i], &first, &last);
		r = drop(link, first, last, &n);
		if (r != 0)
			return r;
		if (n == 0)
			say("there is no entry %s in quarantine", argv[i]);
		*ret_total += n;
	}
	return 0;
}

static int run_drop(struct quarantine *q, int argc, char **argv)
{
	_cleanup_(link_close) struct link link = { .fd = -1 };
	int64_t first, last, total;
	int r;

	if (q->all == (argc > 0))
		return cli_usage_error(&command_quarantine, "drop takes IDs, or --all");
	for (int i = 0; i < argc; i++) {
		if (read_range(argv[i], &first, &last) < 0)
			return cli_usage_error(&command_quarantine, "an ID is a number, or two as 3-9, not '%s'", argv[i]);
	}
	r = link_open(&link, q->cli, "control.sock");
	if (r == 0)
		r = drop_ranges(q, &link, argc, argv, &total);
	if (r != 0) {
		link_complain(q->cli, "control.sock", r);
		return EXIT_CANNOT;
	}
	say("%lld dropped", (long long) total);
	return total > 0 || q->all ? EXIT_OK : EXIT_NO;
}

static int run_verb(struct quarantine *q, int argc, char **argv)
{
	const char *verb = argc > 0 ? argv[0] : "list";

	if (q->all && strcmp(verb, "drop") != 0)
		return cli_usage_error(&command_quarantine, "--all is for drop");
	if (strcmp(verb, "list") == 0 && argc <= 1)
		return show(q);
	if (strcmp(verb, "drop") == 0)
		return run_drop(q, argc - 1, argv + 1);
	if (strcmp(verb, "show") == 0 && argc == 2) {
		q->id = cli_number(argv[1]);
		if (q->id > 0)
			return show(q);
		return cli_usage_error(&command_quarantine, "an ID is a number, not '%s'", argv[1]);
	}
	return cli_usage_error(&command_quarantine, "say list, show ID, or drop ID");
}

static int run(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		CLI_OPTIONS,
		{ "limit", required_argument, NULL, 'n' },
		{ "output", required_argument, NULL, 'o' },
		{ "all", no_argument, NULL, OPTION_ALL },
		{}
	};
	struct quarantine q = { .cli = cli, .printer.leave_out = "body" };
	int option, code;

	while ((option = getopt_long(argc, argv, "n:o:", options, NULL)) != -1) {
		switch (option) {
		case 'n':
			q.limit = cli_number(optarg);
			if (q.limit < 1)
				return cli_usage_error(&command_quarantine,
						       "--limit takes a number from 1 up, not '%s'", optarg);
			break;
		case 'o':
			if (format_from_name(optarg, &q.printer.format) < 0)
				return cli_usage_error(&command_quarantine,
						       "--output takes table, json, ndjson or csv, not '%s'", optarg);
			break;
		case OPTION_ALL:
			q.all = true;
			break;
		default:
			code = cli_option(cli, &command_quarantine, option);
			if (code != CLI_GO_ON)
				return code;
		}
	}
	code = run_verb(&q, argc - optind, argv + optind);
	printer_deinit(&q.printer);
	return code;
}

const struct command command_quarantine = {
	.name = "quarantine",
	.summary = "look at what was rejected, and drop it",
	.help = help,
	.run = run,
};
