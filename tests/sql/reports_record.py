#!/usr/bin/env python3
"""The reports over the record of sessions and over what the further vendors tell, with known answers.

web     RealtimeKit  a meeting of one participant, ended; its next session, live, with three
mobile  HRTC         a room of two, one thrown out by the network; statistics, levels, errors
mobile  IVS          a stage session with two errors
web     stream       the attempts of recorded.py, and a rejoin of bo's
"""

import json
import sys
import unittest

sys.dont_write_bytecode = True

import callmeter_sql  # noqa: E402
import recorded  # noqa: E402
from recorded import MINUTE, MS, T0  # noqa: E402

REPORTS = callmeter_sql.reports()
SECOND = 1000 * MS
TEN = T0 - (92 * 60 + 45) * SECOND  # 2026-08-21T10:00:00.000Z
MEETING = "bbb8940e-1b97-402a-97d6-000000000001"
FIRST, NEXT = "05e57591-d89e-45c9-ae44-000000000001", "05e57591-d89e-45c9-ae44-000000000002"
ORGANIZATION = "c94c437b-592a-4a39-b9e2-000000000001"
PEER = "e32fb785-ddd0-4b96-b577-000000000001"
ARN = "arn:aws:ivs:eu-central-1:1:stage/abc"
ROOM = "room_77@2026-08-21T10:00:00.000Z"
NEW = ("sessions", "session", "session_participants", "session_participant", "session_chat", "session_summary",
       "session_transcript", "session_livestreams", "peer", "participants", "usage", "user", "leaves", "quality",
       "network_quality", "interruptions", "stage_errors", "participant_events", "devices", "permissions",
       "first_frames", "reconnects", "connects")


class Record(recorded.Recorded):
    """What recorded.record() wrote, with more beside it."""

    def __init__(self, db, origin):
        self.db, self.origin = db, origin
        self.n_digests = 1000
        self.ids = iter(range(100000, 200000))  # of events and scopes

    def user(self, app, user_id):
        row = self.db.execute("SELECT id FROM user WHERE user_id = ? AND app = ?", (user_id, self.word(app))).fetchone()
        return row[0] if row else self.insert("user", app=self.word(app), user_id=user_id)

    def name(self, source, app, name, place=None):
        return callmeter_sql.name_id(self.db, next(self.ids), self.word(source), self.word(app), name,
                                     self.word(place) or 0)

    def session(self, source, app, session_id, at_us, end_us=None, room=None, place=None, people=(), **fields):
        name = self.name(source, app, session_id, place)
        scope = self.name(source, app, room) if room else name
        row = self.insert("session", scope=scope, name=name, started_us=at_us, first_us=at_us,
                          last_us=end_us or at_us + 9 * MINUTE, ended_us=end_us, n_events=7,
                          **{"peak": len(people), **fields})
        for p in people:
            left = p.get("left_us")
            p = {**dict(n_events=2, last_us=left or at_us, duration_us=left - p["joined_us"] if left else 0,
                        open_since_us=None if left else p.get("joined_us")), **p}
            self.insert("participant", session=row, own_id=p.pop("participant_id"), **p)
        return scope

    def tell(self, table, app, scope, at_us, words=(), **fields):
        self.n_digests += 1
        return self.insert(table, event_id=next(self.ids), scope=scope, at_us=at_us, digest=self.n_digests,
                           origin=self.origin[app],
                           **{k: self.word(v) if k in words else v for k, v in fields.items()})


