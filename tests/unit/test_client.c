#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <callmeter.h>

static char dir[] = "/tmp/callmeter-client-XXXXXX";
static char path[64];
static int listener;
static struct callmeter_client *client;
static int peer;

static void begin(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void) snprintf(dir, sizeof(dir), "/tmp/callmeter-client-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void) snprintf(path, sizeof(path), "%s/ingest.sock", dir);
	(void) snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(listener, (const struct sockaddr *) &address, sizeof(address)), 0);
	ck_assert_int_eq(listen(listener, 4), 0);
	ck_assert_int_eq(callmeter_client_open(dir, &client), 0);
	peer = accept(listener, NULL, NULL);
	ck_assert_int_ge(peer, 0);
}

static void end(void)
{
	client = callmeter_client_close(client);
	(void) close(peer);
	(void) close(listener);
	(void) unlink(path);
	(void) rmdir(dir);
}

/* The recorder's part: what it says, and what it hears next. */
static void answer(const char *text)
{
	ck_assert_int_eq(write(peer, text, strlen(text)), (ssize_t) strlen(text));
}

static void hear(const char *expected)
{
	char text[4096];
	ssize_t n = recv(peer, text, sizeof(text) - 1, 0);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	ck_assert_str_eq(text, expected);
}

START_TEST(a_line_goes_out_with_a_newline_and_a_hello_is_escaped)
{
	ck_assert_int_eq(callmeter_client_hello(client, "stream", "a\"b\\\n\x01"), 0);
	ck_assert_int_eq(callmeter_client_send(client, "{}", 2), 0);
	hear("{\"hello\":{\"source\":\"stream\",\"app\":\"a\\\"b\\\\\\u000a\\u0001\"}}\n{}\n");
	ck_assert_int_eq(callmeter_client_hello(client, NULL, "x"), 0);
	hear("{\"hello\":{\"app\":\"x\"}}\n");
	ck_assert_uint_eq(callmeter_client_sent_lines(client), 3);
	ck_assert_uint_eq(callmeter_client_acked_lines(client), 0);
}
END_TEST

START_TEST(what_cannot_be_a_line_is_refused_and_not_counted)
{
	char *line = malloc(CALLMETER_MAX_LINE_BYTES + 1);

	ck_assert_ptr_nonnull(line);
	memset(line, 'x', CALLMETER_MAX_LINE_BYTES + 1);
	ck_assert_int_eq(callmeter_client_send(client, line, CALLMETER_MAX_LINE_BYTES + 1), -EMSGSIZE);
	ck_assert_int_eq(callmeter_client_send(client, "a\nb", 3), -EINVAL);
	ck_assert_uint_eq(callmeter_client_sent_lines(client), 0);
	ck_assert_int_eq(callmeter_client_send(client, line, CALLMETER_MAX_LINE_BYTES), 0);
	free(line);
}
END_TEST

