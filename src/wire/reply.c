#include "wire/reply.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/real.h"
#include "wire/limits.h"

void reply_error_set(struct reply_error *e, const char *code, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	e->hint[0] = '\0';
	va_start(ap, fmt);
	(void) vsnprintf(e->message, sizeof(e->message), fmt, ap);
	va_end(ap);
}

void reply_error_hint(struct reply_error *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void) vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
}

/* How many bytes at @s are one character, or 0 if they are none (RFC 3629: no overlong form, no surrogate). */
static size_t character(const unsigned char *s, size_t n)
{
	unsigned char first = s[0], low = 0x80, high = 0xbf;
	size_t length;

	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	if (n < length || s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

/* A byte that cannot stand in a string as it is. */
static int add_escape(struct buf *out, unsigned char c)
{
	switch (c) {
	case '"':
		return buf_add_str(out, "\\\"");
	case '\\':
		return buf_add_str(out, "\\\\");
	case '\n':
		return buf_add_str(out, "\\n");
	case '\r':
		return buf_add_str(out, "\\r");
	case '\t':
		return buf_add_str(out, "\\t");
	default:
		return buf_printf(out, "\\u%04x", c);
	}
}

int reply_string(struct buf *out, const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *) text;
	size_t begin = out->n, plain = 0, i = 0;
	int r = buf_add_char(out, '"');

	while (r == 0 && i < n) {
		size_t length = character(s + i, n - i);
		bool escape = length == 1 && (s[i] < 0x20 || s[i] == '"' || s[i] == '\\');

		if (length > 0 && !escape) {
			i += length;
			continue;
		}
		r = buf_add(out, s + plain, i - plain);
		if (r == 0)
			r = escape ? add_escape(out, s[i]) : buf_add_str(out, "\xef\xbf\xbd");
		plain = ++i;
	}
	if (r == 0 && n > plain)
		r = buf_add(out, s + plain, n - plain);
	if (r == 0)
		r = buf_add_char(out, '"');
	if (r < 0)
		out->n = begin;
	return r;
}

static void note(struct reply_row *row, int r)
{
	if (row->error == 0)
		row->error = r;
}

void reply_row_begin(struct reply_row *row, struct buf *out, struct buf *columns, struct scan *scan)
{
	*row = (struct reply_row) { .out = out, .columns = columns, .scan = scan, .begin = out->n };
	note(row, buf_add_char(out, '{'));
}

static void add_key(struct reply_row *row, const char *key)
{
	size_t n = strlen(key);

	if (row->error < 0)
		return;
	if (row->out->n > row->begin + 1)
		note(row, buf_add_char(row->out, ','));
	note(row, reply_string(row->out, key, n));
	note(row, buf_add_char(row->out, ':'));
	if (row->columns) {
		if (row->columns->n > 0)
			note(row, buf_add_char(row->columns, ','));
		note(row, reply_string(row->columns, key, n));
	}
}

static void add_value(struct reply_row *row, const char *key, const char *text, size_t n)
{
	add_key(row, key);
	if (row->error == 0)
		note(row, buf_add(row->out, text, n));
}

void reply_null(struct reply_row *row, const char *key)
{
	add_value(row, key, "null", 4);
}

void reply_bool(struct reply_row *row, const char *key, bool value)
{
	add_value(row, key, value ? "true" : "false", value ? 4 : 5);
}

void reply_int(struct reply_row *row, const char *key, int64_t value)
{
	char text[24];

	add_value(row, key, text, (size_t) snprintf(text, sizeof(text), "%" PRId64, value));
}

void reply_real(struct reply_row *row, const char *key, double value)
{
	char text[REAL_TEXT_SIZE];

	if (!isfinite(value)) {
		reply_null(row, key);
		return;
	}
	real_format(value, text);
	add_value(row, key, text, strlen(text));
}

void reply_text(struct reply_row *row, const char *key, const char *s, size_t n)
{
	add_key(row, key);
	if (row->error == 0)
		note(row, reply_string(row->out, s, n));
}

void reply_str(struct reply_row *row, const char *key, const char *s)
{
	if (s)
		reply_text(row, key, s, strlen(s));
	else
		reply_null(row, key);
}

void reply_json(struct reply_row *row, const char *key, const char *s, size_t n)
{
	struct scan_fault fault;
	size_t at;
	int r = SCAN_E_BAD;

	if (row->scan && n > 0 && n <= LIMIT_ENVELOPE_BYTES)
		r = scan_line(row->scan, s, n, &fault);
	if (r < 0)
		note(row, r);
	if (r != 0 || row->scan->n_faults > 0) {
		reply_text(row, key, s, n);
		return;
	}
	add_key(row, key);
	at = row->out->n;
	if (row->error == 0)
		note(row, buf_add(row->out, s, n));
	if (row->error < 0)
		return;
	/* Between tokens a line break is white space; in a line of ours it would be the end. */
	for (char *c = row->out->data + at; c < row->out->data + row->out->n; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
}

void reply_raw(struct reply_row *row, const char *key, const struct buf *json)
{
	add_value(row, key, json->data, json->n);
}

int reply_row_end(struct reply_row *row, bool newline)
{
	if (row->error == 0)
		note(row, buf_add_str(row->out, newline ? "}\n" : "}"));
	if (row->error < 0)
		row->out->n = row->begin;
	return row->error;
}

static int add_paging(struct buf *out, const struct reply_paging *paging)
{
	struct reply_row row;

	reply_row_begin(&row, out, NULL, NULL);
	reply_int(&row, "total_count", paging->total_count);
	reply_int(&row, "start_offset", paging->start_offset);
	reply_int(&row, "end_offset", paging->end_offset);
	return reply_row_end(&row, false);
}

int reply_end(struct buf *out, uint64_t n_rows, int64_t limit, const char *cursor, const struct buf *columns,
	      const struct reply_paging *paging)
{
	_cleanup_(buf_deinit) struct buf inner = {}, list = {}, pages = {};
	struct reply_row row;
	int r;

	r = buf_printf(&list, "[%.*s]", (int) columns->n, columns->n > 0 ? columns->data : "");
	if (r == 0 && paging)
		r = add_paging(&pages, paging);
	if (r < 0)
		return r;
	reply_row_begin(&row, &inner, NULL, NULL);
	reply_int(&row, "rows", (int64_t) n_rows);
	reply_int(&row, "limit", limit);
	reply_str(&row, "cursor", cursor);
	reply_raw(&row, "columns", &list);
	if (paging)
		reply_raw(&row, "paging", &pages);
	r = reply_row_end(&row, false);
	if (r < 0)
		return r;
	return buf_printf(out, "{\"end\":%.*s}\n", (int) inner.n, inner.data);
}

int reply_error(struct buf *out, const struct reply_error *e)
{
	_cleanup_(buf_deinit) struct buf inner = {};
	struct reply_row row;
	int r;

	reply_row_begin(&row, &inner, NULL, NULL);
	reply_str(&row, "code", e->code);
	reply_str(&row, "message", e->message);
	if (e->hint[0])
		reply_str(&row, "hint", e->hint);
	r = reply_row_end(&row, false);
	if (r < 0)
		return r;
	return buf_printf(out, "{\"error\":%.*s}\n", (int) inner.n, inner.data);
}
