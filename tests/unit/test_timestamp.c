#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "util/macros.h"
#include "util/timestamp.h"

#define DAY_US INT64_C(86400000000)

static int parse(const char *text, int64_t *ret_us)
{
	return timestamp_parse(text, strlen(text), ret_us);
}

static void check_format(int64_t us, const char *expected)
{
	char text[TIMESTAMP_TEXT_SIZE];

	timestamp_format(us, text);
	ck_assert_str_eq(text, expected);
}

START_TEST(every_spelling_of_an_instant_reads_as_the_same)
{
	static const char *const spellings[] = {
		"2026-08-21T11:32:45.123Z",
		"2026-08-21t11:32:45.123z",
		"2026-08-21 11:32:45.123Z",
		"2026-08-21T11:32:45.123+00:00",
		"2026-08-21T11:32:45.123-00:00",
		"2026-08-21T11:32:45.123000Z",
		"2026-08-21T11:32:45.123000000Z",
		"2026-08-21T11:32:45.123000999Z",
		"2026-08-21T13:32:45.123+02:00",
		"2026-08-21T01:02:45.123-10:30",
		"2026-08-22T11:31:45.123+23:59",
		"2026-08-20T11:33:45.123-23:59",
	};

	for (size_t i = 0; i < N_ELEMENTS(spellings); i++) {
		int64_t us = -1;

		ck_assert_msg(parse(spellings[i], &us) == 0, "%s", spellings[i]);
		ck_assert_msg(us == INT64_C(1787311965123000), "%s: %lld", spellings[i], (long long) us);
	}
}
END_TEST

START_TEST(known_instants_have_their_known_numbers)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} instants[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1969-12-31T23:00:00-01:00", 0 },
		{ "1972-02-29T00:00:00Z", 68169600 },
		{ "2000-02-29T12:00:00Z", 951825600 },
		{ "2000-03-01T00:00:00Z", 951868800 },
		{ "2001-09-09T01:46:40Z", 1000000000 },
		{ "2038-01-19T03:14:08Z", INT64_C(1) << 31 },
		{ "2100-03-01T00:00:00Z", 4107542400 },
		{ "9999-12-31T23:59:59Z", 253402300799 },
	};

	for (size_t i = 0; i < N_ELEMENTS(instants); i++) {
		int64_t us = -1;

		ck_assert_msg(parse(instants[i].text, &us) == 0, "%s", instants[i].text);
		ck_assert_msg(us == instants[i].seconds * 1000000, "%s", instants[i].text);
	}
}
END_TEST

START_TEST(what_is_not_a_date_time_of_rfc_3339_is_refused)
{
	static const char *const refused[] = {
		"", "2026", "2026-08-21", "11:32:45Z", "now", "1787311965",
		"2026-08-21T11:32:45", "2026-08-21T11:32Z", "2026-08-21T11:32:45 Z",
		" 2026-08-21T11:32:45Z", "2026-08-21T11:32:45Z ", "2026-08-21T11:32:45ZZ",
		"2026-08-21  11:32:45Z", "2026-08-21_11:32:45Z", "20260821T113245Z",
		"2026-8-21T11:32:45Z", "26-08-21T11:32:45Z", "+2026-08-21T11:32:45Z",
		"-026-08-21T11:32:45Z", "12026-08-21T11:32:45Z", "2026/08/21T11:32:45Z",
		"2026-00-21T11:32:45Z", "2026-13-21T11:32:45Z", "2026-08-00T11:32:45Z",
		"2026-08-32T11:32:45Z", "2026-04-31T11:32:45Z", "2026-02-29T11:32:45Z",
		"2024-02-30T11:32:45Z", "2100-02-29T11:32:45Z", "1900-02-29T11:32:45Z",
		"2026-08-21T24:00:00Z", "2026-08-21T11:60:45Z", "2026-08-21T11:32:61Z",
		"2026-08-21T11:32:45.Z", "2026-08-21T11:32:45,123Z", "2026-08-21T11:32:45.1234567890Z",
		"2026-08-21T11:32:45.12a3Z", "2026-08-21T11:32:45.-1Z", "2026-08-21T11:32:45.",
		"2026-08-21T11:32:45+24:00", "2026-08-21T11:32:45+23:60", "2026-08-21T11:32:45+2:00",
		"2026-08-21T11:32:45+0200", "2026-08-21T11:32:45+02", "2026-08-21T11:32:45+02:00Z",
		"2026-08-21T11:32:45GMT", "2026-08-21T11:32:45+", "2026-08-21T11:32: 5Z",
	};

	for (size_t i = 0; i < N_ELEMENTS(refused); i++) {
		int64_t us = -7;

		ck_assert_msg(parse(refused[i], &us) == TIMESTAMP_E_BAD, "taken: %s", refused[i]);
		ck_assert_int_eq(us, -7);
	}
}
END_TEST

START_TEST(every_prefix_of_a_date_time_is_refused)
{
	static const char text[] = "2026-08-21T11:32:45.123456789+02:00";
	int64_t us;

	for (size_t n = 0; n < sizeof(text) - 1; n++)
		ck_assert_int_eq(timestamp_parse(text, n, &us), TIMESTAMP_E_BAD);
	ck_assert_int_eq(timestamp_parse(text, sizeof(text) - 1, &us), 0);
}
END_TEST

