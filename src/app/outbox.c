#include "app/outbox.h"

#include "wire/limits.h"

void outbox_deinit(struct outbox *o)
{
	buf_deinit(&o->verdicts);
}

static int add_rejected(struct buf *out, const struct item *item)
{
	struct answer_problem told[LIMIT_PROBLEMS];
	const struct reject *reject = item->reject;
	size_t n = MIN_OF(reject->n_problems, (size_t) LIMIT_PROBLEMS);

	for (size_t i = 0; i < n; i++) {
		told[i].code = reject->problems[i].code;
		told[i].field = reject->problems[i].field;
		told[i].message = reject->problems[i].message;
	}
	return answer_rejected(out, item->line_no, item->event_no, told, n);
}

static int add_flagged(struct buf *out, const struct item *item)
{
	struct answer_violation told[128];
	const struct event *event = item->event;
	size_t n = MIN_OF(event->n_violations, N_ELEMENTS(told));

	for (size_t i = 0; i < n; i++) {
		told[i].field = event->violations[i].field;
		told[i].rule = event->violations[i].rule;
	}
	return answer_flagged(out, item->line_no, item->event_no, told, n);
}

static void add_verdict(struct outbox *o, const struct item *item)
{
	size_t n_before = o->verdicts.n;
	int r;

	r = item->fate == FATE_REJECTED ? add_rejected(&o->verdicts, item)
					: add_flagged(&o->verdicts, item);
	if (r == 0 && o->verdicts.n <= LIMIT_VERDICT_BYTES)
		return;
	o->verdicts.n = n_before;
	o->ack.untold++;
}

void outbox_note(struct outbox *o, const struct item *item)
{
	if (item->kind == ITEM_LINE_END) {
		o->ack.lines++;
		o->ack_due = true;
		return;
	}
	switch (item->fate) {
	case FATE_STORED:
		o->ack.stored++;
		if (item->event->n_violations > 0) {
			o->ack.flagged++;
			add_verdict(o, item);
		}
		break;
	case FATE_DUPLICATE:
		o->ack.duplicate++;
		break;
	case FATE_REJECTED:
		o->ack.rejected++;
		add_verdict(o, item);
		break;
	}
}

void outbox_busy(struct outbox *o, const char *code, const char *message)
{
	o->busy_code = code;
	o->busy_message = message;
}

void outbox_take(struct outbox *o, struct buf *ret)
{
	*ret = o->verdicts;
	o->verdicts = (struct buf) {};
	/* What finds no memory stays due, for the next time. */
	if (o->ack_due && answer_ack(ret, &o->ack) == 0)
		o->ack_due = false;
	if (o->busy_code && answer_busy(ret, o->busy_code, o->busy_message) == 0)
		o->busy_code = NULL;
	if (ret->n == 0)
		buf_deinit(ret);
}
