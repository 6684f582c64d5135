#include "cli/places.h"

#include <stdlib.h>

void places_deinit(struct places *p)
{
	free(p->ring);
	*p = (struct places) {};
}

bool places_full(const struct places *p)
{
	return p->next - p->first >= PLACES_MAX;
}

void places_add(struct places *p, uint64_t sent, struct place place)
{
	if (!p->ring)
		p->ring = calloc(PLACES_MAX, sizeof(*p->ring));
	if (!p->ring)
		return;	/* messages do without the place */
	if (p->first == p->next)
		p->first = sent;
	p->ring[sent % PLACES_MAX] = place;
	p->next = sent + 1;
}

void places_acked(struct places *p, uint64_t lines)
{
	if (lines >= p->first)
		p->first = lines + 1 < p->next ? lines + 1 : p->next;
}

bool places_find(const struct places *p, uint64_t sent, struct place *ret)
{
	if (sent < p->first || sent >= p->next)
		return false;
	*ret = p->ring[sent % PLACES_MAX];
	return true;
}

bool places_first(const struct places *p, struct place *ret)
{
	return places_find(p, p->first, ret);
}
