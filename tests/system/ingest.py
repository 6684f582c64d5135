"""The ingest socket: line forms, verdicts, acks, and every way a peer can misbehave."""

import copy
import json
import os
import pwd
import subprocess
import threading
import time

from harness import Daemon, Skip, equal, eventually, run, sanitized, test
from stream import BASE_MS, Attempt, generic, stamp

KIB = 1024
LINE_MAX = 256 * KIB


def good(n=0, **fields):
    return {"events": [generic(n, **fields)]}


def padded(n_bytes, n=0):
    """A good line of exactly so many bytes."""
    line = json.dumps(good(n))
    return line[:-1] + " " * (n_bytes - len(line)) + "}"


# ------------------------------------------------------------- line forms

@test
def a_bare_event_a_bare_batch_and_enveloped_ones_are_all_stored():
    with Daemon() as daemon:
        answers = daemon.tell(generic(1), {"events": [generic(2), generic(3)]},
                              {"source": "stream", "app": "shop", "event": generic(4)},
                              {"source": "stream", "id": "b1", "at": "2026-08-21T11:00:00Z",
                               "events": [generic(5), generic(6)]})
        equal(answers.counts(), (4, 6, 0, 0, 0))
        equal(answers.verdicts, [])
        rows = daemon.rows("select json_extract(extra, '$.number') n, app, timestamp_ms from client_events order by n")
        equal([r["n"] for r in rows], [1, 2, 3, 4, 5, 6])
        equal([r["timestamp_ms"] for r in rows], [BASE_MS + n for n in range(1, 7)])
        me = pwd.getpwuid(os.getuid()).pw_name
        equal([r["app"] for r in rows], [me, me, me, "shop", me, me])


@test
def a_hello_sets_what_later_lines_leave_out_and_a_line_overrides_it_key_by_key():
    with Daemon() as daemon:
        answers = daemon.tell(generic(1), {"hello": {"source": "stream", "app": "shop"}}, generic(2),
                              {"event": generic(3)}, {"app": "bank", "event": generic(4)},
                              {"hello": {"app": "desk"}}, {"source": "stream", "event": generic(5)})
        equal(answers.counts(), (7, 5, 0, 0, 0))
        rows = daemon.rows("select json_extract(extra, '$.number') n, app from client_events order by n")
        equal([r["app"] for r in rows][1:], ["shop", "shop", "bank", "desk"])


@test
def the_hello_of_one_connection_is_not_that_of_another():
    with Daemon() as daemon, daemon.ingest() as one, daemon.ingest() as two:
        one.send({"hello": {"app": "shop"}})
        one.until_ack(1)
        two.send(generic(1))
        two.until_ack(1)
        equal(daemon.value("select app from client_events"), pwd.getpwuid(os.getuid()).pw_name)


@test
def a_uid_can_be_given_the_name_of_its_app():
    for key in (str(os.getuid()), pwd.getpwuid(os.getuid()).pw_name):
        with Daemon("--set", f"app.{key}=webshop") as daemon:
            daemon.tell(generic(1))
            equal(daemon.value("select app from client_events"), "webshop")


@test
def blank_lines_and_carriage_returns_count_as_lines_and_nothing_else():
    with Daemon() as daemon:
        answers = daemon.tell("", json.dumps(good(1)) + "\r", "", "\r", good(2))
        equal(answers.counts(), (5, 2, 0, 0, 0))
        equal(answers.verdicts, [])


# ---------------------------------------------------------- verdicts, acks

@test
def an_ack_comes_after_the_commit():
    with Daemon() as daemon, daemon.ingest() as client:
        for n in range(50):
            client.send(good(n))
            client.until_ack(n + 1)
            equal(daemon.value("select count(*) from client_events"), n + 1, "rows when the ack was read")


@test
def acks_are_cumulative_and_never_go_back():
    with Daemon() as daemon, daemon.ingest() as client:
        writer = threading.Thread(target=lambda: [client.send(good(n)) for n in range(1000)])
        writer.start()
        answers = client.until_ack(1000)
        writer.join()
        for key in ("lines", "stored"):
            counts = [a[key] for a in answers.acks]
            equal(counts, sorted(counts), key)
        equal(answers.counts(), (1000, 1000, 0, 0, 0))


