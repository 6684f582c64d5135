#include "dialect/envelope.h"

#include <errno.h>
#include <stddef.h>

#include "dialect/check.h"
#include "util/macros.h"
#include "util/utf8.h"
#include "wire/limits.h"

static const struct {
	const char *name;
	size_t n;
	size_t offset;
	bool in_hello;
} own_keys[] = {
#define KEY(name, in_hello) { #name, sizeof(#name) - 1, offsetof(struct envelope_keys, name), in_hello }
	KEY(hello, false), KEY(source, true), KEY(app, true), KEY(id, false), KEY(at, false),
	KEY(context, true), KEY(event, false), KEY(events, false),
#undef KEY
};

void envelope_find(const struct scan *scan, uint32_t object, bool in_hello,
		   struct envelope_keys *ret)
{
	const struct json_node *nodes = scan->nodes;

	*ret = (struct envelope_keys) {};
	for (uint32_t k = object + 1; k < nodes[object].next; k = nodes[k + 1].next) {
		uint32_t *value = NULL;

		if (scan_absent(scan, k + 1))
			continue;
		for (size_t i = 0; i < N_ELEMENTS(own_keys) && !value; i++)
			if (own_keys[i].in_hello >= in_hello &&
			    scan_str_eq(&nodes[k], own_keys[i].name, own_keys[i].n))
				value = (uint32_t *) (void *) ((char *) ret + own_keys[i].offset);
		if (value)
			*value = k + 1;
		else if (ret->other == 0)
			ret->other = k;
	}
}

static int bad_type(const struct scan *scan, uint32_t i, const char *name, const char *wanted,
		    struct complaints *c)
{
	char quote[QUOTE_SIZE];

	return complain(c, "bad-type", name,
			"%s is %s, but must be %s: send it so, or leave it out", name,
			quote_node(scan, i, quote), wanted);
}

static int read_source(const struct scan *scan, uint32_t i, struct complaints *c,
		       const struct dialect **ret)
{
	const struct json_node *v = &scan->nodes[i];
	char quote[QUOTE_SIZE];

	if (v->type != JSON_STRING)
		return complain(c, "bad-type", "source",
				"source is %s, but must be a text: send one of %s in quotes",
				quote_node(scan, i, quote), dialect_sources());
	*ret = dialect_by_source(v->s, v->n);
	if (*ret)
		return 0;
	return complain(c, "unknown-source", "source",
			"source is %s, which is not known: send one of %s",
			quote_node(scan, i, quote), dialect_sources());
}

static int read_text(const struct scan *scan, uint32_t i, const char *name, uint32_t max,
		     struct complaints *c, const struct json_node **ret)
{
	const struct json_node *v = &scan->nodes[i];
	int r;

	if (v->type != JSON_STRING)
		return bad_type(scan, i, name, "a text in quotes", c);
	r = check_length(name, v->s, v->n, max, c);
	if (r == CHECK_OK)
		*ret = v;
	return r < 0 ? r : 0;
}

int envelope_read(const struct scan *scan, const struct envelope_keys *keys, struct complaints *c,
		  struct envelope *ret)
{
	int r = 0;

	*ret = (struct envelope) { .at_us = -1 };
	if (keys->source)
		r = read_source(scan, keys->source, c, &ret->dialect);
	if (r == 0 && keys->app)
		r = read_text(scan, keys->app, "app", LIMIT_APP_CHARS, c, &ret->app);
	if (r == 0 && keys->id)
		r = read_text(scan, keys->id, "id", LIMIT_SENDER_ID_CHARS, c, &ret->id);
	if (r == 0 && keys->at)
		r = check_time("at", scan, keys->at, true, c, &ret->at_us);
	if (r < 0)
		return r;
	if (keys->context && scan->nodes[keys->context].type != JSON_OBJECT)
		return bad_type(scan, keys->context, "context", "an object", c);
	ret->context = keys->context;
	return 0;
}

int envelope_stranger(const struct scan *scan, uint32_t key, const char *what, const char *allowed,
		      struct complaints *c)
{
	const struct json_node *k = &scan->nodes[key];
	const char *field = arena_copy(c->arena, k->s, utf8_cut(k->s, k->n, QUOTE_CHARS));
	char quote[QUOTE_SIZE];

	if (!field)
		return -ENOMEM;
	return complain(c, "bad-envelope", field,
			"%s has the key %s, but may have only %s: leave it out, or move it into "
			"the event", what, quote_text(k->s, k->n, quote), allowed);
}
