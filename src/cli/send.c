/*
 * callmeter send: hands documents to the recorder, and tells what became of each.
 *
 * Reads, sends and takes answers in one loop over poll(), so that a file larger
 * than memory goes through and a slow pipe is acknowledged as it comes.
 */

#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <callmeter.h>

#include "cli/link.h"
#include "cli/places.h"
#include "cli/progress.h"
#include "util/clock.h"
#include "wire/documents.h"
#include "wire/rows.h"

enum {
	READ_BYTES = 64 * 1024,
	TIMEOUT_MS = 30 * 1000,
	CONNECT_AGAIN_MS = 50,
	OPTION_STRICT = OPTION_FIRST_OWN,
};

static const char help[] =
	"Hand events to the recorder, and wait until they are on disk.\n"
	"\n"
	"  callmeter send events.ndjson\n"
	"  callmeter send --app webshop day1.json day2.json\n"
	"  tail -F /var/log/app/calls.ndjson | callmeter send\n"
	"  echo '{\"stage\":\"JoinInitiated\",...}' | callmeter send --source stream\n"
	"\n"
	"Usage: callmeter send [OPTION...] [FILE...]\n"
	"\n"
	"A FILE holds JSON: a document a line, documents one after another, or an array of\n"
	"them. '-', or no FILE at all, is standard input.\n"
	"\n"
	"  -s, --source=SOURCE    what it is, where it does not say so itself: stream, ivs,\n"
	"                         hrtc, spaces or realtimekit\n"
	"  -a, --app=APP          whose events they are (else the recorder goes by the user)\n"
	"      --strict           a flagged event is a failure too\n"
	"  -t, --timeout=SECONDS  how long the recorder may be busy or silent (30)\n"
	"  -q, --quiet            print rejected events only\n"
	"      --runtime-dir=DIR  where the recorder's sockets are\n"
	"      --help, --version\n"
	"\n"
	"Exit code 0: all is stored; 1: something was rejected, or flagged with --strict;\n"
	"2: it could not be done. To send again what was not acknowledged is harmless.\n";

struct send {
	struct cli *cli;
	const char *source, *app;	/* NULL: not told */
	bool strict, quiet;
	int64_t timeout_ms;

	struct callmeter_client *client;	/* owned */
	struct documents documents;
	struct places places;		/* of the lines not acknowledged yet */
	struct progress progress;

	char **files;			/* borrowed from the arguments */
	int n_files;
	int file;			/* index of the one being read */
	int fd;				/* of it; -1: none is open */
	bool at_end;			/* of the file in hand */

	const char *line;		/* a document the window had no room for; borrowed from documents */
	size_t n_line;
	uint64_t line_no;

	int64_t heard_us;		/* monotonic: when the recorder last made a step, or was last waited for */
	bool busy;
	struct callmeter_answer ack;	/* the latest */
	bool sent;			/* a document, and not the hello alone */
	uint64_t n_refused;		/* documents not even sent */
	bool failed;			/* a file could not be read, or seems cut off */
};

static void send_deinit(struct send *s)
{
	callmeter_client_close(s->client);
	documents_deinit(&s->documents);
	places_deinit(&s->places);
	if (s->fd > STDIN_FILENO)
		(void) close(s->fd);
}

static const char *file_name(const struct send *s, int file)
{
	return file < s->n_files && strcmp(s->files[file], "-") != 0 ? s->files[file] : "stdin";
}

/* "file:line", and which event of it, where a line holds several. */
static void say_about(struct send *s, uint64_t line, uint64_t event, const char *what)
{
	struct place place;

	progress_clear(&s->progress);
	if (!places_find(&s->places, line, &place))
		say("line %" PRIu64 " sent: %s", line, what);
	else if (event > 0)
		say("%s:%" PRIu64 ": event %" PRIu64 ": %s", file_name(s, place.file), place.line_no, event, what);
	else
		say("%s:%" PRIu64 ": %s", file_name(s, place.file), place.line_no, what);
}