@test
def a_thousand_pipelined_lines_are_taken_in_order():
    with Daemon() as daemon:
        answers = daemon.tell(*[good(n) if n % 10 else "no json" for n in range(1000)])
        equal(answers.counts(), (1000, 900, 0, 0, 100))
        equal([v["line"] for v in answers.verdicts], [n + 1 for n in range(0, 1000, 10)])


@test
def each_event_of_a_batch_is_judged_by_itself():
    with Daemon() as daemon:
        bad = Attempt("a1").cj("ok", 1, 2).events[1]
        flagged = {k: v for k, v in bad.items() if k != "call_session_id"}
        bad["retry_count_attempt"] = 1001
        answers = daemon.tell(good(0), {"events": [generic(1), bad, flagged, generic(2)]})
        equal(answers.counts(), (2, 4, 1, 0, 1))
        rejected, flagged = answers.verdicts
        equal({k: rejected.get(k) for k in ("line", "event", "verdict", "code", "field")},
              {"line": 2, "event": 1, "verdict": "rejected", "code": "out-of-range", "field": "retry_count_attempt"})
        assert rejected["message"], rejected
        assert "problems" not in rejected, rejected
        equal(flagged, {"line": 2, "event": 2, "verdict": "flagged",
                        "violations": [{"field": "call_session_id", "rule": "required"}]})
        equal(daemon.row("select code, field, line, event, source from quarantined"),
              {"code": "out-of-range", "field": "retry_count_attempt", "line": 2, "event": 1, "source": "stream"})


@test
def a_rejected_event_with_several_faults_has_them_all_told():
    with Daemon() as daemon:
        verdict = daemon.tell(good(1, outcome="maybe", user_id=17, elapsed_time=-1, timestamp="noon")).only_verdict()
        equal({p["field"]: p["code"] for p in verdict["problems"]},
              {"outcome": "bad-value", "user_id": "bad-type", "elapsed_time": "out-of-range", "timestamp": "bad-time"})
        equal(len(verdict["problems"]), 4)
        equal({k: verdict[k] for k in ("code", "field", "message")}, verdict["problems"][0], "the first one")


@test
def with_strict_conformance_what_would_be_flagged_is_rejected():
    with Daemon("--set", "conformance=strict") as daemon:
        answers = daemon.tell(Attempt("a1").begin(0, stage_id="s").line, good(1))
        equal(answers.counts(), (2, 1, 0, 0, 1))
        equal(answers.only_verdict()["code"], "forbidden")
        equal(answers.only_verdict()["field"], "stage_id")


# ------------------------------------------------------------- same event

@test
def the_same_event_in_another_spelling_is_a_duplicate():
    event = Attempt("a1").cj("ok", 0.5, 640.25, call_cid="default:standup", deep={"b": [1, 2.50], "a": None}).events[1]
    reordered = dict(reversed(list(event.items())))
    offset = {**event, "timestamp": "2026-08-21T13:32:45.640250+02:00"}
    in_ns = {**event, "timestamp": (BASE_MS * 1000 + 640250) * 1000}
    finer = {**event, "timestamp": (BASE_MS * 1000 + 640250) * 1000 + 999}
    coarse = {**event, "timestamp": 1.78731196625e18}
    empty = {**event, "track_id": "", "user_agent": None, "gone": None}
    escaped = json.dumps({"events": [event]}).replace("default", "\\u0064efault").replace("2.5", "25e-1")
    with Daemon() as daemon:
        equal(daemon.tell({"events": [event, event]}).counts(), (1, 1, 0, 1, 0))
        for again in ({"events": [reordered]}, {"events": [offset]}, {"events": [in_ns]}, {"events": [finer]},
                      {"events": [empty]}, event, escaped, {"source": "stream", "event": event}):
            answers = daemon.tell(again)
            equal(answers.counts(), (1, 0, 0, 1, 0), f"counts of {again}")
            equal(answers.verdicts, [], "verdicts")
        equal(daemon.tell({"events": [coarse]}).only_verdict()["code"], "bad-type")
        equal(daemon.value("select count(*) from client_events"), 1)


