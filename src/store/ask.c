#include "store/ask.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dialect/dialect.h"
#include "util/digest.h"
#include "util/macros.h"
#include "util/when.h"
#include "wire/limits.h"

enum { PER_PAGE_DEFAULT = 20 };

static const char time_forms[] = "Times are -1h, yesterday, \"2026-11-20 14:00\", 2026-11-20T14:00:00Z, @epoch, "
				 "or an integer of ms since the epoch.";

void ask_deinit(struct ask *a)
{
	buf_deinit(&a->sql);
	*a = (struct ask) {};
}

static int bad_value(struct reply_error *e, const char *key, const char *what)
{
	reply_error_set(e, "bad-value", "%s: %s", key, what);
	return ASK_E_BAD;
}

/* How many letters to change, add or drop to get from one word to the other; large if either is long. */
static size_t distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
	size_t row[33];

	if (n_a >= N_ELEMENTS(row) || n_b >= N_ELEMENTS(row))
		return N_ELEMENTS(row);
	for (size_t j = 0; j <= n_b; j++)
		row[j] = j;
	for (size_t i = 1; i <= n_a; i++) {
		size_t diagonal = row[0]++;

		for (size_t j = 1; j <= n_b; j++) {
			size_t changed = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = MIN_OF(changed, MIN_OF(row[j], row[j - 1]) + 1);
		}
	}
	return row[n_b];
}

static int unknown_query(const struct report_set *reports, const struct json_node *name, struct reply_error *e)
{
	static const char *const built_in[] = { "queries", "status", "follow", "export" };
	size_t n_all = reports->n_reports + N_ELEMENTS(built_in), nearest = 0, least = SIZE_MAX;
	_cleanup_(buf_deinit) struct buf list = {};

	for (size_t i = 0; i < n_all; i++) {
		const char *known = i < reports->n_reports ? reports->reports[i].name
							   : built_in[i - reports->n_reports];
		size_t d = distance(name->s, name->n, known, strlen(known));

		if (buf_printf(&list, "%s%s", i > 0 ? ", " : "", known) < 0)
			return -ENOMEM;
		if (d < least) {
			least = d;
			nearest = i;
		}
	}
	reply_error_set(e, "unknown-query", "query: there is no \"%.*s\"", (int) MIN_OF(name->n, 100), name->s);
	if (least <= 2)
		reply_error_hint(e, "Did you mean \"%s\"? {\"query\":\"queries\"} lists all.",
				 nearest < reports->n_reports ? reports->reports[nearest].name
							      : built_in[nearest - reports->n_reports]);
	else
		reply_error_hint(e, "There are: %.*s.", (int) list.n, list.data);
	return ASK_E_BAD;
}

static int unknown_key(const struct report *r, const char *where, const struct json_node *key, bool groups_only,
		       struct reply_error *e)
{
	_cleanup_(buf_deinit) struct buf list = {};

	for (size_t i = 0; i < r->n_keys; i++)
		if (r->keys[i].groups || !groups_only)
			if (buf_printf(&list, "%s%s", list.n > 0 ? ", " : "", r->keys[i].name) < 0)
				return -ENOMEM;
	reply_error_set(e, "unknown-key", "%s: %s has no key \"%.*s\"", where, r->name, (int) MIN_OF(key->n, 100), key->s);
	if (list.n > 0)
		reply_error_hint(e, "Its keys for %s are: %.*s.", where, (int) list.n, list.data);
	else
		reply_error_hint(e, "It has no keys for %s.", where);
	return ASK_E_BAD;
}

/* @list: what the query takes, each with ", " behind it; NULL: nothing. */
static int unknown_parameter(const struct request *request, const struct json_node *key, const struct buf *list,
			     struct reply_error *e)
{
	const struct json_node *name = request_get(request, "query");

	reply_error_set(e, "unknown-parameter", "%.*s: %.*s takes no such parameter", (int) MIN_OF(key->n, 100), key->s,
			(int) name->n, name->s);
	if (list)
		reply_error_hint(e, "It takes: %.*s.", (int) (list->n - strlen(", ")), list->data);
	else
		reply_error_hint(e, "It takes none.");
	return ASK_E_BAD;
}

