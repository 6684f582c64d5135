#include "dialect/rebuild.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "dialect/strange.h"
#include "util/real.h"
#include "util/timestamp.h"
#include "wire/canon.h"

/* What is put together: the values of one side (payload, context, element), and what is merged in. */
struct tree {
	const struct field *fields;
	size_t n_fields;
	enum field_from from;
	const struct values *values;
	const struct scan *extra;	/* NULL: nothing */
	struct buf *out;
	bool has_strange;		/* extra has the context's strange members, too, which are left out */
	bool may_be_whole;		/* extra may be all there is, and no object */
};

void rebuild_deinit(struct rebuild *w)
{
	scan_deinit(&w->scan);
}

static int put_time(int64_t us, struct buf *out)
{
	char text[TIMESTAMP_TEXT_SIZE];

	timestamp_format(us, text);
	return buf_printf(out, "\"%s\"", text);
}

static int put_real(double d, struct buf *out)
{
	char text[REAL_TEXT_SIZE];

	real_format(d, text);
	return buf_add_str(out, text);
}

static int put_value(const struct field *f, const struct value *v, struct buf *out)
{
	switch (v->kind) {
	case VALUE_TEXT:
		return f->type == FIELD_JSON ? buf_add(out, v->text, v->n) : canon_string(v->text, v->n, out);
	case VALUE_REAL:
		return put_real(v->d, out);
	default:	/* VALUE_INT */
		if (f->type == FIELD_TIME)
			return put_time(v->i, out);
		if (f->type == FIELD_BOOL)
			return buf_add_str(out, v->i ? "true" : "false");
		return buf_printf(out, "%" PRId64, v->i);
	}
}

static int put_field(const struct field *f, const struct value *v, struct buf *out)
{
	int r = 0;

	if (f->in_list)
		r = buf_add_char(out, '[');
	if (r == 0)
		r = put_value(f, v, out);
	return r == 0 && f->in_list ? buf_add_char(out, ']') : r;
}

/* Field @i has a value, and its path begins with the @n bytes of @path. */
static bool leads_there(const struct tree *t, size_t i, const char *path, size_t n)
{
	return values_at(t->values, i)->kind != VALUE_ABSENT && t->fields[i].from == t->from &&
	       strncmp(t->fields[i].name, path, n) == 0;
}

/* One of the first @n_fields fields makes the member @key of the object at @path, or something in it. */
static bool makes_member(const struct tree *t, size_t n_fields, const char *path, size_t n_path,
			 const char *key, size_t n_key)
{
	for (size_t i = 0; i < n_fields; i++) {
		const char *name = t->fields[i].name;

		if (leads_there(t, i, path, n_path) && strcspn(name + n_path, ".") == n_key &&
		    memcmp(name + n_path, key, n_key) == 0)
			return true;
	}
	return false;
}

/* The object that extra has under @key of its object node @i; 0: none. */
static uint32_t object_under(const struct scan *extra, uint32_t i, const char *key, size_t n)
{
	const struct json_node *nodes = extra->nodes;

	for (uint32_t k = i + 1; nodes[i].type == JSON_OBJECT && k < nodes[i].next; k = nodes[k + 1].next)
		if (scan_str_eq(&nodes[k], key, n))
			return nodes[k + 1].type == JSON_OBJECT ? k + 1 : 0;
	return 0;
}

static int put_key(const char *key, size_t n, bool first, struct buf *out)
{
	int r = first ? 0 : buf_add_char(out, ',');

	if (r == 0)
		r = canon_string(key, n, out);
	return r == 0 ? buf_add_char(out, ':') : r;
}

/* Whether a member of extra itself is not the payload's, but was in the context. */
static bool is_strange(const struct scan *extra, uint32_t key)
{
	return scan_str_eq(&extra->nodes[key], STRANGE_KEY, strlen(STRANGE_KEY)) &&
	       extra->nodes[key + 1].type == JSON_OBJECT;
}

/* The members of extra's object node @i that no field makes. */
static int put_extra(const struct tree *t, const char *path, size_t n_path, uint32_t i, bool first)
{
	const struct json_node *nodes = t->extra->nodes;
	int r = 0;

	for (uint32_t k = i + 1; k < nodes[i].next && r == 0; k = nodes[k + 1].next) {
		if (makes_member(t, t->n_fields, path, n_path, nodes[k].s, nodes[k].n) ||
		    (t->has_strange && i == 0 && is_strange(t->extra, k)))
			continue;
		r = put_key(nodes[k].s, nodes[k].n, first, t->out);
		if (r == 0)
			r = canon_node(t->extra, k + 1, t->out);
		first = false;
	}
	return r;
}

/*
 * The object whose fields' paths begin with the @n_path bytes of @path (ending in
 * a dot, or none at all), extra's object node @i merged in where @merge says that
 * there is one. It goes as deep as the longest path of the table has dots.
 */
static int put_object(const struct tree *t, const char *path, size_t n_path, bool merge, uint32_t i)
{
	bool first = true;
	int r = buf_add_char(t->out, '{');

	for (size_t f = 0; f < t->n_fields && r == 0; f++) {
		const char *name = t->fields[f].name, *key;
		uint32_t inner;
		size_t n;

		if (!leads_there(t, f, path, n_path))
			continue;
		key = name + n_path;
		n = strcspn(key, ".");
		if (key[n] == '.' && makes_member(t, f, path, n_path, key, n))
			continue;	/* a field before this one has made the object */
		r = put_key(key, n, first, t->out);
		first = false;
		if (r == 0 && key[n] == '.') {
			inner = merge ? object_under(t->extra, i, key, n) : 0;
			r = put_object(t, name, n_path + n + 1, inner != 0, inner);
		} else if (r == 0) {
			r = put_field(&t->fields[f], values_at(t->values, f), t->out);
		}
	}
	if (r == 0 && merge)
		r = put_extra(t, path, n_path, i, first);
	return r == 0 ? buf_add_char(t->out, '}') : r;
}

