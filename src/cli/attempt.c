/* callmeter attempt: one join attempt, what became of it and its stages. */

#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/link.h"
#include "cli/pager.h"
#include "cli/printer.h"
#include "cli/safe.h"
#include "cli/waterfall.h"

static const char help[] =
	"Look up one join attempt.\n"
	"\n"
	"  callmeter attempt 7d1c2b3a-0001-4aaa-8bbb-000000000001\n"
	"  callmeter attempt 7d1c2b3a                a beginning that fits one attempt only\n"
	"  callmeter attempt 7d1c2b3a --events       every event of it, in order\n"
	"\n"
	"Usage: callmeter attempt [OPTION...] ID\n"
	"\n"
	"      --events           its events instead of its stages\n"
	"  -a, --app=APP          of this app\n"
	"  -o, --output=FORMAT    text or json; with --events table, json, ndjson or csv\n"
	"      --runtime-dir=DIR  where the recorder's sockets are\n"
	"      --no-pager         never page\n"
	"      --help, --version\n"
	"\n"
	"Exit code 1: there is no such attempt.\n";

enum { OPTION_EVENTS = OPTION_FIRST_OWN };

enum { LOOK_E_NONE = 100 };	/* beside LINK_E_*: no one attempt, which is told already */

struct look {
	struct cli *cli;
	struct link link;
	const char *id;
	const char *app;	/* NULL: any */
	const char *output;	/* NULL: the default */
	bool events;
	struct printer attempts;	/* used as plain lists of rows */
	struct printer stages;
};

static void look_deinit(struct look *l)
{
	link_close(&l->link);
	printer_deinit(&l->attempts);
	printer_deinit(&l->stages);
}

static int ask_about(struct look *l, const char *query, const char *id, struct printer *p)
{
	_cleanup_(row_deinit) struct row end = {};
	struct question *question = question_new("query", query);
	int r;

	if (!question)
		return -ENOMEM;
	question_text(question, "id", id);
	if (l->app)
		question_text(question, "app", l->app);
	r = link_ask(&l->link, question, printer_row, p, &end);
	question_free(question);
	return r == 0 ? printer_end(p, &end) : r;
}

/* One attempt and no other. */
static int find_attempt(struct look *l)
{
	int r = ask_about(l, "attempts", l->id, &l->attempts);

	if (r != 0)
		return r;
	if (l->attempts.n_rows == 0) {
		say("there is no join attempt '%s'%s%s", l->id, l->app ? " of the app " : "", l->app ? l->app : "");
		return LOOK_E_NONE;
	}
	if (l->attempts.n_rows == 1)
		return 0;
	say("more than one join attempt fits '%s':", l->id);
	for (size_t i = 0; i < l->attempts.n_rows && i < 10; i++) {
		const char *id = row_text(&l->attempts.rows[i], "join_attempt_id");
		const char *app = row_text(&l->attempts.rows[i], "app");

		say("  %s of the app %s", id ? id : "", app ? app : "");
	}
	return LOOK_E_NONE;
}

static void print_text(const char *label, const char *text)
{
	if (!text || text[0] == '\0')
		return;
	printf("%-13s ", label);
	safe_print(stdout, text);
	putchar('\n');
}

/* Two values on a line, those that are there. */
static void print_pair(const struct row *a, const char *label, const char *first, const char *between,
		       const char *second)
{
	const char *x = row_text(a, first), *y = row_text(a, second);
	char text[1024];

	(void) snprintf(text, sizeof(text), "%s%s%s", x ? x : "", x && y ? between : "", y ? y : "");
	print_text(label, text);
}

static void print_ms(const struct row *a, const char *label, const char *key)
{
	int64_t ms = row_int(a, key, -1);

	if (ms >= 0)
		printf("%-13s %lld ms\n", label, (long long) ms);
}

static void print_outcome(const struct cli *cli, const char *outcome)
{
	const char *colour = !cli->colour ? NULL :
		strcmp(outcome, "joined") == 0 ? "\033[1;32m" :
		strcmp(outcome, "failed") == 0 || strcmp(outcome, "abandoned") == 0 ? "\033[1;31m" : "\033[1;33m";

	printf("%-13s %s", "outcome", colour ? colour : "");
	safe_print(stdout, outcome);
	puts(colour ? "\033[0m" : "");
}

