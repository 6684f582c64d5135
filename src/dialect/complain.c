#include "dialect/complain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The text with the element's number in its leading brackets; NULL on -ENOMEM. */
static const char *numbered(const struct complaints *c, const char *text)
{
	if (c->element < 0 || strncmp(text, "[]", 2) != 0)
		return text;
	return arena_printf(c->arena, "[%" PRId64 "]%s", c->element, text + 2);
}

int complain(struct complaints *c, const char *code, const char *field, const char *fmt, ...)
{
	struct problem problem = { .code = code };
	char *message;
	va_list ap;
	int n;

	if (c->n == LIMIT_PROBLEMS)
		return 0;
	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return -ENOMEM;
	message = arena_alloc(c->arena, (size_t) n + 1);
	if (!message)
		return -ENOMEM;
	va_start(ap, fmt);
	(void) vsnprintf(message, (size_t) n + 1, fmt, ap);
	va_end(ap);
	problem.message = numbered(c, message);
	if (field)
		problem.field = numbered(c, field);
	if (!problem.message || (field && !problem.field))
		return -ENOMEM;
	c->list[c->n++] = problem;
	return 0;
}

int complain_fault(struct complaints *c, const char *field, const struct scan_fault *fault)
{
	return complain(c, fault->code, field,
			"%s (at byte %" PRIu32 " of the line, counted from 0)", fault->message,
			fault->offset);
}

const struct problem *complaints_keep(const struct complaints *c)
{
	struct problem *list = arena_alloc(c->arena, c->n * sizeof(*list));

	if (list)
		memcpy(list, c->list, c->n * sizeof(*list));
	return list;
}

/* What a terminal or a log might take for a command: C0 and C1 controls, DEL. */
static size_t control_at(const unsigned char *s, size_t n, unsigned *ret_code)
{
	if (s[0] < 0x20 || s[0] == 0x7f) {
		*ret_code = s[0];
		return 1;
	}
	if (n >= 2 && s[0] == 0xc2 && s[1] < 0xa0) {
		*ret_code = s[1];
		return 2;
	}
	return 0;
}

const char *quote_text(const char *text, size_t n, char out[static QUOTE_SIZE])
{
	const unsigned char *s = (const unsigned char *) text;
	size_t n_chars = 0, at = 0;
	char *p = out;

	*p++ = '"';
	while (at < n && n_chars < QUOTE_CHARS) {
		unsigned code;
		size_t n_control = control_at(s + at, n - at, &code);

		if (n_control > 0) {
			p += sprintf(p, "\\u%04x", code);
			at += n_control;
		} else {
			if (s[at] == '"' || s[at] == '\\')
				*p++ = '\\';
			do
				*p++ = text[at++];
			while (at < n && (s[at] & 0xc0) == 0x80);
		}
		n_chars++;
	}
	memcpy(p, at < n ? "\"…" : "\"", at < n ? sizeof("\"…") : sizeof("\""));
	return out;
}

const char *quote_node(const struct scan *scan, uint32_t i, char out[static QUOTE_SIZE])
{
	const struct json_node *v = &scan->nodes[i];

	switch (v->type) {
	case JSON_STRING:
		return quote_text(v->s, v->n, out);
	case JSON_INT:
		(void) snprintf(out, QUOTE_SIZE, "%" PRId64, v->i);
		return out;
	case JSON_REAL:
		(void) snprintf(out, QUOTE_SIZE, "%.15g", v->d);
		return out;
	case JSON_TRUE:
		return strcpy(out, "true");
	case JSON_FALSE:
		return strcpy(out, "false");
	case JSON_ARRAY:
		return strcpy(out, "an array");
	case JSON_OBJECT:
		return strcpy(out, "an object");
	default:
		return strcpy(out, "null");
	}
}
