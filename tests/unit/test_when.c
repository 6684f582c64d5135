#include "unit.h"

#include <string.h>
#include <time.h>

#include "util/macros.h"
#include "util/timestamp.h"
#include "util/when.h"

/* Friday 2026-11-20 14:30:15.5 UTC; 15:30:15.5 in Berlin. */
#define NOW_US INT64_C(1795185015500000)
#define S INT64_C(1000000)

static void set_zone(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

static int64_t at(const char *text)
{
	int64_t us = -1;

	ck_assert_msg(when_parse(text, strlen(text), NOW_US, &us) == 0, "\"%s\" was refused", text);
	return us;
}

static int64_t utc(int year, int month, int day, int hour, int minute, int second)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day,
			 .tm_hour = hour, .tm_min = minute, .tm_sec = second };

	return timegm(&tm) * S;
}

START_TEST(a_span_counts_from_the_present)
{
	ck_assert_int_eq(NOW_US, utc(2026, 11, 20, 14, 30, 15) + S / 2);
	ck_assert_int_eq(at("now"), NOW_US);
	ck_assert_int_eq(at("-1h"), NOW_US - 3600 * S);
	ck_assert_int_eq(at("+5min"), NOW_US + 300 * S);
	ck_assert_int_eq(at("1h ago"), NOW_US - 3600 * S);
	ck_assert_int_eq(at("2min left"), NOW_US + 120 * S);
	ck_assert_int_eq(at("-1h 30min"), NOW_US - 5400 * S);
	ck_assert_int_eq(at("1h30m ago"), NOW_US - 5400 * S);
	ck_assert_int_eq(at("- 90"), NOW_US - 90 * S);
	ck_assert_int_eq(at("-1.5h"), NOW_US - 5400 * S);
	ck_assert_int_eq(at("  -1h  "), NOW_US - 3600 * S);
}
END_TEST

START_TEST(every_unit_has_its_length_and_its_names)
{
	static const struct {
		const char *text;
		int64_t us;
	} spans[] = {
		{ "-7us", 7 }, { "-7usec", 7 }, { "-7\xc2\xb5s", 7 }, { "-7\xce\xbcs", 7 },
		{ "-7ms", 7000 }, { "-7msec", 7000 },
		{ "-7s", 7 * S }, { "-7sec", 7 * S }, { "-7second", 7 * S }, { "-7 seconds", 7 * S },
		{ "-7m", 420 * S }, { "-7min", 420 * S }, { "-7 minutes", 420 * S },
		{ "-7h", 25200 * S }, { "-7hr", 25200 * S }, { "-7hours", 25200 * S },
		{ "-7d", 604800 * S }, { "-7 Days", 604800 * S },
		{ "-2w", 1209600 * S }, { "-2weeks", 1209600 * S },
		{ "-1M", 2629800 * S }, { "-1month", 2629800 * S }, { "-12 months", 31557600 * S },
		{ "-1y", 31557600 * S }, { "-1year", 31557600 * S },
	};

	for (size_t i = 0; i < N_ELEMENTS(spans); i++)
		ck_assert_msg(at(spans[i].text) == NOW_US - spans[i].us, "%s", spans[i].text);
}
END_TEST

START_TEST(a_time_without_a_zone_is_local)
{
	set_zone("Europe/Berlin");
	ck_assert_int_eq(at("2026-11-20"), utc(2026, 11, 19, 23, 0, 0));
	ck_assert_int_eq(at("2026-11-20 14:00"), utc(2026, 11, 20, 13, 0, 0));
	ck_assert_int_eq(at("2026-11-20T14:00:05"), utc(2026, 11, 20, 13, 0, 5));
	ck_assert_int_eq(at("2026-11-20 14:00:05.123"), utc(2026, 11, 20, 13, 0, 5) + 123000);
	ck_assert_int_eq(at("2026-07-20 14:00"), utc(2026, 7, 20, 12, 0, 0));
	ck_assert_int_eq(at("today"), utc(2026, 11, 19, 23, 0, 0));
	ck_assert_int_eq(at("yesterday"), utc(2026, 11, 18, 23, 0, 0));
	ck_assert_int_eq(at("tomorrow"), utc(2026, 11, 20, 23, 0, 0));
	ck_assert_int_eq(at("14:00"), utc(2026, 11, 20, 13, 0, 0));
	ck_assert_int_eq(at("14:00:30"), utc(2026, 11, 20, 13, 0, 30));
}
END_TEST

