#include "app/config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <string.h>

#include "util/quantity.h"
#include "wire/limits.h"

enum kind {
	KIND_CONFORMANCE,	/* this and the next are a bool each */
	KIND_FLAG,
	KIND_SPAN,
	KIND_SIZE,
	KIND_COUNT,
	KIND_JITTER_UNIT,
	KIND_LOSS_UNIT,
};

static const char *const expected[] = {
	[KIND_CONFORMANCE] = "\"lenient\" or \"strict\"",
	[KIND_FLAG] = "\"yes\" or \"no\"",
	[KIND_SPAN] = "a time span such as 60s, 5min or 4h",
	[KIND_SIZE] = "a size such as 512K, 64M or 1G",
	[KIND_COUNT] = "a whole number",
	[KIND_JITTER_UNIT] = "\"ms\", \"us\" or \"s\"",
	[KIND_LOSS_UNIT] = "\"percent\" or \"ratio\"",
};

/* NULL-ended: a value is the number of its word. */
static const char *const jitter_units[] = {
	[CONFIG_JITTER_MS] = "ms", [CONFIG_JITTER_US] = "us", [CONFIG_JITTER_S] = "s", NULL,
};
static const char *const loss_units[] = {
	[CONFIG_LOSS_PERCENT] = "percent", [CONFIG_LOSS_RATIO] = "ratio", NULL,
};

static const struct key {
	const char *name;
	enum kind kind;
	size_t offset;		/* of its int64_t or bool in struct config */
	int64_t min, max;
	int64_t value;		/* the default */
	bool live;		/* a reload changes it */
} keys[N_CONFIG_KEYS] = {
	[CONFIG_CONFORMANCE] = {
		"conformance", KIND_CONFORMANCE, offsetof(struct config, strict), 0, 1, 0, true,
	},
	[CONFIG_ATTEMPT_TIMEOUT] = {
		"attempt_timeout", KIND_SPAN, offsetof(struct config, attempt_timeout_ms),
		1000, 86400000, 60000, false,
	},
	[CONFIG_SESSION_IDLE] = {
		"session_idle", KIND_SPAN, offsetof(struct config, session_idle_ms),
		60000, 30 * INT64_C(86400000), 4 * 3600000, false,
	},
	[CONFIG_QUARANTINE_MAX] = {
		"quarantine_max", KIND_SIZE, offsetof(struct config, quarantine_max_bytes),
		0, INT64_C(1) << 40, 64 << 20, false,
	},
	[CONFIG_QUERY_TIMEOUT] = {
		"query_timeout", KIND_SPAN, offsetof(struct config, query_timeout_ms),
		100, 3600000, 10000, true,
	},
	[CONFIG_MAX_CONNECTIONS] = {
		"max_connections", KIND_COUNT, offsetof(struct config, max_connections),
		/* With this many, each holding all it may, the unit's MemoryMax= is not met. */
		1, LIMIT_PEERS, 1024, true,
	},
	[CONFIG_HRTC_JITTER_UNIT] = {
		"hrtc_jitter_unit", KIND_JITTER_UNIT, offsetof(struct config, hrtc_jitter_unit),
		CONFIG_JITTER_MS, CONFIG_JITTER_S, CONFIG_JITTER_MS, false,
	},
	[CONFIG_HRTC_LOSS_UNIT] = {
		"hrtc_loss_unit", KIND_LOSS_UNIT, offsetof(struct config, hrtc_loss_unit),
		CONFIG_LOSS_PERCENT, CONFIG_LOSS_RATIO, CONFIG_LOSS_PERCENT, false,
	},
	[CONFIG_KEEP_PHONE_NUMBERS] = {
		"keep_phone_numbers", KIND_FLAG, offsetof(struct config, keep_phone_numbers),
		0, 1, 0, true,
	},
};

static bool is_flag(const struct key *key)
{
	return key->kind == KIND_CONFORMANCE || key->kind == KIND_FLAG;
}

static int64_t get_value(const struct config *c, const struct key *key)
{
	const char *at = (const char *) c + key->offset;

	return is_flag(key) ? *(const bool *) at : *(const int64_t *) (const void *) at;
}

static void put_value(struct config *c, const struct key *key, int64_t x)
{
	char *at = (char *) c + key->offset;

	if (is_flag(key))
		*(bool *) at = x != 0;
	else
		*(int64_t *) (void *) at = x;
}

