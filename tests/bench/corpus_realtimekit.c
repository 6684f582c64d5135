/*
 * RealtimeKit traffic: webhooks of meetings, as the app that receives them hands
 * them on, with deliveries that are repeated, lost or late.
 */

#include "corpus.h"

#include <stdio.h>
#include <string.h>

#include "util/macros.h"

#define ORGANIZATION "c94c437b-592a-4a39-b9e2-00000000c0de"

enum { MAX_GUESTS = 12 };

struct guest {
	const char *user;
	uint32_t joins_s, leaves_s;	/* leaves_s 0: is in when the meeting ends */
};

struct meeting {
	uint32_t no;
	const char *title;
	uint32_t length_s;	/* 0: goes on */
	bool is_over;		/* the host ended it; else it is over once all have left */
	bool recorded;
	bool loses;		/* some deliveries never come */
	struct guest guests[MAX_GUESTS];
	size_t n_guests;
};

/* A meeting while its webhooks are written. */
struct session {
	struct corpus *c;
	const struct meeting *m;
	int64_t start_us, end_us;
	char id[UUID_SIZE], delivery[UUID_SIZE];
	enum time_form time_form;
	struct buf line;	/* owned */
};

static void put_time(struct session *s, const char *key, int64_t at_us)
{
	char text[TIME_SIZE];

	corpus_add(&s->line, ",\"%s\":\"%s\"", key, corpus_time(text, at_us, s->time_form));
}

/* The envelope, up to what the webhook says beside its name; a delivery takes its time. */
static void begin(struct session *s, int64_t taken_us, const char *event)
{
	char text[TIME_SIZE];

	buf_reset(&s->line, 4096);
	corpus_add(&s->line, "{\"source\":\"realtimekit\",\"at\":\"%s\",\"context\":{\"deliveryId\":\"%s\"},"
		   "\"event\":{\"event\":\"%s\"", corpus_time(text, taken_us, TIME_MILLI), s->delivery, event);
}

static void put_meeting(struct session *s)
{
	corpus_add(&s->line, ",\"meeting\":{\"id\":\"bbb8940e-1b97-402a-97d6-%012u\",\"sessionId\":\"%s\",\"title\":\"%s\","
		   "\"status\":\"LIVE\"", s->m->no, s->id, s->m->title);
	put_time(s, "createdAt", s->start_us);
	put_time(s, "startedAt", s->start_us);
	if (s->end_us)
		put_time(s, "endedAt", s->end_us);
	corpus_add(&s->line, ",\"organizedBy\":{\"id\":\"" ORGANIZATION "\",\"name\":\"Example org\"}}");
}

typedef void (*put_fn)(struct session *s, const void *what, int64_t at_us);

/*
 * A webhook of what happened at @at_us. Where no answer comes in time it is
 * delivered again: the same but for the time it was taken.
 */
static void deliver(struct session *s, int64_t at_us, const char *event, put_fn put, const void *what)
{
	int64_t taken_us = at_us + corpus_between(s->c, 200000, 900000);
	bool again = !corpus_in_time(s->c) && corpus_chance(s->c, 20);

	corpus_uuid(s->c, s->delivery);
	for (uint32_t i = 0; i <= again; i++) {
		begin(s, taken_us, event);
		put(s, what, at_us);
		corpus_add(&s->line, "}}");
		if (i == 0)
			corpus_line(s->c, taken_us, &s->line);
		else
			corpus_line_again(s->c, taken_us, &s->line);
		taken_us += 60 * SECOND_US;
	}
}

/* --------------------------------------------------------- what a webhook says */

static void put_plain(struct session *s, const void *what, int64_t at_us)
{
	(void) what;
	(void) at_us;
	put_meeting(s);
}

static void put_end(struct session *s, const void *what, int64_t at_us)
{
	(void) what;
	s->end_us = at_us;
	put_meeting(s);
	corpus_add(&s->line, ",\"reason\":\"%s\"", s->m->is_over ? "HOST_ENDED_MEETING" : "ALL_PARTICIPANTS_LEFT");
}

struct coming {
	const struct guest *guest;
	char peer[UUID_SIZE];
	int64_t joined_us, left_us;	/* left_us 0: told of the joining */
};

