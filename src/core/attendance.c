/* Keeping marks that tell something, and merging those that do not. */

#include "core/attendance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/order.h"
#include "util/grow.h"

enum { FEW_SEATS = 8 };		/* so many are soon looked through */

void attendance_init(struct attendance *a)
{
	*a = (struct attendance) { .started_us = MARK_UNTOLD, .first_us = INT64_MAX, .last_us = INT64_MIN };
}

void attendance_deinit(struct attendance *a)
{
	free(a->marks);
	free(a->more);
	free(a->seats);
	ptrmap_deinit(&a->index);
	*a = (struct attendance) {};
}

struct seat *attendance_seat(struct attendance *a, const char *participant_id)
{
	uint32_t i;

	if (a->n_seats > FEW_SEATS)
		return ptrmap_get(&a->index, participant_id, &i) == 0 ? &a->seats[i] : NULL;
	for (i = 0; i < a->n_seats; i++)
		if (a->seats[i].participant_id == participant_id)
			return &a->seats[i];
	return NULL;
}

/* Find them by the index from now on, if they are many. */
static int index_seats(struct attendance *a)
{
	int r = 0;

	ptrmap_clear(&a->index);
	for (size_t i = 0; r == 0 && a->n_seats > FEW_SEATS && i < a->n_seats; i++)
		r = ptrmap_put(&a->index, a->seats[i].participant_id, (uint32_t) i);
	return r;
}

static int take_seat(struct attendance *a, const char *participant_id, struct seat **ret)
{
	int r;

	*ret = attendance_seat(a, participant_id);
	if (*ret)
		return 0;
	r = grow(&a->seats, sizeof(*a->seats), a->n_seats, &a->cap_seats);
	if (r < 0)
		return r;
	a->seats[a->n_seats++] = (struct seat) { .participant_id = participant_id };
	if (a->n_seats == FEW_SEATS + 1)
		r = index_seats(a);
	else if (a->n_seats > FEW_SEATS)
		r = ptrmap_put(&a->index, participant_id, (uint32_t) a->n_seats - 1);
	*ret = &a->seats[a->n_seats - 1];
	return r;
}

/* Holding marks. */

static struct held_mark *held(const struct attendance *a, mark_ref ref)
{
	return &a->marks[ref - 1];
}

/* What a mark tells beside its times and its participant; many tell the same as the one before. */
static int put_more(struct attendance *a, const struct mark *m, bool is_user, uint32_t *ret)
{
	struct held_more more = { .session_started_us = m->session_started_us, .session_ended_us = m->session_ended_us };
	bool any = m->session_started_us != MARK_UNTOLD || m->session_ended_us != MARK_UNTOLD;
	int r;

	memcpy(more.texts, m->texts, sizeof(more.texts));
	if (is_user)
		more.texts[MARK_USER_ID] = NULL;
	for (int t = 0; t < MARK_PARTICIPANT_ID; t++)
		any |= more.texts[t] != NULL;
	*ret = (uint32_t) a->n_more;
	if (!any)
		*ret = 0;
	if (!any || (a->n_more > 0 && memcmp(&a->more[a->n_more - 1], &more, sizeof(more)) == 0))
		return 0;
	r = grow(&a->more, sizeof(*a->more), a->n_more, &a->cap_more);
	if (r < 0)
		return r;
	a->more[a->n_more++] = more;
	*ret = (uint32_t) a->n_more;
	return 0;
}

/* Hold a mark of the participant's. Its texts are interned. */
static int hold(struct attendance *a, const struct seat *s, const struct mark *m, struct held_mark *ret)
{
	bool is_user = s->participant_id && m->texts[MARK_USER_ID] == s->participant_id;

	*ret = (struct held_mark) {
		.at_us = m->at_us, .from_us = m->from_us, .tie = m->tie, .n_events = m->n_events,
		.seat = (uint32_t) (s - a->seats), .rank = m->rank, .kind = m->kind, .is_local = m->is_local,
		.creates = m->creates, .merged = m->merged, .is_user = is_user,
	};
	return put_more(a, m, is_user, &ret->more);
}