static struct ask_value *add_value(struct ask *a, const char *name)
{
	struct ask_value *v = &a->values[a->n_values++];

	*v = (struct ask_value) {};
	(void) snprintf(v->name, sizeof(v->name), ":%s", name);
	return v;
}

static void set_text(struct ask_value *v, const struct json_node *node)
{
	v->type = ASK_TEXT;
	v->s = node->s;
	v->n = node->n;
}

static int read_int(const char *key, const struct json_node *node, int64_t *ret, struct reply_error *e)
{
	char text[24], *end;

	if (node->type == JSON_INT) {
		*ret = node->i;
		return 0;
	}
	/* From a command line all values come as text. */
	if (node->type == JSON_STRING && node->n < sizeof(text)) {
		memcpy(text, node->s, node->n);
		text[node->n] = '\0';
		errno = 0;
		*ret = strtoll(text, &end, 10);
		if (errno == 0 && *end == '\0' && end > text && text[0] != ' ')
			return 0;
	}
	return bad_value(e, key, "must be an integer");
}

static int read_time(const char *key, const struct json_node *node, int64_t now_us, int64_t *ret_ms,
		     struct reply_error *e)
{
	int64_t us;

	if (node->type == JSON_INT && node->i >= 0) {
		*ret_ms = node->i;
		return 0;
	}
	if (node->type == JSON_STRING && when_parse(node->s, node->n, now_us, &us) == 0) {
		*ret_ms = us / 1000;
		return 0;
	}
	if (node->type == JSON_STRING)
		reply_error_set(e, "bad-value", "%s: \"%.*s\" is no time", key, (int) MIN_OF(node->n, 100), node->s);
	else
		(void) bad_value(e, key, "is no time");
	reply_error_hint(e, "%s", time_forms);
	return ASK_E_BAD;
}

static int read_bool(const char *key, const struct json_node *node, int64_t *ret, struct reply_error *e)
{
	bool yes = node->type == JSON_TRUE || (node->type == JSON_INT && node->i == 1);
	bool no = node->type == JSON_FALSE || (node->type == JSON_INT && node->i == 0);

	if (node->type == JSON_STRING) {
		yes = scan_str_eq(node, "true", 4) || scan_str_eq(node, "1", 1);
		no = scan_str_eq(node, "false", 5) || scan_str_eq(node, "0", 1);
	}
	if (!yes && !no)
		return bad_value(e, key, "must be true or false");
	*ret = yes;
	return 0;
}

static int read_enum(const struct report_param *p, const struct json_node *node, struct reply_error *e)
{
	_cleanup_(buf_deinit) struct buf list = {};

	for (const char *const *a = p->allowed; *a; a++) {
		if (node->type == JSON_STRING && scan_str_eq(node, *a, strlen(*a)))
			return 0;
		if (buf_printf(&list, "%s%s", list.n > 0 ? ", " : "", *a) < 0)
			return -ENOMEM;
	}
	reply_error_set(e, "bad-value", "%s: must be one of %.*s", p->name, (int) list.n, list.data);
	return ASK_E_BAD;
}

/* One end of a range: digits up to @s + @n, or nothing for @otherwise. */
static bool read_bound(const char *s, size_t n, int64_t otherwise, int64_t *ret)
{
	*ret = n > 0 ? 0 : otherwise;
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9' || __builtin_mul_overflow(*ret, 10, ret) ||
		    __builtin_add_overflow(*ret, s[i] - '0', ret))
			return false;
	return true;
}