/* A config on its way in. */
struct loading {
	struct config config;
	struct buf *complaints;	/* borrowed */
	FILE *stream;		/* borrowed; the file in hand */
	const char *file;	/* its name, "--set" for a setting */
	unsigned line;		/* 0: has none */
	bool bad;
	int r;			/* -ENOMEM, once it happened */
};

static void note(struct loading *l, int r)
{
	if (r < 0)
		l->r = r;
}

static void place(struct loading *l, struct buf *out)
{
	note(l, buf_add_str(out, l->file));
	if (l->line > 0)
		note(l, buf_printf(out, ":%u", l->line));
}

/* "error: FILE:LINE: " and the rest. */
static void complain(struct loading *l, const char *grade, const char *fmt, ...) _printf_(3, 4);
static void complain(struct loading *l, const char *grade, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void) vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (strcmp(grade, "error") == 0)
		l->bad = true;
	note(l, buf_printf(l->complaints, "%s: ", grade));
	place(l, l->complaints);
	note(l, buf_printf(l->complaints, ": %s\n", text));
}

static char *here(struct loading *l)
{
	struct buf text = {};

	place(l, &text);
	if (!buf_cstr(&text)) {
		buf_deinit(&text);
		l->r = -ENOMEM;
	}
	return text.data;
}

static void replace(struct loading *l, char **s, char *value)
{
	free(*s);
	*s = value;
	if (!value)
		l->r = -ENOMEM;
}

static int read_word(const char *const *words, const char *value, int64_t *ret)
{
	for (int64_t i = 0; words[i]; i++) {
		if (strcmp(words[i], value) == 0) {
			*ret = i;
			return 0;
		}
	}
	return CONFIG_E_BAD;
}

static int read_value(const struct key *key, const char *value, int64_t *ret)
{
	char *end;

	switch (key->kind) {
	case KIND_CONFORMANCE:
		*ret = strcmp(value, "strict") == 0;
		return *ret || strcmp(value, "lenient") == 0 ? 0 : CONFIG_E_BAD;
	case KIND_FLAG:
		*ret = strcmp(value, "yes") == 0;
		return *ret || strcmp(value, "no") == 0 ? 0 : CONFIG_E_BAD;
	case KIND_SPAN:
		return quantity_span_ms(value, ret) == 0 ? 0 : CONFIG_E_BAD;
	case KIND_SIZE:
		return quantity_bytes(value, ret) == 0 ? 0 : CONFIG_E_BAD;
	case KIND_COUNT:
		errno = 0;
		*ret = strtoll(value, &end, 10);
		return errno == 0 && end != value && !*end ? 0 : CONFIG_E_BAD;
	case KIND_JITTER_UNIT:
		return read_word(jitter_units, value, ret);
	case KIND_LOSS_UNIT:
		return read_word(loss_units, value, ret);
	}
	return CONFIG_E_BAD;
}

static int print_value(struct buf *out, const struct key *key, int64_t x)
{
	switch (key->kind) {
	case KIND_CONFORMANCE:
		return buf_add_str(out, x ? "strict" : "lenient");
	case KIND_FLAG:
		return buf_add_str(out, x ? "yes" : "no");
	case KIND_SPAN:
		return quantity_print_span(out, x);
	case KIND_SIZE:
		return quantity_print_bytes(out, x);
	case KIND_COUNT:
		return buf_printf(out, "%" PRId64, x);
	case KIND_JITTER_UNIT:
		return buf_add_str(out, jitter_units[x]);
	case KIND_LOSS_UNIT:
		return buf_add_str(out, loss_units[x]);
	}
	return 0;
}

static void set_key(struct loading *l, enum config_key which, const char *value)
{
	const struct key *key = &keys[which];
	int64_t x;

	if (read_value(key, value, &x) != 0) {
		complain(l, "error", "%s = %s: expected %s", key->name, value, expected[key->kind]);
		return;
	}
	if (x < key->min || x > key->max) {
		_cleanup_(buf_deinit) struct buf range = {};

		note(l, print_value(&range, key, key->min));
		note(l, buf_add_str(&range, " to "));
		note(l, print_value(&range, key, key->max));
		complain(l, "error", "%s = %s: expected %s", key->name, value,
			 buf_cstr(&range) ? range.data : "less");
		return;
	}
	put_value(&l->config, key, x);
	replace(l, &l->config.from[which], here(l));
}

