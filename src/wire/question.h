#pragma once

/*
 * Question: builds one request line for the query or the control socket.
 *
 * What goes wrong while building is kept, and told by question_line(). json-c stays behind it.
 */

#include <stdint.h>

struct question;

/* Begin {"@kind":"@name"}: @kind is "query" or "control". NULL on -ENOMEM. Owned: question_free(). */
struct question *question_new(const char *kind, const char *name);
struct question *question_free(struct question *a);

/* Set a key anew. A NULL @value is JSON's null. */
void question_text(struct question *a, const char *key, const char *value);
void question_int(struct question *a, const char *key, int64_t value);

/* Add to the array @key, or set @name of the object @key. */
void question_add(struct question *a, const char *key, const char *value);
void question_put(struct question *a, const char *key, const char *name, const char *value);

/* The request with its newline, or NULL on -ENOMEM. Borrowed until the next change. */
const char *question_line(struct question *a);
