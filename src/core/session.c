/* Cutting marks into sessions, and folding each one. */

#include "core/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/order.h"
#include "util/grow.h"

void session_fold_deinit(struct session_fold *f)
{
	free(f->sessions);
	free(f->participants);
	free(f->intervals);
	strmap_deinit(&f->index);
	strmap_deinit(&f->stands);
	*f = (struct session_fold) {};
}

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

int session_compare_marks(const void *a, const void *b)
{
	const struct mark *x = *(const struct mark *const *) a, *y = *(const struct mark *const *) b;
	const struct order_key of_x = { x->from_us, x->tie, x->rank }, of_y = { y->from_us, y->tie, y->rank };

	if (order_before(&of_x, &of_y))
		return -1;
	if (order_before(&of_y, &of_x))
		return 1;
	/* Marks without a digest of their own: any order that does not depend on where they are kept. */
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return compare_texts(x->texts[MARK_PARTICIPANT_ID], y->texts[MARK_PARTICIPANT_ID]);
}

static void keep_first(const char **have, const char *told)
{
	if (!*have)
		*have = told;
}

static void keep_earliest(int64_t *have, int64_t told)
{
	if (told != SESSION_UNKNOWN && (*have == SESSION_UNKNOWN || told < *have))
		*have = told;
}

/* Participants. */

static struct session_participant *find(struct session_fold *f, const char *id)
{
	int64_t *at = id ? strmap_get(&f->index, id, strlen(id)) : NULL;

	return at ? &f->participants[*at] : NULL;
}

static int add_participant(struct session_fold *f, const char *id)
{
	int r;

	if (find(f, id))
		return 0;
	r = grow(&f->participants, sizeof(*f->participants), f->n_participants, &f->cap_participants);
	if (r == 0)
		r = strmap_put(&f->index, id, strlen(id), (int64_t) f->n_participants, NULL);
	if (r < 0)
		return r;
	f->participants[f->n_participants++] = (struct session_participant) {
		.participant_id = id,
		.is_local = -1,
		.joined_us = SESSION_UNKNOWN,
		.left_us = SESSION_UNKNOWN,
		.last_us = INT64_MIN,
		.open_since_us = SESSION_UNKNOWN,
		.idle_left_us = SESSION_UNKNOWN,
		.session = f->n_sessions,
	};
	return 0;
}

static int add_interval(struct session_fold *f, int64_t from_us, int64_t to_us)
{
	int r = grow(&f->intervals, sizeof(*f->intervals), f->n_intervals, &f->cap_intervals);

	if (r == 0)
		f->intervals[f->n_intervals++] = (struct session_interval) { from_us, to_us, f->n_sessions };
	return r;
}

static void join(struct session_participant *p, const struct mark *m)
{
	p->ended = false;
	if (p->joined_us == SESSION_UNKNOWN)
		p->joined_us = m->at_us;
	if (p->open_since_us == SESSION_UNKNOWN)
		p->open_since_us = m->at_us;
	p->left_us = SESSION_UNKNOWN;
	p->how_left = p->how_left_class = NULL;
}

/* How much is told of a leaving: no reason, an ordinary one, or one that is not. */
static int weigh_reason(const char *how_left, const char *how_left_class)
{
	if (!how_left)
		return 0;
	return !how_left_class || strcmp(how_left_class, "normal") == 0 ? 1 : 2;
}

/*
 * Several may tell of one leaving, each at its own time: the latest counts, so a
 * repeated one only makes the last stay longer. Who was banned is disconnected
 * next, and not all tell why: the reason is the one that tells most, the latest of these.
 */
