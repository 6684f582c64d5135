#include "store/export.h"

#include <errno.h>
#include <string.h>

#include "dialect/dialect.h"
#include "util/timestamp.h"
#include "wire/limits.h"
#include "wire/reply.h"

/* What every row of an export begins with. */
static const char head_columns[] =
	"e.event_id, e.at_us, e.stamped, (SELECT d.value FROM origin AS o JOIN dict AS d ON d.id = o.app "
	"WHERE o.id = e.origin), e.sender_id, e.extra, e.scope, e.digest";

enum {
	AT_EVENT_ID,
	AT_AT_US,
	AT_STAMPED,
	AT_APP,
	AT_SENDER_ID,
	AT_EXTRA,
	AT_SCOPE,
	AT_DIGEST,
	N_HEAD_COLUMNS,
};

/* And the row of an element. */
enum { AT_ITEM_EXTRA, N_ITEM_HEAD_COLUMNS };

void export_deinit(struct export_work *w)
{
	rebuild_deinit(&w->rebuild);
	buf_deinit(&w->payload);
	buf_deinit(&w->context);
}

/* A field's value as the vendor gave it, out of row e: the way back of insert and place. */
static int add_field(struct buf *sql, const struct field *f)
{
	const char *column = f->column ? f->column : f->name;

	switch (f->role) {
	case ROLE_TIME:
		return buf_add_str(sql, ", CASE WHEN NOT e.stamped THEN e.at_us END");
	case ROLE_USER:
		return buf_printf(sql, ", (SELECT user_id FROM user WHERE id = e.%s)", column);
	case ROLE_ATTEMPT:
		return buf_add_str(sql, ", (SELECT join_attempt_id FROM join_attempt WHERE id = e.scope)");
	case ROLE_CONNECT:
		return buf_printf(sql, ", (SELECT coordinator_connect_id FROM connect WHERE id = e.%s)", column);
	case ROLE_SESSION:
		return buf_printf(sql, ", (SELECT name FROM session_scope WHERE id = e.%s)", column);
	case ROLE_STAGE_ID:
		return buf_add_str(sql, ", (SELECT stage_id FROM stage_told WHERE event_id = e.event_id)");
	default:
		if (insert_is_ref(f))
			return buf_printf(sql, ", (SELECT value FROM dict WHERE id = e.%s)", column);
		if (f->keep == KEEP_MILLI)
			return buf_printf(sql, ", CASE typeof(e.%s) WHEN 'integer' THEN e.%s / 1000.0 ELSE e.%s END",
					  column, column, column);
		return buf_printf(sql, ", e.%s", column);
	}
}

static int add_select(struct buf *sql, const char *head, const struct field *fields, size_t n_fields,
		      const char *table)
{
	int r = buf_printf(sql, "SELECT %s", head);

	for (size_t f = 0; f < n_fields && r == 0; f++)
		r = add_field(sql, &fields[f]);
	return r == 0 ? buf_printf(sql, "\nFROM %s AS e\n", table) : r;
}

int export_select(const struct dialect *d, const char *tail, struct buf *sql)
{
	int r = add_select(sql, head_columns, d->fields, d->n_fields, d->table);

	return r == 0 ? buf_add_str(sql, tail) : r;
}

int export_select_items(const struct items *items, struct buf *sql)
{
	int r = add_select(sql, "e.extra", items->fields, items->n_fields, items->table);

	return r == 0 ? buf_printf(sql, "WHERE e.id BETWEEN ?1 * %d AND ?1 * %d + %d ORDER BY e.id", ITEMS_PER_EVENT, ITEMS_PER_EVENT,
				    ITEMS_PER_EVENT - 1) : r;
}

int64_t export_event_id(sqlite3_stmt *q)
{
	return sqlite3_column_int64(q, AT_EVENT_ID);
}

int64_t export_scope(sqlite3_stmt *q)
{
	return sqlite3_column_int64(q, AT_SCOPE);
}

/* The value in a column; borrowed until the statement goes on. Returns 0 or -ENOMEM. */
static int read_value(sqlite3_stmt *q, int column, struct value *v)
{
	*v = (struct value) {};
	switch (sqlite3_column_type(q, column)) {
	case SQLITE_NULL:
		break;
	case SQLITE_INTEGER:
		v->kind = VALUE_INT;
		v->i = sqlite3_column_int64(q, column);
		break;
	case SQLITE_FLOAT:
		v->kind = VALUE_REAL;
		v->d = sqlite3_column_double(q, column);
		break;
	default:
		v->kind = VALUE_TEXT;
		v->text = (const char *) sqlite3_column_text(q, column);
		v->n = (uint32_t) sqlite3_column_bytes(q, column);
		if (!v->text)
			return -ENOMEM;
		break;
	}
	return 0;
}

/*
 * The values of a row, from column @at on, put into @list. A column may be that of several
 * fields: it is the one's that events of this kind have. Returns 0 or -ENOMEM.
 */
static int read_values(sqlite3_stmt *q, int at, const struct field *fields, size_t n_fields, const struct value *kind,
		       struct value *list, struct values *ret)
{
	size_t n = 0;

	*ret = (struct values) { .list = list };
	for (size_t f = 0; f < n_fields; f++) {
		int r = read_value(q, at + (int) f, &list[n]);

		if (r < 0)
			return r;
		if (list[n].kind == VALUE_ABSENT || !rebuild_has_field(&fields[f], kind))
			continue;
		ret->present |= UINT64_C(1) << f;
		n++;
	}
	return 0;
}

