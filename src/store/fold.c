/* Loading, growing and writing the rows that events are folded into. */

#include "store/fold.h"

#include <errno.h>
#include <string.h>

#include "store/dberr.h"
#include "util/grow.h"
#include "util/uuid.h"

enum {
	/* Held between batches; one batch may add its own number of events to each. */
	FOLD_MAX_ROWS = 1024,
};

void fold_deinit(struct fold *f)
{
	strmap_deinit(&f->index);
	arena_deinit(&f->texts);
	free(f->attempts);
	free(f->connects);
	free(f->stages);
	buf_deinit(&f->scratch);
	*f = (struct fold) {};
}

void fold_forget(struct fold *f)
{
	strmap_clear(&f->index);
	arena_reset(&f->texts);
	f->n_attempts = 0;
	f->n_connects = 0;
	f->n_stages = 0;
}

void fold_trim(struct fold *f)
{
	if (f->n_attempts > FOLD_MAX_ROWS || f->n_connects > FOLD_MAX_ROWS ||
	    f->n_stages > 4 * FOLD_MAX_ROWS)
		fold_forget(f);
}

/* Look a name up. Returns whether it is held; else the key is in f->scratch, ready to be put. */
static int lookup(struct fold *f, char kind, int64_t qualifier, const char *id, size_t n, size_t *ret_index)
{
	int64_t *have;
	int r;

	f->scratch.n = 0;
	r = buf_reserve(&f->scratch, 1 + sizeof(qualifier) + n);
	if (r < 0)
		return r;
	(void) buf_add_char(&f->scratch, kind);
	(void) buf_add(&f->scratch, &qualifier, sizeof(qualifier));
	(void) buf_add(&f->scratch, id, n);
	have = strmap_get(&f->index, f->scratch.data, f->scratch.n);
	if (have)
		*ret_index = (size_t) *have;
	return have != NULL;
}

/* Remember the name looked up last; *ret_name is its text, held by the map. */
static int remember(struct fold *f, size_t index, const char **ret_name)
{
	const char *key;
	int r = strmap_put(&f->index, f->scratch.data, f->scratch.n, (int64_t) index, &key);

	if (r == 0)
		*ret_name = key + 1 + sizeof(int64_t);
	return r;
}

/* A column that is NULL for never. */
static int64_t column_time(sqlite3_stmt *q, int at)
{
	return sqlite3_column_type(q, at) == SQLITE_NULL ? ATTEMPT_NEVER : sqlite3_column_int64(q, at);
}

static int load_attempt(struct fold *f, const char *id, size_t n, struct attempt_row *row)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(f->stmts, STMT_FIND_ATTEMPT);
	struct attempt *a = &row->attempt;
	int at = 0;
	int r;

	stmt_bind_text(q, 1, id, n);
	stmt_bind_ref(q, 2, row->app);
	attempt_init(a);
	r = stmt_row(q);
	if (r != 0)
		return r;

	row->id = sqlite3_column_int64(q, at++);
	for (int l = 0; l < N_LABELS; l++)	/* find_attempt.sql lists them in the enum's order */
		a->labels[l] = sqlite3_column_int64(q, at++);
	memcpy(row->written_labels, a->labels, sizeof(row->written_labels));
	a->started_us = sqlite3_column_int64(q, at++);
	a->last_us = sqlite3_column_int64(q, at++);
	a->first_audio_us = column_time(q, at++);
	a->first_video_us = column_time(q, at++);
	a->retries = sqlite3_column_int64(q, at++);
	a->reconnects = sqlite3_column_int64(q, at++);
	a->n_events = sqlite3_column_int64(q, at++);
	a->n_violations = sqlite3_column_int64(q, at++);
	row->written = true;
	row->written_started_us = a->started_us;
	row->written_events = a->n_events;
	return attempt_unpack(a, sqlite3_column_blob(q, at), (size_t) sqlite3_column_bytes(q, at));
}

