/* Keeping marks that tell something, and merging those that do not. */

#include "core/attendance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/grow.h"

void attendance_init(struct attendance *a)
{
	*a = (struct attendance) { .started_us = MARK_UNTOLD, .first_us = INT64_MAX, .last_us = INT64_MIN };
}

void attendance_deinit(struct attendance *a)
{
	free(a->marks);
	free(a->seats);
	ptrmap_deinit(&a->index);
	*a = (struct attendance) {};
}

struct seat *attendance_seat(struct attendance *a, const char *participant_id)
{
	uint32_t i;

	return ptrmap_get(&a->index, participant_id, &i) == 0 ? &a->seats[i] : NULL;
}

static int take_seat(struct attendance *a, const char *participant_id, struct seat **ret)
{
	int r;

	*ret = attendance_seat(a, participant_id);
	if (*ret)
		return 0;
	r = grow(&a->seats, sizeof(*a->seats), a->n_seats, &a->cap_seats);
	if (r == 0)
		r = ptrmap_put(&a->index, participant_id, (uint32_t) a->n_seats);
	if (r < 0)
		return r;
	*ret = &a->seats[a->n_seats++];
	**ret = (struct seat) {
		.participant_id = participant_id,
		.joined = ATTENDANCE_NONE, .active = ATTENDANCE_NONE,
		.started_us = MARK_UNTOLD, .joined_us = MARK_UNTOLD,
	};
	return 0;
}

static int append(struct attendance *a, const struct mark *m, size_t *ret_index)
{
	int r = grow(&a->marks, sizeof(*a->marks), a->n_marks, &a->cap_marks);

	if (r < 0)
		return r;
	*ret_index = a->n_marks;
	a->marks[a->n_marks++] = *m;
	return 0;
}

static void widen(struct attendance *a, const struct mark *m)
{
	a->first_us = MIN_OF(a->first_us, m->from_us);
	a->last_us = MAX_OF(a->last_us, m->at_us);
}

static struct order_key key_of(const struct mark *m)
{
	return (struct order_key) { m->from_us, m->tie, m->rank };
}

/* Of the texts [from, to) of a mark, as bits from 0 on: those that none before it has. */
static unsigned news_in(const struct mark *m, int from, int to, unsigned told, const struct order_key *keys)
{
	const struct order_key key = key_of(m);
	unsigned news = 0;

	for (int t = 0; t < to - from; t++)
		if (m->texts[from + t] && (!(told & 1u << t) || order_before(&key, &keys[t])))
			news |= 1u << t;
	return news;
}

/* Returns the bits told then. */
static unsigned note(unsigned news, const struct mark *m, unsigned told, struct order_key *keys)
{
	for (unsigned left = news; left; left &= left - 1)
		keys[__builtin_ctz(left)] = key_of(m);
	return told | news;
}

static bool starts_earlier(const struct attendance *a, const struct mark *m)
{
	return m->session_started_us != MARK_UNTOLD &&
	       (a->started_us == MARK_UNTOLD || m->session_started_us < a->started_us);
}

/*
 * Whether no mark before it tells as much of who is local. What a later one tells
 * does not count: that may turn out to be of another session.
 */
static bool tells_local(const struct seat *s, const struct mark *m)
{
	const struct order_key key = key_of(m);

	for (int l = m->is_local; l >= 0 && l < N_LOCAL; l++)
		if (s->local_told & 1u << l && !order_before(&key, &s->local_keys[l]))
			return false;
	return m->is_local >= 0;
}

/* Whether the mark tells more than that there was activity. What it tells is noted as told. */
static bool tells(struct attendance *a, struct seat *s, const struct mark *m)
{
	unsigned of_session = news_in(m, FIRST_SESSION_TEXT, N_SESSION_TEXTS_END, a->told, a->text_keys);
	unsigned of_seat = news_in(m, 0, N_PARTICIPANT_TEXTS, s->told, s->text_keys);
	bool local = tells_local(s, m);
	bool news = of_session || of_seat || starts_earlier(a, m) || local;

	a->told = (uint16_t) note(of_session, m, a->told, a->text_keys);
	s->told = (uint8_t) note(of_seat, m, s->told, s->text_keys);
	if (starts_earlier(a, m))
		a->started_us = m->session_started_us;
	if (local) {
		s->local_told |= (uint8_t) (1u << m->is_local);
		s->local_keys[m->is_local] = key_of(m);
	}
	return news || m->kind != MARK_INFO || m->creates;
}

/* The mark without what others tell as well. */
static struct mark bare(const struct mark *m)
{
	return (struct mark) {
		.at_us = m->at_us, .from_us = m->from_us, .rank = MARK_RANK_INFO, .is_local = -1,
		.merged = true, .n_events = m->n_events,
		.session_started_us = MARK_UNTOLD, .session_ended_us = MARK_UNTOLD,
		.texts = { [MARK_PARTICIPANT_ID] = m->texts[MARK_PARTICIPANT_ID] },
	};
}

/* Merge it with what its participant's activity was before, or let it stand for that from now on. */
static int add_activity(struct attendance *a, struct seat *s, const struct mark *m, int64_t merge_us)
{
	struct mark *have = s->active != ATTENDANCE_NONE ? &a->marks[s->active] : NULL;
	struct mark merged = bare(m);

	if (have) {
		merged.from_us = MIN_OF(have->from_us, m->from_us);
		merged.at_us = MAX_OF(have->at_us, m->at_us);
		merged.n_events += have->n_events;
	}
	if (!have || merged.at_us - merged.from_us > merge_us) {
		merged = bare(m);
		return append(a, &merged, &s->active);
	}
	*have = merged;
	return 0;
}

