/* Finding a vendor by the name of its source. */

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "dialect/dialect.h"

const struct dialect *dialect_by_source(const char *source, size_t n)
{
	for (size_t i = 0; i < n_dialects; i++)
		if (strlen(dialects[i]->source) == n && memcmp(dialects[i]->source, source, n) == 0)
			return dialects[i];
	return NULL;
}

const char *dialect_sources(void)
{
	static char list[128];
	size_t at = 0;

	for (size_t i = 0; i < n_dialects; i++) {
		const char *source = dialects[i]->source;

		if (dialect_by_source(source, strlen(source)) != dialects[i])
			continue;	/* not the first of its source */
		at += (size_t) snprintf(list + at, sizeof(list) - at, "%s%s", at > 0 ? ", " : "",
					source);
		assert(at < sizeof(list));
	}
	return list;
}
