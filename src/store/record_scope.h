#pragma once

/*
 * The parts of a record: reading what a scope's attendance is to hold
 * (record_read.c), and writing what it folds into (record_write.c).
 * Each function returns 0 or a negative errno.
 */

#include "store/record.h"

/* What the attendances intern their texts with. */
struct attendance_texts record_texts(struct record *rec);

/* How far marks of the scope may be merged, as attendance_add() takes it. */
int64_t record_merge_us(const struct record *rec, const struct record_scope *st);

/* Nothing is stored of the scope yet: there is nothing to be read. */
int record_begin(struct record *rec, struct record_scope *st, const char *name);

/*
 * Have the scope's attendance, from the session on that began last when the span of an event begins,
 * or before. Sets *ret_whole if it was read from the stored events, as by record_load_events(), so
 * that this event, which was stored just now, is among them.
 */
int record_load(struct record *rec, struct record_scope *st, struct record_span span, bool *ret_whole);

/*
 * The same, from the stored events, one of this span among them: nothing is merged, and the
 * sessions are to be written anew.
 */
int record_load_events(struct record *rec, struct record_scope *st, struct record_span span);

/* What a row says, in short: of a session and in texts of a participant, what does not change all the time. */
uint64_t record_digest_session(const struct session *s);
uint64_t record_digest_texts(const struct session_participant *p);
uint64_t record_digest_times(const struct session_participant *p);

/* Fold and write one scope. */
int record_write_scope(struct record *rec, struct record_scope *st);
