#pragma once

/* The two clocks, in microseconds. Everything that can takes the time as an argument instead. */

#include <stdint.h>

int64_t clock_now_us(void);	/* CLOCK_REALTIME since the epoch, UTC */
int64_t clock_mono_us(void);	/* CLOCK_MONOTONIC */
