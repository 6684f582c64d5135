#include "loop.h"

#include <linux/sockios.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "app/ingest.h"
#include "wire/limits.h"

enum { MAX_BATCHES = 64, MAX_CLIENTS = 4 };

/* A store that does as it is told: each append gives the next of @results, 0 when they are used up. */
static struct {
	uv_loop_t loop;
	struct peer_hub hub;
	struct writer writer;
	struct ingest *ingest;
	int clients[MAX_CLIENTS];
	struct buf heard[MAX_CLIENTS];
	int n_clients;

	const int *results;
	int n_results;
	bool gated;		/* each append waits for one uv_sem_post() */
	uv_sem_t gate;
	uv_sem_t entered;
	int n_appends;		/* writer thread */
	int n_batches;
	size_t n_lines[MAX_BATCHES];	/* of each batch written */
	void *peers[MAX_BATCHES][2];	/* who had the first and the last line of it */
	struct store_stats stats;

	int n_commits;
	int failure;
	const char *busy_code;
	bool drained, closed;
} t;

static int append(struct store *store _unused_, struct batch *b)
{
	size_t n_lines = 0;

	uv_sem_post(&t.entered);
	if (t.gated)
		uv_sem_wait(&t.gate);
	if (t.n_appends++ < t.n_results && t.results[t.n_appends - 1] < 0)
		return t.results[t.n_appends - 1];
	ck_assert_uint_gt(b->n_items, 0);
	for (size_t i = 0; i < b->n_items; i++) {
		struct item *item = &b->items[i];

		n_lines += item->kind == ITEM_LINE_END;
		item->fate = item->kind == ITEM_EVENT ? FATE_STORED : FATE_REJECTED;
	}
	if (t.n_batches < MAX_BATCHES) {
		t.n_lines[t.n_batches] = n_lines;
		t.peers[t.n_batches][0] = b->items[0].peer;
		t.peers[t.n_batches][1] = b->items[b->n_items - 1].peer;
	}
	t.n_batches++;
	return 0;
}

static const struct store_stats *stats(const struct store *store _unused_)
{
	return &t.stats;
}

static const char *app_of(void *user _unused_, uid_t uid _unused_)
{
	return "test";
}

static void on_committed(void *user _unused_)
{
	t.n_commits++;
}

static void on_busy(void *user _unused_, const char *code, const char *message _unused_)
{
	t.busy_code = code;
}

static void on_failed(void *user _unused_, int r)
{
	t.failure = r;
}

static void on_drained(void *user _unused_)
{
	t.drained = true;
}

static void on_closed(void *user _unused_)
{
	t.closed = true;
}

static void set_up(void)
{
	const struct ingest_options options = {
		.hub = &t.hub, .writer = &t.writer, .append = append, .stats = stats,
		.app_of = app_of, .committed = on_committed, .busy = on_busy, .failed = on_failed,
	};

	(void) signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(uv_sem_init(&t.gate, 0), 0);
	ck_assert_int_eq(uv_sem_init(&t.entered, 0), 0);
	ck_assert_int_eq(uv_loop_init(&t.loop), 0);
	ck_assert_int_eq(peer_hub_init(&t.hub, &t.loop), 0);
	ck_assert_int_eq(writer_start(&t.writer, &t.loop), 0);
	ck_assert_int_eq(ingest_new(&options, &t.ingest), 0);
}

static void tear_down(void)
{
	t.gated = false;
	uv_sem_post(&t.gate);
	writer_close(&t.writer, NULL, NULL);
	ingest_close(t.ingest, on_closed, NULL);
	UNTIL(&t.loop, t.closed);
	ck_assert_int_eq(uv_run(&t.loop, UV_RUN_DEFAULT), 0);
	ck_assert_int_eq(uv_loop_close(&t.loop), 0);
	peer_hub_deinit(&t.hub);
	for (int i = 0; i < t.n_clients; i++) {
		(void) close(t.clients[i]);
		buf_deinit(&t.heard[i]);
	}
}

