#include "loop.h"

#include <signal.h>

#include "wire/limits.h"

static struct {
	uv_loop_t loop;
	struct peer_hub hub;
	struct peer peer;
	int client;
	struct buf seen;	/* what came, in order, as "line|" */
	int n_lines;
	int pause_after, close_after;	/* lines; 0: never */
	bool ended, closed;
	int n_drained;
} t;

static void on_line(struct peer *p, const char *line, size_t n)
{
	ck_assert(!p->paused && !peer_is_closing(p));
	ck_assert_int_eq(buf_add(&t.seen, line, n), 0);
	ck_assert_int_eq(buf_add_str(&t.seen, "|"), 0);
	t.n_lines++;
	if (t.n_lines == t.pause_after)
		peer_pause(p);
	if (t.n_lines == t.close_after)
		peer_close(p);
}

static void on_long_line(struct peer *p _unused_, const char *head, size_t n_head, uint64_t n_whole)
{
	ck_assert_int_eq(buf_printf(&t.seen, "%.*s+%d|", (int) n_head, head,
				    (int) (n_whole - n_head)), 0);
}

static void on_ended(struct peer *p _unused_, const char *half, size_t n_half, uint64_t n_whole)
{
	ck_assert(!t.ended);
	t.ended = true;
	if (n_whole > 0)
		ck_assert_int_eq(buf_printf(&t.seen, "%.*s(half of %d)", (int) n_half, half,
					    (int) n_whole), 0);
}

static void on_drained(struct peer *p _unused_)
{
	t.n_drained++;
}

static void on_closed(struct peer *p _unused_)
{
	ck_assert(!t.closed);
	t.closed = true;
}

static const struct peer_ops ops = { on_line, on_long_line, on_ended, on_drained, on_closed };

static void set_up(void)
{
	int ours;

	(void) signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(uv_loop_init(&t.loop), 0);
	ck_assert_int_eq(peer_hub_init(&t.hub, &t.loop), 0);
	make_pair(&t.client, &ours);
	ck_assert_int_eq(peer_start(&t.peer, &t.hub, ours, 16, 4, &ops, NULL), 0);
	ck_assert_uint_eq(t.hub.n_peers, 1);
}

static void tear_down(void)
{
	peer_close(&t.peer);
	UNTIL(&t.loop, t.closed);
	ck_assert_int_eq(uv_run(&t.loop, UV_RUN_DEFAULT), 0);
	ck_assert_int_eq(uv_loop_close(&t.loop), 0);
	peer_hub_deinit(&t.hub);
	buf_deinit(&t.seen);
	(void) close(t.client);
}

static const char *seen(void)
{
	return buf_cstr(&t.seen) ? t.seen.data : "";
}

START_TEST(lines_are_handed_out_whole_however_they_were_sent)
{
	say(t.client, "one\ntwo\nth");
	UNTIL(&t.loop, t.n_lines == 2);
	say(t.client, "ree\n\n");
	UNTIL(&t.loop, t.n_lines == 4);
	ck_assert_str_eq(seen(), "one|two|three||");
}
END_TEST

START_TEST(a_paused_peer_hands_out_nothing_and_goes_on_where_it_stopped)
{
	t.pause_after = 2;
	say(t.client, "1\n2\n3\n4\n5");
	UNTIL(&t.loop, t.n_lines == 2);
	say(t.client, "5\n6\n");
	for (int i = 0; i < 5; i++)
		(void) uv_run(&t.loop, UV_RUN_NOWAIT);
	ck_assert_str_eq(seen(), "1|2|");

	t.pause_after = 3;	/* again, now within the lines that were kept */
	peer_resume(&t.peer);
	ck_assert_str_eq(seen(), "1|2|3|");
	peer_resume(&t.peer);
	ck_assert_str_eq(seen(), "1|2|3|4|");
	UNTIL(&t.loop, t.n_lines == 6);
	ck_assert_str_eq(seen(), "1|2|3|4|55|6|");
}
END_TEST

START_TEST(a_peer_that_reads_no_more_still_hands_out_what_it_has)
{
	t.pause_after = 1;
	say(t.client, "1\n2\n3\n");
	UNTIL(&t.loop, t.n_lines == 1);
	say(t.client, "4\n");
	peer_stop_reading(&t.peer);
	peer_resume(&t.peer);
	for (int i = 0; i < 5; i++)
		(void) uv_run(&t.loop, UV_RUN_NOWAIT);
	ck_assert_str_eq(seen(), "1|2|3|");
	ck_assert(!t.ended);
}
END_TEST

