/* Take: finding the values of a table's fields in a payload and its context. */

#include "dialect/judging.h"

#include <errno.h>
#include <string.h>

#include "dialect/check.h"
#include "util/utf8.h"
#include "wire/canon.h"

/* Paths. */

static uint32_t member(const struct scan *scan, uint32_t i, const char *key, size_t n)
{
	uint32_t k = i + 1;

	if (scan->nodes[i].type != JSON_OBJECT)
		return 0;
	for (; k < scan->nodes[i].next; k = scan->nodes[k + 1].next)
		if (scan_str_eq(&scan->nodes[k], key, n))
			return k + 1;
	return 0;
}

/* The value that @path leads to from node @i, or 0 if there is none. */
static uint32_t follow(const struct scan *scan, uint32_t i, const char *path)
{
	const char *dot;

	for (; (dot = strchr(path, '.')); path = dot + 1) {
		i = member(scan, i, path, (size_t) (dot - path));
		if (i == 0)
			return 0;
	}
	i = member(scan, i, path, strlen(path));
	return i > 0 && !scan_absent(scan, i) ? i : 0;
}

/* The first of the contexts that has a value for the key. */
static struct engine_object in_context(const struct judging *j, const char *path)
{
	for (size_t c = 0; c < ENGINE_N_CONTEXTS; c++) {
		struct engine_object object = j->ctx->contexts[c];

		object.node = object.scan ? follow(object.scan, object.node, path) : 0;
		if (object.node)
			return object;
	}
	return (struct engine_object) {};
}

void take_kind(struct judging *j, uint32_t i)
{
	const struct field *field = &j->dialect->fields[j->dialect->kind_field];
	struct engine_object at = { j->scan, 0 };
	const struct json_node *v;

	j->kind = &j->event.index->other_kind;
	if (!j->event.index->needs_kind)
		return;
	if (field->from == FROM_CONTEXT)
		at = in_context(j, field->name);
	else
		at.node = follow(j->scan, i, field->name);
	if (!at.node)
		return;
	v = &at.scan->nodes[at.node];
	if (v->type == JSON_STRING)
		j->kind = index_kind(j->event.index, v->s, v->n);
}

/* Values. */

static int take_json(struct judging *j, struct part *p, unsigned f, const struct scan *scan, uint32_t i)
{
	struct buf *b = j->scratch;
	size_t before = b->n;
	const char *text;
	int r, verdict;

	verdict = check_json(&p->fields[f], p->index->shown[f], scan, i, &j->complaints);
	if (verdict != CHECK_OK && verdict != CHECK_UNKNOWN)
		return verdict;
	r = canon_node(scan, i, b);
	if (r < 0)
		return r;
	text = arena_copy(j->arena, b->data + before, b->n - before);
	if (!text)
		return -ENOMEM;
	p->values[f] = (struct value) {
		.kind = VALUE_TEXT, .n = (uint32_t) (b->n - before), .text = text,
	};
	b->n = before;
	return verdict;
}

/* Whether the text is like the field's pattern. The library wants a NUL behind it. */
static int check_pattern(struct judging *j, const struct part *p, unsigned f)
{
	struct index_alike *last = &p->index->alike[f];
	const struct value *v = &p->values[f];
	struct buf *b = j->scratch;
	size_t before = b->n;
	int r;

	if (v->kind != VALUE_TEXT || !p->index->patterns[f] || (last->n == v->n && memcmp(last->text, v->text, v->n) == 0))
		return CHECK_OK;
	r = buf_add(b, v->text, v->n);
	if (r == 0)
		r = buf_add_char(b, '\0');
	if (r < 0)
		return r;
	b->n = before;
	/* Out of memory it cannot tell: that is no reason to blame the event. */
	r = regexec(p->index->patterns[f], b->data + before, 0, NULL, 0);
	if (r == 0 && v->n <= sizeof(last->text)) {
		last->n = (uint8_t) v->n;
		memcpy(last->text, v->text, v->n);
	}
	return r == REG_NOMATCH ? CHECK_UNLIKE : CHECK_OK;
}

int take_value(struct judging *j, struct part *p, unsigned f, const struct scan *scan, uint32_t i,
	       bool *ret_extra)
{
	const struct field *field = &p->fields[f];
	int r;

	if (field->in_list && scan->nodes[i].type == JSON_ARRAY) {
		*ret_extra = scan->nodes[i].n != 1 || scan_absent(scan, i + 1);
		if (*ret_extra)
			return 0;
		i++;
	} else if (field->in_list) {
		p->bad |= FIELD_BIT(f);
		return check_list_type(p->index->shown[f], scan, i, &j->complaints);
	}
	if (field->type == FIELD_JSON)
		r = take_json(j, p, f, scan, i);
	else
		r = check_value(field, p->index->shown[f], scan, i, &j->complaints, &p->values[f]);
	if (r == CHECK_OK)
		r = check_pattern(j, p, f);
	if (r < 0)
		return r;
	if (r == CHECK_OK && p == &j->event && j->kind->absent & FIELD_BIT(f))
		r = CHECK_ABSENT;
	*ret_extra = r == CHECK_ABSENT;
	if (r == CHECK_BAD)
		p->bad |= FIELD_BIT(f);
	else if (r != CHECK_ABSENT)
		p->present |= FIELD_BIT(f);
	if ((r == CHECK_UNKNOWN || r == CHECK_UNLIKE) && p == &j->element &&
	    !((p->unknown | p->unlike) & FIELD_BIT(f)))
		p->first_odd[f] = (uint16_t) j->complaints.element;
	if (r == CHECK_UNKNOWN)
		p->unknown |= FIELD_BIT(f);
	if (r == CHECK_UNLIKE)
		p->unlike |= FIELD_BIT(f);
	return 0;
}

