"""What every system test shares: the built daemon in a temporary directory, and clients of its sockets.

Python's standard library alone. A test is a function with the decorator @test whose name is
a sentence; run() runs them all and prints TAP.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback

DAEMON = os.path.abspath(os.environ.get("CALLMETERD", "./callmeterd"))
CORPUS = os.path.abspath(os.environ.get("CALLMETER_CORPUS", "./callmeter-corpus"))
PATIENCE_S = 30  # how long anything may take before a test gives up

_tests = []


def test(function):
    _tests.append(function)
    return function


class Skip(Exception):
    """This machine cannot show it."""


def run():
    """Run the script's tests (those whose names hold an argument, if there are any) and exit.

    A script that another one imports, for its payloads, runs nothing.
    """
    if sys._getframe(1).f_globals["__name__"] != "__main__":
        return
    chosen = [t for t in _tests if t.__module__ == "__main__"
              and (not sys.argv[1:] or any(word in t.__name__ for word in sys.argv[1:]))]
    n_failed = n_skipped = 0
    print(f"1..{len(chosen)}", flush=True)
    for n, function in enumerate(chosen, 1):
        sentence = function.__name__.replace("_", " ")
        began = time.monotonic()
        try:
            function()
        except Skip as why:
            n_skipped += 1
            print(f"ok {n} - {sentence} # SKIP {why}", flush=True)
        except BaseException as error:  # an assertion, a lost connection, a time-out: all the same here
            n_failed += 1
            print(f"not ok {n} - {sentence}")
            for line in "".join(traceback.format_exception(error)).splitlines():
                print(f"  # {line}")
            sys.stdout.flush()
            if isinstance(error, KeyboardInterrupt):
                break
        else:
            print(f"ok {n} - {sentence} # {time.monotonic() - began:.1f} s", flush=True)
    if n_failed:
        sys.exit(1)
    sys.exit(77 if n_skipped == len(chosen) else 0)


def equal(got, want, what="value"):
    assert got == want, f"{what[:500]}: got {got!s:.1000}, wanted {want!s:.1000}"


def eventually(condition, what, patience_s=PATIENCE_S):
    """Wait until condition() is true; give what it returned."""
    deadline = time.monotonic() + patience_s
    while True:
        got = condition()
        if got:
            return got
        assert time.monotonic() < deadline, f"waited {patience_s} s in vain: {what}"
        time.sleep(0.02)


class Daemon:
    """A callmeterd with directories of its own. Use as a context manager."""

    def __init__(self, *options, state_dir=None, under=None, program=None):
        self.dir = tempfile.mkdtemp(prefix="callmeter-", dir=under)
        os.chmod(self.dir, 0o755)
        self.state_dir = state_dir or os.path.join(self.dir, "state")
        self.runtime_dir = os.path.join(self.dir, "run")
        self.program = list(program or [DAEMON])
        self.options = list(options)
        self.process = None
        self.log_path = os.path.join(self.dir, "log")
        os.makedirs(self.state_dir, mode=0o755, exist_ok=True)
        os.makedirs(self.runtime_dir, mode=0o755, exist_ok=True)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind, error, trace):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if kind and not issubclass(kind, Skip):
            with contextlib.suppress(OSError):
                sys.stdout.write("".join(f"  # log: {line}\n" for line in self.log().splitlines()[-15:]))
        shutil.rmtree(self.dir, ignore_errors=True)

    def command(self):
        return self.program + ["--state-dir", self.state_dir, "--runtime-dir", self.runtime_dir] + self.options

    def start(self):
        """Start it and wait until it says that it is ready."""
        path = os.path.join(self.dir, "notify")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(path)
            notify.settimeout(0.2)
            env = {k: v for k, v in os.environ.items()
                   if k not in ("STATE_DIRECTORY", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC")}
            env["NOTIFY_SOCKET"] = path
            with open(self.log_path, "ab") as log:
                self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                env=env)
            deadline = time.monotonic() + PATIENCE_S
            while True:
                try:
                    if b"READY=1" in notify.recv(4096):
                        return
                except TimeoutError:
                    pass
                assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.log()}"
                assert time.monotonic() < deadline, f"not ready after {PATIENCE_S} s: {self.log()}"

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def terminate(self):
        """SIGTERM; give the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def wait(self):
        return self.process.wait(PATIENCE_S)

    def rss_kb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            for line in f:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        raise AssertionError("no VmRSS")

    @property
    def database(self):
        return os.path.join(self.state_dir, "callmeter.db")

    def rows(self, sql, *values):
        """What a reader of the file sees, as a list of dicts."""
        db = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
        try:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(sql, values)]
        finally:
            db.close()

    def row(self, sql, *values):
        rows = self.rows(sql, *values)
        assert len(rows) == 1, f"{len(rows)} rows of {sql} {values}"
        return rows[0]

    def value(self, sql, *values):
        return next(iter(self.row(sql, *values).values()))

    def ingest(self):
        return Ingest(os.path.join(self.runtime_dir, "ingest.sock"))

    def tell(self, *lines):
        """Send whole lines over a connection of their own and take all answers."""
        with self.ingest() as client:
            client.send(*lines)
            return client.finish()

    def ask(self, query, **parameters):
        """Ask one question; give its rows, with the end in .end."""
        with Query(os.path.join(self.runtime_dir, "query.sock")) as client:
            return client.ask(query, **parameters)

    def query(self):
        return Query(os.path.join(self.runtime_dir, "query.sock"))


