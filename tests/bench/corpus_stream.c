/*
 * GetStream traffic: what its SDKs send for a join, in their order, with their
 * retries, reconnects and habits, broken rules included.
 */

#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/macros.h"

enum sdk_time {
	TIME_MS,	/* 2026-08-21T11:32:45.123Z */
	TIME_US,	/* 2026-08-21T11:32:45.123456Z */
	TIME_SHORT,	/* as many digits as are needed */
	TIME_NS,	/* an integer */
};

struct sdk {
	const char *user_agent, *version;
	uint8_t time;			/* enum sdk_time */
	bool permissions;		/* tells MediaDevicePermission */
	bool ice_on_success;		/* tells ice_state on success too */
	bool bare_join_initiated;	/* leaves type and id out of JoinInitiated: breaks the rule */
	bool silent_rejoin;		/* a rejoin has no JoinInitiated */
};

enum { REACT, REACT_OLD, REACT_NATIVE, SWIFT, SWIFT_OLD, FLUTTER, ANDROID, BACKEND, N_SDKS };

static const struct sdk sdks[N_SDKS] = {
	[REACT] = { "stream-video-react-v1.35.0|os=Windows 11|client_bundle=browser-esm", "1.35.0",
		    TIME_MS, .permissions = true },
	[REACT_OLD] = { "stream-video-react-v1.30.2|os=macOS 14|client_bundle=browser-esm", "1.30.2",
			TIME_MS, .permissions = true, .bare_join_initiated = true },
	[REACT_NATIVE] = { "stream-video-react-native-v1.29.1|os=iOS 18.5", "1.29.1", .time = TIME_MS },
	[SWIFT] = { "stream-video-swift-v1.51.0|app=Demo|app_version=3.1|os=iOS 18.5|device_model=iPhone15,2",
		    "1.51.0", TIME_MS, .permissions = true, .ice_on_success = true },
	[SWIFT_OLD] = { "stream-video-swift-v1.49.2|app=Demo|app_version=3.0|os=iOS 17.6|device_model=iPhone14,5",
			"1.49.2", TIME_MS, .permissions = true, .ice_on_success = true },
	[FLUTTER] = { "stream-video-flutter-v1.4.2", "1.4.2", TIME_US, .permissions = true },
	[ANDROID] = { "stream-video-android-compose-1.21.0|os=Android 15|api_version=35|"
		      "device_model=Google Pixel 8|app_version=4.0|app_name=demo", "1.21.0",
		      TIME_SHORT, .permissions = true, .ice_on_success = true, .silent_rejoin = true },
	[BACKEND] = { "stream-video-go-v0.9.0|os=linux", "0.9.0", .time = TIME_NS },
};

static const char *const sfus[] = {
	"sfu-fra1-07", "sfu-fra1-02", "sfu-ams1-03", "sfu-iad2-01", "sfu-iad2-05", "sfu-sfo1-04", "sfu-sin1-01",
};

enum plan {
	PLAN_JOIN,
	PLAN_COORDINATOR_FAILS,
	PLAN_WS_FAILS,
	PLAN_ICE_FAILS,		/* the subscriber connection */
	PLAN_DTLS_FAILS,	/* the publisher connection */
	PLAN_ABORT,		/* the user left while connecting */
	PLAN_STUCK,		/* WSJoin never completes */
};

/* One join attempt, as it is wanted. */
struct wish {
	uint8_t plan;		/* enum plan */
	const struct sdk *sdk;
	const char *sfu, *call_type, *code, *reason, *join_reason;
	const char *attempt_id;	/* NULL: a new one */
	const char *user_id;	/* NULL: by user_no */
	uint32_t retries;	/* of CoordinatorJoin */
	bool viewer;		/* publishes nothing */
	bool reconnects;	/* loses the subscriber connection once, and gets it back */
	bool rejoins;		/* loses everything and joins anew */
	bool codeless;		/* a failure without code and reason: breaks the rule */
	bool unknown_id;	/* one stray stage with the attempt id "unknown": breaks the rule */
	uint32_t user_no, call_no;
};

/* An attempt while its events are written. */
struct attempt {
	struct corpus *c;
	const struct wish *w;
	int64_t now_us;
	char id[UUID_SIZE], connect_id[UUID_SIZE], session_id[UUID_SIZE];
	char user_id[32], call_id[32];
	bool has_session, has_sfu;
	struct buf json;	/* owned */
};

