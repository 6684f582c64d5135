#pragma once

/* Tincan: two tin cans and a string, the smallest vendor there can be. */

#include "dialect/dialect.h"

extern const struct dialect dialect_tincan;
