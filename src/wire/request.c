#include "wire/request.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "wire/limits.h"

void request_deinit(struct request *r)
{
	scan_deinit(&r->scan);
	buf_deinit(&r->line);
}

static int bad_json(struct reply_error *e, const struct scan_fault *f, bool hard)
{
	reply_error_set(e, hard ? "not-json" : "bad-request", "%s: %s, at byte %u", f->code, f->message, f->offset);
	reply_error_hint(e, "A request is one JSON object on one line.");
	return REQUEST_E_BAD;
}

int request_parse(struct request *r, const char *line, size_t n, const char *verb, struct reply_error *e)
{
	const struct json_node *v;
	struct scan_fault fault;
	int rc;

	assert(n <= LIMIT_REQUEST_BYTES);

	*r = (struct request) {};
	rc = buf_add(&r->line, line, n);
	if (rc < 0)
		return rc;
	rc = scan_line(&r->scan, n > 0 ? r->line.data : "", n, &fault);
	if (rc < 0)
		return rc;
	if (rc == SCAN_E_BAD)
		return bad_json(e, &fault, true);
	if (r->scan.n_faults > 0)
		return bad_json(e, &r->scan.faults[0], strcmp(r->scan.faults[0].code, "bad-utf8") == 0);
	if (r->scan.nodes[0].type != JSON_OBJECT) {
		reply_error_set(e, "bad-request", "a request is a JSON object");
		reply_error_hint(e, "Try {\"%s\":\"…\"}.", verb);
		return REQUEST_E_BAD;
	}
	v = request_get(r, verb);
	if (!v || v->type != JSON_STRING) {
		reply_error_set(e, "bad-request", "%s: must be there, and a string", verb);
		return REQUEST_E_BAD;
	}
	return 0;
}

const struct json_node *request_get(const struct request *r, const char *key)
{
	uint32_t i = scan_member(&r->scan, 0, key);

	return i == 0 || scan_absent(&r->scan, i) ? NULL : &r->scan.nodes[i];
}

bool request_is(const struct request *r, const char *key, const char *text)
{
	const struct json_node *v = request_get(r, key);

	return v && v->type == JSON_STRING && scan_str_eq(v, text, strlen(text));
}

uint32_t request_index(const struct request *r, const struct json_node *v)
{
	return (uint32_t) (v - r->scan.nodes);
}

bool request_next(const struct request *r, uint32_t *i, const struct json_node **ret_key,
		  const struct json_node **ret_value)
{
	const struct json_node *nodes = r->scan.nodes;

	if (*i == 0)
		*i = 1;
	if (*i >= nodes[0].next)
		return false;
	*ret_key = &nodes[*i];
	*ret_value = &nodes[*i + 1];
	*i = nodes[*i + 1].next;
	return true;
}

int request_text(const struct request *r, const char *key, const struct json_node **ret, struct reply_error *e)
{
	const struct json_node *v = request_get(r, key);

	if (!v)
		return 0;
	if (v->type != JSON_STRING) {
		reply_error_set(e, "bad-value", "%s: must be a string", key);
		return REQUEST_E_BAD;
	}
	*ret = v;
	return 0;
}

int request_int(const struct request *r, const char *key, int64_t least, int64_t most, int64_t *ret,
		struct reply_error *e)
{
	const struct json_node *v = request_get(r, key);

	if (!v)
		return 0;
	if (v->type != JSON_INT || v->i < least || v->i > most) {
		reply_error_set(e, "bad-value", "%s: must be an integer from %" PRId64 " to %" PRId64, key, least, most);
		return REQUEST_E_BAD;
	}
	*ret = v->i;
	return 0;
}
