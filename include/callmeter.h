#ifndef CALLMETER_H
#define CALLMETER_H

/*
 * libcallmeter: hand what an RTC SDK reports to callmeterd, and learn what became of it.
 *
 * A client is one connection to the recorder's ingest socket. It is not
 * thread-safe: use one per thread. No call starts a thread, installs a signal
 * handler, raises SIGPIPE, logs, or blocks, but for callmeter_client_flush(),
 * which waits as long as it is told to.
 * Functions return 0 or more on success and a negative errno on failure.
 *
 * What is sent is safe once it is acknowledged: then it is on disk. The library
 * keeps no line it has handed to the kernel, so after a lost connection it is the
 * caller who opens a new client and sends again every line from
 * callmeter_client_acked_lines() on. That is harmless: the recorder knows an
 * event it has already.
 *
 *	struct callmeter_client *client;
 *	int r = callmeter_client_open(NULL, &client);
 *
 *	if (r == 0)
 *		r = callmeter_client_hello(client, "stream", "webshop");
 *	if (r == 0)
 *		r = callmeter_client_send(client, line, strlen(line));
 *	if (r == 0)
 *		r = callmeter_client_flush(client, 5000, NULL, NULL);
 *	callmeter_client_close(client);
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define CALLMETER_PUBLIC __attribute__((visibility("default")))
#else
#define CALLMETER_PUBLIC
#endif

/*
 * The longest line the recorder takes, in bytes, newline excluded: that of an envelope with
 * one event in it, as an export has them. It rejects any other line of more than 256 KiB.
 */
#define CALLMETER_MAX_LINE_BYTES (268 * 1024)

/*
 * The most bytes a client holds of lines the kernel has not taken yet. Beside
 * them it holds one answer. That is all, however slow the recorder.
 */
#define CALLMETER_WINDOW_BYTES (512 * 1024)

struct callmeter_client;

enum callmeter_answer_kind {
	CALLMETER_ANSWER_OTHER = 0,	/* one this library does not know: see text */
	CALLMETER_ANSWER_ACK = 1,	/* all lines up to `lines` are dealt with, and on disk */
	CALLMETER_ANSWER_REJECTED = 2,	/* an event was not stored */
	CALLMETER_ANSWER_FLAGGED = 3,	/* an event was stored, and breaks a rule of its vendor */
	CALLMETER_ANSWER_BUSY = 4	/* nothing can be stored now; the next ack ends it */
};

/*
 * An answer of the recorder. It belongs to the client and is borrowed until the
 * next call on it. Newer fields go at the end.
 */
struct callmeter_answer {
	enum callmeter_answer_kind kind;
	const char *text;	/* the answer as it came: one JSON object, NUL-terminated */
	size_t n_text;		/* its bytes, NUL excluded */
	const char *code;	/* rejected, busy: why, as "bad-type" or "disk-full"; "" otherwise */
	uint64_t line;		/* rejected, flagged: which line, from 1; a hello counts as one */
	uint64_t event;		/* rejected, flagged: which event of that line, from 0 */
	uint64_t lines;		/* ack, and the rest too: totals since the client was opened */
	uint64_t stored;	/* events stored, the flagged ones among them */
	uint64_t flagged;
	uint64_t duplicate;	/* events that were there already */
	uint64_t rejected;
	uint64_t untold;	/* verdicts left out because answers were not read in time */
};

/* Called for each answer. @user is what was given along with it. */
typedef void (*callmeter_answer_fn)(const struct callmeter_answer *answer, void *user);

/*
 * Connect. @runtime_dir is the folder of the recorder's sockets; NULL means the
 * environment's CALLMETER_RUNTIME_DIR, or else /run/callmeter.
 * *ret_client is owned by the caller: give it to callmeter_client_close().
 *
 * Errors: -ENOENT or -ECONNREFUSED, no recorder is running; -EACCES, its socket is
 * not for this user; -EAGAIN, too many are connecting at once, try again soon;
 * -ENAMETOOLONG, the path does not fit a socket address; -ENOMEM; or another errno
 * of socket() and connect().
 */
CALLMETER_PUBLIC int callmeter_client_open(const char *runtime_dir, struct callmeter_client **ret_client);

/* Close and free. NULL is fine. What the kernel has not taken yet is lost. Returns NULL. */
CALLMETER_PUBLIC struct callmeter_client *callmeter_client_close(struct callmeter_client *client);

/*
 * Say once what holds for the lines that follow: @source is a vendor ("stream"),
 * @app whose events they are. Either may be NULL. Counts as a line.
 *
 * Errors: those of callmeter_client_send().
 */
CALLMETER_PUBLIC int callmeter_client_hello(struct callmeter_client *client, const char *source, const char *app);

/*
 * Send one payload: @n bytes of JSON, borrowed for the call, without a newline in
 * them; the library adds the one at the end. Returning 0 means taken, not stored.
 *
 * Errors: -EAGAIN, the window is full and nothing was taken: wait until the
 * descriptor is ready, take the answers, try again; -EMSGSIZE, longer than
 * CALLMETER_MAX_LINE_BYTES; -EINVAL, a newline in it; -EPIPE, the recorder closed
 * the connection: answers it sent before that can still be taken; -ENOMEM; or
 * another errno of send().
 */
CALLMETER_PUBLIC int callmeter_client_send(struct callmeter_client *client, const char *line, size_t n);

/*
 * Take the next answer, and hand waiting lines to the kernel.
 * Returns 1 with *ret_answer set, or 0 when there is none yet.
 *
 * Errors: -EPIPE, the recorder closed the connection and its last answer was
 * taken; -EBADMSG, what it says is not an answer; -ENOMEM; or another errno of
 * send() and recv().
 */
CALLMETER_PUBLIC int callmeter_client_next(struct callmeter_client *client,
					   const struct callmeter_answer **ret_answer);

/*
 * The descriptor to wait on, and the poll() events to wait for: POLLIN, with
 * POLLOUT while lines wait for the kernel. The descriptor stays the client's.
 * When it is ready, call callmeter_client_next() until that returns 0.
 */
CALLMETER_PUBLIC int callmeter_client_fd(const struct callmeter_client *client);
CALLMETER_PUBLIC short callmeter_client_poll_events(const struct callmeter_client *client);

/* Lines taken by the client, and lines acknowledged by the recorder; hellos included. */
CALLMETER_PUBLIC uint64_t callmeter_client_sent_lines(const struct callmeter_client *client);
CALLMETER_PUBLIC uint64_t callmeter_client_acked_lines(const struct callmeter_client *client);

/*
 * Wait until every line taken is acknowledged, at most @timeout_ms milliseconds
 * (negative: without end), handing each answer to @on_answer, which may be NULL
 * and must not call the client.
 *
 * Returns 0 once all is acknowledged.
 * Errors: -ETIMEDOUT, some is not; else those of callmeter_client_next().
 */
CALLMETER_PUBLIC int callmeter_client_flush(struct callmeter_client *client, int timeout_ms,
					    callmeter_answer_fn on_answer, void *user);

#ifdef __cplusplus
}
#endif

#endif