/* --------------------------------------------------------------- one event */

static void put_text(struct attempt *a, const char *key, const char *value)
{
	corpus_add(&a->json, "\"%s\":\"%s\",", key, value);	/* nothing in here needs an escape */
}

static void put_int(struct attempt *a, const char *key, int64_t value)
{
	corpus_add(&a->json, "\"%s\":%lld,", key, (long long) value);
}

static void put_bool(struct attempt *a, const char *key, bool value)
{
	corpus_add(&a->json, "\"%s\":%s,", key, value ? "true" : "false");
}

static void put_time(struct attempt *a, const char *key, int64_t at_us)
{
	int fraction = (int) (at_us % SECOND_US), digits = 6;
	char text[TIME_SIZE];

	if (a->w->sdk->time == TIME_NS) {
		put_int(a, key, at_us * 1000);
		return;
	}
	if (a->w->sdk->time == TIME_MS) {
		fraction /= 1000;
		digits = 3;
	}
	while (a->w->sdk->time == TIME_SHORT && digits > 0 && fraction % 10 == 0) {
		fraction /= 10;
		digits--;
	}
	corpus_add(&a->json, "\"%s\":\"%.19s", key, corpus_time(text, at_us, TIME_SECONDS));
	if (digits > 0)
		corpus_add(&a->json, ".%0*d", digits, fraction);
	corpus_add(&a->json, "Z\",");
}

static void begin(struct attempt *a, const char *stage, const char *event_type)
{
	buf_reset(&a->json, 4096);
	corpus_add(&a->json, "{");
	put_text(a, "user_id", a->user_id);
	put_text(a, "stage", stage);
	put_text(a, "event_type", event_type);
	put_text(a, "coordinator_connect_id", a->connect_id);
	put_text(a, "user_agent", a->w->sdk->user_agent);
	put_text(a, "sdk_version", a->w->sdk->version);
}

/* What every event of an attempt has, once it is known. */
static void put_attempt(struct attempt *a)
{
	put_text(a, "type", a->w->call_type);
	put_text(a, "id", a->call_id);
	put_text(a, "join_attempt_id", a->id);
	if (a->has_session)
		put_text(a, "call_session_id", a->session_id);
	if (a->has_sfu)
		put_text(a, "sfu_id", a->w->sfu);
}

static void end(struct attempt *a)
{
	put_time(a, "timestamp", a->now_us);
	a->json.data[a->json.n - 1] = '}';	/* was a comma */
	corpus_event(a->c, a->now_us, &a->json);
}

/* ---------------------------------------------------------------- one stage */

static void stage_begin(struct attempt *a, const char *stage, const char *event_type, const char *stage_id)
{
	begin(a, stage, event_type);
	put_text(a, "stage_id", stage_id);
	put_attempt(a);
}

static void put_failure(struct attempt *a)
{
	if (a->w->codeless) {
		corpus_tally(a->c)->flagged++;
		return;
	}
	put_text(a, "retry_failure_code", a->w->code);
	put_text(a, "retry_failure_reason", a->w->reason);
}

static void put_outcome(struct attempt *a, bool ok, uint32_t retries, int64_t took_us)
{
	put_text(a, "outcome", ok ? "success" : "failure");
	put_int(a, "retry_count_attempt", retries);
	put_int(a, "elapsed_time", took_us / 1000);
	if (!ok)
		put_failure(a);
}

static void coordinator_connect(struct attempt *a)
{
	char stage_id[UUID_SIZE];
	int64_t took_us = corpus_between(a->c, 90000, 400000);

	corpus_uuid(a->c, stage_id);
	begin(a, "CoordinatorWS", "initiated");
	put_text(a, "stage_id", stage_id);
	end(a);
	a->now_us += took_us;
	begin(a, "CoordinatorWS", "completed");
	put_text(a, "stage_id", stage_id);
	put_outcome(a, true, 0, took_us);
	end(a);
	a->now_us += corpus_between(a->c, 200000, 3000000);
}

