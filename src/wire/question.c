#include "wire/question.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "util/buf.h"

struct question {
	json_object *object;	/* owned */
	struct buf line;
	bool failed;
};

struct question *question_free(struct question *a)
{
	if (!a)
		return NULL;
	json_object_put(a->object);
	buf_deinit(&a->line);
	free(a);
	return NULL;
}

struct question *question_new(const char *kind, const char *name)
{
	struct question *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->object = json_object_new_object();
	if (!a->object)
		return question_free(a);
	question_text(a, kind, name);
	return a;
}

static json_object *text(struct question *a, const char *value)
{
	json_object *o = value ? json_object_new_string(value) : NULL;

	if (value && !o)
		a->failed = true;
	return o;
}

static void set(struct question *a, json_object *in, const char *key, json_object *value)
{
	if (a->failed || json_object_object_add(in, key, value) < 0) {
		a->failed = true;
		json_object_put(value);
	}
}

/* The array or object under @key, made if it is not there; NULL once failed. */
static json_object *inside(struct question *a, const char *key, json_object *(*make)(void))
{
	json_object *o;

	if (json_object_object_get_ex(a->object, key, &o))
		return o;
	o = make();
	if (!o)
		a->failed = true;
	else
		set(a, a->object, key, o);
	return a->failed ? NULL : o;
}

void question_text(struct question *a, const char *key, const char *value)
{
	set(a, a->object, key, text(a, value));
}

void question_int(struct question *a, const char *key, int64_t value)
{
	json_object *o = json_object_new_int64(value);

	if (!o)
		a->failed = true;
	set(a, a->object, key, o);
}

void question_add(struct question *a, const char *key, const char *value)
{
	json_object *list = inside(a, key, json_object_new_array), *o = text(a, value);

	if (a->failed || json_object_array_add(list, o) < 0) {
		a->failed = true;
		json_object_put(o);
	}
}

void question_put(struct question *a, const char *key, const char *name, const char *value)
{
	json_object *in = inside(a, key, json_object_new_object);

	set(a, in, name, text(a, value));
}

const char *question_line(struct question *a)
{
	const char *s;

	if (a->failed)
		return NULL;
	s = json_object_to_json_string_ext(a->object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	a->line.n = 0;
	if (!s || buf_add_str(&a->line, s) < 0 || buf_add_char(&a->line, '\n') < 0)
		return NULL;
	return buf_cstr(&a->line);
}
