/* Folding events into an attempt, and telling from it how the join went. */

#include "core/attempt.h"

void attempt_init(struct attempt *a)
{
	*a = (struct attempt) {
		.started_us = ATTEMPT_NEVER,
		.last_us = -1,
		.first_audio_us = ATTEMPT_NEVER,
		.first_video_us = ATTEMPT_NEVER,
	};
	for (int g = 0; g < N_GROUPS; g++)
		a->groups[g] = (struct attempt_group) { ATTEMPT_NEVER, ATTEMPT_NEVER, {}, {} };
}

/* The group a fact counts for, or N_GROUPS. */
static int group_of(const struct fact *fact)
{
	if (fact->phase == PHASE_OTHER)
		return N_GROUPS;
	switch (fact->stage) {
	case STAGE_COORDINATOR_JOIN:
		return GROUP_COORDINATOR_JOIN;
	case STAGE_WS_JOIN:
		return GROUP_WS_JOIN;
	case STAGE_PEER_CONNECTION_CONNECT:
		switch (fact->peer_connection) {
		case PEER_CONNECTION_SUBSCRIBE:
			return GROUP_SUBSCRIBE;
		case PEER_CONNECTION_PUBLISH:
			return GROUP_PUBLISH;
		default:
			return GROUP_PEER_CONNECTION;
		}
	default:
		return N_GROUPS;
	}
}

static void earliest(int64_t *at_us, int64_t us)
{
	if (us < *at_us)
		*at_us = us;
}

static void add_failure(struct attempt_failure *f, const struct fact *fact)
{
	if (f->event_id && !order_before(&fact->key, &f->key))
		return;
	*f = (struct attempt_failure) {
		.event_id = fact->event_id,
		.code = fact->failure_code,
		.key = fact->key,
	};
}

static void add_to_group(struct attempt_group *g, const struct fact *fact)
{
	earliest(&g->begin_us, fact->key.at_us);
	if (fact->resolution == RESOLUTION_SUCCESS)
		earliest(&g->success_us, fact->key.at_us);
	else if (fact->resolution == RESOLUTION_FAILURE)
		add_failure(fact->aborted ? &g->abortion : &g->failure, fact);
}

static void add_label(struct attempt *a, enum label l, const struct fact *fact)
{
	struct order_key *have = &a->label_keys[l];
	bool wins;

	if (!fact->labels[l])
		return;
	wins = l < N_EARLIEST_LABELS ? order_before(&fact->key, have) : order_before(have, &fact->key);
	if (a->labels[l] && !wins)
		return;
	a->labels[l] = fact->labels[l];
	*have = fact->key;
}

void attempt_add(struct attempt *a, const struct fact *fact)
{
	int group = group_of(fact);

	a->n_events++;
	a->n_violations += fact->n_violations;
	earliest(&a->started_us, fact->key.at_us);
	if (fact->key.at_us > a->last_us)
		a->last_us = fact->key.at_us;
	if (fact->stage == STAGE_FIRST_AUDIO_FRAME)
		earliest(&a->first_audio_us, fact->key.at_us);
	if (fact->stage == STAGE_FIRST_VIDEO_FRAME)
		earliest(&a->first_video_us, fact->key.at_us);
	for (int l = 0; l < N_LABELS; l++)
		add_label(a, (enum label) l, fact);
	if (group < N_GROUPS)
		add_to_group(&a->groups[group], fact);
}

static const struct {
	enum stage stage;
	enum peer_connection peer_connection;
} group_meaning[N_GROUPS] = {
	[GROUP_COORDINATOR_JOIN] = { STAGE_COORDINATOR_JOIN, PEER_CONNECTION_NONE },
	[GROUP_WS_JOIN] = { STAGE_WS_JOIN, PEER_CONNECTION_NONE },
	[GROUP_SUBSCRIBE] = { STAGE_PEER_CONNECTION_CONNECT, PEER_CONNECTION_SUBSCRIBE },
	[GROUP_PUBLISH] = { STAGE_PEER_CONNECTION_CONNECT, PEER_CONNECTION_PUBLISH },
	[GROUP_PEER_CONNECTION] = { STAGE_PEER_CONNECTION_CONNECT, PEER_CONNECTION_NONE },
};

/* What a failed group failed by; NULL if it did not fail. */
static const struct attempt_failure *group_failure(const struct attempt_group *g)
{
	if (g->success_us != ATTEMPT_NEVER)
		return NULL;
	if (g->failure.event_id)
		return &g->failure;
	return g->abortion.event_id ? &g->abortion : NULL;
}

static void blame(struct attempt_result *ret, int group, const struct attempt_failure *f)
{
	ret->failed_stage = group_meaning[group].stage;
	ret->failed_peer_connection = group_meaning[group].peer_connection;
	ret->failure_code = f->code;
	ret->failure_event = f->event_id;
}

void attempt_resolve(const struct attempt *a, int64_t timeout_us, struct attempt_result *ret)
{
	int failed = N_GROUPS, aborted = N_GROUPS, n_open = 0;

	*ret = (struct attempt_result) { .outcome = ATTEMPT_OPEN, .joined_us = ATTEMPT_NEVER };

	for (int g = GROUP_SUBSCRIBE; g < N_GROUPS; g++)
		earliest(&ret->joined_us, a->groups[g].success_us);

	for (int g = N_GROUPS - 1; g >= 0; g--) {	/* so that the first in order is left */
		const struct attempt_group *group = &a->groups[g];
		const struct attempt_failure *f = group_failure(group);

		if (group->begin_us == ATTEMPT_NEVER)
			continue;
		if (ret->joined_us != ATTEMPT_NEVER && group->begin_us - ret->joined_us > timeout_us)
			continue;
		if (f == &group->failure)
			failed = g;
		else if (f)
			aborted = g;
		else if (group->success_us == ATTEMPT_NEVER)
			n_open++;
	}

	if (failed < N_GROUPS) {
		ret->outcome = ATTEMPT_FAILED;
		blame(ret, failed, &a->groups[failed].failure);
	} else if (aborted < N_GROUPS) {
		ret->outcome = ATTEMPT_ABORTED;
		blame(ret, aborted, &a->groups[aborted].abortion);
	} else if (ret->joined_us != ATTEMPT_NEVER && n_open == 0) {
		ret->outcome = ATTEMPT_JOINED;
	}
}
