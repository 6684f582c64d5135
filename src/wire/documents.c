#include "wire/documents.h"

#include <errno.h>
#include <string.h>

#include "wire/limits.h"

void documents_init(struct documents *d)
{
	*d = (struct documents) { .s = { .line_no = 1, .line_blank = true } };
}

void documents_deinit(struct documents *d)
{
	buf_deinit(&d->in);
	buf_deinit(&d->out);
}

bool documents_unclosed(const struct documents *d)
{
	return d->in_array;
}

int documents_feed(struct documents *d, const char *chunk, size_t n)
{
	size_t gone = d->in_document ? d->begin : d->s.pos;

	if (d->in_document && d->s.pos - d->begin > LIMIT_DOCUMENT_BYTES) {
		d->too_long = true;
		d->next.pos = 0;
		gone = d->s.pos;
	}
	if (gone > 0) {
		memmove(d->in.data, d->in.data + gone, d->in.n - gone);
		d->in.n -= gone;
		d->s.pos -= gone;
		d->begin = 0;
		d->next.pos -= MIN_OF(gone, d->next.pos);
		d->close -= MIN_OF(gone, d->close);
	}
	return buf_add(&d->in, chunk, n);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Step over one byte, keeping count of lines and their indentation. */
static void advance(struct documents_state *s, char c)
{
	s->pos++;
	if (c == '\n') {
		s->line_no++;
		s->line_indent = 0;
		s->line_blank = true;
	} else if (is_space(c)) {
		s->line_indent += s->line_blank;
	} else {
		s->line_blank = false;
	}
}

static void begin_document(struct documents *d, char c)
{
	d->s = (struct documents_state) {
		.pos = d->s.pos,
		.line_no = d->s.line_no,
		.line_indent = d->s.line_indent,
		.whole_line = !d->in_array && c != '{',
	};
	d->begin = d->s.pos;
	d->begin_line_no = d->s.line_no;
	d->indent = d->s.line_indent;
	d->close = 0;
	d->next.pos = 0;
	d->too_long = false;
	d->in_document = true;
}

/* Step over a byte order mark. Returns whether its place is behind us. */
static bool pass_mark(struct documents *d, bool at_end)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t n = MIN_OF(d->in.n, sizeof(mark) - 1);

	if (d->begun || n == 0)
		return true;
	if (memcmp(d->in.data, mark, n) == 0) {
		if (n < sizeof(mark) - 1 && !at_end)
			return false;
		d->s.pos = n;
	}
	d->begun = true;
	return true;
}

/* Between documents: step to where the next one begins. Returns 0 or DOCUMENTS_E_PENDING. */
static int find_begin(struct documents *d, bool at_end)
{
	if (!pass_mark(d, at_end))
		return DOCUMENTS_E_PENDING;
	while (d->s.pos < d->in.n) {
		char c = d->in.data[d->s.pos];

		if (d->in_array && c == ']') {
			d->in_array = false;
		} else if (!d->in_array && c == '[') {
			d->in_array = true;
		} else if (!is_space(c) && c != '\n' && !(d->in_array && c == ',')) {
			begin_document(d, c);
			return 0;
		}
		advance(&d->s, c);
	}
	return DOCUMENTS_E_PENDING;
}

/* A value begins: where another is not done with, a comma or a bracket is missing. */
static void value_begins(struct documents_state *s)
{
	if (s->has_value)
		s->broken = true;
}

static void open_bracket(struct documents_state *s, bool array)
{
	value_begins(s);
	s->has_value = false;
	if (s->depth >= DOCUMENTS_MAX_DEPTH) {
		s->broken = true;
		return;
	}
	s->arrays = (s->arrays & ~(UINT64_C(1) << s->depth)) | (uint64_t) array << s->depth;
	s->depth++;
}

static void close_bracket(struct documents_state *s, bool array)
{
	s->has_value = true;
	if (s->depth == 0) {
		s->broken = true;
		return;
	}
	s->depth--;
	if ((s->arrays >> s->depth & 1) != array)
		s->broken = true;
}

static void look_in_string(struct documents_state *s, char c)
{
	if (s->escaped)
		s->escaped = false;
	else if (c == '\\')
		s->escaped = true;
	else if (c == '"')
		s->in_string = false;
}

/* Look at one byte of a document. */
static void look(struct documents_state *s, char c)
{
	bool was_scalar = s->in_scalar;

	s->in_scalar = false;
	if (is_space(c))
		return;
	switch (c) {
	case '"':
		value_begins(s);
		s->in_string = true;
		s->has_value = true;
		break;
	case '{':
	case '[':
		open_bracket(s, c == '[');
		break;
	case '}':
	case ']':
		close_bracket(s, c == ']');
		break;
	case ',':
	case ':':
		s->has_value = false;
		break;
	default:
		if (!was_scalar)
			value_begins(s);
		s->in_scalar = true;
		s->has_value = true;
	}
}

