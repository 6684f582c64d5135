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

/* An event on its way. */
struct pending {
	int64_t arrives_us;
	uint64_t no;	/* of two that arrive together the first made is first */
	char *json;	/* owned */
	size_t n;
};

struct corpus {
	uint64_t random;
	uint64_t n_made;
	struct pending *heap;	/* owned; earliest first */
	size_t n_heap, cap_heap;
	struct tally tally;
	bool in_time;		/* all arrive when they happen, and once */
	uint64_t n_left;	/* events still to be written */
	uint32_t per_line;
	uint32_t n_on_line;
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

void corpus_uuid(struct corpus *c, char uuid[static UUID_SIZE])
{
	uint64_t a = corpus_random(c), b = corpus_random(c);

	(void) snprintf(uuid, UUID_SIZE, "%08x-%04x-4%03x-8%03x-%012llx", (unsigned) (a >> 32),
			(unsigned) (a >> 16) & 0xffff, (unsigned) a & 0xfff, (unsigned) (b >> 52) & 0xfff,
			(unsigned long long) (b & UINT64_C(0xffffffffffff)));
}

struct tally *corpus_tally(struct corpus *c)
{
	return &c->tally;
}

/* -------------------------------------------------------------- order, output */

static bool earlier(const struct pending *a, const struct pending *b)
{
	return a->arrives_us < b->arrives_us || (a->arrives_us == b->arrives_us && a->no < b->no);
}

static void swap(struct pending *a, struct pending *b)
{
	struct pending t = *a;

	*a = *b;
	*b = t;
}

static void heap_add(struct corpus *c, int64_t arrives_us, const struct buf *json)
{
	size_t i = c->n_heap;

	if (c->n_heap == c->cap_heap) {
		c->cap_heap = c->cap_heap ? c->cap_heap * 2 : 256;
		c->heap = realloc(c->heap, c->cap_heap * sizeof(*c->heap));
		if (!c->heap)
			abort();
	}
	c->heap[c->n_heap++] = (struct pending) {
		.arrives_us = arrives_us, .no = c->n_made++, .json = strndup(json->data, json->n), .n = json->n,
	};
	for (; i > 0 && earlier(&c->heap[i], &c->heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&c->heap[i], &c->heap[(i - 1) / 2]);
}

static void heap_drop_first(struct corpus *c)
{
	size_t i = 0;

	free(c->heap[0].json);
	c->heap[0] = c->heap[--c->n_heap];
	for (;;) {
		size_t least = i;

		for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < c->n_heap; child++) {
			if (earlier(&c->heap[child], &c->heap[least]))
				least = child;
		}
		if (least == i)
			return;
		swap(&c->heap[i], &c->heap[least]);
		i = least;
	}
}

void corpus_event(struct corpus *c, int64_t at_us, const struct buf *json)
{
	c->tally.events++;
	if (c->in_time) {
		heap_add(c, at_us, json);
		return;
	}
	/* Each event is a request of its own: now and then one is late by a retry or two. */
	at_us += corpus_between(c, 20000, 300000);
	if (corpus_chance(c, 20))
		at_us += corpus_between(c, 250000, 5000000);
	heap_add(c, at_us, json);
	if (corpus_chance(c, 3)) {
		c->tally.repeated++;
		heap_add(c, at_us + 500000, json);
	}
}

static void end_line(struct corpus *c)
{
	if (c->n_on_line > 0)
		(void) fputs("]}\n", stdout);
	c->n_on_line = 0;
}

/* Write what arrives before @until_us. */
static void flush(struct corpus *c, int64_t until_us)
{
	while (c->n_heap > 0 && c->heap[0].arrives_us < until_us) {
		if (c->n_left > 0) {
			c->n_left--;
			(void) fputs(c->n_on_line ? "," : "{\"events\":[", stdout);
			(void) fwrite(c->heap[0].json, 1, c->heap[0].n, stdout);
			if (++c->n_on_line == c->per_line)
				end_line(c);
		}
		heap_drop_first(c);
	}
}

/* ---------------------------------------------------------------- the command */

static void usage(FILE *to)
{
	(void) fputs(
"callmeter-corpus --attempts 1000 | callmeter send\n"
"callmeter-corpus --demo | callmeter send\n"
"\n"
"Writes invented but realistic traffic, one event a line. The same options give\n"
"the same bytes.\n"
"\n"
"      --attempts N   calls to make (1000); some rejoin, which is a further attempt\n"
"      --events N     make calls until there are exactly N events\n"
"      --seed N       another N, other calls (1)\n"
"      --start TIME   of the first call (now, less the span)\n"
"      --span SPAN    that the calls are spread over (24h)\n"
"      --per-line N   events a line, 1 to 100 (1)\n"
"      --in-time      no event is late or sent twice\n"
"      --vendor NAME  whose events: stream (stream)\n"
"      --tally        tell on standard error, as JSON, what was made\n"
"      --demo         a day of calls with known failures in it, see below\n"
"      --now TIME     when the demonstration day ends (now)\n"
"  -h, --help\n"
"\n"
"TIME is seconds since the epoch or like 2026-08-21T11:32:45Z; SPAN a number with\n"
"s, m, h or d behind it.\n"
"\n"
"The demonstration day has 5,007 events of 400 attempts (241 of call type default,\n"
"99 livestream, 60 audio_room):\n"
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
"The first ICE failure is attempt 0ddba11c-0000-4000-8000-000000000001.\n", to);
}

static const struct vendor {
	const char *name;
	void (*call)(struct corpus *c, int64_t start_us);
} vendors[] = {
	{ "stream", stream_call },
};

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

static const struct vendor *parse_vendor(const char *s)
{
	for (size_t i = 0; i < N_ELEMENTS(vendors); i++) {
		if (strcmp(vendors[i].name, s) == 0)
			return &vendors[i];
	}
	refuse("no such vendor", s);
}

static void make_calls(struct corpus *c, const struct vendor *v, uint64_t n_calls, int64_t start_us,
		       int64_t span_us)
{
	/* Without a number of calls, until there are events enough. */
	bool endless = n_calls == 0;
	int64_t step_us = endless ? SECOND_US / 20 : MAX_OF(span_us / (int64_t) n_calls, 1);

	for (uint64_t i = 0; endless ? c->n_left > 0 : i < n_calls; i++) {
		int64_t at_us = start_us + (int64_t) i * step_us;

		/* A call's first event happens up to four seconds before its join. */
		flush(c, at_us - 5 * SECOND_US);
		v->call(c, at_us + corpus_between(c, 0, step_us - 1));
	}
}

int main(int argc, char **argv)
{
	enum { OPT_ATTEMPTS = 256, OPT_EVENTS, OPT_SEED, OPT_START, OPT_SPAN, OPT_PER_LINE, OPT_IN_TIME, OPT_VENDOR,
	       OPT_TALLY, OPT_DEMO, OPT_NOW };
	static const struct option options[] = {
		{ "attempts", required_argument, NULL, OPT_ATTEMPTS },
		{ "events", required_argument, NULL, OPT_EVENTS },
		{ "seed", required_argument, NULL, OPT_SEED },
		{ "start", required_argument, NULL, OPT_START },
		{ "span", required_argument, NULL, OPT_SPAN },
		{ "per-line", required_argument, NULL, OPT_PER_LINE },
		{ "in-time", no_argument, NULL, OPT_IN_TIME },
		{ "vendor", required_argument, NULL, OPT_VENDOR },
		{ "tally", no_argument, NULL, OPT_TALLY },
		{ "demo", no_argument, NULL, OPT_DEMO },
		{ "now", required_argument, NULL, OPT_NOW },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	struct corpus c = { .random = 1, .per_line = 1, .n_left = UINT64_MAX };
	const struct vendor *vendor = &vendors[0];
	int64_t now_us = (int64_t) time(NULL) * SECOND_US, start_us = -1, span_us = 24 * HOUR_US;
	uint64_t n_calls = 1000;
	bool demonstrates = false, tells = false;
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
		case OPT_IN_TIME:
			c.in_time = true;
			break;
		case OPT_VENDOR:
			vendor = parse_vendor(optarg);
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

	if (demonstrates) {
		c.in_time = true;
		stream_demo(&c, now_us);
	} else {
		make_calls(&c, vendor, n_calls, start_us < 0 ? now_us - span_us : start_us, span_us);
	}
	flush(&c, INT64_MAX);
	end_line(&c);
	free(c.heap);
	if (tells)
		(void) fprintf(stderr, "{\"attempts\":%llu,\"joined\":%llu,\"failed\":%llu,\"aborted\":%llu,"
			"\"stuck\":%llu,\"events\":%llu,\"flagged\":%llu,\"repeated\":%llu}\n",
			(unsigned long long) c.tally.attempts, (unsigned long long) c.tally.joined,
			(unsigned long long) c.tally.failed, (unsigned long long) c.tally.aborted,
			(unsigned long long) c.tally.stuck, (unsigned long long) c.tally.events,
			(unsigned long long) c.tally.flagged, (unsigned long long) c.tally.repeated);
	return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}
