#include "deal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What has been dealt: which client a call's lines go to. */
struct hand {
	uint64_t *calls;	/* owned; hashes, open addressing, 0 is free */
	uint32_t *clients;	/* owned; beside them */
	size_t mask;
	uint64_t n_calls;
};

/* The text that all lines of a call have in common, and no other call's. */
static const char *find_call(const char *line, size_t n, size_t *ret_n)
{
	/* In each vendor's events the first of these that is there; GetStream's has its own id of a client. */
	static const char *const keys[] = {
		"\"coordinator_connect_id\":\"", "\"roomId\":\"", "\"sessionId\":\"", "\"session_id\":\"", "\"topicId\":\"",
	};

	for (size_t i = 0; i < N_ELEMENTS(keys); i++) {
		const char *at = memmem(line, n, keys[i], strlen(keys[i])), *end;

		if (!at)
			continue;
		at += strlen(keys[i]);
		end = memchr(at, '"', (size_t) (line + n - at));
		*ret_n = end ? (size_t) (end - at) : 0;
		return at;
	}
	*ret_n = n;	/* a call of its own */
	return line;
}

/* FNV-1a. */
static uint64_t hash(const char *p, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char) p[i]) * UINT64_C(0x100000001b3);
	return h ? h : 1;
}

/* Calls go round: the first one to the first client, and so on. */
static uint32_t client_of(struct hand *hand, const char *line, size_t n, uint64_t n_clients)
{
	size_t n_call;
	const char *call = find_call(line, n, &n_call);
	uint64_t h = hash(call, n_call);
	size_t at = h & hand->mask;

	while (hand->calls[at] != 0 && hand->calls[at] != h)
		at = (at + 1) & hand->mask;
	if (hand->calls[at] == 0) {
		hand->calls[at] = h;
		hand->clients[at] = (uint32_t) (hand->n_calls++ % n_clients);
	}
	return hand->clients[at];
}

static void *new_array(size_t n, size_t size)
{
	void *a = calloc(n, size);

	if (!a)
		bench_fail("out of memory");
	return a;
}

static uint32_t *choose_clients(const struct lines *lines, uint64_t n_lines, uint64_t n_clients, struct share *shares)
{
	uint32_t *clients = new_array(n_lines, sizeof(*clients));
	struct hand hand = { .mask = 1 };
	const char *p = lines->data, *next;

	while (hand.mask < 2 * n_lines)
		hand.mask = 2 * hand.mask + 1;
	hand.calls = new_array(hand.mask + 1, sizeof(*hand.calls));
	hand.clients = new_array(hand.mask + 1, sizeof(*hand.clients));
	for (uint64_t i = 0; i < n_lines; i++, p = next) {
		struct share *s;

		next = lines_next(lines, p);
		clients[i] = client_of(&hand, p, (size_t) (next - p), n_clients);
		s = &shares[clients[i]];
		s->n_lines++;
		s->n_bytes += (size_t) (next - p);
	}
	free(hand.calls);
	free(hand.clients);
	return clients;
}

struct share *deal(const struct lines *lines, uint64_t n_lines, uint64_t n_clients)
{
	struct share *shares = new_array(n_clients, sizeof(*shares));
	uint32_t *turns = new_array(n_lines, sizeof(*turns)), *clients;
	char *text = mmap(NULL, lines->n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const char *p = lines->data, *next;

	if (text == MAP_FAILED)
		bench_fail("out of memory");
	clients = choose_clients(lines, n_lines, n_clients, shares);
	for (uint64_t i = 0; i < n_clients; i++) {
		shares[i].text = text;
		shares[i].turns = turns;
		text += shares[i].n_bytes;
		turns += shares[i].n_lines;
		shares[i].n_bytes = 0;
		shares[i].n_lines = 0;
	}
	for (uint64_t i = 0; i < n_lines; i++, p = next) {
		struct share *s = &shares[clients[i]];

		next = lines_next(lines, p);
		memcpy(s->text + s->n_bytes, p, (size_t) (next - p));
		s->n_bytes += (size_t) (next - p);
		s->turns[s->n_lines++] = (uint32_t) i;
	}
	free(clients);
	return shares;
}

void deal_free(struct share *shares)
{
	free(shares[0].turns);	/* of all of them */
	free(shares);
}
