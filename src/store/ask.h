#pragma once

/*
 * Ask: a request made into one statement and its values, or told what is wrong
 * with it.
 *
 * Pure: the present is an argument. Borrows from the report and the request,
 * which must outlive it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "store/report.h"
#include "util/buf.h"
#include "wire/reply.h"
#include "wire/request.h"

enum {
	ASK_E_BAD = 1,		/* told in the reply_error */
};

enum ask_type {
	ASK_NULL = 0,
	ASK_INT,
	ASK_REAL,
	ASK_TEXT,
};

enum { ASK_MAX_VALUES = 3 * REPORT_MAX_ITEMS + 6 };	/* a range parameter is two */

/* What a name in the statement stands for. */
struct ask_value {
	char name[64];		/* with its colon */
	uint8_t type;		/* enum ask_type */
	union {
		int64_t i;
		double d;
		struct {
			const char *s;	/* not NUL-terminated */
			size_t n;
		};
	};
};

struct ask {
	const struct report *report;
	struct buf sql;		/* owned; NUL-terminated */
	struct ask_value values[ASK_MAX_VALUES];
	size_t n_values;
	int64_t limit;		/* rows of one answer */
	int64_t offset;		/* rows of the answers before it */
	int64_t after, last;	/* of an export: the event id the answers before it go up to, and its last */
	bool by_page;		/* it was asked for a page: no cursor leads on */
	int64_t now_us;		/* of the first answer: windows do not move from one to the next */
	uint64_t digest;	/* of all that makes the question, but for the offset */
};

void ask_deinit(struct ask *a);	/* works on a zeroed struct */

/* Returns 0, ASK_E_BAD or -ENOMEM; @a is to be deinitialised in any case. */
int ask_make(struct ask *a, const struct report_set *reports, const struct request *request, int64_t now_us,
	     struct reply_error *e);

/*
 * The same for a follow: where and app of @request, for @statement, which is
 * written as a report. Its cursor, limit and place are the caller's.
 */
int ask_make_follow(struct ask *a, const struct report *statement, const struct request *request, int64_t now_us,
		    struct reply_error *e);

/*
 * The same for an export of the database with @epoch, where @last_event_id is the
 * last. Its source is known, if it has one. @epoch is not kept.
 */
int ask_make_export(struct ask *a, const struct report *statement, const struct request *request,
		    const char *epoch, int64_t last_event_id, int64_t now_us, struct reply_error *e);

/* For a query that takes no parameters. Returns 0 or ASK_E_BAD. */
int ask_nothing(const struct request *request, struct reply_error *e);

/* The statement that counts the rows of all answers. Takes the same values. Returns 0 or -ENOMEM. */
int ask_count(const struct ask *a, struct buf *sql);

/* The text given for the parameter @name (without its colon), or NULL; and whether it is @text. */
const struct ask_value *ask_text(const struct ask *a, const char *name);
bool ask_is(const struct ask *a, const char *name, const char *text);

enum { ASK_CURSOR_SIZE = 72 };

/* The cursor that goes on behind row, or event, @offset. */
void ask_cursor(const struct ask *a, int64_t offset, char text[static ASK_CURSOR_SIZE]);
