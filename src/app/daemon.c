#include "app/daemon.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "app/apps.h"
#include "app/control.h"
#include "app/ingest.h"
#include "app/log.h"
#include "app/query.h"
#include "app/sd.h"
#include "app/sockets.h"
#include "app/status.h"
#include "app/writer.h"
#include "net/peer.h"
#include "store/store.h"
#include "util/clock.h"

enum { STOP_PATIENCE_MS = 4000 };	/* for a clean end; then what is not yet on disk is given up */

struct daemon {
	const struct daemon_options *options;
	struct config config;
	struct apps apps;
	struct store *store;
	uv_loop_t loop;
	struct peer_hub hub;
	struct writer writer;
	struct ingest *ingest;
	struct control *control;
	struct query *query;
	struct sockets sockets;
	uv_signal_t signals[3];
	uv_timer_t watchdog, deadline;
	struct writer_job ping;		/* asks the writer whether it is alive */
	bool ping_in_flight;
	int64_t started_us;		/* monotonic */
	uint64_t n_refused;
	int failure;			/* negative errno: the store gave up */
};

/* Configuration. */

static void log_complaints(struct buf *complaints)
{
	const char *text = buf_cstr(complaints);
	char *rest = complaints->data, *line;

	while (text && (line = strsep(&rest, "\n")) && *line)
		log_say(strncmp(line, "error", 5) == 0 ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
			"config", "%s", line);
}

static int load_config(const struct daemon_options *options, struct config *ret)
{
	_cleanup_(buf_deinit) struct buf complaints = {};
	int r = config_load(&options->places, ret, &complaints);

	log_complaints(&complaints);
	if (r < 0)
		log_error("config", "cannot read the configuration: %s", strerror(-r));
	return r;
}

/* How lines are to be read. */
static struct reader_options reading_of(const struct daemon *d)
{
	struct reader_options o = {
		.strict = d->config.strict,
		.keep_phone_numbers = d->config.keep_phone_numbers,
	};

	static_assert(sizeof(o.redaction_key) == STORE_REDACTION_KEY_BYTES, "the store's key is the reader's");
	memcpy(o.redaction_key, store_redaction_key(d->store), sizeof(o.redaction_key));
	return o;
}

static int reload(void *user, struct buf *why)
{
	struct daemon *d = user;
	_cleanup_(buf_deinit) struct buf complaints = {};
	struct config config;
	struct reader_options reading;
	const char *key;
	int r;

	sd_say("RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_mono_us());
	r = config_load(&d->options->places, &config, &complaints);
	if (r != 0) {
		(void) buf_add(why, complaints.data, complaints.n ? complaints.n - 1 : 0);
		log_complaints(&complaints);
		log_error("config", "the earlier configuration stays in force");
		sd_say("READY=1");
		return r;
	}
	log_complaints(&complaints);
	key = config_needs_restart(&d->config, &config);
	if (key)
		log_warning("config", "%s has changed: that takes a restart", key);

	apps_deinit(&d->apps);
	config_deinit(&d->config);
	d->config = config;
	apps_init(&d->apps, &d->config);
	reading = reading_of(d);
	ingest_set_reading(d->ingest, &reading);
	query_set_timeout(d->query, d->config.query_timeout_ms * 1000);
	log_info("config", "configuration read anew");
	sd_say("READY=1");
	return 0;
}

/* What the parts tell us. */

static const char *app_of(void *user, uid_t uid)
{
	struct daemon *d = user;

	return apps_of(&d->apps, uid);
}

static void on_committed(void *user)
{
	struct daemon *d = user;

	query_committed(d->query, ingest_stats(d->ingest)->last_event_id);
}

static void on_busy(void *user _unused_, const char *code, const char *message)
{
	if (code)
		log_warning(code, "%s", message);
	else
		log_notice(NULL, "events are stored again");
	sd_say("STATUS=%s", code ? message : "Recording.");
}

static void on_failed(void *user, int r)
{
	struct daemon *d = user;

	d->failure = r;
	uv_stop(&d->loop);
}

/* Clients. */

static void on_client(void *user, enum socket_role role, int fd)
{
	static const char busy[] = "{\"busy\":{\"code\":\"too-many-connections\",\"message\":"
		"\"There are as many connections as max_connections allows. Try again later.\"}}\n";
	static const char error[] = "{\"error\":{\"code\":\"busy\",\"message\":"
		"\"there are as many connections as max_connections allows\","
		"\"hint\":\"Ask again in a moment.\"}}\n";
	struct daemon *d = user;

	/* Control is always let in: whoever floods us must not lock the operator out. */
	if (role != SOCKET_CONTROL && d->hub.n_peers >= (size_t) d->config.max_connections) {
		d->n_refused++;
		listener_refuse(fd, role == SOCKET_INGEST ? busy : error);
		return;
	}
	switch (role) {
	case SOCKET_INGEST:
		ingest_accept(d->ingest, fd);
		break;
	case SOCKET_QUERY:
		query_accept(d->query, fd);
		break;
	case SOCKET_CONTROL:
		control_accept(d->control, fd);
		break;
	case N_SOCKETS:
		break;
	}
}

/* Status. */

static int64_t file_bytes(const struct daemon *d, const char *name)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s/%s", d->options->state_dir, name) < 0) {
		path = NULL;
		return -1;
	}
	return stat(path, &st) == 0 ? st.st_size : -1;
}

