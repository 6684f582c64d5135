#include "dialect/redact.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "util/digest.h"
#include "util/macros.h"

enum {
	MARK_BYTES = sizeof("redacted:") - 1,
	REDACTED_BYTES = MARK_BYTES + 16,
};

/* A text being gone through, and what is found in it. */
struct search {
	const unsigned char *key;
	const char *end;
	const char *no_jwt;	/* none begins before here */
	bool cut;
	const char *from, *to;	/* what was found */
	const char *instead;	/* to be put in its place; NULL: its keyed hash */
	struct digest digest;	/* of its characters */
};

static int hex_of(const char *p)
{
	int x = 0;

	for (int i = 0; i < 4; i++) {
		unsigned char c = (unsigned char) p[i];

		if (c >= '0' && c <= '9')
			x = x * 16 + c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			x = x * 16 + (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return x;
}

/* The character at @p as JSON means it, and the bytes it takes. Bytes that are not ASCII come singly. */
static size_t next(const char *p, const char *end, int *ret)
{
	static const char names[] = "bfnrt", meant[] = "\b\f\n\r\t";
	const char *name;

	*ret = (unsigned char) *p;
	if (*p != '\\' || end - p < 2)
		return 1;
	if (p[1] == 'u' && end - p >= 6 && hex_of(p + 2) >= 0) {
		*ret = hex_of(p + 2);
		if ((*ret & ~0x3ff) != 0xd800 || end - p < 12 || p[6] != '\\' || p[7] != 'u' ||
		    (hex_of(p + 8) & ~0x3ff) != 0xdc00)
			return 6;
		*ret = 0x10000 + ((*ret & 0x3ff) << 10) + (hex_of(p + 8) & 0x3ff);
		return 12;
	}
	name = p[1] ? strchr(names, p[1]) : NULL;
	*ret = name ? meant[name - names] : (unsigned char) p[1];
	return 2;
}

/* As UTF-8, so that the same text gives the same hash however it was spelt. */
static void add_char(struct digest *d, int c, size_t n_source)
{
	char utf8[4];
	size_t n = 0;

	if (c < 0x80 || n_source == 1) {
		utf8[n++] = (char) c;
	} else if (c < 0x800) {
		utf8[n++] = (char) (0xc0 | c >> 6);
		utf8[n++] = (char) (0x80 | (c & 0x3f));
	} else {
		if (c < 0x10000) {
			utf8[n++] = (char) (0xe0 | c >> 12);
		} else {
			utf8[n++] = (char) (0xf0 | c >> 18);
			utf8[n++] = (char) (0x80 | (c >> 12 & 0x3f));
		}
		utf8[n++] = (char) (0x80 | (c >> 6 & 0x3f));
		utf8[n++] = (char) (0x80 | (c & 0x3f));
	}
	digest_add(d, utf8, n);
}

/* JWTs. */

static bool is_base64url(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

/* The end of the base64url that begins at @p. Its characters go into the digest. */
static const char *run(struct search *s, const char *p)
{
	while (p < s->end) {
		int c;
		size_t n = next(p, s->end, &c);

		if (!is_base64url(c))
			break;
		add_char(&s->digest, c, n);
		p += n;
	}
	return p;
}

/* Past the dot at *p, if there is one. */
static bool dot(struct search *s, const char **p)
{
	size_t n;
	int c;

	if (*p == s->end)
		return false;
	n = next(*p, s->end, &c);
	if (c != '.')
		return false;
	add_char(&s->digest, c, n);
	*p += n;
	return true;
}

static bool begins_jwt(const struct search *s, const char *p)
{
	for (const char *wanted = "eyJ"; *wanted; wanted++) {
		int c;

		if (p >= s->end)
			return false;
		p += next(p, s->end, &c);
		if (c != *wanted)
			return false;
	}
	return true;
}

static bool find_jwt(struct search *s, const char *p)
{
	const char *at = p, *header, *begin;

	if (p < s->no_jwt || !begins_jwt(s, p))
		return false;
	digest_init_keyed(&s->digest, s->key);
	s->from = p;
	header = at = run(s, at);
	if (dot(s, &at)) {
		begin = at;
		at = run(s, begin);
		if (at > begin && dot(s, &at)) {
			s->to = run(s, at);
			return true;
		}
	}
	s->to = s->end;
	if (s->cut && at == s->end)
		return true;
	s->no_jwt = header;	/* what begins within the header would end as this did */
	return false;
}

/* Members. */

static const char *skip_blanks(const struct search *s, const char *p)
{
	while (p < s->end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	return p;
}

static bool is_redacted(const char *p, size_t n)
{
	if (n != REDACTED_BYTES || memcmp(p, "redacted:", MARK_BYTES) != 0)
		return false;
	for (size_t i = MARK_BYTES; i < n; i++)
		if (!strchr("0123456789abcdef", p[i]))
			return false;
	return true;
}

/* @p is at a quote: where the value of "@key": begins, or NULL if that is not there. */
static const char *value_of(const struct search *s, const char *p, const char *key)
{
	p++;
	for (; *key; key++) {
		int c;

		if (p >= s->end || *p == '"')
			return NULL;
		p += next(p, s->end, &c);
		if (c != *key)
			return NULL;
	}
	if (p >= s->end || *p != '"')
		return NULL;
	p = skip_blanks(s, p + 1);
	if (p >= s->end || *p != ':')
		return NULL;
	p = skip_blanks(s, p + 1);
	return p < s->end ? p : NULL;
}

/* @p is at a quote: that of a member @key, whose value is a text? */
static bool find_text_of(struct search *s, const char *p, const char *key)
{
	p = value_of(s, p, key);
	if (!p || *p != '"')
		return false;

	s->from = ++p;
	digest_init_keyed(&s->digest, s->key);
	while (p < s->end && *p != '"') {
		int c;
		size_t n = next(p, s->end, &c);

		add_char(&s->digest, c, n);
		p += n;
	}
	s->to = p;
	return s->to > s->from && !is_redacted(s->from, (size_t) (s->to - s->from));
}

/* The end of the array, object or string at @p, or of the text where that comes first. */
static const char *skip_value(const struct search *s, const char *p)
{
	bool quoted = false;
	size_t depth = 0;

	do {
		if (quoted && *p == '\\' && s->end - p > 1)
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && (*p == '[' || *p == '{'))
			depth++;
		else if (!quoted && depth > 0 && (*p == ']' || *p == '}'))
			depth--;
		p++;
	} while (p < s->end && (quoted || depth > 0));
	return p;
}

/*
 * @p is at a quote: that of "phone_numbers": with something in it? A text or a number, which
 * should be none, stays one, so that it is refused as if the numbers were to be kept.
 */
static bool find_phone_numbers(struct search *s, const char *p)
{
	p = value_of(s, p, "phone_numbers");
	if (!p || (s->end - p >= 2 && (memcmp(p, "[]", 2) == 0 || memcmp(p, "\"\"", 2) == 0)))
		return false;
	s->from = p;
	if (*p == '[' || *p == '{' || *p == '"') {
		s->to = skip_value(s, p);
		s->instead = *p == '"' ? "\"redacted\"" : "[]";
	} else {
		while (p < s->end && *p && strchr("+-.0123456789Ee", *p))
			p++;
		s->to = p;
		s->instead = "0";
	}
	return s->to > s->from;
}

/* All. */

/* Whether @c stands somewhere @before of it and @behind of it. By its rarest character a word is found fastest. */
static bool has(const char *s, size_t n, const char *before, char c, const char *behind)
{
	size_t n_before = strlen(before), n_behind = strlen(behind);
	const char *end = s + n, *p = s;

	while ((p = memchr(p, c, (size_t) (end - p)))) {
		if ((size_t) (p - s) >= n_before && (size_t) (end - p) > n_behind &&
		    memcmp(p - n_before, before, n_before) == 0 &&
		    memcmp(p + 1, behind, n_behind) == 0)
			return true;
		p++;
	}
	return false;
}

/* Whether there is any reason to look closely: most lines give none. */
static bool suspicious(const char *s, size_t n, bool cut, bool phone_numbers)
{
	return cut || (phone_numbers && has(s, n, "phone", '_', "numbers")) ||
	       has(s, n, "ey", 'J', "") || has(s, n, "stream", 'K', "ey") || has(s, n, "To", 'k', "en") ||
	       has(s, n, "", '\\', "u00");
}

static int put(struct search *s, const char *kept, struct buf *out)
{
	int r = buf_add(out, kept, (size_t) (s->from - kept));

	if (r < 0)
		return r;
	if (s->instead)
		return buf_add_str(out, s->instead);
	return buf_printf(out, "redacted:%016" PRIx64, digest_done(&s->digest));
}

static bool find(struct search *s, const char *p, int c, bool phone_numbers)
{
	static const char *const keys[] = { "streamKey", "newToken", "previousToken" };

	s->instead = NULL;
	if (c == 'e' && find_jwt(s, p))
		return true;
	for (size_t i = 0; *p == '"' && i < N_ELEMENTS(keys); i++)
		if (find_text_of(s, p, keys[i]))
			return true;
	return *p == '"' && phone_numbers && find_phone_numbers(s, p);
}

int redact(const unsigned char key[static REDACT_KEY_BYTES], bool phone_numbers, const char *text, size_t n,
	   bool cut, struct buf *out)
{
	struct search s = { .key = key, .end = text + n, .no_jwt = text, .cut = cut };
	const char *kept = text;	/* from here on is not in @out yet */
	const char *p = text;
	bool found = false;
	int r;

	if (!suspicious(text, n, cut, phone_numbers))
		return 0;
	while (p < s.end) {
		int c;
		size_t n_char = next(p, s.end, &c);

		if (!find(&s, p, c, phone_numbers)) {
			p += n_char;
			continue;
		}
		r = put(&s, kept, out);
		if (r < 0)
			return r;
		found = true;
		kept = p = s.to;
	}
	if (!found)
		return 0;
	r = buf_add(out, kept, (size_t) (s.end - kept));
	return r < 0 ? r : REDACT_E_FOUND;
}