/* The text of a verdict; why it was rejected, or which rules it breaks. */
static void tell_verdict(struct send *s, const struct callmeter_answer *answer)
{
	_cleanup_(row_deinit) struct row row = {};
	char text[2048];
	size_t n = 0;

	if (row_read(answer->text, answer->n_text, &row) != 0)
		return;
	if (answer->kind == CALLMETER_ANSWER_REJECTED) {
		const char *field = row_text(&row, "field"), *message = row_text(&row, "message");

		if (!message)
			message = "no reason told";
		if (field && strstr(message, field))	/* it names the field itself */
			field = NULL;
		(void) snprintf(text, sizeof(text), "rejected: %s%s%s (%s)", field ? field : "", field ? ": " : "",
				message, answer->code);
		say_about(s, answer->line, answer->event, text);
		return;
	}
	for (size_t i = 0; i < row_list_length(&row, "violations") && n < sizeof(text); i++) {
		_cleanup_(row_deinit) struct row violation = {};
		const char *field, *rule;

		if (row_list_row(&row, "violations", i, &violation) != 0)
			continue;
		field = row_text(&violation, "field");
		rule = row_text(&violation, "rule");
		n += (size_t) snprintf(text + n, sizeof(text) - n, "%s %s %s", n == 0 ? "flagged:" : ",",
				       field ? field : "?", rule ? rule : "?");
	}
	say_about(s, answer->line, answer->event, n > 0 ? text : "flagged");
}

static void tell_busy(struct send *s, const struct callmeter_answer *answer)
{
	bool closes = strcmp(answer->code, "too-many-connections") == 0;	/* nothing to wait for */
	_cleanup_(row_deinit) struct row row = {}, busy = {};
	const char *message = NULL;

	if (row_read(answer->text, answer->n_text, &row) == 0 && row_inside(&row, "busy", &busy) == 0)
		message = row_text(&busy, "message");
	progress_clear(&s->progress);
	say("the recorder is busy (%s)%s%s%s", answer->code, closes ? "" : ", waiting for it", message ? ": " : "",
	    message ? message : "");
}

static void on_answer(struct send *s, const struct callmeter_answer *answer)
{
	switch (answer->kind) {
	case CALLMETER_ANSWER_ACK:
		s->ack = *answer;
		places_acked(&s->places, answer->lines);
		s->progress.n_lines = answer->lines;
		s->busy = false;
		break;
	case CALLMETER_ANSWER_FLAGGED:
		if (!s->quiet || s->strict)
			tell_verdict(s, answer);
		break;
	case CALLMETER_ANSWER_REJECTED:
		tell_verdict(s, answer);
		break;
	case CALLMETER_ANSWER_BUSY:
		if (!s->busy)
			tell_busy(s, answer);
		s->busy = true;
		return;	/* no step forward */
	case CALLMETER_ANSWER_OTHER:
	default:
		break;
	}
	s->heard_us = clock_mono_us();
}

static int take_answers(struct send *s)
{
	const struct callmeter_answer *answer;
	int r;

	while ((r = callmeter_client_next(s->client, &answer)) > 0)
		on_answer(s, answer);
	return r;
}

/* Open the next file. A file that cannot be read is told and left out. Returns whether there is one. */
static bool open_next(struct send *s)
{
	for (; s->fd < 0 && s->file < s->n_files; s->file++) {
		struct stat st;

		if (strcmp(s->files[s->file], "-") == 0)
			s->fd = STDIN_FILENO;
		else
			s->fd = open(s->files[s->file], O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (s->fd < 0 || fstat(s->fd, &st) < 0 || S_ISDIR(st.st_mode)) {
			progress_clear(&s->progress);
			say("%s: %s", s->files[s->file], s->fd < 0 ? strerror(errno) : "cannot be read");
			s->failed = true;
			if (s->fd > STDIN_FILENO)
				(void) close(s->fd);
			s->fd = -1;
			continue;
		}
		s->progress.n_bytes = 0;
		s->progress.n_all_bytes = S_ISREG(st.st_mode) ? (uint64_t) st.st_size : 0;
		s->at_end = false;
		documents_deinit(&s->documents);
		documents_init(&s->documents);
		return true;
	}
	return s->fd >= 0;
}

static void close_file(struct send *s)
{
	if (documents_unclosed(&s->documents)) {
		progress_clear(&s->progress);
		say("%s: ends inside an array: it may be cut off", file_name(s, s->file));
		s->failed = true;
	}
	if (s->fd > STDIN_FILENO)
		(void) close(s->fd);
	s->fd = -1;
	s->file++;
}

/* Read a chunk. Returns 0 or -ENOMEM. */
static int read_file(struct send *s)
{
	char chunk[READ_BYTES];
	ssize_t n = read(s->fd, chunk, sizeof(chunk));

	if (n > 0) {
		s->progress.n_bytes += (uint64_t) n;
		return documents_feed(&s->documents, chunk, (size_t) n);
	}
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n < 0) {
		progress_clear(&s->progress);
		say("%s: %s", file_name(s, s->file), strerror(errno));
		s->failed = true;
	}
	s->at_end = true;
	return 0;
}