/* A new client, by its number. */
static int join(void)
{
	int ours;

	make_pair(&t.clients[t.n_clients], &ours);
	ingest_accept(t.ingest, ours);
	return t.n_clients++;
}

static bool heard(int i, const char *text)
{
	return has_heard(t.clients[i], &t.heard[i], text);
}

/* Until the writer is in a gated append. Nothing wakes the loop then, so it must not wait. */
static void await_append(void)
{
	while (uv_sem_trywait(&t.entered) != 0)
		(void) uv_run(&t.loop, UV_RUN_NOWAIT);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

static void say_times(int fd, const char *line, size_t n)
{
	struct buf all = {};

	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(buf_add_str(&all, line), 0);
	ck_assert_int_eq(send(fd, all.data, all.n, MSG_NOSIGNAL), (ssize_t) all.n);
	buf_deinit(&all);
}

START_TEST(every_line_counts_and_the_ack_comes_behind_the_verdicts)
{
	int c = join();

	say(t.clients[c], "nonsense\n\n{\"hello\":{\"app\":\"web\"}}\n");
	UNTIL(&t.loop, heard(c, "\"ack\""));
	ck_assert_uint_eq(count(t.heard[c].data, "\n"), 2);
	ck_assert_ptr_nonnull(strstr(t.heard[c].data,
		"{\"line\":1,\"event\":0,\"verdict\":\"rejected\",\"code\":\"not-json\""));
	ck_assert_ptr_nonnull(strstr(t.heard[c].data, "\n{\"ack\":{\"lines\":3,\"stored\":0,\"flagged\":0,"
				     "\"duplicate\":0,\"rejected\":1}}\n"));
}
END_TEST

START_TEST(what_arrives_during_a_commit_is_one_batch_and_gets_one_ack)
{
	int c = join();

	t.gated = true;
	say(t.clients[c], "\n");
	await_append();
	for (int i = 0; i < 9; i++) {
		say(t.clients[c], "\n");
		(void) uv_run(&t.loop, UV_RUN_NOWAIT);
	}
	uv_sem_post(&t.gate);
	uv_sem_post(&t.gate);
	UNTIL(&t.loop, heard(c, "\"lines\":10"));
	ck_assert_int_eq(t.n_batches, 2);
	ck_assert_uint_eq(t.n_lines[0], 1);
	ck_assert_uint_eq(t.n_lines[1], 9);
	ck_assert_uint_eq(count(t.heard[c].data, "\"ack\""), 2);
}
END_TEST

START_TEST(a_client_that_never_reads_is_held_within_bounds_and_told_how_much_it_missed)
{
	enum { N_LINES = 8000, ROUND = 500 };
	unsigned long long lines, rejected, untold = 0;
	const char *ack = NULL, *next;
	int c = join();

	for (int i = 0; i < N_LINES / ROUND; i++) {
		int n_commits = t.n_commits;

		say_times(t.clients[c], "x\n", ROUND);
		UNTIL(&t.loop, t.n_commits > n_commits);
	}
	UNTIL(&t.loop, heard(c, "\"lines\":8000,"));

	/* All it was told in the end: what fits the kernel's buffer, and two times the limit. */
	ck_assert_uint_lt(t.heard[c].n, 2 * LIMIT_VERDICT_BYTES + 512 * 1024);
	for (next = t.heard[c].data; (next = strstr(next, "{\"ack\"")); next++)
		ack = next;
	ck_assert_int_ge(sscanf(ack, "{\"ack\":{\"lines\":%llu,\"stored\":0,\"flagged\":0,"
				"\"duplicate\":0,\"rejected\":%llu,\"untold\":%llu", &lines, &rejected,
				&untold), 3);
	ck_assert_uint_eq(rejected, N_LINES);
	ck_assert_uint_gt(untold, 0);
	ck_assert_uint_eq(count(t.heard[c].data, "\"verdict\"") + untold, N_LINES);
	/* Acks that were not sent were replaced. */
	ck_assert_uint_lt(count(t.heard[c].data, "\"ack\""), (size_t) t.n_commits);
}
END_TEST

START_TEST(a_flood_delays_a_quiet_client_by_no_more_than_its_share)
{
	int flood = join(), quiet = join();

	say_times(t.clients[flood], "\n", 10000);
	say(t.clients[quiet], "\n");
	UNTIL(&t.loop, heard(quiet, "\"lines\":1,"));
	/* The quiet line was in the first batch, behind half a batch of the other's. */
	UNTIL(&t.loop, heard(flood, "\"lines\":10000,"));
	ck_assert_uint_eq(t.n_lines[0], LIMIT_BATCH_EVENTS / 2 + 1);
	ck_assert_ptr_ne(t.peers[0][0], t.peers[0][1]);
}
END_TEST

START_TEST(a_flood_fills_the_batch_that_nobody_else_wants_and_no_more)
{
	int flood = join();

	(void) join();
	t.gated = true;
	say(t.clients[flood], "\n");
	await_append();
	say_times(t.clients[flood], "\n", 10000);
	for (int i = 0; i < 50; i++)
		(void) uv_run(&t.loop, UV_RUN_NOWAIT);
	for (int i = 0; i < 16; i++)
		uv_sem_post(&t.gate);
	UNTIL(&t.loop, heard(flood, "\"lines\":10001,"));
	ck_assert_uint_eq(t.n_lines[1], LIMIT_BATCH_EVENTS);
	for (int i = 0; i < t.n_batches; i++)
		ck_assert_uint_le(t.n_lines[i], LIMIT_BATCH_EVENTS);
}
END_TEST

START_TEST(a_full_disk_is_told_once_to_everybody_and_acked_when_it_is_over)
{
	static const int full[] = { -ENOSPC, -ENOSPC, -ENOSPC };
	int a = join(), b = join(), late, n_unread;

	t.results = full;
	t.n_results = 3;
	say(t.clients[a], "\n");
	UNTIL(&t.loop, heard(a, "\n") && heard(b, "\n"));
	ck_assert_str_eq(t.busy_code, "disk-full");
	late = join();
	UNTIL(&t.loop, heard(late, "\n"));
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(count(t.heard[i].data, "\n"), 1);
		ck_assert_ptr_nonnull(strstr(t.heard[i].data, "{\"busy\":{\"code\":\"disk-full\",\"message\":\""));
	}
	say(t.clients[late], "\n");
	for (int i = 0; i < 5; i++)
		(void) uv_run(&t.loop, UV_RUN_NOWAIT);
	ck_assert_int_eq(ioctl(t.clients[late], SIOCOUTQ, &n_unread), 0);
	ck_assert_int_gt(n_unread, 0);

	UNTIL(&t.loop, heard(a, "\"ack\"") && heard(late, "\"ack\""));
	ck_assert_int_eq(t.n_appends, 5);
	ck_assert_int_eq(t.n_batches, 2);
	ck_assert_ptr_null(t.busy_code);
	ck_assert_uint_eq(count(t.heard[a].data, "\"busy\""), 1);
	ck_assert_uint_eq(count(t.heard[b].data, "\"busy\""), 1);
}
END_TEST