@test
def what_differs_in_app_id_time_or_content_is_another_event():
    event = generic(1)
    with Daemon() as daemon:
        for n, line in enumerate((event, {"source": "stream", "app": "shop", "event": event},
                                  {"source": "stream", "id": "b1", "event": event},
                                  {"source": "stream", "id": "b2", "event": event},
                                  {**event, "timestamp": stamp(BASE_MS + 1.001)}, {**event, "number": 2},
                                  {**event, "join_attempt_id": "a1"}, {**event, "user_id": "ana"}), 1):
            equal(daemon.tell(line).counts(), (1, 1, 0, 0, 0), f"counts of {line}")
            equal(daemon.value("select count(*) from client_events"), n)


@test
def a_flagged_event_that_comes_again_is_a_duplicate_and_not_flagged_twice():
    line = Attempt("a1").begin(0, stage_id="s").line
    with Daemon() as daemon:
        equal(daemon.tell(line).counts(), (1, 1, 1, 0, 0))
        equal(daemon.tell(line).counts(), (1, 0, 0, 1, 0))
        equal(daemon.value("select count(*) from violations"), 1)


@test
def an_event_without_a_time_is_stamped_and_cannot_be_known_again_unless_the_envelope_has_the_time():
    event = generic(1)
    del event["timestamp"]
    with Daemon() as daemon:
        before_ms = int(time.time() * 1000)
        equal(daemon.tell(event).counts(), (1, 1, 1, 0, 0))
        time.sleep(0.01)
        equal(daemon.tell(event).counts(), (1, 1, 1, 0, 0))
        assert daemon.value("select min(timestamp_ms) from client_events") >= before_ms
        line = {"source": "stream", "at": "2026-08-21T11:32:45Z", "event": event}
        equal(daemon.tell(line).counts(), (1, 1, 1, 0, 0))
        equal(daemon.tell({**line, "at": BASE_MS * 1000000}).counts(), (1, 0, 0, 1, 0))
        equal(daemon.value(f"select count(*) from client_events where timestamp_ms = {BASE_MS}"), 1)


# ------------------------------------------------------------ what is no line

BAD_LINES = [
    (b"no json", "not-json"), (b"{", "not-json"), (b'{"events":[{"stage":"X",}]}', "not-json"),
    (b"{'stage':'X'}", "not-json"), (b'{"stage":NaN}', "not-json"), (b'{"stage":"X"} x', "not-json"),
    (b'{"stage":"X"}{"stage":"Y"}', "not-json"), (b'{"stage":01}', "not-json"), (b'{"stage":"X', "not-json"),
    (b"\x00", "not-json"), (b"[" * 65 + b"]" * 65, "too-deep"), (b"[" * 200000, "too-deep"),
    (b'{"stage":"X","timestamp":0,"event_type":"a\x00b"}', "bad-string"),
    (b'{"stage":"X","timestamp":0,"event_type":"a\x01b"}', "bad-string"),
    (b'{"stage":"X","timestamp":0,"event_type":"\\u0000"}', "bad-string"),
    (b'{"stage":"X","timestamp":0,"event_type":"\\ud800"}', "bad-string"),
    (b'{"stage":"X","timestamp":0,"event_type":"\\udc00\\ud800"}', "bad-string"),
    (b'{"stage":"X","timestamp":0,"event_type":"\xff"}', "bad-utf8"),
    (b'{"stage":"X","timestamp":0,"event_type":"\xc0\xaf"}', "bad-utf8"),
    (b'{"stage":"X","timestamp":0,"event_type":"\xed\xa0\x80"}', "bad-utf8"),
    (b'{"stage":"X","timestamp":0,"event_type":"\xf4\x90\x80\x80"}', "bad-utf8"),
    (b'{"stage":"X","timestamp":0,"event_type":"\xe8\xaa"}', "bad-utf8"),
    (b'{"stage":"X","stage":"Y","timestamp":0,"event_type":"y"}', "duplicate-key"),
    (b'{"stage":"X","timestamp":0,"event_type":"y","x":{"a":1,"\\u0061":2}}', "duplicate-key"),
    (b'{"stage":"X","timestamp":0,"event_type":"y","x":1e400}', "bad-number"),
    (b'{"stage":"X","timestamp":0,"event_type":"y","x":18446744073709551616}', "bad-number"),
    (b'{"source":"nobody","event":{}}', "unknown-source"),
    (b'{"source":"stream"}', "bad-envelope"), (b"7", "bad-envelope"), (b'"text"', "bad-envelope"),
    (b'{"source":"stream","event":{},"events":[{}]}', "bad-envelope"),
    (b'{"hello":7}', "bad-type"), (b'{"hello":{"source":"nobody"}}', "unknown-source"),
    (json.dumps({"events": [generic(n) for n in range(101)]}).encode(), "too-many-events"),
    (json.dumps({"source": "stream", "at": "noon", "event": generic(1)}).encode(), "bad-time"),
    (json.dumps({"source": "stream", "app": "x" * 129, "event": generic(1)}).encode(), "too-long"),
    (json.dumps({"source": "stream", "id": "x" * 257, "event": generic(1)}).encode(), "too-long"),
    (json.dumps({"source": "stream", "app": 7, "event": generic(1)}).encode(), ("bad-type", "bad-envelope")),
    (b'{"events":[]}', ("bad-envelope", "bad-value", "required")), (b'{"events":7}', ("bad-envelope", "bad-type")),
    (b'{"events":[7]}', ("bad-type", "bad-envelope")), (b"null", "bad-envelope"),
    (b"{}", ("bad-envelope", "unknown-source")), (b"[]", ("bad-envelope", "unknown-source")),
]


