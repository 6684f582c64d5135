#pragma once

/* Small things every folder uses. No domain word in here. */

#include <stddef.h>
#include <stdlib.h>

#define _cleanup_(fn) __attribute__((cleanup(fn)))
#define _printf_(fmt, first) __attribute__((format(printf, fmt, first)))
#define _unused_ __attribute__((unused))

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static inline void free_ptr(void *p)
{
	free(*(void **) p);
}

/* A heap pointer freed at scope exit. */
#define _cleanup_free_ _cleanup_(free_ptr)

/* The structure that has @ptr as its @member. */
#define container_of(ptr, type, member) ((type *) (void *) ((char *) (ptr) - offsetof(type, member)))

#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))
