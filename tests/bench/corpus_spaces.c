/*
 * Avaya Spaces traffic: the socket messages of a topic's members, whole ones and
 * the bare ones that some clients send.
 */

#include "corpus.h"

#include <stdio.h>

#include "util/macros.h"

enum { MAX_MEMBERS = 10 };

struct member {
	const char *user, *name;
	uint32_t joins_s, leaves_s;	/* leaves_s 0: nothing tells of it */
	uint32_t shares_s;		/* stops sharing the screen then; 0: never shared */
	bool bare;			/* a client without sender and created, that misspells the category */
	bool crashes;			/* no video.end: the server tells that the presence is gone */
	bool anonymous;
	bool seen_by_others;		/* what it sends is recorded by another member, too */
};

struct call {
	const char *topic;
	struct member members[MAX_MEMBERS];
	size_t n_members;
};

/* A topic while its messages are written. */
struct topic {
	struct corpus *c;
	const struct call *call;
	int64_t start_us;
	struct buf line;	/* owned */
};

static void begin(struct topic *t, const struct member *m, int64_t at_us, const char *category)
{
	char text[TIME_SIZE];

	buf_reset(&t->line, 4096);
	if (m->bare)
		corpus_add(&t->line, "{\"source\":\"spaces\",\"at\":\"%s\",\"context\":{\"userId\":\"%s\"},\"event\":",
			   corpus_time(text, at_us, TIME_MILLI), m->user);
	corpus_add(&t->line, "{\"category\":\"%s\",\"topicId\":\"%s\"", category, t->call->topic);
}

static void end(struct topic *t, const struct member *m, int64_t at_us)
{
	char text[TIME_SIZE];

	if (m->bare) {
		corpus_add(&t->line, "}}");
	} else {
		corpus_add(&t->line, ",\"sender\":{\"_id\":\"%s\",\"type\":\"%s\",\"displayname\":\"%s\",\"username\":\"%s@example.com\","
			   "\"picture_url\":\"\",\"phone_numbers\":[", m->user, m->anonymous ? "anonymous" : "user",
			   m->name, m->user);
		if (!m->anonymous)
			corpus_add(&t->line, "{\"verified\":true,\"primary\":true,\"canonicalForm\":\"+14085551234\","
				   "\"type\":\"mobile\",\"value\":\"408 555 1234\"}");
		corpus_add(&t->line, "]},\"data\":[],\"created\":\"%s\"}", corpus_time(text, at_us, TIME_MILLI));
	}
	corpus_line(t->c, at_us, &t->line);
	if (m->seen_by_others)
		corpus_line_again(t->c, at_us + 90000, &t->line);
}

static void tell_tracks(struct topic *t, const struct member *m, int64_t at_us, int64_t joined_us, bool muted, bool video)
{
	char joined[TIME_SIZE], subscribed[TIME_SIZE];

	begin(t, m, at_us, m->bare ? "trackstatus" : "tracksstatus");
	corpus_add(&t->line, ",\"content\":{\"mediaSession\":{\"audio\":true,\"connected\":true,\"isCollabOnly\":false,"
		   "\"selfMuted\":%s,\"video\":%s", muted ? "true" : "false", video ? "true" : "false");
	if (m->bare)
		corpus_add(&t->line, ",\"screenshare\":false,\"phone\":false,\"joinTime\":null}}");
	else
		corpus_add(&t->line, ",\"joinTime\":\"%s\"},\"streamId\":\"{%.8s-cafe}\",\"subscribeTime\":\"%s\"}",
			   corpus_time(joined, joined_us, TIME_MILLI), m->user,
			   corpus_time(subscribed, joined_us - 12 * SECOND_US, TIME_MILLI));
	end(t, m, at_us);
}

static void tell_presence(struct topic *t, const struct member *m, int64_t at_us, const char *what)
{
	char category[48];

	(void) snprintf(category, sizeof(category), "app.event.presence.party.%s", what);
	begin(t, m, at_us, category);
	corpus_add(&t->line, ",\"content\":{\"desktop\":false,\"idle\":false,\"offline\":false,\"role\":\"%s\"}",
		   m->anonymous ? "guest" : "member");
	end(t, m, at_us);
}