static int leave(struct session_fold *f, struct session_participant *p, const struct mark *m)
{
	int r = 0;

	if (p->open_since_us != SESSION_UNKNOWN) {
		p->duration_us += m->at_us - p->open_since_us;
		r = add_interval(f, p->open_since_us, m->at_us);
		p->open_since_us = SESSION_UNKNOWN;
	} else if (p->left_us != SESSION_UNKNOWN) {
		if (p->joined_us != SESSION_UNKNOWN) {
			p->duration_us += m->at_us - p->left_us;
			r = add_interval(f, p->left_us, m->at_us);
		}
		if (weigh_reason(m->texts[MARK_HOW_LEFT], m->texts[MARK_HOW_LEFT_CLASS]) <
		    weigh_reason(p->how_left, p->how_left_class)) {
			p->left_us = m->at_us;
			return r;
		}
	}
	p->left_us = m->at_us;
	p->how_left = m->texts[MARK_HOW_LEFT];
	p->how_left_class = m->texts[MARK_HOW_LEFT_CLASS];
	return r;
}

static int mark_participant(struct session_fold *f, const struct mark *m)
{
	struct session_participant *p = find(f, m->texts[MARK_PARTICIPANT_ID]);

	if (!p)
		return 0;
	for (int t = 0; t < N_PARTICIPANT_TEXTS; t++)
		keep_first(&p->texts[t], m->texts[t]);
	if (m->is_local > p->is_local)	/* who was local to one reporter is remote to the others */
		p->is_local = m->is_local;
	p->last_us = MAX_OF(p->last_us, m->at_us);
	p->n_events += m->n_events;
	switch (m->kind) {
	case MARK_JOINED:
		join(p, m);
		return 0;
	case MARK_LEFT:
		p->ended = true;
		return leave(f, p, m);
	case MARK_LEFT_IF_IN:
		return p->joined_us != SESSION_UNKNOWN && !p->ended ? leave(f, p, m) : 0;
	case MARK_OUT:
		if (p->open_since_us == SESSION_UNKNOWN)
			return 0;
		p->ended = true;
		return leave(f, p, m);
	default:
		return 0;
	}
}

/* A session. */

/* Everyone still in leaves with the session; else is gone after an idle time, or stays. */
static int close_open(struct session_fold *f, const struct session_rules *rules, size_t first_participant,
		      const struct session *s)
{
	for (size_t i = first_participant; i < f->n_participants; i++) {
		struct session_participant *p = &f->participants[i];
		int64_t until_us = INT64_MAX;
		int r;

		if (p->open_since_us == SESSION_UNKNOWN)
			continue;
		if (s->ended_us != SESSION_UNKNOWN) {
			const struct mark end = {
				.at_us = s->ended_us > p->open_since_us ? s->ended_us : p->open_since_us,
				.texts = {
					[MARK_HOW_LEFT] = "session-ended",
					[MARK_HOW_LEFT_CLASS] = "session-ended",
				},
			};

			r = leave(f, p, &end);
			if (r < 0)
				return r;
			continue;
		}
		if (rules->end == SESSION_ENDS_IDLE)
			p->idle_left_us = until_us = p->last_us + rules->idle_us;
		else if (rules->end == SESSION_ENDS_ALL_LEFT_OR_IDLE)
			p->idle_left_us = until_us = s->last_us + rules->idle_us;
		r = add_interval(f, p->open_since_us, until_us);
		if (r < 0)
			return r;
	}
	return 0;
}

struct step {
	int64_t at_us;
	int order;	/* at one instant: those who were in leave, others come, and who came and went goes */
	int change;
};

static int compare_steps(const void *a, const void *b)
{
	const struct step *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	return x->order - y->order;
}

/* The most who were in at once. */
static int find_peak(const struct session_fold *f, size_t first_interval, int64_t *ret)
{
	size_t n = f->n_intervals - first_interval;
	struct step *steps = malloc((2 * n + 1) * sizeof(*steps));
	int64_t in = 0;

	if (!steps)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct session_interval *v = &f->intervals[first_interval + i];

		steps[2 * i] = (struct step) { v->from_us, 1, 1 };
		steps[2 * i + 1] = (struct step) { v->to_us, v->to_us == v->from_us ? 2 : 0, -1 };
	}
	qsort(steps, 2 * n, sizeof(*steps), compare_steps);
	*ret = 0;
	for (size_t i = 0; i < 2 * n; i++) {
		in += steps[i].change;
		if (in > *ret)
			*ret = in;
	}
	free(steps);
	return 0;
}