START_TEST(each_kind_of_answer_is_told_apart)
{
	const struct callmeter_answer *a;

	answer("{\"line\":3,\"event\":7,\"verdict\":\"rejected\",\"code\":\"bad-type\",\"field\":\"x\",\"message\":\"a \\\"}\",\"problems\":[{\"code\":\"b\"}]}\n"
	       "{\"line\": 4, \"event\": 0, \"verdict\": \"flagged\", \"violations\": [{\"field\":\"f\",\"rule\":\"r\"}]}\n"
	       "{\"ack\":{\"lines\":17,\"stored\":12,\"flagged\":1,\"duplicate\":2,\"rejected\":3,\"untold\":4}}\n"
	       "{\"busy\":{\"code\":\"disk-full\",\"message\":\"m\"}}\n"
	       "{\"something\":{\"new\":[1,{\"lines\":99}]}}\n{\"ack\":");
	ck_assert_int_eq(callmeter_client_next(client, &a), 1);
	ck_assert_int_eq(a->kind, CALLMETER_ANSWER_REJECTED);
	ck_assert_uint_eq(a->line, 3);
	ck_assert_uint_eq(a->event, 7);
	ck_assert_str_eq(a->code, "bad-type");
	ck_assert_uint_eq(strlen(a->text), a->n_text);
	ck_assert_int_eq(callmeter_client_next(client, &a), 1);
	ck_assert_int_eq(a->kind, CALLMETER_ANSWER_FLAGGED);
	ck_assert_uint_eq(a->line, 4);
	ck_assert_str_eq(a->code, "");
	ck_assert_int_eq(callmeter_client_next(client, &a), 1);
	ck_assert_int_eq(a->kind, CALLMETER_ANSWER_ACK);
	ck_assert_uint_eq(a->stored, 12);
	ck_assert_uint_eq(a->flagged, 1);
	ck_assert_uint_eq(a->duplicate, 2);
	ck_assert_uint_eq(a->rejected, 3);
	ck_assert_uint_eq(a->untold, 4);
	ck_assert_uint_eq(callmeter_client_acked_lines(client), 17);
	ck_assert_int_eq(callmeter_client_next(client, &a), 1);
	ck_assert_int_eq(a->kind, CALLMETER_ANSWER_BUSY);
	ck_assert_str_eq(a->code, "disk-full");
	ck_assert_int_eq(callmeter_client_next(client, &a), 1);
	ck_assert_int_eq(a->kind, CALLMETER_ANSWER_OTHER);
	ck_assert_uint_eq(callmeter_client_acked_lines(client), 17);
	ck_assert_int_eq(callmeter_client_next(client, &a), 0);
	answer("{\"lines\":18}}\n");
	ck_assert_int_eq(callmeter_client_next(client, &a), 1);
	ck_assert_uint_eq(callmeter_client_acked_lines(client), 18);
}
END_TEST

START_TEST(what_is_no_answer_ends_the_connection)
{
	static const char *const wrong[] = {
		"hello\n", "{\"ack\"\n", "{\"ack\":{\"lines\":1}\n", "\n", "{\"a\":\"\\\n", "{\"ack\":}\n", "{\"a\":]}\n",
		"{\"a\":1 2}\n", "[1]\n",
	};
	const struct callmeter_answer *a;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		answer(wrong[i]);
		ck_assert_msg(callmeter_client_next(client, &a) == -EBADMSG, "taken: %s", wrong[i]);
		ck_assert_int_eq(callmeter_client_next(client, &a), -EBADMSG);
		ck_assert_int_eq(callmeter_client_send(client, "{}", 2), -EBADMSG);
		end();
		begin();
	}
}
END_TEST

START_TEST(an_answer_without_an_end_is_not_held_without_bound)
{
	const struct callmeter_answer *a;
	char chunk[4096];
	int r = 0;

	memset(chunk, ' ', sizeof(chunk));
	for (int i = 0; i < 100 && r == 0; i++) {
		ck_assert_int_eq(write(peer, chunk, sizeof(chunk)), sizeof(chunk));
		r = callmeter_client_next(client, &a);
	}
	ck_assert_int_eq(r, -EBADMSG);
}
END_TEST

START_TEST(a_full_window_takes_nothing_and_says_so)
{
	const struct callmeter_answer *a;
	char line[1000];
	uint64_t n_taken = 0, n_heard = 0;
	char heard[64 * 1024];
	ssize_t n;
	int r;

	memset(line, 'x', sizeof(line));
	while ((r = callmeter_client_send(client, line, sizeof(line))) == 0)
		ck_assert_uint_lt(++n_taken, 100000);
	ck_assert_int_eq(r, -EAGAIN);
	ck_assert_uint_ge(n_taken, CALLMETER_WINDOW_BYTES / (sizeof(line) + 1));
	ck_assert_uint_eq(callmeter_client_sent_lines(client), n_taken);
	ck_assert_int_eq(callmeter_client_poll_events(client), POLLIN | POLLOUT);
	while ((n = recv(peer, heard, sizeof(heard), MSG_DONTWAIT)) > 0) {
		n_heard += (uint64_t) n;
		ck_assert_int_eq(callmeter_client_next(client, &a), 0);
	}
	ck_assert_uint_eq(n_heard, n_taken * (sizeof(line) + 1));
	ck_assert_int_eq(callmeter_client_poll_events(client), POLLIN);
	ck_assert_int_eq(callmeter_client_send(client, line, sizeof(line)), 0);
}
END_TEST

