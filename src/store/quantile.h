#pragma once

/*
 * Quantile: the aggregates quantile(x, q) and spread(x, limit…) for reports.
 *
 * Both keep a log-linear histogram: 64 buckets to each doubling, so what it tells is
 * within 1 % of the value of that rank, and the smallest and the largest value
 * are told exactly. The buckets are the same for every histogram: two of them
 * merge by adding their counts. One group costs 256 bytes a doubling between
 * its smallest and its largest value.
 *
 * x is a number ≥ 0 (NULL and text are skipped, what is below 0 counts as 0);
 * q is from 0 to 1 and the same for all rows of a group. NULL for an empty
 * group; an integer where every x was one, else a real.
 *
 * spread() tells all that a report says of many numbers, and looks at each once.
 * It gives a JSON object, or NULL for an empty group: n, avg, min, max, the
 * quantiles p50, p75, p90 and p95, and at_least, an array: for each of up to four
 * limits the fraction, from 0 to 1, of the numbers that are as large or larger.
 * The limits are the same for all rows of a group.
 */

struct sqlite3;

/* Make both known on a connection. Returns 0 or a negative errno. */
int quantile_register(struct sqlite3 *db);