static void join_initiated(struct attempt *a)
{
	begin(a, "JoinInitiated", "initiated");
	if (a->w->sdk->bare_join_initiated) {
		put_text(a, "join_attempt_id", a->id);
		corpus_tally(a->c)->flagged++;
	} else {
		put_attempt(a);
	}
	end(a);
	a->now_us += corpus_between(a->c, 1000, 9000);
}

static void permissions(struct attempt *a)
{
	char stage_id[UUID_SIZE];

	corpus_uuid(a->c, stage_id);
	stage_begin(a, "MediaDevicePermission", "initiated", stage_id);
	put_text(a, "microphone_permission_status", corpus_chance(a->c, 30) ? "FAILED" : "GRANTED");
	put_text(a, "camera_permission_status", corpus_chance(a->c, 80) ? "FAILED" : "GRANTED");
	if (a->w->sdk == &sdks[SWIFT])
		put_text(a, "screen_share_status", "NOT_INITIATED");
	end(a);
	a->now_us += corpus_between(a->c, 1000, 9000);
}

static bool coordinator_join(struct attempt *a)
{
	bool ok = a->w->plan != PLAN_COORDINATOR_FAILS;
	int64_t took_us = corpus_between(a->c, 100000, 800000) * (1 + a->w->retries);
	char stage_id[UUID_SIZE];

	corpus_uuid(a->c, stage_id);
	stage_begin(a, "CoordinatorJoin", "initiated", stage_id);
	put_text(a, "join_reason", a->w->join_reason);
	end(a);
	a->now_us += took_us;
	a->has_session = ok;
	stage_begin(a, "CoordinatorJoin", "completed", stage_id);
	put_text(a, "join_reason", a->w->join_reason);
	put_outcome(a, ok, a->w->retries, took_us);
	end(a);
	a->now_us += corpus_between(a->c, 5000, 50000);
	return ok;
}

static bool ws_join(struct attempt *a)
{
	bool ok = a->w->plan != PLAN_WS_FAILS;
	int64_t took_us = ok ? corpus_between(a->c, 80000, 400000) : 5 * SECOND_US;
	char stage_id[UUID_SIZE];

	a->has_sfu = true;
	corpus_uuid(a->c, stage_id);
	stage_begin(a, "WSJoin", "initiated", stage_id);
	end(a);
	if (a->w->plan == PLAN_STUCK)
		return false;
	a->now_us += took_us;
	stage_begin(a, "WSJoin", "completed", stage_id);
	put_outcome(a, ok, 0, took_us);
	end(a);
	a->now_us += corpus_between(a->c, 5000, 50000);
	return ok;
}

static bool peer_connection(struct attempt *a, const char *role, bool again)
{
	bool publish = strcmp(role, "publish") == 0;
	bool ok = a->w->plan != PLAN_ABORT && a->w->plan != (publish ? PLAN_DTLS_FAILS : PLAN_ICE_FAILS);
	int64_t took_us = ok ? corpus_between(a->c, 150000, 1200000) :
		a->w->plan == PLAN_ABORT ? corpus_between(a->c, 500000, 4000000) : 15 * SECOND_US;
	char stage_id[UUID_SIZE];

	corpus_uuid(a->c, stage_id);
	stage_begin(a, "PeerConnectionConnect", "initiated", stage_id);
	put_text(a, "peer_connection", role);
	put_bool(a, "was_previously_connected", again);
	end(a);
	a->now_us += took_us;
	stage_begin(a, "PeerConnectionConnect", "completed", stage_id);
	put_text(a, "peer_connection", role);
	put_bool(a, "was_previously_connected", again);
	if (again && a->w->sdk->time == TIME_US)
		put_time(a, "previously_connected_timestamp", a->now_us - 20 * SECOND_US);
	if (!ok)
		put_text(a, "ice_state", a->w->plan == PLAN_ICE_FAILS ? "FAILED" : "NOT_CONNECTED");
	else if (a->w->sdk->ice_on_success)
		put_text(a, "ice_state", "CONNECTED");
	put_outcome(a, ok, 0, took_us);
	end(a);
	a->now_us += corpus_between(a->c, 2000, 20000);
	return ok;
}