/* "1:10", "1:", ":10", or a number alone. */
static int read_range(struct ask *a, const char *key, const struct json_node *node, struct reply_error *e)
{
	int64_t least = 0, most = INT64_MAX;
	bool good = true;
	char name[48];

	if (node && node->type == JSON_INT) {
		least = most = node->i;
	} else if (node && node->type == JSON_STRING) {
		const char *colon = memchr(node->s, ':', node->n);
		size_t n_least = colon ? (size_t) (colon - node->s) : node->n;

		good = node->n > 1 || !colon;
		good = good && read_bound(node->s, n_least, 0, &least);
		most = least;
		if (good && colon)
			good = read_bound(colon + 1, node->n - n_least - 1, INT64_MAX, &most);
	} else if (node) {
		good = false;
	}
	if (!good || least < 0 || least > most)
		return bad_value(e, key, "must be a range, as 1:10, 3: or 5");

	for (int i = 0; i < 2; i++) {
		struct ask_value *v;

		(void) snprintf(name, sizeof(name), "%s_%s", key, i == 0 ? "least" : "most");
		v = add_value(a, name);
		v->type = node ? ASK_INT : ASK_NULL;
		v->i = i == 0 ? least : most;
	}
	return 0;
}

static int read_param(struct ask *a, const struct report_param *p, const struct request *request, struct reply_error *e)
{
	const struct json_node *node = request_get(request, p->name);
	struct ask_value *v;
	int r = 0;

	if (!node && p->required) {
		reply_error_set(e, "bad-value", "%s: must be given for %s", p->name, a->report->name);
		reply_error_hint(e, "%s: %s", p->name, p->description);
		return ASK_E_BAD;
	}
	if (p->type == REPORT_RANGE)
		return read_range(a, p->name, node, e);
	v = add_value(a, p->name);
	if (!node)
		return 0;
	switch (p->type) {
	case REPORT_TEXT:
		if (node->type != JSON_STRING)
			return bad_value(e, p->name, "must be a string");
		set_text(v, node);
		return 0;
	case REPORT_ENUM:
		r = read_enum(p, node, e);
		if (r == 0)
			set_text(v, node);
		return r;
	case REPORT_INT:
		r = read_int(p->name, node, &v->i, e);
		break;
	case REPORT_BOOL:
		r = read_bool(p->name, node, &v->i, e);
		break;
	default:
		r = read_time(p->name, node, a->now_us, &v->i, e);
		break;
	}
	v->type = ASK_INT;
	return r;
}

/* A page is a limit and an offset in other words. */
static int read_page(struct ask *a, const struct request *request, struct reply_error *e)
{
	int64_t page_no = 1, per_page = PER_PAGE_DEFAULT;
	const struct json_node *no = request_get(request, "page_no"), *per = request_get(request, "per_page");

	if (!a->report->paging || (!no && !per))
		return 0;
	if (request_get(request, "limit") || request_get(request, "cursor"))
		return bad_value(e, no ? "page_no" : "per_page", "cannot be asked for with a limit or cursor");
	if (no && (read_int("page_no", no, &page_no, e) != 0 || page_no < 1 || page_no > INT32_MAX))
		return bad_value(e, "page_no", "must be an integer from 1 to 2147483647");
	if (per && (read_int("per_page", per, &per_page, e) != 0 || per_page < 1 || per_page > LIMIT_ROWS_MAX)) {
		reply_error_set(e, "bad-value", "per_page: must be an integer from 1 to %d", LIMIT_ROWS_MAX);
		return ASK_E_BAD;
	}
	a->by_page = true;
	a->limit = per_page;
	a->offset = (page_no - 1) * per_page;
	return 0;
}

/* since, until, app: what every report takes, if its statement speaks of them. */
static int read_window(struct ask *a, const struct request *request, struct reply_error *e)
{
	const struct json_node *since = request_get(request, "since"), *until = request_get(request, "until");
	const struct json_node *app = NULL;
	int64_t since_ms = 0, until_ms = INT64_MAX;
	struct ask_value *v;
	int r = 0;

	if (since)
		r = read_time("since", since, a->now_us, &since_ms, e);
	if (r == 0 && until)
		r = read_time("until", until, a->now_us, &until_ms, e);
	if (r == 0)
		r = request_text(request, "app", &app, e);
	if (r != 0)
		return ASK_E_BAD;
	if (since_ms > until_ms)
		return bad_value(e, "since", "is later than until");

	v = add_value(a, "since_ms");
	v->type = ASK_INT;
	v->i = since_ms;
	v = add_value(a, "until_ms");
	v->type = ASK_INT;
	v->i = until_ms;
	v = add_value(a, "now_ms");
	v->type = ASK_INT;
	v->i = a->now_us / 1000;
	v = add_value(a, "app");
	if (app)
		set_text(v, app);
	return 0;
}

