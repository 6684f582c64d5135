/* Making and running a vendor's INSERTs. */

#include "store/insert.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "dialect/dialect.h"
#include "store/dberr.h"
#include "store/stmts.h"
#include "util/buf.h"
#include "util/uuid.h"
#include "wire/limits.h"

static_assert((int) LIMIT_ITEMS <= (int) ITEMS_PER_EVENT, "each element has an id of its own");

static const char head_columns[] =
	"event_id, scope, at_us, digest, origin, sender_id, extra, stamped";
static const char item_columns[] = "id, extra";

enum { N_HEAD_COLUMNS = 8, N_ITEM_COLUMNS = 2 };

bool insert_has_column(const struct field *f)
{
	return f->role != ROLE_TIME && f->role != ROLE_ATTEMPT;	/* they are at_us and scope */
}

bool insert_is_ref(const struct field *f)
{
	bool text = f->type == FIELD_TEXT || f->type == FIELD_JSON;

	return f->role != ROLE_NONE || (text && f->keep == KEEP_DICT);
}

static const char *column_of(const struct field *f)
{
	return f->column ? f->column : f->name;
}

/* The place of the column that field @i shares with one before it, or 0. */
static uint8_t shared(const struct field *fields, size_t i, const uint8_t *at)
{
	for (size_t k = 0; k < i; k++)
		if (at[k] && strcmp(column_of(&fields[k]), column_of(&fields[i])) == 0)
			return at[k];
	return 0;
}

/* @columns, @n_columns of them, come first; then the fields'. */
static int prepare(sqlite3 *db, const char *table, const char *columns, int n_columns,
		   const struct field *fields, size_t n_fields, const char *on_conflict,
		   struct insert_table *ret)
{
	_cleanup_(buf_deinit) struct buf sql = {};
	int r;

	r = buf_printf(&sql, "INSERT INTO %s (%s", table, columns);
	for (size_t i = 0; r == 0 && i < n_fields; i++) {
		if (!insert_has_column(&fields[i]))
			continue;
		ret->at[i] = shared(fields, i, ret->at);
		if (ret->at[i])
			continue;
		r = buf_printf(&sql, ", %s", column_of(&fields[i]));
		ret->at[i] = (uint8_t) ++n_columns;
	}
	if (r == 0)
		r = buf_add_str(&sql, ") VALUES (?");
	for (int i = 1; r == 0 && i < n_columns; i++)
		r = buf_add_str(&sql, ", ?");
	if (r == 0)
		r = buf_printf(&sql, ")%s", on_conflict);
	if (r < 0 || !buf_cstr(&sql))
		return -ENOMEM;
	return dberr(sqlite3_prepare_v3(db, sql.data, -1, SQLITE_PREPARE_PERSISTENT, &ret->stmt, NULL));
}

int insert_prepare(sqlite3 *db, const struct dialect *d, struct insert *ret)
{
	_cleanup_(buf_deinit) struct buf same = {}, columns = {};
	size_t n_lifted = d->items ? d->items->n_lifted : 0;
	int r;

	assert(n_lifted <= INSERT_MAX_LIFTED);
	r = buf_add_str(&columns, head_columns);
	for (size_t i = 0; r == 0 && i < n_lifted; i++)
		r = buf_printf(&columns, ", %s", d->items->lifted[i].column);
	if (r == 0)
		r = buf_printf(&same, " ON CONFLICT (%s, digest) DO NOTHING",
			       d->told_late ? "scope, at_us" : "at_us / 1000, scope");
	if (r == 0 && d->delivery_field)
		r = buf_printf(&same, " ON CONFLICT (digest) WHERE %s IS NOT NULL AND stamped = 1 DO NOTHING",
			       column_of(&d->fields[d->delivery_field - 1]));
	if (r < 0 || !buf_cstr(&same) || !buf_cstr(&columns))
		return -ENOMEM;
	r = prepare(db, d->table, columns.data, N_HEAD_COLUMNS + (int) n_lifted, d->fields, d->n_fields,
		    same.data, &ret->event);
	if (r == 0 && d->items)
		r = prepare(db, d->items->table, item_columns, N_ITEM_COLUMNS, d->items->fields,
			    d->items->n_fields, "", &ret->item);
	return r;
}

void insert_close(struct insert *in)
{
	(void) sqlite3_finalize(in->event.stmt);
	(void) sqlite3_finalize(in->item.stmt);
	*in = (struct insert) {};
}

static void bind_value(sqlite3_stmt *q, int at, const struct value *v)
{
	switch (v->kind) {
	case VALUE_TEXT:
		stmt_bind_text(q, at, v->text, v->n);
		break;
	case VALUE_INT:
		(void) sqlite3_bind_int64(q, at, v->i);
		break;
	case VALUE_REAL:
		(void) sqlite3_bind_double(q, at, v->d);
		break;
	default:
		break;	/* absent: NULL */
	}
}