static void show(const struct attendance *a, const struct held_mark *h, struct mark *ret)
{
	*ret = (struct mark) {
		.at_us = h->at_us, .from_us = h->from_us, .tie = h->tie, .n_events = h->n_events,
		.rank = h->rank, .kind = h->kind, .is_local = h->is_local, .creates = h->creates, .merged = h->merged,
		.session_started_us = MARK_UNTOLD, .session_ended_us = MARK_UNTOLD,
	};
	if (h->more) {
		const struct held_more *more = &a->more[h->more - 1];

		ret->session_started_us = more->session_started_us;
		ret->session_ended_us = more->session_ended_us;
		memcpy(ret->texts, more->texts, sizeof(more->texts));
	}
	ret->texts[MARK_PARTICIPANT_ID] = a->seats[h->seat].participant_id;
	if (h->is_user)
		ret->texts[MARK_USER_ID] = ret->texts[MARK_PARTICIPANT_ID];
}

static int append(struct attendance *a, const struct seat *s, const struct mark *m, mark_ref *ret)
{
	int r = grow(&a->marks, sizeof(*a->marks), a->n_marks, &a->cap_marks);

	if (r == 0)
		r = hold(a, s, m, &a->marks[a->n_marks]);
	if (r < 0)
		return r;
	*ret = (mark_ref) ++a->n_marks;
	return 0;
}

static void widen(struct attendance *a, const struct mark *m)
{
	a->first_us = MIN_OF(a->first_us, m->from_us);
	a->last_us = MAX_OF(a->last_us, m->at_us);
}

/* What is news. */

struct news {
	unsigned of_session, of_seat;	/* bits of the texts, from FIRST_SESSION_TEXT and from 0 on */
	bool local, started;
};

/* Whether a mark is before the one that tells the same. */
static bool is_earlier(const struct attendance *a, const struct mark *m, mark_ref ref)
{
	const struct held_mark *h = ref ? held(a, ref) : NULL;

	return !h || order_before(&(struct order_key) { m->from_us, m->tie, m->rank },
				  &(struct order_key) { h->from_us, h->tie, h->rank });
}

/* Of the texts [from, to) of a mark, as bits from 0 on: those that none before it has. */
static unsigned news_in(const struct attendance *a, const struct mark *m, int from, int to, const mark_ref *told)
{
	unsigned news = 0;

	for (int t = 0; t < to - from; t++)
		if (m->texts[from + t] && is_earlier(a, m, told[t]))
			news |= 1u << t;
	return news;
}

/*
 * Whether no mark before it tells as much of who is local. What a later one tells
 * does not count: that may turn out to be of another session.
 */
static bool tells_local(const struct attendance *a, const struct seat *s, const struct mark *m)
{
	for (int l = m->is_local; l >= 0 && l < N_LOCAL; l++)
		if (s->local[l] && !is_earlier(a, m, s->local[l]))
			return false;
	return m->is_local >= 0;
}

static struct news find_news(const struct attendance *a, const struct seat *s, const struct mark *m)
{
	return (struct news) {
		.of_session = news_in(a, m, FIRST_SESSION_TEXT, N_SESSION_TEXTS_END, a->texts),
		.of_seat = news_in(a, m, 0, N_PARTICIPANT_TEXTS, s->texts),
		.local = tells_local(a, s, m),
		.started = m->session_started_us != MARK_UNTOLD &&
			   (a->started_us == MARK_UNTOLD || m->session_started_us < a->started_us),
	};
}

/* Whether the mark tells more than that there was activity. */
static bool tells(const struct mark *m, const struct news *news)
{
	return news->of_session || news->of_seat || news->local || news->started || m->kind != MARK_INFO || m->creates;
}

static void note_texts(unsigned news, mark_ref ref, mark_ref *told)
{
	for (; news; news &= news - 1)
		told[__builtin_ctz(news)] = ref;
}