START_TEST(a_nul_takes_no_character_s_place)
{
	char text[] = "2026-08-21T11:32:45Z";
	int64_t us;

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		char before = text[i];

		text[i] = '\0';
		ck_assert_int_eq(timestamp_parse(text, sizeof(text) - 1, &us), TIMESTAMP_E_BAD);
		text[i] = before;
	}
}
END_TEST

START_TEST(only_1970_to_9999_of_utc_are_taken)
{
	int64_t us;

	ck_assert_int_eq(parse("1969-12-31T23:59:59.999999Z", &us), TIMESTAMP_E_BAD);
	ck_assert_int_eq(parse("1970-01-01T00:59:59+01:00", &us), TIMESTAMP_E_BAD);
	ck_assert_int_eq(parse("0000-01-01T00:00:00Z", &us), TIMESTAMP_E_BAD);
	ck_assert_int_eq(parse("0000-12-31T00:00:00Z", &us), TIMESTAMP_E_BAD);
	ck_assert_int_eq(parse("9999-12-31T23:59:59-00:01", &us), TIMESTAMP_E_BAD);
	ck_assert_int_eq(parse("9999-12-31T23:59:59.999999999Z", &us), 0);
	ck_assert_int_eq(us, TIMESTAMP_MAX_US);
}
END_TEST

START_TEST(a_leap_second_is_taken_where_one_can_be)
{
	int64_t us;

	ck_assert_int_eq(parse("2016-12-31T23:59:60Z", &us), 0);
	ck_assert_int_eq(us, INT64_C(1483228800000000));
	ck_assert_int_eq(parse("1990-12-31T15:59:60.5-08:00", &us), 0);
	ck_assert_int_eq(us, INT64_C(662688000500000));
	ck_assert_int_eq(parse("2016-06-30T23:59:60Z", &us), 0);
	ck_assert_int_eq(parse("2016-12-30T23:59:60Z", &us), TIMESTAMP_E_BAD);
	ck_assert_int_eq(parse("2016-12-31T11:32:60Z", &us), TIMESTAMP_E_BAD);
	ck_assert_int_eq(parse("2016-12-31T23:59:60+01:00", &us), TIMESTAMP_E_BAD);
	ck_assert_int_eq(parse("1969-12-31T23:58:60Z", &us), TIMESTAMP_E_BAD);
	ck_assert_int_eq(parse("9999-12-31T23:59:60Z", &us), TIMESTAMP_E_BAD);
}
END_TEST

START_TEST(every_day_is_written_as_the_calendar_has_it_and_reads_back)
{
	static const int days_in[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t us = 0;

	for (int year = 1970; year <= 9999; year++) {
		bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		for (int month = 1; month <= 12; month++) {
			int n_days = days_in[month - 1] + (month == 2 && leap);

			for (int day = 1; day <= n_days; day++, us += DAY_US) {
				char expected[64], text[TIMESTAMP_TEXT_SIZE];
				int64_t again;

				(void) snprintf(expected, sizeof(expected),
						"%04d-%02d-%02dT00:00:00.000Z", year, month, day);
				timestamp_format(us, text);
				if (strcmp(text, expected) != 0)
					ck_abort_msg("%s, not %s", text, expected);
				if (parse(text, &again) != 0 || again != us)
					ck_abort_msg("%s does not read back", text);
			}
		}
	}
	ck_assert_int_eq(us - 1, TIMESTAMP_MAX_US);
}
END_TEST

START_TEST(microseconds_are_written_only_where_there_are_any)
{
	check_format(0, "1970-01-01T00:00:00.000Z");
	check_format(1, "1970-01-01T00:00:00.000001Z");
	check_format(1000, "1970-01-01T00:00:00.001Z");
	check_format(INT64_C(1787311965123000), "2026-08-21T11:32:45.123Z");
	check_format(INT64_C(1787311965123456), "2026-08-21T11:32:45.123456Z");
	check_format(TIMESTAMP_MAX_US, "9999-12-31T23:59:59.999999Z");
}
END_TEST

START_TEST(nanoseconds_are_cut_to_microseconds)
{
	int64_t us;

	ck_assert_int_eq(timestamp_from_ns(INT64_C(1787311965123456789), &us), 0);
	ck_assert_int_eq(us, INT64_C(1787311965123456));
	ck_assert_int_eq(timestamp_from_ns(999, &us), 0);
	ck_assert_int_eq(us, 0);
	ck_assert_int_eq(timestamp_from_ns(INT64_MAX, &us), 0);
	ck_assert_int_eq(us, INT64_C(9223372036854775));
	ck_assert_int_eq(timestamp_from_ns(-1, &us), TIMESTAMP_E_BAD);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("timestamp");

	tcase_add_test(t, every_spelling_of_an_instant_reads_as_the_same);
	tcase_add_test(t, known_instants_have_their_known_numbers);
	tcase_add_test(t, what_is_not_a_date_time_of_rfc_3339_is_refused);
	tcase_add_test(t, every_prefix_of_a_date_time_is_refused);
	tcase_add_test(t, a_nul_takes_no_character_s_place);
	tcase_add_test(t, only_1970_to_9999_of_utc_are_taken);
	tcase_add_test(t, a_leap_second_is_taken_where_one_can_be);
	tcase_add_test(t, every_day_is_written_as_the_calendar_has_it_and_reads_back);
	tcase_add_test(t, microseconds_are_written_only_where_there_are_any);
	tcase_add_test(t, nanoseconds_are_cut_to_microseconds);
	return unit_main("timestamp", t);
}
