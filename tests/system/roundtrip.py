#!/usr/bin/env python3
"""What is exported and sent again gives the same record, and is what was accepted."""

import csv
import datetime
import io
import json
import os
import re
import signal
import stat
import subprocess

import payloads
import vendor_ivs_hrtc as aws
import vendor_spaces_rtk as rtk
from harness import Daemon, QueryError, corpus, equal, eventually, refused, run, test
from stream import Attempt, BASE_MS, generic, stamp
from views import public_views

COMMAND = os.path.join(os.environ.get("abs_top_builddir") or os.getcwd(), "callmeter")

# What tells of the arrival and not of the event.
ARRIVAL = {"event_id", "received_ms", "received", "uid", "gid", "pid"}


def callmeter(daemon, *arguments, stdin=b"", code=0):
    done = subprocess.run([COMMAND, *arguments], input=stdin, capture_output=True, timeout=120,
                          env={"PATH": os.environ["PATH"], "CALLMETER_RUNTIME_DIR": daemon.runtime_dir})
    equal(done.returncode, code, f"exit code of {arguments}: {done.stderr}")
    return done.stdout


def export(daemon, *arguments):
    return callmeter(daemon, "export", *arguments)


def envelopes(exported):
    return [json.loads(line) for line in exported.splitlines()]


def dump(daemon):
    """All rows of all public views that tell of events; those of single events in the order they were stored."""
    dumped = {}
    for name in public_views(daemon):
        rows = sorted((row.get("event_id") or 0, json.dumps({k: v for k, v in row.items() if k not in ARRIVAL},
                                                            sort_keys=True, default=bytes.hex))
                      for row in daemon.rows(f"select * from {name}"))
        dumped[name] = [text for _, text in rows]
    return dumped


def check_same(got, want, what):
    for view, b in want.items():
        a = got[view]
        if a != b:
            i = next((i for i, pair in enumerate(zip(a, b)) if pair[0] != pair[1]), min(len(a), len(b)))
            raise AssertionError(f"{what}: {view}, {len(a)} rows for {len(b)}, row {i}:\n{a[i:i+1]}\n{b[i:i+1]}")


TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def instant(text):
    """Microseconds since the epoch, what is finer cut off."""
    whole = re.sub(r"\.\d+", "", text).upper().replace(" ", "T").replace("Z", "+00:00")
    fraction = (re.search(r"\.(\d+)", text) or [None, "0"])[1]
    seconds = (datetime.datetime.fromisoformat(whole) - EPOCH) // datetime.timedelta(seconds=1)
    return seconds * 1000000 + int(fraction.ljust(6, "0")[:6])


