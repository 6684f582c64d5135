/*
 * callmeter-corpus: writes invented but realistic traffic, a line at a time,
 * as callmeterd's ingest socket takes it.
 */

#include "corpus.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/macros.h"

/* An event to send; its texts are borrowed. */
struct message {
	const char *json;
	size_t n;
	const char *head;	/* of the list it is sent in; NULL: it is a line of its own */
	bool batched;	/* the list holds what arrives in one instant, not so many a line */
};

/* An event on its way. */
struct pending {
	int64_t arrives_us;
	uint64_t no;	/* of two that arrive together the first made is first */
	struct message *message;	/* owned, its texts with it */
};

enum { LIST_MAX = 100 };	/* events a line */

struct corpus {
	uint64_t random;
	uint64_t n_made;
	struct pending *heap;	/* owned; earliest first */
	size_t n_heap, cap_heap;
	struct tally *tally;	/* of the vendor whose call is being made */
	bool in_time;		/* all arrive when they happen, and once */
	int64_t from_us;	/* what arrives before is not written */
	uint64_t n_left;	/* events still to be written */
	uint32_t per_line;
	/* The line that is being written. */
	uint32_t n_on_line;
	bool is_batch;
	int64_t line_us;
	struct buf line_head;	/* owned */
};

/* ------------------------------------------------------------ random numbers */

