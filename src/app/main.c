/* callmeterd: the recorder. Reads the command line; the rest is app/daemon. */

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "app/daemon.h"

enum {
	OPTION_CONFIG = 256,
	OPTION_STATE_DIR,
	OPTION_RUNTIME_DIR,
	OPTION_SET,
	OPTION_CHECK_CONFIG,
	OPTION_VERSION,
	EXIT_USAGE = 2,
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "state-dir", required_argument, NULL, OPTION_STATE_DIR },
	{ "runtime-dir", required_argument, NULL, OPTION_RUNTIME_DIR },
	{ "set", required_argument, NULL, OPTION_SET },
	{ "check-config", no_argument, NULL, OPTION_CHECK_CONFIG },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "help", no_argument, NULL, 'h' },
	{},
};

static const char help[] =
	"callmeterd - record how calls go on this machine\n"
	"\n"
	"  callmeterd --state-dir /tmp/cm --runtime-dir /tmp/cm    try it without installing\n"
	"  callmeterd --check-config                               what is in force, and from where\n"
	"  callmeterd --set conformance=strict --set app.1001=webshop\n"
	"\n"
	"Options:\n"
	"  --config FILE       read this file alone\n"
	"  --state-dir DIR     where the database is (" CALLMETER_STATEDIR ")\n"
	"  --runtime-dir DIR   where the sockets are made (" CALLMETER_RUNDIR ")\n"
	"  --set KEY=VALUE     a setting that beats the files; app.USER=NAME names an app\n"
	"  --check-config      print the configuration in force and exit\n"
	"  --version           print the version and exit\n"
	"  --help              print this and exit\n"
	"\n"
	"See callmeterd(8) and callmeter.conf(5).\n";

static int check_config(const struct config_places *places)
{
	_cleanup_(buf_deinit) struct buf complaints = {};
	_cleanup_(buf_deinit) struct buf text = {};
	struct config config = {};
	int r = config_load(places, &config, &complaints);

	if (r == 0)
		r = config_print(&config, &text);
	(void) fwrite(complaints.data, 1, complaints.n, stderr);
	(void) fwrite(text.data, 1, text.n, stdout);
	if (r < 0)
		(void) fprintf(stderr, "error: %s\n", strerror(-r));
	config_deinit(&config);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* STATE_DIRECTORY is systemd's word for StateDirectory=. */
static const char *default_state_dir(void)
{
	const char *dirs = getenv("STATE_DIRECTORY");

	return dirs && *dirs && !strchr(dirs, ':') ? dirs : CALLMETER_STATEDIR;
}

int main(int argc, char **argv)
{
	_cleanup_free_ const char **sets = calloc((size_t) argc + 1, sizeof(*sets));
	struct daemon_options options = {
		.state_dir = default_state_dir(),
		.runtime_dir = CALLMETER_RUNDIR,
		.places = {
			.sysconfdir = CALLMETER_SYSCONFDIR,
			.vendorconfdir = CALLMETER_VENDORCONFDIR,
			.sets = sets,
		},
	};
	bool check = false;
	int option;

	if (!sets)
		return EXIT_FAILURE;
	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		switch (option) {
		case OPTION_CONFIG:
			options.places.file = optarg;
			break;
		case OPTION_STATE_DIR:
			options.state_dir = optarg;
			break;
		case OPTION_RUNTIME_DIR:
			options.runtime_dir = optarg;
			break;
		case OPTION_SET:
			sets[options.places.n_sets++] = optarg;
			break;
		case OPTION_CHECK_CONFIG:
			check = true;
			break;
		case OPTION_VERSION:
			(void) puts(PACKAGE_STRING);
			return EXIT_SUCCESS;
		case 'h':
			(void) fputs(help, stdout);
			return EXIT_SUCCESS;
		default:
			(void) fputs("Try callmeterd --help.\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		(void) fprintf(stderr, "callmeterd: %s: takes no arguments\nTry callmeterd --help.\n",
			       argv[optind]);
		return EXIT_USAGE;
	}
	if (check)
		return check_config(&options.places);
	(void) umask(0027);
	return daemon_run(&options);
}
