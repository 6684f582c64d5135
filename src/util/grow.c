#include "util/grow.h"

#include <errno.h>
#include <stdlib.h>

int grow(void *array, size_t size, size_t n, size_t *cap)
{
	void **p = array;
	size_t new_cap = *cap ? *cap * 2 : 2;	/* there are thousands that never have more */
	void *grown;

	if (n < *cap)
		return 0;
	grown = realloc(*p, new_cap * size);
	if (!grown)
		return -ENOMEM;
	*p = grown;
	*cap = new_cap;
	return 0;
}
