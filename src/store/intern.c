/* One way for every kind of name: the cache, else the table, else a new row. */

#include "store/intern.h"

#include <string.h>

#include "store/dberr.h"

enum {
	INTERN_MAX_ENTRIES = 32 * 1024,
	INTERN_MAX_BYTES = 4 * 1024 * 1024,
};

enum { NAME_MAX_NUMBERS = 4 };

/* A name: its text, if it has one, then the numbers that qualify it. Bound in this order. */
struct name {
	enum stmt find, insert;
	const char *text;
	size_t n_text;
	int64_t numbers[NAME_MAX_NUMBERS];
	int n_numbers;
	int64_t new_id;		/* bound last when inserted; 0: the table picks one */
};

void intern_deinit(struct intern *in)
{
	strmap_deinit(&in->ids);
	buf_deinit(&in->key);
}

void intern_forget(struct intern *in)
{
	strmap_clear(&in->ids);
}

void intern_trim(struct intern *in)
{
	if (in->ids.n > INTERN_MAX_ENTRIES || in->ids.keys.n_bytes > INTERN_MAX_BYTES)
		strmap_clear(&in->ids);
}

/* The cache key: which kind of name, its numbers, its text. */
static int make_key(struct intern *in, const struct name *name)
{
	size_t n_numbers_bytes = (size_t) name->n_numbers * sizeof(name->numbers[0]);
	int r;

	in->key.n = 0;
	r = buf_reserve(&in->key, 1 + n_numbers_bytes + name->n_text);
	if (r < 0)
		return r;
	(void) buf_add_char(&in->key, (char) name->find);
	(void) buf_add(&in->key, name->numbers, n_numbers_bytes);
	(void) buf_add(&in->key, name->text, name->n_text);
	return 0;
}

/* Returns the position behind the last one bound. */
static int bind_name(sqlite3_stmt *q, const struct name *name)
{
	int at = 1;

	if (name->text)
		stmt_bind_text(q, at++, name->text, name->n_text);
	for (int i = 0; i < name->n_numbers; i++)
		(void) sqlite3_bind_int64(q, at++, name->numbers[i]);
	return at;
}

static int insert_name(struct intern *in, const struct name *name, int64_t *ret)
{
	_cleanup_(stmt_return) sqlite3_stmt *insert = stmt_borrow(in->stmts, name->insert);
	int at = bind_name(insert, name);
	int r;

	if (name->new_id)
		(void) sqlite3_bind_int64(insert, at, name->new_id);
	r = stmt_run(insert);
	if (r == 0)
		*ret = sqlite3_last_insert_rowid(in->db);
	return r;
}

static int intern(struct intern *in, const struct name *name, int64_t *ret)
{
	int64_t *have;
	int r;

	r = make_key(in, name);
	if (r < 0)
		return r;
	have = strmap_get(&in->ids, in->key.data, in->key.n);
	if (have) {
		*ret = *have;
		return 0;
	}

	_cleanup_(stmt_return) sqlite3_stmt *find = stmt_borrow(in->stmts, name->find);

	(void) bind_name(find, name);
	r = stmt_row(find);
	if (r == 0)
		*ret = sqlite3_column_int64(find, 0);
	else if (r == STMT_E_NO_ROW)
		r = insert_name(in, name, ret);
	return r < 0 ? r : strmap_put(&in->ids, in->key.data, in->key.n, *ret, NULL);
}

int intern_dict(struct intern *in, const char *s, size_t n, int64_t *ret)
{
	return intern(in, &(struct name) {
		.find = STMT_FIND_DICT, .insert = STMT_INSERT_DICT,
		.text = s, .n_text = n,
	}, ret);
}

int intern_user(struct intern *in, int64_t app, const char *s, size_t n, int64_t *ret)
{
	return intern(in, &(struct name) {
		.find = STMT_FIND_USER, .insert = STMT_INSERT_USER,
		.text = s, .n_text = n, .numbers = { app }, .n_numbers = 1,
	}, ret);
}

int intern_session_scope(struct intern *in, int64_t source, int64_t app, const char *s, size_t n, int64_t *ret)
{
	int r = intern(in, &(struct name) {
		.find = STMT_FIND_SESSION_SCOPE, .insert = STMT_INSERT_SESSION_SCOPE,
		.text = s, .n_text = n, .numbers = { app, source }, .n_numbers = 2,
		.new_id = *in->last_key + 1,
	}, ret);

	if (r == 0 && *ret > *in->last_key)
		*in->last_key = *ret;
	return r;
}

int intern_origin(struct intern *in, const struct origin *origin, int64_t *ret_app, int64_t *ret)
{
	int r = intern_dict(in, origin->app, strlen(origin->app), ret_app);

	if (r < 0)
		return r;
	return intern(in, &(struct name) {
		.find = STMT_FIND_ORIGIN, .insert = STMT_INSERT_ORIGIN,
		.numbers = { *ret_app, origin->uid, origin->gid, origin->pid }, .n_numbers = 4,
	}, ret);
}