def normal(value, times=()):
    """JSON as two that mean the same have it; @times are keys whose integers are nanoseconds."""
    if isinstance(value, dict):
        return {k: instant_ns(v) if k in times and isinstance(v, int) and not isinstance(v, bool) else normal(v, times)
                for k, v in value.items() if v is not None and v != "" and k != "phone_numbers"}
    if isinstance(value, list):
        return [normal(v, times) for v in value]
    if isinstance(value, str) and TIME.fullmatch(value):
        return ("time", instant(value))
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def instant_ns(ns):
    return ("time", ns // 1000)


# Of all vendors: what may be told as nanoseconds.
TIMES = ("timestamp", "previously_connected_timestamp")


def outermost(line):
    """What stands in an envelope, or the line itself."""
    if "source" in line and "events" in line:
        return line["events"]
    return [line["event"] if isinstance(line.get("event"), (dict, list, int)) else line]


def payloads_in(line):
    """The events of a line as they are sent; two vendors have lists of them."""
    if line.get("source", "stream") not in ("stream", "ivs"):
        return outermost(line)
    return [e for outer in outermost(line)
            for e in (outer["events"] if isinstance(outer, dict) and "events" in outer else [outer])]


def accepted(lines, verdicts):
    """The payloads that were taken, in order, a repetition once."""
    rejected = {(v["line"], v["event"]) for v in verdicts if v["verdict"] == "rejected"}
    taken = {}
    for n, line in enumerate(lines, 1):
        line = json.loads(line) if isinstance(line, bytes) else line
        if list(line) == ["hello"]:
            continue
        beside = [line.get(k) for k in ("source", "app", "id", "at", "context")] if outermost(line) != [line] else []
        for i, payload in enumerate(payloads_in(line)):
            if (n, i) not in rejected:
                payload = normal(payload, TIMES)
                taken.setdefault(json.dumps([beside, payload], sort_keys=True), payload)
    return list(taken.values())


def nested(depth):
    return [nested(depth - 1)] if depth > 1 else [1]


ODD = {"stage": "Odd", "event_type": "thing", "timestamp": stamp(BASE_MS)}
ODD_LINES = [
    # Numbers, texts, members that count as absent, nested ones of which nothing is known.
    {**ODD, "n": [0, -0.0, 1e18, 1e19, 1.5, -2.5e-7, 12345678901234567, 9007199254740993, 1e300], "elapsed_time": 7e3},
    {**ODD, "text": "\u0001\b\f\n\r\t\"\\/\u007f\u2028é😀", "": "no key", "a.b": {"": 1, "c": ""}, "empty": {}, "none": []},
    {**ODD, "null": None, "blank": "", "deep": {"null": None, "blank": "", "list": [None, "", {"x": None}]}},
    # As deep as an event may be, also in a list lest its own key be taken for one.
    {**ODD, "deep": nested(31)}, {"source": "stream", "event": {"events": [{**ODD, "deep": nested(31), "events": [1]}]}},
    {"source": "stream", "events": [{"events": [{**ODD, "deep": nested(31), "number": 0}]}]},
    # Keys that an envelope, or a list of events, or another vendor has.
    {**ODD, "number": 1, "source": "aws.ivs", "app": "x", "at": "y", "context": {"a": 1}, "hello": True},
    {"source": "stream", "event": {"events": [{**ODD, "events": [{"stage": "Inner"}], "number": 2}]}},
    {"source": "stream", "event": {**ODD, "event": {"a": [{}]}, "number": 3}},
    {**ODD, "join_attempt_id": "unknown", "number": 4},
    {**ODD, "stage": "CoordinatorWS", "join_attempt_id": "a1", "number": 4},
    # Ids of the sender's, an app of its own, and times that are the envelope's.
    {"source": "stream", "app": "shöp \"1\"", "id": "sender's own", "event": {**ODD, "number": 5}},
    {"source": "stream", "id": "1", "at": "2026-08-21T11:32:45.123456789+02:00",
     "event": {"stage": "Odd", "event_type": "timeless", "number": 6}},
    {"source": "stream", "at": 1, "event": {"stage": "Odd", "event_type": "timeless", "number": 7}},
    {"source": "stream", "at": 1, "event": {**ODD, "number": 8}},
    {"stage": "Odd", "event_type": "timeless", "number": 9},
    # Values at their limits, and one that is flagged.
    {**ODD, "timestamp": 1, "number": 10},
    {**ODD, "timestamp": "9999-12-31T23:59:59.999999Z", "user_id": "é" * 128, "number": 11},
    {**ODD, "previously_connected_timestamp": 1787311965123456789, "was_previously_connected": False,
     "retry_count_attempt": 0, "elapsed_time": 9223372036854775807, "ice_state": "NEW", "number": 12},
    {"stage": "WSJoin", "event_type": "initiated", "outcome": "success", "timestamp": "2026-08-21 13:32:45.5+02:00"},
]


def ivs(event, **more):
    return {**aws.STAGE, "event": event, **more}


def hrtc(name, event, **more):
    return {"source": "hrtc", "at": "2026-08-21T09:00:00Z", "context": {"name": name, "roomId": "r", "userId": "u"},
            "event": event, **more}


def spaces(category, at="10", **members):
    return {"category": category, "topicId": rtk.TOPIC, "created": f"2026-08-21T07:00:{at}.5Z", **members}


TIMED = {"eventTime": "2026-08-21T20:40:00.25+00:00"}
BRIDGE = aws.BRIDGED
VENDORS = [
    aws.NEWEST_FIRST, aws.TROUBLE, aws.EXCHANGED, aws.BRIDGED, *aws.ROOM,
    # IVS: what no field takes, tokens of which little is told, a key of the vendor's list, no stage, no time.
    ivs({**TIMED, "name": "JOINED", "participantId": "p1", "remoteParticipantId": None, "replica": False, "n": {"a": []}}),
    ivs({**TIMED, "name": "SOMETHING_NEW", "participantId": "p1", "newToken": {}, "previousToken": {"userId": ""}}),
    ivs({**TIMED, "name": "TOKEN_EXCHANGED", "newToken": {"attributes": {"b": "", "a": "x"}, "capabilities": [], "z": 1}}),
    {**aws.STAGE, "events": [{**TIMED, "name": "LEFT", "participantId": "p1", "events": [{"name": "x"}]}]},
    ivs({"events": [{**TIMED, "name": "LEFT", "participantId": "p2"}], "nextToken": "more"}),
    {"source": "ivs", "context": {"participantId": "p3", "more": 1}, "event": {**TIMED, "name": "JOINED"}},
    ivs({"name": "JOINED", "participantId": "p4"}, at="2026-08-21T20:41:00Z", id="mine"),
    ivs({"name": "JOINED", "participantId": "p5"}),
    # EventBridge: resources of other kinds and numbers, no time of the event, in an envelope, a key of the list.
    {**BRIDGE, "id": "1", "resources": [], "detail": {}},
    {**BRIDGE, "id": "2", "resources": [*BRIDGE["resources"], "arn:two"], "detail": {"event_name": "New", "x": [1]}},
    {**BRIDGE, "id": "3", "detail-type": "IVS Composition State Change", "resources": ["arn:aws:ivs:x:1:composition/y"],
     "detail": {"event_name": "Session Start", "stage_arn": BRIDGE["resources"][0]}},
    {**BRIDGE, "id": "4", "detail-type": "Something New", "time": None, "detail": {"reason": "r", "event_time": ""}},
    {"source": "ivs", "app": "shop", "id": "5", "event": {**BRIDGE, "id": "5", "extra": {"source": "x"}}},
    {"source": "ivs", "event": {"events": [{**BRIDGE, "id": "6", "events": [1]}]}},
    # HRTC: a payload that is a number, an array, nothing; one key of several meanings; no time.
    hrtc("log-upload-result", 200), hrtc("log-upload-result", {"status": 200}), hrtc("live-streaming-updated", {}),
    hrtc("volume-indicator", []), hrtc("volume-indicator", [{"user_id": "u2", "volume": 3.5, "x": {"y": None}}, {}]),
    hrtc("stream-recovered", [{"userId": "u2", "isScreen": False, "isRemote": True, "z": []}]),
    hrtc("peer-leave", {"userId": "u2", "reason": {"code": 0}}), hrtc("peer-leave", {"userId": "u3", "reason": {}}),
    hrtc("client-banned", {"userId": "u2", "reason": "spam"}), hrtc("brand-new", {"reason": {"code": 99}, "status": []}),
    hrtc("mute-audio", {"roomId": "r", "userId": "u2", "status": 1, "reason": 0}),
    hrtc("stream-added", {"streamId": "s", "hasAudio": True, "hasVideo": False, "prevState": "x"}),
    hrtc("network-quality", {"uplinkNetworkQuality": 1, "downlinkNetworkQuality": 0}, at=None),
    {"source": "hrtc", "event": {"userId": "u2"}},
    # Spaces.
    rtk.TRACKSSTATUS, rtk.VIDEO_END, rtk.STOPSCREENSHARE, rtk.MINIMAL,
    {"source": "spaces", "at": "2026-08-21T07:01:00Z", "context": {"userId": "bo"}, "event": rtk.MINIMAL},
    spaces("tracksstatus", content={"mediaSession": {"audio": None, "new": 1}, "x": {}}, sender={"_id": "a", "y": {"z": 1}}),
    spaces("brand.new", "11", content=None, data={"a": [None, {}]}, sender={}),
    spaces("app.event.presence.party.leaves", "12", content={"idle": False, "desktop": True, "offline": False,
           "attendee": {"attendee": "a1", "attendeeType": "userId", "more": ""}, "role": "guest"}),
    spaces("speaking", "13", content={"idle": "no presence", "attendee": {"attendee": 1}}),
    # RealtimeKit.
    rtk.STARTED, rtk.JOINED, rtk.LEFT, rtk.ENDED, rtk.CHAT_SYNCED, rtk.TRANSCRIPT, rtk.SUMMARY, rtk.RECORDING,
    rtk.delivered(rtk.JOINED, "d1"), rtk.delivered({**rtk.LEFT, "meeting": {}, "new": {"a": ""}}, "d2"),
    rtk.delivered({"event": "brand.new", "meeting": {"id": "m", "organizedBy": {}, "x": 1e3}}, "d3", at=BASE_MS * 1000000),
    rtk.delivered({**rtk.STARTED, "events": [1], "meeting": {**rtk.MEETING, "startedAt": "2026-08-21 10:00:00.000Z"}}, "d4"),
    {**rtk.RECORDING, "recording": {**rtk.RECORDING["recording"], "recordingDuration": "1800"}},
    # Keys of a context that nobody knows, beside payloads of every form.
    rtk.delivered(rtk.JOINED, "d7", context={"rtk-uuid": "d7", "deliveryId": "d7", "deep": {"null": None, "n": [1.50]}}),
    hrtc("volume-indicator", [{"user_id": "u2", "volume": 3}], context={"name": "volume-indicator", "roomId": "r", "user_id": 1}),
    hrtc("log-upload-result", 404, context={"name": "log-upload-result", "roomId": "r", "sdk": "1.0"}),
    {"source": "stream", "context": {"user": "ana"}, "event": {**ODD, "context": {"mine": 1}, "number": 13}},
    {"source": "ivs", "context": {"stage_arn": aws.STAGE["context"]["stageArn"]}, "event": {**BRIDGE, "id": "7"}},
    # What a hello says.
    {"hello": {"source": "hrtc", "app": "rooms", "context": {"roomId": "h", "userId": "hu"}}},
    {"at": "2026-08-21T09:30:00Z", "context": {"name": "peer-join"}, "event": {"userId": "u9", "userName": "Nine"}},
    {"hello": {"source": "hrtc", "app": "rooms", "context": {"roomId": "h", "userId": "hu", "user_id": "hu"}}},
    {"at": "2026-08-21T09:32:00Z", "context": {"name": "peer-join"}, "event": {"userId": "u9", "userName": "Nine"}},
    {"hello": {"source": "hrtc", "app": "rooms", "context": {"roomId": "h", "userId": "hu"}}},
    {"at": "2026-08-21T09:31:00Z", "context": {"name": "log-upload-result", "userId": "other"}, "event": 500},
]

# What privacy changes: these come back as they were kept, not as they were sent.
SECRETS = [
    rtk.delivered(rtk.LIVESTREAM, "d5"), rtk.delivered({**rtk.STARTED, "note": f"a {rtk.JWT} b"}, "d6"),
    ivs({**TIMED, "name": "TOKEN_EXCHANGED", "participantId": rtk.JWT[:60], "newToken": {"userId": rtk.JWT}}),
    spaces("tracksstatus", "14", sender={"phone_numbers": [rtk.PHONE]}, comment=rtk.JWT),
    hrtc("Error", {"errorCode": "1", "errorMsg": f"cannot join with {rtk.JWT}"}, id=rtk.JWT),
]


def everything():
    demo, _ = corpus("--demo")
    attempt = Attempt().begin().cj("ok", 10, 20).ws("ok", 25, 30).sub("SFU_FULL", 40, 90).sub("ok", 95, 200, "sub2")
    return demo + [payloads.BEFORE_THE_CALL, payloads.JOINING, payloads.FIRST_FRAMES, payloads.FAULTY, payloads.SWIFT,
                   attempt.line] + ODD_LINES + VENDORS


@test
def what_is_exported_and_sent_to_an_empty_recorder_gives_the_same_views():
    with Daemon() as first, Daemon() as second:
        answers = first.tell(*everything(), *SECRETS)
        equal([v for v in answers.verdicts if v["verdict"] == "rejected" and v["code"] != "out-of-range"], [])
        exported = export(first)
        equal(len(exported.splitlines()), first.ask("status")[0]["last_event_id"])
        callmeter(second, "send", "--quiet", stdin=exported)
        status = second.ask("status")[0]
        equal((status["rejected"], status["duplicate"]), (0, 0))
        check_same(dump(second), dump(first), "sent to an empty recorder")
        sql = "select at_us, digest, sender_id from stream_event order by event_id"
        equal(second.rows(sql), first.rows(sql))
        equal(export(second), exported, "exported again")


@test
def what_is_exported_and_sent_to_the_same_recorder_stores_nothing_new():
    with Daemon() as daemon:
        daemon.tell(*everything(), *SECRETS)
        before, stored = dump(daemon), daemon.ask("status")[0]
        callmeter(daemon, "send", "--quiet", stdin=export(daemon))
        status = daemon.ask("status")[0]
        equal(status["last_event_id"], stored["last_event_id"])
        equal(status["duplicate"] - stored["duplicate"], stored["last_event_id"])
        check_same(dump(daemon), before, "sent to the same recorder")


@test
def a_line_as_long_as_may_be_is_exported_as_one_that_can_be_sent_again():
    room = 256 * 1024

    def filled(before, piece, behind):
        return before + piece * ((room - len(before) - len(behind)) // len(piece)) + behind

    bare = json.dumps(ODD)[:-1]
    lines = [
        {"hello": {"app": '"' * 128, "context": {"roomId": "r" * 64, "userId": "u" * 64}}},
        filled(bare + ',"x":"', "x", '"}'), filled(bare + ',"x":["', "x", '",1e20' + ",-1.5e-7" * 1000 + "]}"),
        filled('{"source":"stream","app":"' + "\\b" * 128 + '","id":"' + "\\b" * 256 + '","at":1,"event":' + bare + ',"x":"', "x", '"}}'),
        filled('{"source":"hrtc","context":{"name":"stream-recovered"},"event":[', '{"userId":"u2","isScreen":false,"x":"' + "x" * 300 + '"},', "{}]}"),
        {"events": [{**ODD, "n": n, "x": "x" * 2000} for n in range(100)]},
    ]
    with Daemon() as first, Daemon() as second:
        equal([v for v in first.tell(*lines).verdicts if v["verdict"] == "rejected"], [])
        exported = export(first)
        equal(len(exported.splitlines()), 104)
        lengths = [len(line) for line in exported.splitlines()]
        assert room < max(lengths) <= 268 * 1024, sorted(lengths)[-5:]
        callmeter(second, "send", "--quiet", stdin=exported)
        equal(second.ask("status")[0]["rejected"], 0)
        check_same(dump(second), dump(first), "sent to an empty recorder")
        equal(export(second), exported, "exported again")
        equal([v["code"] for v in first.tell(filled(bare + ',"x":[', "1e20,", "0]}")).verdicts if v["verdict"] == "rejected"],
              ["too-long"])


@test
def what_is_exported_equals_what_was_accepted():
    lines = everything()
    with Daemon() as daemon:
        verdicts = daemon.tell(*lines).verdicts
        got = [normal(unwrapped(e), TIMES) for e in envelopes(export(daemon))]
    want = accepted(lines, verdicts)
    for one, other in zip(got, want):
        equal(one, other)
    equal(len(got), len(want))


@test
def an_export_is_asked_for_in_pages_that_make_one_whole():
    with Daemon() as daemon:
        daemon.tell(*[generic(n) for n in range(25)])
        whole = rows_of(daemon, {})[0]
        pages, request = [], {"limit": 10}
        while True:
            rows, end = rows_of(daemon, request)
            pages += rows
            equal((end["rows"], end["limit"]), (len(rows), 10))
            if not end["cursor"]:
                break
            request = {"limit": 10, "cursor": end["cursor"]}
            daemon.tell(generic(100 + len(pages)))  # not a part of it any more
        equal(pages, whole)
        refused("bad-value", rows_of, daemon, {"limit": 9, "source": "stream", "cursor": request["cursor"]})
        refused("bad-value", rows_of, daemon, {"cursor": "1.2.3.4"})


@test
def a_long_answer_ends_early_and_goes_on_behind_its_cursor():
    with Daemon() as daemon:
        daemon.tell(*[generic(n, text="x" * 250000) for n in range(40)])
        rows, end = rows_of(daemon, {})
        assert 30 < len(rows) < 40 and end["cursor"], (len(rows), end)
        rows += rows_of(daemon, {"cursor": end["cursor"]})[0]
        equal([r["event"]["number"] for r in rows], list(range(40)))
        equal(len(export(daemon).splitlines()), 40)


@test
def an_export_is_narrowed_by_time_source_and_app():
    def numbers(**parameters):
        return [r["event"]["number"] for r in rows_of(daemon, parameters)[0]]

    with Daemon() as daemon:
        daemon.tell(*[generic(n * 1000) for n in (3, 1, 2)],
                    {"source": "stream", "app": "other", "event": generic(4000)})
        equal(numbers(), [3000, 1000, 2000, 4000])
        equal(numbers(since=BASE_MS + 2000), [3000, 2000, 4000])
        equal(numbers(until=BASE_MS + 2000), [1000])
        equal(numbers(since=stamp(BASE_MS + 1000), until=stamp(BASE_MS + 3000)), [1000, 2000])
        equal(numbers(app="other"), [4000])
        equal(numbers(app="no-such-app"), [])
        equal(numbers(source="stream", until=BASE_MS + 1001), [1000])
        assert "stream" in refused("bad-value", numbers, source="nobody").hint
        refused("bad-value", numbers, times="none")
        refused("unknown-parameter", numbers, users="ana")
        out = export(daemon, "--since", stamp(BASE_MS + 2000), "--until", stamp(BASE_MS + 4000), "--source", "stream",
                     "--app", "other")
        equal(out, b"")
        equal([e["app"] for e in envelopes(export(daemon, "-a", "other"))], ["other"])


@test
def only_an_event_without_a_time_of_its_own_bears_the_envelopes():
    with Daemon() as daemon:
        timeless = {"stage": "Odd", "event_type": "timeless"}
        daemon.tell({"source": "stream", "at": "2026-08-21T11:32:45.123456Z", "event": timeless}, generic(1),
                    {"source": "stream", "at": 1, "event": generic(2)}, timeless)
        given, own, own_too, received = rows_of(daemon, {})[0]
        equal(given["at"], "2026-08-21T11:32:45.123456Z")
        assert "at" not in own and "at" not in own_too
        equal(instant(received["at"]), daemon.value("select max(at_us) from stream_event"))
        equal([r["at"] for r in rows_of(daemon, {"times": "all"})[0]],
              [given["at"], own["event"]["timestamp"], own_too["event"]["timestamp"], received["at"]])


def rows_of(daemon, request):
    """Rows of an export, which leave out what they do not have, and its end."""
    rows = []
    with daemon.query() as client:
        client.send({"query": "export", **request})
        while "end" not in (answer := client.read()):
            if "error" in answer:
                raise QueryError(answer["error"])
            rows.append(answer)
    equal(answer["end"]["rows"], len(rows))
    assert all(list(r) == [c for c in answer["end"]["columns"] if c in r] for r in rows), rows[:3]
    return rows, answer["end"]


# ------------------------------------------------------------ the command


@test
def csv_has_a_row_an_event_with_its_time_and_its_json():
    with Daemon() as daemon:
        daemon.tell({"source": "stream", "app": "shop", "id": "7", "event": generic(1, text='a "b",\nc')}, generic(2))
        rows = list(csv.reader(io.StringIO(export(daemon, "-o", "csv").decode(), newline="")))
        equal(rows[0], ["source", "app", "id", "at", "context", "event"])
        equal(rows[1][:5], ["stream", "shop", "7", stamp(BASE_MS + 1), ""])
        equal(json.loads(rows[1][5]), generic(1, text='a "b",\nc'))
        equal([len(rows), rows[2][2], json.loads(rows[2][5])], [3, "", generic(2)])
        equal(export(daemon, "-o", "csv", "-a", "no-such-app"), b"source,app,id,at,context,event\r\n")
        callmeter(daemon, "export", "-o", "table", code=2)


@test
def a_file_is_there_whole_or_not_at_all():
    with Daemon() as daemon:
        path = os.path.join(daemon.dir, "out", "events.ndjson")
        os.mkdir(os.path.dirname(path))
        daemon.tell(*[generic(n) for n in range(3)])
        equal(export(daemon, path), b"")
        with open(path, "rb") as f:
            equal(f.read(), export(daemon, "-"))
        os.chmod(path, 0o640)
        daemon.tell(generic(3))
        link = os.path.join(daemon.dir, "link")
        os.symlink(path, link)
        export(daemon, link)
        assert os.path.islink(link)
        equal(stat.S_IMODE(os.stat(path).st_mode), 0o640)
        with open(path, "rb") as f:
            before = f.read()
        equal(len(before.splitlines()), 4)
        export(daemon, "/dev/null")
        assert stat.S_ISCHR(os.stat("/dev/null").st_mode)

        callmeter(daemon, "export", "--app", "x" * 70000, path, code=2)
        daemon.kill()
        callmeter(daemon, "export", path, code=2)
        callmeter(daemon, "export", os.path.join(daemon.dir, "nowhere", "x"), code=2)
        with open(path, "rb") as f:
            equal(f.read(), before)
        equal(os.listdir(os.path.dirname(path)), ["events.ndjson"])


@test
def an_interrupted_export_leaves_no_file():
    with Daemon() as daemon:
        directory = os.path.join(daemon.dir, "out")
        os.mkdir(directory)
        daemon.process.send_signal(signal.SIGSTOP)
        try:
            command = subprocess.Popen([COMMAND, "export", os.path.join(directory, "x")],
                                       env={"CALLMETER_RUNTIME_DIR": daemon.runtime_dir})
            eventually(lambda: os.listdir(directory), "the file beside it")
            command.send_signal(signal.SIGTERM)
            equal(command.wait(30), -signal.SIGTERM)
        finally:
            daemon.process.send_signal(signal.SIGCONT)
        equal(os.listdir(directory), [])


def unwrapped(envelope):
    """The payload, also where it stands in a list lest its own "events" be taken for one."""
    payload = envelope["event"]
    return payload["events"][0] if isinstance(payload, dict) and list(payload) == ["events"] else payload


run()
