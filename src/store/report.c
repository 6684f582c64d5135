#include "store/report.h"

#include <errno.h>
#include <string.h>

#include "store/sql_gen.h"
#include "util/macros.h"

static const char *const type_names[] = {
	[REPORT_TEXT] = "text",
	[REPORT_INT] = "int",
	[REPORT_TIME] = "time",
	[REPORT_BOOL] = "bool",
	[REPORT_RANGE] = "range",
	[REPORT_ENUM] = "enum",
};

/* A piece of the text that is read. */
struct span {
	const char *s;
	size_t n;
};

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static struct span trim(struct span x)
{
	while (x.n > 0 && is_space(x.s[0]))
		x.s++, x.n--;
	while (x.n > 0 && is_space(x.s[x.n - 1]))
		x.n--;
	return x;
}

static struct span take_line(const char **text)
{
	const char *end = strchrnul(*text, '\n');
	struct span line = { *text, (size_t) (end - *text) };

	*text = *end ? end + 1 : end;
	return line;
}

static struct span take_word(struct span *x)
{
	struct span word = { x->s, 0 };

	while (word.n < x->n && is_name(x->s[word.n]))
		word.n++;
	x->s += word.n;
	x->n -= word.n;
	*x = trim(*x);
	return word;
}

static bool is(struct span x, const char *text)
{
	return strlen(text) == x.n && memcmp(text, x.s, x.n) == 0;
}

static bool take(struct span *x, const char *text)
{
	size_t n = strlen(text);

	if (x->n < n || memcmp(x->s, text, n) != 0)
		return false;
	*x = trim((struct span) { x->s + n, x->n - n });
	return true;
}

/* The rest of the item behind its colon, with the comment lines that go on with it. */
static const char *take_rest(struct report_set *set, struct span x, const char **text)
{
	_cleanup_(buf_deinit) struct buf b = {};

	if (!take(&x, ":") || buf_add(&b, x.s, x.n) < 0)
		return NULL;
	while (strncmp(*text, "--\t", 3) == 0) {
		struct span more = take_line(text);

		more = trim((struct span) { more.s + 2, more.n - 2 });
		if (buf_add_char(&b, ' ') < 0 || buf_add(&b, more.s, more.n) < 0)
			return NULL;
	}
	return b.n > 0 ? arena_copy(&set->arena, b.data, b.n) : NULL;
}

/* What is behind the word enum: "(A,B)". */
static bool take_allowed(struct report_set *set, struct report_param *p, struct span *x)
{
	const char **allowed;
	size_t n = 0;

	if (!take(x, "("))
		return false;
	allowed = arena_alloc(&set->arena, (x->n + 1) * sizeof(*allowed));	/* more than it can name */
	if (!allowed)
		return false;
	do {
		struct span word = take_word(x);

		if (word.n == 0)
			return false;
		allowed[n] = arena_copy(&set->arena, word.s, word.n);
		if (!allowed[n++])
			return false;
	} while (take(x, ","));
	p->allowed = allowed;
	return take(x, ")");
}

static bool read_param(struct report_set *set, struct report *r, struct span x, const char **text)
{
	struct report_param *p = &r->params[r->n_params];
	struct span name = take_word(&x), type = take_word(&x);

	if (r->n_params == REPORT_MAX_ITEMS || name.n == 0 || report_param(r, name.s, name.n))
		return false;
	for (uint8_t i = 1; i < N_ELEMENTS(type_names); i++)
		if (is(type, type_names[i]))
			p->type = i;
	if (p->type == REPORT_ENUM && !take_allowed(set, p, &x))
		return false;
	p->required = take(&x, "!");
	p->name = arena_copy(&set->arena, name.s, name.n);
	p->description = take_rest(set, x, text);
	if (!p->type || !p->name || !p->description)
		return false;
	r->n_params++;
	return true;
}

static bool read_key(struct report_set *set, struct report *r, struct span x, const char **text, struct report_key kind)
{
	struct report_key *k = &r->keys[r->n_keys];
	struct span name = take_word(&x);

	if (r->n_keys == REPORT_MAX_ITEMS || name.n == 0 || report_key(r, name.s, name.n))
		return false;
	*k = kind;
	k->time = k->groups && is(take_word(&x), "time");
	k->name = arena_copy(&set->arena, name.s, name.n);
	k->expr = take_rest(set, x, text);
	if (!k->name || !k->expr)
		return false;
	r->n_keys++;
	return true;
}