START_TEST(answers_sent_before_the_close_can_still_be_taken)
{
	const struct callmeter_answer *a;

	ck_assert_int_eq(callmeter_client_send(client, "{}", 2), 0);
	hear("{}\n");
	answer("{\"ack\":{\"lines\":1,\"stored\":1}}\n");
	(void) close(peer);
	ck_assert_int_eq(callmeter_client_send(client, "{}", 2), 0);
	ck_assert_int_eq(callmeter_client_send(client, "{}", 2), -EPIPE);
	ck_assert_int_eq(callmeter_client_next(client, &a), 1);
	ck_assert_uint_eq(a->lines, 1);
	ck_assert_int_eq(callmeter_client_next(client, &a), -EPIPE);
	ck_assert_int_eq(callmeter_client_flush(client, 1000, NULL, NULL), -EPIPE);
}
END_TEST

static void count(const struct callmeter_answer *a, void *user)
{
	if (a->kind == CALLMETER_ANSWER_ACK)
		(*(int *) user)++;
}

static void *acknowledge(void *user)
{
	(void) user;
	hear("{}\n");
	answer("{\"ack\":{\"lines\":1,\"stored\":1}}\n");
	return NULL;
}

START_TEST(flush_waits_for_the_last_ack_and_no_longer_than_told)
{
	pthread_t recorder;
	int n_acks = 0;

	ck_assert_int_eq(callmeter_client_flush(client, 0, NULL, NULL), 0);	/* nothing to wait for */
	ck_assert_int_eq(callmeter_client_send(client, "{}", 2), 0);
	ck_assert_int_eq(callmeter_client_flush(client, 20, count, &n_acks), -ETIMEDOUT);
	ck_assert_int_eq(pthread_create(&recorder, NULL, acknowledge, NULL), 0);
	ck_assert_int_eq(callmeter_client_flush(client, 10000, count, &n_acks), 0);
	ck_assert_int_eq(pthread_join(recorder, NULL), 0);
	ck_assert_int_eq(n_acks, 1);
}
END_TEST

START_TEST(the_socket_is_looked_for_where_the_argument_or_the_environment_says)
{
	struct callmeter_client *other = NULL;
	char long_dir[200];

	ck_assert_int_eq(setenv("CALLMETER_RUNTIME_DIR", dir, 1), 0);
	ck_assert_int_eq(callmeter_client_open(NULL, &other), 0);
	callmeter_client_close(other);
	ck_assert_int_eq(callmeter_client_open("/nonexistent", &other), -ENOENT);
	memset(long_dir, 'd', sizeof(long_dir));
	long_dir[sizeof(long_dir) - 1] = '\0';
	ck_assert_int_eq(callmeter_client_open(long_dir, &other), -ENAMETOOLONG);
	(void) close(listener);
	ck_assert_int_eq(callmeter_client_open(NULL, &other), -ECONNREFUSED);
	ck_assert_ptr_null(callmeter_client_close(NULL));
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("client");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_line_goes_out_with_a_newline_and_a_hello_is_escaped);
	tcase_add_test(t, what_cannot_be_a_line_is_refused_and_not_counted);
	tcase_add_test(t, each_kind_of_answer_is_told_apart);
	tcase_add_test(t, what_is_no_answer_ends_the_connection);
	tcase_add_test(t, an_answer_without_an_end_is_not_held_without_bound);
	tcase_add_test(t, a_full_window_takes_nothing_and_says_so);
	tcase_add_test(t, answers_sent_before_the_close_can_still_be_taken);
	tcase_add_test(t, flush_waits_for_the_last_ack_and_no_longer_than_told);
	tcase_add_test(t, the_socket_is_looked_for_where_the_argument_or_the_environment_says);
	return unit_main("client", t);
}
