#pragma once

/*
 * Rows: reads one line of an answer into its keys and values, in their order.
 *
 * For those who print or look things up; json-c stays behind it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

enum cell_type {
	CELL_NULL,
	CELL_BOOL,
	CELL_NUMBER,
	CELL_TEXT,
	CELL_JSON,	/* an array or object; text is its JSON */
};

struct cell {
	const char *key;
	enum cell_type type;
	const char *text;	/* decoded, NUL-terminated; "" for null */
	size_t n;		/* its bytes */
	int64_t i;		/* a number, cut to an integer; a bool; else 0 */
};

struct row {
	struct json_object *object;	/* shared */
	struct cell *cells;		/* owned; what they point to is borrowed until row_deinit() */
	size_t n_cells;
};

enum {
	ROW_E_BAD = 1,	/* not a JSON object */
	ROW_E_NONE,	/* no such key, or not of that kind */
};

void row_deinit(struct row *r);	/* works on a zeroed struct */

/* Read @n bytes. Returns 0, ROW_E_BAD or -ENOMEM; *ret_row is written on 0 only. */
int row_read(const char *line, size_t n, struct row *ret_row);

/* The cell of @key, or NULL. */
const struct cell *row_find(const struct row *r, const char *key);

/* Its text; NULL when there is no such key or it is null. */
const char *row_text(const struct row *r, const char *key);

/* Its number; @otherwise when there is no such key or it is no number. */
int64_t row_int(const struct row *r, const char *key, int64_t otherwise);

/* The row as JSON; NULL on -ENOMEM. Borrowed until row_deinit(). */
const char *row_json(const struct row *r);

/* The object under @key as a row of its own. Returns 0, ROW_E_NONE or -ENOMEM. */
int row_inside(const struct row *r, const char *key, struct row *ret_row);

/* Of the array under @key: how many elements (0 if there is none), and the i-th, as text or as a row. */
size_t row_list_length(const struct row *r, const char *key);
const char *row_list_text(const struct row *r, const char *key, size_t i);	/* NULL if it is no string */
int row_list_row(const struct row *r, const char *key, size_t i, struct row *ret_row);