static void set_app(struct loading *l, const char *who, const char *app)
{
	struct config *c = &l->config;
	struct config_app *entry = NULL;

	if (!*app || strlen(app) > LIMIT_APP_CHARS) {
		complain(l, "error", "[app] %s: expected a name of 1 to %d characters", who,
			 LIMIT_APP_CHARS);
		return;
	}
	for (size_t i = 0; i < c->n_apps && !entry; i++) {
		if (strcmp(c->apps[i].who, who) == 0)
			entry = &c->apps[i];
	}
	if (!entry) {
		struct config_app *apps = realloc(c->apps, (c->n_apps + 1) * sizeof(*apps));

		if (!apps) {
			l->r = -ENOMEM;
			return;
		}
		c->apps = apps;
		entry = &c->apps[c->n_apps++];
		*entry = (struct config_app) {};
		replace(l, &entry->who, strdup(who));
	}
	replace(l, &entry->app, strdup(app));
	replace(l, &entry->from, here(l));
}

static int on_pair(void *user, const char *section, const char *name, const char *value)
{
	struct loading *l = user;

	if (strcmp(section, "app") == 0) {
		set_app(l, name, value);
		return 1;
	}
	if (strcmp(section, "callmeter") != 0) {
		complain(l, "warning", "%s: unknown section [%s], ignored", name, section);
		return 1;
	}
	for (unsigned i = 0; i < N_CONFIG_KEYS; i++) {
		if (strcmp(keys[i].name, name) == 0) {
			set_key(l, i, value);
			return 1;
		}
	}
	complain(l, "warning", "%s: unknown key, ignored", name);
	return 1;
}

/* inih numbers no lines for its handlers, and takes an indented line for the value above going on. */
static char *read_line(char *room, int n, void *stream)
{
	struct loading *l = stream;
	size_t length, blanks;

	if (!fgets(room, n, l->stream))
		return NULL;
	l->line++;
	length = strlen(room);
	if (length + 1 == (size_t) n && room[length - 1] != '\n' && !feof(l->stream)) {
		int c;

		complain(l, "error", "line longer than %d characters", n - 2);
		while ((c = getc(l->stream)) != EOF && c != '\n')
			;
		room[0] = '\0';
		return room;
	}
	blanks = strspn(room, " \t");
	memmove(room, room + blanks, length - blanks + 1);
	return room;
}

static void read_stream(struct loading *l, FILE *stream, const char *name)
{
	int line;

	l->stream = stream;
	l->file = name;
	l->line = 0;
	line = ini_parse_stream(read_line, l, on_pair, l);
	if (line > 0) {
		l->line = (unsigned) line;
		complain(l, "error", "expected KEY = VALUE or [SECTION]");
	} else if (line < 0) {
		l->r = -ENOMEM;
	}
	l->line = 0;
	if (ferror(stream))
		complain(l, "error", "cannot be read: %s", strerror(errno));
}

static void close_file(FILE **stream)
{
	if (*stream)
		(void) fclose(*stream);
}

/* Returns whether there was such a file. */
static bool read_file(struct loading *l, const char *path)
{
	_cleanup_(close_file) FILE *stream = fopen(path, "re");

	l->file = path;
	l->line = 0;
	if (!stream && errno == ENOENT)
		return false;
	if (stream)
		read_stream(l, stream, path);
	else
		complain(l, "error", "cannot be opened: %s", strerror(errno));
	return true;
}

static int is_drop_in(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && strcmp(dot, ".conf") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

struct folder {
	char *path;
	struct dirent **entries;
	int n;		/* -1: no such folder */
	int i;
};

static void open_folder(struct loading *l, const char *confdir, struct folder *f)
{
	*f = (struct folder) { .n = -1 };
	if (asprintf(&f->path, "%s/callmeter/callmeter.conf.d", confdir) < 0) {
		f->path = NULL;
		l->r = -ENOMEM;
		return;
	}
	f->n = scandir(f->path, &f->entries, is_drop_in, by_name);
}

static void close_folder(struct folder *f)
{
	for (int i = 0; i < f->n; i++)
		free(f->entries[i]);
	if (f->n >= 0)
		free(f->entries);
	free(f->path);
}

static const char *next_name(const struct folder *f)
{
	return f->i < f->n ? f->entries[f->i]->d_name : NULL;
}

static void read_drop_in(struct loading *l, const struct folder *f, const char *name)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s", f->path, name) < 0) {
		path = NULL;
		l->r = -ENOMEM;
		return;
	}
	(void) read_file(l, path);
}

