#include "app/apps.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

enum { MAX_ENTRIES = 256 };	/* more users than that: look them up anew */

struct apps_entry {
	uid_t uid;
	char *app;	/* owned */
};

void apps_init(struct apps *a, const struct config *config)
{
	*a = (struct apps) { .config = config };
}

static void forget(struct apps *a)
{
	for (size_t i = 0; i < a->n_entries; i++)
		free(a->entries[i].app);
	a->n_entries = 0;
}

void apps_deinit(struct apps *a)
{
	forget(a);
	free(a->entries);
	*a = (struct apps) {};
}

static char *look_up(const struct config *config, uid_t uid)
{
	const struct passwd *user = getpwuid(uid);
	const char *name = user ? user->pw_name : NULL;
	const char *app = config_app_of(config, uid, name);
	char number[24];

	(void) snprintf(number, sizeof(number), "%ju", (uintmax_t) uid);
	return strdup(app ? app : name ? name : number);
}

const char *apps_of(struct apps *a, uid_t uid)
{
	struct apps_entry *entry;

	for (size_t i = 0; i < a->n_entries; i++) {
		if (a->entries[i].uid == uid)
			return a->entries[i].app;
	}
	if (!a->entries)
		a->entries = calloc(MAX_ENTRIES, sizeof(*a->entries));
	if (!a->entries)
		return "";
	if (a->n_entries == MAX_ENTRIES)
		forget(a);
	entry = &a->entries[a->n_entries];
	*entry = (struct apps_entry) { .uid = uid, .app = look_up(a->config, uid) };
	if (!entry->app)
		return "";
	a->n_entries++;
	return entry->app;
}
