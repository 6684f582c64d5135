"""All vendors at once: what is recorded is what was made, in whatever order and parts it comes.

CALLMETER_TEST_ROUNDS says how often (2), CALLMETER_TEST_SEED where to begin.
"""

import json
import os
import random

from harness import Daemon, corpus, equal, run, test
from lines import (bridge, connected, connection, disconnected, hrtc, iso, ivs, peer_join, peer_leave, presence, rtk, rtk_joined,
                   rtk_left, spaces, state, stream, tracks, video_end)
from views import differences, dump

ROUNDS = int(os.environ.get("CALLMETER_TEST_ROUNDS", "2"))
SEED = int(os.environ.get("CALLMETER_TEST_SEED", "1"))
START = ("--start", "2026-08-21T00:00:00Z", "--span", "12h")
VENDORS = ("realtimekit", "ivs", "hrtc", "spaces")


def only(rows):
    equal(len(rows), 1, f"rows {rows}")
    return rows[0]


def record_agrees(daemon, source, tally):
    """Of one vendor: who was in which call, as the generator meant it."""
    row = only(daemon.rows("select count(*) sessions, max(peak_participants) peak, sum(minutes) minutes, "
                           "sum(live_participants) live from sessions where source = ?", source))
    equal((row["sessions"], row["peak"]), (tally["sessions"], tally["peak"]), f"{source}: sessions and peak")
    leaves = {r["class"]: r["n"] for r in daemon.rows(
        "select coalesce(how_left_class, 'none') class, count(*) n from participants where source = ? group by 1", source)}
    wanted = {k: n for k, n in tally["leaves"].items() if n}
    if "idle" in leaves:  # what nothing tells of is over some time
        leaves["none"] = leaves.pop("idle") + leaves.get("none", 0)
        # Their minutes are the recorder's idea.
        row["minutes"] -= daemon.value("select sum(duration_ms) / 60000.0 from participants "
                                       "where source = ? and how_left_class = 'idle'", source)
    equal(leaves, wanted, f"{source}: leaves")
    equal(sum(leaves.values()), tally["participants"], f"{source}: participants")
    assert abs(row["minutes"] - tally["minutes"]) < 0.01, f"{source}: {row['minutes']} minutes, made {tally['minutes']}"
    if source == "hrtc":
        equal(daemon.value("select count(*) from stream_interruptions"), tally["interruptions"], "interruptions")


@test
def the_record_of_each_vendor_agrees_with_what_was_made():
    """With events late, lost and repeated."""
    for vendor in VENDORS:
        lines, tally = corpus("--vendor", vendor, "--attempts", "40", "--seed", str(SEED + 6), *START)
        made = tally["vendors"][vendor]
        with Daemon() as daemon:
            half = len(lines) // 2
            acks = [daemon.tell(*part).ack for part in (lines[:half], lines[half:])]
            equal({k: sum(a.get(k, 0) for a in acks) for k in ("stored", "duplicate", "flagged", "rejected")},
                  {"stored": made["events"], "duplicate": made["repeated"], "flagged": made["flagged"], "rejected": 0}, vendor)
            record_agrees(daemon, vendor, made)


@test
def the_demonstration_day_is_what_its_help_says():
    lines, tally = corpus("--demo", "--now", "2026-08-21T12:00:00Z")
    with Daemon() as daemon:
        equal(daemon.tell(*lines).ack["rejected"], 0, "rejected")
        for vendor in VENDORS:
            record_agrees(daemon, vendor, tally["vendors"][vendor])
        equal({r["source"]: (r["n"], r["peak"]) for r in daemon.rows(
            "select source, count(*) n, max(peak_participants) peak from sessions where source <> 'stream' group by 1")},
              {"realtimekit": (6, 8), "ivs": (3, 6), "hrtc": (4, 4), "spaces": (3, 4)})
        equal({(r["source"], r["class"]): r["n"] for r in daemon.rows(
            "select source, how_left_class class, count(*) n from participants where source <> 'stream' group by 1, 2")},
              {("realtimekit", "normal"): 18, ("realtimekit", "session-ended"): 5, ("realtimekit", None): 2,
               ("ivs", "normal"): 13, ("hrtc", "normal"): 10, ("hrtc", "forced"): 2, ("hrtc", "failure"): 2,
               ("spaces", "normal"): 8, ("spaces", "idle"): 1})
        equal(daemon.rows("select title from sessions where status = 'LIVE' and source <> 'stream'"), [{"title": "Support"}])
        equal([r["source"] for r in daemon.rows("select distinct source from participants where user_id = 'ana' order by 1")],
              ["hrtc", "ivs", "realtimekit", "spaces", "stream"])
        equal(daemon.value("select user_id from join_attempts where join_attempt_id = '0ddba11c-0000-4000-8000-000000000001'"),
              "ana")
        worst = daemon.rows("select roomId, avg(mos) mos from rtc_stats group by 1 order by 2 limit 1")
        equal([r["roomId"] for r in worst], ["lisbon"], f"the room with the worst MOS: {worst}")


