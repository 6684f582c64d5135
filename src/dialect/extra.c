#include "dialect/extra.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "util/macros.h"
#include "wire/canon.h"

struct entry {
	uint32_t key;		/* node */
	uint32_t group;		/* what its value is; 0: it goes to extra whole */
};

void extra_begin(struct extra *x, struct buf *entries, uint32_t node)
{
	x->entries = entries;
	x->n_groups = 1;
	x->groups[0] = (struct extra_group) { .first = entries->n / sizeof(struct entry), .node = node };
	x->whole = false;
}

void extra_begin_whole(struct extra *x, struct buf *entries, uint32_t node)
{
	extra_begin(x, entries, node);
	x->whole = true;
}

static int add_entry(struct extra *x, size_t g, uint32_t key, uint32_t group)
{
	struct entry entry = { key, group };
	struct extra_group *in = &x->groups[g];

	if (in->n == 0)
		in->first = x->entries->n / sizeof(entry);
	in->n++;
	return buf_add(x->entries, &entry, sizeof(entry));
}

int extra_add(struct extra *x, size_t g, uint32_t key)
{
	return add_entry(x, g, key, 0);
}

int extra_add_group(struct extra *x, size_t g, uint32_t key, unsigned place)
{
	assert(x->n_groups < INDEX_MAX_PLACES);	/* each place is come to once: keys do not repeat */
	x->groups[x->n_groups] = (struct extra_group) {
		.node = key + 1, .place = (uint8_t) place, .parent = (uint8_t) g,
	};
	return add_entry(x, g, key, (uint32_t) x->n_groups++);
}

static struct entry *entries_of(const struct extra *x, size_t g)
{
	return (struct entry *) (void *) x->entries->data + x->groups[g].first;
}

/* Leave out the groups that say nothing, from the innermost out. */
static void settle(struct extra *x)
{
	for (size_t g = x->n_groups; g-- > 0;) {
		struct extra_group *group = &x->groups[g];
		struct entry *entries = group->n > 0 ? entries_of(x, g) : NULL;
		size_t n = 0;

		for (size_t i = 0; i < group->n; i++) {
			const struct extra_group *of = &x->groups[entries[i].group];

			if (entries[i].group == 0 || of->n > 0 || !of->known)
				entries[n++] = entries[i];
		}
		group->n = n;
		if (group->known)
			x->groups[group->parent].known = true;
	}
}

static int by_key(const void *a, const void *b, void *user)
{
	const struct scan *scan = *(const struct scan *const *) user;
	const struct json_node *x = &scan->nodes[((const struct entry *) a)->key];
	const struct json_node *y = &scan->nodes[((const struct entry *) b)->key];
	int r = memcmp(x->s, y->s, MIN_OF(x->n, y->n));

	return r != 0 ? r : (x->n > y->n) - (x->n < y->n);
}

/* Recursion ends where the paths of fields do. */
static int write_group(struct extra *x, size_t g, const struct scan *scan)
{
	const struct extra_group *group = &x->groups[g];
	struct buf *out = x->entries;
	int r;

	if (group->n > 1)
		qsort_r(entries_of(x, g), group->n, sizeof(struct entry), by_key, &scan);
	r = buf_add_char(out, '{');
	for (size_t i = 0; i < group->n && r == 0; i++) {
		struct entry e = entries_of(x, g)[i];	/* a copy: the buffer moves */
		const struct json_node *key = &scan->nodes[e.key];

		if (i > 0)
			r = buf_add_char(out, ',');
		if (r == 0)
			r = canon_string(key->s, key->n, out);
		if (r == 0)
			r = buf_add_char(out, ':');
		if (r == 0)
			r = e.group > 0 ? write_group(x, e.group, scan)
					: canon_node(scan, e.key + 1, out);
	}
	return r < 0 ? r : buf_add_char(out, '}');
}

int extra_write(struct extra *x, const struct scan *scan, size_t *ret_n)
{
	size_t before;
	int r;

	*ret_n = 0;
	settle(x);
	if (x->n_groups == 0 || (x->groups[0].n == 0 && !x->whole))
		return 0;
	before = x->entries->n;
	r = x->whole ? canon_node(scan, x->groups[0].node, x->entries) : write_group(x, 0, scan);
	*ret_n = x->entries->n - before;
	return r;
}
