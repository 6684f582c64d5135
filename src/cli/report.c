/* callmeter report: asks one of the recorder's reports, and prints its rows. */

#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/link.h"
#include "cli/pager.h"
#include "cli/printer.h"

static const char help[] =
	"Ask the recorder for a report.\n"
	"\n"
	"  callmeter report                                    what can be asked\n"
	"  callmeter report joins --since -1h\n"
	"  callmeter report joins --since yesterday --by sfu_id,sdk -o csv\n"
	"  callmeter report join-failures --where call_type=livestream --limit 20\n"
	"  callmeter report attempt id=7d1c2b3a                a report's own parameters\n"
	"  callmeter report sessions --columns source,id,status,minutes\n"
	"\n"
	"Usage: callmeter report [OPTION...] [NAME [KEY=VALUE...]]\n"
	"\n"
	"  -S, --since=TIME       from then on: -1h, today, 2026-11-20 14:00, @1787311966\n"
	"  -U, --until=TIME       before then\n"
	"  -b, --by=KEY[,KEY...]  a row for each value of these\n"
	"  -w, --where=KEY=VALUE  only where it is so; once for each condition; an empty\n"
	"                         VALUE stands for nothing recorded\n"
	"  -a, --app=APP          only what belongs to this app\n"
	"  -n, --limit=N          at most N rows\n"
	"      --all              all rows, however many\n"
	"  -c, --columns=A[,B...] only these columns, in a table or CSV\n"
	"  -o, --output=FORMAT    table, json, ndjson or csv\n"
	"      --runtime-dir=DIR  where the recorder's sockets are\n"
	"      --no-pager         never page\n"
	"      --help, --version\n";

enum { OPTION_ALL = OPTION_FIRST_OWN };

struct report {
	struct cli *cli;
	struct question *question;	/* owned */
	struct link link;
	struct printer printer;
	const char *name;
	char **parameters;	/* borrowed from the arguments: KEY=VALUE */
	int n_parameters;
	bool all;
	bool limited;
};

static void report_deinit(struct report *r)
{
	question_free(r->question);
	link_close(&r->link);
	printer_deinit(&r->printer);
}

/* Split KEY=VALUE in place; NULL if there is no equals sign behind a key. */
static char *split(char *pair)
{
	char *equals = strchr(pair, '=');

	if (!equals || equals == pair)
		return NULL;
	*equals = '\0';
	return equals + 1;
}

static int take_option(struct report *r, int option)
{
	int64_t n;
	char *value;

	switch (option) {
	case 'S':
		question_text(r->question, "since", optarg);
		break;
	case 'U':
		question_text(r->question, "until", optarg);
		break;
	case 'a':
		question_text(r->question, "app", optarg);
		break;
	case 'b':
		for (char *key = strtok(optarg, ","); key; key = strtok(NULL, ","))
			question_add(r->question, "by", key);
		break;
	case 'w':
		value = split(optarg);
		if (!value)
			return cli_usage_error(&command_report, "--where takes KEY=VALUE, not '%s'", optarg);
		question_put(r->question, "where", optarg, value[0] ? value : NULL);
		break;
	case 'n':
		n = cli_number(optarg);
		if (n < 1)
			return cli_usage_error(&command_report, "--limit takes a number from 1 up, not '%s'", optarg);
		question_int(r->question, "limit", n);
		r->limited = true;
		break;
	case 'o':
		if (format_from_name(optarg, &r->printer.format) < 0)
			return cli_usage_error(&command_report,
					       "--output takes table, json, ndjson or csv, not '%s'", optarg);
		break;
	case 'c':
		r->printer.only = optarg;
		break;
	case OPTION_ALL:
		r->all = true;
		break;
	default:
		return cli_option(r->cli, &command_report, option);
	}
	return CLI_GO_ON;
}

/* The type that @query, a row of `queries`, declares for parameter @name, or NULL. */
static bool is_integer_parameter(const struct row *query, const char *name)
{
	for (size_t i = 0; i < row_list_length(query, "parameters"); i++) {
		_cleanup_(row_deinit) struct row parameter = {};
		const char *its_name, *type;

		if (row_list_row(query, "parameters", i, &parameter) != 0)
			continue;
		its_name = row_text(&parameter, "name");
		type = row_text(&parameter, "type");
		if (its_name && type && strcmp(its_name, name) == 0)
			return strcmp(type, "int") == 0;
	}
	return false;
}

/* A row of `queries`: if it is the report wanted, its parameters can be put into the request. */
static int on_query(const char *line _unused_, size_t n _unused_, struct row *row, void *user)
{
	struct report *r = user;
	const char *name = row_text(row, "name");

	if (!name || strcmp(name, r->name) != 0)
		return 0;
	for (int i = 0; i < r->n_parameters; i++) {
		char *key = r->parameters[i], *value = key + strlen(key) + 1;
		int64_t number = cli_number(value[0] == '-' ? value + 1 : value);

		if (number >= 0 && is_integer_parameter(row, key))
			question_int(r->question, key, value[0] == '-' ? -number : number);
		else
			question_text(r->question, key, value);
	}
	r->n_parameters = 0;
	return 0;
}

/* Only the report knows which of its parameters are numbers. */
static int put_parameters(struct report *r)
{
	_cleanup_(row_deinit) struct row end = {};
	struct question *question;
	int err;

	if (r->n_parameters == 0)
		return 0;
	question = question_new("query", "queries");
	if (!question)
		return -ENOMEM;
	err = link_ask(&r->link, question, on_query, r, &end);
	question_free(question);
	/* An unknown report: asking it will say so. */
	return err;
}

