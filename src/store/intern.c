/* One way for every kind of name: the cache, else the table, else a new row. */

#include "store/intern.h"

#include <string.h>

#include "dialect/dialect.h"
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
	buf_deinit(&in->last_app);
}

void intern_forget(struct intern *in)
{
	strmap_clear(&in->ids);
	in->last_origin = 0;
	memset(in->sources, 0, sizeof(in->sources));
}

void intern_trim(struct intern *in)
{
	if (in->ids.n > INTERN_MAX_ENTRIES || in->ids.keys.n_bytes > INTERN_MAX_BYTES)
		intern_forget(in);
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
	in->key.data[0] = (char) name->find;
	memcpy(in->key.data + 1, name->numbers, n_numbers_bytes);
	if (name->n_text > 0)
		memcpy(in->key.data + 1 + n_numbers_bytes, name->text, name->n_text);
	in->key.n = 1 + n_numbers_bytes + name->n_text;
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

/* In the table, where it may have to be put first. */
static int look_up(struct intern *in, const struct name *name, int64_t *ret)
{
	_cleanup_(stmt_return) sqlite3_stmt *find = stmt_borrow(in->stmts, name->find);
	int r;

	(void) bind_name(find, name);
	r = stmt_row(find);
	if (r == 0)
		*ret = sqlite3_column_int64(find, 0);
	else if (r == STMT_E_NO_ROW)
		r = insert_name(in, name, ret);
	if (r == 0 && name->new_id && *ret > *in->last_key)
		*in->last_key = *ret;
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
	r = look_up(in, name, ret);
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

/* The id of a dialect's source: there are few. */
static int intern_source(struct intern *in, const struct dialect *d, int64_t *ret)
{
	size_t i = 0;
	int r = 0;

	while (dialects[i] != d)
		i++;
	if (!in->sources[i])
		r = intern_dict(in, d->source, strlen(d->source), &in->sources[i]);
	*ret = in->sources[i];
	return r;
}

int intern_session_scope(struct intern *in, const struct dialect *d, int64_t app, int64_t place, const char *s, size_t n,
			 int64_t *ret)
{
	int64_t source;
	int r = intern_source(in, d, &source);

	return r < 0 ? r : intern(in, &(struct name) {
		.find = STMT_FIND_SESSION_SCOPE, .insert = STMT_INSERT_SESSION_SCOPE,
		.text = s, .n_text = n, .numbers = { app, source, place }, .n_numbers = 3,
		.new_id = *in->last_key + 1,
	}, ret);
}

int intern_session_name(struct intern *in, int64_t scope, const char *s, size_t n, int64_t *ret)
{
	return look_up(in, &(struct name) {
		.find = STMT_FIND_SESSION_NAME, .insert = STMT_INSERT_SESSION_NAME,
		.text = s, .n_text = n, .numbers = { scope }, .n_numbers = 1,
		.new_id = *in->last_key + 1,
	}, ret);
}

/* One sender tells many events in a row: who it is was most often found for the one before. */
static bool is_last_origin(const struct intern *in, const struct origin *origin)
{
	return in->last_origin && in->last_uid == origin->uid && in->last_gid == origin->gid &&
	       in->last_pid == origin->pid && strcmp(in->last_app.data, origin->app) == 0;
}

int intern_origin(struct intern *in, const struct origin *origin, int64_t *ret_app, int64_t *ret)
{
	int r;

	if (!is_last_origin(in, origin)) {
		in->last_origin = 0;
		in->last_app.n = 0;
		r = buf_add(&in->last_app, origin->app, strlen(origin->app) + 1);
		if (r == 0)
			r = intern_dict(in, origin->app, strlen(origin->app), &in->last_app_id);
		if (r == 0)
			r = intern(in, &(struct name) {
				.find = STMT_FIND_ORIGIN, .insert = STMT_INSERT_ORIGIN, .n_numbers = 4,
				.numbers = { in->last_app_id, origin->uid, origin->gid, origin->pid },
			}, &in->last_origin);
		if (r < 0)
			return r;
		in->last_uid = origin->uid;
		in->last_gid = origin->gid;
		in->last_pid = origin->pid;
	}
	*ret_app = in->last_app_id;
	*ret = in->last_origin;
	return 0;
}
