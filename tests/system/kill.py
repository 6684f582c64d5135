"""kill -9 at random moments: what was acknowledged is there exactly once, the rest at most once.

CALLMETER_TEST_KILLS says how often (5). And once in the middle of a flood, when sessions and
participants are behind the events they are of.
"""

import contextlib
import json
import os
import random
import shutil
import threading
import time

from harness import Daemon, corpus, equal, eventually, run, test
from views import differences, dump

KILLS = int(os.environ.get("CALLMETER_TEST_KILLS", "5"))
SEED = int(os.environ.get("CALLMETER_TEST_SEED", "1"))
N_CLIENTS = 3


def numbered_lines(n_lines, seed):
    """Made traffic whose events bear a number, so that each can be found again; one to three a line."""
    lines, _ = corpus("--events", str(n_lines * 2), "--seed", str(seed), "--in-time")
    events = [json.loads(line)["events"][0] for line in lines]
    chance = random.Random(seed)
    cut, n = [], 0
    while n < len(events):
        size = chance.choice((1, 1, 1, 2, 3))
        batch = [{**e, "number": seed * 10_000_000 + n + i} for i, e in enumerate(events[n:n + size])]
        cut.append(batch)
        n += size
    return cut


class Sender(threading.Thread):
    """Sends lines until the connection breaks or all are acknowledged; the ones before @begin were."""

    def __init__(self, daemon, lines, begin):
        super().__init__()
        self.client = daemon.ingest()
        self.lines, self.begin = lines, begin
        self.n_sent = self.n_acked = 0
        self.sender = threading.Thread(target=self.send)

    def send(self):
        try:
            for batch in self.lines[self.begin:]:
                self.n_sent += 1
                self.client.send({"events": batch})
        except OSError:
            pass

    def run(self):
        self.sender.start()
        try:
            while self.n_acked < len(self.lines) - self.begin:
                answer = self.client.read()
                if answer is None:
                    break
                if "ack" in answer:
                    assert answer["ack"]["lines"] >= self.n_acked, answer
                    self.n_acked = answer["ack"]["lines"]
                    assert self.n_acked <= self.n_sent, "acknowledged before it was sent"
        except (OSError, AssertionError):
            pass  # killed within an answer, which is then no answer
        self.sender.join()
        self.client.socket.close()


@test
def killed_at_random_moments_nothing_acknowledged_is_lost_and_nothing_is_there_twice():
    chance = random.Random(SEED)
    work = [numbered_lines(1500, SEED * 100 + i) for i in range(N_CLIENTS)]
    acked = [0] * N_CLIENTS
    n_kills = n_kills_with_acks = round_no = 0
    sent_ever = set()
    began = time.monotonic()
    with Daemon() as daemon:
        while n_kills < KILLS:
            if all(acked[i] == len(work[i]) for i in range(N_CLIENTS)):  # further work for the next kills
                round_no += 1
                work = [w + numbered_lines(1500, SEED * 100 + 10 * round_no + i) for i, w in enumerate(work)]
            senders = [Sender(daemon, work[i], acked[i]) for i in range(N_CLIENTS)]
            for sender in senders:
                sender.start()
            time.sleep(chance.choice((0.001, 0.01, 0.05, 0.1, 0.2)) * chance.random())
            daemon.kill()
            n_kills += 1
            for i, sender in enumerate(senders):
                sender.join()
                sent_ever.update(e["number"] for b in work[i][acked[i]:acked[i] + sender.n_sent] for e in b)
                acked[i] += sender.n_acked
                n_kills_with_acks += sender.n_acked > 0
            daemon.start()
            count = {}
            for row in daemon.rows("select json_extract(extra, '$.number') n from client_events"):
                count[row["n"]] = count.get(row["n"], 0) + 1
            twice = [n for n, times in count.items() if times > 1]
            assert not twice, f"there twice after kill {n_kills}: {twice[:10]}"
            lost = [e["number"] for i in range(N_CLIENTS) for b in work[i][:acked[i]] for e in b
                    if e["number"] not in count]
            assert not lost, f"{len(lost)} acknowledged events lost after kill {n_kills}: {lost[:10]}"
            stray = [n for n in count if n not in sent_ever]
            assert not stray, f"never sent: {stray[:10]}"
        assert n_kills_with_acks > 0, "no kill came after an ack, so this shows nothing"
        equal(daemon.value("pragma integrity_check"), "ok")

        # All that was not acknowledged is sent again, and then everything is as if nothing had happened.
        for i in range(N_CLIENTS):
            daemon.tell(*[{"events": b} for b in work[i][acked[i]:]])
        got = dump(daemon)
        n_acked = sum(len(b) for i in range(N_CLIENTS) for b in work[i][:acked[i]])
    with Daemon() as calm:
        for w in work:
            calm.tell(*[{"events": b} for b in w])
        told = differences(got, dump(calm))
        assert not told, "\n".join(told[:12])
    print(f"  # {n_kills} kills, {n_acked} events acknowledged before the last, {time.monotonic() - began:.1f} s")


N_FLOODS = 4
N_FLOOD_EVENTS = 36_000
ROOMS = {"hrtc": "room_events", "spaces": "media_session_events"}  # each event is of a session


class Flood(threading.Thread):
    """Sends bytes, looks at no answer, and ends when the daemon has taken all."""

    def __init__(self, daemon, data):
        super().__init__()
        self.client, self.data = daemon.ingest(), data
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            self.client.send_raw(self.data)
            self.client.close_writing()
            while self.client.socket.recv(1 << 16):
                pass
        self.client.socket.close()


def is_behind(daemon):
    return daemon.rows("select 1 from setting where name = 'record_behind'") != []


def kill_while_behind(daemon, parts):
    chance = random.Random(SEED)
    for _ in range(20):
        floods = [Flood(daemon, part) for part in parts]
        eventually(lambda: is_behind(daemon) or not any(f.is_alive() for f in floods), "full batches, or the end")
        time.sleep(chance.random() * 0.2)
        daemon.kill()
        for flood in floods:
            flood.join()
        if is_behind(daemon):
            return
        # It was all written a moment before. Once more, with nothing in the file that would be a repetition.
        shutil.rmtree(daemon.state_dir)
        os.mkdir(daemon.state_dir)
        daemon.start()
    raise AssertionError("the record was never behind when it was killed, so this shows nothing")


@test
def killed_while_full_batches_follow_each_other_the_record_is_what_it_would_have_been():
    lines, _ = corpus("--vendor", "all", "--events", str(N_FLOOD_EVENTS), "--seed", str(SEED), "--span", "1h",
                      "--start", "2026-08-21T11:00:00Z")
    parts = [b"".join(line + b"\n" for line in lines[i::N_FLOODS]) for i in range(N_FLOODS)]
    with Daemon() as daemon:
        kill_while_behind(daemon, parts)
        n_before = daemon.value("select count(*) from timeline")
        daemon.start()
        assert not is_behind(daemon), "what was behind is not written at the start"
        for source, view in ROOMS.items():
            equal(daemon.value("select sum(events) from sessions where source = ?", source),
                  daemon.value(f"select count(*) from {view}"), source)
        floods = [Flood(daemon, part) for part in parts]
        for flood in floods:
            flood.join()
        got = dump(daemon)
    with Daemon() as calm:
        calm.tell(*lines)
        told = differences(got, dump(calm))
        assert not told, "\n".join(told[:12])
        n_events = calm.value("select count(*) from timeline")
    assert 0 < n_before < n_events, f"killed with {n_before} of {n_events} events stored"
    print(f"  # {n_before} of {n_events} events stored when it was killed")


run()
