#include "unit.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "util/real.h"
#include "util/uuid.h"

/* Numbers. */

static uint64_t state = 1;

static uint64_t draw(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void assert_as_libc(const char *text)
{
	double ours = real_parse(text), theirs = strtod(text, NULL);

	ck_assert_msg(memcmp(&ours, &theirs, sizeof(ours)) == 0, "%s: %.17g, not %.17g", text, ours, theirs);
}

START_TEST(a_number_is_what_libc_reads_to_the_last_bit)
{
	static const char *const texts[] = {
		"0", "-0", "0.0", "-0.0", "12.2", "0.4", "-73.8", "1e3", "1.5E-7", "1e400", "-1e400", "5e-324", "0.1",
		"999999999999999", "9999999999999999", "0.000000000000001", "0.0000000000000001", "123456789012345.6",
		"1.7976931348623157e308", "2.2250738585072011e-308", "9007199254740993.0",
	};
	char text[64];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_as_libc(texts[i]);
	for (int i = 0; i < 200000; i++) {
		uint64_t whole = draw() >> (draw() % 60), behind = draw() >> (draw() % 60);

		(void) snprintf(text, sizeof(text), "%s%llu.%llu", draw() % 2 ? "-" : "", (unsigned long long) whole,
				(unsigned long long) behind);
		assert_as_libc(text);
	}
}
END_TEST

/* UUIDs. */

static int parse(const char *text, unsigned char ret[static UUID_BYTES])
{
	return uuid_parse(text, strlen(text), ret);
}

START_TEST(a_uuid_spelt_in_small_letters_is_its_sixteen_bytes)
{
	static const unsigned char expected[UUID_BYTES] = {
		0x0b, 0x6f, 0x4a, 0x1e, 0x4f, 0x0e, 0x4a, 0x53, 0x9b, 0x6e, 0x0d, 0x5b, 0x6a, 0x3f, 0x7c, 0x01,
	};
	unsigned char bytes[UUID_BYTES];

	ck_assert_int_eq(parse("0b6f4a1e-4f0e-4a53-9b6e-0d5b6a3f7c01", bytes), 0);
	ck_assert_mem_eq(bytes, expected, sizeof(expected));
}
END_TEST

START_TEST(what_could_not_be_spelt_so_again_is_no_uuid)
{
	static const char *const texts[] = {
		"", "0b6f4a1e-4f0e-4a53-9b6e-0d5b6a3f7c0", "0b6f4a1e-4f0e-4a53-9b6e-0d5b6a3f7c012",
		"0B6f4a1e-4f0e-4a53-9b6e-0d5b6a3f7c01", "0b6f4a1e04f0e-4a53-9b6e-0d5b6a3f7c01",
		"0b6f4a1e-4f0e-4a53-9b6e-0d5b6a3f7c0g", "{b6f4a1e-4f0e-4a53-9b6e-0d5b6a3f7c01",
		"0b6f4a1-e4f0e-4a53-9b6e-0d5b6a3f7c01", "0b6f4a1e-4f0e-4a53-9b6e00d5b6a3f7c01",
	};
	unsigned char bytes[UUID_BYTES] = { 42 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(parse(texts[i], bytes) == UUID_E_NOT, "%s", texts[i]);
	ck_assert_int_eq(bytes[0], 42);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("numbers");

	tcase_add_test(t, a_number_is_what_libc_reads_to_the_last_bit);
	tcase_add_test(t, a_uuid_spelt_in_small_letters_is_its_sixteen_bytes);
	tcase_add_test(t, what_could_not_be_spelt_so_again_is_no_uuid);
	return unit_main("numbers", t);
}