int fold_attempt(struct fold *f, int64_t app, const char *id, size_t n, size_t *ret_index)
{
	struct attempt_row row = { .app = app };
	int r;

	r = lookup(f, 'a', app, id, n, ret_index);
	if (r != 0)
		return r < 0 ? r : 0;
	r = load_attempt(f, id, n, &row);
	if (r < 0)
		return r;
	if (r == STMT_E_NO_ROW)
		row.id = ++*f->last_key;
	r = grow(&f->attempts, sizeof(row), f->n_attempts, &f->cap_attempts);
	if (r == 0)
		r = remember(f, f->n_attempts, &row.join_attempt_id);
	if (r < 0)
		return r;
	*ret_index = f->n_attempts;
	f->attempts[f->n_attempts++] = row;
	return 0;
}

/* One end of a pair as the event it names tells it; none if there is no such event any more. */
static int load_pair_end(struct fold *f, int64_t event_id, struct pair_end *ret)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(f->stmts, STMT_FIND_PAIR_END);
	enum stage stage;
	enum phase phase;
	int r;

	if (!event_id)
		return 0;
	stmt_bind_ref(q, 1, event_id);
	r = stmt_row(q);
	if (r != 0)
		return r < 0 ? r : 0;

	stage = fact_stage((const char *) sqlite3_column_text(q, 2));
	phase = fact_phase((const char *) sqlite3_column_text(q, 3));
	*ret = (struct pair_end) {
		.event_id = event_id,
		.key = {
			.at_us = sqlite3_column_int64(q, 0),
			.digest = (uint64_t) sqlite3_column_int64(q, 1),
			.rank = fact_rank(stage, phase),
		},
		.stage = (uint8_t) stage,
		.resolution = phase == PHASE_COMPLETED ?
			(uint8_t) fact_resolution((const char *) sqlite3_column_text(q, 4)) : RESOLUTION_NONE,
		.was_previously_connected = sqlite3_column_int(q, 5) != 0,
		.retry_count = sqlite3_column_int64(q, 6),
	};
	return 0;
}

static int load_pair(struct fold *f, int64_t initiated_event, int64_t completed_event, struct pair *ret)
{
	int r = load_pair_end(f, initiated_event, &ret->initiated);

	return r < 0 ? r : load_pair_end(f, completed_event, &ret->completed);
}

static int load_connect(struct fold *f, const char *id, size_t n, struct connect_row *row)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(f->stmts, STMT_FIND_CONNECT);
	int r;

	stmt_bind_text(q, 1, id, n);
	stmt_bind_ref(q, 2, row->app);
	row->started_us = ATTEMPT_NEVER;
	row->last_us = -1;
	r = stmt_row(q);
	if (r != 0)
		return r;

	row->id = sqlite3_column_int64(q, 0);
	row->started_us = sqlite3_column_int64(q, 1);
	row->last_us = sqlite3_column_int64(q, 2);
	row->n_events = sqlite3_column_int64(q, 3);
	row->written = true;
	row->written_started_us = row->started_us;
	return load_pair(f, sqlite3_column_int64(q, 4), sqlite3_column_int64(q, 5), &row->pair);
}

int fold_connect(struct fold *f, int64_t app, const char *id, size_t n, size_t *ret_index)
{
	struct connect_row row = { .app = app };
	int r;

	r = lookup(f, 'c', app, id, n, ret_index);
	if (r != 0)
		return r < 0 ? r : 0;
	r = load_connect(f, id, n, &row);
	if (r < 0)
		return r;
	if (r == STMT_E_NO_ROW)
		row.id = ++*f->last_key;
	r = grow(&f->connects, sizeof(row), f->n_connects, &f->cap_connects);
	if (r == 0)
		r = remember(f, f->n_connects, &row.coordinator_connect_id);
	if (r < 0)
		return r;
	*ret_index = f->n_connects;
	f->connects[f->n_connects++] = row;
	return 0;
}

