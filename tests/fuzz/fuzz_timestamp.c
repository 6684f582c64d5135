/* What timestamp_parse() takes, timestamp_format() writes so that it parses to the same. */

#include <stdlib.h>
#include <string.h>

#include "util/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char text[TIMESTAMP_TEXT_SIZE], again[TIMESTAMP_TEXT_SIZE];
	int64_t us, us_again;

	if (timestamp_parse((const char *) data, n, &us) != 0)
		return 0;
	if (us < 0 || us > TIMESTAMP_MAX_US)
		abort();
	timestamp_format(us, text);
	if (timestamp_parse(text, strlen(text), &us_again) != 0 || us_again != us)
		abort();
	timestamp_format(us_again, again);
	if (strcmp(text, again) != 0)
		abort();
	return 0;
}
