#pragma once

/*
 * AWS IVS stage events: the Event of ListParticipantEvents, and what
 * EventBridge delivers. Two shapes of one source, each with its own table.
 */

#include "dialect/dialect.h"

extern const struct dialect dialect_ivs;
extern const struct dialect dialect_ivs_bridge;