uint64_t corpus_random(struct corpus *c)
{
	uint64_t z = c->random += UINT64_C(0x9e3779b97f4a7c15);	/* splitmix64 */

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint32_t corpus_below(struct corpus *c, uint32_t n)
{
	return (uint32_t) (corpus_random(c) % n);
}

int64_t corpus_between(struct corpus *c, int64_t low, int64_t high)
{
	return low + (int64_t) (corpus_random(c) % (uint64_t) (high - low + 1));
}

bool corpus_chance(struct corpus *c, uint32_t per_mille)
{
	return corpus_below(c, 1000) < per_mille;
}

struct tally *corpus_tally(struct corpus *c)
{
	return c->tally;
}

bool corpus_in_time(const struct corpus *c)
{
	return c->in_time;
}

/* --------------------------------------------------------------- who was in */

void corpus_session(struct corpus *c, const struct stay *stays, size_t n_stays, uint32_t n_participants)
{
	struct tally *t = c->tally;

	t->sessions++;
	t->participants += n_participants;
	for (size_t i = 0; i < n_stays; i++) {
		uint64_t in = 0;

		if (stays[i].to_us != STILL_IN)
			t->stayed_us += stays[i].to_us - stays[i].from_us;
		/* Who leaves in the instant another comes does not meet him. */
		for (size_t k = 0; k < n_stays; k++)
			in += stays[k].from_us <= stays[i].from_us && stays[i].from_us < stays[k].to_us;
		t->peak = MAX_OF(t->peak, in);
	}
}

/* -------------------------------------------------------------- order, output */

static bool earlier(const struct pending *a, const struct pending *b)
{
	return a->arrives_us < b->arrives_us || (a->arrives_us == b->arrives_us && a->no < b->no);
}

/* A copy of @m and its texts, in one piece. */
static struct message *message_copy(const struct message *m)
{
	size_t n_head = m->head ? strlen(m->head) + 1 : 0;
	struct message *copy = malloc(sizeof(*copy) + m->n + n_head);
	char *texts = (char *) (copy + 1);

	if (!copy)
		abort();
	*copy = *m;
	copy->json = memcpy(texts, m->json, m->n);
	if (m->head)
		copy->head = memcpy(texts + m->n, m->head, n_head);
	return copy;
}

static void heap_add(struct corpus *c, int64_t arrives_us, const struct message *m)
{
	struct pending p = { arrives_us, c->n_made++, NULL };
	size_t i = c->n_heap;

	if (arrives_us < c->from_us)
		return;
	p.message = message_copy(m);
	if (c->n_heap == c->cap_heap) {
		c->cap_heap = c->cap_heap ? c->cap_heap * 2 : 256;
		c->heap = realloc(c->heap, c->cap_heap * sizeof(*c->heap));
		if (!c->heap)
			abort();
	}
	c->n_heap++;
	for (; i > 0 && earlier(&p, &c->heap[(i - 1) / 2]); i = (i - 1) / 2)
		c->heap[i] = c->heap[(i - 1) / 2];
	c->heap[i] = p;
}

static void heap_drop_first(struct corpus *c)
{
	struct pending last = c->heap[c->n_heap - 1];
	size_t i = 0, child;

	free(c->heap[0].message);
	c->n_heap--;
	while ((child = 2 * i + 1) < c->n_heap) {
		if (child + 1 < c->n_heap && earlier(&c->heap[child + 1], &c->heap[child]))
			child++;
		if (!earlier(&c->heap[child], &last))
			break;
		c->heap[i] = c->heap[child];
		i = child;
	}
	c->heap[i] = last;
}

/* Each event is a request of its own: now and then one is late by a retry or two, or sent twice. */
static void send_alone(struct corpus *c, int64_t at_us, const struct message *m)
{
	int64_t arrives_us = at_us;

	c->tally->events++;
	if (c->in_time) {
		heap_add(c, arrives_us, m);
		return;
	}
	arrives_us += corpus_between(c, 20000, 300000);
	if (corpus_chance(c, 20))
		arrives_us += corpus_between(c, 250000, 5000000);
	heap_add(c, arrives_us, m);
	if (corpus_chance(c, 3)) {
		c->tally->repeated++;
		heap_add(c, arrives_us + 500000, m);
	}
}

void corpus_event(struct corpus *c, int64_t at_us, const struct buf *json)
{
	send_alone(c, at_us, &(struct message) { json->data, json->n, .head = "{\"events\":[" });
}

void corpus_line(struct corpus *c, int64_t at_us, const struct buf *line)
{
	send_alone(c, at_us, &(struct message) { line->data, line->n });
}

void corpus_line_again(struct corpus *c, int64_t arrives_us, const struct buf *line)
{
	c->tally->repeated++;
	heap_add(c, arrives_us, &(struct message) { line->data, line->n });
}

void corpus_batch(struct corpus *c, int64_t arrives_us, struct buf *head, struct buf *json, bool again)
{
	if (again)
		c->tally->repeated++;
	else
		c->tally->events++;
	if (!buf_cstr(head))
		abort();
	heap_add(c, arrives_us, &(struct message) { json->data, json->n, .head = head->data, .batched = true });
}

static void end_line(struct corpus *c)
{
	if (c->n_on_line > 0)
		(void) fputs("]}\n", stdout);
	c->n_on_line = 0;
}

static bool fits_on_line(const struct corpus *c, const struct message *m, int64_t arrives_us)
{
	if (c->n_on_line == 0 || c->is_batch != m->batched || strcmp(c->line_head.data, m->head) != 0)
		return false;
	return m->batched ? c->n_on_line < LIST_MAX && arrives_us == c->line_us : c->n_on_line < c->per_line;
}

static void write_event(struct corpus *c, const struct message *m, int64_t arrives_us)
{
	if (!m->head) {
		end_line(c);
		(void) fwrite_unlocked(m->json, 1, m->n, stdout);
		(void) putc_unlocked('\n', stdout);
		return;
	}
	if (fits_on_line(c, m, arrives_us)) {
		(void) putc_unlocked(',', stdout);
	} else {
		end_line(c);
		(void) fputs_unlocked(m->head, stdout);
		c->is_batch = m->batched;
		c->line_us = arrives_us;
		buf_reset(&c->line_head, 256);
		if (buf_add(&c->line_head, m->head, strlen(m->head) + 1) < 0)
			abort();
	}
	(void) fwrite_unlocked(m->json, 1, m->n, stdout);
	c->n_on_line++;
	if (!m->batched && c->n_on_line == c->per_line)
		end_line(c);
}

/* Write what arrives before @until_us. */
static void flush(struct corpus *c, int64_t until_us)
{
	while (c->n_heap > 0 && c->heap[0].arrives_us < until_us) {
		if (c->n_left > 0) {
			c->n_left--;
			write_event(c, c->heap[0].message, c->heap[0].arrives_us);
		}
		heap_drop_first(c);
	}
}

/* ---------------------------------------------------------------- the command */

static void usage(FILE *to)
{
	(void) fputs(
"callmeter-corpus --attempts 1000 | callmeter send\n"
"callmeter-corpus --vendor all --attempts 1000 | callmeter send\n"
"callmeter-corpus --demo | callmeter send\n"
"\n"
"Writes invented but realistic traffic, one event a line. The same options give\n"
"the same bytes.\n"
"\n"
"      --vendor NAME  whose events: stream, realtimekit, ivs, hrtc, spaces, or all,\n"
"                     as often as each is met (stream; of the demonstration, all)\n"
"      --attempts N   calls to make (1000); some rejoin, which is a further attempt\n"
"      --events N     make calls until there are exactly N events\n"
"      --seed N       another N, other calls (1)\n"
"      --start TIME   of the first call (now, less the span)\n"
"      --span SPAN    that the calls are spread over (24h)\n"
"      --per-line N   GetStream's events a line, 1 to 100 (1)\n"
"      --warm SPAN    begin the calls so long before the start, and leave out what arrives\n"
"                     before it: the first events are of calls in progress, as the last (0s)\n"
"      --in-time      no event is late, sent twice or lost\n"
"      --tally        tell on standard error, as JSON, what was made\n"
"      --demo         a day of calls with known failures in it, see below\n"
"      --now TIME     when the demonstration day ends (now)\n"
"  -h, --help\n"
"\n"
"TIME is seconds since the epoch or like 2026-08-21T11:32:45Z; SPAN a number with\n"
"s, m, h or d behind it.\n"
"\n", to);
	(void) fputs(
"The demonstration day has 5,007 events of GetStream, of 400 attempts (241 of call\n"
"type default, 99 livestream, 60 audio_room):\n"
"  340 joined     20 of them after one retry of CoordinatorJoin; 12 lose a connection\n"
"                 and get it back; 6 are rejoins of Android, without JoinInitiated\n"
"   44 failed     24 PeerConnectionConnect, subscribe, ICE_CONNECTIVITY_FAILED, all on\n"
"                 sfu-fra1-07 within the full hour that lies five hours back\n"
"                 15 CoordinatorJoin, code 16, all of SDK version 1.51.0 (Swift)\n"
"                 3 WSJoin, REQUEST_TIMEOUT\n"
"                 2 PeerConnectionConnect, publish, without any code (1.49.2, Swift)\n"
"    8 aborted    CLIENT_ABORTED\n"
"    6 abandoned  WSJoin never completes\n"
"    2 open       the same, begun 10 and 15 seconds ago: abandoned a minute later\n"
"12 events break a rule of the vendor: 10 JoinInitiated of SDK version 1.30.2 have no\n"
"type and id, and the 2 failures without a code no reason either.\n"
"The first ICE failure is attempt 0ddba11c-0000-4000-8000-000000000001, of user ana.\n"
"\n", to);
	(void) fputs(
"And it has 16 sessions of the others:\n"
"  realtimekit    6 (meeting \"Weekly sync\" twice), 25 participants, at most 8 at once:\n"
"                 18 left, 5 were in when the host ended the meeting, 2 are still in\n"
"                 the one that is live (\"Support\"); recordings, transcripts, summaries\n"
"  ivs            3 (stage callmeter0001 twice), 13 participants, at most 6 at once, all\n"
"                 left, one after a rejoin; one JOIN_ERROR, PUBLISH_ERROR and token\n"
"                 exchanged, 2 SUBSCRIBE_ERROR; listed newest first; EventBridge's, too\n"
"  hrtc           4 (room standup twice), 14 participants, at most 4 at once: 10 leave by\n"
"                 themselves, 2 by force (code 5 and 9), 2 by failures (1 and 7);\n"
"                 4 interruptions of a stream, one of them never mended; room lisbon, in\n"
"                 the bad hour, has the worst MOS\n"
"  spaces         3 (one topic twice), 9 participants, at most 4 at once: 8 left, of one\n"
"                 nothing tells it, so that it is gone 4 h later; one of them misspells\n"
"                 the category and sends no sender; 5 messages come twice\n"
"User ana is in calls of all five.\n", to);
}

static const struct vendor {
	const char *name;
	void (*call)(struct corpus *c, int64_t start_us);
	void (*demo)(struct corpus *c, int64_t now_us);
	uint32_t share;		/* of all calls, out of 100 */
} vendors[] = {
	/* GetStream first: its part of the demonstration stays as it is whatever the others do. */
	{ "stream", stream_call, stream_demo, 55 },
	{ "realtimekit", realtimekit_call, realtimekit_demo, 15 },
	{ "ivs", ivs_call, ivs_demo, 10 },
	{ "hrtc", hrtc_call, hrtc_demo, 10 },
	{ "spaces", spaces_call, spaces_demo, 10 },
};

enum { ALL_VENDORS = N_ELEMENTS(vendors) };

static _Noreturn void refuse(const char *what, const char *value)
{
	(void) fprintf(stderr, "callmeter-corpus: %s: %s\n", what, value);
	exit(EXIT_FAILURE);
}

static uint64_t parse_number(const char *s)
{
	char *behind;
	uint64_t n = strtoull(s, &behind, 10);

	if (behind == s || *behind || *s == '-')
		refuse("not a number", s);
	return n;
}

static int64_t parse_time(const char *s)
{
	struct tm tm = {};
	const char *behind = strptime(s, "%Y-%m-%dT%H:%M:%SZ", &tm);

	if (behind && !*behind)
		return (int64_t) timegm(&tm) * SECOND_US;
	return (int64_t) parse_number(*s == '@' ? s + 1 : s) * SECOND_US;
}

static int64_t parse_span(const char *s)
{
	char *behind;
	int64_t n = strtoll(s, &behind, 10);

	if (behind != s && n > 0 && *behind && !behind[1]) {
		switch (*behind) {
		case 's':
			return n * SECOND_US;
		case 'm':
			return n * 60 * SECOND_US;
		case 'h':
			return n * HOUR_US;
		case 'd':
			return n * 24 * HOUR_US;
		}
	}
	refuse("not a span like 24h", s);
}

/* Its number, or ALL_VENDORS. */
static size_t parse_vendor(const char *s)
{
	for (size_t i = 0; i < N_ELEMENTS(vendors); i++) {
		if (strcmp(vendors[i].name, s) == 0)
			return i;
	}
	if (strcmp(s, "all") == 0)
		return ALL_VENDORS;
	refuse("no such vendor", s);
}

static size_t choose_vendor(struct corpus *c)
{
	uint32_t dice = corpus_below(c, 100);
	size_t v = 0;

	while (dice >= vendors[v].share)
		dice -= vendors[v++].share;
	return v;
}

static void make_calls(struct corpus *c, size_t vendor, struct tally *tallies, uint64_t n_calls, int64_t start_us,
		       int64_t span_us, int64_t warm_us)
{
	/* Without a number of calls, until there are events enough. */
	bool endless = n_calls == 0;
	int64_t step_us = endless ? SECOND_US / 20 : MAX_OF(span_us / (int64_t) n_calls, 1);

	for (int64_t i = -(warm_us / step_us); endless ? c->n_left > 0 : i < (int64_t) n_calls; i++) {
		int64_t at_us = start_us + i * step_us;

		/* A call's first event happens up to four seconds before its join. */
		flush(c, at_us - 5 * SECOND_US);
		size_t v = vendor == ALL_VENDORS ? choose_vendor(c) : vendor;

		c->tally = &tallies[v];
		vendors[v].call(c, at_us + corpus_between(c, 0, step_us - 1));
	}
}

static void make_demo(struct corpus *c, size_t vendor, struct tally *tallies, int64_t now_us)
{
	c->in_time = true;
	for (size_t v = 0; v < N_ELEMENTS(vendors); v++) {
		if (vendor != ALL_VENDORS && vendor != v)
			continue;
		c->tally = &tallies[v];
		vendors[v].demo(c, now_us);
	}
}

#define COUNT(member) (unsigned long long) t->member

static void tell_tally(const struct tally *t, const char *end)
{
	(void) fprintf(stderr, "\"events\":%llu,\"flagged\":%llu,\"repeated\":%llu", COUNT(events), COUNT(flagged),
		       COUNT(repeated));
	(void) fputs(end, stderr);
}

/* GetStream's attempts, the sum of all events, and what each vendor's part holds. */
static void tell_tallies(const struct tally *tallies)
{
	const struct tally *t = &tallies[0];
	struct tally sum = {};

	for (size_t v = 0; v < N_ELEMENTS(vendors); v++) {
		sum.events += tallies[v].events;
		sum.flagged += tallies[v].flagged;
		sum.repeated += tallies[v].repeated;
	}
	(void) fprintf(stderr, "{\"attempts\":%llu,\"joined\":%llu,\"failed\":%llu,\"aborted\":%llu,\"stuck\":%llu,",
		       COUNT(attempts), COUNT(joined), COUNT(failed), COUNT(aborted), COUNT(stuck));
	tell_tally(&sum, ",\"vendors\":{");
	for (size_t v = 0; v < N_ELEMENTS(vendors); v++) {
		t = &tallies[v];
		(void) fprintf(stderr, "%s\"%s\":{", v ? "," : "", vendors[v].name);
		if (v > 0) {	/* GetStream tells attempts, no leaving */
			(void) fprintf(stderr, "\"sessions\":%llu,\"participants\":%llu,\"peak\":%llu,"
				       "\"minutes\":%.6f,\"interruptions\":%llu,\"leaves\":{\"normal\":%llu,"
				       "\"forced\":%llu,\"failure\":%llu,\"session-ended\":%llu,\"none\":%llu},",
				       COUNT(sessions), COUNT(participants), COUNT(peak),
				       (double) t->stayed_us / 60e6, COUNT(interruptions), COUNT(left[LEFT_NORMAL]),
				       COUNT(left[LEFT_FORCED]), COUNT(left[LEFT_FAILURE]),
				       COUNT(left[LEFT_SESSION_ENDED]), COUNT(left[LEFT_NOT]));
		}
		tell_tally(t, "}");
	}
	(void) fputs("}}\n", stderr);
}

int main(int argc, char **argv)
{
	enum { OPT_ATTEMPTS = 256, OPT_EVENTS, OPT_SEED, OPT_START, OPT_SPAN, OPT_PER_LINE, OPT_IN_TIME, OPT_VENDOR,
	       OPT_TALLY, OPT_DEMO, OPT_NOW, OPT_WARM };
	static const struct option options[] = {
		{ "attempts", required_argument, NULL, OPT_ATTEMPTS },
		{ "events", required_argument, NULL, OPT_EVENTS },
		{ "seed", required_argument, NULL, OPT_SEED },
		{ "start", required_argument, NULL, OPT_START },
		{ "span", required_argument, NULL, OPT_SPAN },
		{ "per-line", required_argument, NULL, OPT_PER_LINE },
		{ "warm", required_argument, NULL, OPT_WARM },
		{ "in-time", no_argument, NULL, OPT_IN_TIME },
		{ "vendor", required_argument, NULL, OPT_VENDOR },
		{ "tally", no_argument, NULL, OPT_TALLY },
		{ "demo", no_argument, NULL, OPT_DEMO },
		{ "now", required_argument, NULL, OPT_NOW },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	struct corpus c = { .random = 1, .per_line = 1, .from_us = INT64_MIN, .n_left = UINT64_MAX };
	struct tally tallies[N_ELEMENTS(vendors)] = {};
	size_t vendor = 0;
	int64_t now_us = (int64_t) time(NULL) * SECOND_US, start_us = -1, span_us = 24 * HOUR_US, warm_us = 0;
	uint64_t n_calls = 1000;
	bool demonstrates = false, tells = false, chosen = false;
	int o;

	while ((o = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (o) {
		case OPT_ATTEMPTS:
			n_calls = MAX_OF(parse_number(optarg), 1);
			break;
		case OPT_EVENTS:
			n_calls = 0;
			c.n_left = parse_number(optarg);
			break;
		case OPT_SEED:
			c.random = parse_number(optarg);
			break;
		case OPT_START:
			start_us = parse_time(optarg);
			break;
		case OPT_SPAN:
			span_us = parse_span(optarg);
			break;
		case OPT_PER_LINE:
			c.per_line = (uint32_t) parse_number(optarg);
			if (c.per_line < 1 || c.per_line > 100)
				refuse("not 1 to 100", optarg);
			break;
		case OPT_WARM:
			warm_us = parse_span(optarg);
			break;
		case OPT_IN_TIME:
			c.in_time = true;
			break;
		case OPT_VENDOR:
			vendor = parse_vendor(optarg);
			chosen = true;
			break;
		case OPT_TALLY:
			tells = true;
			break;
		case OPT_DEMO:
			demonstrates = true;
			break;
		case OPT_NOW:
			now_us = parse_time(optarg);
			break;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		default:
			usage(stderr);
			return EXIT_FAILURE;
		}
	}
	if (optind < argc)
		refuse("what is this for", argv[optind]);

	if (start_us < 0)
		start_us = now_us - span_us;
	if (warm_us > 0)
		c.from_us = start_us;
	if (demonstrates)
		make_demo(&c, chosen ? vendor : ALL_VENDORS, tallies, now_us);
	else
		make_calls(&c, vendor, tallies, n_calls, start_us, span_us, warm_us);
	flush(&c, INT64_MAX);
	end_line(&c);
	free(c.heap);
	buf_deinit(&c.line_head);
	if (tells)
		tell_tallies(tallies);
	return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}
