"""Ten clients at once: every event stored once, memory flat.

CALLMETER_TEST_EVENTS says how many events (20000).
"""

import json
import os
import threading
import time

from harness import Daemon, corpus, equal, run, sanitized, test

N_EVENTS = int(os.environ.get("CALLMETER_TEST_EVENTS", "20000"))
N_CLIENTS = 10
# SQLite's page cache and the bounded caches of keys, all full.
MAX_RSS_KB = 40 * 1024
# Growth after the first quarter, where that is long enough to have filled them.
MAX_GROWTH_KB = 3 * 1024
N_EVENTS_TO_FILL_CACHES = 100_000


def send_all(daemon, parts):
    """Each part over a connection of its own, at once; give their last acks."""
    acks, faults = [], []

    def client(lines):
        try:
            acks.append(daemon.tell(*lines).ack)
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=client, args=(lines,)) for lines in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults
    return acks


@test
def every_event_of_ten_clients_is_stored_once_and_memory_stays_flat():
    n_each = N_EVENTS // N_CLIENTS
    parts = [corpus("--events", str(n_each), "--seed", str(n), "--in-time")[0] for n in range(N_CLIENTS)]
    with Daemon() as daemon:
        began = time.monotonic()
        acks = send_all(daemon, [lines[:n_each // 4] for lines in parts])
        early_kb = daemon.rss_kb()
        quarter = n_each // 4
        peaks = []
        for k in range(1, 4):
            acks += send_all(daemon, [lines[k * quarter:(k + 1) * quarter if k < 3 else None] for lines in parts])
            peaks.append(daemon.rss_kb())
        took = time.monotonic() - began
        equal(sum(a["stored"] for a in acks), n_each * N_CLIENTS, "stored")
        equal(sum(a["duplicate"] + a["rejected"] for a in acks), 0, "duplicate or rejected")
        equal(daemon.value("select count(*) from client_events"), n_each * N_CLIENTS, "rows")
        equal(daemon.value("select count(distinct event_id) from client_events"), n_each * N_CLIENTS, "distinct")
        sent = {json.loads(line)["events"][0].get("join_attempt_id") for lines in parts for line in lines}
        equal(daemon.value("select count(*) from join_attempts"), len(sent - {None, "unknown"}), "attempts")
        print(f"  # {n_each * N_CLIENTS / took:.0f} events/s, RSS {early_kb} KiB after a quarter, then {peaks}")
        if sanitized():
            return
        assert max(peaks) < MAX_RSS_KB, f"RSS is {peaks} KiB"
        if N_EVENTS // 4 >= N_EVENTS_TO_FILL_CACHES:
            assert max(peaks) - early_kb < MAX_GROWTH_KB, f"RSS grew from {early_kb} to {peaks} KiB"


@test
def the_record_agrees_with_what_was_made():
    """Some events late, some twice: outcomes as the generator meant them."""
    lines, tally = corpus("--attempts", "600", "--seed", "7", "--span", "2h", "--start", "2026-08-21T00:00:00Z",
                          "--per-line", "7")
    with Daemon() as daemon:
        half = len(lines) // 2
        ack = daemon.tell(*lines[:half]).ack
        second = daemon.tell(*lines[half:]).ack
        equal(ack["stored"] + second["stored"], tally["events"], "stored")
        equal(ack["duplicate"] + second["duplicate"], tally["repeated"], "duplicates")
        equal(ack["flagged"] + second["flagged"], tally["flagged"], "flagged")
        got = {r["outcome"]: r["n"]
               for r in daemon.rows("select outcome, count(*) n from join_attempts group by outcome")}
        equal(got, {"joined": tally["joined"], "failed": tally["failed"], "aborted": tally["aborted"],
                    "abandoned": tally["stuck"]})


run()
