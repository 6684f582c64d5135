#include "unit.h"

#include <math.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>

#include "store/quantile.h"

enum { N_VALUES = 20000 };

static sqlite3 *db;

static void set_up(void)
{
	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	ck_assert_int_eq(quantile_register(db), 0);
	ck_assert_int_eq(sqlite3_exec(db, "CREATE TABLE v (x)", NULL, NULL, NULL), SQLITE_OK);
}

static void tear_down(void)
{
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_memory_used(), 0);
}

static sqlite3_stmt *query(const char *sql)
{
	sqlite3_stmt *q;

	ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	ck_assert_msg(sqlite3_step(q) == SQLITE_ROW, "%s", sqlite3_errmsg(db));
	return q;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

static uint64_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

/* Insert the values, then hold every percentile against the sorted list. */
static void check_percentiles(double *values, size_t n)
{
	sqlite3_stmt *insert, *q;

	ck_assert_int_eq(sqlite3_exec(db, "BEGIN; DELETE FROM v", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, "INSERT INTO v VALUES (?)", -1, &insert, NULL), SQLITE_OK);
	for (size_t i = 0; i < n; i++) {
		sqlite3_bind_double(insert, 1, values[i]);
		sqlite3_step(insert);
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
	ck_assert_int_eq(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);

	qsort(values, n, sizeof(*values), compare);
	ck_assert_int_eq(sqlite3_prepare_v2(db, "SELECT quantile(x, ?1) FROM v", -1, &q, NULL), SQLITE_OK);
	for (int p = 0; p <= 100; p++) {
		size_t rank = (size_t) fmax(1, ceil(p / 100.0 * (double) n));
		double exact = values[rank - 1], got;

		sqlite3_bind_double(q, 1, p / 100.0);
		ck_assert_int_eq(sqlite3_step(q), SQLITE_ROW);
		got = sqlite3_column_double(q, 0);
		ck_assert_msg(fabs(got - exact) <= 0.01 * exact, "p%d of %zu: %.9g, exact %.9g", p, n, got, exact);
		sqlite3_reset(q);
	}
	sqlite3_finalize(q);
}

START_TEST(every_percentile_is_within_one_percent)
{
	double *values = calloc(N_VALUES, sizeof(*values));
	uint64_t state = 42;

	for (int i = 0; i < N_VALUES; i++)	/* many magnitudes, 0.001 to 10^9 */
		values[i] = exp((double) next_random(&state) / 0x1p31 * log(1e12)) / 1000;
	check_percentiles(values, N_VALUES);
	for (int i = 0; i < N_VALUES; i++)	/* a narrow lump, as of join times */
		values[i] = 800 + (double) (next_random(&state) % 400) + 0.5;
	check_percentiles(values, N_VALUES);
	for (size_t n = 1; n < 30; n++)
		check_percentiles(values, n);
	for (int i = 0; i < N_VALUES; i++)	/* half of it zero */
		values[i] = i % 2 ? 0 : (double) i;
	check_percentiles(values, N_VALUES);
	free(values);
}
END_TEST

START_TEST(integers_give_an_integer_and_small_ones_an_exact_one)
{
	sqlite3_stmt *q;

	ck_assert_int_eq(sqlite3_exec(db,
		"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
		" INSERT INTO v SELECT i FROM n", NULL, NULL, NULL), SQLITE_OK);
	q = query("SELECT quantile(x, 0.5), quantile(x, 0), quantile(x, 1), quantile(x, 0.95), quantile(x * 1.0, 0.5) FROM v");
	ck_assert_int_eq(sqlite3_column_type(q, 0), SQLITE_INTEGER);
	ck_assert_int_eq(sqlite3_column_int(q, 0), 50);
	ck_assert_int_eq(sqlite3_column_int(q, 1), 0);
	ck_assert_int_eq(sqlite3_column_int(q, 2), 100);
	ck_assert_int_eq(sqlite3_column_int(q, 3), 95);
	ck_assert_int_eq(sqlite3_column_type(q, 4), SQLITE_FLOAT);
	sqlite3_finalize(q);

	q = query("SELECT quantile(x, 0.5) FROM (SELECT 123457 AS x)");
	ck_assert_int_eq(sqlite3_column_int(q, 0), 123457);
	sqlite3_finalize(q);
}
END_TEST

START_TEST(nulls_and_text_are_skipped_and_nothing_gives_null)
{
	sqlite3_stmt *q = query("SELECT quantile(x, 0.5) FROM v");

	ck_assert_int_eq(sqlite3_column_type(q, 0), SQLITE_NULL);
	sqlite3_finalize(q);

	q = query("SELECT quantile(column1, 0.5) FROM (VALUES (NULL), ('text'), (NULL))");
	ck_assert_int_eq(sqlite3_column_type(q, 0), SQLITE_NULL);
	sqlite3_finalize(q);

	q = query("SELECT quantile(column1, 0.5) FROM (VALUES (NULL), (7), ('text'))");
	ck_assert_int_eq(sqlite3_column_int(q, 0), 7);
	sqlite3_finalize(q);
}
END_TEST

START_TEST(each_group_has_its_own_histogram)
{
	sqlite3_stmt *q = query("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)"
				" SELECT count(*), sum(p = g * 100 + 50) FROM ("
				" SELECT i / 100 AS g, quantile(i, 0.505) AS p FROM n WHERE i < 10000 GROUP BY 1) WHERE p < 128");

	ck_assert_int_eq(sqlite3_column_int(q, 0), 1);
	ck_assert_int_eq(sqlite3_column_int(q, 1), 1);
	sqlite3_finalize(q);
}
END_TEST

START_TEST(values_beyond_the_buckets_do_no_harm)
{
	sqlite3_stmt *q = query("SELECT quantile(column1, 0), quantile(column1, 1), quantile(column1, 0.5)"
				" FROM (VALUES (9e999), (1e300), (-5), (1e-300), (9223372036854775807))");

	ck_assert_double_eq(sqlite3_column_double(q, 0), 0);
	ck_assert(isinf(sqlite3_column_double(q, 1)));
	ck_assert_double_ge_tol(sqlite3_column_double(q, 2), 9.1e18, 0);
	sqlite3_finalize(q);
}
END_TEST

/* Spread. */

static sqlite3_stmt *of_a_thousand(const char *columns)
{
	char sql[1024];

	(void) snprintf(sql, sizeof(sql), "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
			" SELECT %s FROM (SELECT spread(i / 4.0, 5, 100, 250, 251) AS s, quantile(i / 4.0, 0.5) AS p50,"
			" quantile(i / 4.0, 0.75) AS p75, quantile(i / 4.0, 0.9) AS p90, quantile(i / 4.0, 0.95) AS p95,"
			" avg(i / 4.0) AS avg FROM n)", columns);
	return query(sql);
}

START_TEST(a_spread_says_what_the_single_aggregates_say)
{
	sqlite3_stmt *q = of_a_thousand("s ->> 'n', abs((s ->> 'p50') - p50) < 1e-9, abs((s ->> 'p75') - p75) < 1e-9, abs((s ->> 'p90') - p90) < 1e-9,"
					" abs((s ->> 'p95') - p95) < 1e-9, abs((s ->> 'avg') - avg) < 1e-9, s ->> 'min', s ->> 'max'");

	ck_assert_int_eq(sqlite3_column_int(q, 0), 1000);
	for (int i = 1; i <= 5; i++)
		ck_assert_msg(sqlite3_column_int(q, i) == 1, "%s", sqlite3_column_name(q, i));
	ck_assert_double_eq(sqlite3_column_double(q, 6), 0.25);
	ck_assert_double_eq(sqlite3_column_double(q, 7), 250);
	sqlite3_finalize(q);
}
END_TEST

START_TEST(a_limit_is_among_what_is_at_least_as_large)
{
	sqlite3_stmt *q = of_a_thousand("s -> 'at_least' ->> 0, s -> 'at_least' ->> 1, s -> 'at_least' ->> 2,"
					" s -> 'at_least' ->> 3, json_array_length(s, '$.at_least')");
	static const double wanted[] = { 0.981, 0.601, 0.001, 0, 4 };

	for (int i = 0; i < (int) (sizeof(wanted) / sizeof(wanted[0])); i++)
		ck_assert_double_eq_tol(sqlite3_column_double(q, i), wanted[i], 1e-12);
	sqlite3_finalize(q);

	q = query("SELECT spread(1) -> 'at_least', json_array_length(spread(1, 2), '$.at_least')");
	ck_assert_int_eq(sqlite3_column_type(q, 0), SQLITE_NULL);
	ck_assert_int_eq(sqlite3_column_int(q, 1), 1);
	sqlite3_finalize(q);
}
END_TEST

START_TEST(a_spread_skips_what_is_no_number_and_keeps_what_is_extreme)
{
	sqlite3_stmt *q = query("SELECT spread(column1, 1) FROM (VALUES (NULL), ('text'))");

	ck_assert_int_eq(sqlite3_column_type(q, 0), SQLITE_NULL);
	sqlite3_finalize(q);
	q = query("SELECT s ->> 'n', s ->> 'min', s ->> 'p50', s ->> 'max', s ->> 'avg'"
		  " FROM (SELECT spread(column1) AS s FROM (VALUES (NULL), (-5), ('text'), (9e999)))");
	ck_assert_int_eq(sqlite3_column_int(q, 0), 2);
	ck_assert_double_eq(sqlite3_column_double(q, 1), -5);
	ck_assert_double_eq(sqlite3_column_double(q, 2), 0);
	ck_assert(isinf(sqlite3_column_double(q, 3)));
	ck_assert(isinf(sqlite3_column_double(q, 4)));
	sqlite3_finalize(q);
}
END_TEST

START_TEST(more_limits_than_there_is_room_for_are_an_error)
{
	static const char *const bad[] = { "SELECT spread()", "SELECT spread(1, 2, 3, 4, 5, 6)" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(sqlite3_exec(db, bad[i], NULL, NULL, NULL), SQLITE_ERROR);
		ck_assert_str_eq(sqlite3_errmsg(db), "spread: takes a number and up to 4 limits");
	}
}
END_TEST

START_TEST(a_q_outside_of_0_to_1_is_an_error)
{
	static const char *const bad[] = {
		"SELECT quantile(1, 95)", "SELECT quantile(1, -0.1)", "SELECT quantile(1, NULL)", "SELECT quantile(1, 'p95')",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(sqlite3_exec(db, bad[i], NULL, NULL, NULL), SQLITE_ERROR);
		ck_assert_str_eq(sqlite3_errmsg(db), "quantile: q is not from 0 to 1");
	}
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("quantile");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, every_percentile_is_within_one_percent);
	tcase_add_test(t, integers_give_an_integer_and_small_ones_an_exact_one);
	tcase_add_test(t, nulls_and_text_are_skipped_and_nothing_gives_null);
	tcase_add_test(t, each_group_has_its_own_histogram);
	tcase_add_test(t, values_beyond_the_buckets_do_no_harm);
	tcase_add_test(t, a_q_outside_of_0_to_1_is_an_error);
	tcase_add_test(t, a_spread_says_what_the_single_aggregates_say);
	tcase_add_test(t, a_limit_is_among_what_is_at_least_as_large);
	tcase_add_test(t, a_spread_skips_what_is_no_number_and_keeps_what_is_extreme);
	tcase_add_test(t, more_limits_than_there_is_room_for_are_an_error);
	return unit_main("quantile", t);
}