@test
def every_line_that_cannot_be_stored_says_why_and_harms_no_other():
    with Daemon() as daemon:
        lines, wrong = [], []
        for n, (bad, _) in enumerate(BAD_LINES):
            lines += [bad, good(n)]
        answers = daemon.tell(*lines)
        verdicts = {v["line"]: v for v in answers.verdicts}
        for n, (bad, code) in enumerate(BAD_LINES):
            verdict = verdicts.get(2 * n + 1, {})
            if verdict.get("code") not in (code if isinstance(code, tuple) else (code,)):
                wrong.append(f"{bad[:80]!r} ({len(bad)} bytes): wanted {code}, got {verdict}")
            elif not verdict.get("message") or verdict.get("verdict") != "rejected" or verdict.get("event") != 0:
                wrong.append(f"{bad[:80]!r}: {verdict}")
        assert not wrong, "\n".join(wrong)
        equal(answers.counts(), (2 * len(BAD_LINES), len(BAD_LINES), 0, 0, len(BAD_LINES)))
        for row in daemon.rows("select body, line from quarantined"):
            assert bytes(row["body"]) in BAD_LINES[row["line"] // 2][0], f"line {row['line']}: another body"


@test
def a_bad_string_or_number_costs_its_own_event_and_not_its_neighbours():
    with Daemon() as daemon:
        parts = [json.dumps(generic(n)).encode() for n in range(3)]
        for bad in (b'{"stage":"\xff"}', b'{"stage":1e999}', b'{"stage":"X","stage":"X"}', b'{"stage":"\\ud800"}'):
            line = b'{"events":[' + b",".join((parts[0], bad, parts[1], bad, parts[2])) + b"]}"
            answers = daemon.tell(line)
            equal([(v["event"], v["verdict"]) for v in answers.verdicts], [(1, "rejected"), (3, "rejected")], str(bad))
        equal(daemon.value("select count(*) from client_events"), 3)


@test
def a_depth_of_32_and_a_batch_of_100_are_taken():
    with Daemon() as daemon:
        deep = json.dumps(generic(1))[:-1] + ',"deep":' + "[" * 31 + "]" * 31 + "}"
        equal(daemon.tell(deep, {"events": [generic(n) for n in range(2, 102)]}).counts(), (2, 101, 0, 0, 0))


# ---------------------------------------------------------- length, halves

@test
def a_line_may_be_256_kib_long_and_not_one_byte_longer():
    with Daemon() as daemon:
        answers = daemon.tell(padded(LINE_MAX, 1), padded(LINE_MAX + 1, 2), padded(LINE_MAX - 1, 3))
        equal(answers.counts(), (3, 2, 0, 0, 1))
        verdict = answers.only_verdict()
        equal((verdict["line"], verdict["event"], verdict["code"]), (2, 0, "line-too-long"))
        row = daemon.row("select code, length_bytes, length(body) n, body from quarantined")
        equal((row["code"], row["length_bytes"], row["n"]), ("line-too-long", LINE_MAX + 1, 4096))
        equal(bytes(row["body"]), padded(LINE_MAX + 1, 2)[:4096].encode())


@test
def a_line_of_ten_megabytes_or_of_a_million_brackets_is_skipped_in_constant_memory():
    with Daemon() as daemon, daemon.ingest() as client:
        client.send(*[padded(LINE_MAX, n) for n in range(8)])
        client.until_ack(8)
        before_kb = daemon.rss_kb()
        client.send(b"x" * 10_000_000, good(100), b"[" * 1_000_000, good(101), b'{"a":"' + b"y" * 10_000_000, good(102))
        answers = client.until_ack(14)
        grown_kb = daemon.rss_kb() - before_kb
        equal([(v["line"], v["code"]) for v in answers.verdicts],
              [(9, "line-too-long"), (11, "line-too-long"), (13, "line-too-long")])
        equal(answers.counts(), (14, 11, 0, 0, 3))
        assert grown_kb < 4096 or sanitized(), f"grew by {grown_kb} KiB"
        equal([r["length_bytes"] for r in daemon.rows("select length_bytes from quarantined order by line")],
              [10_000_000, 1_000_000, 10_000_006])


@test
def every_prefix_of_a_line_is_rejected_as_truncated_when_the_peer_goes():
    line = json.dumps(good(1)).encode()
    with Daemon() as daemon:
        for n in range(1, len(line) + 1):
            with daemon.ingest() as client:
                client.send_raw(line[:n])
                answers = client.finish()
                equal(answers.only_verdict()["code"], "truncated", f"prefix of {n} bytes")
                equal(answers.counts(), (1, 0, 0, 0, 1), f"prefix of {n} bytes")
        equal(daemon.value("select count(*) from client_events"), 0)
        equal([bytes(r["body"]) for r in daemon.rows("select body from quarantined order by quarantine_id")],
              [line[:n] for n in range(1, len(line) + 1)])


@test
def a_peer_that_just_goes_loses_no_line_it_finished():
    with Daemon() as daemon:
        for n in range(20):
            with daemon.ingest() as client:
                client.send(*[good(100 * n + k) for k in range(100)])
                client.send_raw(b'{"half')
        eventually(lambda: daemon.value("select count(*) from client_events") == 2000, "2000 events")
        eventually(lambda: daemon.value("select count(*) from quarantined where code = 'truncated'") == 20, "halves")


@test
def a_line_that_trickles_in_is_a_line():
    line = json.dumps(good(1)).encode() + b"\n"
    with Daemon() as daemon, daemon.ingest() as client:
        for n in range(len(line)):
            client.send_raw(line[n:n + 1])
            if n % 50 == 0:
                time.sleep(0.005)
        equal(client.until_ack(1).counts(), (1, 1, 0, 0, 0))


@test
def half_closing_gets_the_last_ack_and_then_the_end():
    with Daemon() as daemon, daemon.ingest() as client:
        client.send(*[good(n) for n in range(500)])
        client.close_writing()
        last = None
        while (answer := client.read()) is not None:
            last = answer
        equal(last["ack"]["lines"], 500)


@test
def a_peer_that_says_nothing_gets_the_end_when_it_goes():
    with Daemon() as daemon, daemon.ingest() as client:
        client.close_writing()
        answer = client.read()
        if answer is not None:
            equal(answer["ack"]["lines"], 0)
            equal(client.read(), None)


# ------------------------------------------------------------- other peers

@test
def a_peer_that_never_reads_has_the_rest_counted_as_untold_and_disturbs_nobody():
    n_lines = 20000
    with Daemon() as daemon, daemon.ingest() as deaf, daemon.ingest() as other:
        writer = threading.Thread(target=lambda: deaf.send(*["no json"] * n_lines))
        writer.start()
        waits = []
        for n in range(50):
            began = time.monotonic()
            other.send(good(n))
            other.until_ack(n + 1)
            waits.append(time.monotonic() - began)
        writer.join(30)
        assert not writer.is_alive(), "the sender that does not read was made to wait"
        assert sorted(waits)[25] < 1, f"the other client waited {waits}"
        eventually(lambda: daemon.value("select count(*) from quarantined") == n_lines, "all in quarantine")
        answers = deaf.finish()
        equal(answers.counts(), (n_lines, 0, 0, 0, n_lines))
        untold = answers.ack.get("untold", 0)
        assert untold > 0, "nothing was dropped, so this shows nothing"
        equal(len(answers.verdicts) + untold, n_lines, "told and untold")


@test
def a_silent_peer_disturbs_nobody_and_does_not_hold_up_the_end():
    with Daemon() as daemon, daemon.ingest() as silent, daemon.ingest() as half:
        half.send_raw(b'{"events"')
        equal(daemon.tell(good(1)).counts(), (1, 1, 0, 0, 0))
        equal(daemon.terminate(), 0)
        assert silent is not None


@test
def who_sent_an_event_is_the_kernels_word():
    with Daemon() as daemon:
        daemon.tell({**generic(1), "uid": 4242, "gid": 4242, "pid": 4242, "app": "forged"},
                    {"source": "stream", "uid": 4242, "pid": 4242, "event": generic(2)})
        rows = daemon.rows("select uid, gid, pid, app, json_extract(extra, '$.uid') said from client_events")
        mine = {"uid": os.getuid(), "gid": os.getgid(), "pid": os.getpid()}
        equal([{k: r[k] for k in mine} for r in rows if r["said"] == 4242], [mine])
        for row in rows:
            equal({k: row[k] for k in mine}, mine)


@test
def another_user_is_told_apart():
    if os.getuid() != 0:
        raise Skip("needs root")
    with Daemon() as daemon:
        os.chmod(os.path.join(daemon.runtime_dir, "ingest.sock"), 0o666)
        send = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "nc", "-NU",
                os.path.join(daemon.runtime_dir, "ingest.sock")]
        subprocess.run(send, input=json.dumps(good(1)).encode() + b"\n", check=True, timeout=30, capture_output=True)
        nobody = pwd.getpwnam("nobody")
        equal(daemon.row("select app, uid, gid from client_events"),
              {"app": "nobody", "uid": nobody.pw_uid, "gid": nobody.pw_gid})