static void first_frames(struct attempt *a)
{
	char stage_id[UUID_SIZE], track_id[32];

	a->now_us += corpus_between(a->c, 50000, 400000);
	corpus_uuid(a->c, stage_id);
	stage_begin(a, "FirstAudioFrame", "initiated", stage_id);
	end(a);
	if (strcmp(a->w->call_type, "audio_room") == 0)
		return;
	a->now_us += corpus_between(a->c, 50000, 500000);
	corpus_uuid(a->c, stage_id);
	memcpy(track_id, "TR_", 3);
	memcpy(track_id + 3, stage_id, 8);
	track_id[11] = '\0';
	stage_begin(a, "FirstVideoFrame", "initiated", stage_id);
	put_text(a, "track_id", track_id);
	end(a);
}

/* A stage that lost its attempt: the id is the word for not knowing it. */
static void stray_stage(struct attempt *a)
{
	char stage_id[UUID_SIZE], id[UUID_SIZE];

	memcpy(id, a->id, sizeof(id));
	memcpy(a->id, "unknown", sizeof("unknown"));
	corpus_uuid(a->c, stage_id);
	stage_begin(a, "WSJoin", "initiated", stage_id);
	end(a);
	corpus_tally(a->c)->flagged++;
	memcpy(a->id, id, sizeof(id));
}

/* -------------------------------------------------------------- one attempt */

static bool connect_media(struct attempt *a)
{
	bool ok = true;

	if (a->w->plan != PLAN_DTLS_FAILS || !a->w->viewer)
		ok = peer_connection(a, "subscribe", false);
	if (ok && !a->w->viewer)
		ok = peer_connection(a, "publish", false);
	return ok;
}

static bool run_attempt(struct attempt *a, bool again)
{
	struct tally *t = corpus_tally(a->c);

	t->attempts++;
	t->joined += a->w->plan == PLAN_JOIN;
	t->aborted += a->w->plan == PLAN_ABORT;
	t->stuck += a->w->plan == PLAN_STUCK;
	t->failed += a->w->plan != PLAN_JOIN && a->w->plan != PLAN_ABORT && a->w->plan != PLAN_STUCK;

	a->has_session = a->has_sfu = false;
	if (!again || !a->w->sdk->silent_rejoin)
		join_initiated(a);
	if (!again && a->w->sdk->permissions)
		permissions(a);
	if (!coordinator_join(a) || !ws_join(a) || !connect_media(a))
		return false;
	first_frames(a);
	if (a->w->unknown_id)
		stray_stage(a);
	if (a->w->reconnects) {
		/* Far enough behind the join that it decides nothing. */
		a->now_us += corpus_between(a->c, 90, 600) * SECOND_US;
		(void) peer_connection(a, "subscribe", true);
	}
	return true;
}

static void run(struct corpus *c, const struct wish *w, int64_t start_us)
{
	struct attempt a = { .c = c, .w = w, .now_us = start_us };
	struct wish second;

	corpus_uuid(c, a.id);
	corpus_uuid(c, a.connect_id);
	if (w->attempt_id)
		memcpy(a.id, w->attempt_id, UUID_SIZE);
	if (w->user_id)
		(void) snprintf(a.user_id, sizeof(a.user_id), "%s", w->user_id);
	else
		(void) snprintf(a.user_id, sizeof(a.user_id), "user-%04u", w->user_no);
	(void) snprintf(a.call_id, sizeof(a.call_id), "room-%03u", w->call_no);
	/* All who are in a call within an hour are in one session of it. */
	(void) snprintf(a.session_id, sizeof(a.session_id), "5e550000-%04x-4000-8000-%012llx", w->call_no,
			(unsigned long long) (start_us / HOUR_US));

	/* The connection comes before the join, and the join begins when it is said to. */
	a.now_us -= 4 * SECOND_US;
	coordinator_connect(&a);
	a.now_us = start_us;
	if (run_attempt(&a, false) && w->rejoins) {
		second = *w;
		second.rejoins = second.unknown_id = false;
		second.join_reason = w->sdk == &sdks[ANDROID] ? "migrate" : "full-rejoin";
		a.w = &second;
		a.now_us += corpus_between(c, 30, 300) * SECOND_US;
		corpus_uuid(c, a.id);
		(void) run_attempt(&a, true);
	}
	buf_deinit(&a.json);
}

/* ------------------------------------------------------------ ordinary calls */