/* Both folders at once, in the order of the names; the first masks the second. */
static void read_drop_ins(struct loading *l, const struct config_places *places)
{
	_cleanup_(close_folder) struct folder etc = {};
	_cleanup_(close_folder) struct folder lib = {};

	open_folder(l, places->sysconfdir, &etc);
	open_folder(l, places->vendorconfdir, &lib);
	for (;;) {
		const char *a = next_name(&etc), *b = next_name(&lib);
		int order = a && b ? strcmp(a, b) : a ? -1 : 1;

		if (!a && !b)
			return;
		if (order <= 0)
			read_drop_in(l, &etc, a);
		else
			read_drop_in(l, &lib, b);
		etc.i += order <= 0;
		lib.i += order >= 0;
	}
}

static void read_main(struct loading *l, const struct config_places *places)
{
	const char *const dirs[] = { places->sysconfdir, places->vendorconfdir };
	bool found = false;

	for (size_t i = 0; i < N_ELEMENTS(dirs) && !found; i++) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s/callmeter/callmeter.conf", dirs[i]) < 0) {
			path = NULL;
			l->r = -ENOMEM;
			return;
		}
		found = read_file(l, path);
	}
}

/* KEY=VALUE, or app.WHO=NAME. */
static void read_set(struct loading *l, const char *set)
{
	const char *equals = strchr(set, '=');
	_cleanup_free_ char *key = NULL;

	l->file = "--set";
	l->line = 0;
	if (!equals || equals == set) {
		complain(l, "error", "%s: expected KEY=VALUE", set);
		return;
	}
	key = strndup(set, (size_t) (equals - set));
	if (!key)
		l->r = -ENOMEM;
	else if (strncmp(key, "app.", 4) == 0)
		(void) on_pair(l, "app", key + 4, equals + 1);
	else
		(void) on_pair(l, "callmeter", key, equals + 1);
}

int config_load(const struct config_places *places, struct config *ret, struct buf *complaints)
{
	struct loading l = { .complaints = complaints };

	for (unsigned i = 0; i < N_CONFIG_KEYS; i++)
		put_value(&l.config, &keys[i], keys[i].value);
	if (places->file) {
		if (!read_file(&l, places->file))
			complain(&l, "error", "no such file");
	} else {
		read_main(&l, places);
		read_drop_ins(&l, places);
	}
	for (size_t i = 0; i < places->n_sets; i++)
		read_set(&l, places->sets[i]);

	if (l.r < 0 || l.bad) {
		config_deinit(&l.config);
		return l.r < 0 ? l.r : CONFIG_E_BAD;
	}
	*ret = l.config;
	return 0;
}

void config_deinit(struct config *c)
{
	for (size_t i = 0; i < c->n_apps; i++) {
		free(c->apps[i].who);
		free(c->apps[i].app);
		free(c->apps[i].from);
	}
	free(c->apps);
	for (size_t i = 0; i < N_CONFIG_KEYS; i++)
		free(c->from[i]);
	*c = (struct config) {};
}

const char *config_app_of(const struct config *c, uid_t uid, const char *name)
{
	char number[24];

	(void) snprintf(number, sizeof(number), "%ju", (uintmax_t) uid);
	for (size_t i = 0; i < c->n_apps; i++) {
		const char *who = c->apps[i].who;

		if (strcmp(who, number) == 0 || (name && strcmp(who, name) == 0))
			return c->apps[i].app;
	}
	return NULL;
}

int config_print(const struct config *c, struct buf *out)
{
	int r = buf_add_str(out, "[callmeter]\n");

	for (unsigned i = 0; i < N_CONFIG_KEYS && r == 0; i++) {
		r = buf_printf(out, "# %s\n%s = ", c->from[i] ? c->from[i] : "default", keys[i].name);
		if (r == 0)
			r = print_value(out, &keys[i], get_value(c, &keys[i]));
		if (r == 0)
			r = buf_add_char(out, '\n');
	}
	if (r == 0 && c->n_apps > 0)
		r = buf_add_str(out, "\n[app]\n");
	for (size_t i = 0; i < c->n_apps && r == 0; i++)
		r = buf_printf(out, "# %s\n%s = %s\n", c->apps[i].from, c->apps[i].who, c->apps[i].app);
	return r;
}

const char *config_needs_restart(const struct config *old, const struct config *now)
{
	for (unsigned i = 0; i < N_CONFIG_KEYS; i++) {
		if (!keys[i].live && get_value(old, &keys[i]) != get_value(now, &keys[i]))
			return keys[i].name;
	}
	return NULL;
}
