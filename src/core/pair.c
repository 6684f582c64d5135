/* Choosing the two events that a stage attempt is made of. */

#include "core/pair.h"

static int worth(enum resolution resolution)
{
	static const int worths[] = {
		[RESOLUTION_SUCCESS] = 2, [RESOLUTION_FAILURE] = 1, [RESOLUTION_NONE] = 0,
	};

	return worths[resolution];
}

static bool better(const struct fact *fact, const struct pair_end *end)
{
	int new_worth = worth(fact->resolution), old_worth = worth(end->resolution);

	if (end->event_id == 0)
		return true;
	if (new_worth != old_worth)
		return new_worth > old_worth;
	return order_before(&fact->key, &end->key);
}

bool pair_add(struct pair *p, const struct fact *fact)
{
	struct pair_end *end;

	if (!fact_stage_completes(fact->stage) || fact->phase == PHASE_OTHER)
		return false;

	end = fact->phase == PHASE_INITIATED ? &p->initiated : &p->completed;
	if (!better(fact, end))
		return false;
	*end = (struct pair_end) {
		.event_id = fact->event_id,
		.key = fact->key,
		.stage = fact->stage,
		.resolution = fact->resolution,
		.was_previously_connected = fact->was_previously_connected,
		.retry_count = fact->retry_count,
	};
	return true;
}

int64_t pair_retries(const struct pair *p)
{
	return p->completed.event_id ? p->completed.retry_count : 0;
}

static bool reconnected(const struct pair_end *end)
{
	return end->event_id && end->stage == STAGE_PEER_CONNECTION_CONNECT &&
	       end->was_previously_connected;
}

int64_t pair_reconnects(const struct pair *p)
{
	return reconnected(&p->initiated) || reconnected(&p->completed);
}