static int read_by(const struct ask *a, const struct request *request, const struct report_key **by, size_t *ret_n,
		   struct reply_error *e)
{
	const struct json_node *list = request_get(request, "by");
	size_t n = 0;

	*ret_n = 0;
	if (!list)
		return 0;
	if (list->type != JSON_ARRAY)
		return bad_value(e, "by", "must be an array of keys");
	for (uint32_t i = request_index(request, list) + 1; i < list->next; i = request->scan.nodes[i].next) {
		const struct json_node *node = &request->scan.nodes[i];
		const struct report_key *key;

		if (node->type != JSON_STRING)
			return bad_value(e, "by", "must be an array of keys");
		key = report_key(a->report, node->s, node->n);
		if (!key || !key->groups)
			return unknown_key(a->report, "by", node, true, e);
		for (size_t k = 0; k < n; k++)
			if (by[k] == key)
				return bad_value(e, "by", "has a key twice");
		by[n++] = key;
	}
	*ret_n = n;
	return 0;
}

static int read_where(struct ask *a, const struct request *request, const struct report_key **where, size_t *ret_n,
		      struct reply_error *e)
{
	const struct json_node *nodes = request->scan.nodes, *object = request_get(request, "where");
	size_t n = 0;

	*ret_n = 0;
	if (!object)
		return 0;
	if (object->type != JSON_OBJECT)
		return bad_value(e, "where", "must be an object of keys and the values wanted");
	for (uint32_t i = request_index(request, object) + 1; i < object->next; i = nodes[i + 1].next) {
		const struct json_node *value = &nodes[i + 1];
		struct ask_value *v;
		char name[24];

		where[n] = report_key(a->report, nodes[i].s, nodes[i].n);
		if (!where[n])
			return unknown_key(a->report, "where", &nodes[i], false, e);
		(void) snprintf(name, sizeof(name), "w%zu", n);
		v = add_value(a, name);
		if (value->type == JSON_INT) {
			v->type = ASK_INT;
			v->i = value->i;
		} else if (value->type == JSON_REAL) {
			v->type = ASK_REAL;
			v->d = value->d;
		} else if (value->type == JSON_TRUE || value->type == JSON_FALSE) {
			v->type = ASK_INT;
			v->i = value->type == JSON_TRUE;
		} else if (value->type == JSON_STRING && value->n > 0) {
			set_text(v, value);
		} else if (!scan_absent(&request->scan, i + 1)) {	/* absent: rows that have none */
			reply_error_set(e, "bad-value", "where: the value of %s must be a string, a number, "
					"true, false or null", where[n]->name);
			return ASK_E_BAD;
		}
		n++;
	}
	*ret_n = n;
	return 0;
}

static bool has_keys(const struct report *r, bool groups_only)
{
	for (size_t i = 0; i < r->n_keys; i++)
		if (r->keys[i].groups || !groups_only)
			return true;
	return false;
}

/* Every key of the request must mean something to this report. A follow goes on, and has no limit. */
static int check_keys(const struct ask *a, bool follows, const struct request *request, struct reply_error *e)
{
	const struct report *r = a->report;
	const struct {
		const char *key;
		bool taken;
		bool offered;	/* else it only has an answer of its own */
	} common[] = {
		{ "query", true, false },
		{ "since", report_uses(r, "since_ms"), true },
		{ "until", report_uses(r, "until_ms"), true },
		{ "app", report_uses(r, "app"), true },
		{ "by", true, has_keys(r, true) },
		{ "where", true, has_keys(r, false) },
		{ "limit", !follows, true },
		{ "cursor", true, true },
	};
	const struct json_node *key, *value;
	_cleanup_(buf_deinit) struct buf list = {};
	uint32_t i = 0;

	while (request_next(request, &i, &key, &value)) {
		bool known = report_param(r, key->s, key->n) != NULL;

		for (size_t k = 0; k < N_ELEMENTS(common) && !known; k++)
			known = common[k].taken && scan_str_eq(key, common[k].key, strlen(common[k].key));
		if (known)
			continue;

		for (size_t k = 0; k < r->n_params; k++)
			if (buf_printf(&list, "%s, ", r->params[k].name) < 0)
				return -ENOMEM;
		for (size_t k = 0; k < N_ELEMENTS(common); k++)
			if (common[k].taken && common[k].offered && buf_printf(&list, "%s, ", common[k].key) < 0)
				return -ENOMEM;
		return unknown_parameter(request, key, &list, e);
	}
	return 0;
}

