/*
 * Huawei HRTC traffic: what the web SDK's callbacks tell each client of a room,
 * of itself and of the others, with the envelope that the app puts around it.
 */

#include "corpus.h"

#include <stdio.h>
#include <string.h>

#include "util/macros.h"

enum {
	MAX_PEOPLE = 8,
	STATS_S = 10,	/* between two rtc-stats */
};

struct person {
	const char *user;	/* its nickname is the same with a capital */
	uint32_t joins_s, leaves_s;
	uint8_t code;		/* why it left */
	bool silent;		/* a client that reports nothing: only the others tell of it */
	bool same;		/* the one before come back: no other participant */
	uint16_t rtt_ms, jitter_ms, loss_permille;
	uint32_t reconnects_s;	/* loses the room then and gets it back; 0: does not */
	uint32_t interrupted_s;	/* no video of it comes from then on, at the first person; 0: it does */
	uint32_t recovered_s;	/* 0: never */
};

/* The first is in from the beginning to the end and reports: it sees all others. */
struct call {
	const char *room;
	struct person people[MAX_PEOPLE];
	size_t n_people;
};

/* A room while its events are written. */
struct room {
	struct corpus *c;
	const struct call *call;
	int64_t start_us;
	struct stay told[MAX_PEOPLE];	/* by all who report */
	struct buf line;		/* owned */
};

static const struct {
	const char *message;
	uint8_t how;
} codes[] = {
	{ "user exit", LEFT_NORMAL }, { "server exception", LEFT_FAILURE }, { "sfu fault", LEFT_FAILURE },
	{ "service unavailable", LEFT_FAILURE }, { "internal error", LEFT_FAILURE }, { "banned", LEFT_FORCED },
	{ "signature expired", LEFT_FAILURE }, { "Reconnection times out.", LEFT_FAILURE }, { "network check", LEFT_NORMAL },
	{ "removed", LEFT_FORCED }, { "room dismissed", LEFT_FORCED },
};

static const char *nickname(const struct person *p, char text[static 24])
{
	(void) snprintf(text, 24, "%c%s", p->user[0] - 'a' + 'A', p->user + 1);
	return text;
}

/* ------------------------------------------------------------------ one event */

static void begin(struct room *r, size_t reporter, int64_t at_us, const char *name)
{
	char text[TIME_SIZE];

	buf_reset(&r->line, 8192);
	corpus_add(&r->line, "{\"source\":\"hrtc\",\"at\":\"%s\",\"context\":{\"name\":\"%s\",\"roomId\":\"%s\",\"userId\":\"%s\"},"
		   "\"event\":", corpus_time(text, at_us, TIME_MILLI), name, r->call->room, r->call->people[reporter].user);
}

static void end(struct room *r, int64_t at_us)
{
	corpus_add(&r->line, "}");
	corpus_line(r->c, at_us, &r->line);
}

static void change_state(struct room *r, size_t reporter, int64_t at_us, const char *from, const char *to)
{
	begin(r, reporter, at_us, "connection-state-changed");
	corpus_add(&r->line, "{\"prevState\":\"%s\",\"curState\":\"%s\"}", from, to);
	end(r, at_us);
}

static void tell_peer(struct room *r, size_t reporter, int64_t at_us, const char *name, size_t who)
{
	const struct person *p = &r->call->people[who];
	char text[24];

	begin(r, reporter, at_us, name);
	corpus_add(&r->line, "{\"userId\":\"%s\",\"userName\":\"%s\"", p->user, nickname(p, text));
	if (strcmp(name, "peer-leave") == 0)
		corpus_add(&r->line, ",\"reason\":{\"code\":%u,\"msg\":\"%s\"}", p->code, codes[p->code].message);
	corpus_add(&r->line, "}");
	end(r, at_us);
}

static void tell_stream(struct room *r, size_t reporter, int64_t at_us, const char *name, size_t who)
{
	begin(r, reporter, at_us, name);
	corpus_add(&r->line, "{\"userId\":\"%s\",\"streamId\":\"%s-main\",\"type\":\"main\",\"hasAudio\":true,"
		   "\"hasVideo\":true}", r->call->people[who].user, r->call->people[who].user);
	end(r, at_us);
}

static void tell_mute(struct room *r, size_t reporter, int64_t at_us, bool muted, size_t who)
{
	begin(r, reporter, at_us, muted ? "mute-audio" : "unmute-audio");
	corpus_add(&r->line, "{\"roomId\":\"%s\",\"userId\":\"%s\",\"status\":%d,\"reason\":%d}", r->call->room,
		   r->call->people[who].user, muted ? 2 : 1, muted ? 1 : 2);
	end(r, at_us);
}

