#include "client/answer.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { ANSWER_DEPTH = 16 };

struct cursor {
	const char *p;
	const char *end;
};

struct span {
	const char *s;	/* borrowed from the text; of a string, what is between the quotes */
	size_t n;
};

static void skip_space(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\r' || *c->p == '\n'))
		c->p++;
}

static bool take(struct cursor *c, char wanted)
{
	skip_space(c);
	if (c->p >= c->end || *c->p != wanted)
		return false;
	c->p++;
	return true;
}

static bool take_string(struct cursor *c, struct span *ret)
{
	if (!take(c, '"'))
		return false;
	ret->s = c->p;
	while (c->p < c->end && *c->p != '"')
		c->p += *c->p == '\\' && c->end - c->p > 1 ? 2 : 1;
	ret->n = (size_t) (c->p - ret->s);
	return take(c, '"');
}

/* Step over any value; *ret is its text. */
static bool take_value(struct cursor *c, struct span *ret)
{
	struct span string;
	int depth = 0;

	skip_space(c);
	ret->s = c->p;
	do {
		skip_space(c);
		if (c->p >= c->end)
			return false;
		if (*c->p == '"') {
			if (!take_string(c, &string))
				return false;
			continue;
		}
		if (*c->p == '{' || *c->p == '[')
			depth++;
		else if (*c->p == '}' || *c->p == ']')
			depth--;
		else if (depth == 0) {
			c->p += strcspn(c->p, ",}] \t\r\n");
			break;
		}
		if (depth < 0 || depth > ANSWER_DEPTH)
			return false;
		c->p++;
	} while (depth > 0);
	ret->n = (size_t) (c->p - ret->s);
	return ret->n > 0;
}

static bool is(const struct span *s, const char *word)
{
	return s->n == strlen(word) && memcmp(s->s, word, s->n) == 0;
}

static uint64_t number(const struct span *s)
{
	uint64_t x = 0;

	for (size_t i = 0; i < s->n && s->s[i] >= '0' && s->s[i] <= '9'; i++)
		x = x > UINT64_MAX / 10 - 1 ? UINT64_MAX / 10 - 1 : x * 10 + (uint64_t) (s->s[i] - '0');
	return x;
}

/* Codes are plain words, so that what stands between the quotes is the text itself. */
static void copy_code(char code[ANSWER_CODE_SIZE], const struct span *s)
{
	size_t n = s->n >= 2 && s->s[0] == '"' ? s->n - 2 : 0;

	if (n > ANSWER_CODE_SIZE - 1)
		n = ANSWER_CODE_SIZE - 1;
	memcpy(code, s->s + 1, n);
	code[n] = '\0';
}

static int read_object(struct callmeter_answer *a, const struct span *text, char code[ANSWER_CODE_SIZE])
{
	const struct { const char *key; uint64_t *to; } numbers[] = {
		{ "line", &a->line }, { "event", &a->event }, { "lines", &a->lines }, { "stored", &a->stored },
		{ "flagged", &a->flagged }, { "duplicate", &a->duplicate }, { "rejected", &a->rejected },
		{ "untold", &a->untold },
	};
	struct cursor c = { text->s, text->s + text->n };
	struct span key, value;
	int r;

	if (!take(&c, '{'))
		return -EBADMSG;
	if (take(&c, '}'))
		return 0;
	do {
		if (!take_string(&c, &key) || !take(&c, ':') || !take_value(&c, &value))
			return -EBADMSG;
		if ((is(&key, "ack") || is(&key, "busy")) && value.s[0] == '{') {
			a->kind = is(&key, "ack") ? CALLMETER_ANSWER_ACK : CALLMETER_ANSWER_BUSY;
			r = read_object(a, &value, code);
			if (r < 0)
				return r;
		} else if (is(&key, "verdict")) {
			a->kind = is(&value, "\"rejected\"") ? CALLMETER_ANSWER_REJECTED :
				is(&value, "\"flagged\"") ? CALLMETER_ANSWER_FLAGGED : CALLMETER_ANSWER_OTHER;
		} else if (is(&key, "code")) {
			copy_code(code, &value);
		}
		for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
			if (is(&key, numbers[i].key))
				*numbers[i].to = number(&value);
		}
	} while (take(&c, ','));
	return take(&c, '}') ? 0 : -EBADMSG;
}

int answer_read(struct callmeter_answer *a, const char *text, size_t n, char code[ANSWER_CODE_SIZE])
{
	const struct span whole = { text, n };

	a->kind = CALLMETER_ANSWER_OTHER;
	a->text = text;
	a->n_text = n;
	a->code = code;
	a->line = 0;
	a->event = 0;
	code[0] = '\0';
	return read_object(a, &whole, code);
}