static int ask_all(struct report *r)
{
	int err;

	for (;;) {
		_cleanup_(row_deinit) struct row end = {};
		const char *cursor;

		err = link_ask(&r->link, r->question, printer_row, &r->printer, &end);
		if (err == 0)
			err = printer_end(&r->printer, &end);
		if (err != 0)
			return err;
		cursor = row_text(&end, "cursor");
		if (!cursor || !r->all) {
			err = printer_finish(&r->printer);
			if (err == 0 && cursor && !r->limited)
				say("there are more rows than these %lld; --all asks for all of them",
				    (long long) row_int(&end, "rows", 0));
			return err;
		}
		question_text(r->question, "cursor", cursor);
	}
}

/* What can be asked, and is no report: other commands ask it. */
static bool is_report(const char *name)
{
	return strcmp(name, "queries") != 0 && strcmp(name, "status") != 0 && strcmp(name, "follow") != 0 &&
		strcmp(name, "export") != 0;
}

/* A row of `queries`, for people: its lists are left out. */
static int on_listed(const char *line, size_t n, struct row *row, void *user)
{
	struct report *r = user;
	const char *name, *description;

	if (r->printer.format != FORMAT_TABLE)
		return printer_row(line, n, row, &r->printer);
	name = row_text(row, "name");
	description = row_text(row, "description");
	if (!name || !is_report(name))
		return 0;
	printf("%-24s %s", name, description ? description : "");
	for (size_t i = 0; i < row_list_length(row, "parameters"); i++) {
		_cleanup_(row_deinit) struct row parameter = {};
		const char *own;

		if (row_list_row(row, "parameters", i, &parameter) != 0)
			continue;
		own = row_text(&parameter, "name");
		printf("%s%s=", i > 0 ? " " : " (", own ? own : "");
	}
	puts(row_list_length(row, "parameters") > 0 ? ")" : "");
	return 0;
}

static int list(struct report *r)
{
	_cleanup_(row_deinit) struct row end = {};
	struct question *question = question_new("query", "queries");
	int err;

	if (!question)
		return -ENOMEM;
	err = link_ask(&r->link, question, on_listed, r, &end);
	question_free(question);
	if (err != 0 || r->printer.format == FORMAT_TABLE)
		return err;
	err = printer_end(&r->printer, &end);
	return err != 0 ? err : printer_finish(&r->printer);
}

static int answer(struct report *r)
{
	int err = link_open(&r->link, r->cli, "query.sock"), closed;

	if (err == 0)
		err = put_parameters(r);
	if (err == 0) {
		pager_open(r->cli);
		err = r->name ? ask_all(r) : list(r);
		if (pager_output_lost())
			err = 0;
	}
	closed = pager_close();
	if (err == 0)
		return closed;
	if (err == -EINVAL && r->printer.only)
		return EXIT_CANNOT;	/* said where it was found */
	link_complain(r->cli, "query.sock", err);
	return EXIT_CANNOT;
}

static int run(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		CLI_OPTIONS,
		{ "since", required_argument, NULL, 'S' },
		{ "until", required_argument, NULL, 'U' },
		{ "by", required_argument, NULL, 'b' },
		{ "where", required_argument, NULL, 'w' },
		{ "app", required_argument, NULL, 'a' },
		{ "limit", required_argument, NULL, 'n' },
		{ "all", no_argument, NULL, OPTION_ALL },
		{ "columns", required_argument, NULL, 'c' },
		{ "output", required_argument, NULL, 'o' },
		{}
	};
	_cleanup_(report_deinit) struct report r = { .cli = cli, .link.fd = -1 };
	int option, code;

	r.question = question_new("query", "");
	if (!r.question) {
		say("out of memory");
		return EXIT_CANNOT;
	}
	while ((option = getopt_long(argc, argv, "S:U:b:w:a:n:c:o:", options, NULL)) != -1) {
		code = take_option(&r, option);
		if (code != CLI_GO_ON)
			return code;
	}
	if (r.printer.only && r.printer.format != FORMAT_TABLE && r.printer.format != FORMAT_CSV)
		return cli_usage_error(&command_report, "--columns is for tables and CSV");
	if (r.all && r.limited)
		return cli_usage_error(&command_report, "--all and --limit exclude each other");
	if (optind < argc && strcmp(argv[optind], "list") != 0) {
		r.name = argv[optind];
		question_text(r.question, "query", r.name);
	}
	r.parameters = argv + MIN_OF(optind + 1, argc);
	r.n_parameters = r.name ? argc - optind - 1 : 0;
	if (!r.name && optind + 1 < argc)
		return cli_usage_error(&command_report, "'list' takes nothing behind it");
	if (r.name && strcmp(r.name, "export") == 0)
		return cli_usage_error(&command_report, "'export' is no report: see 'callmeter export'");
	if (r.name && strcmp(r.name, "follow") == 0)
		return cli_usage_error(&command_report, "'follow' never ends: see 'callmeter follow'");
	for (int i = 0; i < r.n_parameters; i++) {
		if (!split(r.parameters[i]))
			return cli_usage_error(&command_report, "a parameter is KEY=VALUE, not '%s'", r.parameters[i]);
	}
	return answer(&r);
}

const struct command command_report = {
	.name = "report",
	.summary = "ask for a report, as joins or join-failures",
	.help = help,
	.run = run,
};
