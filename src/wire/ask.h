#pragma once

/*
 * Ask: builds one request line for the query or the control socket.
 *
 * What goes wrong while building is kept, and told by ask_line(). json-c stays behind it.
 */

#include <stdint.h>

struct ask;

/* Begin {"@kind":"@name"}: @kind is "query" or "control". NULL on -ENOMEM. Owned: ask_free(). */
struct ask *ask_new(const char *kind, const char *name);
struct ask *ask_free(struct ask *a);

/* Set a key anew. A NULL @value is JSON's null. */
void ask_text(struct ask *a, const char *key, const char *value);
void ask_int(struct ask *a, const char *key, int64_t value);

/* Add to the array @key, or set @name of the object @key. */
void ask_add(struct ask *a, const char *key, const char *value);
void ask_put(struct ask *a, const char *key, const char *name, const char *value);

/* The request with its newline, or NULL on -ENOMEM. Borrowed until the next change. */
const char *ask_line(struct ask *a);
