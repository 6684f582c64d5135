#pragma once

/*
 * The callmeter command: what its subcommands share.
 *
 * Data goes to standard output, everything said to the user to standard error.
 */

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/macros.h"

enum {
	EXIT_OK = 0,
	EXIT_NO = 1,	/* done, and the answer is no: an event rejected, no such attempt */
	EXIT_CANNOT = 2,	/* could not, or not understood */
	EXIT_NOT_RUNNING = 3,	/* status: the recorder does not answer */
};

struct cli {
	const char *runtime_dir;	/* borrowed from the arguments or the environment; never NULL */
	bool pager;			/* wanted, should standard output be a terminal */
	bool terminal;			/* standard output is one */
	bool colour;			/* standard output takes it */
	bool utf8;			/* the locale does */
	int width;			/* columns of the terminal, or of an imagined one */
};

struct command {
	const char *name;
	const char *summary;	/* for the list of commands */
	const char *help;
	int (*run)(struct cli *cli, int argc, char **argv);	/* argv[0] is the name; returns the exit code */
};

extern const struct command command_send, command_report, command_attempt, command_follow, command_status,
	command_export, command_quarantine;

/* The options that every subcommand takes; give each one that getopt_long() returns to cli_option(). */
enum {
	OPTION_RUNTIME_DIR = 1000,
	OPTION_NO_PAGER,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_FIRST_OWN = 2000,
};

#define CLI_OPTIONS \
	{ "runtime-dir", required_argument, NULL, OPTION_RUNTIME_DIR }, \
	{ "no-pager", no_argument, NULL, OPTION_NO_PAGER }, \
	{ "help", no_argument, NULL, OPTION_HELP }, \
	{ "version", no_argument, NULL, OPTION_VERSION }

enum { CLI_GO_ON = -1 };

/*
 * Deal with @option of @command (NULL: of callmeter itself). Returns CLI_GO_ON,
 * or the exit code with which to leave.
 */
int cli_option(struct cli *cli, const struct command *command, int option);

/* Say what is wrong with the arguments, and where help is. Returns EXIT_CANNOT. */
int cli_usage_error(const struct command *command, const char *fmt, ...) _printf_(2, 3);

/* A message for the user, one line, "callmeter: " before it. What would steer a terminal is taken out. */
void say(const char *fmt, ...) _printf_(1, 2);

/* Seconds as a decimal, to ms; -1 if it is none. */
int64_t cli_seconds_ms(const char *text);

/* A whole number from 0 up; -1 if it is none. */
int64_t cli_number(const char *text);