def meetings(r):
    scope = r.session("realtimekit", "web", FIRST, TEN, TEN + 30 * MINUTE, call_type="meeting", call_id=MEETING,
                      title="Weekly sync", organization_id=ORGANIZATION, end_reason="ALL_PARTICIPANTS_LEFT",
                      people=[dict(participant_id=PEER, peer_id=PEER, user_id="user-123", display_name="Mary Sue",
                                   custom_participant_id="user-123", joined_us=TEN + 5 * MINUTE,
                                   left_us=TEN + 25 * MINUTE + 30 * SECOND, how_left="meeting.participantLeft",
                                   how_left_class="normal")])
    words = ("event", "meeting_id", "stream_status", "organized_by_id")
    r.tell("realtimekit_event", "web", scope, TEN, words, event="meeting.started", meeting_id=MEETING, created_us=TEN)
    for kind, at in (("chat", 31), ("chat", 32), ("transcript", 33), ("summary", 34)):
        r.tell("realtimekit_event", "web", scope, TEN + at * MINUTE, words, event=f"meeting.{kind}", meeting_id=MEETING,
               organized_by_id=ORGANIZATION, **{f"{kind}_url": f"https://{kind}/{at}",
                                                f"{kind}_expiry_us": TEN + 90 * MINUTE})
    for at, status in ((10, "LIVE"), (20, "OFFLINE")):
        r.tell("realtimekit_event", "web", 0, TEN + at * MINUTE, words, event="livestreaming.statusUpdate",
               meeting_id=MEETING, stream_id="stream-1", stream_status=status)

    later = TEN + 24 * 60 * MINUTE
    def peer(n, custom, joined, left=None):
        return dict(participant_id=f"p{n}", peer_id=f"p{n}", user_id=custom, custom_participant_id=custom,
                    display_name=f"Peer {n}", joined_us=later + joined * MINUTE,
                    left_us=left and later + left * MINUTE, how_left="meeting.participantLeft" if left else None,
                    how_left_class="normal" if left else None)
    r.session("realtimekit", "web", NEXT, later, call_type="meeting", call_id=MEETING, title="Weekly sync",
              organization_id=ORGANIZATION, peak=2,
              people=[peer(1, "user-123", 1, 3), peer(2, "user-123", 4, 9), peer(3, "user-9", 2)])


def room(r):
    def person(user, local, left, how, how_class):
        return dict(participant_id=user, user_id=user, is_local=local, joined_us=TEN, left_us=TEN + left * MINUTE,
                    how_left=how, how_left_class=how_class)
    scope = r.session("hrtc", "mobile", ROOM, TEN, TEN + 20 * MINUTE, room="room_77", call_id="room_77",
                      people=[person("u-1", 1, 20, "disconnected", "normal"),
                              person("u-2", 0, 10, "reconnection timeout", "failure")])
    words = ("name", "current_state", "previous_state", "error_code", "device_id", "device_state",
             "user_name", "stream_type", "media_type")

    def tell(at_s, name, **fields):
        return r.tell("hrtc_event", "mobile", scope, TEN + at_s * SECOND, words, name=name, room_id=scope,
                      reporter=r.user("mobile", "u-1"), **fields)

    def item(event, n, **fields):
        callmeter_sql.element(r.insert, r.db, event, n, **{k: r.word(v) if k in words + ("user_id",) else v
                                                           for k, v in fields.items()})

    for i, loss in enumerate((0, 4.9, 5, 25)):
        stats = tell(10 + i, "rtc-stats")
        item(stats, 0, user_name="Ana", is_remote=0, stream_type="main", media_type="audio", bitrate=40.0,
             frame_rate=0.0, rtt=100.0 * i, jitter=5.0, loss=0.0)
        item(stats, 1, user_name="Bo", is_remote=1, stream_type="main", media_type="video", bitrate=400.0,
             frame_rate=25.0, rtt=0.0, jitter=20.0, loss=float(loss))
    for i, (up, down) in enumerate(((0, 1), (1, 4), (3, 6))):
        tell(20 + i, "network-quality", uplink_quality=up, downlink_quality=down)
    for at, name in ((30, "stream-interrupted"), (34, "stream-recovered"), (40, "stream-interrupted"),
                     (85, "stream-interrupted")):
        item(tell(at, name), 0, user_id="u-2", is_screen=0)
    for at, state in ((50, "REMOVE"), (55, "ADD")):
        tell(at, "camera-changed", device_id="cam", device_state=state)
    for at, before, after in ((60, "CONNECTED", "RECONNECTING"), (63, "RECONNECTING", "CONNECTED"),
                              (70, "CONNECTED", "RECONNECTING"), (79, "RECONNECTING", "DISCONNECTED"),
                              (80, "DISCONNECTED", "RECONNECTING")):
        tell(at, "connection-state-changed", previous_state=before, current_state=after)
    tell(90, "Error", error_code="90100017", error_message="denied")
    tell(91, "Error", error_code="90100013", error_message="websocket reconnect timeout")