static void mark_session(struct session *s, const struct mark *m, int64_t *told_end_us)
{
	for (int t = FIRST_SESSION_TEXT; t < N_SESSION_TEXTS_END; t++)
		keep_first(&s->texts[t], m->texts[t]);
	keep_earliest(&s->started_us, m->session_started_us);
	s->n_events += m->n_events;
	if (m->at_us > s->last_us)
		s->last_us = m->at_us;
	if (m->kind == MARK_ENDED) {
		int64_t at_us = m->session_ended_us != SESSION_UNKNOWN ? m->session_ended_us : m->at_us;

		keep_first(&s->texts[MARK_END_REASON], m->texts[MARK_END_REASON]);
		keep_earliest(told_end_us, at_us);
	}
}

/* Ends, starts and idle times, once all marks are in. */
static void settle(struct session_fold *f, const struct session_rules *rules, size_t first_participant,
		   int64_t told_end_us, struct session *s)
{
	int64_t joined_us = SESSION_UNKNOWN, left_us = SESSION_UNKNOWN, gone_us = SESSION_UNKNOWN;
	size_t n_open = 0, n_joined = 0, n_left = 0;

	for (size_t i = first_participant; i < f->n_participants; i++) {
		const struct session_participant *p = &f->participants[i];

		keep_earliest(&joined_us, p->joined_us);
		n_open += p->open_since_us != SESSION_UNKNOWN;
		n_joined += p->joined_us != SESSION_UNKNOWN;
		n_left += p->left_us != SESSION_UNKNOWN;
		left_us = MAX_OF(left_us, p->left_us);	/* who left was in, though nobody may have told its joining */
		gone_us = MAX_OF(gone_us, p->last_us + rules->idle_us);
	}
	if (s->started_us == SESSION_UNKNOWN)
		s->started_us = joined_us != SESSION_UNKNOWN ? joined_us : s->first_us;
	s->ended_us = told_end_us;
	/* Of whom neither joining nor leaving was told, nobody knows: they do not count where others were in. */
	if (rules->end != SESSION_ENDS_BY_WORD && rules->end != SESSION_ENDS_IDLE && n_open == 0 &&
	    left_us != SESSION_UNKNOWN && (n_joined > 0 || n_left == f->n_participants - first_participant))
		s->ended_us = left_us;
	if (s->ended_us != SESSION_UNKNOWN)
		return;
	if (rules->end == SESSION_ENDS_IDLE)	/* what is nobody's shows that it goes on, too */
		s->idle_end_us = MAX_OF(gone_us, s->last_us + rules->idle_us);
	else if (rules->end == SESSION_ENDS_ALL_LEFT_OR_IDLE)
		s->idle_end_us = s->last_us + rules->idle_us;
}

/* Whether a mark makes its participant. */
static bool makes(const struct mark *m)
{
	return m->texts[MARK_PARTICIPANT_ID] && (m->kind == MARK_JOINED || m->kind == MARK_LEFT || m->creates);
}

static int fold_one(struct session_fold *f, const struct session_rules *rules, const struct mark *const *all,
		    size_t first_mark, size_t n_marks)
{
	const struct mark *const *marks = all + first_mark;
	size_t first_participant = f->n_participants, first_interval = f->n_intervals;
	struct session s = {
		.first_mark = first_mark,
		.n_marks = n_marks,
		.first_us = marks[0]->from_us,
		.last_us = marks[0]->at_us,
		.started_us = SESSION_UNKNOWN,
		.ended_us = SESSION_UNKNOWN,
		.idle_end_us = SESSION_UNKNOWN,
	};
	int64_t told_end_us = SESSION_UNKNOWN;
	int r;

	strmap_clear(&f->index);
	r = grow(&f->sessions, sizeof(*f->sessions), f->n_sessions, &f->cap_sessions);
	/* First who there is: what is said of somebody may come before what makes him a participant. */
	for (size_t i = 0; r == 0 && i < n_marks; i++)
		if (makes(marks[i]))
			r = add_participant(f, marks[i]->texts[MARK_PARTICIPANT_ID]);
	for (size_t i = 0; r == 0 && i < n_marks; i++) {
		mark_session(&s, marks[i], &told_end_us);
		r = mark_participant(f, marks[i]);
	}
	if (r < 0)
		return r;
	settle(f, rules, first_participant, told_end_us, &s);
	r = close_open(f, rules, first_participant, &s);
	if (r == 0)
		r = find_peak(f, first_interval, &s.peak);
	if (r == 0)
		f->sessions[f->n_sessions++] = s;
	return r;
}

