/*
 * AWS IVS traffic: the events of a stage's participants, newest first and in
 * whole seconds, as an app lists them now and then and again when somebody has
 * left; and what EventBridge says of the publishers, late and out of order.
 */

#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/macros.h"

enum {
	MAX_PEOPLE = 16,
	MAX_EVENTS = 64,	/* of one participant */
	ID_SIZE = 17,
};

struct person {
	const char *user;	/* NULL: the tokens say none */
	uint32_t joins_s, leaves_s;
	uint32_t again_s;	/* comes back then, until leaves_again_s; 0: does not */
	uint32_t leaves_again_s;
	bool publishes;
	bool refused;		/* JOIN_ERROR, and that is all of it */
	const char *publish_error, *subscribe_error;
	bool promoted;		/* the token is exchanged for one that lets publish */
	bool replicated;	/* to another stage */
};

struct call {
	uint32_t stage_no;
	struct person people[MAX_PEOPLE];
	size_t n_people;
	bool listed;		/* in batches, even where everything is to be in time */
};

struct event {
	int64_t at_s;
	char name[24];
	char more[400];		/* members behind the participant, from a comma on */
};

/* A session while its events are written. */
struct session {
	struct corpus *c;
	const struct call *call;
	int64_t start_s;
	char arn[80], id[ID_SIZE];
	char ids[MAX_PEOPLE][ID_SIZE];
	struct event events[MAX_EVENTS];
	size_t n_events;
	struct buf text, head;	/* owned */
};

static void make_id(struct corpus *c, char *id, const char *prefix, size_t n)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t at = strlen(prefix);

	memcpy(id, prefix, at);
	while (at < n)
		id[at++] = letters[corpus_below(c, sizeof(letters) - 1)];
	id[n] = '\0';
}

/* ---------------------------------------------------- one participant's events */

/* Kept in the order of time; of one second in the order they are made. */
static void add(struct session *s, int64_t at_s, const char *name, const char *more)
{
	size_t at = s->n_events;

	if (s->n_events == MAX_EVENTS)
		return;
	for (; at > 0 && s->events[at - 1].at_s > at_s; at--)
		s->events[at] = s->events[at - 1];
	s->events[at].at_s = at_s;
	(void) snprintf(s->events[at].name, sizeof(s->events[at].name), "%s", name);
	(void) snprintf(s->events[at].more, sizeof(s->events[at].more), "%s", more);
	s->n_events++;
}

static void subscribe(struct session *s, size_t who, int64_t from_s, int64_t to_s)
{
	const struct person *p = &s->call->people[who];

	for (size_t i = 0; i < s->call->n_people; i++) {
		const struct person *q = &s->call->people[i];
		int64_t begin_s = MAX_OF(from_s, q->joins_s) + 1, end_s = to_s < q->leaves_s ? to_s : q->leaves_s;
		char more[120];

		if (i == who || !q->publishes || q->refused || begin_s >= end_s)
			continue;
		(void) snprintf(more, sizeof(more), ",\"remoteParticipantId\":\"%s\"", s->ids[i]);
		add(s, begin_s, "SUBSCRIBE_STARTED", more);
		add(s, end_s, "SUBSCRIBE_STOPPED", more);
		if (p->subscribe_error) {
			(void) snprintf(more, sizeof(more), ",\"remoteParticipantId\":\"%s\",\"errorCode\":\"%s\"", s->ids[i],
					p->subscribe_error);
			add(s, begin_s + 4, "SUBSCRIBE_ERROR", more);
		}
	}
}

static void stay(struct session *s, size_t who, int64_t from_s, int64_t to_s)
{
	const struct person *p = &s->call->people[who];
	char more[100];

	add(s, from_s, "JOINED", "");
	if (p->publishes)
		add(s, from_s, "PUBLISH_STARTED", "");
	subscribe(s, who, from_s, to_s);
	if (p->publish_error) {
		(void) snprintf(more, sizeof(more), ",\"errorCode\":\"%s\"", p->publish_error);
		add(s, from_s + 9, "PUBLISH_ERROR", more);
	}
	if (p->publishes)
		add(s, to_s, "PUBLISH_STOPPED", "");
	add(s, to_s, "LEFT", "");
}

static void exchange_token(struct session *s, const struct person *p)
{
	char more[400], expiry[TIME_SIZE];

	corpus_time(expiry, (s->start_s + 12 * 3600) * SECOND_US, TIME_OFFSET);
	(void) snprintf(more, sizeof(more), ",\"previousToken\":{\"capabilities\":[\"SUBSCRIBE\"],"
			"\"attributes\":{\"role\":\"viewer\"},\"userId\":\"%s\",\"expirationTime\":\"%s\"},"
			"\"newToken\":{\"capabilities\":[\"PUBLISH\",\"SUBSCRIBE\"],\"attributes\":{\"role\":\"host\"},"
			"\"userId\":\"%s\",\"expirationTime\":\"%s\"}", p->user, expiry, p->user, expiry);
	add(s, p->joins_s + 20, "TOKEN_EXCHANGED", more);
}

