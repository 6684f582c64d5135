/* Interning what an event names, field by field as its dialect's table says. */

#include "store/place.h"

#include <string.h>

#include "dialect/dialect.h"
#include "dialect/stream.h"
#include "store/dberr.h"

static int place_session(struct intern *in, const struct event *e, const struct value *name, struct place *p,
			 int64_t *ret)
{
	const struct value *place = e->scope_place;
	int64_t place_id = 0;
	int r = place ? intern_dict(in, place->text, place->n, &place_id) : 0;

	if (r == 0)
		r = intern_session_scope(in, e->dialect, p->app, place_id, name->text, name->n, ret);
	if (r == 0 && name == e->scope_name)
		p->session_id = *ret;
	return r;
}

/* One field's ref: its text interned as its role or keep says. */
static int place_field(struct intern *in, struct fold *fold, const struct event *e, unsigned i, const struct value *v,
		       struct place *p)
{
	const struct field *f = &e->dialect->fields[i];
	int r;

	switch (f->role) {
	case ROLE_USER:
		return intern_user(in, p->app, v->text, v->n, &p->refs[i]);
	case ROLE_ATTEMPT:
		r = fold_attempt(fold, p->app, v->text, v->n, &p->attempt);
		if (r == 0)
			p->attempt_id = fold->attempts[p->attempt].id;
		return r;
	case ROLE_CONNECT:
		r = fold_connect(fold, p->app, v->text, v->n, &p->connect);
		if (r == 0)
			p->refs[i] = p->connect_id = fold->connects[p->connect].id;
		return r;
	case ROLE_SESSION:
		return place_session(in, e, v, p, &p->refs[i]);
	case ROLE_NONE:
		if (insert_is_ref(f))
			return intern_dict(in, v->text, v->n, &p->refs[i]);
		return 0;
	default:	/* the time is at_us; a stage id waits until the scope is known */
		return 0;
	}
}

/* Whether the attempt or connection that is the event's scope is not in its table yet. */
static bool is_fresh(const struct fold *fold, const struct place *p)
{
	if (p->attempt != FOLD_NONE)
		return !fold->attempts[p->attempt].written;
	return p->connect != FOLD_NONE && !fold->connects[p->connect].written;
}

int place_find(struct intern *in, struct fold *fold, const struct item *item, struct place *p)
{
	const struct event *e = item->event;
	const struct value *v = e->values.list;
	int64_t last_key = *in->last_key;
	bool stage_completes;
	int r;

	*p = (struct place) { .attempt = FOLD_NONE, .connect = FOLD_NONE, .stage = FOLD_NONE };
	r = intern_origin(in, item->origin, &p->app, &p->origin);
	for (uint64_t left = e->values.present; r == 0 && left; left &= left - 1)
		r = place_field(in, fold, e, (unsigned) __builtin_ctzll(left), v++, p);
	if (r < 0)
		return r;
	p->new_session = p->session_id > last_key;

	stage_completes = e->dialect == &dialect_stream && fact_stage_completes(fact_stage(event_text(e, STREAM_STAGE)));
	p->scope = p->attempt_id ? p->attempt_id : p->connect_id ? p->connect_id : p->session_id;
	/* A stage that never completes is not a pair of events: its id stays in the event's row. */
	v = values_at(&e->values, STREAM_STAGE_ID);
	if (!stage_completes || v->kind == VALUE_ABSENT)
		return 0;
	r = fold_stage(fold, p->scope, is_fresh(fold, p), v->text, v->n, &p->stage);
	if (r == 0)
		p->refs[STREAM_STAGE_ID] = fold->stages[p->stage].id;
	return r;
}

int place_item(struct intern *in, const struct event *e, size_t n, int64_t *refs)
{
	const struct items *items = e->dialect->items;
	const struct values *values = &e->items[n].values;
	const struct value *v = values->list;
	int r = 0;

	for (uint64_t left = values->present; r == 0 && left; left &= left - 1, v++) {
		unsigned f = (unsigned) __builtin_ctzll(left);

		if (insert_is_ref(&items->fields[f]))
			r = intern_dict(in, v->text, v->n, &refs[f]);
	}
	return r;
}

