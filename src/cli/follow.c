/* callmeter follow: events as they are stored, without a gap over a lost connection. */

#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/link.h"
#include "cli/pager.h"
#include "cli/safe.h"

static const char help[] =
	"Print events as they are stored, until interrupted.\n"
	"\n"
	"  callmeter follow\n"
	"  callmeter follow --app webshop --where call_type=livestream\n"
	"  callmeter follow -o ndjson | jq .stage\n"
	"\n"
	"Usage: callmeter follow [OPTION...]\n"
	"\n"
	"  -a, --app=APP          only what belongs to this app\n"
	"  -w, --where=KEY=VALUE  only where it is so; once for each condition\n"
	"  -c, --cursor=CURSOR    begin behind this event, not with what comes next\n"
	"  -o, --output=FORMAT    text, a line an event; or ndjson\n"
	"      --runtime-dir=DIR  where the recorder's sockets are\n"
	"      --help, --version\n"
	"\n"
	"After a lost connection it goes on behind the last event it printed.\n";

struct follow {
	struct cli *cli;
	struct question *question;	/* owned */
	char *cursor;		/* owned; NULL: begin with what comes next */
	bool ndjson;
	bool connected;		/* at least once */
	bool following;		/* an event came: the cursor was good */
	bool complained;	/* of the connection being lost */
};

static void follow_deinit(struct follow *f)
{
	question_free(f->question);
	free(f->cursor);
}

