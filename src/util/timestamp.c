#include "util/timestamp.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

/*
 * Days are counted in years that begin on March 1st, so that the leap day is a year's
 * last: then the months before any month have (153 m + 2) / 5 days, m from March.
 */
enum {
	DAYS_IN_400_YEARS = 146097,
	DAYS_TO_EPOCH = 719468,		/* from 0000-03-01 to 1970-01-01 */
	SECONDS_IN_DAY = 86400,
};

struct date {
	int year, month, day;	/* month and day from 1 */
};

static int64_t days_from_date(struct date d)
{
	int64_t year = d.month > 2 ? d.year : d.year - 1;
	int64_t month = d.month > 2 ? d.month - 3 : d.month + 9;
	int64_t leap_days = (year + 400) / 4 - (year + 400) / 100 + (year + 400) / 400 - 97;

	return 365 * year + leap_days + (153 * month + 2) / 5 + d.day - 1 - DAYS_TO_EPOCH;
}

static struct date date_from_days(int64_t days)
{
	int64_t day = days + DAYS_TO_EPOCH;
	int64_t era = day / DAYS_IN_400_YEARS;
	int64_t of_era = day % DAYS_IN_400_YEARS;
	/* Take the leap days out, so that each year has 365. */
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;

	return (struct date) {
		.year = (int) (400 * era + year + (month >= 10)),
		.month = (int) (month >= 10 ? month - 9 : month + 3),
		.day = (int) (of_year - (153 * month + 2) / 5 + 1),
	};
}

static bool date_exists(struct date d)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = d.year % 4 == 0 && (d.year % 100 != 0 || d.year % 400 == 0);

	if (d.month < 1 || d.month > 12 || d.day < 1)
		return false;
	return d.day <= days[d.month - 1] + (leap && d.month == 2);
}

struct cursor {
	const char *p, *end;
};

static bool take_digits(struct cursor *c, int n_digits, int *ret)
{
	int x = 0;

	if (c->end - c->p < n_digits)
		return false;
	for (int i = 0; i < n_digits; i++, c->p++) {
		if (*c->p < '0' || *c->p > '9')
			return false;
		x = 10 * x + (*c->p - '0');
	}
	*ret = x;
	return true;
}

static bool take_any_of(struct cursor *c, const char *chars)
{
	if (c->p == c->end || *c->p == '\0' || !strchr(chars, *c->p))
		return false;
	c->p++;
	return true;
}

static bool take_date(struct cursor *c, struct date *ret)
{
	return take_digits(c, 4, &ret->year) && take_any_of(c, "-") &&
	       take_digits(c, 2, &ret->month) && take_any_of(c, "-") &&
	       take_digits(c, 2, &ret->day) && date_exists(*ret);
}

static bool take_time(struct cursor *c, int *ret_seconds, bool *ret_leap)
{
	int hour, minute, second;

	if (!take_digits(c, 2, &hour) || !take_any_of(c, ":") ||
	    !take_digits(c, 2, &minute) || !take_any_of(c, ":") || !take_digits(c, 2, &second))
		return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	*ret_seconds = 3600 * hour + 60 * minute + second;
	*ret_leap = second == 60;
	return true;
}

static bool take_fraction(struct cursor *c, int *ret_us)
{
	int n_digits = 0, us = 0, digit;

	if (take_any_of(c, ".")) {
		while (n_digits < 9 && take_digits(c, 1, &digit)) {
			if (n_digits < 6)
				us = 10 * us + digit;
			n_digits++;
		}
		if (n_digits == 0)
			return false;
	}
	for (; n_digits < 6; n_digits++)
		us *= 10;
	*ret_us = us;
	return true;
}

static bool take_offset(struct cursor *c, int *ret_seconds)
{
	int sign, hours, minutes;

	if (take_any_of(c, "Zz")) {
		*ret_seconds = 0;
		return true;
	}
	if (take_any_of(c, "+"))
		sign = 1;
	else if (take_any_of(c, "-"))
		sign = -1;
	else
		return false;
	if (!take_digits(c, 2, &hours) || !take_any_of(c, ":") || !take_digits(c, 2, &minutes))
		return false;
	if (hours > 23 || minutes > 59)
		return false;
	*ret_seconds = sign * (3600 * hours + 60 * minutes);
	return true;
}

/* Leap seconds end a month of UTC, so the second after one begins the next month. */
static bool begins_a_month(int64_t seconds)
{
	return seconds >= 0 && seconds % SECONDS_IN_DAY == 0 &&
	       date_from_days(seconds / SECONDS_IN_DAY).day == 1;
}

int timestamp_parse(const char *s, size_t n, int64_t *ret_us)
{
	struct cursor c = { s, s + n };
	struct date date;
	int of_day, us, offset;
	int64_t seconds;
	bool leap;

	if (!take_date(&c, &date) || !take_any_of(&c, "Tt ") || !take_time(&c, &of_day, &leap) ||
	    !take_fraction(&c, &us) || !take_offset(&c, &offset) || c.p != c.end)
		return TIMESTAMP_E_BAD;

	seconds = days_from_date(date) * SECONDS_IN_DAY + of_day - offset;
	if (leap && !begins_a_month(seconds))
		return TIMESTAMP_E_BAD;
	if (seconds < 0 || seconds > TIMESTAMP_MAX_US / 1000000)
		return TIMESTAMP_E_BAD;
	*ret_us = seconds * 1000000 + us;
	return 0;
}

int timestamp_from_ns(int64_t ns, int64_t *ret_us)
{
	if (ns < 0)
		return TIMESTAMP_E_BAD;
	*ret_us = ns / 1000;
	return 0;
}

static char *put(char *p, int64_t x, int n_digits, char behind)
{
	for (int i = n_digits - 1; i >= 0; i--, x /= 10)
		p[i] = (char) ('0' + x % 10);
	p[n_digits] = behind;
	return p + n_digits + 1;
}

void timestamp_format(int64_t us, char text[static TIMESTAMP_TEXT_SIZE])
{
	int64_t of_day = us / 1000000 % SECONDS_IN_DAY;
	struct date date;
	char *p = text;

	assert(us >= 0 && us <= TIMESTAMP_MAX_US);
	date = date_from_days(us / 1000000 / SECONDS_IN_DAY);
	p = put(p, date.year, 4, '-');
	p = put(p, date.month, 2, '-');
	p = put(p, date.day, 2, 'T');
	p = put(p, of_day / 3600, 2, ':');
	p = put(p, of_day / 60 % 60, 2, ':');
	p = put(p, of_day % 60, 2, '.');
	if (us % 1000 == 0)
		p = put(p, us / 1000 % 1000, 3, 'Z');
	else
		p = put(p, us % 1000000, 6, 'Z');
	*p = '\0';
}
