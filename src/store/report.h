#pragma once

/*
 * Report: one question that can be asked, read from its .sql file.
 *
 *	-- joins.sql - one-line description.
 *	-- param NAME TYPE: description		TYPE! must be given; see enum report_type
 *	-- by KEY: expression			a group key, and a filter key
 *	-- by KEY time: expression		a time bucket: rows are sorted by it first
 *	-- where KEY: expression		a filter key
 *	-- having KEY: expression		a filter key of what came of the grouping
 *	-- json COLUMN				a column that holds JSON
 *	-- paging				it can be asked by pages, and its end tells of how many rows
 *	SELECT $by count(*) AS n FROM … WHERE … $where $group ORDER BY $sort n
 *
 * Where more is made of the grouped rows, $keys stands there for the names of the
 * group keys, each with a comma behind it, and $having for the filters.
 *
 * A description or expression goes on in comment lines that begin with a tab.
 * Other comment lines of the head are for people. Pure but for memory; made at
 * the start, then read by any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/buf.h"

enum report_type {
	REPORT_TEXT = 1,
	REPORT_INT,
	REPORT_TIME,
	REPORT_BOOL,	/* bound as 0 or 1 */
	REPORT_RANGE,	/* "1:10": bound as :NAME_least and :NAME_most, both NULL if not given */
	REPORT_ENUM,	/* enum(A,B): one of these texts */
};

enum { REPORT_MAX_ITEMS = 24 };	/* parameters, keys, JSON columns: each */

struct report_param {
	const char *name;
	const char *description;
	uint8_t type;		/* enum report_type */
	bool required;
	const char *const *allowed;	/* of a REPORT_ENUM: NULL-ended */
};

struct report_key {
	const char *name;
	const char *expr;
	bool groups;		/* a by key; else a where or having key only */
	bool time;
	bool having;
};

struct report {
	const char *name;	/* as on the wire: hyphens */
	const char *description;
	const char *body;
	size_t n_body;
	struct report_param params[REPORT_MAX_ITEMS];
	size_t n_params;
	struct report_key keys[REPORT_MAX_ITEMS];
	size_t n_keys;
	const char *json[REPORT_MAX_ITEMS];
	size_t n_json;
	bool paging;		/* takes the parameters page_no and per_page, which no statement binds */
};

struct report_set {
	struct arena arena;	/* owned: all that the reports point to */
	struct report *reports;
	size_t n_reports;
};

/* Works on a zeroed set. */
void report_set_deinit(struct report_set *set);

/*
 * Add the report in @text, from the file @name.sql. @why gets a sentence where
 * the text is at fault: a bug of ours, found by the tests and at the start.
 *
 * Returns 0, -EINVAL or -ENOMEM.
 */
int report_set_add(struct report_set *set, const char *name, const char *text, struct buf *why);

/* All that were compiled in. Returns as report_set_add(). */
int report_set_add_all(struct report_set *set, struct buf *why);

/* The statements of follow and of export, in this order; they are written as reports. Returns as report_set_add(). */
int report_set_add_statements(struct report_set *set, struct buf *why);

/* NULL if there is none of that name. */
const struct report *report_find(const struct report_set *set, const char *name, size_t n);
const struct report_param *report_param(const struct report *r, const char *name, size_t n);
const char *report_type_name(const struct report_param *p);
const struct report_key *report_key(const struct report *r, const char *name, size_t n);

/* Whether the body speaks of the parameter @name (without its colon). */
bool report_uses(const struct report *r, const char *name);

/* How every statement ends. */
#define REPORT_LIMIT "\nLIMIT :limit OFFSET :offset"

/*
 * The statement for these group and filter keys, REPORT_LIMIT included. Filter i
 * is bound as :w<i>.
 *
 * Returns 0 or -ENOMEM.
 */
int report_expand(const struct report *r, const struct report_key *const *by, size_t n_by,
		  const struct report_key *const *where, size_t n_where, struct buf *sql);