/* The event's own, its kind first. */
static int read_event(sqlite3_stmt *q, const struct dialect *d, struct value *list, struct values *ret)
{
	struct value kind;
	int r = read_value(q, N_HEAD_COLUMNS + d->kind_field, &kind);

	return r < 0 ? r : read_values(q, N_HEAD_COLUMNS, d->fields, d->n_fields, &kind, list, ret);
}

static int read_item(sqlite3_stmt *q, const struct items *items, const struct value *kind, struct value *list,
		     struct values *ret)
{
	return read_values(q, N_ITEM_HEAD_COLUMNS, items->fields, items->n_fields, kind, list, ret);
}

/* An array payload, of the rows @q gives for the event. */
static int add_items(struct export_work *w, const struct items *items, const struct value *kind, sqlite3_stmt *q,
		     int64_t event_id)
{
	struct value list[INSERT_MAX_FIELDS];
	struct values values;
	bool first = true;
	int rc, r;

	r = buf_add_char(&w->payload, '[');
	rc = sqlite3_bind_int64(q, 1, event_id);
	if (rc != SQLITE_OK)
		return EXPORT_E_SQLITE;
	while (r == 0 && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		r = read_item(q, items, kind, list, &values);
		if (r == 0 && !first)
			r = buf_add_char(&w->payload, ',');
		if (r < 0)
			break;
		first = false;
		r = rebuild_item(&w->rebuild, items, &values, sqlite3_column_blob(q, AT_ITEM_EXTRA),
				 (size_t) sqlite3_column_bytes(q, AT_ITEM_EXTRA), &w->payload);
	}
	if (r == 0 && rc != SQLITE_DONE)
		return EXPORT_E_SQLITE;
	return r == 0 ? buf_add_char(&w->payload, ']') : r;
}

static int build(struct export_work *w, const struct dialect *d, sqlite3_stmt *q, sqlite3_stmt *items)
{
	struct values values;
	int r;

	w->payload.n = w->context.n = 0;
	r = read_event(q, d, w->values, &values);
	if (r == 0)
		r = rebuild_context(&w->rebuild, d, &values, sqlite3_column_blob(q, AT_EXTRA),
				    (size_t) sqlite3_column_bytes(q, AT_EXTRA), &w->context);
	if (r < 0)
		return r;
	if (items && rebuild_is_array(d, &values)) {
		r = add_items(w, d->items, values_at(&values, d->kind_field), items, export_event_id(q));
		(void) sqlite3_reset(items);
		return r;
	}
	return rebuild_payload(&w->rebuild, d, &values, sqlite3_column_blob(q, AT_EXTRA),
			       (size_t) sqlite3_column_bytes(q, AT_EXTRA), &w->payload);
}

int export_row(struct export_work *w, const struct dialect *d, sqlite3_stmt *q, sqlite3_stmt *items,
	       bool all_times, struct buf *out)
{
	char at[TIMESTAMP_TEXT_SIZE];
	struct reply_row row;
	int r;

	r = build(w, d, q, items);
	if (r != 0)
		return r;
	reply_row_begin(&row, out, NULL, NULL);
	reply_str(&row, "source", d->source);
	reply_str(&row, "app", (const char *) sqlite3_column_text(q, AT_APP));
	if (sqlite3_column_type(q, AT_SENDER_ID) != SQLITE_NULL)
		reply_str(&row, "id", (const char *) sqlite3_column_text(q, AT_SENDER_ID));
	if (all_times || sqlite3_column_int(q, AT_STAMPED)) {
		timestamp_format(sqlite3_column_int64(q, AT_AT_US), at);
		reply_str(&row, "at", at);
	}
	if (w->context.n > 0)
		reply_raw(&row, "context", &w->context);
	reply_raw(&row, "event", &w->payload);
	return reply_row_end(&row, true);
}

/* The elements of the event, their texts in @arena. */
static int read_items(const struct items *items, const struct value *kind, sqlite3_stmt *q,
		      int64_t event_id, struct arena *arena, struct event *e)
{
	struct event_item *list = arena_alloc(arena, LIMIT_ITEMS * sizeof(*list));
	int rc, r = 0;

	if (!list)
		return -ENOMEM;
	e->items = list;
	rc = sqlite3_bind_int64(q, 1, event_id);
	while (rc == SQLITE_OK && e->n_items < LIMIT_ITEMS && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct value *v = arena_alloc(arena, items->n_fields * sizeof(*v));
		struct values *values = &list[e->n_items].values;

		if (!v)
			return -ENOMEM;
		r = read_item(q, items, kind, v, values);
		for (size_t n = values_count(values); r == 0 && n > 0; n--, v++) {
			if (v->kind != VALUE_TEXT)
				continue;
			v->text = arena_copy(arena, v->text, v->n);
			if (!v->text)
				r = -ENOMEM;
		}
		if (r < 0)
			return r;
		e->n_items++;
		rc = SQLITE_OK;
	}
	return rc == SQLITE_DONE || e->n_items == LIMIT_ITEMS ? 0 : EXPORT_E_SQLITE;
}

int export_event(const struct dialect *d, sqlite3_stmt *q, sqlite3_stmt *items, struct value *values,
		 struct arena *arena, struct event *ret)
{
	int r;

	*ret = (struct event) {
		.dialect = d,
		.at_us = sqlite3_column_int64(q, AT_AT_US),
		.digest = (uint64_t) sqlite3_column_int64(q, AT_DIGEST),
	};
	r = read_event(q, d, values, &ret->values);
	if (r == 0 && items && rebuild_is_array(d, &ret->values)) {
		r = read_items(d->items, values_at(&ret->values, d->kind_field), items, export_event_id(q), arena, ret);
		(void) sqlite3_reset(items);
	}
	return r;
}