static bool read_paging(struct report *r)
{
	static const struct report_param pages[] = {
		{ .name = "page_no", .type = REPORT_INT, .description = "the page wanted, from 1" },
		{ .name = "per_page", .type = REPORT_INT, .description = "rows of a page, 20 if only page_no is given" },
	};

	if (r->paging || r->n_params + N_ELEMENTS(pages) > REPORT_MAX_ITEMS)
		return false;
	r->paging = true;
	for (size_t i = 0; i < N_ELEMENTS(pages); i++)
		r->params[r->n_params++] = pages[i];
	return true;
}

/* One comment line of the head; @text stands behind it. */
static bool read_item(struct report_set *set, struct report *r, struct span line, const char **text)
{
	struct span x = trim((struct span) { line.s + 2, line.n - 2 });

	if (take(&x, "param "))
		return read_param(set, r, x, text);
	if (take(&x, "by "))
		return read_key(set, r, x, text, (struct report_key) { .groups = true });
	if (take(&x, "where "))
		return read_key(set, r, x, text, (struct report_key) {});
	if (take(&x, "having "))
		return read_key(set, r, x, text, (struct report_key) { .having = true });
	if (take(&x, "json ")) {
		if (r->n_json == REPORT_MAX_ITEMS)
			return false;
		r->json[r->n_json] = arena_copy(&set->arena, x.s, x.n);
		return r->json[r->n_json++] != NULL;
	}
	return !is(x, "paging") || read_paging(r);
}

/* "-- joins.sql - one-line description." */
static bool read_title(struct report_set *set, struct report *r, const char *name, struct span line)
{
	if (!take(&line, "--") || !take(&line, name) || !take(&line, ".sql") || !take(&line, "- "))
		return false;
	if (line.n > 0 && line.s[line.n - 1] == '.')
		line.n--;
	r->description = arena_copy(&set->arena, line.s, line.n);
	return r->description != NULL;
}

enum { MARK_NONE, MARK_BY, MARK_KEYS, MARK_GROUP, MARK_SORT, MARK_WHERE, MARK_HAVING, MARK_UNKNOWN };

/* What the $word at @s is, and its length with the dollar. */
static int mark(const char *s, size_t *ret_n)
{
	static const struct {
		const char *name;
		int mark;
	} marks[] = {
		{ "by", MARK_BY }, { "keys", MARK_KEYS }, { "group", MARK_GROUP }, { "sort", MARK_SORT },
		{ "where", MARK_WHERE }, { "having", MARK_HAVING },
	};
	struct span word = { s + 1, 0 };

	if (*s != '$')
		return MARK_NONE;
	while (is_name(word.s[word.n]))
		word.n++;
	*ret_n = word.n + 1;
	for (size_t i = 0; i < N_ELEMENTS(marks); i++)
		if (is(word, marks[i].name))
			return marks[i].mark;
	return MARK_UNKNOWN;
}

static bool check_body(const struct report *r)
{
	unsigned seen = 0;
	size_t n;

	for (const char *s = r->body; *s; s++)
		seen |= 1U << mark(s, &n);
	if (seen & 1U << MARK_UNKNOWN)
		return false;
	/* A key that nothing in the body answers to would be taken and ignored. */
	for (size_t i = 0; i < r->n_keys; i++)
		if (!(seen & 1U << (r->keys[i].having ? MARK_HAVING : MARK_WHERE)) ||
		    (r->keys[i].groups && (~seen & (1U << MARK_BY | 1U << MARK_GROUP))) ||
		    (r->keys[i].time && !(seen & 1U << MARK_SORT)))
			return false;
	return r->n_body > 0;
}

static int bad(struct buf *why, const char *name, const char *what, struct span line)
{
	(void) buf_printf(why, "report %s: %s: %.*s", name, what, (int) line.n, line.s);
	return -EINVAL;
}

static int read_report(struct report_set *set, struct report *r, const char *name, const char *text, struct buf *why)
{
	struct span line = take_line(&text), body;
	char *wire_name = arena_copy(&set->arena, name, strlen(name));

	if (!wire_name)
		return -ENOMEM;
	for (char *c = wire_name; *c; c++)
		*c = *c == '_' ? '-' : *c;
	r->name = wire_name;

	if (!read_title(set, r, name, line))
		return bad(why, name, "the first line is not its name and description", line);
	while (strncmp(text, "--", 2) == 0) {
		line = take_line(&text);
		if (!read_item(set, r, line, &text))
			return bad(why, name, "cannot be read", line);
	}

	body = trim((struct span) { text, strlen(text) });
	if (body.n > 0 && body.s[body.n - 1] == ';')
		body = trim((struct span) { body.s, body.n - 1 });
	r->body = arena_copy(&set->arena, body.s, body.n);
	r->n_body = body.n;
	if (!r->body)
		return -ENOMEM;
	if (!check_body(r))
		return bad(why, name, "the body and the keys do not fit each other", (struct span) { "", 0 });
	return 0;
}