/* A line break inside the document. Returns whether it ends there. */
static bool line_ends(struct documents *d)
{
	struct documents_state *s = &d->s;

	if (s->in_string) {
		s->broken = true;	/* a string never holds one */
		s->in_string = s->escaped = false;
	}
	s->in_scalar = false;
	return s->whole_line || s->closed || (s->broken && s->depth == 0 && !d->in_array);
}

/*
 * A later line's first byte that is not white space. Where it looks like the
 * beginning of a document it ends a broken one, and is noted for one that may
 * turn out so. Returns whether the document ends before it.
 */
static bool line_begins(struct documents *d, char c)
{
	if (d->s.line_indent > d->indent)
		return false;
	if (d->s.broken)
		return c != '}' && c != ']';
	if (d->next.pos == 0 && !d->too_long && (c == '{' || c == '['))
		d->next = (struct documents_state) {
			.pos = d->s.pos,
			.line_no = d->s.line_no,
			.line_indent = d->s.line_indent,
			.line_blank = true,
		};
	return false;
}

/* Take the next byte into account. Returns whether the document ends, with *ret_end then written. */
static bool ends_at(struct documents *d, char c, size_t *ret_end)
{
	struct documents_state *s = &d->s;

	*ret_end = s->pos;
	if (c == '\n')
		return line_ends(d);
	if (s->line_blank && !is_space(c) && line_begins(d, c))
		return true;
	if (s->whole_line)
		return false;
	if (s->closed) {
		*ret_end = d->close;
		s->whole_line = !is_space(c) && c != '{' && c != '[';
		return c == '{' || c == '[';
	}
	if (s->in_string) {
		look_in_string(s, c);
		return false;
	}
	if (d->in_array && s->depth == 0 && (c == ',' || c == ']'))
		return true;
	look(s, c);
	if (s->broken && d->next.pos > 0) {
		*ret_end = d->next.pos;
		*s = d->next;
		return true;
	}
	if (!d->in_array && s->depth == 0 && !s->broken) {
		d->close = s->pos + 1;
		s->closed = true;
		*ret_end = d->close;
		if (s->line_no > d->begin_line_no) {
			advance(s, c);
			return true;
		}
	}
	return false;
}

/* Find the end of the document in hand. Returns 0 or DOCUMENTS_E_PENDING. */
static int find_end(struct documents *d, bool at_end, size_t *ret_end)
{
	while (d->s.pos < d->in.n) {
		char c = d->in.data[d->s.pos];

		if (ends_at(d, c, ret_end))
			return 0;
		advance(&d->s, c);
	}
	if (!at_end)
		return DOCUMENTS_E_PENDING;
	*ret_end = d->in.n;
	if (d->next.pos > 0 && (d->s.depth > 0 || d->s.in_string || d->s.broken)) {
		*ret_end = d->next.pos;
		d->s = d->next;
	}
	return 0;
}

/*
 * Join the lines of a document. Of a broken one the breaks become tabs: a tab is
 * as little allowed in a string as a line break, so nothing is mended by it.
 */
static int join(struct buf *out, const char *text, size_t n, bool broken)
{
	size_t i = 0;

	out->n = 0;
	while (i < n) {
		const char *newline = memchr(text + i, '\n', n - i);
		size_t end = newline ? (size_t) (newline - text) : n, next = end + 1;

		while (end > i && is_space(text[end - 1]))
			end--;
		while (next < n && is_space(text[next]))
			next++;
		if (buf_add(out, text + i, end - i) < 0 || (broken && newline && buf_add_char(out, '\t') < 0))
			return -ENOMEM;
		i = next;
	}
	return 0;
}

int documents_next(struct documents *d, bool at_end, const char **ret_line, size_t *ret_n,
		   uint64_t *ret_line_no)
{
	const char *line;
	size_t end, n;
	bool broken;
	int r;

	if (!d->in_document) {
		r = find_begin(d, at_end);
		if (r != 0)
			return r;
	}
	r = find_end(d, at_end, &end);
	if (r != 0)
		return r;
	d->in_document = false;
	*ret_line_no = d->begin_line_no;
	if (d->too_long)
		return DOCUMENTS_E_TOO_LONG;

	broken = d->s.broken || d->next.pos > 0;
	line = d->in.data + d->begin;
	for (n = end - d->begin; n > 0 && (is_space(line[n - 1]) || line[n - 1] == '\n'); n--)
		;
	if (memchr(line, '\n', n)) {
		buf_reset(&d->out, LIMIT_DOCUMENT_BYTES);
		r = join(&d->out, line, n, broken);
		if (r < 0)
			return r;
		line = d->out.data;
		n = d->out.n;
	}
	if (n > LIMIT_ENVELOPE_BYTES)
		return DOCUMENTS_E_TOO_LONG;
	*ret_line = line;
	*ret_n = n;
	return 0;
}
