#include "dialect/batch.h"

#include <stdlib.h>

void batch_deinit(struct batch *b)
{
	arena_deinit(&b->arena);
	free(b->items);
	*b = (struct batch) {};
}

void batch_reset(struct batch *b)
{
	arena_reset(&b->arena);
	b->n_items = 0;
	b->n_events = 0;
	b->received_us = 0;
}

struct item *batch_add(struct batch *b, uint8_t kind)
{
	if (b->n_items == b->cap_items) {
		size_t cap = b->cap_items ? b->cap_items * 2 : 1024;
		struct item *items = realloc(b->items, cap * sizeof(*items));

		if (!items)
			return NULL;
		b->items = items;
		b->cap_items = cap;
	}
	b->items[b->n_items] = (struct item) { .kind = kind };
	if (kind != ITEM_LINE_END)
		b->n_events++;
	return &b->items[b->n_items++];
}