START_TEST(a_lock_held_for_a_moment_is_nobodys_business)
{
	static const int locked[] = { -EBUSY };
	int c = join();

	t.results = locked;
	t.n_results = 1;
	say(t.clients[c], "\n");
	UNTIL(&t.loop, heard(c, "\"ack\""));
	ck_assert_uint_eq(count(t.heard[c].data, "\n"), 1);
	ck_assert_int_eq(t.n_appends, 2);
}
END_TEST

START_TEST(nothing_is_acked_once_the_store_is_beyond_help)
{
	static const int broken[] = { -EIO };
	int c = join();

	t.results = broken;
	t.n_results = 1;
	say(t.clients[c], "x\n");
	UNTIL(&t.loop, t.failure != 0);
	ck_assert_int_eq(t.failure, -EIO);
	say(t.clients[c], "\n");
	for (int i = 0; i < 5; i++)
		(void) uv_run(&t.loop, UV_RUN_NOWAIT);
	ck_assert(hear(t.clients[c], &t.heard[c]));
	ck_assert_uint_eq(t.heard[c].n, 0);
	ck_assert_int_eq(t.n_appends, 1);
}
END_TEST

START_TEST(a_half_closed_connection_gets_its_last_ack_and_then_the_end)
{
	int c = join();

	say(t.clients[c], "\n\nhalf a line");
	ck_assert_int_eq(shutdown(t.clients[c], SHUT_WR), 0);
	UNTIL(&t.loop, !hear(t.clients[c], &t.heard[c]));
	ck_assert_ptr_nonnull(strstr(t.heard[c].data, "{\"line\":3,\"event\":0,\"verdict\":\"rejected\",\"code\":\"truncated\""));
	ck_assert_ptr_nonnull(strstr(t.heard[c].data, "{\"ack\":{\"lines\":3,"));
	ck_assert_uint_eq(t.hub.n_peers, 0);
}
END_TEST