/* In its session, an event that has no attempt counts as if it were one. */
static int tell_alone(struct record *record, const struct place *p, const struct event *e, const struct fact *fact)
{
	const bool joins = fact->stage == STAGE_PEER_CONNECTION_CONNECT && fact->resolution == RESOLUTION_SUCCESS;
	const struct stay stay = {
		.user_id = event_text(e, STREAM_USER_ID),
		.call_type = event_text(e, STREAM_TYPE),
		.call_id = event_text(e, STREAM_ID),
		.started_us = e->at_us,
		.joined_us = joins ? e->at_us : MARK_UNTOLD,
		.last_us = e->at_us,
		.n_events = 1,
	};

	return record_add_stay(record, p->session_id, &dialect_stream, &stay);
}

static int note_texts(struct fold *fold, const struct place *p, const struct event *e)
{
	static const enum stream_field fields[N_FOLD_TEXTS] = {
		[LABEL_USER] = STREAM_USER_ID, [LABEL_CALL_TYPE] = STREAM_TYPE, [LABEL_CALL_ID] = STREAM_ID,
	};
	const int64_t *labels = fold->attempts[p->attempt].attempt.labels;
	int r = 0;

	for (int l = 0; r == 0 && l < N_FOLD_TEXTS; l++) {
		const struct value *v = values_at(&e->values, fields[l]);

		if (p->refs[fields[l]] && p->refs[fields[l]] == labels[l])
			r = fold_note_text(fold, p->attempt, (enum label) l, v->text, v->n);
	}
	return r;
}

/* Fold a GetStream event; its refs become the labels of its attempt. */
static int fold_stream(struct intern *in, struct fold *fold, const struct place *p, const struct event *e,
		       int64_t event_id)
{
	const struct value *agent = values_at(&e->values, STREAM_USER_AGENT);
	const int64_t *refs = p->refs;
	struct fact fact;
	int64_t sdk = 0;
	int r;

	if (agent->kind == VALUE_TEXT) {
		r = intern_dict(in, agent->text, fact_sdk_of(agent->text, agent->n), &sdk);
		if (r < 0)
			return r;
	}
	fact_read(e, &fact);
	fact.event_id = event_id;
	fact.failure_code = refs[STREAM_RETRY_FAILURE_CODE];
	fact.labels[LABEL_USER] = refs[STREAM_USER_ID];
	fact.labels[LABEL_CALL_TYPE] = refs[STREAM_TYPE];
	fact.labels[LABEL_CALL_ID] = refs[STREAM_ID];
	fact.labels[LABEL_SESSION] = refs[STREAM_CALL_SESSION_ID];
	fact.labels[LABEL_CONNECT] = refs[STREAM_COORDINATOR_CONNECT_ID];
	fact.labels[LABEL_JOIN_REASON] = refs[STREAM_JOIN_REASON];
	fact.labels[LABEL_SDK] = sdk;
	fact.labels[LABEL_SDK_VERSION] = refs[STREAM_SDK_VERSION];
	fact.labels[LABEL_SFU] = refs[STREAM_SFU_ID];
	fact.labels[LABEL_MICROPHONE] = refs[STREAM_MICROPHONE_PERMISSION_STATUS];
	fact.labels[LABEL_CAMERA] = refs[STREAM_CAMERA_PERMISSION_STATUS];
	fold_add(fold, &fact, p->attempt, p->connect, p->stage);
	if (p->attempt != FOLD_NONE)
		return note_texts(fold, p, e);
	return p->session_id ? tell_alone(fold->record, p, e, &fact) : 0;
}

int place_fold(struct intern *in, struct fold *fold, struct record *record, const struct place *place,
	       const struct event *event, int64_t event_id)
{
	if (event->dialect == &dialect_stream)
		return fold_stream(in, fold, place, event, event_id);
	if (event->dialect->marks && place->session_id)
		return record_add(record, place->session_id, event, place->new_session ? event->scope_name->text : NULL);
	return 0;
}
