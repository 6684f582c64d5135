#include "wire/quoted.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EACH_BYTE(x) (UINT64_C(0x0101010101010101) * (x))

/*
 * The high bit of each byte that does not stand for itself, or begins a character that
 * must be looked at. Bits above the lowest may be wrong (the subtraction borrows from
 * them); the lowest is exact.
 */
static inline uint64_t special(uint64_t word)
{
	uint64_t quote = word ^ EACH_BYTE('"');
	uint64_t backslash = word ^ EACH_BYTE('\\');

	return (word | ((word - EACH_BYTE(0x20)) & ~word) |
		((quote - EACH_BYTE(1)) & ~quote) |
		((backslash - EACH_BYTE(1)) & ~backslash)) & EACH_BYTE(0x80);
}

static inline bool is_special(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\' || c >= 0x80;
}

static inline const char *ascii_run(const char *p, const char *end)
{
	while (end - p >= 8) {
		uint64_t word, found;

		memcpy(&word, p, sizeof(word));
		found = special(le64toh(word));
		if (found)
			return p + __builtin_ctzll(found) / 8;
		p += 8;
	}
	while (p < end && !is_special((unsigned char) *p))
		p++;
	return p;
}

static inline bool is_between(char c, unsigned char low, unsigned char high)
{
	return (unsigned char) c >= low && (unsigned char) c <= high;
}

/*
 * The length of the character of several bytes at @p, or 0 if it is none. RFC 3629's
 * table: the first byte narrows the second, so that no character is overlong, a
 * surrogate, or beyond U+10FFFF.
 */
static size_t wide_char(const char *p, const char *end)
{
	unsigned char first = (unsigned char) *p;
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (first >= 0xc2 && first <= 0xdf)
		n = 2;
	else if (first >= 0xe0 && first <= 0xef)
		n = 3;
	else if (first >= 0xf0 && first <= 0xf4)
		n = 4;
	else
		return 0;
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;

	if ((size_t) (end - p) < n || !is_between(p[1], low, high))
		return 0;
	for (size_t i = 2; i < n; i++) {
		if (!is_between(p[i], 0x80, 0xbf))
			return 0;
	}
	return n;
}

const char *quoted_run(const char *p, const char *end)
{
	for (;;) {
		size_t n;

		p = ascii_run(p, end);
		if (p == end || (unsigned char) *p < 0x80)
			return p;
		n = wide_char(p, end);
		if (n == 0)
			return p;
		p += n;
	}
}

struct decoder {
	const char *p, *end;
	char *out;
	struct quoted *quoted;
};

static void put(struct decoder *d, char c)
{
	*d->out++ = c;
}

static void put_unclean(struct decoder *d, const char *code, const char *message, const char *at)
{
	if (!d->quoted->code) {
		d->quoted->code = code;
		d->quoted->message = message;
		d->quoted->at = at;
	}
	put(d, '?');
}

static void put_char(struct decoder *d, uint32_t c)
{
	if (c < 0x80) {
		put(d, (char) c);
	} else if (c < 0x800) {
		put(d, (char) (0xc0 | c >> 6));
		put(d, (char) (0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		put(d, (char) (0xe0 | c >> 12));
		put(d, (char) (0x80 | (c >> 6 & 0x3f)));
		put(d, (char) (0x80 | (c & 0x3f)));
	} else {
		put(d, (char) (0xf0 | c >> 18));
		put(d, (char) (0x80 | (c >> 12 & 0x3f)));
		put(d, (char) (0x80 | (c >> 6 & 0x3f)));
		put(d, (char) (0x80 | (c & 0x3f)));
	}
}

/* The number behind a \u at @p, or -1 if there is none. */
static int32_t read_u_escape(const char *p, const char *end)
{
	int32_t x = 0;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		char c = p[i];

		if (c >= '0' && c <= '9')
			x = x << 4 | (c - '0');
		else if (c >= 'a' && c <= 'f')
			x = x << 4 | (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			x = x << 4 | (c - 'A' + 10);
		else
			return -1;
	}
	return x;
}

static bool decode_u_escape(struct decoder *d)
{
	const char *at = d->p;
	int32_t c = read_u_escape(at, d->end), low;

	if (c < 0)
		return false;
	d->p += 6;
	if (c >= 0xd800 && c <= 0xdbff) {
		low = read_u_escape(d->p, d->end);
		if (low >= 0xdc00 && low <= 0xdfff) {
			d->p += 6;
			put_char(d, 0x10000 + ((uint32_t) (c - 0xd800) << 10) + (uint32_t) (low - 0xdc00));
			return true;
		}
	}
	if (c >= 0xd800 && c <= 0xdfff)
		put_unclean(d, "bad-string", "the other half of a surrogate pair is expected", at);
	else if (c == 0)
		put_unclean(d, "bad-string", "text without U+0000 is expected", at);
	else
		put_char(d, (uint32_t) c);
	return true;
}

static bool decode_escape(struct decoder *d)
{
	/* Each escape's letter, and behind it what it stands for. */
	static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";

	if (d->end - d->p < 2)
		return false;
	if (d->p[1] == 'u')
		return decode_u_escape(d);
	for (const char *e = escapes; *e; e += 2) {
		if (*e == d->p[1]) {
			put(d, e[1]);
			d->p += 2;
			return true;
		}
	}
	return false;
}

int quoted_decode(const char *p, const char *end, char *out, struct quoted *ret)
{
	struct decoder d = { p, end, out, ret };

	*ret = (struct quoted) {};
	for (;;) {
		const char *run = d.p;
		unsigned char c;

		d.p = quoted_run(run, end);
		memcpy(d.out, run, (size_t) (d.p - run));
		d.out += d.p - run;
		ret->end = d.p;
		if (d.p == end) {
			ret->message = "a closing quote is expected";
			return QUOTED_E_NOT_JSON;
		}
		c = (unsigned char) *d.p;
		if (c == '"')
			break;
		if (c == '\\') {
			if (decode_escape(&d))
				continue;
			ret->message = "an escape that JSON knows is expected";
			return QUOTED_E_NOT_JSON;
		}
		if (c < 0x20)
			put_unclean(&d, "bad-string", "an escape in place of a control character is expected", d.p);
		else
			put_unclean(&d, "bad-utf8", "valid UTF-8 is expected", d.p);
		d.p++;
	}
	ret->n = (size_t) (d.out - out);
	return 0;
}