static void wish_failure(struct corpus *c, struct wish *w)
{
	static const struct wish failures[] = {
		{ .plan = PLAN_COORDINATOR_FAILS, .code = "16", .reason = "call not found" },
		{ .plan = PLAN_COORDINATOR_FAILS, .code = "NETWORK_OFFLINE", .reason = "the network is offline" },
		{ .plan = PLAN_WS_FAILS, .code = "REQUEST_TIMEOUT", .reason = "no answer within 5000 ms" },
		{ .plan = PLAN_WS_FAILS, .code = "SFU_FULL", .reason = "sfu is full" },
		{ .plan = PLAN_ICE_FAILS, .code = "ICE_CONNECTIVITY_FAILED", .reason = "ICE connectivity checks failed" },
		{ .plan = PLAN_ICE_FAILS, .code = "ICE_CONNECTIVITY_FAILED", .reason = "ICE connectivity checks failed" },
		{ .plan = PLAN_DTLS_FAILS, .code = "DTLS_CONNECTIVITY_FAILED", .reason = "DTLS handshake failed" },
	};
	const struct wish *f = &failures[corpus_below(c, N_ELEMENTS(failures))];

	w->plan = f->plan;
	w->code = f->code;
	w->reason = f->reason;
	w->viewer = w->viewer && w->plan != PLAN_DTLS_FAILS;
	w->codeless = w->plan == PLAN_DTLS_FAILS && (w->sdk == &sdks[SWIFT] || w->sdk == &sdks[SWIFT_OLD]);
}

void stream_call(struct corpus *c, int64_t start_us)
{
	static const char *const call_types[] = { "default", "default", "default", "livestream", "audio_room" };
	/* How often an SDK is seen, out of 100. */
	static const uint8_t share[N_SDKS] = { 38, 2, 10, 14, 6, 12, 16, 2 };
	uint32_t dice = corpus_below(c, 100), sdk = 0;
	struct wish w = {
		.sfu = sfus[corpus_below(c, N_ELEMENTS(sfus))],
		.call_type = call_types[corpus_below(c, N_ELEMENTS(call_types))],
		.join_reason = "first-attempt",
		.retries = corpus_chance(c, 60) ? 1 + corpus_below(c, 3) : 0,
		.reconnects = corpus_chance(c, 40),
		.rejoins = corpus_chance(c, 30),
		.unknown_id = corpus_chance(c, 2),
		.user_no = corpus_below(c, 2000),
		.call_no = corpus_below(c, 300),
	};

	while (dice >= share[sdk])
		dice -= share[sdk++];
	w.sdk = &sdks[sdk];
	w.viewer = strcmp(w.call_type, "livestream") == 0 && corpus_chance(c, 900);
	w.unknown_id = w.unknown_id && w.sdk == &sdks[ANDROID];

	dice = corpus_below(c, 1000);
	if (dice < 60) {
		wish_failure(c, &w);
	} else if (dice < 80) {
		w.plan = PLAN_ABORT;
		w.code = corpus_chance(c, 800) ? "CLIENT_ABORTED" : "BACKEND_LEAVE";
		w.reason = "left while connecting";
	} else if (dice < 90) {
		w.plan = PLAN_STUCK;
	}
	run(c, &w, start_us);
}

/* ------------------------------------------------------------------ the demo */

/* The attempt the tour looks at: the first ICE failure of the bad hour. */
#define DEMO_ATTEMPT "0ddba11c-0000-4000-8000-000000000001"

enum { N_DEMO = 400 };