START_TEST(a_zone_that_is_named_is_taken)
{
	set_zone("America/New_York");
	ck_assert_int_eq(at("2026-11-20 UTC"), utc(2026, 11, 20, 0, 0, 0));
	ck_assert_int_eq(at("2026-11-20 14:00 UTC"), utc(2026, 11, 20, 14, 0, 0));
	ck_assert_int_eq(at("2026-11-20T14:00:05Z"), utc(2026, 11, 20, 14, 0, 5));
	ck_assert_int_eq(at("2026-11-20T14:00:05.25+01:00"), utc(2026, 11, 20, 13, 0, 5) + 250000);
	ck_assert_int_eq(at("2026-11-20 14:00-0530"), utc(2026, 11, 20, 19, 30, 0));
	ck_assert_int_eq(at("2026-11-20T14:00+02"), utc(2026, 11, 20, 12, 0, 0));
	ck_assert_int_eq(at("today UTC"), utc(2026, 11, 20, 0, 0, 0));
	ck_assert_int_eq(at("yesterday UTC"), utc(2026, 11, 19, 0, 0, 0));
	ck_assert_int_eq(at("14:00 UTC"), utc(2026, 11, 20, 14, 0, 0));
}
END_TEST

START_TEST(the_day_is_that_of_the_zone_that_is_meant)
{
	/* 14:30 UTC is already the 21st there. */
	set_zone("XXX-14");
	ck_assert_int_eq(at("today"), utc(2026, 11, 20, 10, 0, 0));
	ck_assert_int_eq(at("today UTC"), utc(2026, 11, 20, 0, 0, 0));
}
END_TEST

START_TEST(seconds_since_the_epoch_follow_an_at_sign)
{
	ck_assert_int_eq(at("@1763647205"), 1763647205 * S);
	ck_assert_int_eq(at("@1763647205.5"), 1763647205 * S + 500000);
	ck_assert_int_eq(at("@0"), 0);
}
END_TEST

START_TEST(a_weekday_must_be_that_of_the_date)
{
	int64_t us = 17;

	set_zone("UTC");
	ck_assert_int_eq(at("Fri 2026-11-20 14:00"), utc(2026, 11, 20, 14, 0, 0));
	ck_assert_int_eq(at("friday 2026-11-20"), utc(2026, 11, 20, 0, 0, 0));
	ck_assert_int_eq(when_parse("Mon 2026-11-20", 14, NOW_US, &us), WHEN_E_BAD);
	ck_assert_int_eq(us, 17);
}
END_TEST

START_TEST(what_lies_outside_of_all_time_is_its_end)
{
	ck_assert_int_eq(at("-100y"), 0);
	ck_assert_int_eq(at("-999999999999y"), 0);
	ck_assert_int_eq(at("+999999999999y"), TIMESTAMP_MAX_US);
	ck_assert_int_eq(at("+999999999999us 999999999999s 999999999999w"), TIMESTAMP_MAX_US);
}
END_TEST

START_TEST(anything_else_is_refused)
{
	static const char *const bad[] = {
		"", " ", "1h", "90", "-", "+", "-h", "-1hx", "-1 lightyear", "ago", "1h agone", "1h ago ago", "nowish",
		"now now", "2026", "2026-11", "2026-11-", "2026-13-01", "2026-02-30", "2026-11-00", "2026-1-2", "1969-12-31",
		"2026-11-20 25:00", "2026-11-20 14:60", "2026-11-20 14:00:60", "2026-11-20 14",
		"2026-11-20 14:00:05.", "2026-11-20 14:00 CET", "2026-11-20 14:00+25:00", "2026-11-20T", "24:00", "1:00",
		"today 14:00", "Fri", "Fri 14:00", "Fri today", "@", "@-5", "@x", "@99999999999999999999", "-1h\x80", "-1.h",
		"-99999999999999999999h",
	};
	int64_t us;

	for (size_t i = 0; i < N_ELEMENTS(bad); i++)
		ck_assert_msg(when_parse(bad[i], strlen(bad[i]), NOW_US, &us) == WHEN_E_BAD, "\"%s\"", bad[i]);
	ck_assert_int_eq(when_parse("now\0", 4, NOW_US, &us), WHEN_E_BAD);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("when");

	tcase_add_test(t, a_span_counts_from_the_present);
	tcase_add_test(t, every_unit_has_its_length_and_its_names);
	tcase_add_test(t, a_time_without_a_zone_is_local);
	tcase_add_test(t, a_zone_that_is_named_is_taken);
	tcase_add_test(t, the_day_is_that_of_the_zone_that_is_meant);
	tcase_add_test(t, seconds_since_the_epoch_follow_an_at_sign);
	tcase_add_test(t, a_weekday_must_be_that_of_the_date);
	tcase_add_test(t, what_lies_outside_of_all_time_is_its_end);
	tcase_add_test(t, anything_else_is_refused);
	return unit_main("when", t);
}