static void replicate(struct session *s, const struct person *p)
{
	static const char more[] = ",\"destinationStageArn\":\"arn:aws:ivs:us-west-2:123456789012:stage/overflow0001\","
		"\"destinationSessionId\":\"st-0verfl0w00001\"";

	add(s, p->joins_s + 15, "REPLICATION_STARTED", more);
	add(s, p->leaves_s - 2, "REPLICATION_STOPPED", more);
}

/* ------------------------------------------------------------------- delivery */

static struct buf *write_event(struct session *s, size_t who, const struct event *e, enum time_form time_form)
{
	char text[TIME_SIZE];

	buf_reset(&s->text, 4096);
	corpus_add(&s->text, "{\"eventTime\":\"%s\",\"name\":\"%s\",\"participantId\":\"%s\"",
		   corpus_time(text, (s->start_s + e->at_s) * SECOND_US, time_form), e->name, s->ids[who]);
	corpus_add(&s->text, "%s}", e->more);
	return &s->text;
}

static void write_head(struct session *s, size_t who, const char *key)
{
	buf_reset(&s->head, 4096);
	corpus_add(&s->head, "{\"source\":\"ivs\",\"context\":{\"stageArn\":\"%s\",\"sessionId\":\"%s\",\"participantId\":\"%s\"},"
		   "\"%s\":", s->arn, s->id, s->ids[who], key);
}

/* What one listing at @now_s gives: the newest first. */
static void list(struct session *s, size_t who, int64_t now_s, bool again, enum time_form time_form)
{
	write_head(s, who, "events");
	corpus_add(&s->head, "[");
	for (size_t i = s->n_events; i-- > 0;) {
		if (s->events[i].at_s <= now_s)
			corpus_batch(s->c, (s->start_s + now_s) * SECOND_US + (int64_t) who * 1000, &s->head,
				     write_event(s, who, &s->events[i], time_form), again);
	}
}

static void send_singly(struct session *s, size_t who)
{
	struct buf line = {}, *event;

	write_head(s, who, "event");
	for (size_t i = 0; i < s->n_events; i++) {
		buf_reset(&line, 4096);
		event = write_event(s, who, &s->events[i], TIME_MILLI);
		if (buf_add(&line, s->head.data, s->head.n) < 0 || buf_add(&line, event->data, event->n) < 0)
			abort();
		corpus_add(&line, "}");
		corpus_line(s->c, (s->start_s + s->events[i].at_s) * SECOND_US, &line);
	}
	buf_deinit(&line);
}

/* Late by seconds, rarely by hours, and not in order. */
static void bridge(struct session *s, size_t who, int64_t at_s, const char *name)
{
	const struct person *p = &s->call->people[who];
	int64_t at_us = (s->start_s + at_s) * SECOND_US;
	int64_t late_us = corpus_in_time(s->c) ? 0 : corpus_between(s->c, 1, corpus_chance(s->c, 20) ? 7200 : 30) * SECOND_US;
	char id[UUID_SIZE], text[TIME_SIZE];

	corpus_uuid(s->c, id);
	corpus_time(text, at_us, TIME_SECONDS);
	buf_reset(&s->text, 4096);
	corpus_add(&s->text, "{\"version\":\"0\",\"id\":\"%s\",\"detail-type\":\"IVS Stage Update\",\"source\":\"aws.ivs\","
		   "\"account\":\"123456789012\",\"time\":\"%s\",\"region\":\"us-west-2\",\"resources\":[\"%s\"],"
		   "\"detail\":{\"session_id\":\"%s\",\"event_name\":\"%s\",\"event_time\":\"%s\",\"user_id\":\"%s\","
		   "\"participant_id\":\"%s\"}}", id, text, s->arn, s->id, name, text, p->user ? p->user : "",
		   s->ids[who]);
	corpus_line(s->c, at_us + late_us, &s->text);
}

static void run_person(struct session *s, size_t who)
{
	const struct person *p = &s->call->people[who];
	int64_t last_s = MAX_OF(p->leaves_s, p->leaves_again_s);

	s->n_events = 0;
	if (p->refused) {
		add(s, p->joins_s, "JOIN_ERROR", ",\"errorCode\":\"QUOTA_EXCEEDED\"");
		last_s = p->joins_s;
	} else {
		stay(s, who, p->joins_s, p->leaves_s);
		if (p->again_s)
			stay(s, who, p->again_s, p->leaves_again_s);
		if (p->promoted)
			exchange_token(s, p);
		if (p->replicated)
			replicate(s, p);
	}
	if (corpus_in_time(s->c) && !s->call->listed) {
		send_singly(s, who);
	} else {
		int64_t first_s = last_s + 1 + corpus_below(s->c, 120);

		/* Some have been listed before, and what was seen then is there again; the CLI writes times otherwise. */
		if (!corpus_in_time(s->c) && corpus_chance(s->c, 300))
			list(s, who, first_s + corpus_between(s->c, 30, 300), true, TIME_OFFSET);
		list(s, who, first_s, false, TIME_MILLI);
	}
	if (p->publishes && !p->refused) {
		bridge(s, who, p->joins_s, "Participant Published");
		bridge(s, who, p->leaves_s, "Participant Unpublished");
	}
}

