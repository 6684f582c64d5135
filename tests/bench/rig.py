"""What the benchmark's sections share: the corpora, the programs, a recorder that is looked at, and figures.

A figure is a list of samples; what is told of it is the median, the least and the greatest.
"""

import contextlib
import json
import operator
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "system"))

from harness import CORPUS, PATIENCE_S, Daemon, equal, eventually  # noqa: E402

STORE = os.path.abspath(os.environ.get("CALLMETER_BENCH_STORE", "./callmeter-bench-store"))
LOAD = os.path.abspath(os.environ.get("CALLMETER_BENCH_LOAD", "./callmeter-bench-load"))
START = "2026-08-21T00:00:00Z"
VENDORS = {"stream": "stream", "mixed": "all"}  # what a corpus is called here, and callmeter-corpus's word for it
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass
class Settings:
    """How much of everything; the defaults are `make bench`'s."""

    events: int = 300_000            # a run
    pairs: int = 5                   # A B A B ...
    clients: tuple = (1, 10, 100, 1000)
    peer_pairs: int = 3
    peer_clients: tuple = (1, 10)
    rates: tuple = (1000, 10_000, 25_000, 50_000)
    latency_s: float = 10.0
    disk_s: float = 2.0
    growth: tuple = (100_000, 1_000_000, 10_000_000)
    slice_events: int = 80_000       # of the ingest rate at each size
    report_times: int = 5
    report_s: float = 5.0            # after so long a report is not asked again
    warm: str = "1h"                 # of each corpus: how long its calls have been going on when it begins
    idle_s: float = 10.0
    starts: int = 5
    work: str = ""                   # a directory, on the disk that is measured
    quiet: bool = False
    made: dict = field(default_factory=dict)

    def say(self, text):
        if not self.quiet:
            print(text, flush=True)


def summary(samples):
    return {"median": statistics.median(samples), "min": min(samples), "max": max(samples), "samples": samples}


def spread(figure, form="{:.2f}"):
    """0.93 (0.91-0.97)"""
    return "{} ({}-{})".format(*(form.format(figure[k]) for k in ("median", "min", "max")))


def median_of(runs, key):
    return statistics.median(run[key] for run in runs)


@dataclass
class Target:
    """What is wanted of a figure: that it is at least, or at most, so much."""

    name: str
    sign: str      # ">=", "<=" or "<"
    wanted: float
    figure: float
    unit: str = ""

    @property
    def reached(self):
        return {">=": operator.ge, "<=": operator.le, "<": operator.lt}[self.sign](self.figure, self.wanted)

    def as_dict(self):
        return {"name": self.name, "wanted": f"{self.sign} {self.wanted:g} {self.unit}".strip(),
                "figure": self.figure, "unit": self.unit, "reached": self.reached}


@dataclass
class Corpus:
    path: str
    n_lines: int
    n_events: int = None  # None: as many as are acknowledged


def corpus_command(settings, kind, n_events, seed=1, start=START):
    return [CORPUS, "--vendor", VENDORS[kind], "--events", str(n_events), "--warm", settings.warm,
            "--seed", str(seed), "--start", str(start)]


def corpus(settings, kind, n_events):
    """A file of it; made once."""
    if (kind, n_events) not in settings.made:
        path = os.path.join(settings.work, f"{kind}-{n_events}.ndjson")
        with open(path, "wb") as f:
            subprocess.run(corpus_command(settings, kind, n_events), stdout=f, check=True)
        with open(path, "rb") as f:
            n_lines = sum(chunk.count(b"\n") for chunk in iter(lambda: f.read(1 << 20), b""))
        settings.made[kind, n_events] = Corpus(path, n_lines, n_events)
    return settings.made[kind, n_events]


