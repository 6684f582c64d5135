#pragma once

/* Spaces: Avaya Spaces' messages about media sessions and presence. */

#include "dialect/dialect.h"

extern const struct dialect dialect_spaces;
