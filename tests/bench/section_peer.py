"""peer: what somebody would use instead, with the same events, the same durability and the same clients.

The sqlite3 shell loads a file; a short Python server takes the clients' connections (peer_server.py). Both fill
a table with a column for each of the 27 fields and two plain indexes, 1000 events a commit, synchronous=FULL. The
shell is beside our daemon with one client, though it has no socket and no acks to serve.
"""

import contextlib
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

import peer_server
from rig import HERE, Process, Target, corpus, directory, equal, flood, median_of, spread, summary, whole_run

WANTED_OF_SHELL = 2
PER_COMMIT = 1000


def shell_script(made):
    """Lines into a table in memory, then json_extract() of all fields out of it.

    Of five ways to the same rows this was the fastest. The others: the events' objects extracted first, the file
    read whole and taken apart by json_each(), the lines kept in a temporary file, a view with a trigger to import
    into. SQLite keeps the text it parsed last, so that the 27 calls parse a line once.
    """
    values = ", ".join(f"json_extract(line, '$.events[0].{name}')" for name in peer_server.FIELDS)
    yield peer_server.PREPARE
    yield "PRAGMA temp_store = MEMORY;\nCREATE TEMP TABLE line (line TEXT);\n"
    yield f".mode ascii\n.separator \"\\037\" \"\\n\"\n.import '{made.path}' line\n"
    for first in range(1, made.n_lines + 1, PER_COMMIT):
        yield (f"INSERT INTO client_event ({peer_server.COLUMNS}) SELECT {values} FROM line "
               f"WHERE rowid BETWEEN {first} AND {first + PER_COMMIT - 1};\n")


def check_rows(path, made):
    with contextlib.closing(sqlite3.connect(path)) as db:
        # The last field is seldom there; the first and the stage always are.
        n, n_users, n_stages = db.execute("SELECT count(*), count(user_id), count(stage) FROM client_event").fetchone()
    equal((n, n_users, n_stages), (made.n_events,) * 3, "rows")


def shell_run(settings, made):
    with directory(settings) as where:
        path = os.path.join(where, "peer.db")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.monotonic()
        done = subprocess.run(["sqlite3", "-batch", "-bail", path], input="".join(shell_script(made)), text=True,
                              capture_output=True, check=False)
        took_s = time.monotonic() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        equal((done.returncode, done.stderr), (0, ""), "sqlite3")
        size = os.path.getsize(path)
        check_rows(path, made)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"events_per_s": made.n_events / took_s, "wall_s": took_s, "cpu_us_per_event": cpu_s * 1e6 / made.n_events,
            "db_bytes_per_event": size / made.n_events}


def server_run(settings, made, n_clients):
    short = tempfile.mkdtemp()
    socket_path = os.path.join(short, "peer.sock")
    with directory(settings) as where:
        path = os.path.join(where, "peer.db")
        server = subprocess.Popen([sys.executable, "-B", os.path.join(HERE, "peer_server.py"), socket_path, path],
                                  stdout=subprocess.PIPE)
        try:
            equal(server.stdout.readline(), b"ready\n", "the Python server")
            seen = Process(server.pid)
            cpu_s = seen.cpu_s()
            got = flood(socket_path, made, n_clients)
            got["cpu_us_per_event"] = (seen.cpu_s() - cpu_s) * 1e6 / made.n_events
            server.terminate()
            server.wait(30)
            got["db_bytes_per_event"] = os.path.getsize(path) / made.n_events
            check_rows(path, made)
        finally:
            server.kill()
            server.wait()
            server.stdout.close()
            shutil.rmtree(short, ignore_errors=True)
    return got


def beside(settings, made, name, theirs_run, n_clients):
    ours, theirs = [], []
    for _ in range(settings.peer_pairs):
        theirs.append(theirs_run())
        ours.append(whole_run(settings, made, n_clients))
    result = {"ratio": summary([a["events_per_s"] / b["events_per_s"] for a, b in zip(ours, theirs)]),
              "ours": ours, "theirs": theirs}
    for key in ("events_per_s", "cpu_us_per_event", "db_bytes_per_event"):
        result[key] = {"ours": median_of(ours, key), "theirs": median_of(theirs, key)}

    def told(whose):
        return (f"{result['events_per_s'][whose]:9,.0f}/s {result['cpu_us_per_event'][whose]:5.1f} us CPU "
                f"{result['db_bytes_per_event'][whose]:4.0f} B")

    settings.say(f"  {name:26} {told('theirs')}; we {told('ours')}: {spread(result['ratio'])} times as fast")
    return result


def run(settings, _results):
    made = corpus(settings, "stream", settings.events)
    result = {"shell": beside(settings, made, "sqlite3 shell", lambda: shell_run(settings, made), 1)}
    for n in settings.peer_clients:
        result[f"server-{n}"] = beside(settings, made, f"Python server, {n} clients",
                                       lambda n=n: server_run(settings, made, n), n)
    return result


def targets(_settings, result):
    return [Target("as fast as the sqlite3 shell's bulk load", ">=", WANTED_OF_SHELL,
                   result["shell"]["ratio"]["median"], "times")]