int report_set_add(struct report_set *set, const char *name, const char *text, struct buf *why)
{
	struct report *reports = realloc(set->reports, (set->n_reports + 1) * sizeof(*reports));
	int r;

	if (!reports)
		return -ENOMEM;
	set->reports = reports;
	reports[set->n_reports] = (struct report) {};
	r = read_report(set, &reports[set->n_reports], name, text, why);
	if (r == 0)
		set->n_reports++;
	return r;
}

int report_set_add_all(struct report_set *set, struct buf *why)
{
	int r = 0;

	for (size_t i = 0; i < N_ELEMENTS(sql_report) && r == 0; i++)
		r = report_set_add(set, sql_report[i].name, sql_report[i].text, why);
	return r;
}

int report_set_add_statements(struct report_set *set, struct buf *why)
{
	int r = report_set_add(set, "follow", sql_stmt_follow, why);

	return r == 0 ? report_set_add(set, "export", sql_stmt_export, why) : r;
}

void report_set_deinit(struct report_set *set)
{
	arena_deinit(&set->arena);
	free(set->reports);
	*set = (struct report_set) {};
}

const struct report *report_find(const struct report_set *set, const char *name, size_t n)
{
	for (size_t i = 0; i < set->n_reports; i++)
		if (is((struct span) { name, n }, set->reports[i].name))
			return &set->reports[i];
	return NULL;
}

const struct report_param *report_param(const struct report *r, const char *name, size_t n)
{
	for (size_t i = 0; i < r->n_params; i++)
		if (is((struct span) { name, n }, r->params[i].name))
			return &r->params[i];
	return NULL;
}

const char *report_type_name(const struct report_param *p)
{
	return type_names[p->type];
}

const struct report_key *report_key(const struct report *r, const char *name, size_t n)
{
	for (size_t i = 0; i < r->n_keys; i++)
		if (is((struct span) { name, n }, r->keys[i].name))
			return &r->keys[i];
	return NULL;
}

bool report_uses(const struct report *r, const char *name)
{
	size_t n = strlen(name);

	for (const char *s = strchr(r->body, ':'); s; s = strchr(s + 1, ':'))
		if (strncmp(s + 1, name, n) == 0 && !is_name(s[1 + n]))
			return true;
	return false;
}

static int add_mark(struct buf *sql, int which, const struct report_key *const *by, size_t n_by,
		    const struct report_key *const *where, size_t n_where)
{
	int r = 0;

	switch (which) {
	case MARK_BY:
		for (size_t i = 0; i < n_by && r == 0; i++)
			r = buf_printf(sql, "%s AS \"%s\", ", by[i]->expr, by[i]->name);
		return r;
	case MARK_KEYS:
		for (size_t i = 0; i < n_by && r == 0; i++)
			r = buf_printf(sql, "\"%s\", ", by[i]->name);
		return r;
	case MARK_GROUP:
		r = buf_add_str(sql, n_by > 0 ? "GROUP BY " : "GROUP BY NULL");
		for (size_t i = 0; i < n_by && r == 0; i++)
			r = buf_printf(sql, "%s%s", i > 0 ? ", " : "", by[i]->expr);
		return r;
	case MARK_SORT:
		for (size_t i = 0; i < n_by && r == 0; i++)
			if (by[i]->time)
				r = buf_printf(sql, "\"%s\", ", by[i]->name);
		return r;
	default:
		for (size_t i = 0; i < n_where && r == 0; i++)
			if (where[i]->having == (which == MARK_HAVING))
				r = buf_printf(sql, " AND (%s) IS :w%zu", where[i]->expr, i);
		return r;
	}
}

int report_expand(const struct report *rep, const struct report_key *const *by, size_t n_by,
		  const struct report_key *const *where, size_t n_where, struct buf *sql)
{
	const char *s = rep->body, *plain = s;
	size_t n;
	int r = 0;

	while (*s && r == 0) {
		int which = mark(s, &n);

		if (which == MARK_NONE) {
			s++;
			continue;
		}
		r = buf_add(sql, plain, (size_t) (s - plain));
		if (r == 0)
			r = add_mark(sql, which, by, n_by, where, n_where);
		s += n;
		plain = s;
	}
	if (r == 0)
		r = buf_printf(sql, "%s" REPORT_LIMIT, plain);
	return r;
}
