"""callmeterd as a service: inherited sockets, the watchdog, reload, control, the command line."""

import os
import signal
import socket
import stat
import subprocess
import sys

from harness import DAEMON, PATIENCE_S, Daemon, Lines, equal, run, test
from stream import Attempt, generic

SOCKETS = ("ingest", "query", "control")

# Puts the descriptors where sd_listen_fds(3) looks for them, and becomes the daemon.
ACTIVATE = """
import os, sys
high = [os.dup2(int(fd), 40 + i) for i, fd in enumerate(sys.argv[1].split(","))]
for i, fd in enumerate(high):
    os.dup2(fd, 3 + i, inheritable=True)
os.closerange(3 + len(high), 64)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(high)), LISTEN_FDNAMES=sys.argv[2])
os.execv(sys.argv[3], sys.argv[3:])
"""


class Service(Daemon):
    """Started as systemd does it: the sockets come first and stay, and it is listened to."""

    def __init__(self, *options, names=SOCKETS, **env):
        super().__init__(*options)
        self.names = names
        self.env = env
        self.sockets = []
        for name in SOCKETS:
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            listener.bind(os.path.join(self.runtime_dir, f"{name}.sock"))
            listener.listen()
            self.sockets.append(listener)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(os.path.join(self.dir, "notify"))
        self.notify.settimeout(PATIENCE_S)

    def start(self):
        fds = [listener.fileno() for listener in self.sockets]
        command = [sys.executable, "-c", ACTIVATE, ",".join(map(str, fds)), ":".join(self.names)]
        env = {**os.environ, "NOTIFY_SOCKET": self.notify.getsockname(), **self.env}
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command + self.command(), pass_fds=fds, env=env,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def hear(self, word):
        """Wait until it says @word; give all of that message."""
        while True:
            said = self.notify.recv(4096).decode()
            if word in said.split("\n"):
                return said

    def __exit__(self, *error):
        super().__exit__(*error)
        for s in (*self.sockets, self.notify):
            s.close()


def control(daemon, *requests):
    with Lines(os.path.join(daemon.runtime_dir, "control.sock")) as client:
        client.send(*requests)
        return [client.read() for _ in requests]


def breaking_a_rule(n):
    """An event with a key that its stage forbids: flagged or rejected."""
    return Attempt(f"a{n}").begin(0, stage_id="s").line


@test
def inherited_sockets_are_known_by_name_and_outlive_the_daemon():
    for names in (SOCKETS, [f"callmeter-{name}.socket" for name in SOCKETS]):
        with Service(names=names) as daemon:
            daemon.hear("READY=1")
            equal(daemon.tell(generic(0)).ack["stored"], 1)
            equal(daemon.ask("status")[0]["stored"], 1)
            equal(daemon.terminate(), 0)

            # Nobody is there, yet the client is not refused; what it sends waits for the next one.
            with daemon.ingest() as early:
                early.send(generic(1))
                daemon.start()
                equal(early.until_ack(1).ack["stored"], 1)
            for name in SOCKETS:
                assert stat.S_ISSOCK(os.stat(os.path.join(daemon.runtime_dir, f"{name}.sock")).st_mode)


@test
def the_sockets_it_makes_have_their_modes_and_go_with_it():
    with Daemon() as daemon:
        paths = {name: os.path.join(daemon.runtime_dir, f"{name}.sock") for name in SOCKETS}
        modes = {name: stat.S_IMODE(os.stat(path).st_mode) for name, path in paths.items()}
        equal(modes, {"ingest": 0o660, "query": 0o660, "control": 0o600})
        equal(daemon.terminate(), 0)
        assert not any(os.path.exists(path) for path in paths.values())


@test
def the_watchdog_is_fed_when_it_is_asked_for():
    with Service(WATCHDOG_USEC="150000") as daemon:
        daemon.hear("READY=1")
        for _ in range(3):
            daemon.hear("WATCHDOG=1")
        daemon.process.send_signal(signal.SIGTERM)
        daemon.hear("STOPPING=1")
        equal(daemon.wait(), 0)


