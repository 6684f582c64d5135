"""What goes wrong around the daemon: second daemons, signals, full disks, locks, files taken away."""

import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import tempfile
import threading
import time

from harness import Daemon, Skip, equal, eventually, run, test
from stream import Attempt, generic


def good(n, **fields):
    return {"events": [generic(n, **fields)]}


# ------------------------------------------------------------ life and death

@test
def a_second_daemon_on_the_same_state_directory_is_refused():
    with Daemon() as first:
        second = Daemon(state_dir=first.state_dir)
        try:
            done = subprocess.run(second.command(), capture_output=True, timeout=20, text=True)
            assert done.returncode not in (0, -signal.SIGKILL), done.returncode
            assert first.state_dir in done.stderr, f"does not name the directory: {done.stderr}"
        finally:
            shutil.rmtree(second.dir)
        equal(first.tell(good(1)).counts(), (1, 1, 0, 0, 0))


@test
def a_second_daemon_on_the_same_runtime_directory_does_not_take_the_sockets():
    with Daemon() as first:
        second = Daemon()
        try:
            command = first.program + ["--state-dir", second.state_dir, "--runtime-dir", first.runtime_dir]
            try:
                done = subprocess.run(command, capture_output=True, timeout=5, text=True)
                assert done.returncode != 0, "it started and ended well"
            except subprocess.TimeoutExpired:
                raise AssertionError("it took the sockets of a running daemon") from None
        finally:
            shutil.rmtree(second.dir)
        equal(first.tell(good(1)).counts(), (1, 1, 0, 0, 0))


@test
def a_socket_left_by_a_killed_daemon_is_no_hindrance():
    with Daemon() as daemon:
        daemon.tell(good(1))
        daemon.kill()
        daemon.start()
        equal(daemon.tell(good(2)).counts(), (1, 1, 0, 0, 0))
        equal(daemon.value("select count(*) from client_events"), 2)


@test
def a_runtime_path_too_long_for_a_socket_is_refused():
    daemon = Daemon()
    try:
        daemon.runtime_dir = os.path.join(daemon.dir, "x" * 100)
        os.makedirs(daemon.runtime_dir)
        done = subprocess.run(daemon.command(), capture_output=True, timeout=20, text=True)
        assert done.returncode not in (0, -signal.SIGSEGV, -signal.SIGABRT), done.returncode
        assert "107" in done.stderr and "--runtime-dir" in done.stderr, done.stderr
    finally:
        shutil.rmtree(daemon.dir)


@test
def sigterm_under_load_acknowledges_all_that_it_stored_and_ends_well():
    for round_no in range(3):
        with Daemon() as daemon:
            acked = [0] * 4
            clients = [daemon.ingest() for _ in acked]

            def send(i):
                with contextlib.suppress(OSError):
                    for n in range(200000):
                        clients[i].send(good(1_000_000 * i + n))

            def read(i):
                with contextlib.suppress(ConnectionError):
                    while (answer := clients[i].read()) is not None:
                        if "ack" in answer:
                            acked[i] = answer["ack"]["stored"]

            threads = [threading.Thread(target=f, args=(i,)) for i in range(4) for f in (send, read)]
            for thread in threads:
                thread.start()
            time.sleep(0.1 + 0.1 * round_no)
            began = time.monotonic()
            equal(daemon.terminate(), 0, "exit code")
            took = time.monotonic() - began
            for thread in threads:
                thread.join()
            assert took < 5, f"took {took} s"
            assert sum(acked) > 0, "nothing was sent, so this shows nothing"
            equal(daemon.value("select count(*) from client_events"), sum(acked), "stored and acknowledged")


@test
def what_was_sent_before_sigterm_is_taken():
    with Daemon() as daemon, daemon.ingest() as client:
        client.send(*[good(n) for n in range(300)])
        time.sleep(0.2)
        equal(daemon.terminate(), 0)
        while (answer := client.read()) is not None:
            client.answers.add(answer)
        equal(client.answers.counts(), (300, 300, 0, 0, 0))
        equal(daemon.value("select count(*) from client_events"), 300)


@test
def it_says_that_it_stops():
    with Daemon() as daemon:
        path = os.path.join(daemon.dir, "notify")
        os.unlink(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(path)
            notify.settimeout(10)
            equal(daemon.terminate(), 0)
            said = b""
            while b"STOPPING=1" not in said:
                said = notify.recv(4096)


# ------------------------------------------------------------------ the disk

@contextlib.contextmanager
def small_disk(size):
    """A file system of its own, or a skip."""
    if os.getuid() != 0:
        raise Skip("only root may mount a file system")
    path = tempfile.mkdtemp(prefix="callmeter-disk-")
    try:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], capture_output=True)
        if mounted.returncode != 0:
            raise Skip("mounting a tmpfs is not allowed here")
        try:
            os.chmod(path, 0o755)
            yield path
        finally:
            subprocess.run(["umount", "-l", path], check=True)
    finally:
        os.rmdir(path)