/* Groups of the demonstration day; --help says what they add up to. */
static const struct demo_group {
	uint32_t n;
	struct wish wish;
	uint32_t sdk;		/* N_SDKS: all in turn, but the ones with a story of their own */
	bool bad_hour;		/* within one hour, five hours before the end, all on one SFU */
	bool just_now;		/* within the last seconds */
} demo[] = {
	{ .n = 24, .wish = { .plan = PLAN_ICE_FAILS, .code = "ICE_CONNECTIVITY_FAILED",
		.reason = "ICE connectivity checks failed" }, .sdk = N_SDKS, .bad_hour = true },
	{ .n = 15, .wish = { .plan = PLAN_COORDINATOR_FAILS, .code = "16", .reason = "call not found" }, .sdk = SWIFT },
	{ .n = 3, .wish = { .plan = PLAN_WS_FAILS, .code = "REQUEST_TIMEOUT", .reason = "no answer within 5000 ms" }, .sdk = N_SDKS },
	{ .n = 2, .wish = { .plan = PLAN_DTLS_FAILS, .codeless = true }, .sdk = SWIFT_OLD },
	{ .n = 8, .wish = { .plan = PLAN_ABORT, .code = "CLIENT_ABORTED", .reason = "left while connecting" }, .sdk = N_SDKS },
	{ .n = 6, .wish = { .plan = PLAN_STUCK }, .sdk = N_SDKS },
	{ .n = 2, .wish = { .plan = PLAN_STUCK }, .sdk = N_SDKS, .just_now = true },
	{ .n = 25, .wish = { .plan = PLAN_JOIN }, .sdk = SWIFT },
	{ .n = 10, .wish = { .plan = PLAN_JOIN }, .sdk = REACT_OLD },
	{ .n = 20, .wish = { .plan = PLAN_JOIN, .retries = 1 }, .sdk = N_SDKS },
	{ .n = 12, .wish = { .plan = PLAN_JOIN, .reconnects = true }, .sdk = N_SDKS },
	{ .n = 6, .wish = { .plan = PLAN_JOIN, .rejoins = true }, .sdk = ANDROID },	/* two attempts each */
	{ .n = 261, .wish = { .plan = PLAN_JOIN }, .sdk = N_SDKS },
};

struct demo_call {
	int64_t start_us;
	struct wish wish;
};

static int by_start(const void *a, const void *b)
{
	const struct demo_call *x = a, *y = b;

	return (x->start_us > y->start_us) - (x->start_us < y->start_us);
}

void stream_demo(struct corpus *c, int64_t now_us)
{
	static const uint8_t in_turn[] = { REACT, ANDROID, REACT, FLUTTER, REACT_NATIVE, SWIFT_OLD, REACT };
	static const char *const call_types[] = {	/* 12, 5 and 3 of 20 */
		"default", "livestream", "default", "audio_room", "default", "default", "livestream",
		"default", "default", "livestream", "default", "audio_room", "default", "default",
		"livestream", "default", "default", "audio_room", "default", "livestream",
	};
	int64_t bad_hour_us = (now_us - 5 * HOUR_US) / HOUR_US * HOUR_US;
	static struct demo_call calls[N_DEMO];
	size_t n_calls = 0;

	for (size_t g = 0; g < N_ELEMENTS(demo); g++) {
		for (uint32_t i = 0; i < demo[g].n; i++, n_calls++) {
			struct demo_call *call = &calls[n_calls];
			struct wish *w = &call->wish;

			*w = demo[g].wish;
			w->sdk = &sdks[demo[g].sdk < N_SDKS ? demo[g].sdk : in_turn[n_calls % N_ELEMENTS(in_turn)]];
			w->call_type = call_types[n_calls % N_ELEMENTS(call_types)];
			w->sfu = sfus[demo[g].bad_hour ? 0 : corpus_below(c, N_ELEMENTS(sfus))];
			w->join_reason = "first-attempt";
			w->user_no = corpus_below(c, 150);
			w->call_no = corpus_below(c, 40);
			w->viewer = strcmp(w->call_type, "livestream") == 0 && w->plan != PLAN_DTLS_FAILS;
			if (demo[g].bad_hour)
				call->start_us = bad_hour_us + 60 * SECOND_US +
					i * (55 * 60 / demo[g].n) * SECOND_US;
			else if (demo[g].just_now)
				call->start_us = now_us - (10 + 5 * i) * SECOND_US;
			else
				call->start_us = now_us - corpus_between(c, HOUR_US / 2, 24 * HOUR_US - HOUR_US / 4);
			if (g == 0 && i == 0)
				w->attempt_id = DEMO_ATTEMPT;
		}
	}
	/* Whose the first is, is in the other vendors' calls too. */
	for (size_t i = n_calls; i-- > 0;)
		if (calls[i].wish.user_no == calls[0].wish.user_no)
			calls[i].wish.user_id = "ana";
	qsort(calls, n_calls, sizeof(calls[0]), by_start);
	for (size_t i = 0; i < n_calls; i++)
		run(c, &calls[i].wish, calls[i].start_us);
}