/* Send the document in hand. Returns 0, -EAGAIN when there is no room for it now, or another errno. */
static int send_line(struct send *s)
{
	int r = places_full(&s->places) ? -EAGAIN : callmeter_client_send(s->client, s->line, s->n_line);

	if (r < 0)
		return r;
	/* The wait for its ack begins now, if none was waited for. */
	if (callmeter_client_sent_lines(s->client) == s->ack.lines + 1)
		s->heard_us = clock_mono_us();
	s->line = NULL;
	s->sent = true;
	places_add(&s->places, callmeter_client_sent_lines(s->client),
		   (struct place) { .file = s->file, .line_no = s->line_no });
	return 0;
}

/*
 * Send what is held of the files. Returns 0 once more must be read first (or, with
 * no file left, all is sent), -EAGAIN when the recorder must take some first.
 */
static int send_documents(struct send *s)
{
	int r;

	while (s->fd >= 0) {
		if (s->line) {
			r = send_line(s);
			if (r < 0)
				return r;
		}
		r = documents_next(&s->documents, s->at_end, &s->line, &s->n_line, &s->line_no);
		if (r < 0)
			return r;
		if (r == DOCUMENTS_E_TOO_LONG) {
			progress_clear(&s->progress);
			say("%s:%" PRIu64 ": rejected: longer than %d KiB, not sent (line-too-long)",
			    file_name(s, s->file), s->line_no, CALLMETER_MAX_LINE_BYTES / 1024);
			s->n_refused++;
		} else if (r == DOCUMENTS_E_PENDING) {
			if (!s->at_end)
				return 0;
			close_file(s);
			(void) open_next(s);
			return 0;
		}
	}
	return 0;
}

static bool awaits_ack(const struct send *s)
{
	return s->ack.lines < callmeter_client_sent_lines(s->client);
}