@test
def on_a_full_disk_everyone_is_told_and_nothing_is_acknowledged_until_there_is_room():
    with small_disk("8m") as disk, Daemon(state_dir=os.path.join(disk, "state")) as daemon:
        n_lines = 12000
        client = daemon.ingest()
        bystander = daemon.ingest()
        writer = threading.Thread(target=lambda: client.send(*[good(n, ballast="x" * 700) for n in range(n_lines)]))
        writer.start()
        while not client.answers.busy:
            answer = client.read()
            assert answer is not None, "closed"
            client.answers.add(answer)
            assert not client.answers.acks or client.answers.ack["lines"] < n_lines, "the disk was not full"
        equal(client.answers.busy[0]["code"], "disk-full")
        assert client.answers.busy[0]["message"]
        equal(bystander.read()["busy"]["code"], "disk-full", "every connection is told")
        acked = client.answers.ack["stored"]
        time.sleep(0.5)
        assert daemon.process.poll() is None, "it gave up"
        equal(daemon.value("select count(*) from client_events"), acked, "acknowledged and stored")
        with daemon.ingest() as late:
            late.send(good(10**6))
            equal(late.read()["busy"]["code"], "disk-full", "who comes now is told too")
            subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
            late.until_ack(1)
        client.until_ack(n_lines)
        writer.join()
        equal(client.answers.counts(), (n_lines, n_lines, 0, 0, 0))
        equal(len(client.answers.busy), 1, "busy is told once")
        equal(daemon.value("select count(*) from client_events"), n_lines + 1)
        equal(daemon.value("pragma integrity_check"), "ok")
        client.socket.close()
        bystander.socket.close()
        equal(daemon.terminate(), 0)


@test
def a_database_locked_by_another_process_is_waited_for_and_told_after_five_seconds():
    with Daemon() as daemon, daemon.ingest() as client:
        client.send(good(1))
        client.until_ack(1)
        shell = sqlite3.connect(daemon.database, isolation_level=None)
        shell.execute("begin immediate")
        began = time.monotonic()
        client.send(good(2))
        answer = client.read()
        told_after = time.monotonic() - began
        assert "busy" in answer, answer
        assert 4 <= told_after <= 9, f"told after {told_after} s"
        assert answer["busy"]["code"] != "disk-full", answer
        equal(daemon.ask("status")[0]["state"], "busy", "status")
        shell.execute("rollback")
        shell.close()
        client.until_ack(2)
        equal(client.answers.counts(), (2, 2, 0, 0, 0))
        equal(daemon.value("select count(*) from client_events"), 2)
        equal(daemon.ask("status")[0]["state"], "ok", "status")


@test
def a_lock_of_a_second_delays_and_is_not_told():
    with Daemon() as daemon, daemon.ingest() as client:
        shell = sqlite3.connect(daemon.database, isolation_level=None)
        shell.execute("begin immediate")
        client.send(good(1))
        time.sleep(1)
        shell.execute("rollback")
        shell.close()
        equal(client.until_ack(1).busy, [])


@test
def a_reader_that_holds_its_snapshot_does_not_hold_up_writing():
    with Daemon() as daemon:
        daemon.tell(good(0))
        reader = sqlite3.connect(f"file:{daemon.database}?mode=ro", uri=True, isolation_level=None)
        reader.execute("begin")
        equal(reader.execute("select count(*) from client_events").fetchone(), (1,))
        equal(daemon.tell(*[good(n) for n in range(1, 3000)]).ack["stored"], 2999)
        equal(reader.execute("select count(*) from client_events").fetchone(), (1,), "the snapshot")
        reader.close()


def delete(daemon):
    os.unlink(daemon.database)


def rename(daemon):
    os.rename(daemon.database, daemon.database + ".old")


def replace_by_a_copy(daemon):
    shutil.copy(daemon.database, daemon.database + ".new")
    os.rename(daemon.database + ".new", daemon.database)


def delete_the_log(daemon):
    os.unlink(daemon.database + "-wal")


def truncate_the_log(daemon):
    os.truncate(daemon.database + "-wal", 0)