/* The mark, held as @ref, has told it. */
static void note(struct attendance *a, struct seat *s, const struct mark *m, const struct news *news, mark_ref ref)
{
	note_texts(news->of_session, ref, a->texts);
	note_texts(news->of_seat, ref, s->texts);
	if (news->local)
		s->local[m->is_local] = ref;
	if (news->started)
		a->started_us = m->session_started_us;
}

/* Adding. */

/* The mark without what others tell as well. */
static struct mark bare(const struct mark *m)
{
	return (struct mark) {
		.at_us = m->at_us, .from_us = m->from_us, .rank = MARK_RANK_INFO, .is_local = -1,
		.merged = true, .n_events = m->n_events,
		.session_started_us = MARK_UNTOLD, .session_ended_us = MARK_UNTOLD,
	};
}

/* Merge it with what its participant's activity was before, or let it stand for that from now on. */
static int add_activity(struct attendance *a, struct seat *s, const struct mark *m, int64_t merge_us)
{
	struct held_mark *have = s->active ? held(a, s->active) : NULL;
	int64_t from_us = have ? MIN_OF(have->from_us, m->from_us) : 0;
	int64_t at_us = have ? MAX_OF(have->at_us, m->at_us) : 0;
	struct mark merged = bare(m);

	if (!have || at_us - from_us > merge_us)
		return append(a, s, &merged, &s->active);
	merged.from_us = from_us;
	merged.at_us = at_us;
	merged.n_events += have->n_events;
	return hold(a, s, &merged, have);
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
	struct news news;
	struct seat *s;
	mark_ref ref;
	int r;

	r = intern(texts, &m.texts[MARK_PARTICIPANT_ID]);
	if (r == 0)
		r = take_seat(a, m.texts[MARK_PARTICIPANT_ID], &s);
	if (r < 0)
		return r;
	widen(a, &m);
	news = find_news(a, s, &m);
	if (!tells(&m, &news) && merge_us >= 0)
		return add_activity(a, s, &m, merge_us);
	for (int t = 0; r == 0 && t < MARK_PARTICIPANT_ID; t++)
		r = intern(texts, &m.texts[t]);
	if (r == 0)
		r = append(a, s, &m, &ref);
	if (r == 0)
		note(a, s, &m, &news, ref);
	return r;
}

int attendance_reserve(struct attendance *a, size_t n)
{
	struct held_mark *grown;

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
	struct news news;
	struct seat *s;
	mark_ref ref;
	int r;

	r = take_seat(a, m->texts[MARK_PARTICIPANT_ID], &s);
	if (r < 0)
		return r;
	widen(a, m);
	news = find_news(a, s, m);
	r = append(a, s, m, &ref);
	if (r < 0)
		return r;
	note(a, s, m, &news, ref);
	/* The last one is what further activity is merged with: they are kept in their order. */
	if (!tells(m, &news))
		s->active = ref;
	return 0;
}

/* Stays. */

/*
 * A call's text that a stay tells: that of the stay that began first, and of two that began in one
 * instant the text that sorts first, so that it is not the order of arrival that decides.
 */
static void keep_text(const char **have, int64_t *have_us, const char *text, int64_t at_us)
{
	if (!text || (*have && (at_us > *have_us || (at_us == *have_us && strcmp(text, *have) >= 0))))
		return;
	*have = text;
	*have_us = at_us;
}

int attendance_add_stay(struct attendance *a, const struct stay *stay, const struct attendance_texts *texts)
{
	const char *user_id = stay->user_id, *call_type = stay->call_type, *call_id = stay->call_id;
	const size_t n_seats = a->n_seats;
	struct seat *s;
	struct stays *all;
	int r;

	a->of_stays = true;
	r = intern(texts, &user_id);
	if (r == 0)
		r = intern(texts, &call_type);
	if (r == 0)
		r = intern(texts, &call_id);
	if (r == 0)
		r = take_seat(a, user_id, &s);
	if (r < 0)
		return r;
	all = &s->stays;
	if (a->n_seats > n_seats)
		*all = (struct stays) {
			.started_us = stay->started_us, .joined_us = MARK_UNTOLD, .last_us = stay->last_us,
		};
	all->started_us = MIN_OF(all->started_us, stay->started_us);
	all->last_us = MAX_OF(all->last_us, stay->last_us);
	if (stay->joined_us != MARK_UNTOLD && (all->joined_us == MARK_UNTOLD || stay->joined_us < all->joined_us))
		all->joined_us = stay->joined_us;
	keep_text(&all->call_type, &all->type_us, call_type, stay->started_us);
	keep_text(&all->call_id, &all->id_us, call_id, stay->started_us);
	all->n_events += stay->n_events;
	return 0;
}

