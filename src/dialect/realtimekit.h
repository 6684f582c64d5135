#pragma once

/* Realtimekit: Cloudflare RealtimeKit's webhooks. */

#include "dialect/dialect.h"

extern const struct dialect dialect_realtimekit;