static void tell_interruption(struct room *r, size_t reporter, int64_t at_us, const char *name, size_t who)
{
	begin(r, reporter, at_us, name);
	corpus_add(&r->line, "[{\"userId\":\"%s\",\"isScreen\":false}]", r->call->people[who].user);
	end(r, at_us);
}

static void put_stats(struct room *r, const struct person *p, bool remote, bool video)
{
	struct corpus *c = r->c;
	uint32_t jitter_us = p->jitter_ms * 1000u + corpus_below(c, 1000);
	char text[24];

	if (r->line.data[r->line.n - 1] == '}')
		corpus_add(&r->line, ",");
	corpus_add(&r->line, "{\"userName\":\"%s\",\"isRemote\":%s,\"streamType\":\"main\",\"mediaType\":\"%s\",\"bitrate\":%u,"
		   "\"frameRate\":%u,\"rtt\":%u,", nickname(p, text), remote ? "true" : "false",
		   video ? "video" : "audio", video ? 900 + corpus_below(c, 500) : 30 + corpus_below(c, 20),
		   video ? 22 + corpus_below(c, 4) : 0, remote ? 0 : p->rtt_ms + corpus_below(c, 5));
	corpus_add(&r->line, "\"jitter\":%u.%u,\"pktLossRate\":%u.%u}", jitter_us / 1000, jitter_us % 1000 / 100,
		   p->loss_permille / 10u, p->loss_permille % 10u);
}

/* A room's members at an instant, as one of them measures them. */
static void tell_stats(struct room *r, size_t reporter, int64_t at_us, uint32_t at_s)
{
	begin(r, reporter, at_us, "rtc-stats");
	corpus_add(&r->line, "[");
	for (size_t i = 0; i < r->call->n_people; i++) {
		const struct person *p = &r->call->people[i];

		if (p->joins_s + 2 > at_s || at_s >= p->leaves_s)
			continue;
		put_stats(r, p, i != reporter, true);
		put_stats(r, p, i != reporter, false);
	}
	corpus_add(&r->line, "]");
	end(r, at_us);
}

static uint32_t quality_of(const struct person *p)
{
	return p->loss_permille >= 100 ? 5 : p->loss_permille >= 30 ? 4 : p->loss_permille >= 10 ? 3 : p->rtt_ms > 100 ? 2 : 1;
}

static void tell_quality(struct room *r, size_t reporter, int64_t at_us, uint32_t uplink, uint32_t downlink)
{
	begin(r, reporter, at_us, "network-quality");
	corpus_add(&r->line, "{\"uplinkNetworkQuality\":%u,\"downlinkNetworkQuality\":%u}", uplink, downlink);
	end(r, at_us);
}

/* ------------------------------------------------------- one client's story */

static int64_t at(const struct room *r, uint32_t s)
{
	return r->start_us + s * SECOND_US;
}

static void see(struct room *r, size_t who, int64_t at_us)
{
	struct stay *told = &r->told[who];

	if (at_us < told->from_us)
		told->from_us = at_us;
	told->to_us = MAX_OF(told->to_us, at_us);
}

static void meet(struct room *r, size_t reporter, size_t who)
{
	const struct person *me = &r->call->people[reporter], *p = &r->call->people[who];
	int64_t met_us = at(r, MAX_OF(me->joins_s, p->joins_s)) + corpus_between(r->c, 20, 200) * 1000;
	int64_t left_us = at(r, p->leaves_s) + corpus_between(r->c, 20, 200) * 1000;

	if (strcmp(me->user, p->user) == 0 || p->joins_s >= me->leaves_s || p->leaves_s <= me->joins_s)
		return;
	tell_peer(r, reporter, met_us, "peer-join", who);
	see(r, who, met_us);
	tell_stream(r, reporter, met_us + 150000, "stream-added", who);
	tell_stream(r, reporter, met_us + 450000, "stream-subscribed", who);
	if (corpus_chance(r->c, 200) && p->leaves_s > p->joins_s + 60 && me->leaves_s > p->joins_s + 60 &&
	    me->joins_s <= p->joins_s) {
		tell_mute(r, reporter, at(r, p->joins_s + 20), true, who);
		tell_mute(r, reporter, at(r, p->joins_s + 40), false, who);
	}
	if (p->leaves_s < me->leaves_s) {
		tell_stream(r, reporter, left_us - 10000, "stream-removed", who);
		tell_peer(r, reporter, left_us, "peer-leave", who);
		see(r, who, left_us);
	}
}