START_TEST(a_client_that_leaves_at_once_loses_no_line_it_finished)
{
	int c = join();

	say(t.clients[c], "\n\n\n");
	(void) close(t.clients[c]);
	t.clients[c] = -1;
	UNTIL(&t.loop, t.n_commits == 1 && t.hub.n_peers == 0);
	ck_assert_uint_eq(t.n_lines[0], 3);
}
END_TEST

START_TEST(an_over_long_line_is_rejected_and_the_next_one_read)
{
	int c = join();
	size_t n_sent = 0;

	while (n_sent <= LIMIT_ENVELOPE_BYTES) {
		say_times(t.clients[c], "xxxxxxxxxxxxxxxx", 1024);
		n_sent += 16384;
		(void) uv_run(&t.loop, UV_RUN_NOWAIT);
	}
	say(t.clients[c], "\n\n");
	UNTIL(&t.loop, heard(c, "\"lines\":2"));
	ck_assert_ptr_nonnull(strstr(t.heard[c].data, "\"code\":\"line-too-long\""));
}
END_TEST

START_TEST(draining_commits_and_answers_what_came_and_closes)
{
	int a = join(), b = join();

	t.gated = true;
	say(t.clients[a], "\n");
	await_append();
	say_times(t.clients[b], "\n", 5);
	(void) uv_run(&t.loop, UV_RUN_NOWAIT);
	ingest_drain(t.ingest, on_drained, NULL);
	ck_assert(!t.drained);
	uv_sem_post(&t.gate);
	uv_sem_post(&t.gate);
	UNTIL(&t.loop, t.drained);
	ck_assert(!hear(t.clients[a], &t.heard[a]));
	ck_assert(!hear(t.clients[b], &t.heard[b]));
	ck_assert_ptr_nonnull(strstr(t.heard[a].data, "\"lines\":1,"));
	ck_assert_ptr_nonnull(strstr(t.heard[b].data, "\"lines\":5,"));
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("ingest");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, every_line_counts_and_the_ack_comes_behind_the_verdicts);
	tcase_add_test(c, what_arrives_during_a_commit_is_one_batch_and_gets_one_ack);
	tcase_add_test(c, a_client_that_never_reads_is_held_within_bounds_and_told_how_much_it_missed);
	tcase_add_test(c, a_flood_delays_a_quiet_client_by_no_more_than_its_share);
	tcase_add_test(c, a_flood_fills_the_batch_that_nobody_else_wants_and_no_more);
	tcase_add_test(c, a_full_disk_is_told_once_to_everybody_and_acked_when_it_is_over);
	tcase_add_test(c, a_lock_held_for_a_moment_is_nobodys_business);
	tcase_add_test(c, nothing_is_acked_once_the_store_is_beyond_help);
	tcase_add_test(c, a_half_closed_connection_gets_its_last_ack_and_then_the_end);
	tcase_add_test(c, a_client_that_leaves_at_once_loses_no_line_it_finished);
	tcase_add_test(c, an_over_long_line_is_rejected_and_the_next_one_read);
	tcase_add_test(c, draining_commits_and_answers_what_came_and_closes);
	return unit_main("ingest", c);
}