static void put_guest(struct session *s, const void *what, int64_t at_us)
{
	const struct coming *g = what;

	(void) at_us;
	put_meeting(s);
	corpus_add(&s->line, ",\"participant\":{\"peerId\":\"%s\",\"userDisplayName\":\"%c%s\",\"customParticipantId\":\"%s\"",
		   g->peer, g->guest->user[0] - 'a' + 'A', g->guest->user + 1, g->guest->user);
	put_time(s, "joinedAt", g->joined_us);
	if (g->left_us)
		put_time(s, "leftAt", g->left_us);
	corpus_add(&s->line, "}");
}

static void put_recording(struct session *s, const void *what, int64_t at_us)
{
	(void) at_us;
	corpus_add(&s->line, ",\"recording\":{\"id\":\"rec-%.8s\",\"recordingId\":\"rec-%.8s\",\"status\":\"%s\"}", s->id, s->id,
		   (const char *) what);
	put_meeting(s);
}

static void put_chat(struct session *s, const void *what, int64_t at_us)
{
	(void) what;
	corpus_add(&s->line, ",\"title\":\"%s\",\"meetingId\":\"bbb8940e-1b97-402a-97d6-%012u\",\"sessionId\":\"%s\"",
		   s->m->title, s->m->no, s->id);
	put_time(s, "createdAt", s->start_us);
	put_time(s, "startedAt", s->start_us);
	put_time(s, "endedAt", s->end_us);
	corpus_add(&s->line, ",\"chatDownloadUrl\":\"https://chat.example.com/%s.csv\"", s->id);
	put_time(s, "chatDownloadUrlExpiry", at_us + 168 * HOUR_US);
	corpus_add(&s->line, ",\"organizedBy\":{\"id\":\"" ORGANIZATION "\",\"name\":\"Example org\"}");
}

static void put_url(struct session *s, const void *what, int64_t at_us)
{
	char expiry[TIME_SIZE];

	put_meeting(s);
	corpus_add(&s->line, ",\"%sDownloadUrl\":\"https://%s.example.com/%s\"", (const char *) what, (const char *) what, s->id);
	(void) snprintf(expiry, sizeof(expiry), "%sDownloadUrlExpiry", (const char *) what);
	put_time(s, expiry, at_us + 168 * HOUR_US);
}

/* ---------------------------------------------------------------- one meeting */

static void run_guest(struct session *s, const struct guest *guest, int64_t end_us, struct stay *stay)
{
	int64_t joined_us = s->start_us + guest->joins_s * SECOND_US + corpus_between(s->c, 1, 800) * 1000;
	int64_t left_us = guest->leaves_s ? s->start_us + guest->leaves_s * SECOND_US : end_us;
	struct coming g = { .guest = guest, .joined_us = joined_us };
	bool lost = s->m->loses && corpus_chance(s->c, 20);

	corpus_uuid(s->c, g.peer);
	*stay = (struct stay) { joined_us, left_us };
	/* Who leaves tells of the joining, too: that may be lost, or the other. */
	if (!lost || !guest->leaves_s || corpus_chance(s->c, 500)) {
		deliver(s, joined_us, "meeting.participantJoined", put_guest, &g);
		lost = lost && guest->leaves_s && end_us != STILL_IN;
	} else {
		lost = false;
	}
	if (guest->leaves_s && !lost) {
		g.left_us = left_us;
		deliver(s, left_us, "meeting.participantLeft", put_guest, &g);
		corpus_tally(s->c)->left[LEFT_NORMAL]++;
	} else {
		stay->to_us = end_us;
		corpus_tally(s->c)->left[end_us == STILL_IN ? LEFT_NOT : LEFT_SESSION_ENDED]++;
	}
}

