/*
 * The corpus's own text: numbers, times and ids in the few forms that the
 * vendors' files use. Ten million events are piped into a recorder that is
 * faster than printf(3).
 */

#include "corpus.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "util/timestamp.h"

static void add(struct buf *b, const char *text, size_t n)
{
	if (buf_add(b, text, n) < 0)
		abort();
}

/* What stands between a % and its letter. */
struct form {
	bool zeros;		/* fills up with 0, not with blanks */
	uint32_t width;
	uint32_t most;		/* characters of a text */
	bool wide;		/* a number of 64 bits */
};

static void add_number(struct buf *b, const struct form *f, uint64_t x, bool negative, uint32_t base)
{
	char text[80];
	size_t at = sizeof(text), end = sizeof(text) - f->width;

	assert(f->width < sizeof(text) / 2 && (f->zeros || f->width == 0) && !(negative && f->width > 0));
	do {
		text[--at] = "0123456789abcdef"[x % base];
		x /= base;
	} while (x > 0);
	while (at > end)
		text[--at] = '0';
	if (negative)
		text[--at] = '-';
	add(b, text + at, sizeof(text) - at);
}

static int64_t next_signed(va_list *args, const struct form *f)
{
	return f->wide ? va_arg(*args, long long) : va_arg(*args, int);
}

static uint64_t next_unsigned(va_list *args, const struct form *f)
{
	return f->wide ? va_arg(*args, unsigned long long) : va_arg(*args, unsigned);
}

static const char *read_form(const char *p, va_list *args, struct form *ret)
{
	*ret = (struct form) { .most = UINT32_MAX };
	if (*p == '0') {
		ret->zeros = true;
		p++;
	}
	if (*p == '*') {
		ret->width = (uint32_t) va_arg(*args, int);
		p++;
	}
	for (; *p >= '0' && *p <= '9'; p++)
		ret->width = ret->width * 10 + (uint32_t) (*p - '0');
	if (*p == '.') {
		ret->most = 0;
		for (p++; *p >= '0' && *p <= '9'; p++)
			ret->most = ret->most * 10 + (uint32_t) (*p - '0');
	}
	ret->wide = *p == 'l' || (*p == 'z' && sizeof(size_t) == sizeof(long long));
	while (*p == 'l' || *p == 'z')
		p++;
	return p;
}

void corpus_add(struct buf *b, const char *fmt, ...)
{
	const char *p = fmt, *percent;
	struct form form;
	va_list args;

	va_start(args, fmt);
	while ((percent = strchr(p, '%'))) {
		add(b, p, (size_t) (percent - p));
		p = read_form(percent + 1, &args, &form);
		switch (*p) {
		case 's': {
			const char *text = va_arg(args, const char *);

			add(b, text, form.most < UINT32_MAX ? strnlen(text, form.most) : strlen(text));
			break;
		}
		case 'c':
			add(b, &(char) { (char) va_arg(args, int) }, 1);
			break;
		case 'd': {
			int64_t x = next_signed(&args, &form);

			add_number(b, &form, x < 0 ? -(uint64_t) x : (uint64_t) x, x < 0, 10);
			break;
		}
		case 'u':
			add_number(b, &form, next_unsigned(&args, &form), false, 10);
			break;
		case 'x':
			add_number(b, &form, next_unsigned(&args, &form), false, 16);
			break;
		default:	/* the compiler knows more letters than this does */
			abort();
		}
		p++;
	}
	va_end(args);
	add(b, p, strlen(p));
}

const char *corpus_time(char text[static TIME_SIZE], int64_t at_us, enum time_form form)
{
	enum { UP_TO_SECONDS = 19 };

	static_assert(TIME_SIZE >= (int) TIMESTAMP_TEXT_SIZE, "it is written into the text");
	timestamp_format(at_us / 1000 * 1000, text);	/* whole milliseconds: three digits behind the point */
	if (form == TIME_SPACED)
		text[strlen("2026-08-21")] = ' ';
	else if (form == TIME_SECONDS)
		memcpy(text + UP_TO_SECONDS, "Z", sizeof("Z"));
	else if (form == TIME_OFFSET)
		memcpy(text + UP_TO_SECONDS, "+00:00", sizeof("+00:00"));
	return text;
}

void corpus_uuid(struct corpus *c, char uuid[static UUID_SIZE])
{
	static const char pattern[UUID_SIZE] = "aaaaaaaa-aaaa-4aaa-8bbb-bbbbbbbbbbbb";
	uint64_t a = corpus_random(c), b = corpus_random(c);
	uint64_t bits_a = (a & ~UINT64_C(0xffff)) | (a & 0xfff) << 4;
	uint64_t bits_b = (b & ~UINT64_C(0xfffffffffffff)) | (b & UINT64_C(0xffffffffffff)) << 4;

	for (size_t i = 0; i < UUID_SIZE; i++) {
		uint64_t *bits = pattern[i] == 'a' ? &bits_a : pattern[i] == 'b' ? &bits_b : NULL;

		uuid[i] = bits ? "0123456789abcdef"[*bits >> 60] : pattern[i];
		if (bits)
			*bits <<= 4;
	}
}