void status_fill(struct daemon *d, struct status *ret)
{
	const struct store_stats *stats = ingest_stats(d->ingest);

	*ret = (struct status) {
		.uptime_ms = (clock_mono_us() - d->started_us) / 1000,
		.epoch = store_epoch(d->store),
		.last_event_id = stats->last_event_id,
		.busy_code = ingest_busy_code(d->ingest),
		.n_connections = d->hub.n_peers,
		.n_refused = d->n_refused,
		.n_stored = stats->n_stored,
		.n_flagged = stats->n_flagged,
		.n_duplicate = stats->n_duplicate,
		.n_rejected = stats->n_rejected,
		.n_commits = stats->n_commits,
		.last_commit_us = stats->last_commit_us,
		.n_quarantine_dropped = stats->n_quarantine_dropped,
		.quarantine_bytes = stats->quarantine_bytes,
		.database_bytes = file_bytes(d, "callmeter.db"),
		.wal_bytes = file_bytes(d, "callmeter.db-wal"),
		.warning = store_library_warning(),
	};
}

static void on_status(void *user, struct status *ret)
{
	status_fill(user, ret);
}

/* Signals and the watchdog. */

static void on_signal(uv_signal_t *signal, int number)
{
	struct daemon *d = signal->data;
	_cleanup_(buf_deinit) struct buf why = {};

	if (number == SIGHUP)
		(void) reload(d, &why);
	else
		uv_stop(&d->loop);
}

static int run_ping(struct writer_job *job _unused_)
{
	return 0;
}

static void on_ping(struct writer_job *job, int r _unused_)
{
	struct daemon *d = container_of(job, struct daemon, ping);

	d->ping_in_flight = false;
	sd_say("WATCHDOG=1");
	if (!ingest_busy_code(d->ingest))
		sd_say("STATUS=Recording: %" PRIu64 " events stored, %zu connections.",
		       ingest_stats(d->ingest)->n_stored, d->hub.n_peers);
}

/* The watchdog is fed when loop and writer both run: the one asks, the other answers. */
static void on_watchdog(uv_timer_t *timer)
{
	struct daemon *d = timer->data;

	if (d->ping_in_flight)
		return;
	d->ping_in_flight = true;
	writer_submit(&d->writer, &d->ping);
}

