/*
 * A line of the query socket is a request whose members can all be had by their keys, or is
 * refused with a code and a reason that make one valid line.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "wire/limits.h"
#include "wire/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool so)
{
	if (!so)
		abort();
}

static void check_error(const struct reply_error *e)
{
	struct scan_fault fault;
	struct scan scan = {};
	struct buf line = {};

	require(strcmp(e->code, "not-json") == 0 || strcmp(e->code, "bad-request") == 0 ||
		strcmp(e->code, "bad-value") == 0);
	require(e->message[0] != '\0');
	require(reply_error(&line, e) == 0);
	require(line.data[line.n - 1] == '\n');
	require(scan_line(&scan, line.data, line.n - 1, &fault) == 0 && scan.n_faults == 0);
	scan_deinit(&scan);
	buf_deinit(&line);
}

/* What a member can be asked for; what it is not is an error that names it. */
static void check_member(const struct request *r, const char *key, const struct json_node *value)
{
	bool absent = scan_absent(&r->scan, request_index(r, value));
	const struct json_node *text = NULL;
	struct reply_error e;
	int64_t i = -1;

	require(request_get(r, key) == (absent ? NULL : value));
	if (request_text(r, key, &text, &e) == 0)
		require(text == (absent ? NULL : value));
	else
		check_error(&e);
	if (request_int(r, key, 0, 1000, &i, &e) == 0)
		require(absent ? i == -1 : i >= 0 && i <= 1000);
	else
		check_error(&e);
}

static void check_request(const struct request *r)
{
	const struct json_node *key, *value;
	uint32_t at = 0, n = 0;

	require(request_get(r, "query") != NULL);
	for (; request_next(r, &at, &key, &value); n++) {
		char *name = strndup(key->s, key->n);

		require(name && strlen(name) == key->n);
		check_member(r, name, value);
		free(name);
	}
	require(n == r->scan.nodes[0].n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct reply_error e = {};
	struct request r;
	int rc;

	if (n > LIMIT_REQUEST_BYTES)
		return 0;
	rc = request_parse(&r, (const char *) data, n, "query", &e);
	require(rc == 0 || rc == REQUEST_E_BAD);
	if (rc == 0)
		check_request(&r);
	else
		check_error(&e);
	request_deinit(&r);
	return 0;
}