static void run_member(struct topic *t, const struct member *m, struct stay *stay)
{
	int64_t in_us = t->start_us + m->joins_s * SECOND_US + corpus_between(t->c, 0, 999) * 1000;
	int64_t out_us = m->leaves_s ? t->start_us + m->leaves_s * SECOND_US : STILL_IN;

	*stay = (struct stay) { in_us, out_us };
	tell_presence(t, m, in_us - 12 * SECOND_US, "enters");
	tell_tracks(t, m, in_us, in_us + 1000, false, true);	/* created is before joinTime */
	if (corpus_chance(t->c, 500) && (!m->leaves_s || m->joins_s + 30 < m->leaves_s)) {
		tell_tracks(t, m, in_us + 10 * SECOND_US, in_us + 1000, true, true);
		tell_tracks(t, m, in_us + 25 * SECOND_US, in_us + 1000, false, corpus_chance(t->c, 500));
	}
	if (m->shares_s) {
		begin(t, m, t->start_us + m->shares_s * SECOND_US, "video.stopscreenshare");
		corpus_add(&t->line, ",\"content\":{\"mediaSession\":{\"audio\":true,\"video\":true,\"connected\":true,"
			   "\"screenshare\":false}}");
		end(t, m, t->start_us + m->shares_s * SECOND_US);
	}
	if (!m->leaves_s) {
		corpus_tally(t->c)->left[LEFT_NOT]++;
		return;
	}
	if (m->crashes) {
		tell_presence(t, m, out_us, "leaves");
	} else {
		begin(t, m, out_us, "video.end");
		if (!m->bare)
			corpus_add(&t->line, ",\"comment\":\"toggle Video Session\",\"content\":{\"mediaSession\":{}}");
		end(t, m, out_us);
	}
	corpus_tally(t->c)->left[LEFT_NORMAL]++;
}

static void run(struct corpus *c, const struct call *call, int64_t start_us)
{
	struct topic t = { .c = c, .call = call, .start_us = start_us / 1000 * 1000 };
	struct stay stays[MAX_MEMBERS];

	for (size_t i = 0; i < call->n_members; i++)
		run_member(&t, &call->members[i], &stays[i]);
	corpus_session(c, stays, call->n_members, (uint32_t) call->n_members);
	buf_deinit(&t.line);
}

void spaces_call(struct corpus *c, int64_t start_us)
{
	uint32_t length_s = (uint32_t) corpus_between(c, 120, 2400);
	struct call call = { .n_members = (size_t) corpus_between(c, 2, 6) };
	char users[MAX_MEMBERS][26], topic[26];

	(void) snprintf(topic, sizeof(topic), "5f06c25e%016llx", (unsigned long long) corpus_random(c));
	call.topic = topic;
	for (uint32_t i = 0; i < call.n_members; i++) {
		struct member *m = &call.members[i];

		(void) snprintf(users[i], sizeof(users[i]), "5f04251caa4a347af994%03x%u", corpus_below(c, 0x1000), i);
		m->user = users[i];
		m->anonymous = corpus_chance(c, 150);
		m->name = m->anonymous ? "Guest 7" : "Test User";
		m->joins_s = (uint32_t) corpus_between(c, 15, 15 + length_s / 4);
		m->leaves_s = (uint32_t) corpus_between(c, length_s / 2 + 15, length_s + 15);
		m->shares_s = corpus_chance(c, 100) ? m->joins_s + 5 : 0;
		m->bare = corpus_chance(c, 150);
		m->crashes = corpus_chance(c, 50);
		m->seen_by_others = !corpus_in_time(c) && corpus_chance(c, 50);
	}
	run(c, &call, start_us);
}

/* ------------------------------------------------------------------- the demo */

#define MIN(m) ((m) * 60)
#define RETRO "5f06c25e574ca36b54cb4cdd"
#define GARDEN "5f06c25e574ca36b54cb4cde"

static const struct demo_call {
	uint32_t before_end_s;
	struct call call;
} demo[] = {
	/* One whose leaving nobody tells: gone after the idle time. */
	{ MIN(1260), { GARDEN, .n_members = 2, .members = {
		{ "fay", "Fay", 20, MIN(15) }, { "5f04251caa4a347af9940007", "Guest 7", 60, 0, .anonymous = true } } } },
	{ MIN(600), { RETRO, .n_members = 4, .members = {
		{ "ana", "Ana", 15, MIN(30), .shares_s = MIN(12) }, { "bo", "Bo", 25, MIN(29), .seen_by_others = true },
		{ "cy", "Cy", 40, MIN(30) - 5, .bare = true }, { "dee", "Dee", 90, MIN(21), .crashes = true } } } },
	{ MIN(90), { RETRO, .n_members = 3, .members = {
		{ "ana", "Ana", 20, MIN(10) }, { "bo", "Bo", 30, MIN(10) - 10 }, { "cy", "Cy", 35, MIN(9), .bare = true } } } },
};

void spaces_demo(struct corpus *c, int64_t now_us)
{
	for (size_t i = 0; i < N_ELEMENTS(demo); i++)
		run(c, &demo[i].call, now_us - demo[i].before_end_s * SECOND_US);
}