static void wait_a_second(void)
{
	struct timespec left = { .tv_sec = 1 };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

static int set_cursor(struct follow *f, const char *cursor)
{
	char *copy = strdup(cursor);

	if (!copy)
		return -ENOMEM;
	free(f->cursor);
	f->cursor = copy;
	return 0;
}

static void print_if_there(const struct row *row, const char *key, const char *before)
{
	const char *text = row_text(row, key);

	if (!text || text[0] == '\0')
		return;
	fputs(before, stdout);
	safe_print(stdout, text);
}

/* When, whose, what, and how it went; what an event does not have takes no room. */
static void print_event(const struct row *row)
{
	const char *at = row_text(row, "timestamp");

	safe_print(stdout, at ? at : "-");
	print_if_there(row, "app", "  ");
	print_if_there(row, "event", "  ");
	print_if_there(row, "outcome", " ");
	print_if_there(row, "code", " ");
	print_if_there(row, "detail", "  ");
	print_if_there(row, "user_id", "  user ");
	print_if_there(row, "call_type", "  call ");
	print_if_there(row, "call_id", row_text(row, "call_type") ? ":" : "  call ");
	print_if_there(row, "join_attempt_id", "  attempt ");
	putchar('\n');
}

static int on_event(const char *line, size_t n, struct row *row, void *user)
{
	struct follow *f = user;
	const char *cursor = row_text(row, "cursor");

	f->following = true;
	if (f->ndjson) {
		fwrite(line, 1, n, stdout);
		putchar('\n');
	} else {
		print_event(row);
	}
	if (fflush(stdout) != 0)
		return -EPIPE;
	return cursor ? set_cursor(f, cursor) : 0;
}

/* Where the record stands now, so that a connection lost before the first event leaves no gap. */
static int on_status(const char *line _unused_, size_t n _unused_, struct row *row, void *user)
{
	const char *epoch = row_text(row, "epoch"), *last = row_text(row, "last_event_id");
	char cursor[256];

	if (!epoch || !last)
		return 0;
	(void) snprintf(cursor, sizeof(cursor), "%s:%s", epoch, last);
	return set_cursor(user, cursor);
}

static int begin_now(struct follow *f, struct link *link)
{
	_cleanup_(row_deinit) struct row end = {};
	struct question *question = question_new("query", "status");
	int r;

	if (!question)
		return -ENOMEM;
	r = link_ask(link, question, on_status, f, &end);
	question_free(question);
	return r;
}

/* The epoch changed: another database, whose events this cursor cannot name. */
static bool forget_epoch(struct follow *f, const struct row *row)
{
	_cleanup_(row_deinit) struct row error = {};
	const char *code;

	if (row_inside(row, "error", &error) != 0)
		return false;
	code = row_text(&error, "code");
	if (!f->following || !code || strcmp(code, "epoch-changed") != 0)
		return false;
	say("the database was made anew; going on with what it stores from now on");
	free(f->cursor);
	f->cursor = NULL;
	return true;
}

static int read_events(struct follow *f, struct link *link)
{
	int r;

	for (;;) {
		_cleanup_(row_deinit) struct row row = {};
		const char *line;
		size_t n;

		r = link_line(link, &line, &n);
		if (r != 0)
			return r;
		r = row_read(line, n, &row);
		if (r != 0)
			return r < 0 ? r : -EBADMSG;
		if (forget_epoch(f, &row))
			return LINK_E_CLOSED;
		if (link_is_error(&row))
			return LINK_E_ANSWER;
		if (row.n_cells == 1 && row_find(&row, "end"))
			return LINK_E_CLOSED;
		r = on_event(line, n, &row, f);
		if (r != 0)
			return r;
	}
}

/* One connection's life. */
static int follow_once(struct follow *f)
{
	_cleanup_(link_close) struct link link;
	int r = link_open(&link, f->cli, "query.sock");

	if (r == 0 && !f->cursor)
		r = begin_now(f, &link);
	if (r != 0)
		return r;
	if (f->cursor)
		question_text(f->question, "cursor", f->cursor);
	r = link_send(&link, f->question);
	if (r != 0)
		return r;
	if (f->complained)
		say("connected again");
	f->complained = false;
	f->connected = true;
	link.timeout_ms = -1;
	return read_events(f, &link);
}

static int follow_on(struct follow *f)
{
	for (;;) {
		int r = follow_once(f);

		if (pager_output_lost())
			return pager_close();
		if (r == LINK_E_ANSWER)
			return EXIT_CANNOT;
		if (!f->connected || (r < 0 && r != -ECONNRESET)) {
			link_complain(f->cli, "query.sock", r);
			return EXIT_CANNOT;
		}
		if (!f->complained)
			say("the connection is lost; trying again each second");
		f->complained = true;
		wait_a_second();
	}
}

static int run(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		CLI_OPTIONS,
		{ "app", required_argument, NULL, 'a' },
		{ "where", required_argument, NULL, 'w' },
		{ "cursor", required_argument, NULL, 'c' },
		{ "output", required_argument, NULL, 'o' },
		{}
	};
	_cleanup_(follow_deinit) struct follow f = { .cli = cli, .question = question_new("query", "follow") };
	int option, code;
	char *equals;

	if (!f.question) {
		say("out of memory");
		return EXIT_CANNOT;
	}
	while ((option = getopt_long(argc, argv, "a:w:c:o:", options, NULL)) != -1) {
		switch (option) {
		case 'a':
			question_text(f.question, "app", optarg);
			break;
		case 'w':
			equals = strchr(optarg, '=');
			if (!equals || equals == optarg)
				return cli_usage_error(&command_follow, "--where takes KEY=VALUE, not '%s'", optarg);
			*equals = '\0';
			question_put(f.question, "where", optarg, equals[1] ? equals + 1 : NULL);
			break;
		case 'c':
			if (set_cursor(&f, optarg) < 0)
				return EXIT_CANNOT;
			break;
		case 'o':
			f.ndjson = strcmp(optarg, "ndjson") == 0;
			if (!f.ndjson && strcmp(optarg, "text") != 0)
				return cli_usage_error(&command_follow, "--output takes text or ndjson, not '%s'",
						       optarg);
			break;
		default:
			code = cli_option(cli, &command_follow, option);
			if (code != CLI_GO_ON)
				return code;
		}
	}
	if (optind < argc)
		return cli_usage_error(&command_follow, "nothing is expected behind the options");
	return follow_on(&f);
}

const struct command command_follow = {
	.name = "follow",
	.summary = "print events as they are stored",
	.help = help,
	.run = run,
};