/* The interned form of a text that may be NULL. Returns 0 or -ENOMEM. */
static int intern(const struct attendance_texts *texts, const char **text)
{
	if (!*text)
		return 0;
	*text = texts->intern(texts->user, *text, strlen(*text));
	return *text ? 0 : -ENOMEM;
}

int attendance_add(struct attendance *a, const struct mark *told, int64_t merge_us,
		   const struct attendance_texts *texts)
{
	struct mark m = *told;
	struct seat *s;
	size_t index;
	int r;

	r = intern(texts, &m.texts[MARK_PARTICIPANT_ID]);
	if (r == 0)
		r = take_seat(a, m.texts[MARK_PARTICIPANT_ID], &s);
	if (r < 0)
		return r;
	widen(a, &m);
	if (!tells(a, s, &m) && merge_us >= 0)
		return add_activity(a, s, &m, merge_us);
	for (int t = 0; r == 0 && t < MARK_PARTICIPANT_ID; t++)
		r = intern(texts, &m.texts[t]);
	return r == 0 ? append(a, &m, &index) : r;
}

int attendance_reserve(struct attendance *a, size_t n)
{
	struct mark *grown;

	if (a->cap_marks - a->n_marks >= n)
		return 0;
	grown = reallocarray(a->marks, a->n_marks + n, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	a->marks = grown;
	a->cap_marks = a->n_marks + n;
	return 0;
}

int attendance_add_kept(struct attendance *a, const struct mark *m)
{
	struct seat *s;
	size_t index;
	int r;

	r = take_seat(a, m->texts[MARK_PARTICIPANT_ID], &s);
	widen(a, m);
	if (r == 0)
		r = append(a, m, &index);
	/* The last one is what further activity is merged with: they are kept in their order. */
	if (r == 0 && !tells(a, s, m))
		s->active = index;
	return r;
}

/*
 * A call's text that a stay tells: that of the stay that began first, and of two that began in one
 * instant the text that sorts first, so that it is not the order of arrival that decides.
 */
static void keep_text(struct seat *s, struct mark *m, enum mark_text t, const char *text, int64_t at_us)
{
	const char *have = m->texts[t];
	int64_t *have_us = &s->text_keys[t - FIRST_SESSION_TEXT].at_us;

	if (text && (!have || at_us < *have_us || (at_us == *have_us && strcmp(text, have) < 0))) {
		m->texts[t] = text;
		*have_us = at_us;
	}
}

/* The two marks that a seat's stays are told by: its joining, and its activity. */
static int begin_stays(struct attendance *a, struct seat *s, const struct stay *stay)
{
	struct mark m = {
		.tie = 0, .rank = MARK_RANK_JOINED, .kind = MARK_JOINED, .creates = true, .is_local = -1,
		.session_started_us = MARK_UNTOLD, .session_ended_us = MARK_UNTOLD,
		.texts = { [MARK_PARTICIPANT_ID] = stay->user_id, [MARK_USER_ID] = stay->user_id },
	};
	int r = append(a, &m, &s->joined);

	if (r < 0)
		return r;
	m = bare(&m);	/* of no events yet */
	m.at_us = stay->last_us;
	return append(a, &m, &s->active);
}

int attendance_add_stay(struct attendance *a, const struct stay *told, const struct attendance_texts *texts)
{
	struct stay own = *told;
	const struct stay *stay = &own;
	struct mark *joined, *active;
	struct seat *s;
	int r;

	r = intern(texts, &own.user_id);
	if (r == 0)
		r = intern(texts, &own.call_type);
	if (r == 0)
		r = intern(texts, &own.call_id);
	if (r == 0)
		r = take_seat(a, stay->user_id, &s);
	if (r == 0 && s->joined == ATTENDANCE_NONE)
		r = begin_stays(a, s, stay);
	if (r < 0)
		return r;
	if (s->started_us == MARK_UNTOLD || stay->started_us < s->started_us)
		s->started_us = stay->started_us;
	if (stay->joined_us != MARK_UNTOLD && (s->joined_us == MARK_UNTOLD || stay->joined_us < s->joined_us))
		s->joined_us = stay->joined_us;

	joined = &a->marks[s->joined];
	joined->at_us = joined->from_us = s->joined_us != MARK_UNTOLD ? s->joined_us : s->started_us;
	keep_text(s, joined, MARK_CALL_TYPE, stay->call_type, stay->started_us);
	keep_text(s, joined, MARK_CALL_ID, stay->call_id, stay->started_us);
	active = &a->marks[s->active];
	active->at_us = active->from_us = MAX_OF(active->at_us, stay->last_us);
	active->n_events += stay->n_events;
	return 0;
}

int attendance_intern(struct attendance *a, const struct attendance_texts *texts)
{
	int r = 0;

	for (size_t i = 0; i < a->n_marks; i++)
		for (int t = 0; r == 0 && t < N_MARK_TEXTS; t++)
			r = intern(texts, &a->marks[i].texts[t]);
	ptrmap_clear(&a->index);
	for (size_t i = 0; r == 0 && i < a->n_seats; i++) {
		r = intern(texts, &a->seats[i].participant_id);
		if (r == 0)
			r = ptrmap_put(&a->index, a->seats[i].participant_id, (uint32_t) i);
	}
	return r;
}

int attendance_sort(const struct attendance *a, struct buf *out)
{
	const struct mark **marks;
	int r = buf_reserve(out, a->n_marks * sizeof(*marks));

	if (r < 0 || a->n_marks == 0)
		return r;
	marks = (const struct mark **) (void *) (out->data + out->n);
	for (size_t i = 0; i < a->n_marks; i++)
		marks[i] = &a->marks[i];
	qsort(marks, a->n_marks, sizeof(*marks), session_compare_marks);
	out->n += a->n_marks * sizeof(*marks);
	return 0;
}