def stage(r):
    scope = r.session("ivs", "mobile", "st-1", TEN, TEN + 5 * MINUTE, place=ARN, call_id=ARN,
                      people=[dict(participant_id="ivs-p", user_id="u-2", joined_us=TEN, left_us=TEN + 5 * MINUTE,
                                   how_left="LEFT", how_left_class="normal")])
    words = ("name", "stage_arn", "error_code", "event_name")
    for at, name, code in ((1, "JOINED", None), (2, "PUBLISH_ERROR", "QUOTA_EXCEEDED"),
                           (3, "PUBLISH_ERROR", "QUOTA_EXCEEDED"), (4, "JOIN_ERROR", None)):
        r.tell("ivs_event", "mobile", scope, TEN + at * SECOND, words, name=name, error_code=code, stage_arn=ARN,
               session_id=scope, participant_id="ivs-p")


def rejoin(r):
    key = next(r.ids)
    call = dict(user=r.user("web", "bo"), call_type=r.word("default"), call_id=r.word("standup"),
                session=r.db.execute("SELECT id FROM session_scope WHERE name = 's9'").fetchone()[0])
    pair = r.insert("stage_attempt", scope=key, stage_id="again", lifecycle=1)
    words = ("stage", "event_type", "peer_connection", "outcome")
    events = [r.tell("stream_event", "web", key, T0 + at * SECOND, words, stage="PeerConnectionConnect",
                     peer_connection="publish", was_previously_connected=1, event_type=kind, outcome=outcome,
                     stage_attempt=pair, **call)
              for at, kind, outcome in ((301, "initiated", None), (303, "completed", "success"))]
    r.db.execute("UPDATE stage_attempt SET initiated_event = ?, completed_event = ? WHERE id = ?", (*events, pair))
    r.insert("join_attempt", id=key, app=r.word("web"), join_attempt_id="rejoin", outcome=1, fold=b"",
             started_us=T0 + 300 * SECOND, last_us=T0 + 303 * SECOND, joined_us=T0 + 303 * SECOND,
             join_reason=r.word("full-rejoin"), retries=0, reconnects=1, n_events=2, n_violations=0,
             sdk=r.word("stream-video-react"), **call)


def pick(rows, *columns):
    return [tuple(r[c] for c in columns) for r in rows]


