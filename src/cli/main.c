/* callmeter: the command people use. Picks the subcommand; each has a file of its own. */

#include "cli/cli.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/safe.h"

static const struct command *const commands[] = {
	&command_send,
	&command_report,
	&command_attempt,
	&command_follow,
	&command_status,
	&command_export,
	&command_quarantine,
};

static const char help_head[] =
	"Record and look up how calls went.\n"
	"\n"
	"  callmeter send events.ndjson              hand over a file of events\n"
	"  callmeter report joins --since -1h        how joining went in the last hour\n"
	"  callmeter report joins --since -1d --by sfu_id\n"
	"  callmeter attempt 7d1c2b3a                one join attempt, stage by stage\n"
	"  callmeter follow                          events as they are stored\n"
	"\n"
	"Usage: callmeter [OPTION...] COMMAND ...\n"
	"\n"
	"Commands:\n";

static const char help_tail[] =
	"\n"
	"Options, before the command or behind it:\n"
	"      --runtime-dir=DIR  where the recorder's sockets are (/run/callmeter)\n"
	"      --no-pager         never page what is longer than the terminal\n"
	"      --help             this, or with a command its own help\n"
	"      --version          the version\n"
	"\n"
	"Environment: CALLMETER_RUNTIME_DIR, CALLMETER_PAGER, PAGER, NO_COLOR.\n"
	"Exit codes: 0 done; 1 done, but something was rejected or not found; 2 could not;\n"
	"3 (status) the recorder is not running. See callmeter(1).\n";

static void vsay(const char *fmt, va_list ap) _printf_(1, 0);

static void vsay(const char *fmt, va_list ap)
{
	char text[4096];

	(void) vsnprintf(text, sizeof(text), fmt, ap);
	fputs("callmeter: ", stderr);
	safe_print(stderr, text);
	fputc('\n', stderr);
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
}

int cli_usage_error(const struct command *command, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
	fprintf(stderr, "Try 'callmeter %s%s--help'.\n", command ? command->name : "", command ? " " : "");
	return EXIT_CANNOT;
}

static void print_help(const struct command *command)
{
	if (command) {
		fputs(command->help, stdout);
		return;
	}
	fputs(help_head, stdout);
	for (size_t i = 0; i < N_ELEMENTS(commands); i++)
		printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
	fputs(help_tail, stdout);
}

int cli_option(struct cli *cli, const struct command *command, int option)
{
	switch (option) {
	case OPTION_RUNTIME_DIR:
		cli->runtime_dir = optarg;
		return CLI_GO_ON;
	case OPTION_NO_PAGER:
		cli->pager = false;
		return CLI_GO_ON;
	case OPTION_HELP:
		print_help(command);
		return EXIT_OK;
	case OPTION_VERSION:
		puts(PACKAGE_STRING);
		return EXIT_OK;
	default:	/* getopt has said what is wrong */
		fprintf(stderr, "Try 'callmeter %s%s--help'.\n", command ? command->name : "",
			command ? " " : "");
		return EXIT_CANNOT;
	}
}

int64_t cli_number(const char *text)
{
	long long x;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return -1;
	x = strtoll(text, &end, 10);
	return *end == '\0' ? (int64_t) x : -1;
}

int64_t cli_seconds_ms(const char *text)
{
	char *end;
	double x = strtod(text, &end);

	if (end == text || (*end != '\0' && strcmp(end, "s") != 0) || !(x >= 0 && x < 1e9))
		return -1;
	return (int64_t) (x * 1000);
}

static int terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	int64_t n = columns ? cli_number(columns) : -1;
	struct winsize size;

	if (n >= 20 && n <= 1000)
		return (int) n;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
		return size.ws_col;
	return 80;
}

static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return (!no_color || no_color[0] == '\0') && term && strcmp(term, "dumb") != 0;
}

/* Text is UTF-8 whatever the locale; only a locale that knows it can tell how wide it is. */
static bool set_locale(void)
{
	if (!setlocale(LC_ALL, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		return false;
	(void) setlocale(LC_NUMERIC, "C");
	return true;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { CLI_OPTIONS, {} };
	const char *runtime_dir = getenv("CALLMETER_RUNTIME_DIR");
	struct cli cli = {
		.runtime_dir = runtime_dir && runtime_dir[0] ? runtime_dir : CALLMETER_RUNDIR,
		.pager = true,
		.utf8 = set_locale(),
		.width = terminal_width(),
		.terminal = isatty(STDOUT_FILENO),
	};
	int option, r;

	cli.colour = cli.terminal && wants_colour();
	(void) signal(SIGPIPE, SIG_IGN);	/* a reader that left is seen when writing fails */
	argv[0] = (char []) { "callmeter" };	/* what getopt says begins with it */
	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		r = cli_option(&cli, NULL, option);
		if (r != CLI_GO_ON)
			return r;
	}
	if (optind >= argc)
		return cli_usage_error(NULL, "what is to be done? Name a command");
	for (size_t i = 0; i < N_ELEMENTS(commands); i++) {
		char **rest = argv + optind;

		if (strcmp(commands[i]->name, rest[0]) != 0)
			continue;
		argc -= optind;
		rest[0] = argv[0];
		optind = 0;	/* glibc: begin anew */
		return commands[i]->run(&cli, argc, rest);
	}
	if (strcmp(argv[optind], "help") == 0) {
		print_help(NULL);
		return EXIT_OK;
	}
	return cli_usage_error(NULL, "there is no command '%s'", argv[optind]);
}
