#pragma once

/*
 * Order: where an event stands among the events of its attempt: by time, then
 * by stage rank, then by digest. Total and the same on every recorder, so what
 * is folded by it does not depend on the order of arrival.
 */

#include <stdbool.h>
#include <stdint.h>

struct order_key {
	int64_t at_us;
	uint64_t digest;
	uint8_t rank;	/* core/fact.c: stages in the order a join takes them, initiated before completed */
};

static inline bool order_before(const struct order_key *a, const struct order_key *b)
{
	if (a->at_us != b->at_us)
		return a->at_us < b->at_us;
	if (a->rank != b->rank)
		return a->rank < b->rank;
	return a->digest < b->digest;
}