@test
def a_reload_changes_what_it_can_and_says_what_takes_a_restart():
    daemon = Service()
    path = os.path.join(daemon.dir, "callmeter.conf")
    daemon.options += ["--config", path]

    def configure(text):
        with open(path, "w", encoding="utf-8") as f:
            f.write("[callmeter]\n" + text)

    def counts(n):
        ack = daemon.tell(breaking_a_rule(n)).ack
        return ack["flagged"], ack["rejected"]

    configure("conformance = lenient\n")
    with daemon:
        daemon.hear("READY=1")
        equal(counts(0), (1, 0))

        configure("conformance = strict\nsession_idle = 1h\n")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.hear("RELOADING=1")
        daemon.hear("READY=1")
        assert "session_idle has changed" in daemon.log(), daemon.log()
        equal(counts(1), (0, 1))

        configure("conformance = no\n")
        answer, = control(daemon, {"control": "reload"})
        equal(answer["error"]["code"], "bad-config")
        assert f"{path}:2: conformance = no" in answer["error"]["message"], answer
        equal(counts(2), (0, 1))

        configure("")
        equal(control(daemon, {"control": "reload"}), [{"ok": {"reloaded": 1}}])
        equal(counts(3), (1, 0))


@test
def what_is_quarantined_can_be_dropped():
    with Daemon() as daemon:
        equal(daemon.tell(b"x", b"y", b"z").ack["rejected"], 3)
        ids = [row["id"] for row in daemon.rows("SELECT id FROM quarantine ORDER BY id")]
        equal(control(daemon,
                      {"control": "quarantine-drop", "first": ids[0], "last": ids[1]},
                      {"control": "quarantine-drop", "first": ids[0], "last": ids[1]}),
              [{"ok": {"dropped": 2}}, {"ok": {"dropped": 0}}])
        equal(daemon.value("SELECT count(*) FROM quarantine"), 1)


@test
def a_wrong_control_request_says_what_was_expected_and_harms_nothing():
    with Daemon() as daemon:
        answers = control(daemon, b"nonsense", b"[]", {"control": "explode"}, {"control": "quarantine-drop"},
                          b'{"control":"' + b"x" * 70000 + b'"}', {"control": "reload"})
        equal([a["error"]["code"] for a in answers[:-1]],
              ["not-json", "bad-request", "unknown-control", "bad-value", "request-too-long"])
        equal(answers[-1], {"ok": {"reloaded": 1}})


@test
def without_descriptors_new_clients_are_told_and_the_others_go_on():
    few = ["sh", "-c", 'ulimit -n 32; exec "$@"', "sh", DAEMON]
    with Daemon(program=few) as daemon, daemon.ingest() as first:
        clients = [daemon.ingest() for _ in range(60)]
        first.send(generic(0))
        equal(first.until_ack(1).ack["stored"], 1)
        n_busy = 0
        for client in clients:
            client.socket.settimeout(0.05)
            try:
                n_busy += client.read()["busy"]["code"] == "too-many-connections"
            except TimeoutError:
                pass
        assert 40 <= n_busy < 60, n_busy
        for client in clients:
            client.socket.close()
        first.send(generic(1))  # when this is answered the closes were seen
        first.until_ack(2)
        equal(daemon.tell(generic(2)).ack["stored"], 1)
        equal(daemon.terminate(), 0)


@test
def the_command_line_says_what_is_wrong_with_it():
    def call(*options):
        return subprocess.run([DAEMON, *options], capture_output=True, text=True, timeout=PATIENCE_S)

    assert call("--help").stdout.startswith("callmeterd - ")
    assert call("--version").stdout.startswith("callmeter ")
    equal(call("--no-such-option").returncode, 2)
    equal(call("argument").returncode, 2)
    done = call("--check-config", "--config", "/dev/null", "--set", "session_idle=2h")
    equal(done.returncode, 0)
    assert "# --set\nsession_idle = 2h\n" in done.stdout, done.stdout
    done = call("--check-config", "--config", "/dev/null", "--set", "session_idle=never")
    equal((done.returncode, done.stdout), (1, ""))
    assert "session_idle = never: expected a time span" in done.stderr, done.stderr
    equal(call("--config", "/nonexistent").returncode, 1)


run()