/* Numbers with a digit or three behind the point take two bytes or three so, and not eight. */
static void bind_milli(sqlite3_stmt *q, int at, double d)
{
	int64_t n = fabs(d) < 1e12 ? llrint(d * 1000) : 0;
	double same = (double) n / 1000.0;

	if (memcmp(&same, &d, sizeof(d)) == 0)
		(void) sqlite3_bind_int64(q, at, n);
	else
		(void) sqlite3_bind_double(q, at, d);
}

/* An id: the bytes of a UUID, put into @uuid, are fewer than its characters. */
static void bind_id(sqlite3_stmt *q, int at, const struct value *v, unsigned char uuid[static UUID_BYTES])
{
	if (uuid_parse(v->text, v->n, uuid) == 0)
		(void) sqlite3_bind_blob(q, at, uuid, UUID_BYTES, SQLITE_STATIC);
	else
		stmt_bind_text(q, at, v->text, v->n);
}

/* @uuid is room for the one id a row may have, used until the statement was run. */
static void bind_fields(const struct insert_table *t, const struct field *fields,
			const struct values *values, const int64_t *refs, unsigned char uuid[static UUID_BYTES])
{
	const struct value *v = values->list;

	for (uint64_t left = values->present; left; left &= left - 1, v++) {
		unsigned f = (unsigned) __builtin_ctzll(left);

		if (t->at[f] == 0)
			continue;
		if (fields[f].role == ROLE_STAGE_ID && !refs[f])
			bind_id(t->stmt, t->at[f], v, uuid);
		else if (insert_is_ref(&fields[f]))
			stmt_bind_ref(t->stmt, t->at[f], refs[f]);
		else if (fields[f].keep == KEEP_MILLI)
			bind_milli(t->stmt, t->at[f], v->d);
		else
			bind_value(t->stmt, t->at[f], v);
	}
}

/* The value that a lifted column has, or NULL. */
static const struct value *lift(const struct lifted *l, const struct event *event)
{
	for (size_t n = 0; n < event->n_items; n++) {
		const struct values *values = &event->items[n].values;
		const struct value *v = values_at(values, l->field), *where = values_at(values, l->where);

		if (v->kind == VALUE_ABSENT)
			continue;
		if (!l->only_where || (where->kind == VALUE_INT && where->i == l->is))
			return v;
	}
	return NULL;
}

static void bind_lifted(sqlite3_stmt *q, int at, const struct event *event)
{
	const struct items *items = event->dialect->items;

	for (size_t i = 0; items && i < items->n_lifted; i++, at++) {
		const struct value *v = lift(&items->lifted[i], event);

		if (v)
			bind_value(q, at, v);
	}
}

int insert_run(sqlite3 *db, const struct insert *in, const struct insert_head *head,
	       const struct event *event, const int64_t *refs)
{
	unsigned char uuid[UUID_BYTES];
	_cleanup_(stmt_return) sqlite3_stmt *q = in->event.stmt;
	const struct dialect *d = event->dialect;
	int at = 1;
	int r;

	(void) sqlite3_bind_int64(q, at++, head->event_id);
	(void) sqlite3_bind_int64(q, at++, head->scope);
	(void) sqlite3_bind_int64(q, at++, event->at_us);
	(void) sqlite3_bind_int64(q, at++, (int64_t) event->digest);
	(void) sqlite3_bind_int64(q, at++, head->origin);
	stmt_bind_text(q, at++, event->sender_id, event->sender_id ? strlen(event->sender_id) : 0);
	stmt_bind_text(q, at++, event->extra, event->n_extra);
	(void) sqlite3_bind_int64(q, at++, !event->timed);
	bind_lifted(q, at, event);
	bind_fields(&in->event, d->fields, &event->values, refs, uuid);
	r = stmt_run(q);
	if (r < 0)
		return r;
	return sqlite3_changes(db) == 0 ? INSERT_E_DUPLICATE : 0;
}

int insert_item(const struct insert *in, int64_t event_id, size_t n, const struct event *event,
		const int64_t *refs)
{
	unsigned char uuid[UUID_BYTES];
	_cleanup_(stmt_return) sqlite3_stmt *q = in->item.stmt;
	const struct items *items = event->dialect->items;
	const struct event_item *item = &event->items[n];

	(void) sqlite3_bind_int64(q, 1, event_id * ITEMS_PER_EVENT + (int64_t) n);
	stmt_bind_text(q, 2, item->extra, item->n_extra);
	bind_fields(&in->item, items->fields, &item->values, refs, uuid);
	return stmt_run(q);
}