int take_context(struct judging *j)
{
	struct part *p = &j->event;
	int r = 0;

	for (uint64_t left = p->index->context & p->live; left && r == 0; left &= left - 1) {
		unsigned f = (unsigned) __builtin_ctzll(left);
		struct engine_object at = in_context(j, p->fields[f].name);
		bool extra;	/* a context has none */

		if (at.node)
			r = take_value(j, p, f, at.scan, at.node, &extra);
	}
	return r;
}

/* Members. */

/* The name of the member with this key node in group @g, as far as it is worth showing; NULL on -ENOMEM. */
static const char *name_of(const struct judging *j, const struct part *p, size_t g, uint32_t key)
{
	const struct index_place *place = &p->index->places[j->extra.groups[g].place];
	const struct json_node *k = &j->scan->nodes[key];
	size_t n = utf8_cut(k->s, k->n, QUOTE_CHARS);

	return arena_printf(j->arena, "%s%.*s%s%.*s", p == &j->element ? "[]." : "",
			    (int) place->n_path, place->n_path > 0 ? place->path : "",
			    place->n_path > 0 ? "." : "", (int) n, k->s);
}

static int take_faulty(struct judging *j, struct part *p, size_t g, uint32_t key, unsigned f,
		       const struct scan_fault *fault)
{
	const char *name;

	if (f != INDEX_NO_FIELD) {
		p->bad |= FIELD_BIT(f);
		return complain_fault(&j->complaints, p->index->shown[f], fault);
	}
	name = name_of(j, p, g, key);
	return name ? complain_fault(&j->complaints, name, fault) : -ENOMEM;
}

static int take_field(struct judging *j, struct part *p, size_t g, unsigned f, uint32_t key)
{
	bool extra = false;
	int r = take_value(j, p, f, j->scan, key + 1, &extra);

	if (r == 0 && extra && !(part_dropped(j, p) & FIELD_BIT(f)))
		return extra_add(&j->extra, g, key);
	j->extra.groups[g].known = true;
	return r;
}

/* The value of this key should be an object, for fields are in it. */
static int take_place(struct judging *j, struct part *p, size_t g, unsigned into, uint32_t key)
{
	char quote[QUOTE_SIZE];
	const char *name;

	if (j->scan->nodes[key + 1].type == JSON_OBJECT)
		return extra_add_group(&j->extra, g, key, into);
	p->bad |= p->index->places[into].fields;
	name = name_of(j, p, g, key);
	if (!name)
		return -ENOMEM;
	return complain(&j->complaints, "bad-type", name,
			"%s is %s, but must be an object: send it so, or leave it out", name,
			quote_node(j->scan, key + 1, quote));
}

/*
 * What a key means on this kind of event: a field, or else a place (0: neither). Where it
 * may be both, a text is the field, and all else should be the object.
 */
static unsigned look_up(const struct judging *j, const struct part *p, size_t g, uint32_t key,
			unsigned *ret_into)
{
	const struct dialect_index *ix = p->index;
	const struct json_node *nodes = j->scan->nodes;
	const struct index_key *k = index_key(ix, j->extra.groups[g].place, nodes[key].s, nodes[key].n);
	unsigned f;

	*ret_into = 0;
	if (!k)
		return INDEX_NO_FIELD;
	for (f = k->field; f != INDEX_NO_FIELD && !(p->live & FIELD_BIT(f)); f = ix->next_field[f])
		;
	if (k->into && ix->places[k->into].fields & p->live &&
	    (f == INDEX_NO_FIELD || (nodes[key + 1].type != JSON_STRING &&
				     p->fields[f].type == FIELD_TEXT))) {
		*ret_into = k->into;
		return INDEX_NO_FIELD;
	}
	return f;
}

static int take_members(struct judging *j, struct part *p, size_t g)
{
	const struct scan *scan = j->scan;
	const struct json_node *nodes = scan->nodes;
	const uint32_t i = j->extra.groups[g].node;
	const struct scan_fault *fault = scan->n_faults > 0 ? scan_fault_in(scan, i) : NULL;
	const struct scan_fault *end = scan->faults + scan->n_faults;
	int r = 0;

	for (uint32_t k = i + 1; k < nodes[i].next && r == 0; k = nodes[k + 1].next) {
		bool faulty = fault && fault < end && fault->offset < nodes[k + 1].end;
		unsigned f, into;

		if (!faulty && scan_absent(scan, k + 1))
			continue;
		f = look_up(j, p, g, k, &into);
		if (faulty && into && fault->offset >= nodes[k + 1].begin &&
		    nodes[k + 1].type == JSON_OBJECT) {
			/* Its members' to tell. */
			for (; fault < end && fault->offset < nodes[k + 1].end; fault++)
				;
			faulty = false;
		}
		if (!faulty) {
			if (f != INDEX_NO_FIELD)
				r = take_field(j, p, g, f, k);
			else if (into)
				r = take_place(j, p, g, into, k);
			else
				r = extra_add(&j->extra, g, k);
			continue;
		}
		for (; fault < end && fault->offset < nodes[k + 1].end && r == 0; fault++)
			r = take_faulty(j, p, g, k, f, fault);
	}
	return r;
}

int take_object(struct judging *j, struct part *p, uint32_t i)
{
	int r = 0;

	extra_begin(&j->extra, j->scratch, i);
	for (size_t g = 0; g < j->extra.n_groups && r == 0; g++)
		r = take_members(j, p, g);
	return r;
}
