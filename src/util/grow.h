#pragma once

/* Arrays that grow one element at a time. Pure. */

#include <stddef.h>

/*
 * Make room for one more element of @size bytes behind the @n there are. @array
 * is the address of the pointer to them, *@cap how many there is room for.
 *
 * Returns 0, or -ENOMEM with everything as it was.
 */
int grow(void *array, size_t size, size_t n, size_t *cap);
