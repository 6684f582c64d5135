"""kill -9 at random moments: what was acknowledged is there exactly once, the rest at most once.

CALLMETER_TEST_KILLS says how often (5).
"""

import json
import os
import random
import threading
import time

from harness import Daemon, corpus, equal, run, test
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


run()