static void print_heading(const struct cli *cli, const struct row *a)
{
	const char *outcome = row_text(a, "outcome");

	print_text("attempt", row_text(a, "join_attempt_id"));
	print_outcome(cli, outcome ? outcome : "unknown");
	print_pair(a, "failed stage", "failed_stage", " ", "failed_peer_connection");
	print_text("code", row_text(a, "failure_code"));
	print_text("reason", row_text(a, "failure_reason"));
	print_pair(a, "user", "user_id", " of the app ", "app");
	print_pair(a, "call", "call_type", ":", "call_id");
	print_text("session", row_text(a, "call_session_id"));
	print_pair(a, "SDK", "sdk", " ", "sdk_version");
	print_text("SFU", row_text(a, "sfu_id"));
	print_text("join reason", row_text(a, "join_reason"));
	print_text("started", row_text(a, "started"));
	print_ms(a, "joined after", "time_to_join_ms");
	print_ms(a, "first audio", "time_to_first_audio_ms");
	print_ms(a, "first video", "time_to_first_video_ms");
}

static void print_json(const struct look *l)
{
	const struct row *attempt = &l->attempts.rows[0];

	printf("{\"attempt\":%s,\"stages\":[", row_json(attempt));
	for (size_t i = 0; i < l->stages.n_rows; i++)
		printf("%s%s", i > 0 ? "," : "", row_json(&l->stages.rows[i]));
	puts("]}");
}

static int show_stages(struct look *l)
{
	const struct row *attempt = &l->attempts.rows[0];
	const char *id = row_text(attempt, "join_attempt_id"), *app = row_text(attempt, "app");
	int r;

	if (!l->app)
		l->app = app;
	r = ask_about(l, "attempt-stages", id ? id : l->id, &l->stages);
	if (r != 0)
		return r;
	pager_open(l->cli);
	if (l->output && strcmp(l->output, "json") == 0) {
		print_json(l);
		return 0;
	}
	print_heading(l->cli, attempt);
	if (l->stages.n_rows > 0) {
		putchar('\n');
		waterfall_print(l->cli, l->stages.rows, l->stages.n_rows);
	}
	return 0;
}

static int show_events(struct look *l)
{
	const char *id = row_text(&l->attempts.rows[0], "join_attempt_id");
	const char *app = row_text(&l->attempts.rows[0], "app");
	int r;

	if (!l->app)
		l->app = app;
	(void) format_from_name(l->output ? l->output : "table", &l->stages.format);
	pager_open(l->cli);
	r = ask_about(l, "attempt", id ? id : l->id, &l->stages);
	return r == 0 ? printer_finish(&l->stages) : r;
}

static int look_up(struct look *l)
{
	int r = link_open(&l->link, l->cli, "query.sock"), closed;

	if (r == 0)
		r = find_attempt(l);
	if (r == 0)
		r = l->events ? show_events(l) : show_stages(l);
	if (pager_output_lost())
		r = 0;
	closed = pager_close();
	if (r == 0)
		return closed;
	if (r == LOOK_E_NONE)
		return EXIT_NO;
	link_complain(l->cli, "query.sock", r);
	return EXIT_CANNOT;
}

static int run(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		CLI_OPTIONS,
		{ "events", no_argument, NULL, OPTION_EVENTS },
		{ "app", required_argument, NULL, 'a' },
		{ "output", required_argument, NULL, 'o' },
		{}
	};
	_cleanup_(look_deinit) struct look l = { .cli = cli, .link.fd = -1 };
	enum format format;
	int option, code;

	while ((option = getopt_long(argc, argv, "a:o:", options, NULL)) != -1) {
		switch (option) {
		case 'a':
			l.app = optarg;
			break;
		case 'o':
			l.output = optarg;
			break;
		case OPTION_EVENTS:
			l.events = true;
			break;
		default:
			code = cli_option(cli, &command_attempt, option);
			if (code != CLI_GO_ON)
				return code;
		}
	}
	if (l.output && l.events && format_from_name(l.output, &format) < 0)
		return cli_usage_error(&command_attempt, "--output takes table, json, ndjson or csv, not '%s'", l.output);
	if (l.output && !l.events && strcmp(l.output, "text") != 0 && strcmp(l.output, "json") != 0)
		return cli_usage_error(&command_attempt, "--output takes text or json, not '%s'", l.output);
	if (optind + 1 != argc)
		return cli_usage_error(&command_attempt, "name one join attempt");
	l.id = argv[optind];
	return look_up(&l);
}

const struct command command_attempt = {
	.name = "attempt",
	.summary = "look up one join attempt, stage by stage",
	.help = help,
	.run = run,
};