static void run(struct corpus *c, const struct meeting *m, int64_t start_us)
{
	struct session s = { .c = c, .m = m, .start_us = start_us / 1000 * 1000, .time_form = TIME_MILLI };
	int64_t end_us = m->length_s ? s.start_us + m->length_s * SECOND_US + 500000 : STILL_IN;
	struct stay stays[MAX_GUESTS];

	corpus_uuid(c, s.id);
	if (m->no % 5 == 0)
		s.time_form = TIME_SPACED;
	deliver(&s, s.start_us, "meeting.started", put_plain, NULL);
	if (m->recorded)
		deliver(&s, s.start_us + 30 * SECOND_US, "recording.statusUpdate", put_recording, "RECORDING");
	for (size_t i = 0; i < m->n_guests; i++)
		run_guest(&s, &m->guests[i], end_us, &stays[i]);
	corpus_session(c, stays, m->n_guests, (uint32_t) m->n_guests);
	if (m->length_s) {
		deliver(&s, end_us, "meeting.ended", put_end, NULL);
		deliver(&s, end_us + 20 * SECOND_US, "meeting.chatSynced", put_chat, NULL);
		if (m->recorded) {
			deliver(&s, end_us + 3 * SECOND_US, "recording.statusUpdate", put_recording, "UPLOADING");
			deliver(&s, end_us + 90 * SECOND_US, "recording.statusUpdate", put_recording, "UPLOADED");
			deliver(&s, end_us + 120 * SECOND_US, "meeting.transcript", put_url, "transcript");
			deliver(&s, end_us + 180 * SECOND_US, "meeting.summary", put_url, "summary");
		}
	}
	buf_deinit(&s.line);
}

void realtimekit_call(struct corpus *c, int64_t start_us)
{
	static const char *const titles[] = { "Weekly sync", "Interview", "Design review", "Support", "Lesson" };
	struct meeting m = {
		.no = corpus_below(c, 200),
		.length_s = (uint32_t) corpus_between(c, 300, 3600),
		.is_over = corpus_chance(c, 400),
		.recorded = corpus_chance(c, 200),
		.loses = !corpus_in_time(c),
		.n_guests = (size_t) corpus_between(c, 2, 8),
	};
	char users[MAX_GUESTS][16];

	m.title = titles[m.no % N_ELEMENTS(titles)];
	for (size_t i = 0; i < m.n_guests; i++) {
		struct guest *g = &m.guests[i];

		(void) snprintf(users[i], sizeof(users[i]), "user-%04u", corpus_below(c, 2000));
		g->user = users[i];
		g->joins_s = (uint32_t) corpus_between(c, 1, m.length_s / 3);
		g->leaves_s = m.is_over && corpus_chance(c, 500) ? 0 :
			(uint32_t) corpus_between(c, m.length_s / 2, m.length_s);
	}
	run(c, &m, start_us);
}

/* ------------------------------------------------------------------- the demo */

#define MIN(m) ((m) * 60)

static const struct demo_meeting {
	uint32_t before_end_s;
	struct meeting m;
} demo[] = {
	{ MIN(1320), { 1, "Weekly sync", MIN(30), .n_guests = 3,
		.guests = { { "ana", 60, MIN(28) }, { "bo", 5, MIN(29) }, { "cy", 120, MIN(30) } } } },
	{ MIN(540), { 2, "Design review", MIN(45), .n_guests = 5, .is_over = true,
		.guests = { { "bo", 10, 0 }, { "cy", 30, MIN(40) }, { "dee", 45, 0 }, { "eli", 90, MIN(20) },
			    { "fay", MIN(5), 0 } } } },
	{ MIN(420), { 3, "Interview", MIN(25), .n_guests = 2,
		.guests = { { "dee", 10, MIN(25) }, { "gus", 40, MIN(24) } } } },
	/* After the calls that failed: those who gave up meet here. */
	{ MIN(230), { 1, "Weekly sync", MIN(35), .n_guests = 4, .is_over = true, .recorded = true,
		.guests = { { "ana", 20, 0 }, { "bo", 30, 0 }, { "cy", 35, MIN(30) }, { "dee", 200, MIN(15) } } } },
	{ MIN(180), { 5, "All hands", MIN(40), .n_guests = 8, .recorded = true,
		.guests = { { "ana", 30, MIN(38) }, { "bo", 30, MIN(39) }, { "cy", 31, MIN(40) }, { "dee", 40, MIN(40) },
			    { "eli", 50, MIN(39) }, { "fay", 55, MIN(35) }, { "gus", 60, MIN(40) },
			    { "hal", 75, MIN(37) } } } },
	{ MIN(20), { 6, "Support", 0, .n_guests = 3,
		.guests = { { "hal", 5, 0 }, { "ivy", 50, 0 }, { "gus", 100, MIN(10) } } } },
};

void realtimekit_demo(struct corpus *c, int64_t now_us)
{
	for (size_t i = 0; i < N_ELEMENTS(demo); i++)
		run(c, &demo[i].m, now_us - demo[i].before_end_s * SECOND_US);
}