/* The row whose id is held as a text, or as the bytes of a UUID. */
static int find_stage(struct fold *f, const char *id, size_t n, const unsigned char *uuid, struct stage_row *row)
{
	_cleanup_(stmt_return) sqlite3_stmt *q = stmt_borrow(f->stmts, STMT_FIND_STAGE_ATTEMPT);
	int r;

	(void) sqlite3_bind_int64(q, 1, row->scope);
	if (uuid)
		(void) sqlite3_bind_blob(q, 2, uuid, UUID_BYTES, SQLITE_STATIC);
	else
		stmt_bind_text(q, 2, id, n);
	r = stmt_row(q);
	if (r != 0)
		return r;

	row->id = sqlite3_column_int64(q, 0);
	row->lifecycle = sqlite3_column_int(q, 1) != 0;
	row->written = true;
	return load_pair(f, sqlite3_column_int64(q, 2), sqlite3_column_int64(q, 3), &row->pair);
}

static int load_stage(struct fold *f, const char *id, size_t n, struct stage_row *row)
{
	unsigned char uuid[UUID_BYTES];
	int r;

	if (uuid_parse(id, n, uuid) != 0)
		return find_stage(f, id, n, NULL, row);
	r = find_stage(f, id, n, uuid, row);
	/* It was written before there were two ways to hold it. */
	if (r == STMT_E_NO_ROW && f->last_stage_id_text > 0)
		r = find_stage(f, id, n, NULL, row);
	return r;
}

int fold_stage(struct fold *f, int64_t scope, bool fresh, const char *id, size_t n, size_t *ret_index)
{
	struct stage_row row = { .scope = scope };
	int r;

	r = lookup(f, 's', scope, id, n, ret_index);
	if (r != 0)
		return r < 0 ? r : 0;
	r = fresh ? STMT_E_NO_ROW : load_stage(f, id, n, &row);
	if (r < 0)
		return r;
	if (r == STMT_E_NO_ROW)
		row.id = ++f->last_stage_attempt;
	r = grow(&f->stages, sizeof(row), f->n_stages, &f->cap_stages);
	if (r == 0)
		r = remember(f, f->n_stages, &row.stage_id);
	if (r < 0)
		return r;
	*ret_index = f->n_stages;
	f->stages[f->n_stages++] = row;
	return 0;
}

static void add_to_connect(struct connect_row *c, const struct fact *fact)
{
	c->n_events++;
	if (fact->key.at_us < c->started_us)
		c->started_us = fact->key.at_us;
	if (fact->key.at_us > c->last_us)
		c->last_us = fact->key.at_us;
	if (fact->stage == STAGE_COORDINATOR_WS)
		(void) pair_add(&c->pair, fact);
	c->dirty = true;
}

void fold_add(struct fold *f, const struct fact *fact, size_t attempt, size_t connect, size_t stage)
{
	int64_t retries = 0, reconnects = 0;

	if (stage != FOLD_NONE) {
		struct stage_row *s = &f->stages[stage];

		retries = -pair_retries(&s->pair);
		reconnects = -pair_reconnects(&s->pair);
		(void) pair_add(&s->pair, fact);
		retries += pair_retries(&s->pair);
		reconnects += pair_reconnects(&s->pair);
		s->lifecycle |= fact_stage_completes(fact->stage) && fact->phase != PHASE_OTHER;
		s->dirty = true;
	}
	if (connect != FOLD_NONE)
		add_to_connect(&f->connects[connect], fact);
	if (attempt != FOLD_NONE) {
		struct attempt_row *a = &f->attempts[attempt];

		attempt_add(&a->attempt, fact);
		a->attempt.retries += retries;
		a->attempt.reconnects += reconnects;
		a->dirty = true;
	}
}

int fold_note_text(struct fold *f, size_t attempt, enum label l, const char *text, size_t n)
{
	struct attempt_row *a = &f->attempts[attempt];
	struct ref_text *have = &a->texts[l];

	if (have->ref == a->attempt.labels[l])
		return 0;
	have->text = arena_copy(&f->texts, text, n);
	have->ref = have->text ? a->attempt.labels[l] : 0;
	return have->text ? 0 : -ENOMEM;
}
