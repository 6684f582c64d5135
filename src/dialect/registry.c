/* The vendors there are, and finding one by the name of its source. */

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "dialect/dialect.h"
#include "dialect/hrtc.h"
#include "dialect/ivs.h"
#include "dialect/realtimekit.h"
#include "dialect/spaces.h"
#include "dialect/stream.h"
#include "util/macros.h"

const struct dialect *const dialects[] = {
	&dialect_stream,
	&dialect_hrtc,
	&dialect_ivs,
	&dialect_ivs_bridge,
	&dialect_realtimekit,
	&dialect_spaces,
};
const size_t n_dialects = N_ELEMENTS(dialects);

static_assert(N_ELEMENTS(dialects) <= DIALECTS_MAX, "room for each is set aside");

static bool same_source(const struct dialect *d, const char *source, size_t n)
{
	return strlen(d->source) == n && memcmp(d->source, source, n) == 0;
}

const char *dialect_sources(void)
{
	static char list[128];
	size_t at = 0;

	for (size_t i = 0; i < n_dialects; i++) {
		const char *source = dialects[i]->source;

		if (dialect_by_source(source, strlen(source)) == dialects[i])
			at += (size_t) snprintf(list + at, sizeof(list) - at, "%s%s",
						at > 0 ? ", " : "", source);
		assert(at < sizeof(list));
	}
	return list;
}

const struct dialect *dialect_by_source(const char *source, size_t n)
{
	for (size_t i = 0; i < n_dialects; i++)
		if (same_source(dialects[i], source, n))
			return dialects[i];
	return NULL;
}
