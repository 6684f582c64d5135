#pragma once

/* What every unit test program shares: one suite, one main(). */

#include <check.h>
#include <stdlib.h>

/* Run @tcase as a suite of its own; the exit code says whether all passed. */
static inline int unit_main(const char *name, TCase *tcase)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int n_failed;

	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