def parts(line):
    """The line's events, each with what it takes to send it: its envelope, and whether it stood in a list."""
    line = json.loads(line)
    if "events" not in line:
        return [(line, None)]
    envelope = {k: v for k, v in line.items() if k != "events"}
    return [(envelope, event) for event in line["events"]]


def respelt(chance, value):
    """The same JSON with its keys in another order, and one time in two what AWS's JavaScript writes as its CLI does."""
    if isinstance(value, list):
        return [respelt(chance, v) for v in value]
    if not isinstance(value, dict):
        return value
    items = [(k, respelt(chance, v)) for k, v in value.items()]
    chance.shuffle(items)
    return {k: v[:19] + "+00:00" if k == "eventTime" and chance.random() < 0.5 else v for k, v in items}


def lines_of(chance, events):
    """Shuffled lines that hold these events: lists are cut and put together anew."""
    lists, lines = {}, []
    for envelope, event in events:
        if event is None:
            lines.append(envelope)
        elif envelope and chance.random() < 0.3:  # not a list any more
            lines.append({**envelope, "event": event})
        else:
            lists.setdefault(json.dumps(envelope, sort_keys=True), []).append(event)
    for envelope, held in lists.items():
        chance.shuffle(held)
        while held:
            size = chance.choice((1, 1, 2, 5, 20, 100))
            lines.append({**json.loads(envelope), "events": held[:size]})
            del held[:size]
    chance.shuffle(lines)
    return [respelt(chance, line) for line in lines]