START_TEST(of_an_over_long_line_its_head_and_length_are_told)
{
	say(t.client, "a\n0123456789abcdefXYZ\nb\n");
	UNTIL(&t.loop, t.n_lines == 2);
	ck_assert_str_eq(seen(), "a|0123+15|b|");
}
END_TEST

START_TEST(a_half_line_is_told_at_the_end_and_the_client_can_still_be_answered)
{
	struct buf answer = {}, heard = {};

	say(t.client, "a\nhal");
	ck_assert_int_eq(shutdown(t.client, SHUT_WR), 0);
	UNTIL(&t.loop, t.ended);
	ck_assert_str_eq(seen(), "a|hal(half of 3)");

	ck_assert_int_eq(buf_add_str(&answer, "thanks\n"), 0);
	peer_write(&t.peer, &answer);
	ck_assert_uint_eq(answer.n, 0);
	UNTIL(&t.loop, t.n_drained == 1);
	ck_assert(hear(t.client, &heard));
	ck_assert_str_eq(buf_cstr(&heard), "thanks\n");
	buf_deinit(&heard);
}
END_TEST

START_TEST(a_client_that_left_is_read_to_its_end_though_no_answer_reaches_it)
{
	struct buf answer = {};

	say(t.client, "1\n2\n3\n");
	(void) close(t.client);
	t.client = -1;
	ck_assert_int_eq(buf_add_str(&answer, "who listens?\n"), 0);
	peer_write(&t.peer, &answer);
	UNTIL(&t.loop, t.ended && t.n_drained == 1);
	ck_assert_str_eq(seen(), "1|2|3|");
	ck_assert(t.peer.deaf);
}
END_TEST

START_TEST(a_client_that_left_its_answers_unread_is_read_to_its_end)
{
	struct buf answer = {};

	ck_assert_int_eq(buf_add_str(&answer, "an answer nobody reads\n"), 0);
	peer_write(&t.peer, &answer);
	UNTIL(&t.loop, t.n_drained == 1);
	say(t.client, "1\n2\n");
	(void) close(t.client);		/* with unread data: we get a reset, not an end */
	t.client = -1;
	UNTIL(&t.loop, t.ended);
	ck_assert_str_eq(seen(), "1|2|");
}
END_TEST

START_TEST(no_line_is_handed_out_after_a_close_within_one)
{
	t.close_after = 2;
	say(t.client, "1\n2\n3\n4\n");
	UNTIL(&t.loop, t.closed);
	ck_assert_str_eq(seen(), "1|2|");
	ck_assert_uint_eq(t.hub.n_peers, 0);
}
END_TEST

START_TEST(a_write_that_does_not_fit_is_finished_when_the_client_reads)
{
	enum { N_BYTES = 4 * 1024 * 1024 };
	struct buf answer = {}, heard = {};

	ck_assert_int_eq(buf_reserve(&answer, N_BYTES), 0);
	memset(answer.data, 'x', N_BYTES);
	answer.n = N_BYTES;
	peer_write_now(&t.peer, &answer);
	ck_assert_uint_lt(answer.n, N_BYTES);
	ck_assert_uint_gt(answer.n, 0);
	peer_write(&t.peer, &answer);
	(void) uv_run(&t.loop, UV_RUN_NOWAIT);
	ck_assert_int_eq(t.n_drained, 0);
	while (heard.n < N_BYTES) {
		ck_assert(hear(t.client, &heard));
		(void) uv_run(&t.loop, UV_RUN_NOWAIT);
	}
	UNTIL(&t.loop, t.n_drained == 1);
	ck_assert_uint_eq(heard.n, N_BYTES);
	buf_deinit(&heard);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("peer");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, lines_are_handed_out_whole_however_they_were_sent);
	tcase_add_test(c, a_paused_peer_hands_out_nothing_and_goes_on_where_it_stopped);
	tcase_add_test(c, a_peer_that_reads_no_more_still_hands_out_what_it_has);
	tcase_add_test(c, of_an_over_long_line_its_head_and_length_are_told);
	tcase_add_test(c, a_half_line_is_told_at_the_end_and_the_client_can_still_be_answered);
	tcase_add_test(c, a_client_that_left_is_read_to_its_end_though_no_answer_reaches_it);
	tcase_add_test(c, a_client_that_left_its_answers_unread_is_read_to_its_end);
	tcase_add_test(c, no_line_is_handed_out_after_a_close_within_one);
	tcase_add_test(c, a_write_that_does_not_fit_is_finished_when_the_client_reads);
	return unit_main("peer", c);
}