static void show_stays(const struct seat *s, struct mark ret[static 2])
{
	const struct stays *all = &s->stays;
	const bool joins = s->participant_id != NULL;

	ret[0] = (struct mark) {
		.rank = joins ? MARK_RANK_JOINED : MARK_RANK_INFO, .kind = joins ? MARK_JOINED : MARK_INFO,
		.creates = joins, .is_local = -1,
		.session_started_us = MARK_UNTOLD, .session_ended_us = MARK_UNTOLD,
		.texts = {
			[MARK_PARTICIPANT_ID] = s->participant_id, [MARK_USER_ID] = s->participant_id,
			[MARK_CALL_TYPE] = all->call_type, [MARK_CALL_ID] = all->call_id,
		},
	};
	ret[0].at_us = ret[0].from_us = joins && all->joined_us != MARK_UNTOLD ? all->joined_us : all->started_us;
	ret[1] = bare(&(struct mark) { .at_us = all->last_us, .from_us = all->last_us, .n_events = all->n_events });
	ret[1].texts[MARK_PARTICIPANT_ID] = s->participant_id;
}

/* All of them. */

size_t attendance_count(const struct attendance *a)
{
	return a->of_stays ? 2 * a->n_seats : a->n_marks;
}

size_t attendance_bytes(const struct attendance *a)
{
	return a->cap_marks * sizeof(*a->marks) + a->cap_more * sizeof(*a->more) + a->cap_seats * sizeof(*a->seats) +
	       a->index.cap * sizeof(*a->index.slots);
}

int attendance_intern(struct attendance *a, const struct attendance_texts *texts)
{
	int r = 0;

	for (size_t i = 0; i < a->n_more; i++)
		for (int t = 0; r == 0 && t < MARK_PARTICIPANT_ID; t++)
			r = intern(texts, &a->more[i].texts[t]);
	for (size_t i = 0; r == 0 && i < a->n_seats; i++) {
		struct seat *s = &a->seats[i];

		r = intern(texts, &s->participant_id);
		if (r == 0 && a->of_stays)
			r = intern(texts, &s->stays.call_type);
		if (r == 0 && a->of_stays)
			r = intern(texts, &s->stays.call_id);
	}
	return r == 0 ? index_seats(a) : r;
}

int attendance_sort(const struct attendance *a, struct buf *marks, struct buf *out)
{
	const size_t n = attendance_count(a);
	const struct mark **sorted;
	struct mark *shown;
	int r;

	marks->n = 0;
	r = buf_reserve(marks, n * sizeof(*shown));
	if (r == 0)
		r = buf_reserve(out, n * sizeof(*sorted));
	if (r < 0 || n == 0)
		return r;
	shown = (struct mark *) (void *) marks->data;
	sorted = (const struct mark **) (void *) (out->data + out->n);
	for (size_t i = 0; i < a->n_marks; i++)
		show(a, &a->marks[i], &shown[i]);
	for (size_t i = 0; a->of_stays && i < a->n_seats; i++)
		show_stays(&a->seats[i], &shown[2 * i]);
	for (size_t i = 0; i < n; i++)
		sorted[i] = &shown[i];
	qsort(sorted, n, sizeof(*sorted), session_compare_marks);
	marks->n = n * sizeof(*shown);
	out->n += n * sizeof(*sorted);
	return 0;
}
