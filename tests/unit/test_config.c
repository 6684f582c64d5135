#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/config.h"
#include "util/quantity.h"

static struct {
	char root[32];
	char etc[64], lib[64], file[128];
	struct config config;
	struct buf complaints;
	struct config_places places;
} t;

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void) snprintf(path, sizeof(path), "%s/callmeter/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void make_dirs(const char *dir)
{
	char path[256];

	ck_assert_int_eq(mkdir(dir, 0755), 0);
	(void) snprintf(path, sizeof(path), "%s/callmeter", dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	(void) snprintf(path, sizeof(path), "%s/callmeter/callmeter.conf.d", dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void set_up(void)
{
	(void) strcpy(t.root, "/tmp/config.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(t.root));
	(void) snprintf(t.etc, sizeof(t.etc), "%s/etc", t.root);
	(void) snprintf(t.lib, sizeof(t.lib), "%s/lib", t.root);
	make_dirs(t.etc);
	make_dirs(t.lib);
	t.places = (struct config_places) { .sysconfdir = t.etc, .vendorconfdir = t.lib };
}

static void tear_down(void)
{
	char command[64];

	config_deinit(&t.config);
	buf_deinit(&t.complaints);
	(void) snprintf(command, sizeof(command), "rm -r %s", t.root);
	ck_assert_int_eq(system(command), 0);
}

static int load(void)
{
	config_deinit(&t.config);
	buf_reset(&t.complaints, 0);
	return config_load(&t.places, &t.config, &t.complaints);
}

/* The complaints are exactly @expected, in which % stands for the temporary folder. */
static void check_complaints(const char *expected)
{
	char text[1024] = "";

	for (; *expected; expected++) {
		size_t n = strlen(text);

		(void) snprintf(text + n, sizeof(text) - n, *expected == '%' ? "%s" : "%.1s",
				*expected == '%' ? t.root : expected);
	}
	ck_assert_str_eq(buf_cstr(&t.complaints), text);
}

START_TEST(without_any_file_the_defaults_are_in_force)
{
	ck_assert_int_eq(load(), 0);
	ck_assert(!t.config.strict);
	ck_assert_int_eq(t.config.attempt_timeout_ms, 60000);
	ck_assert_int_eq(t.config.session_idle_ms, 4 * 3600 * 1000);
	ck_assert_int_eq(t.config.quarantine_max_bytes, 64 << 20);
	ck_assert_int_eq(t.config.query_timeout_ms, 10000);
	ck_assert_int_eq(t.config.hrtc_jitter_unit, CONFIG_JITTER_MS);
	ck_assert_int_eq(t.config.hrtc_loss_unit, CONFIG_LOSS_PERCENT);
	ck_assert_uint_eq(t.complaints.n, 0);
}
END_TEST

START_TEST(a_unit_is_one_of_its_words)
{
	write_file(t.etc, "callmeter.conf", "[callmeter]\nhrtc_jitter_unit = us\nhrtc_loss_unit = ratio\n");
	ck_assert_int_eq(load(), 0);
	ck_assert_int_eq(t.config.hrtc_jitter_unit, CONFIG_JITTER_US);
	ck_assert_int_eq(t.config.hrtc_loss_unit, CONFIG_LOSS_RATIO);

	write_file(t.etc, "callmeter.conf", "[callmeter]\nhrtc_jitter_unit = m\nhrtc_loss_unit =\n");
	ck_assert_int_eq(load(), CONFIG_E_BAD);
	check_complaints("error: %/etc/callmeter/callmeter.conf:2: hrtc_jitter_unit = m: "
			 "expected \"ms\", \"us\" or \"s\"\n"
			 "error: %/etc/callmeter/callmeter.conf:3: hrtc_loss_unit = : "
			 "expected \"percent\" or \"ratio\"\n");
}
END_TEST

START_TEST(the_vendors_main_file_is_read_only_where_there_is_no_other)
{
	write_file(t.lib, "callmeter.conf", "[callmeter]\nconformance = strict\nquery_timeout = 5s\n");
	ck_assert_int_eq(load(), 0);
	ck_assert(t.config.strict);

	write_file(t.etc, "callmeter.conf", "[callmeter]\nquery_timeout = 7s ; enough\n");
	ck_assert_int_eq(load(), 0);
	ck_assert(!t.config.strict);
	ck_assert_int_eq(t.config.query_timeout_ms, 7000);
}
END_TEST

START_TEST(drop_ins_apply_in_the_order_of_their_names_and_ours_mask_the_vendors)
{
	write_file(t.etc, "callmeter.conf", "[callmeter]\nattempt_timeout = 1s\n");
	write_file(t.lib, "callmeter.conf.d/10-a.conf", "[callmeter]\nattempt_timeout = 10s\nsession_idle = 1h\n");
	write_file(t.lib, "callmeter.conf.d/30-c.conf", "[callmeter]\nattempt_timeout = 30s\n");
	write_file(t.etc, "callmeter.conf.d/20-b.conf", "[callmeter]\nattempt_timeout = 20s\n");
	write_file(t.etc, "callmeter.conf.d/README", "not a drop-in\n");
	ck_assert_int_eq(load(), 0);
	ck_assert_int_eq(t.config.attempt_timeout_ms, 30000);
	ck_assert_int_eq(t.config.session_idle_ms, 3600000);

	write_file(t.etc, "callmeter.conf.d/30-c.conf", "");
	write_file(t.etc, "callmeter.conf.d/10-a.conf", "");
	ck_assert_int_eq(load(), 0);
	ck_assert_int_eq(t.config.attempt_timeout_ms, 20000);
	ck_assert_int_eq(t.config.session_idle_ms, 4 * 3600 * 1000);
}
END_TEST

START_TEST(a_named_file_is_read_alone_and_has_to_be_there)
{
	write_file(t.etc, "callmeter.conf", "[callmeter]\nconformance = strict\n");
	write_file(t.lib, "other", "[callmeter]\nquery_timeout = 1min\n");
	(void) snprintf(t.file, sizeof(t.file), "%s/callmeter/other", t.lib);
	t.places.file = t.file;
	ck_assert_int_eq(load(), 0);
	ck_assert(!t.config.strict);
	ck_assert_int_eq(t.config.query_timeout_ms, 60000);

	t.places.file = "/nonexistent/callmeter.conf";
	ck_assert_int_eq(load(), CONFIG_E_BAD);
	check_complaints("error: /nonexistent/callmeter.conf: no such file\n");
}
END_TEST

START_TEST(what_is_set_on_the_command_line_wins)
{
	static const char *const sets[] = { "conformance=strict", "app.1001=web=shop" };

	write_file(t.etc, "callmeter.conf", "[callmeter]\nconformance = lenient\n[app]\n1001 = other\nalice=phone\n");
	t.places.sets = sets;
	t.places.n_sets = 2;
	ck_assert_int_eq(load(), 0);
	ck_assert(t.config.strict);
	ck_assert_str_eq(config_app_of(&t.config, 1001, "bob"), "web=shop");
	ck_assert_str_eq(config_app_of(&t.config, 1002, "alice"), "phone");
	ck_assert_ptr_null(config_app_of(&t.config, 1002, NULL));
}
END_TEST

START_TEST(a_bad_value_is_an_error_that_names_place_value_and_remedy)
{
	write_file(t.etc, "callmeter.conf",
		   "# comment\n[callmeter]\n\n  query_timeout = soon\nmax_connections = 0\nconformance = yes\n"
		   "quarantine_max = 64Q\nmax_connections = 1x\n");
	ck_assert_int_eq(load(), CONFIG_E_BAD);
	check_complaints(
		"error: %/etc/callmeter/callmeter.conf:4: query_timeout = soon: expected a time span such as 60s, 5min or 4h\n"
		"error: %/etc/callmeter/callmeter.conf:5: max_connections = 0: expected 1 to 4096\n"
		"error: %/etc/callmeter/callmeter.conf:6: conformance = yes: expected \"lenient\" or \"strict\"\n"
		"error: %/etc/callmeter/callmeter.conf:7: quarantine_max = 64Q: expected a size such as 512K, 64M or 1G\n"
		"error: %/etc/callmeter/callmeter.conf:8: max_connections = 1x: expected a whole number\n");
}
END_TEST

START_TEST(an_unknown_key_is_a_warning_and_what_is_no_setting_an_error)
{
	write_file(t.etc, "callmeter.conf", "[callmeter]\ncolour = red\n[other]\nx = 1\n");
	ck_assert_int_eq(load(), 0);
	check_complaints("warning: %/etc/callmeter/callmeter.conf:2: colour: unknown key, ignored\n"
			 "warning: %/etc/callmeter/callmeter.conf:4: x: unknown section [other], ignored\n");

	write_file(t.etc, "callmeter.conf", "[callmeter]\nconformance = strict\nwhat is this\n");
	ck_assert_int_eq(load(), CONFIG_E_BAD);
	check_complaints("error: %/etc/callmeter/callmeter.conf:3: expected KEY = VALUE or [SECTION]\n");
}
END_TEST

START_TEST(an_indented_line_is_a_setting_of_its_own_and_long_ones_keep_the_count)
{
	char text[1024] = "[callmeter]\n  query_timeout = 3s\n  session_idle = 2h\n#";

	memset(text + strlen(text), '#', 400);
	(void) strcat(text, "\ncolour = red\n");
	write_file(t.etc, "callmeter.conf", text);
	ck_assert_int_eq(load(), CONFIG_E_BAD);
	check_complaints("error: %/etc/callmeter/callmeter.conf:4: line longer than 198 characters\n"
			 "warning: %/etc/callmeter/callmeter.conf:5: colour: unknown key, ignored\n");
}
END_TEST

START_TEST(what_is_printed_says_where_it_is_from_and_reads_back_the_same)
{
	static const char *const sets[] = { "query_timeout=1500ms" };
	char path[128], expected[1024];
	struct buf text = {};

	write_file(t.etc, "callmeter.conf", "[callmeter]\nquarantine_max = 1024K\nkeep_phone_numbers = yes\n[app]\n7 = web\n");
	t.places.sets = sets;
	t.places.n_sets = 1;
	ck_assert_int_eq(load(), 0);
	ck_assert_int_eq(config_print(&t.config, &text), 0);
	(void) snprintf(path, sizeof(path), "%s/etc/callmeter/callmeter.conf", t.root);
	(void) snprintf(expected, sizeof(expected),
			"[callmeter]\n# default\nconformance = lenient\n# default\nattempt_timeout = 1min\n"
			"# default\nsession_idle = 4h\n# %s:2\nquarantine_max = 1M\n"
			"# --set\nquery_timeout = 1500ms\n# default\nmax_connections = 1024\n"
			"# default\nhrtc_jitter_unit = ms\n# default\nhrtc_loss_unit = percent\n"
			"# %s:3\nkeep_phone_numbers = yes\n"
			"\n[app]\n# %s:5\n7 = web\n", path, path, path);
	ck_assert_str_eq(buf_cstr(&text), expected);

	write_file(t.etc, "callmeter.conf", text.data);
	t.places.n_sets = 0;
	ck_assert_int_eq(load(), 0);
	ck_assert_int_eq(t.config.query_timeout_ms, 1500);
	ck_assert_int_eq(t.config.quarantine_max_bytes, 1 << 20);
	ck_assert(t.config.keep_phone_numbers && !t.config.strict);
	ck_assert_str_eq(config_app_of(&t.config, 7, NULL), "web");
	buf_deinit(&text);
}
END_TEST

START_TEST(a_key_the_store_was_opened_with_takes_a_restart)
{
	struct config old = {}, now = {};

	now.strict = true;
	now.max_connections = 7;
	now.keep_phone_numbers = true;
	ck_assert_ptr_null(config_needs_restart(&old, &now));
	now.session_idle_ms = 7;
	ck_assert_str_eq(config_needs_restart(&old, &now), "session_idle");
}
END_TEST

START_TEST(quantities_are_read_as_people_write_them)
{
	static const struct {
		const char *text;
		int64_t ms;	/* -1: bad */
	} spans[] = {
		{ "90", 90000 }, { "60s", 60000 }, { "5min", 300000 }, { "1h 30min", 5400000 },
		{ "1.5h", 5400000 }, { "250ms", 250 }, { " 2 days ", 172800000 }, { "0", 0 },
		{ "", -1 }, { "h", -1 }, { "-1s", -1 }, { "1y", -1 }, { "1e3", -1 }, { "0x10", -1 },
		{ "inf", -1 }, { "99999999999999999999", -1 }, { "1s,", -1 },
	};
	static const struct {
		const char *text;
		int64_t bytes;
	} sizes[] = {
		{ "0", 0 }, { "4096", 4096 }, { "64K", 65536 }, { "1.5M", 1572864 }, { "2GiB", INT64_C(2) << 30 },
		{ "64k", -1 }, { "M", -1 }, { "1 T", -1 },
	};
	int64_t x;

	for (size_t i = 0; i < N_ELEMENTS(spans); i++) {
		x = -1;
		ck_assert_msg((quantity_span_ms(spans[i].text, &x) == 0) == (spans[i].ms >= 0) &&
			      x == spans[i].ms, "\"%s\" gave %jd", spans[i].text, (intmax_t) x);
	}
	for (size_t i = 0; i < N_ELEMENTS(sizes); i++) {
		x = -1;
		ck_assert_msg((quantity_bytes(sizes[i].text, &x) == 0) == (sizes[i].bytes >= 0) &&
			      x == sizes[i].bytes, "\"%s\" gave %jd", sizes[i].text, (intmax_t) x);
	}
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("config");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, without_any_file_the_defaults_are_in_force);
	tcase_add_test(c, a_unit_is_one_of_its_words);
	tcase_add_test(c, the_vendors_main_file_is_read_only_where_there_is_no_other);
	tcase_add_test(c, drop_ins_apply_in_the_order_of_their_names_and_ours_mask_the_vendors);
	tcase_add_test(c, a_named_file_is_read_alone_and_has_to_be_there);
	tcase_add_test(c, what_is_set_on_the_command_line_wins);
	tcase_add_test(c, a_bad_value_is_an_error_that_names_place_value_and_remedy);
	tcase_add_test(c, an_unknown_key_is_a_warning_and_what_is_no_setting_an_error);
	tcase_add_test(c, an_indented_line_is_a_setting_of_its_own_and_long_ones_keep_the_count);
	tcase_add_test(c, what_is_printed_says_where_it_is_from_and_reads_back_the_same);
	tcase_add_test(c, a_key_the_store_was_opened_with_takes_a_restart);
	tcase_add_test(c, quantities_are_read_as_people_write_them);
	return unit_main("config", c);
}