static void connect(struct room *r, size_t reporter)
{
	const struct person *p = &r->call->people[reporter];
	int64_t in_us = at(r, p->joins_s), out_us = at(r, p->leaves_s);

	change_state(r, reporter, in_us - 300000, "DISCONNECTED", "CONNECTING");
	change_state(r, reporter, in_us, "CONNECTING", "CONNECTED");
	see(r, reporter, in_us);
	if (p->reconnects_s) {
		change_state(r, reporter, at(r, p->reconnects_s), "CONNECTED", "RECONNECTING");
		change_state(r, reporter, at(r, p->reconnects_s) + 3400000, "RECONNECTING", "CONNECTED");
	}
	if (p->code == 5) {
		begin(r, reporter, out_us - 50000, "client-banned");
		corpus_add(&r->line, "{\"userId\":\"%s\",\"reason\":\"joined elsewhere\"}", p->user);
		end(r, out_us - 50000);
	} else if (p->code == 9) {
		begin(r, reporter, out_us - 50000, "kick-room");
		corpus_add(&r->line, "{\"roomId\":\"%s\"}", r->call->room);
		end(r, out_us - 50000);
	} else if (codes[p->code].how == LEFT_FAILURE) {
		change_state(r, reporter, out_us - 20 * SECOND_US, "CONNECTED", "RECONNECTING");
		begin(r, reporter, out_us - 10000, "Error");
		corpus_add(&r->line, "{\"errorCode\":\"90100013\",\"errorMsg\":\"websocket reconnect timeout\"}");
		end(r, out_us - 10000);
	} else {
		begin(r, reporter, out_us - 100000, "log-upload-result");
		corpus_add(&r->line, "%d", corpus_chance(r->c, 50) ? 500 : 200);
		end(r, out_us - 100000);
	}
	change_state(r, reporter, out_us, codes[p->code].how == LEFT_FAILURE ? "RECONNECTING" : "CONNECTED", "DISCONNECTED");
	see(r, reporter, out_us);
}

static void run_reporter(struct room *r, size_t reporter)
{
	const struct person *p = &r->call->people[reporter];
	uint32_t quality = quality_of(p);

	connect(r, reporter);
	for (size_t i = 0; i < r->call->n_people; i++) {
		if (i != reporter)
			meet(r, reporter, i);
	}
	tell_quality(r, reporter, at(r, p->joins_s) + 1500000, 0, 0);
	for (uint32_t s = p->joins_s + 5; s + 1 < p->leaves_s; s += STATS_S) {
		tell_stats(r, reporter, at(r, s) + 7000, s);
		if (corpus_chance(r->c, 150))
			tell_quality(r, reporter, at(r, s) + 9000, quality, 1 + corpus_below(r->c, quality));
		if (corpus_chance(r->c, 30)) {
			begin(r, reporter, at(r, s) + 11000, "volume-indicator");
			corpus_add(&r->line, "[{\"user_id\":\"%s\",\"volume\":%u}]", p->user, corpus_below(r->c, 101));
			end(r, at(r, s) + 11000);
		}
	}
	if (corpus_chance(r->c, 100) && p->leaves_s > p->joins_s + 60) {
		for (int i = 0; i < 2; i++) {
			int64_t at_us = at(r, p->joins_s + 30) + i * 4 * SECOND_US;

			begin(r, reporter, at_us, "recording-device-changed");
			corpus_add(&r->line, "{\"deviceId\":\"headset-%zu\",\"state\":\"%s\"}", reporter, i ? "ADD" : "REMOVE");
			end(r, at_us);
		}
	}
}

static void run(struct corpus *c, const struct call *call, int64_t start_us)
{
	struct room r = { .c = c, .call = call, .start_us = start_us / 1000 * 1000 };
	struct tally *t = corpus_tally(c);
	uint32_t n = 0;

	for (size_t i = 0; i < call->n_people; i++)
		r.told[i] = (struct stay) { INT64_MAX, INT64_MIN };
	for (size_t i = 0; i < call->n_people; i++) {
		const struct person *p = &call->people[i];

		if (!p->silent)
			run_reporter(&r, i);
		if (p->interrupted_s) {
			tell_interruption(&r, 0, at(&r, p->interrupted_s), "stream-interrupted", i);
			if (p->recovered_s)
				tell_interruption(&r, 0, at(&r, p->recovered_s), "stream-recovered", i);
			t->interruptions++;
		}
		/* Who comes back is counted once, by the last leaving. */
		if (i + 1 == call->n_people || !call->people[i + 1].same) {
			t->left[codes[p->code].how]++;
			n++;
		}
	}
	corpus_session(c, r.told, call->n_people, n);
	buf_deinit(&r.line);
}