static int read_extra(struct rebuild *w, const char *extra, size_t n_extra)
{
	struct scan_fault fault;
	int r = scan_line(&w->scan, extra, n_extra, &fault);

	if (r < 0)
		return r;
	return r == 0 && w->scan.n_faults == 0 ? 0 : -EUCLEAN;
}

static int put_root(struct rebuild *w, struct tree *t, const char *extra, size_t n_extra)
{
	int r;

	if (!extra)
		return put_object(t, "", 0, false, 0);
	r = read_extra(w, extra, n_extra);
	if (r < 0)
		return r;
	if (w->scan.nodes[0].type != JSON_OBJECT)
		return t->may_be_whole ? canon_node(&w->scan, 0, t->out) : -EUCLEAN;
	t->extra = &w->scan;
	return put_object(t, "", 0, true, 0);
}

/* The key that makes a payload a list: that of the dialect which is asked first about the source. */
static const char *list_key(const struct dialect *d)
{
	const struct dialect *first = dialect_by_source(d->source, strlen(d->source));

	return first ? first->list_key : d->list_key;
}

int rebuild_payload(struct rebuild *w, const struct dialect *d, const struct values *values,
		    const char *extra, size_t n_extra, struct buf *out)
{
	struct tree t = {
		.fields = d->fields, .n_fields = d->n_fields, .from = FROM_PAYLOAD, .values = values, .out = out,
		.has_strange = true, .may_be_whole = d->any_payload,
	};
	const char *list = list_key(d);
	size_t begin = out->n;
	int r;

	for (size_t f = 0; f < d->n_fields; f++)
		if (d->fields[f].name[0] == '\0' && leads_there(&t, f, "", 0))
			return put_field(&d->fields[f], values_at(values, f), out);

	r = put_root(w, &t, extra, n_extra);
	if (r < 0 || !t.extra || !list || !scan_member(t.extra, 0, list))
		return r;
	out->n = begin;
	r = buf_printf(out, "{\"%s\":[", list);
	if (r == 0)
		r = put_object(&t, "", 0, true, 0);
	return r == 0 ? buf_add_str(out, "]}") : r;
}

int rebuild_item(struct rebuild *w, const struct items *items, const struct values *values,
		 const char *extra, size_t n_extra, struct buf *out)
{
	struct tree t = {
		.fields = items->fields, .n_fields = items->n_fields, .from = FROM_PAYLOAD, .values = values, .out = out,
	};

	return put_root(w, &t, extra, n_extra);
}

int rebuild_context(struct rebuild *w, const struct dialect *d, const struct values *values,
		    const char *extra, size_t n_extra, struct buf *out)
{
	struct tree t = {
		.fields = d->fields, .n_fields = d->n_fields, .from = FROM_CONTEXT, .values = values, .out = out,
	};
	uint32_t strange = 0;
	int r;

	/* Few have any: the others need not be read for it. */
	if (extra && memmem(extra, n_extra, "\"" STRANGE_KEY "\"", strlen(STRANGE_KEY) + 2)) {
		r = read_extra(w, extra, n_extra);
		if (r < 0)
			return r;
		t.extra = &w->scan;
		strange = object_under(t.extra, 0, STRANGE_KEY, strlen(STRANGE_KEY));
	}
	if (strange)
		return put_object(&t, "", 0, true, strange);
	for (size_t f = 0; f < d->n_fields; f++)
		if (leads_there(&t, f, "", 0))
			return put_object(&t, "", 0, false, 0);
	return 0;
}

static bool is_one_of(const struct value *kind, const char *const *kinds)
{
	if (kind->kind != VALUE_TEXT)
		return false;
	for (; *kinds; kinds++)
		if (strlen(*kinds) == kind->n && memcmp(*kinds, kind->text, kind->n) == 0)
			return true;
	return false;
}

bool rebuild_is_array(const struct dialect *d, const struct values *values)
{
	return d->items && is_one_of(values_at(values, d->kind_field), d->items->kinds);
}

static int put_items(struct rebuild *w, const struct event *e, struct buf *out)
{
	int r = buf_add_char(out, '[');

	for (size_t i = 0; i < e->n_items && r == 0; i++) {
		const struct event_item *item = &e->items[i];

		if (i > 0)
			r = buf_add_char(out, ',');
		if (r == 0)
			r = rebuild_item(w, e->dialect->items, &item->values, item->extra, item->n_extra, out);
	}
	return r == 0 ? buf_add_char(out, ']') : r;
}

int rebuild_event(struct rebuild *w, const struct event *e, struct buf *out)
{
	if (rebuild_is_array(e->dialect, &e->values))
		return put_items(w, e, out);
	return rebuild_payload(w, e->dialect, &e->values, e->extra, e->n_extra, out);
}

bool rebuild_has_field(const struct field *f, const struct value *kind)
{
	return !f->only || is_one_of(kind, f->only);
}