int ask_nothing(const struct request *request, struct reply_error *e)
{
	const struct json_node *key, *value;
	uint32_t i = 0;

	while (request_next(request, &i, &key, &value))
		if (!scan_str_eq(key, "query", strlen("query")))
			return unknown_parameter(request, key, NULL, e);
	return 0;
}

static uint64_t digest_ask(const struct ask *a)
{
	struct digest d;

	digest_init(&d);
	digest_add_piece(&d, a->report->name, strlen(a->report->name));
	digest_add_piece(&d, a->sql.data, a->sql.n);
	for (size_t i = 0; i < a->n_values; i++) {
		const struct ask_value *v = &a->values[i];

		digest_add_u64(&d, v->type);
		if (v->type == ASK_TEXT)
			digest_add_piece(&d, v->s, v->n);
		else if (v->type == ASK_REAL)
			digest_add_piece(&d, &v->d, sizeof(v->d));
		else
			digest_add_u64(&d, (uint64_t) v->i);
	}
	return digest_done(&d);
}

void ask_cursor(const struct ask *a, int64_t offset, char text[static ASK_CURSOR_SIZE])
{
	(void) snprintf(text, ASK_CURSOR_SIZE, "%" PRIx64 ".%" PRIx64 ".%" PRIx64 ".%" PRIx64,
			(uint64_t) offset, (uint64_t) a->last, (uint64_t) a->now_us, a->digest);
}

/* The same present as for the first answer makes the same times of "-1h"; the digest is compared later. */
static int read_cursor(struct ask *a, const struct request *request, uint64_t *ret_digest, struct reply_error *e)
{
	const struct json_node *node = NULL;
	uint64_t offset, last, now_us;
	char text[ASK_CURSOR_SIZE];
	int end = -1;

	if (request_text(request, "cursor", &node, e) != 0)
		return ASK_E_BAD;
	if (!node)
		return 0;
	if (node->n < sizeof(text)) {
		memcpy(text, node->s, node->n);
		text[node->n] = '\0';
		if (sscanf(text, "%16" SCNx64 ".%16" SCNx64 ".%16" SCNx64 ".%16" SCNx64 "%n", &offset, &last, &now_us,
			   ret_digest, &end) == 4 &&
		    end == (int) node->n && offset <= INT64_MAX && last <= INT64_MAX && now_us <= INT64_MAX) {
			a->offset = (int64_t) offset;
			a->last = (int64_t) last;
			a->now_us = (int64_t) now_us;
			return 0;
		}
	}
	(void) bad_value(e, "cursor", "is none of ours");
	reply_error_hint(e, "Take it from the end of the answer before, with the same request.");
	return ASK_E_BAD;
}

/* The values of the request, and the statement for them. */
static int fill(struct ask *a, const struct request *request, struct reply_error *e)
{
	const struct report_key *by[REPORT_MAX_ITEMS], *where[REPORT_MAX_ITEMS];
	size_t n_by = 0, n_where = 0;
	int r;

	r = read_window(a, request, e);
	for (size_t i = 0; i < a->report->n_params && r == 0; i++)
		r = read_param(a, &a->report->params[i], request, e);
	if (r == 0)
		r = read_by(a, request, by, &n_by, e);
	if (r == 0)
		r = read_where(a, request, where, &n_where, e);
	if (r != 0)
		return r;
	r = report_expand(a->report, by, n_by, where, n_where, &a->sql);
	return r < 0 || !buf_cstr(&a->sql) ? -ENOMEM : 0;
}

