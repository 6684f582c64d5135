#include "wire/rows.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "util/macros.h"
#include "wire/limits.h"

static const int plain = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;

void row_deinit(struct row *r)
{
	json_object_put(r->object);
	free(r->cells);
	*r = (struct row) {};
}

/* Returns 0 or -ENOMEM. */
static int fill_cell(struct cell *c, const char *key, json_object *o)
{
	*c = (struct cell) { .key = key, .text = "" };
	switch (json_object_get_type(o)) {
	case json_type_null:
		return 0;
	case json_type_string:
		c->type = CELL_TEXT;
		c->text = json_object_get_string(o);
		c->n = (size_t) json_object_get_string_len(o);
		return 0;
	case json_type_boolean:
		c->type = CELL_BOOL;
		break;
	case json_type_int:
	case json_type_double:
		c->type = CELL_NUMBER;
		break;
	default:
		c->type = CELL_JSON;
	}
	if (c->type != CELL_JSON)
		c->i = json_object_get_int64(o);
	c->text = json_object_to_json_string_ext(o, plain);
	if (!c->text)
		return -ENOMEM;
	c->n = strlen(c->text);
	return 0;
}

/* Takes @object. */
static int from_object(json_object *object, struct row *ret_row)
{
	struct row r = { .object = object };
	int err;

	r.cells = calloc((size_t) json_object_object_length(object) + 1, sizeof(*r.cells));
	if (!r.cells)
		goto oom;
	json_object_object_foreach(object, key, value) {
		err = fill_cell(&r.cells[r.n_cells], key, value);
		if (err < 0)
			goto oom;
		r.n_cells++;
	}
	*ret_row = r;
	return 0;

oom:
	row_deinit(&r);
	return -ENOMEM;
}

static void free_tokener(json_tokener **t)
{
	if (*t)
		json_tokener_free(*t);
}

int row_read(const char *line, size_t n, struct row *ret_row)
{
	/* A number takes a level, too. */
	_cleanup_(free_tokener) json_tokener *t = json_tokener_new_ex(LIMIT_ANSWER_DEPTH + 1);
	json_object *object;

	if (!t)
		return -ENOMEM;
	if (n > INT_MAX)
		return ROW_E_BAD;
	json_tokener_set_flags(t, JSON_TOKENER_STRICT);
	object = json_tokener_parse_ex(t, line, (int) n);
	if (!json_object_is_type(object, json_type_object)) {
		json_object_put(object);
		return ROW_E_BAD;
	}
	return from_object(object, ret_row);
}

const struct cell *row_find(const struct row *r, const char *key)
{
	for (size_t i = 0; i < r->n_cells; i++) {
		if (strcmp(r->cells[i].key, key) == 0)
			return &r->cells[i];
	}
	return NULL;
}

const char *row_text(const struct row *r, const char *key)
{
	const struct cell *c = row_find(r, key);

	return c && c->type != CELL_NULL ? c->text : NULL;
}

int64_t row_int(const struct row *r, const char *key, int64_t otherwise)
{
	const struct cell *c = row_find(r, key);

	return c && c->type == CELL_NUMBER ? c->i : otherwise;
}

const char *row_json(const struct row *r)
{
	return json_object_to_json_string_ext(r->object, plain);
}

int row_inside(const struct row *r, const char *key, struct row *ret_row)
{
	json_object *o;

	if (!r->object || !json_object_object_get_ex(r->object, key, &o) ||
	    !json_object_is_type(o, json_type_object))
		return ROW_E_NONE;
	return from_object(json_object_get(o), ret_row);
}

static json_object *list_of(const struct row *r, const char *key)
{
	json_object *o;

	if (!r->object || !json_object_object_get_ex(r->object, key, &o) ||
	    !json_object_is_type(o, json_type_array))
		return NULL;
	return o;
}

size_t row_list_length(const struct row *r, const char *key)
{
	json_object *list = list_of(r, key);

	return list ? json_object_array_length(list) : 0;
}

const char *row_list_text(const struct row *r, const char *key, size_t i)
{
	json_object *list = list_of(r, key), *o = list ? json_object_array_get_idx(list, i) : NULL;

	return json_object_is_type(o, json_type_string) ? json_object_get_string(o) : NULL;
}

int row_list_row(const struct row *r, const char *key, size_t i, struct row *ret_row)
{
	json_object *list = list_of(r, key), *o = list ? json_object_array_get_idx(list, i) : NULL;

	if (!json_object_is_type(o, json_type_object))
		return ROW_E_NONE;
	return from_object(json_object_get(o), ret_row);
}
