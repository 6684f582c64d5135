#include "util/when.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "util/macros.h"
#include "util/timestamp.h"

#define US_PER_S INT64_C(1000000)
#define US_PER_DAY (86400 * US_PER_S)

enum { WHEN_MAX_BYTES = 100 };

struct cursor {
	const char *s;	/* NUL-terminated */
};

struct word {
	const char *name;
	int64_t value;
};

/* M is a month and m a minute, so the single letters are compared as they are. */
static const struct word units[] = {
	{ "us", 1 }, { "usec", 1 }, { "\xc2\xb5s", 1 }, { "\xce\xbcs", 1 },
	{ "ms", 1000 }, { "msec", 1000 },
	{ "s", US_PER_S }, { "sec", US_PER_S }, { "second", US_PER_S }, { "seconds", US_PER_S },
	{ "m", 60 * US_PER_S }, { "min", 60 * US_PER_S }, { "minute", 60 * US_PER_S },
	{ "minutes", 60 * US_PER_S },
	{ "h", 3600 * US_PER_S }, { "hr", 3600 * US_PER_S }, { "hour", 3600 * US_PER_S },
	{ "hours", 3600 * US_PER_S },
	{ "d", US_PER_DAY }, { "day", US_PER_DAY }, { "days", US_PER_DAY },
	{ "w", 7 * US_PER_DAY }, { "week", 7 * US_PER_DAY }, { "weeks", 7 * US_PER_DAY },
	/* A twelfth of a year, and a year of 365.25 days. */
	{ "M", 2629800 * US_PER_S }, { "month", 2629800 * US_PER_S }, { "months", 2629800 * US_PER_S },
	{ "y", 31557600 * US_PER_S }, { "year", 31557600 * US_PER_S }, { "years", 31557600 * US_PER_S },
};

static const struct word days[] = { { "today", 0 }, { "yesterday", -1 }, { "tomorrow", 1 } };

