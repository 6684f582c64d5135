#include "dialect/tincan.h"

#include <string.h>

#include "dialect/index.h"
#include "util/macros.h"

/*
 * {"pull":"picked-up","string":"s-1","child":"ana","when":"2026-08-21T10:00:00Z"}
 *
 * A string is a session. A child is in from picking up a can to putting it down,
 * and when the string snaps everybody is out.
 */

enum {
	TINCAN_PULL,
	TINCAN_STRING,
	TINCAN_CHILD,
	TINCAN_WHEN,
	TINCAN_KNOTS,
	N_TINCAN_FIELDS,
};

static const char *const pulls[] = { "picked-up", "tugged", "put-down", "snapped", NULL };

static const struct field fields[N_TINCAN_FIELDS] = {
	[TINCAN_PULL] = { "pull", .type = FIELD_TEXT, .keep = KEEP_DICT, .required = true, .known = pulls },
	[TINCAN_STRING] = { "string", .type = FIELD_TEXT, .role = ROLE_SESSION, .required = true, .max_chars = 16 },
	[TINCAN_CHILD] = { "child", "user", .type = FIELD_TEXT, .role = ROLE_USER, .max_chars = 64 },
	[TINCAN_WHEN] = { "when", .type = FIELD_TIME, .role = ROLE_TIME },
	[TINCAN_KNOTS] = { "knots", .type = FIELD_INT, .min = 0, .max = 99 },
};

static const struct rule_column columns[] = {
	{ { "picked-up" } },
	{ { "tugged" } },
	{ { "put-down" } },
	{ { "snapped" } },
};

static const struct rule_row rows[] = {
	/*                picked-up
	                  |tugged
	                  ||put-down
	                  |||snapped */
	{ TINCAN_CHILD,  "RoRF" },
};

static const struct rules rules = {
	.when = { TINCAN_PULL },
	.n_when = 1,
	.columns = columns,
	.n_columns = N_ELEMENTS(columns),
	.rows = rows,
	.n_rows = N_ELEMENTS(rows),
};

static bool is(const char *pull, const char *name)
{
	return pull && strcmp(pull, name) == 0;	/* an event without one is flagged, and stored */
}

static size_t marks(const struct event *e, struct mark ret[static MARKS_MAX])
{
	const char *pull = event_text(e, TINCAN_PULL);
	struct mark *m = &ret[0];

	*m = mark_of(e);
	m->texts[MARK_PARTICIPANT_ID] = m->texts[MARK_USER_ID] = event_text(e, TINCAN_CHILD);
	m->texts[MARK_CALL_ID] = event_text(e, TINCAN_STRING);
	if (is(pull, "picked-up")) {
		m->kind = MARK_JOINED;
		m->rank = MARK_RANK_JOINED;
	} else if (is(pull, "put-down")) {
		m->kind = MARK_LEFT;
		m->rank = MARK_RANK_LEFT;
		m->texts[MARK_HOW_LEFT] = pull;
		m->texts[MARK_HOW_LEFT_CLASS] = "normal";
	} else if (is(pull, "snapped")) {
		m->kind = MARK_ENDED;
		m->rank = MARK_RANK_ENDED;
		m->session_ended_us = m->at_us;
		m->texts[MARK_END_REASON] = pull;
	}
	return 1;
}

static const uint8_t scope_fields[] = { TINCAN_STRING };

static struct dialect_index tincan_index;

const struct dialect dialect_tincan = {
	.source = "tincan",
	.title = "tin can calls",
	.table = "tincan_event",
	.fields = fields,
	.n_fields = N_TINCAN_FIELDS,
	.rules = &rules,
	.bare_key = "pull",
	.kind_field = TINCAN_PULL,
	.scope_fields = scope_fields,
	.n_scope_fields = N_ELEMENTS(scope_fields),
	.marks = marks,
	.session_end = SESSION_ENDS_ALL_LEFT,
	.session_named = true,
	.index = &tincan_index,
};
