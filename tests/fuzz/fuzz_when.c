/*
 * What when_parse() takes lies in the years it promises, and the instant written out in full
 * is taken as the same, whatever the zone.
 *
 * The first byte of the input chooses the zone and the present.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/macros.h"
#include "util/timestamp.h"
#include "util/when.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool so)
{
	if (!so)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const zones[] = {
		"UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "<+1245>-12:45", "XXX12",
	};
	static const int64_t presents[] = { 0, INT64_C(1795185015500000), TIMESTAMP_MAX_US };
	const char *text = (const char *) data + 1, *zone;
	int64_t us = -1, again = -1, now_us;
	char full[TIMESTAMP_TEXT_SIZE];
	int r;

	if (n == 0)
		return 0;
	zone = zones[data[0] % N_ELEMENTS(zones)];
	now_us = presents[data[0] / N_ELEMENTS(zones) % N_ELEMENTS(presents)];
	require(setenv("TZ", zone, 1) == 0);
	tzset();

	r = when_parse(text, n - 1, now_us, &us);
	require(r == 0 || r == WHEN_E_BAD);
	if (r == WHEN_E_BAD) {
		require(us == -1);
		return 0;
	}
	require(us >= 0 && us <= TIMESTAMP_MAX_US);
	timestamp_format(us, full);
	require(when_parse(full, strlen(full), now_us, &again) == 0 && again == us);
	return 0;
}