static const struct word weekdays[] = {
	{ "sun", 0 }, { "sunday", 0 }, { "mon", 1 }, { "monday", 1 }, { "tue", 2 }, { "tuesday", 2 },
	{ "wed", 3 }, { "wednesday", 3 }, { "thu", 4 }, { "thursday", 4 }, { "fri", 5 }, { "friday", 5 },
	{ "sat", 6 }, { "saturday", 6 },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static void skip_spaces(struct cursor *c)
{
	while (is_space(*c->s))
		c->s++;
}

static bool take_char(struct cursor *c, char want)
{
	if (*c->s != want)
		return false;
	c->s++;
	return true;
}

/* Exactly @n digits. */
static bool take_digits(struct cursor *c, int n, int *ret)
{
	int x = 0;

	for (int i = 0; i < n; i++) {
		if (!is_digit(c->s[i]))
			return false;
		x = 10 * x + (c->s[i] - '0');
	}
	c->s += n;
	*ret = x;
	return true;
}

/* ".25" as millionths; nothing there is 0. Finer digits are cut off. */
static bool take_fraction(struct cursor *c, int64_t *ret_millionths)
{
	int64_t weight = 100000;

	*ret_millionths = 0;
	if (!take_char(c, '.'))
		return true;
	if (!is_digit(*c->s))
		return false;
	for (; is_digit(*c->s); c->s++, weight /= 10)
		*ret_millionths += weight * (*c->s - '0');
	return true;
}

/* The longest run of letters (and of bytes beyond ASCII), if @words has it. */
static const struct word *take_word(struct cursor *c, const struct word *words, size_t n_words)
{
	size_t n = 0;

	while ((c->s[n] | 0x20) >= 'a' && (c->s[n] | 0x20) <= 'z')
		n++;
	while ((unsigned char) c->s[n] >= 0x80 || (n > 0 && (unsigned char) c->s[n - 1] >= 0x80 && c->s[n] == 's'))
		n++;

	for (size_t i = 0; i < n_words; i++) {
		const char *name = words[i].name;

		if (strlen(name) == n && (n == 1 ? *name == *c->s : strncasecmp(name, c->s, n) == 0)) {
			c->s += n;
			return &words[i];
		}
	}
	return NULL;
}

static bool take_text(struct cursor *c, const char *text)
{
	const struct word w = { text, 0 };

	return take_word(c, &w, 1) != NULL;
}

/* Whole seconds and millionths, up to what an int64_t of µs holds with room to spare. */
static bool take_number(struct cursor *c, int64_t *ret_whole, int64_t *ret_millionths)
{
	int64_t x = 0;

	if (!is_digit(*c->s))
		return false;
	for (; is_digit(*c->s); c->s++) {
		if (x > INT64_C(1000000000000))
			return false;
		x = 10 * x + (*c->s - '0');
	}
	*ret_whole = x;
	return take_fraction(c, ret_millionths);
}

/* "1h 30min", "90", "1.5d": the sum of its parts, at least one. A bare number is seconds. */
static bool take_span(struct cursor *c, int64_t *ret_us)
{
	int64_t sum = 0;

	if (!is_digit(*c->s))
		return false;
	while (is_digit(*c->s)) {
		int64_t whole, millionths, us;
		const struct word *unit;

		if (!take_number(c, &whole, &millionths))
			return false;
		skip_spaces(c);
		unit = take_word(c, units, N_ELEMENTS(units));
		us = unit ? unit->value : US_PER_S;
		/* Longer than all of time is as good as exactly that. */
		if (whole > TIMESTAMP_MAX_US / us)
			whole = TIMESTAMP_MAX_US / us;
		sum += whole * us + (int64_t) ((double) millionths * ((double) us / 1e6));
		sum = MIN_OF(sum, TIMESTAMP_MAX_US);
		skip_spaces(c);
	}
	*ret_us = sum;
	return true;
}

/* -1h, +1h, 1h ago, 1h left */
static bool take_relative(struct cursor *c, int64_t now_us, int64_t *ret_us)
{
	bool minus = *c->s == '-', plus = *c->s == '+';
	int64_t span;

	if (minus || plus) {
		c->s++;
		skip_spaces(c);
	}
	if (!take_span(c, &span))
		return false;
	if (!minus && !plus) {
		minus = take_text(c, "ago");
		if (!minus && !take_text(c, "left"))
			return false;
	}
	*ret_us = minus ? now_us - span : now_us + span;
	return true;
}

struct zone {
	bool local;
	int offset_s;	/* east of UTC, where not local */
};

/* Nothing, " UTC", "Z", "+01:00", "+0100", "+01". */
static bool take_zone(struct cursor *c, struct zone *ret)
{
	int hours, minutes = 0;
	bool east;

	*ret = (struct zone) { .local = true };
	if (*c->s == '\0')
		return true;
	skip_spaces(c);
	ret->local = false;
	if (take_text(c, "UTC") || take_char(c, 'Z') || take_char(c, 'z'))
		return true;

	east = *c->s == '+';
	if (!take_char(c, '+') && !take_char(c, '-'))
		return false;
	if (!take_digits(c, 2, &hours) || hours > 23)
		return false;
	if (take_char(c, ':') || is_digit(*c->s))
		if (!take_digits(c, 2, &minutes) || minutes > 59)
			return false;
	ret->offset_s = (east ? 1 : -1) * (hours * 3600 + minutes * 60);
	return true;
}

/* 14:00, 14:00:05, 14:00:05.25 */
static bool take_clock(struct cursor *c, struct tm *tm, int64_t *ret_us)
{
	*ret_us = 0;
	if (!take_digits(c, 2, &tm->tm_hour) || !take_char(c, ':') || !take_digits(c, 2, &tm->tm_min))
		return false;
	tm->tm_sec = 0;
	if (take_char(c, ':') && (!take_digits(c, 2, &tm->tm_sec) || !take_fraction(c, ret_us)))
		return false;
	return tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 60;
}

static bool take_date(struct cursor *c, struct tm *tm)
{
	if (!take_digits(c, 4, &tm->tm_year) || !take_char(c, '-') || !take_digits(c, 2, &tm->tm_mon) ||
	    !take_char(c, '-') || !take_digits(c, 2, &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	return tm->tm_year >= 70;
}

/* The date of the present, in the zone that is meant. */
static void fill_date(struct tm *tm, const struct zone *zone, int64_t now_us)
{
	time_t t = (time_t) (now_us / US_PER_S) + (zone->local ? 0 : zone->offset_s);
	struct tm now;

	if (zone->local)
		(void) localtime_r(&t, &now);
	else
		(void) gmtime_r(&t, &now);
	tm->tm_year = now.tm_year;
	tm->tm_mon = now.tm_mon;
	tm->tm_mday += now.tm_mday;
}

static bool take_calendar(struct cursor *c, int64_t now_us, int64_t *ret_us)
{
	struct tm tm = { .tm_isdst = -1 }, asked;
	const struct word *day, *weekday;
	bool has_date = false;
	struct zone zone;
	int64_t us = 0;
	time_t t;

	weekday = take_word(c, weekdays, N_ELEMENTS(weekdays));
	if (weekday) {
		(void) take_char(c, ',');
		skip_spaces(c);
	}
	day = weekday ? NULL : take_word(c, days, N_ELEMENTS(days));
	if (day) {
		tm.tm_mday = (int) day->value;
	} else if (c->s[0] && c->s[1] && c->s[2] == ':') {
		if (weekday || !take_clock(c, &tm, &us))
			return false;
	} else {
		if (!take_date(c, &tm))
			return false;
		has_date = true;
		if (take_char(c, 'T') || take_char(c, 't') || (is_space(*c->s) && is_digit(c->s[1]) && take_char(c, *c->s)))
			if (!take_clock(c, &tm, &us))
				return false;
	}
	if (!take_zone(c, &zone))
		return false;
	if (!has_date)
		fill_date(&tm, &zone, now_us);

	asked = tm;
	t = zone.local ? mktime(&tm) : timegm(&tm);
	/* 30 February became March: a date that is on no calendar. */
	if (has_date && (tm.tm_mday != asked.tm_mday || tm.tm_mon != asked.tm_mon))
		return false;
	if (weekday && tm.tm_wday != (int) weekday->value)
		return false;
	*ret_us = ((int64_t) t - (zone.local ? 0 : zone.offset_s)) * US_PER_S + us;
	return true;
}

static bool take_any(struct cursor *c, int64_t now_us, int64_t *ret_us)
{
	struct cursor start = *c;
	int64_t whole, millionths;

	if (take_text(c, "now")) {
		*ret_us = now_us;
		return true;
	}
	if (take_char(c, '@')) {
		if (!take_number(c, &whole, &millionths))
			return false;
		*ret_us = MIN_OF(whole, TIMESTAMP_MAX_US / US_PER_S) * US_PER_S + millionths;
		return true;
	}
	if (take_relative(c, now_us, ret_us))
		return true;
	*c = start;
	return take_calendar(c, now_us, ret_us);
}

int when_parse(const char *s, size_t n, int64_t now_us, int64_t *ret_us)
{
	char text[WHEN_MAX_BYTES + 1];
	struct cursor c = { text };
	int64_t us;

	while (n > 0 && is_space(s[n - 1]))
		n--;
	if (n > WHEN_MAX_BYTES || memchr(s, '\0', n))
		return WHEN_E_BAD;
	memcpy(text, s, n);
	text[n] = '\0';

	skip_spaces(&c);
	if (!take_any(&c, now_us, &us) || *c.s != '\0')
		return WHEN_E_BAD;
	*ret_us = MAX_OF(MIN_OF(us, TIMESTAMP_MAX_US), 0);
	return 0;
}