void hrtc_call(struct corpus *c, int64_t start_us)
{
	static const uint8_t reasons[] = { 0, 0, 0, 0, 0, 0, 0, 7, 1, 9, 5, 10 };
	uint32_t length_s = (uint32_t) corpus_between(c, 120, 600);
	struct call call = { .n_people = (size_t) corpus_between(c, 2, 5) };
	char users[MAX_PEOPLE][16], room[32];

	(void) snprintf(room, sizeof(room), "room_%08llx", (unsigned long long) (corpus_random(c) >> 32));
	call.room = room;
	for (uint32_t i = 0; i < call.n_people; i++) {
		struct person *p = &call.people[i];
		bool bad = corpus_chance(c, 150);

		(void) snprintf(users[i], sizeof(users[i]), "user-%03u%u", corpus_below(c, 200), i);	/* no two the same */
		p->user = users[i];
		p->joins_s = i ? (uint32_t) corpus_between(c, 1, length_s / 3) : 0;
		p->leaves_s = i ? (uint32_t) corpus_between(c, length_s / 2, length_s - 2) : length_s;
		p->code = i ? reasons[corpus_below(c, N_ELEMENTS(reasons))] : 0;
		p->silent = i && corpus_chance(c, 200);
		p->rtt_ms = (uint16_t) corpus_between(c, bad ? 150 : 15, bad ? 450 : 90);
		p->jitter_ms = (uint16_t) corpus_between(c, bad ? 20 : 1, bad ? 80 : 12);
		p->loss_permille = (uint16_t) corpus_between(c, bad ? 20 : 0, bad ? 150 : 8);
		if (corpus_chance(c, 60) && length_s > 150)
			p->reconnects_s = p->joins_s + 6;
		if (i && corpus_chance(c, bad ? 500 : 50)) {
			p->interrupted_s = p->joins_s + 8;
			p->recovered_s = corpus_chance(c, 800) ? p->interrupted_s + (uint32_t) corpus_between(c, 1, 9) : 0;
		}
	}
	run(c, &call, start_us);
}

/* ------------------------------------------------------------------- the demo */

#define MIN(m) ((m) * 60)
#define GOOD .rtt_ms = 38, .jitter_ms = 3, .loss_permille = 2
#define FAIR .rtt_ms = 110, .jitter_ms = 12, .loss_permille = 12
#define BAD .rtt_ms = 420, .jitter_ms = 60, .loss_permille = 140

static const struct demo_call {
	uint32_t before_end_s;
	struct call call;
} demo[] = {
	{ MIN(1140), { "standup", .n_people = 3, .people = {
		{ "bo", 0, MIN(12), 0, GOOD }, { "ana", 30, MIN(12) - 5, 0, GOOD }, { "cy", 45, MIN(11), 0, FAIR } } } },
	/* The bad hour, five hours back: whom GetStream does not let in has no luck here either. */
	{ MIN(290), { "lisbon", .n_people = 4, .people = {
		{ "bo", 0, MIN(14), 0, BAD }, { "ana", 20, MIN(6), 7, BAD, .interrupted_s = MIN(2), .recovered_s = MIN(2) + 14 },
		{ "dee", 30, MIN(13), 0, BAD, .interrupted_s = MIN(4), .recovered_s = MIN(4) + 40, .reconnects_s = MIN(5) },
		{ "eli", 60, MIN(9), 1, BAD, .silent = true, .interrupted_s = MIN(7) } } } },
	{ MIN(150), { "support", .n_people = 4, .people = {
		{ "hal", 0, MIN(10), 0, GOOD }, { "ivy", 15, MIN(4), 9, GOOD }, { "gus", 20, MIN(5), 5, FAIR },
		{ "jon", 60, MIN(9), 0, FAIR, .interrupted_s = MIN(3), .recovered_s = MIN(3) + 5 } } } },
	{ MIN(60), { "standup", .n_people = 4, .people = {
		{ "bo", 0, MIN(10), 0, GOOD }, { "ana", 10, MIN(9), 0, GOOD }, { "cy", 15, MIN(3), 0, FAIR },
		{ "cy", MIN(4), MIN(9) + 30, 0, FAIR, .same = true } } } },
};

void hrtc_demo(struct corpus *c, int64_t now_us)
{
	for (size_t i = 0; i < N_ELEMENTS(demo); i++)
		run(c, &demo[i].call, now_us - demo[i].before_end_s * SECOND_US);
}