@test
def when_the_file_is_taken_away_nothing_more_is_acknowledged_and_it_ends_badly():
    for harm in (delete, rename, replace_by_a_copy, delete_the_log, truncate_the_log):
        with Daemon() as daemon, daemon.ingest() as client:
            client.send(good(1))
            client.until_ack(1)
            harm(daemon)
            with contextlib.suppress(ConnectionError):
                client.send(good(2))
                while (answer := client.read()) is not None:
                    client.answers.add(answer)
            equal(client.answers.ack["lines"], 1, f"{harm.__name__}: lines acknowledged")
            assert daemon.wait() not in (0, -signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT), \
                f"{harm.__name__}: exit code {daemon.process.returncode}"


@test
def when_the_file_is_taken_away_under_load_all_that_was_acknowledged_is_in_it():
    with Daemon() as daemon, daemon.ingest() as client:
        def send():
            with contextlib.suppress(OSError):
                for n in range(200000):
                    client.send(good(n))

        sender = threading.Thread(target=send)
        sender.start()
        eventually(lambda: client.read() and os.path.getsize(daemon.database + "-wal") > 100000, "some load")
        for suffix in ("", "-wal", "-shm"):  # together they are still a whole database
            os.rename(daemon.database + suffix, daemon.database + ".moved" + suffix)
        with contextlib.suppress(ConnectionError):
            while (answer := client.read()) is not None:
                client.answers.add(answer)
        sender.join()
        assert daemon.wait() != 0
        db = sqlite3.connect(daemon.database + ".moved")
        stored = db.execute("select count(*) from stream_event").fetchone()[0]
        db.close()
        acked = client.answers.ack["stored"] if client.answers.acks else 0
        assert stored >= acked, f"{acked} acknowledged, {stored} there"


@test
def a_file_that_is_not_ours_or_from_the_future_is_left_alone():
    for pragma, value in (("application_id", 1234), ("user_version", 9999)):
        with Daemon() as daemon:
            daemon.tell(good(1))
            daemon.terminate()
            db = sqlite3.connect(daemon.database)
            db.execute(f"pragma {pragma} = {value}")
            db.commit()
            db.close()
            done = subprocess.run(daemon.command(), capture_output=True, timeout=20, text=True)
            assert done.returncode > 0, f"{pragma}: exit code {done.returncode}"
            assert "callmeter.db" in done.stderr or daemon.state_dir in done.stderr, done.stderr
            equal(daemon.value(f"pragma {pragma}"), value)


# ------------------------------------------------------------------- readers

@test
def a_reader_of_the_group_sees_the_views_and_can_change_nothing_also_when_the_daemon_is_down():
    if os.getuid() != 0:
        raise Skip("only root may become another user")
    group = ["setpriv", "--reuid=nobody", f"--regid={os.getgid()}", "--clear-groups"]
    other = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    question = "select outcome from join_attempts"

    def shell(user, sql, *options):
        return subprocess.run([*user, "sqlite3", *options, daemon.database, sql], capture_output=True, text=True)

    with Daemon() as daemon:
        daemon.tell(Attempt("a1").begin(0).cj("16", 1, 2).line)
        for suffix in ("", "-wal", "-shm"):
            mode = stat.S_IMODE(os.stat(daemon.database + suffix).st_mode)
            equal(oct(mode), oct(0o640), f"mode of callmeter.db{suffix}")
        for state in ("running", "stopped"):
            for options in ((), ("-readonly",)):
                done = shell(group, question, *options)
                equal((done.stdout, done.stderr), ("failed\n", ""), f"{state} {options}")
            assert shell(group, "create table x (y)").returncode != 0, f"{state}: the group may write"
            assert shell(other, question).returncode != 0, f"{state}: others may read"
            if state == "running":
                equal(daemon.terminate(), 0)
        daemon.start()
        equal(daemon.tell(good(1)).counts(), (1, 1, 0, 0, 0))


@test
def more_connections_than_allowed_are_told_so_and_the_others_go_on():
    with Daemon("--set", "max_connections=20") as daemon, daemon.ingest() as first:
        first.send(good(0))
        first.until_ack(1)
        clients, refused = [], 0
        for _ in range(40):
            client = daemon.ingest()
            client.socket.settimeout(0.05)
            clients.append(client)
            with contextlib.suppress(TimeoutError, ConnectionError):
                answer = client.read()
                refused += bool(answer) and answer["busy"]["code"] == "too-many-connections"
        assert 18 <= refused <= 22, f"{refused} refused"
        first.send(good(1))
        first.until_ack(2)
        for client in clients:
            client.socket.close()
        eventually(lambda: reached(daemon), "room again")


def reached(daemon):
    try:
        return daemon.tell(good(2)).acks
    except (AssertionError, ConnectionError):
        return None


run()