@test
def netcat_prints_verdicts_and_the_ack():
    with Daemon() as daemon:
        line = json.dumps({"events": [Attempt("a1").begin(0, stage_id="s").events[0], {"stage": 7}]})
        done = subprocess.run(["nc", "-NU", os.path.join(daemon.runtime_dir, "ingest.sock")], timeout=30,
                              input=line.encode() + b"\n", stdout=subprocess.PIPE, check=True)
        flagged, rejected, ack = [json.loads(answer) for answer in done.stdout.splitlines()]
        equal(flagged["verdict"], "flagged")
        equal(rejected["verdict"], "rejected")
        equal({k: ack["ack"][k] for k in ("lines", "stored", "flagged", "duplicate", "rejected")},
              {"lines": 1, "stored": 1, "flagged": 1, "duplicate": 0, "rejected": 1})
        equal(daemon.value("select join_attempt_id from join_attempts"), "a1")


@test
def an_event_can_be_read_back_as_it_came():
    event = Attempt("a1").permission(1).sub(
        "ok", 900.5, 1400.25, previously_connected_timestamp="2026-08-21T11:30:00.000001Z", user_agent="ua|x=é語😀",
        sdk_version="1.2.3", track_id="t", join_reason="migration", screen_share_status="NOT_INITIATED",
        camera_permission_status="FAILED", microphone_permission_status="GRANTED", elapsed_time=499,
        retry_failure_reason="none \"quoted\"\n\\", retry_failure_code="x", call_cid="default:standup",
        deep={"list": [1, -2.5, True, None, {"é": ""}]}).events[-1]
    with Daemon() as daemon:
        equal(daemon.tell({"events": [copy.deepcopy(event)]}).counts(), (1, 1, 0, 0, 0))
        row = daemon.row("select * from client_events")
        for key, value in event.items():
            if key == "call_cid":
                equal(json.loads(row["extra"])[key], value)
            elif key == "deep":
                equal(json.loads(row["extra"])[key]["list"][:3], value["list"][:3])
            else:
                equal(row[key], value, key)


run()
