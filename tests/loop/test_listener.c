#include "loop.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "net/listener.h"

static struct {
	uv_loop_t loop;
	struct listener listener;
	bool started, closed;
	char dir[32];
	char path[64];
	int accepted[8];
	int n_accepted;
} t;

static void on_accept(struct listener *l _unused_, int fd)
{
	t.accepted[t.n_accepted++] = fd;
}

static void on_closed(struct listener *l _unused_)
{
	t.closed = true;
}

static void set_up(void)
{
	(void) strcpy(t.dir, "/tmp/listener.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(t.dir));
	(void) snprintf(t.path, sizeof(t.path), "%s/a.sock", t.dir);
	ck_assert_int_eq(uv_loop_init(&t.loop), 0);
}

static void tear_down(void)
{
	if (t.started) {
		listener_close(&t.listener, on_closed);
		UNTIL(&t.loop, t.closed);
	}
	ck_assert_int_eq(uv_loop_close(&t.loop), 0);
	(void) unlink(t.path);
	ck_assert_int_eq(rmdir(t.dir), 0);
}

static void start(void)
{
	int fd;

	ck_assert_int_eq(listener_bind(t.path, 0660, &fd), 0);
	ck_assert_int_eq(listener_start(&t.listener, &t.loop, fd, "busy\n", on_accept, NULL), 0);
	t.started = true;
}

static int connect_client(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	(void) strcpy(address.sun_path, t.path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *) &address, sizeof(address)), 0);
	return fd;
}

START_TEST(clients_are_handed_on_and_the_socket_has_its_mode)
{
	struct stat st;
	int a, b;

	start();
	ck_assert_int_eq(stat(t.path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0660);
	a = connect_client();
	b = connect_client();
	UNTIL(&t.loop, t.n_accepted == 2);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(close(t.accepted[i]), 0);
	(void) close(a);
	(void) close(b);
}
END_TEST

START_TEST(a_socket_file_nobody_listens_on_is_replaced)
{
	int fd;

	ck_assert_int_eq(listener_bind(t.path, 0660, &fd), 0);
	(void) close(fd);
	ck_assert_int_eq(listener_bind(t.path, 0660, &fd), 0);
	(void) close(fd);
}
END_TEST

START_TEST(a_socket_somebody_listens_on_is_left_alone)
{
	struct stat before, after;
	int fd;

	start();
	ck_assert_int_eq(stat(t.path, &before), 0);
	ck_assert_int_eq(listener_bind(t.path, 0660, &fd), LISTENER_E_IN_USE);
	ck_assert_int_eq(stat(t.path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
}
END_TEST

START_TEST(a_file_that_is_no_socket_is_left_alone)
{
	int fd = open(t.path, O_CREAT | O_WRONLY, 0600);

	ck_assert_int_ge(fd, 0);
	(void) close(fd);
	ck_assert_int_eq(listener_bind(t.path, 0660, &fd), LISTENER_E_NOT_A_SOCKET);
	ck_assert_int_eq(access(t.path, F_OK), 0);
}
END_TEST

START_TEST(a_path_is_refused_from_the_first_byte_that_does_not_fit)
{
	char path[256];
	int fd;

	memset(path, 'x', sizeof(path));
	path[listener_max_path() + 1] = '\0';
	ck_assert_int_eq(listener_bind(path, 0660, &fd), LISTENER_E_TOO_LONG);
}
END_TEST

START_TEST(without_descriptors_a_client_is_told_and_let_go)
{
	const struct rlimit few = { 64, 64 };
	struct buf heard = {};
	int client, last = -1, fd;

	start();
	client = connect_client();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	while ((fd = dup(client)) >= 0)
		last = fd;
	ck_assert_int_eq(errno, EMFILE);

	UNTIL(&t.loop, !hear(client, &heard));
	ck_assert_str_eq(buf_cstr(&heard), "busy\n");
	ck_assert_int_eq(t.n_accepted, 0);

	/* Some come free, and the next client is let in. */
	for (int i = 0; i < 4; i++)
		(void) close(last--);
	fd = connect_client();
	UNTIL(&t.loop, t.n_accepted == 1);
	buf_deinit(&heard);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("listener");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, clients_are_handed_on_and_the_socket_has_its_mode);
	tcase_add_test(c, a_socket_file_nobody_listens_on_is_replaced);
	tcase_add_test(c, a_socket_somebody_listens_on_is_left_alone);
	tcase_add_test(c, a_file_that_is_no_socket_is_left_alone);
	tcase_add_test(c, a_path_is_refused_from_the_first_byte_that_does_not_fit);
	/* valgrind takes the limit upon itself: it accepts, then closes without a word. */
	if (!getenv("CALLMETER_UNDER_VALGRIND"))
		tcase_add_test(c, without_descriptors_a_client_is_told_and_let_go);
	return unit_main("listener", c);
}
