/* The vendors there are, and finding one by the name of its source. */

#include <string.h>

#include "dialect/dialect.h"
#include "dialect/stream.h"
#include "util/macros.h"

const struct dialect *const dialects[] = {
	&dialect_stream,
};
const size_t n_dialects = N_ELEMENTS(dialects);

/* The sources of the list above, as people read them. */
const char *dialect_sources(void)
{
	return "stream";
}

const struct dialect *dialect_by_source(const char *source, size_t n)
{
	for (size_t i = 0; i < n_dialects; i++)
		if (strlen(dialects[i]->source) == n && memcmp(dialects[i]->source, source, n) == 0)
			return dialects[i];
	return NULL;
}
