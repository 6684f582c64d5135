#include "net/peer.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/limits.h"

int peer_hub_init(struct peer_hub *hub, uv_loop_t *loop)
{
	char *room = malloc(LIMIT_READ_BYTES);

	if (!room)
		return -ENOMEM;
	*hub = (struct peer_hub) { .loop = loop, .room = room };
	return 0;
}

void peer_hub_deinit(struct peer_hub *hub)
{
	assert(hub->n_peers == 0);
	free(hub->room);
	*hub = (struct peer_hub) {};
}

/* Hand out lines until none is left or the owner has had enough. */
static void pump(struct peer *p)
{
	const char *line;
	uint64_t n_whole;
	size_t n;
	int r = 0;

	p->pumping = true;
	while (!p->paused && !peer_is_closing(p)) {
		r = framer_next(&p->framer, &line, &n, &n_whole);
		if (r == 0)
			p->ops->line(p, line, n);
		else if (r == FRAMER_E_TOO_LONG)
			p->ops->long_line(p, line, n, n_whole);
		else
			break;
	}
	if (r >= 0 && r != FRAMER_E_PENDING && !peer_is_closing(p))
		r = framer_keep(&p->framer);
	p->pumping = false;

	/* Bytes are lost for want of memory: with them the line count, so the end of the connection. */
	if (r < 0)
		peer_close(p);
}

static void stop_reading(struct peer *p)
{
	if (p->reading)
		(void) uv_read_stop((uv_stream_t *) &p->pipe);
	p->reading = false;
}

static void on_alloc(uv_handle_t *handle, size_t suggested _unused_, uv_buf_t *ret)
{
	struct peer *p = handle->data;
	size_t share = LIMIT_LEFTOVER_BYTES / p->hub->n_peers;

	share = MAX_OF(share, (size_t) LIMIT_READ_LEAST_BYTES);
	*ret = uv_buf_init(p->hub->room, (unsigned) MIN_OF(share, (size_t) LIMIT_READ_BYTES));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *chunk)
{
	struct peer *p = stream->data;
	const char *half = NULL;
	uint64_t n_whole = 0;
	size_t n_half = 0;

	if (n == 0)
		return;
	if (n > 0) {
		framer_feed(&p->framer, chunk->base, (size_t) n);
		pump(p);
		return;
	}

	/* A reset is an end as any other: all that was sent before it has been read. */
	stop_reading(p);
	p->ended = true;
	if (!framer_rest(&p->framer, &half, &n_half, &n_whole))
		n_whole = 0;
	p->ops->ended(p, half, n_half, n_whole);
}

static void start_reading(struct peer *p)
{
	if (p->reading || p->paused || p->ended || peer_is_closing(p))
		return;
	if (uv_read_start((uv_stream_t *) &p->pipe, on_alloc, on_read) < 0)
		peer_close(p);
	else
		p->reading = true;
}

void peer_pause(struct peer *p)
{
	p->paused = true;
	stop_reading(p);
}

void peer_resume(struct peer *p)
{
	if (!p->paused || peer_is_closing(p))
		return;
	p->paused = false;
	if (!p->pumping)
		pump(p);
	start_reading(p);
}

void peer_stop_reading(struct peer *p)
{
	stop_reading(p);
	p->ended = true;
}

static void on_written(uv_write_t *write, int status)
{
	struct peer *p = write->data;

	p->writing = false;
	buf_deinit(&p->out);
	if (peer_is_closing(p))
		return;
	/* The client no longer listens; what it sent before it left is still to be read. */
	if (status < 0)
		p->deaf = true;
	p->ops->drained(p);
}

void peer_write(struct peer *p, struct buf *out)
{
	uv_buf_t chunk;

	assert(!p->writing);

	if (peer_is_closing(p) || out->n == 0) {
		buf_deinit(out);
		return;
	}
	p->out = *out;
	*out = (struct buf) {};
	p->writing = true;
	p->write.data = p;
	chunk = uv_buf_init(p->out.data, (unsigned) p->out.n);
	if (uv_write(&p->write, (uv_stream_t *) &p->pipe, &chunk, 1, on_written) < 0) {
		p->writing = false;
		peer_close(p);
	}
}

void peer_write_now(struct peer *p, struct buf *out)
{
	uv_buf_t chunk = uv_buf_init(out->data, (unsigned) out->n);
	int n;

	if (p->writing || p->deaf || peer_is_closing(p) || out->n == 0)
		return;
	/* An error shows again, and is handled, when the next peer_write() meets it. */
	n = uv_try_write((uv_stream_t *) &p->pipe, &chunk, 1);
	if (n <= 0)
		return;
	out->n -= (size_t) n;
	memmove(out->data, out->data + n, out->n);
}

static void on_pipe_closed(uv_handle_t *handle)
{
	struct peer *p = handle->data;

	p->hub->n_peers--;
	framer_deinit(&p->framer);
	buf_deinit(&p->out);
	p->ops->closed(p);
}

void peer_close(struct peer *p)
{
	if (!peer_is_closing(p))
		uv_close((uv_handle_t *) &p->pipe, on_pipe_closed);
}

int peer_start(struct peer *p, struct peer_hub *hub, int fd, size_t max_line_bytes,
	       size_t keep_bytes, const struct peer_ops *ops, void *user)
{
	struct ucred cred;
	socklen_t n_cred = sizeof(cred);
	int r;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n_cred) < 0) {
		r = -errno;
		(void) close(fd);
		return r;
	}
	*p = (struct peer) {
		.ops = ops, .user = user, .hub = hub,
		.uid = cred.uid, .gid = cred.gid, .pid = cred.pid,
	};
	r = uv_pipe_init(hub->loop, &p->pipe, 0);
	if (r < 0) {
		(void) close(fd);
		return r;
	}

	/* From here the loop knows the handle: the only way out is on_pipe_closed(). */
	p->pipe.data = p;
	hub->n_peers++;
	framer_init(&p->framer, max_line_bytes, keep_bytes);
	r = uv_pipe_open(&p->pipe, fd);
	if (r < 0) {
		(void) close(fd);
		peer_close(p);
		return 0;
	}
	start_reading(p);
	return 0;
}