class RecordReports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        before = recorded.record()
        r = Record(before.db, before.origin)
        r.db.execute("INSERT OR REPLACE INTO setting VALUES ('session_idle_ms', 14400000)")
        for part in (meetings, room, stage, rejoin):
            part(r)
        cls.db = r.db

    def ask(self, name, by=(), where=None, **given):
        return REPORTS[name].run(self.db, by, where, **{"now_ms": recorded.NOW_MS, **given})

    def assertHolds(self, row, **expected):
        self.assertEqual({k: row[k] for k in expected}, expected)

    def ids(self, **given):
        return [r["id"] for r in self.ask("sessions", **given)]

    def test_a_meeting_shows_as_its_vendor_would_show_it(self):
        row = self.ask("session", session_id=FIRST)[0]
        self.assertHolds(
            row, id=FIRST, associated_id=MEETING, meeting_display_name="Weekly sync", type="meeting", status="ENDED",
            live_participants=0, max_concurrent_participants=1, minutes_consumed=20.5, organization_id=ORGANIZATION,
            started_at="2026-08-21T10:00:00.000Z", ended_at="2026-08-21T10:30:00.000Z",
            created_at="2026-08-21T10:00:00.000Z", updated_at="2026-08-21T10:30:00.000Z", breakout_rooms="[]",
            source="realtimekit", app="web", end_reason="ALL_PARTICIPANTS_LEFT")
        self.assertEqual([row], [r for r in self.ask("sessions") if r["id"] == FIRST])

    def test_sessions_of_every_vendor_come_newest_first(self):
        self.assertEqual(self.ids(), [NEXT, FIRST, ROOM, "st-1"])
        self.assertEqual(self.ids(sort_order="ASC"), [FIRST, ROOM, "st-1", NEXT])
        self.assertEqual(self.ids(sort_by="createdAt", sort_order="ASC")[-1], NEXT)
        self.assertEqual(self.ids(sort_by="minutesConsumed"), [ROOM, FIRST, NEXT, "st-1"])
        self.assertEqual(self.ids(sort_by="minutesConsumed", sort_order="ASC"), ["st-1", NEXT, FIRST, ROOM])

    def test_sessions_are_narrowed_by_each_parameter(self):
        ten = TEN // MS
        for given, found in ((dict(associated_id=MEETING), [NEXT, FIRST]), (dict(status="LIVE"), [NEXT]),
                             (dict(status="ENDED"), [FIRST, ROOM, "st-1"]), (dict(app=ORGANIZATION), [NEXT, FIRST]),
                             (dict(app="web"), [NEXT, FIRST]), (dict(app="mobile"), [ROOM, "st-1"]),
                             (dict(search="weekly"), [NEXT, FIRST]), (dict(search=FIRST[3:]), [FIRST]),
                             (dict(search="room_7"), [ROOM]), (dict(search="%"), []),
                             (dict(participants_least=2, participants_most=2), [ROOM]),
                             (dict(start_time=ten + 1), [NEXT]), (dict(end_time=ten), []),
                             (dict(end_time=ten + 1, since_ms=ten), [FIRST, ROOM, "st-1"]),
                             (dict(where={"source": "hrtc"}), [ROOM]), (dict(where={"day": "2026-08-22"}), [NEXT]),
                             (dict(where={"call_id": ARN}), ["st-1"]), (dict(limit=1, offset=1), [FIRST])):
            self.assertEqual(self.ids(**given), found, given)

    def test_participants_of_a_session_have_the_vendors_fields(self):
        row, = self.ask("session_participants", session_id=FIRST, include_peer_events=1)
        self.assertHolds(row, id=PEER, user_id="user-123", custom_participant_id="user-123", display_name="Mary Sue",
                         preset_name=None, joined_at="2026-08-21T10:05:00.000Z", left_at="2026-08-21T10:25:30.000Z",
                         duration=20.5, created_at="2026-08-21T10:05:00.000Z", updated_at="2026-08-21T10:25:30.000Z",
                         how_left_class="normal")
        events = json.loads(row["peer_events"])
        self.assertEqual([(e["event_name"], e["created_at"], e["peer_id"], e["minutes_consumed"]) for e in events],
                         [("PEER_CREATED", "2026-08-21T10:05:00.000Z", PEER, None),
                          ("PEER_JOINING", "2026-08-21T10:05:00.000Z", PEER, None),
                          ("PEER_LEAVING", "2026-08-21T10:25:30.000Z", PEER, 20.5)])
        self.assertIsNone(self.ask("session_participants", session_id=FIRST)[0]["peer_events"])
        for name in ("session_participant", "peer"):
            given = dict(session_id=FIRST, participant_id=PEER) if name != "peer" else dict(peer_id=PEER)
            same, = self.ask(name, **given, include_peer_events=1)
            self.assertEqual({k: v for k, v in same.items() if k in row}, {k: row[k] for k in row if k in same})

    def test_participants_are_sorted_searched_and_consolidated(self):
        def ids(**given):
            return [r["id"] for r in self.ask("session_participants", session_id=NEXT, **given)]
        self.assertEqual(ids(), ["p1", "p3", "p2"])
        self.assertEqual(ids(sort_order="DESC"), ["p2", "p3", "p1"])
        self.assertEqual(ids(sort_by="duration", sort_order="DESC"), ["p2", "p1", "p3"])
        self.assertEqual(ids(search="peer 3"), ["p3"])
        self.assertEqual(ids(search="user-123"), ["p1", "p2"])
        self.assertEqual(ids(where={"how_left_class": "normal"}), ["p1", "p2"])
        rows = self.ask("session_participants", session_id=NEXT, view="consolidated", include_peer_events=1)
        self.assertEqual(pick(rows, "id", "user_id", "joined_at", "left_at", "duration", "how_left_class"),
                         [("p1", "user-123", "2026-08-22T10:01:00.000Z", "2026-08-22T10:09:00.000Z", 7, "normal"),
                          ("p3", "user-9", "2026-08-22T10:02:00.000Z", None, 0, None)])
        self.assertEqual([len(json.loads(r["peer_events"])) for r in rows], [6, 2])

    def test_a_peer_is_found_within_an_app_of_either_name(self):
        for app, n in ((None, 1), ("web", 1), (ORGANIZATION, 1), ("mobile", 0), ("c94", 0)):
            self.assertEqual(len(self.ask("peer", peer_id=PEER, app=app)), n, app)
            self.assertEqual(len(self.ask("session_participant", session_id=FIRST, participant_id=PEER, app=app)), n)
            self.assertEqual(len(self.ask("session", session_id=FIRST, app=app)), n)
            for name in ("session_chat", "session_transcript", "session_summary", "session_livestreams"):
                self.assertEqual(len(self.ask(name, session_id=FIRST, app=app)), n, (name, app))
        self.assertHolds(self.ask("peer", peer_id=PEER)[0], session_id=FIRST, role=None, peer_report="{}")
        for part in REPORTS["peer"].allowed["filters"]:
            self.assertEqual(len(json.loads(self.ask("peer", peer_id=PEER, filters=part)[0]["peer_report"])), 1)

    def test_what_the_webhooks_tell_of_a_session_is_the_latest(self):
        self.assertHolds(self.ask("session_chat", session_id=FIRST)[0], chat_download_url="https://chat/32",
                         chat_download_url_expiry="2026-08-21T11:30:00.000Z")
        self.assertHolds(self.ask("session_transcript", session_id=FIRST)[0], sessionId=FIRST,
                         transcript_download_url="https://transcript/33",
                         transcript_download_url_expiry="2026-08-21T11:30:00.000Z")
        self.assertHolds(self.ask("session_summary", session_id=FIRST)[0], sessionId=FIRST,
                         summaryDownloadUrl="https://summary/34", summaryDownloadUrlExpiry="2026-08-21T11:30:00.000Z")
        self.assertHolds(self.ask("session_livestreams", session_id=FIRST)[0], id="stream-1",
                         livestream_id="stream-1", started_time="2026-08-21T10:10:00.000Z",
                         stopped_time="2026-08-21T10:20:00.000Z", ingest_seconds=600, viewer_seconds=None,
                         err_message=None, status="OFFLINE")
        for name in ("session_chat", "session_transcript", "session_summary", "session_livestreams"):
            for other in (NEXT, "st-1", "nobody"):
                self.assertEqual(self.ask(name, session_id=other), [], (name, other))

    def test_participants_are_listed_by_session_by_user_or_all(self):
        rows = self.ask("participants")
        self.assertEqual(len(rows), 7)
        self.assertEqual(list(rows[0]), [c[1] for c in self.db.execute("PRAGMA table_info(participants)")])
        self.assertEqual(len(self.ask("participants", session_id=NEXT)), 3)
        self.assertEqual(pick(self.ask("participants", user_id="u-2"), "source"), [("hrtc",), ("ivs",)])
        self.assertEqual(pick(self.ask("participants", user_id="user-123", session_id=FIRST), "peer_id"), [(PEER,)])
        self.assertEqual(pick(self.ask("participants", where={"how_left_class": "failure"}), "user_id"), [("u-2",)])
        self.assertEqual(self.ask("participants", until_ms=TEN // MS), [])
        self.assertEqual(self.ask("participants", user_id="u-2", until_ms=TEN // MS), [])

    def test_usage_adds_up_over_sessions(self):
        self.assertHolds(self.ask("usage")[0], sessions=4, live=1, participants=7, minutes=62.5, most_at_once=2)
        self.assertEqual({r["source"]: (r["sessions"], r["participants"]) for r in self.ask("usage", ("source",))},
                         {"realtimekit": (2, 4), "hrtc": (1, 2), "ivs": (1, 1)})
        self.assertEqual({r["day"]: r["sessions"] for r in self.ask("usage", ("day",))},
                         {"2026-08-21": 3, "2026-08-22": 1})

    def test_leaves_tells_how_and_its_class(self):
        self.assertEqual(
            pick(self.ask("leaves"), "source", "class", "how_left", "leaves", "share"),
            [("realtimekit", "normal", "meeting.participantLeft", 3, 0.5),
             ("hrtc", "failure", "reconnection timeout", 1, 0.166667),
             ("hrtc", "normal", "disconnected", 1, 0.166667), ("ivs", "normal", "LEFT", 1, 0.166667)])
        self.assertEqual(pick(self.ask("leaves", ("call_id",), {"class": "failure"}), "call_id", "example"),
                         [("room_77", ROOM)])

    def test_a_user_is_followed_over_all_vendors_in_order(self):
        rows = self.ask("user", id="u-2")
        self.assertEqual(pick(rows, "timestamp", "source", "what", "outcome", "code", "detail"), [
            ("2026-08-21T10:00:00.000Z", "hrtc", "joined", None, None, None),
            ("2026-08-21T10:00:00.000Z", "ivs", "joined", None, None, None),
            ("2026-08-21T10:00:02.000Z", "ivs", "error", "failed", "QUOTA_EXCEEDED", "PUBLISH_ERROR"),
            ("2026-08-21T10:00:03.000Z", "ivs", "error", "failed", "QUOTA_EXCEEDED", "PUBLISH_ERROR"),
            ("2026-08-21T10:00:04.000Z", "ivs", "error", "failed", None, "JOIN_ERROR"),
            ("2026-08-21T10:05:00.000Z", "ivs", "left", "normal", None, "LEFT"),
            ("2026-08-21T10:10:00.000Z", "hrtc", "left", "failure", None, "reconnection timeout")])
        self.assertEqual(pick(self.ask("user", id="bo"), "what", "outcome", "code", "detail"),
                         [("attempt", "failed", "ICE_CONNECTIVITY_FAILED", "PeerConnectionConnect subscribe"),
                          ("attempt", "joined", None, "full-rejoin"),
                          ("attempt", "failed", "ICE_CONNECTIVITY_FAILED", "PeerConnectionConnect subscribe")])
        self.assertEqual([r["code"] for r in self.ask("user", id="u-1", where={"what": "error"})],
                         ["90100017", "90100013"])
        self.assertEqual(pick(self.ask("user", id="u-1", where={"what": "error"}), "call_id", "session_id", "participant_id"),
                         [("room_77", ROOM, "u-1")] * 2)
        self.assertEqual(len(self.ask("user", id="u-2", where={"source": "ivs"}, since_ms=TEN // MS + 3000)), 3)
        self.assertEqual(self.ask("user", id="u-2", app="web"), [])

    def test_quality_has_a_row_a_metric_with_percentiles_and_fractions(self):
        rows = {r["metric"]: r for r in self.ask("quality")}
        self.assertEqual(list(rows), ["loss", "jitter", "rtt", "bitrate", "frame_rate", "mos"])
        self.assertHolds(rows["loss"], unit="%", samples=8, avg=4.363, max=25.0, fraction_5_percent=0.25,
                         fraction_10_percent=0.125, fraction_25_percent=0.125, fraction_50_percent=0.0,
                         fraction_100_ms=None)
        self.assertHolds(rows["rtt"], unit="ms", samples=4, avg=150.0, fraction_100_ms=0.75, fraction_250_ms=0.25,
                         fraction_500_ms=0.0, fraction_5_percent=None)
        self.assertHolds(rows["frame_rate"], samples=4, min=25.0, max=25.0)
        self.assertHolds(rows["mos"], unit="MOS", samples=8, fraction_100_ms=None)
        self.assertAlmostEqual(rows["mos"]["max"], self.db.execute("SELECT max(mos) FROM rtc_stats").fetchone()[0], places=3)
        self.assertEqual(pick(self.ask("quality", ("is_remote", "media_type"), {"metric": "jitter"}),
                              "is_remote", "media_type", "samples", "avg"),
                         [(0, "audio", 4, 5.0), (1, "video", 4, 20.0)])
        self.assertEqual(self.ask("quality", since_ms=TEN // MS + 13000, where={"metric": "loss", "call_id": "room_77",
                                                                             "user_id": "u-1"})[0]["samples"], 2)
        self.assertEqual(self.ask("quality", app="web"), [])

    def test_network_quality_counts_levels_and_leaves_the_unknown_out_of_averages(self):
        self.assertEqual(
            pick(self.ask("network_quality"), "direction", "samples", "avg", "unknown", "excellent", "good", "fair",
                 "poor", "very_poor", "disconnected", "bad_share"),
            [("up", 3, 2.0, 1, 1, 0, 1, 0, 0, 0, 0.0), ("down", 3, 3.667, 0, 1, 0, 0, 1, 0, 1, 0.666667)])

    def test_interruptions_count_those_that_last(self):
        self.assertEqual(  # from 40 on: until the client was disconnected
            pick(self.ask("interruptions"), "interruptions", "open", "streams", "total_ms", "max_ms"),
            [(3, 1, 1, 4000 + 39000, 39000)])
        self.assertEqual(pick(self.ask("interruptions", ("stream_user", "is_screen")), "stream_user", "is_screen"),
                         [("u-2", 0)])

    def test_stage_errors_count_by_name_and_code(self):
        self.assertEqual(pick(self.ask("stage_errors"), "name", "code", "errors", "share", "participants", "example"),
                         [("PUBLISH_ERROR", "QUOTA_EXCEEDED", 2, 0.666667, 1, "st-1"),
                          ("JOIN_ERROR", None, 1, 0.333333, 1, "st-1")])

    def test_devices_come_and_go(self):
        self.assertEqual(pick(self.ask("devices"), "device", "change", "changes", "users"),
                         [("camera", "ADD", 1, 1), ("camera", "REMOVE", 1, 1)])

    def test_permissions_tell_of_both_vendors(self):
        self.assertEqual(pick(self.ask("permissions"), "source", "device", "result", "code", "events", "share"),
                         [("stream", "camera", "FAILED", None, 3, 1.0),
                          ("stream", "microphone", "GRANTED", None, 3, 1.0),
                          ("stream", "screen", "NOT_INITIATED", None, 3, 1.0),
                          ("hrtc", "any", "permission denied", "90100017", 1, 1.0)])

    def test_first_frames_stand_apart_by_sdk(self):
        self.assertEqual(
            pick(self.ask("first_frames"), "sdk", "media", "attempts", "with_frame", "share", "p50_ms",
                 "p50_after_join_ms"),
            [("stream-video-react", "audio", 2, 1, 0.5, 1500, 290),
             ("stream-video-react", "video", 2, 1, 0.5, 1900, 690)])

    def test_reconnects_tell_kind_reason_and_result(self):
        self.assertEqual(
            pick(self.ask("reconnects"), "source", "kind", "reason", "reconnects", "ok", "failed", "open",
                 "success_rate", "max_ms"),
            [("stream", "rejoin", "full-rejoin", 1, 1, 0, 0, 1.0, 3000),
             ("stream", "peer-connection", "publish", 1, 1, 0, 0, 1.0, 2000),
             ("hrtc", "room", None, 3, 1, 1, 1, 0.5, 3000)])
        rooms = self.ask("reconnects", ("user_id",), {"kind": "room"})
        self.assertEqual(pick(rooms, "user_id", "chains"), [("u-1", 1)])

    def test_a_connection_that_is_closed_on_purpose_has_not_failed(self):
        for report, where, before, after in (
                ("reconnects", {"kind": "peer-connection"}, (0, 0, 1.0), (0, 1, None)),
                ("connects", {"user_id": "cy"}, (1, 0, 0.0), (0, 1, None))):
            for code in ("CLIENT_ABORTED", "BACKEND_LEAVE"):
                self.db.execute("SAVEPOINT untouched")
                failed = "failed" if report == "reconnects" else "failure"
                columns = (failed, "aborted", "success_rate")
                self.assertEqual(pick(self.ask(report, where=where), *columns), [before])
                self.db.execute("INSERT OR IGNORE INTO dict (value) VALUES (?)", (code,))
                self.db.execute("UPDATE stream_event SET retry_failure_code = (SELECT id FROM dict WHERE value = ?), "
                                "outcome = (SELECT id FROM dict WHERE value = 'failure') WHERE event_id IN ("
                                "SELECT completed_event FROM stage_attempt WHERE stage_id IN ('again', 'ws-' || ?))",
                                (code, self.db.execute("SELECT id FROM connect WHERE coordinator_connect_id = 'k3'")
                                 .fetchone()[0]))
                self.assertEqual(pick(self.ask(report, where=where), *columns), [after])
                self.db.execute("ROLLBACK TO untouched")
                self.db.execute("RELEASE untouched")

    def test_a_chain_is_of_a_user_and_a_call_of_its_type_whatever_of_them_is_told(self):
        self.db.execute("SAVEPOINT untouched")
        for n, (user, call_type, call_id) in enumerate((
                ("bo", "default", "standup"), ("bo", "livestream", "standup"), ("ana", "default", "standup"),
                (None, "default", "standup"), (None, None, "standup"), ("bo", None, None), (None, None, None))):
            self.db.execute("INSERT INTO dict (value) SELECT 'livestream' WHERE NOT EXISTS "
                            "(SELECT 1 FROM dict WHERE value = 'livestream')")
            self.db.execute(
                "INSERT INTO join_attempt (id, app, join_attempt_id, outcome, started_us, last_us, joined_us, join_reason, "
                "retries, reconnects, n_events, n_violations, fold, user, call_type, call_id) "
                "SELECT 90000 + ?, app, 'chain' || ?, 1, started_us, last_us, joined_us, join_reason, 0, 0, 1, 0, x'', "
                "(SELECT id FROM user WHERE user_id = ?), (SELECT id FROM dict WHERE value = ?), "
                "(SELECT id FROM dict WHERE value = ?) FROM join_attempt WHERE join_attempt_id = 'rejoin'",
                (n, n, user, call_type, call_id))
        # The first is of the chain that the recorded rejoin is of.
        self.assertEqual(pick(self.ask("reconnects", where={"kind": "rejoin"}), "reconnects", "chains"), [(8, 7)])
        self.db.execute("ROLLBACK TO untouched")
        self.db.execute("RELEASE untouched")

    def test_attempts_chain_by_four_reasons_and_no_other(self):
        found = []
        for reason in ("full-rejoin", "migration", "migrate", "network-available", "first-attempt", "fast-reconnect"):
            self.db.execute("SAVEPOINT untouched")
            self.db.execute("INSERT OR IGNORE INTO dict (value) VALUES (?)", (reason,))
            self.db.execute("UPDATE join_attempt SET join_reason = (SELECT id FROM dict WHERE value = ?) "
                            "WHERE join_attempt_id = 'rejoin'", (reason,))
            found += pick(self.ask("reconnects", where={"kind": "rejoin"}), "reason")
            self.db.execute("ROLLBACK TO untouched")
            self.db.execute("RELEASE untouched")
        self.assertEqual(found, [("full-rejoin",), ("migration",), ("migrate",), ("network-available",)])

    def test_connects_tell_success_and_time(self):
        self.assertEqual(
            pick(self.ask("connects"), "connects", "success", "failure", "aborted", "open", "not_told", "success_rate"),
            [(3, 1, 1, 0, 0, 1, 0.5)])
        rows = self.ask("connects", ("failure_code",), {"user_id": "cy"})
        self.assertEqual(pick(rows, "failure_code", "p50_elapsed_ms"), [("NETWORK_OFFLINE", 5000)])
        for row in self.ask("connects", ("sdk", "sdk_version")):
            self.assertIn((row["sdk"], row["sdk_version"]),
                          [("stream-video-react", "1.35.0"), (None, None), ("stream-video-swift", "1.51.0")])

    def test_group_values_filter_to_their_group(self):
        for name in NEW:
            report = REPORTS[name]
            for key in report.by:
                rows = self.ask(name, (key,))
                for value in {r[key] for r in rows}:
                    again = self.ask(name, (key,), {key: value})
                    want = [r for r in rows if r[key] == value]
                    for r in again + want:
                        r.pop("share", None)
                    self.assertEqual(again, want, (name, key, value))

    def test_every_new_report_has_rows_here(self):
        required = dict(id="u-2", session_id=FIRST, participant_id=PEER, peer_id=PEER)
        others = {"participant_events": dict(stage_arn=ARN, session_id="st-1", participant_id="ivs-p")}
        for name in NEW:
            values = {**required, **others.get(name, {})}
            given = {p: values[p] for p, (_, must) in REPORTS[name].params.items() if must}
            self.assertTrue(self.ask(name, **given), name)


if __name__ == "__main__":
    unittest.main()