/* Read all but what the report is: its keys, the cursor, the limit, its values. */
static int read_all(struct ask *a, const struct request *request, uint64_t *ret_cursor_digest, struct reply_error *e)
{
	int r;

	r = check_keys(a, false, request, e);
	if (r == 0)
		r = read_cursor(a, request, ret_cursor_digest, e);
	if (r == 0 && request_int(request, "limit", 1, LIMIT_ROWS_MAX, &a->limit, e) != 0)
		r = ASK_E_BAD;
	if (r == 0)
		r = read_page(a, request, e);
	return r == 0 ? fill(a, request, e) : r;
}

static int check_cursor(const struct ask *a, const struct request *request, uint64_t cursor_digest,
			struct reply_error *e)
{
	if (!request_get(request, "cursor") || a->digest == cursor_digest)
		return 0;
	(void) bad_value(e, "cursor", "belongs to another request");
	reply_error_hint(e, "Repeat the request as it was, with the cursor added.");
	return ASK_E_BAD;
}

int ask_count(const struct ask *a, struct buf *sql)
{
	size_t n = a->sql.n - strlen(REPORT_LIMIT);
	int r = buf_printf(sql, "SELECT count(*) FROM (%.*s)", (int) n, a->sql.data);

	return r < 0 || !buf_cstr(sql) ? -ENOMEM : 0;
}

int ask_make(struct ask *a, const struct report_set *reports, const struct request *request, int64_t now_us,
	     struct reply_error *e)
{
	const struct json_node *name = request_get(request, "query");
	uint64_t cursor_digest = 0;
	int r;

	*a = (struct ask) { .now_us = now_us, .limit = LIMIT_ROWS_DEFAULT };
	a->report = report_find(reports, name->s, name->n);
	if (!a->report)
		return unknown_query(reports, name, e);
	r = read_all(a, request, &cursor_digest, e);
	if (r != 0)
		return r;
	a->digest = digest_ask(a);
	return check_cursor(a, request, cursor_digest, e);
}

int ask_make_follow(struct ask *a, const struct report *statement, const struct request *request, int64_t now_us,
		    struct reply_error *e)
{
	int r;

	*a = (struct ask) { .report = statement, .now_us = now_us, .limit = LIMIT_FOLLOW_ROWS };
	r = check_keys(a, true, request, e);
	return r != 0 ? r : fill(a, request, e);
}

const struct ask_value *ask_text(const struct ask *a, const char *name)
{
	for (size_t i = 0; i < a->n_values; i++)
		if (strcmp(a->values[i].name + 1, name) == 0 && a->values[i].type == ASK_TEXT)
			return &a->values[i];
	return NULL;
}

bool ask_is(const struct ask *a, const char *name, const char *text)
{
	const struct ask_value *v = ask_text(a, name);

	return v && v->n == strlen(text) && memcmp(v->s, text, v->n) == 0;
}

static int check_export(const struct ask *a, struct reply_error *e)
{
	const struct ask_value *source = ask_text(a, "source");

	if (source && !dialect_by_source(source->s, source->n)) {
		reply_error_set(e, "bad-value", "source: \"%.*s\" is not known", (int) MIN_OF(source->n, 100), source->s);
		reply_error_hint(e, "There are: %s.", dialect_sources());
		return ASK_E_BAD;
	}
	if (ask_text(a, "times") && !ask_is(a, "times", "missing") && !ask_is(a, "times", "all"))
		return bad_value(e, "times", "must be \"missing\" or \"all\"");
	return 0;
}

int ask_make_export(struct ask *a, const struct report *statement, const struct request *request,
		    const char *epoch, int64_t last_event_id, int64_t now_us, struct reply_error *e)
{
	uint64_t cursor_digest = 0;
	int r;

	*a = (struct ask) {
		.report = statement, .now_us = now_us, .limit = LIMIT_ROWS_DEFAULT, .last = last_event_id,
	};
	r = read_all(a, request, &cursor_digest, e);
	if (r == 0)
		r = check_export(a, e);
	if (r != 0)
		return r;
	a->after = a->offset;
	a->offset = 0;
	/* Event ids mean nothing to another database. */
	a->digest = digest_ask(a) ^ digest_of(epoch, strlen(epoch));
	return check_cursor(a, request, cursor_digest, e);
}