@contextlib.contextmanager
def directory(settings):
    """An empty one on the disk that is measured, gone afterwards."""
    path = tempfile.mkdtemp(dir=settings.work)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def run_json(command, **options):
    """Run a program that prints one JSON object."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=True, **options)
    return json.loads(done.stdout)


def check_all_stored(got, made):
    """Every event acknowledged, and stored once."""
    equal(got.get("lines", made.n_lines), made.n_lines, "lines acknowledged")
    if made.n_events is not None:
        equal(got["events"], made.n_events, "events")
    equal(got["stored"] + got["duplicate"], got["events"], "events stored or known")


def ceiling(settings, made):
    with directory(settings) as where:
        got = run_json([STORE, "--dir", where, made.path])
    check_all_stored(got, made)
    return got


def flood(socket_path, made, n_clients):
    got = run_json([LOAD, "--socket", socket_path, "--clients", n_clients, "flood", made.path])
    got["events"] = got["stored"] + got["duplicate"]
    check_all_stored(got, made)
    got["events_per_s"] = got["events"] / got["wall_s"]
    return got


def read_fields(path, wanted):
    """Numbers from lines like "VmHWM:   17 kB"."""
    with open(path, encoding="ascii", errors="replace") as f:
        found = dict(line.split(":", 1) for line in f if ":" in line)
    return [int(found[name].split()[0]) for name in wanted]


class Process:
    """What the kernel tells of a process that is looked at from outside."""

    def __init__(self, pid):
        self.pid = pid

    def cpu_s(self):
        """User and system, whole process; in steps of a tick."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii", errors="replace") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    def fine_cpu_s(self):
        """Of the threads that live, to the nanosecond; None where the kernel does not tell."""
        total = 0
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            try:
                with open(f"/proc/{self.pid}/task/{thread}/schedstat", encoding="ascii") as f:
                    total += int(f.read().split()[0])
            except OSError:
                return None
        return total / 1e9

    def memory_kb(self):
        """Now, and the most so far."""
        return read_fields(f"/proc/{self.pid}/status", ["VmRSS", "VmHWM"])

    def wakeups(self):
        """How often its threads have waited for something."""
        return sum(read_fields(f"/proc/{self.pid}/task/{thread}/status", ["voluntary_ctxt_switches"])[0]
                   for thread in os.listdir(f"/proc/{self.pid}/task"))


class Recorder(Daemon):
    """A callmeterd whose state is on the disk that is measured; its sockets are where names are short."""

    def __init__(self, state_dir, env=None):
        super().__init__(state_dir=state_dir)
        self.env = env or {}
        self.notify = None
        self.start_s = None

    def start(self):
        """As systemd would: with a socket to notify that stays. Notes how long it took until READY=1."""
        env = {k: v for k, v in os.environ.items()
               if k not in ("STATE_DIRECTORY", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC")}
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(os.path.join(self.dir, "notify"))
        self.notify.settimeout(PATIENCE_S)
        env.update(self.env, NOTIFY_SOCKET=self.notify.getsockname())
        with open(self.log_path, "ab") as log:
            began = time.monotonic()
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)
            while b"READY=1" not in self.notify.recv(4096):
                pass
            self.start_s = time.monotonic() - began
        self.seen = Process(self.process.pid)

    def __exit__(self, *error):
        super().__exit__(*error)
        if self.notify:
            self.notify.close()

    @property
    def ingest_socket(self):
        return os.path.join(self.runtime_dir, "ingest.sock")

    def flood(self, made, n_clients):
        """The corpus through its ingest socket, and what that cost it."""
        cpu_s = self.seen.cpu_s()
        got = flood(self.ingest_socket, made, n_clients)
        got["cpu_us_per_event"] = (self.seen.cpu_s() - cpu_s) * 1e6 / got["events"]
        return got

    def stop(self):
        """Let it end cleanly; give the CPU seconds and the bytes written of its whole life."""
        def ended():
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            return (status, usage) if pid else None

        self.process.send_signal(signal.SIGTERM)
        status, usage = eventually(ended, "the recorder's end")
        self.process.returncode = os.waitstatus_to_exitcode(status)
        equal(self.process.returncode, 0, "exit code")
        return usage.ru_utime + usage.ru_stime, usage.ru_oublock * 512

    def database_bytes(self):
        return os.path.getsize(self.database)


def whole_run(settings, made, n_clients):
    """A new recorder, the corpus, a clean stop. What it left for later, behind the last ack, counts in its CPU."""
    with directory(settings) as where, Recorder(where) as recorder:
        before_s = recorder.seen.cpu_s()
        got = recorder.flood(made, n_clients)
        got["rss_kb"], got["peak_rss_kb"] = recorder.seen.memory_kb()
        cpu_s, written = recorder.stop()
        got["cpu_us_per_event_at_last_ack"] = got["cpu_us_per_event"]
        got["cpu_us_per_event"] = (cpu_s - before_s) * 1e6 / made.n_events
        got["bytes_written_per_event"] = written / made.n_events
        got["db_bytes_per_event"] = recorder.database_bytes() / got["stored"]
    return got


