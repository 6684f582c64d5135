"""Whatever the order, the repetition and the batches, the same events give the same views.

CALLMETER_TEST_ROUNDS says how often (6), CALLMETER_TEST_SEED where to begin.
"""

import os
import random

from harness import Daemon, equal, run, test
from stream import BASE_MS, Attempt, stamp
from views import differences, dump

ROUNDS = int(os.environ.get("CALLMETER_TEST_ROUNDS", "6"))
SEED = int(os.environ.get("CALLMETER_TEST_SEED", "1"))

CODES = ("CLIENT_ABORTED", "BACKEND_LEAVE", "ICE_CONNECTIVITY_FAILED", "16", "SFU_FULL", "codeless", "ok", "ok", "open")


def random_attempt(chance, n):
    """Few ids, few instants and few values, so that events meet, tie and contradict each other."""
    a = Attempt(f"a{n}", base_ms=BASE_MS + chance.choice((0, 1000)), coordinator_connect_id=f"c{n % 3}",
                call_session_id=chance.choice(("s1", "s2", None)))

    def when():
        return chance.choice((0, 0, 1, 1.5, 10, 10, 500, 60000, 60001, 61000, 120000))

    def who():
        return {"user_id": chance.choice(("ana", "bo", "", None)), "sfu_id": chance.choice(("sfu-1", "sfu-2", None)),
                "join_reason": chance.choice((None, "first-attempt", "migration", "full-rejoin")),
                "sdk_version": chance.choice((None, "1.0", "2.0")), "type": chance.choice(("default", "live", None)),
                "user_agent": chance.choice((None, "stream-video-react-v1.0|os=x", "stream-video-swift-v2.0|os=y")),
                "retry_count_attempt": chance.choice((0, 0, 1, 2))}

    for _ in range(chance.randint(0, 12)):
        kind = chance.randrange(9)
        if kind == 0:
            a.begin(when(), **who())
        elif kind in (1, 2):
            a.cj(chance.choice(CODES), chance.choice((when(), None)), when(), chance.choice(("cj1", "cj2")), **who())
        elif kind == 3:
            a.ws(chance.choice(CODES), chance.choice((when(), None)), when(), chance.choice(("ws1", "ws2")), **who())
        elif kind in (4, 5, 6):
            role = chance.choice((a.sub, a.pub))
            role(chance.choice(CODES), chance.choice((when(), None)), when(), chance.choice(("pc1", "pc2", "pc3")),
                 **who(), was_previously_connected=chance.choice((False, True, None)))
        elif kind == 7:
            chance.choice((a.audio, a.video))(when(), **who())
        else:
            a.permission(when(), chance.choice(("GRANTED", "FAILED")), chance.choice(("GRANTED", "FAILED")), **who())
    if chance.random() < 0.4:
        a.events.append({"stage": "CoordinatorWS", "stage_id": chance.choice(("w1", "w2")), "user_id": "ana",
                         "event_type": chance.choice(("initiated", "completed")), "outcome": "success",
                         "join_attempt_id": chance.choice((None, a.id)),
                         "coordinator_connect_id": f"c{n % 3}", "timestamp": stamp(BASE_MS + when())})
    if chance.random() < 0.2:
        a.events.append({"stage": "Generic", "event_type": "x", "timestamp": stamp(BASE_MS + when()),
                         "join_attempt_id": chance.choice(("unknown", a.id)),
                         "user_id": chance.choice(("ana", "cy", None)), "type": chance.choice(("default", "live")),
                         "call_session_id": chance.choice(("s1", "s3")),
                         "coordinator_connect_id": chance.choice(("c1", None))})
    return [{k: v for k, v in e.items() if v is not None} for e in a.events]


def respelt(chance, event):
    """The same event with its keys in another order."""
    items = list(event.items())
    chance.shuffle(items)
    return dict(items)


@test
def any_order_repetition_and_batching_gives_the_same_views():
    for number in range(SEED, SEED + ROUNDS):
        chance = random.Random(number)
        events = [e for n in range(60) for e in random_attempt(chance, n)]
        with Daemon() as daemon:
            in_order = sorted(events, key=lambda e: e["timestamp"])
            answers = daemon.tell(*[{"events": in_order[i:i + 100]} for i in range(0, len(in_order), 100)])
            equal(answers.ack["rejected"], 0, f"rejected: {answers.verdicts[:1]}")
            want = dump(daemon)
        with Daemon() as daemon:
            shuffled = events + chance.sample(events, len(events) // 3)
            chance.shuffle(shuffled)
            clients = [daemon.ingest() for _ in range(4)]
            n_lines = [0] * 4
            while shuffled:
                size = chance.choice((1, 1, 2, 5, 20, 100))
                who = chance.randrange(4)
                clients[who].send({"events": [respelt(chance, e) for e in shuffled[:size]]})
                del shuffled[:size]
                n_lines[who] += 1
                if chance.random() < 0.3:  # a commit in between
                    clients[who].until_ack(n_lines[who])
            for client in clients:
                client.finish()
                client.socket.close()
            told = differences(dump(daemon), want)
            assert not told, f"seed {number}:\n" + "\n".join(told[:12])


@test
def a_restart_between_batches_changes_nothing():
    chance = random.Random(SEED)
    events = [e for n in range(40) for e in random_attempt(chance, n)]
    with Daemon() as daemon:
        daemon.tell(*[{"events": [e]} for e in events])
        want = dump(daemon)
    with Daemon() as daemon:
        chance.shuffle(events)
        for part in range(4):
            daemon.tell(*[{"events": [e]} for e in events[part::4]])
            if part % 2:
                equal(daemon.terminate(), 0)
            else:
                daemon.kill()
            daemon.start()
        told = differences(dump(daemon), want)
        assert not told, "\n".join(told[:12])


@test
def one_scenario_in_every_order_gives_one_row():
    """All 720 orders of six events that tie, abort, fail and mend."""
    import itertools
    a = (Attempt("a").begin(0).ws("CLIENT_ABORTED", None, 10).ws("SFU_FULL", None, 10, "ws2")
         .sub("ok", None, 10).pub("ICE_CONNECTIVITY_FAILED", None, 60010)
         .pub("BACKEND_LEAVE", None, 9, "pub2"))
    with Daemon() as daemon:
        lines = []
        for n, order in enumerate(itertools.permutations(a.events)):
            lines += [{"events": [{**e, "join_attempt_id": f"a{n}", "coordinator_connect_id": f"c{n}"}]} for e in order]
        daemon.tell(*lines)
        rows = daemon.rows("select distinct outcome, failed_stage, failed_peer_connection, failure_code, "
                           "failure_reason, user_id, sfu_id, started_ms, last_event_ms, time_to_join_ms, retries, "
                           "reconnects, events, violations from join_attempts")
        equal(len(rows), 1, f"rows {rows}")
        equal((rows[0]["outcome"], rows[0]["failed_stage"], rows[0]["failure_code"]), ("failed", "WSJoin", "SFU_FULL"))


run()