static int start_signals(struct daemon *d)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };

	for (size_t i = 0; i < N_ELEMENTS(numbers); i++) {
		int r;

		(void) uv_signal_init(&d->loop, &d->signals[i]);
		d->signals[i].data = d;
		r = uv_signal_start(&d->signals[i], on_signal, numbers[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static void start_watchdog(struct daemon *d)
{
	uint64_t period_ms = sd_watchdog_us() / 1000 / 3;

	if (period_ms > 0)
		(void) uv_timer_start(&d->watchdog, on_watchdog, period_ms, period_ms);
}

/* The life of the loop. */

static void on_deadline(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

static void on_drained(void *user)
{
	struct daemon *d = user;

	uv_stop(&d->loop);
}

static void on_part_closed(void *user _unused_)
{
}

/* Commit and answer what came. Returns 0, or -ETIMEDOUT: the disk still has it. */
static int drain(struct daemon *d)
{
	(void) uv_timer_start(&d->deadline, on_deadline, STOP_PATIENCE_MS, 0);
	ingest_drain(d->ingest, on_drained, d);
	(void) uv_run(&d->loop, UV_RUN_DEFAULT);
	return d->writer.n_jobs > 0 && !uv_is_active((uv_handle_t *) &d->deadline) ? -ETIMEDOUT : 0;
}

static void close_all(struct daemon *d)
{
	int r;

	writer_close(&d->writer, NULL, NULL);
	ingest_close(d->ingest, on_part_closed, NULL);
	control_close(d->control, on_part_closed, NULL);
	query_close(d->query, on_part_closed, NULL);
	for (size_t i = 0; i < N_ELEMENTS(d->signals); i++)
		uv_close((uv_handle_t *) &d->signals[i], NULL);
	uv_close((uv_handle_t *) &d->watchdog, NULL);
	uv_close((uv_handle_t *) &d->deadline, NULL);
	(void) uv_run(&d->loop, UV_RUN_DEFAULT);
	peer_hub_deinit(&d->hub);
	r = uv_loop_close(&d->loop);
	assert(r == 0);
}

static int open_query(struct daemon *d)
{
	_cleanup_(buf_deinit) struct buf why = {};
	_cleanup_free_ char *path = NULL;
	struct query_options options = {
		.hub = &d->hub, .epoch = store_epoch(d->store),
		.last_event_id = store_stats(d->store)->last_event_id,
		.timeout_us = d->config.query_timeout_ms * 1000,
		.status = on_status, .user = d,
	};
	int r;

	if (asprintf(&path, "%s/callmeter.db", d->options->state_dir) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	options.path = path;
	r = query_new(&options, &d->query, &why);
	if (r < 0)
		log_error("query", "%s", buf_cstr(&why) ? why.data : "");
	return r;
}

/* Everything that needs the loop. Returns 0 or a negative errno. */
static int run_loop(struct daemon *d)
{
	struct ingest_options ingest_options = {
		.hub = &d->hub, .writer = &d->writer, .store = d->store,
		.append = store_append, .stats = store_stats, .reading = reading_of(d),
		.app_of = app_of, .committed = on_committed, .busy = on_busy,
		.failed = on_failed, .user = d,
	};
	struct control_options control_options = {
		.hub = &d->hub, .writer = &d->writer, .store = d->store,
		.reload = reload, .failed = on_failed, .user = d,
	};
	int r;

	d->ping = (struct writer_job) { .run = run_ping, .done = on_ping };
	r = uv_loop_init(&d->loop);
	if (r < 0)
		return r;
	r = peer_hub_init(&d->hub, &d->loop);
	if (r == 0)
		r = writer_start(&d->writer, &d->loop);
	if (r == 0)
		r = ingest_new(&ingest_options, &d->ingest);
	if (r == 0)
		r = control_new(&control_options, &d->control);
	if (r == 0)
		r = open_query(d);
	if (r == 0)
		r = start_signals(d);
	if (r < 0)
		return r;	/* the process ends now; nothing was taken in yet */
	(void) uv_timer_init(&d->loop, &d->watchdog);
	(void) uv_timer_init(&d->loop, &d->deadline);
	d->watchdog.data = d;

	r = sockets_start(&d->sockets, &d->loop, on_client, d);
	if (r < 0)
		return r;
	start_watchdog(d);
	sd_say("READY=1\nSTATUS=Recording.");
	log_info(NULL, "recording to %s", d->options->state_dir);

	(void) uv_run(&d->loop, UV_RUN_DEFAULT);

	sd_say("STOPPING=1");
	sockets_close(&d->sockets);
	if (d->failure == 0) {
		r = drain(d);
		if (r < 0)
			return r;
	}
	close_all(d);
	return d->failure;
}

/* Start. */

static int make_dir(const char *path, mode_t mode, const char *what)
{
	struct stat st;

	if (mkdir(path, mode) == 0 || (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	log_error(NULL, "cannot make the %s directory %s: %s", what, path, strerror(errno));
	return -errno;
}

static int open_store(struct daemon *d)
{
	static const double jitter_scales[] = {	/* to ms */
		[CONFIG_JITTER_MS] = 1, [CONFIG_JITTER_US] = 0.001, [CONFIG_JITTER_S] = 1000,
	};
	static const double loss_scales[] = { [CONFIG_LOSS_PERCENT] = 1, [CONFIG_LOSS_RATIO] = 100 };
	_cleanup_(buf_deinit) struct buf why = {};
	const struct store_options options = {
		.dir = d->options->state_dir,
		.attempt_timeout_ms = d->config.attempt_timeout_ms,
		.session_idle_ms = d->config.session_idle_ms,
		.quarantine_max_bytes = d->config.quarantine_max_bytes,
		.hrtc_jitter_scale = jitter_scales[d->config.hrtc_jitter_unit],
		.hrtc_loss_scale = loss_scales[d->config.hrtc_loss_unit],
	};
	int r = store_open(&options, &d->store, &why);

	if (r != 0)
		log_error(r == STORE_E_IN_USE ? "in-use" : "store", "%s",
			  buf_cstr(&why) && why.n > 0 ? why.data : "cannot open the database");
	else if (store_library_warning())
		log_warning("sqlite", "%s", store_library_warning());
	return r;
}

static const char *fatal_text(int r)
{
	switch (r) {
	case -ESTALE:
		return "the database file was moved, replaced or truncated while in use";
	case -EUCLEAN:
		return "the database is corrupt";
	case -EROFS:
		return "the file system has become read-only";
	case -ETIMEDOUT:
		return "the disk did not finish the last write in time";
	default:
		return strerror(-r);
	}
}

static int run(struct daemon *d)
{
	int r = load_config(d->options, &d->config);

	if (r != 0)
		return EXIT_FAILURE;
	apps_init(&d->apps, &d->config);
	if (make_dir(d->options->state_dir, 0750, "state") < 0 || open_store(d) != 0 ||
	    sockets_open(&d->sockets, d->options->runtime_dir) < 0)
		return EXIT_FAILURE;

	r = run_loop(d);
	if (r == 0)
		return EXIT_SUCCESS;
	log_error("fatal", "%s: nothing more is acknowledged, exiting; clients send again what was not",
		  fatal_text(r));
	return EXIT_FAILURE;
}

int daemon_run(const struct daemon_options *options)
{
	static struct daemon d;		/* outlives us: after a time-out the writer still runs */
	int status;

	d = (struct daemon) { .options = options, .started_us = clock_mono_us() };
	(void) signal(SIGPIPE, SIG_IGN);
	store_set_up_library();
	/* What the loop allocates the writer frees: with an arena for each thread, both keep room for it. */
	(void) mallopt(M_ARENA_MAX, 1);
	/* What grows large does so in pages of its own, and leaves no hole. */
	(void) mallopt(M_MMAP_THRESHOLD, 300 * 1024);
	status = run(&d);
	if (d.writer.n_jobs > 0)
		return status;
	store_close(d.store);
	apps_deinit(&d.apps);
	config_deinit(&d.config);
	return status;
}
