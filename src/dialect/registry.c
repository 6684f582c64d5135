/* The vendors there are. */

#include <assert.h>

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
