#!/usr/bin/env python3
"""The callmeter command against the daemon: what is sent can be asked for, whatever becomes of the daemon."""

import json
import os
import subprocess

from harness import Daemon, corpus, equal, run, test

COMMAND = os.path.join(os.environ.get("abs_top_builddir") or os.getcwd(), "callmeter")
DEMO_ATTEMPT = "0ddba11c-0000-4000-8000-000000000001"


def environment(daemon):
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "CALLMETER_RUNTIME_DIR": str(daemon.runtime_dir)}


def callmeter(daemon, *arguments, stdin="", code=0):
    done = subprocess.run([COMMAND, *arguments], input=stdin, capture_output=True, text=True, timeout=120,
                          env=environment(daemon))
    equal(done.returncode, code, f"exit code of {arguments}: {done.stderr}")
    return done.stdout, done.stderr


def demo_day():
    lines, _ = corpus("--demo", "--vendor", "stream")
    return "".join((line if isinstance(line, str) else line.decode()).rstrip("\n") + "\n" for line in lines)


def event(i, **fields):
    return json.dumps({"stage": "NetworkSwitched", "event_type": f"switch-{i}", "user_id": "ana",
                       "timestamp": f"2026-08-21T14:00:{i:02d}Z", **fields}) + "\n"


@test
def what_is_sent_is_reported_and_sending_it_again_stores_nothing():
    with Daemon() as daemon:
        day = demo_day()
        _, err = callmeter(daemon, "send", "--quiet", "--app", "shop", stdin=day)
        stored = daemon.value("select count(*) from client_events")
        assert stored > 1000, stored
        _, err = callmeter(daemon, "send", "--app", "shop", stdin=day)
        assert f"0 stored (0 of them flagged), {stored} known already, 0 rejected" in err, err
        out, _ = callmeter(daemon, "report", "attempts", "--all", "-o", "ndjson")
        rows = [json.loads(line) for line in out.splitlines()]
        equal(sorted(r["join_attempt_id"] for r in rows),
              sorted(r["join_attempt_id"] for r in daemon.rows("select join_attempt_id from join_attempts")))
        equal({r["app"] for r in rows}, {"shop"})
        out, _ = callmeter(daemon, "report", "joins", "--by", "sfu_id", "-o", "csv")
        assert out.startswith("sfu_id,attempts,"), out
        assert "joins " in callmeter(daemon, "report")[0]


@test
def an_attempt_is_found_by_the_beginning_of_its_id():
    with Daemon() as daemon:
        callmeter(daemon, "send", "--quiet", stdin=demo_day())
        out, _ = callmeter(daemon, "attempt", DEMO_ATTEMPT[:12])
        assert out.startswith(f"attempt       {DEMO_ATTEMPT}\noutcome       "), out
        assert "\nPeerConnectionConnect" in out and "█" in out, out
        both = json.loads(callmeter(daemon, "attempt", DEMO_ATTEMPT, "-o", "json")[0])
        equal(both["attempt"]["join_attempt_id"], DEMO_ATTEMPT)
        assert both["stages"], both
        assert DEMO_ATTEMPT in callmeter(daemon, "attempt", DEMO_ATTEMPT, "--events")[0]
        callmeter(daemon, "attempt", "nope", code=1)


@test
def what_is_rejected_can_be_looked_at_and_dropped():
    with Daemon() as daemon:
        _, err = callmeter(daemon, "send", stdin="nonsense\n" + event(1), code=1)
        assert "stdin:1: rejected: " in err and "1 stored" in err, err
        assert "not-json" in callmeter(daemon, "quarantine", "list")[0]
        assert callmeter(daemon, "quarantine", "show", "1")[0].endswith("\n\nnonsense\n")
        callmeter(daemon, "quarantine", "drop", "1")
        callmeter(daemon, "quarantine", "show", "1", code=1)
        callmeter(daemon, "quarantine", "drop", "1", code=1)


@test
def more_connections_than_allowed_are_told_so_and_not_that_nobody_answers():
    with Daemon("--set", "max_connections=2") as daemon, daemon.query(), daemon.query():
        for _ in range(20):
            for command in ("status", "follow", "export", "report joins"):
                _, err = callmeter(daemon, *command.split(), code=2)
                equal(err, "callmeter: there are as many connections as max_connections allows. Ask again in a moment.\n")
            _, err = callmeter(daemon, "send", stdin=event(1), code=2)
            assert "(too-many-connections): There are as many" in err and "all that was sent" not in err, err
            assert "not acknowledged from stdin:1 on" in err or "nothing was sent" in err, err


@test
def follow_has_every_event_once_over_a_kill():
    with Daemon() as daemon:
        epoch = json.loads(callmeter(daemon, "status", "-o", "ndjson")[0])["epoch"]
        process = subprocess.Popen([COMMAND, "follow", "-o", "ndjson", "--cursor", f"{epoch}:0"], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(daemon))
        try:
            callmeter(daemon, "send", stdin=event(1))
            equal(json.loads(process.stdout.readline())["event"], "NetworkSwitched switch-1")
            daemon.kill()
            callmeter(daemon, "status", code=3)
            daemon.start()
            callmeter(daemon, "send", stdin=event(2) + event(3))
            got = [json.loads(process.stdout.readline())["event"] for _ in range(2)]
            equal(got, [f"NetworkSwitched switch-{i}" for i in (2, 3)])
        finally:
            process.kill()
            process.communicate()


@test
def follow_and_export_have_an_event_as_deep_as_may_be():
    deep = json.loads("[" * 31 + "7" + "]" * 31)
    with Daemon() as daemon:
        callmeter(daemon, "send", stdin=event(1, deep=deep) + event(2))
        epoch = json.loads(callmeter(daemon, "status", "-o", "ndjson")[0])["epoch"]
        process = subprocess.Popen([COMMAND, "follow", "-o", "ndjson", "--cursor", f"{epoch}:0"], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(daemon))
        try:
            equal(json.loads(process.stdout.readline())["extra"], {"deep": deep})
            equal(json.loads(process.stdout.readline())["event"], "NetworkSwitched switch-2")
        finally:
            process.kill()
            process.communicate()
        exported = callmeter(daemon, "export")[0]
        equal([json.loads(line)["event"].get("deep") for line in exported.splitlines()], [deep, None])
        assert "2 known already, 0 rejected" in callmeter(daemon, "send", stdin=exported)[1]


run()