@test
def any_order_repetition_and_batching_gives_the_same_views_of_all_vendors():
    for number in range(SEED, SEED + ROUNDS):
        chance = random.Random(number)
        made = corpus("--vendor", "all", "--attempts", "40", "--seed", str(number), "--in-time", "--per-line", "3", *START)[0]
        if number == SEED:
            made += corpus("--demo", "--now", "2026-08-21T12:00:00Z")[0]
        with Daemon() as daemon:
            answers = daemon.tell(*made)
            equal(answers.ack["rejected"], 0, f"rejected: {answers.verdicts[:1]}")
            want = dump(daemon)
        events = [part for line in made for part in parts(line)]
        with Daemon() as daemon:
            mixed = lines_of(chance, events + chance.sample(events, len(events) // 4))
            clients = [daemon.ingest() for _ in range(4)]
            n_lines = [1] * 4
            for client in clients:
                client.send(b"")
            while mixed:
                who, size = chance.randrange(4), chance.choice((1, 3, 20, 400))
                clients[who].send(*mixed[:size])
                n_lines[who] += len(mixed[:size])
                del mixed[:size]
                if chance.random() < 0.3:  # a commit in between
                    clients[who].until_ack(n_lines[who])
            for client in clients:
                equal(client.finish().ack["rejected"], 0, "rejected")
                client.socket.close()
            told = differences(dump(daemon), want)
            assert not told, f"seed {number}: {len(told)} differences\n" + "\n".join(told[:12])


def random_line(chance):
    """Few calls, few people and few instants, so that events meet, tie and contradict each other."""
    hour = 3600
    who, other = chance.choice("abc"), chance.choice("abc")
    at = chance.choice((0, 0, 1, 1, 2, 60, 60, 61, hour, 3.9 * hour, 4 * hour, 4 * hour + 1, 9 * hour, 9 * hour + 60))
    later = at + chance.choice((0, 1, 60, hour))
    few = chance.choice(("x", "y"))
    return chance.choice((
        lambda: connected(who, at, room=few),
        lambda: disconnected(who, at, chance.choice(("CONNECTED", "RECONNECTING", "CONNECTING")), room=few),
        lambda: state(who, at, "CONNECTED", "RECONNECTING", room=few),
        lambda: peer_join(who, other, at, room=few),
        lambda: peer_leave(who, other, at, chance.choice((0, 5, 7)), room=few),
        lambda: hrtc(who, "client-banned", at, {"userId": who, "reason": "x"}, room=few),
        lambda: hrtc(who, "stream-interrupted", at, [{"userId": other, "isScreen": False}], room=few),
        lambda: hrtc(who, "stream-recovered", at, [{"userId": other, "isScreen": False}], room=few),
        lambda: rtk("meeting.started", taken=at, session=few),
        lambda: rtk_joined(who, at, session=few),
        lambda: rtk_left(who, at, later, session=few),
        lambda: rtk("meeting.ended", at, session=few, reason=chance.choice(("HOST_ENDED_MEETING", "ALL_PARTICIPANTS_LEFT"))),
        lambda: ivs((chance.choice(("JOINED", "LEFT", "PUBLISH_STARTED", "PUBLISH_STOPPED", "JOIN_ERROR")), who, at)),
        lambda: ivs(("JOINED", who, at), ("LEFT", who, later)),
        lambda: bridge(chance.choice(("Participant Published", "Participant Unpublished")), who, at, chance.choice(("", "ana"))),
        lambda: tracks(who, at, topic=few, connected=chance.choice((True, False))),
        lambda: video_end(who, at, topic=few),
        lambda: presence(chance.choice(("enters", "leaves", "idle")), who, at, topic=few),
        lambda: spaces("video.stopscreenshare", who, at, topic=few, media={"screenshare": False}),
        lambda: connection(who, at, chance.choice(("success", "failure")), attempt=few),
        lambda: stream(who, "WSJoin", at, attempt=few, session=chance.choice(("s", "t"))),
    ))()


@test
def calls_that_meet_and_tie_give_the_same_views_one_by_one_as_all_at_once():
    for number in range(SEED, SEED + 3 * ROUNDS):
        chance = random.Random(number)
        lines = [random_line(chance) for _ in range(chance.choice((20, 60, 200)))]
        with Daemon() as daemon:
            equal(daemon.tell(*lines).ack["rejected"], 0, "rejected")
            want = dump(daemon)
        mixed = lines + chance.sample(lines, len(lines) // 3)
        chance.shuffle(mixed)
        with Daemon() as daemon, daemon.ingest() as client:
            for n, line in enumerate(mixed, 1):
                client.send(line)
                if chance.random() < 0.7:
                    client.until_ack(n)
            client.finish()
            told = differences(dump(daemon), want)
            assert not told, f"seed {number}: {len(told)} differences\n" + "\n".join(told[:12])


@test
def events_of_one_instant_are_told_in_the_order_they_can_only_have_had():
    names = ("JOINED", "PUBLISH_STARTED", "SUBSCRIBE_STARTED", "REPLICATION_STARTED", "TOKEN_EXCHANGED",
             "REPLICATION_STOPPED", "SUBSCRIBE_STOPPED", "PUBLISH_STOPPED", "LEFT")
    stages = ("JoinInitiated", "MediaDevicePermission", "CoordinatorJoin", "WSJoin", "PeerConnectionConnect",
              "FirstAudioFrame", "FirstVideoFrame", "Custom")
    told = {
        "ivs": [ivs((name, "p", 0)) for name in names],
        "eventbridge": [bridge("Participant " + name, "p", 60) for name in (
            "Published", "Replication Start", "Publish Error", "Replication End", "Unpublished")],
        "realtimekit": [rtk("meeting.started"), rtk_joined("p", 0), rtk("meeting.custom"), rtk_left("p", -1, 0),
                        rtk("meeting.ended", 0)],
        "hrtc": [connected("p", 0), hrtc("p", "log-upload-result", 0, 200), disconnected("p", 0)],
        "hrtc others": [peer_join("p", "q", 60), hrtc("p", "network-quality", 60, {}), peer_leave("p", "q", 60)],
        "spaces": [tracks("p", 0), spaces("speaking", "p", 0), video_end("p", 0), presence("leaves", "p", 0)],
        "stream": [stream("p", stage, 0, event) for stage in stages for event in ("initiated", "other", "completed")],
        "stream, by microseconds": [stream("q", "WSJoin", 0, timestamp=f"{iso(0)[:-1]}{us:03}Z")
                                    for us in (7, 20, 100, 999)],
    }
    with Daemon() as daemon, Daemon() as backwards:
        ids = {}
        for number, events in enumerate(told.values()):
            for line in events:
                # Each in a transaction of its own, so that they are numbered as they are sent.
                equal(daemon.tell(line).ack["stored"], 1, f"stored of {line}")
                ids.setdefault(number, []).append(daemon.value("select max(event_id) from timeline"))
            for line in reversed(events):
                backwards.tell(line)
        n = 0
        for number, (what, events) in enumerate(told.items()):
            order = [r["event_id"] for r in daemon.rows(
                "select event_id from timeline where event_id between ? and ? order by timestamp_ms, turn, event_id desc",
                ids[number][0], ids[number][-1])]
            equal(order, ids[number], what)
            order = [r["event_id"] for r in backwards.rows(
                "select event_id from timeline where event_id between ? and ? order by timestamp_ms, turn, event_id",
                n + 1, n + len(events))]
            equal(order, list(range(n + len(events), n, -1)), f"{what}, sent last first")
            n += len(events)
        for what in ("ivs", "eventbridge"):
            number = list(told).index(what)
            equal([r["event_id"] for r in daemon.rows(
                "select event_id from stage_events where event_id between ? and ? order by timestamp_ms, turn, event_id desc",
                ids[number][0], ids[number][-1])], ids[number], f"stage_events, {what}")


run()
