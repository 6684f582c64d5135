#pragma once

/* Huawei HRTC room events: the ClientEvents of the web SDK, as one client tells them. */

#include "dialect/dialect.h"

extern const struct dialect dialect_hrtc;