/* Wait for the recorder, and, if @input, for the file. Returns 0 or a negative errno. */
static int wait_for(struct send *s, bool input, bool *ret_readable)
{
	struct pollfd pollfds[2] = {
		{ .fd = callmeter_client_fd(s->client), .events = callmeter_client_poll_events(s->client) },
		{ .fd = input ? s->fd : -1, .events = POLLIN },
	};
	int64_t left_ms = -1;

	if (awaits_ack(s)) {
		left_ms = s->timeout_ms - (clock_mono_us() - s->heard_us) / 1000;
		if (left_ms <= 0)
			return -ETIMEDOUT;
		if (s->progress.on)
			left_ms = MIN_OF(left_ms, 200);
	}
	if (poll(pollfds, 2, (int) left_ms) < 0 && errno != EINTR)
		return -errno;
	*ret_readable = (pollfds[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
	return 0;
}

/* Everything: read, send, take answers, until all is acknowledged. Returns 0 or a negative errno. */
static int send_all(struct send *s)
{
	int r = 0, answered;

	(void) open_next(s);
	for (;;) {
		bool readable = false;

		r = send_documents(s);
		/* A recorder that closed has said why: its last answers come first. */
		answered = take_answers(s);
		if (answered < 0)
			return answered;
		if (r < 0 && r != -EAGAIN)
			return r;
		progress_draw(&s->progress);
		if (s->fd < 0 && !awaits_ack(s))
			return 0;
		r = wait_for(s, s->fd >= 0 && r == 0 && !s->at_end, &readable);
		if (r < 0)
			return r;
		if (readable)
			r = read_file(s);
		if (r < 0)
			return r;
	}
}

/* Connect; the listener's queue may be full for a moment. */
static int connect_client(struct send *s)
{
	const struct timespec pause = { .tv_nsec = CONNECT_AGAIN_MS * 1000000L };
	int64_t until_us = clock_mono_us() + s->timeout_ms * 1000;
	int r;

	while ((r = callmeter_client_open(s->cli->runtime_dir, &s->client)) == -EAGAIN &&
	       clock_mono_us() < until_us)
		(void) nanosleep(&pause, NULL);
	if (r == 0 && (s->source || s->app))
		r = callmeter_client_hello(s->client, s->source, s->app);
	s->heard_us = clock_mono_us();
	return r;
}

static void tell_failure(struct send *s, int error)
{
	uint64_t n_sent = s->client ? callmeter_client_sent_lines(s->client) : 0;
	struct place place;

	progress_clear(&s->progress);
	if (!s->client) {
		link_complain(s->cli, "ingest.sock", error);
		return;
	}
	if (error == -EPIPE)
		say("the recorder closed the connection");
	else if (error == -ETIMEDOUT)
		say("the recorder %s for more than %" PRId64 " s", s->busy ? "has been busy" : "has said nothing",
		    s->timeout_ms / 1000);
	else
		say("sending failed: %s", strerror(-error));
	if (places_first(&s->places, &place))
		say("not acknowledged from %s:%" PRIu64 " on; to send that again is harmless",
		    file_name(s, place.file), place.line_no);
	else if (!s->sent)
		say("nothing was sent");
	else if (n_sent == s->ack.lines)
		say("all that was sent is acknowledged");
}

static void tell_summary(struct send *s)
{
	const struct callmeter_answer *a = &s->ack;

	progress_clear(&s->progress);
	say("%" PRIu64 " stored (%" PRIu64 " of them flagged), %" PRIu64 " known already, %" PRIu64 " rejected",
	    a->stored, a->flagged, a->duplicate, a->rejected + s->n_refused);
	if (a->untold > 0)
		say("%" PRIu64 " of the verdicts are not listed here; see: callmeter quarantine list", a->untold);
}

static int send_and_tell(struct send *s)
{
	int r = connect_client(s);

	if (r == 0)
		r = send_all(s);
	if (r < 0)
		tell_failure(s, r);
	if (s->client && !s->quiet)
		tell_summary(s);
	if (r < 0)
		return EXIT_CANNOT;
	if (s->failed)
		return EXIT_CANNOT;
	if (s->ack.rejected + s->n_refused > 0 || (s->strict && s->ack.flagged > 0))
		return EXIT_NO;
	return EXIT_OK;
}

static int run(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		CLI_OPTIONS,
		{ "source", required_argument, NULL, 's' },
		{ "app", required_argument, NULL, 'a' },
		{ "strict", no_argument, NULL, OPTION_STRICT },
		{ "timeout", required_argument, NULL, 't' },
		{ "quiet", no_argument, NULL, 'q' },
		{}
	};
	static char stdin_name[] = "-", *stdin_only[] = { stdin_name, NULL };
	_cleanup_(send_deinit) struct send s = { .cli = cli, .timeout_ms = TIMEOUT_MS, .fd = -1 };
	int option, code;

	while ((option = getopt_long(argc, argv, "s:a:t:q", options, NULL)) != -1) {
		switch (option) {
		case 's':
			s.source = optarg;
			break;
		case 'a':
			s.app = optarg;
			break;
		case 't':
			s.timeout_ms = cli_seconds_ms(optarg);
			if (s.timeout_ms < 0)
				return cli_usage_error(&command_send, "--timeout takes seconds, not '%s'", optarg);
			break;
		case 'q':
			s.quiet = true;
			break;
		case OPTION_STRICT:
			s.strict = true;
			break;
		default:
			code = cli_option(cli, &command_send, option);
			if (code != CLI_GO_ON)
				return code;
		}
	}
	s.files = optind < argc ? argv + optind : stdin_only;
	s.n_files = optind < argc ? argc - optind : 1;
	documents_init(&s.documents);
	progress_init(&s.progress, !s.quiet, "lines stored");
	return send_and_tell(&s);
}

const struct command command_send = {
	.name = "send",
	.summary = "hand over events, and wait until they are on disk",
	.help = help,
	.run = run,
};