class Lines:
    """A connection that speaks JSON lines."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(path)
        self.held = b""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def send(self, *lines):
        """Each line is bytes or text as it is, without its newline, or anything else as JSON."""
        self.socket.sendall(b"".join(encode(line) + b"\n" for line in lines))

    def send_raw(self, data):
        self.socket.sendall(data)

    def close_writing(self):
        self.socket.shutdown(socket.SHUT_WR)

    def read(self):
        """The next answer, or None at the end."""
        while b"\n" not in self.held:
            chunk = self.socket.recv(1 << 16)
            if not chunk:
                assert not self.held, f"ended within a line: {self.held[:200]!r}"
                return None
            self.held += chunk
        line, self.held = self.held.split(b"\n", 1)
        return json.loads(line)


def encode(line):
    if isinstance(line, bytes):
        return line
    if isinstance(line, str):
        return line.encode()
    return json.dumps(line).encode()


class Answers:
    """What came back: verdicts in order, the last ack, busy lines."""

    def __init__(self):
        self.verdicts, self.busy, self.acks = [], [], []

    def add(self, answer):
        if "ack" in answer:
            self.acks.append(answer["ack"])
        elif "busy" in answer:
            self.busy.append(answer["busy"])
        else:
            assert "verdict" in answer, answer
            self.verdicts.append(answer)

    @property
    def ack(self):
        assert self.acks, f"no ack came, but {self.verdicts or self.busy}"
        return self.acks[-1]

    def counts(self):
        """lines, stored, flagged, duplicate, rejected of the last ack."""
        return tuple(self.ack.get(k, 0) for k in ("lines", "stored", "flagged", "duplicate", "rejected"))

    def only_verdict(self):
        equal(len(self.verdicts), 1, f"verdicts {self.verdicts}")
        return self.verdicts[0]


class Ingest(Lines):
    def __init__(self, path):
        super().__init__(path)
        self.answers = Answers()

    def until_ack(self, n_lines):
        """Read until @n_lines are acknowledged."""
        while not self.answers.acks or self.answers.ack["lines"] < n_lines:
            answer = self.read()
            assert answer is not None, f"closed before line {n_lines} was acknowledged: {self.answers.acks}"
            self.answers.add(answer)
        return self.answers

    def finish(self):
        """Close the writing side and read to the end."""
        self.close_writing()
        while (answer := self.read()) is not None:
            self.answers.add(answer)
        return self.answers


class QueryError(Exception):
    def __init__(self, error):
        super().__init__(str(error))
        self.code = error["code"]
        self.message = error["message"]
        self.hint = error.get("hint")


class Rows(list):
    end = None


class Query(Lines):
    def ask(self, query, **parameters):
        self.send({"query": query, **parameters})
        return self.rows()

    def rows(self):
        """The rows of the next answer."""
        rows = Rows()
        while (answer := self.read()) is not None:
            if "error" in answer:
                raise QueryError(answer["error"])
            if "end" in answer:
                rows.end = answer["end"]
                equal(rows.end["rows"], len(rows), "end.rows")
                for row in rows:
                    equal(list(row), rows.end["columns"], "the row's keys")
                return rows
            rows.append(answer)
        raise AssertionError("the connection ended before the answer did")


def refused(code, function, *values, **parameters):
    """The query error that a call must end in."""
    try:
        got = function(*values, **parameters)
    except QueryError as error:
        equal(error.code, code, str(error))
        return error
    raise AssertionError(f"answered {got[:3]} and not {code}")


def sanitized():
    """Whether the daemon is built with AddressSanitizer, whose memory says nothing about ours."""
    with open(DAEMON, "rb") as f:
        return b"__asan_init" in f.read()


def corpus(*options):
    """Lines of made traffic, and the tally of what it holds."""
    made = subprocess.run([CORPUS, "--tally", *options], capture_output=True, check=True)
    return made.stdout.splitlines(), json.loads(made.stderr)
