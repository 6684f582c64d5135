#include "cli/safe.h"

void safe_print(FILE *f, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char) *s;

		if (c < 0x20 || c == 0x7f) {
			fputc('?', f);
		} else if (c == 0xc2 && ((unsigned char) s[1] & 0xe0) == 0x80) {
			fputc('?', f);	/* U+0080 to U+009F */
			s++;
		} else {
			fputc(c, f);
		}
	}
}