/* Who is in, for finding where a session without an id ends. */
enum { OUT, GONE, IN };		/* gone: left, but nothing ended its part */

struct presence {
	struct strmap *stands;	/* borrowed: participant_id → how it stands */
	size_t n_in;
	bool anybody;		/* has been in */
};

/* What the mark makes of a participant that stands so; -1: it knows of none. */
static int64_t follow_one(const struct mark *m, int64_t stands)
{
	switch (m->kind) {
	case MARK_JOINED:
		return IN;
	case MARK_LEFT:
		return stands < 0 ? stands : OUT;
	case MARK_LEFT_IF_IN:
		return stands == IN ? GONE : stands;
	case MARK_OUT:
		return stands == IN ? OUT : stands;
	default:
		return stands;
	}
}

static int follow_presence(struct presence *p, const struct mark *m)
{
	const char *id = m->texts[MARK_PARTICIPANT_ID];
	int64_t *in, stood, stands;

	if (!id || m->kind == MARK_INFO || m->kind == MARK_ENDED)
		return 0;
	in = strmap_get(p->stands, id, strlen(id));
	stood = in ? *in : -1;
	stands = follow_one(m, stood);
	if (stands == stood)
		return 0;
	p->n_in += (stands == IN) - (stood == IN);
	p->anybody |= stands == IN;
	if (in) {
		*in = stands;
		return 0;
	}
	return strmap_put(p->stands, id, strlen(id), stands, NULL);
}

/*
 * Where the session that begins with marks[0] ends: at a gap, or when all have
 * left and somebody comes. Merged marks do not go on for longer than idle_us, so
 * that no gap hides in one.
 */
static int measure(struct presence *p, const struct session_rules *rules, const struct mark *const *marks,
		   size_t n_marks, size_t *ret_n)
{
	int64_t last_us = INT64_MIN, merged_us = INT64_MIN;	/* the latest of any mark, and of those merged */
	size_t n = 0;
	int r;

	strmap_clear(p->stands);
	p->n_in = 0;
	p->anybody = false;
	for (; n < n_marks; n++) {
		const struct mark *m = marks[n];
		bool all_left = p->anybody && p->n_in == 0;

		if (n > 0 && m->from_us - last_us > rules->idle_us)
			break;
		if (all_left && m->kind == MARK_JOINED) {
			if (merged_us >= m->from_us)
				return SESSION_E_MERGED;
			break;
		}
		last_us = MAX_OF(last_us, m->at_us);
		if (m->merged)
			merged_us = MAX_OF(merged_us, m->at_us);
		r = follow_presence(p, m);
		if (r < 0)
			return r;
	}
	*ret_n = n;
	return 0;
}

static bool has_merged(const struct mark *const *marks, size_t n_marks)
{
	for (size_t i = 0; i < n_marks; i++)
		if (marks[i]->merged)
			return true;
	return false;
}

int session_fold(struct session_fold *f, const struct session_rules *rules, const struct mark *const *marks,
		 size_t n_marks)
{
	struct presence presence = { .stands = &f->stands };
	int r = 0;

	f->n_sessions = f->n_participants = f->n_intervals = 0;
	for (size_t at = 0, n = n_marks; r == 0 && at < n_marks; at += n) {
		if (!rules->named)
			r = measure(&presence, rules, marks + at, n_marks - at, &n);
		if (r == 0 && at > 0 && has_merged(marks + at, n))
			r = SESSION_E_MERGED;
		if (r == 0)
			r = fold_one(f, rules, marks, at, n);
	}
	return r;
}