static void run(struct corpus *c, const struct call *call, int64_t start_us)
{
	struct session s = { .c = c, .call = call, .start_s = start_us / SECOND_US };
	struct stay stays[2 * MAX_PEOPLE];
	size_t n_stays = 0;
	uint32_t n_joined = 0;

	(void) snprintf(s.arn, sizeof(s.arn), "arn:aws:ivs:us-west-2:123456789012:stage/callmeter%04u", call->stage_no);
	make_id(c, s.id, "st-", 16);
	for (size_t i = 0; i < call->n_people; i++)
		make_id(c, s.ids[i], "", 12);
	for (size_t i = 0; i < call->n_people; i++) {
		const struct person *p = &call->people[i];

		run_person(&s, i);
		if (p->refused)
			continue;
		n_joined++;
		stays[n_stays++] = (struct stay) { p->joins_s * SECOND_US, p->leaves_s * SECOND_US };
		if (p->again_s)
			stays[n_stays++] = (struct stay) { p->again_s * SECOND_US, p->leaves_again_s * SECOND_US };
	}
	corpus_session(c, stays, n_stays, n_joined);
	corpus_tally(c)->left[LEFT_NORMAL] += n_joined;
	buf_deinit(&s.text);
	buf_deinit(&s.head);
}

void ivs_call(struct corpus *c, int64_t start_us)
{
	static const char *const errors[] = { "BITRATE_EXCEEDED", "B_FRAME_PRESENT", "RESOLUTION_EXCEEDED" };
	struct call call = { .stage_no = corpus_below(c, 40), .n_people = (size_t) corpus_between(c, 2, 12) };
	uint32_t length_s = (uint32_t) corpus_between(c, 300, 2400), n_hosts = 1 + corpus_below(c, 3);
	char users[MAX_PEOPLE][16];

	for (uint32_t i = 0; i < call.n_people; i++) {
		struct person *p = &call.people[i];

		(void) snprintf(users[i], sizeof(users[i]), "user-%04u", corpus_below(c, 2000));
		p->user = corpus_chance(c, 700) ? users[i] : NULL;
		p->joins_s = (uint32_t) corpus_between(c, 0, length_s / 4);
		p->leaves_s = (uint32_t) corpus_between(c, length_s / 2, length_s);
		p->publishes = i < n_hosts;
		p->refused = !p->publishes && corpus_chance(c, 30);
		p->publish_error = p->publishes && corpus_chance(c, 50) ? errors[corpus_below(c, N_ELEMENTS(errors))] : NULL;
		p->subscribe_error = corpus_chance(c, 30) ? "PUBLISHER_NOT_FOUND" : NULL;
		p->promoted = p->user && corpus_chance(c, 20);
		if (!p->publishes && corpus_chance(c, 60)) {
			p->again_s = p->leaves_s + 5;
			p->leaves_again_s = p->again_s + (uint32_t) corpus_between(c, 10, 300);
		}
	}
	run(c, &call, start_us);
}

/* ------------------------------------------------------------------- the demo */

#define MIN(m) ((m) * 60)

static const struct demo_call {
	uint32_t before_end_s;
	struct call call;
} demo[] = {
	{ MIN(1200), { .stage_no = 1, .listed = true, .n_people = 7, .people = {
		{ "ana", 0, MIN(40), .publishes = true, .promoted = true, .replicated = true },
		{ "bo", 20, MIN(40), .publishes = true, .publish_error = "BITRATE_EXCEEDED" },
		{ NULL, 65, MIN(38) }, { NULL, 70, MIN(12), MIN(13), MIN(39) },
		{ NULL, 80, MIN(30), .subscribe_error = "PUBLISHER_NOT_FOUND" }, { NULL, 90, MIN(40) },
		{ NULL, 95, 0, .refused = true } } } },
	{ MIN(500), { .stage_no = 1, .listed = true, .n_people = 4, .people = {
		{ "bo", 0, MIN(20), .publishes = true }, { NULL, 30, MIN(20) }, { NULL, 31, MIN(10) },
		{ NULL, 45, MIN(18) } } } },
	{ MIN(120), { .stage_no = 2, .listed = true, .n_people = 3, .people = {
		{ "cy", 0, MIN(15), .publishes = true }, { "dee", 2, MIN(15), .publishes = true },
		{ NULL, 60, MIN(14) } } } },
};

void ivs_demo(struct corpus *c, int64_t now_us)
{
	for (size_t i = 0; i < N_ELEMENTS(demo); i++)
		run(c, &demo[i].call, now_us - demo[i].before_end_s * SECOND_US);
}
