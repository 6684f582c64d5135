#pragma once

/*
 * Pair: the two ends of a stage attempt, or of a coordinator connection: which
 * initiated and which completed event count.
 *
 * There should be one of each, but senders repeat and err: the earliest
 * initiated counts, and of completed ones the earliest success, else the
 * earliest failure, else the earliest. The result does not depend on the order
 * of adding. Pure.
 */

#include "core/fact.h"

struct pair_end {
	int64_t event_id;	/* 0: none yet */
	struct order_key key;
	uint8_t stage;
	uint8_t resolution;
	bool was_previously_connected;
	int64_t retry_count;
};

struct pair {
	struct pair_end initiated;
	struct pair_end completed;
};

/* Returns whether an end changed. Events that neither begin nor complete a lifecycle stage change nothing. */
bool pair_add(struct pair *p, const struct fact *fact);

/* What it adds to its attempt's retries and reconnects. */
int64_t pair_retries(const struct pair *p);
int64_t pair_reconnects(const struct pair *p);
