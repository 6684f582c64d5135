#!/usr/bin/env python3
"""The views of AWS IVS and Huawei HRTC over rows written by hand."""

import sys
import unittest

sys.dont_write_bytecode = True

import callmeter_sql  # noqa: E402

S = 1_000_000
T0 = 1787302800 * S  # 2026-08-21T09:00:00Z
STAGE = "arn:aws:ivs:eu-west-1:000111222333:stage/AbCd1234"
SESSION = "st-0123456789abc"
DICT = """stage_arn name error_code destination_stage_arn destination_session_id version
	detail_type aws_source account region resource event_name detail_stage_arn
	user_name previous_state current_state device_id device_state stream_type user_id media_type""".split()
USERS = "previous_user new_user user reporter".split()
NAMES = "session_id room_id payload_room_id".split()


class Rows(unittest.TestCase):
    def setUp(self):
        self.db = callmeter_sql.open_database()
        self.db.row_factory = callmeter_sql.sqlite3.Row
        self.n = 0
        self.origin = self.insert("origin", app=self.word("kiosk"), uid=1003, gid=1003, pid=77)

    def insert(self, table, **row):
        row = {k: v for k, v in row.items() if v is not None}
        return self.db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
                               list(row.values())).lastrowid

    def word(self, value):
        self.db.execute("INSERT OR IGNORE INTO dict (value) VALUES (?)", (value,))
        return self.db.execute("SELECT id FROM dict WHERE value = ?", (value,)).fetchone()[0]

    def user(self, value):
        self.db.execute("INSERT OR IGNORE INTO user (app, user_id) VALUES (?, ?)", (self.word("kiosk"), value))
        return self.db.execute("SELECT id FROM user WHERE user_id = ?", (value,)).fetchone()[0]

    def name(self, value):
        return callmeter_sql.name_id(self.db, None, self.word("a source"), self.word("kiosk"), value)

    def keyed(self, row):
        ways = {**dict.fromkeys(DICT, self.word), **dict.fromkeys(USERS, self.user), **dict.fromkeys(NAMES, self.name)}
        return {k: ways[k](v) if k in ways and v is not None else v for k, v in row.items()}

    def event(self, table, at_us, scope=7, digest=None, **row):
        """An event of a vendor's table; returns its id."""
        self.n += 1
        event_id = self.insert(table, event_id=self.n, scope=scope, at_us=at_us, digest=digest or self.n,
                               origin=self.origin, **self.keyed(row))
        return callmeter_sql.received(self.db, event_id, at_us + 250_000)

    def all(self, sql, *values):
        return [dict(r) for r in self.db.execute(sql, values)]

    def one(self, sql, *values):
        rows = self.all(sql, *values)
        self.assertEqual(len(rows), 1, sql)
        return rows[0]

    def assertHolds(self, row, **expected):
        self.assertEqual({k: row[k] for k in expected}, expected)


class Ivs(Rows):
    def listed(self, name, at_us, **row):
        return self.event("ivs_event", at_us, stage_arn=STAGE, session_id=SESSION, name=name, **row)

    def bridged(self, name, at_us, **row):
        return self.event("ivs_bridge_event", at_us, stage_arn=STAGE, session_id=SESSION, event_name=name,
                          detail_type="IVS Stage Update", **row)

    def test_a_stage_event_is_told_under_the_vendors_names(self):
        self.listed("SUBSCRIBE_ERROR", T0, participant_id="pA", remote_participant_id="pB",
                    error_code="PUBLISHER_NOT_FOUND", extra='{"more":1}')
        self.assertHolds(
            self.one("SELECT * FROM stage_events"), app="kiosk", uid=1003, received_ms=T0 // 1000 + 250,
            timestamp_ms=T0 // 1000, timestamp="2026-08-21T09:00:00.000Z", stageArn=STAGE, sessionId=SESSION,
            name="SUBSCRIBE_ERROR", participantId="pA", remoteParticipantId="pB",
            errorCode="PUBLISHER_NOT_FOUND", replica=0, replica_participant_id=None, event_name=None,
            extra='{"more":1}')

    def test_replica_refers_to_the_publisher_on_subscribe_events_and_else_to_who_triggered(self):
        self.listed("SUBSCRIBE_STARTED", T0, participant_id="pA", remote_participant_id="pB", replica=1)
        self.listed("SUBSCRIBE_STOPPED", T0 + S, participant_id="pA", remote_participant_id="pB", replica=0)
        self.listed("PUBLISH_STARTED", T0 + 2 * S, participant_id="pA", replica=1)
        self.listed("SUBSCRIBED", T0 + 3 * S, participant_id="pA", replica=1)
        self.assertEqual(
            [(r["replica"], r["replica_participant_id"])
             for r in self.all("SELECT * FROM stage_events ORDER BY timestamp_ms")],
            [(1, "pB"), (0, None), (1, "pA"), (1, "pA")])

    def test_an_event_that_names_no_participant_is_of_the_one_that_was_asked_for(self):
        self.listed("JOINED", T0, asked_participant_id="pA")
        self.assertHolds(self.one("SELECT * FROM stage_events"), participantId="pA")

    def test_exchanged_tokens_tell_what_they_allow_and_to_whom(self):
        self.listed("TOKEN_EXCHANGED", T0, participant_id="pA", previous_capabilities='["SUBSCRIBE"]',
                    previous_user="ana", new_capabilities='["PUBLISH"]', new_attributes='{"role":"host"}',
                    new_user="ana-2", new_expiration_us=T0 + 3600 * S)
        self.assertHolds(
            self.one("SELECT * FROM stage_events"), previousToken_capabilities='["SUBSCRIBE"]',
            previousToken_attributes=None, previousToken_userId="ana", previousToken_expirationTime=None,
            newToken_capabilities='["PUBLISH"]', newToken_attributes='{"role":"host"}',
            newToken_userId="ana-2", newToken_expirationTime="2026-08-21T10:00:00.000Z", user_id="ana-2")

    def test_eventbridge_names_are_told_as_the_lists_would(self):
        names = {"Participant Published": "PUBLISH_STARTED", "Participant Unpublished": "PUBLISH_STOPPED",
                 "Participant Publish Error": "PUBLISH_ERROR",
                 "Participant Replication Start": "REPLICATION_STARTED",
                 "Participant Replication End": "REPLICATION_STOPPED", "Recording Start": "Recording Start"}
        for i, name in enumerate(names):
            self.bridged(name, T0 + i * S, participant_id="pA", user="ana", bridge_id="b-1",
                         error_code="QUOTA_EXCEEDED" if "Error" in name else None, account="000111222333",
                         region="eu-west-1")
        rows = self.all("SELECT * FROM stage_events ORDER BY timestamp_ms")
        self.assertEqual([r["name"] for r in rows], list(names.values()))
        self.assertEqual([r["event_name"] for r in rows], list(names))
        self.assertHolds(rows[2], errorCode="QUOTA_EXCEEDED", participantId="pA", user_id="ana", replica=0,
                         stageArn=STAGE, sessionId=SESSION, detail_type="IVS Stage Update",
                         bridge_id="b-1", account="000111222333", region="eu-west-1")

    def test_the_timeline_tells_both_forms(self):
        self.listed("SUBSCRIBE_ERROR", T0, participant_id="pA", remote_participant_id="pB", replica=1,
                    error_code="PUBLISHER_NOT_FOUND")
        self.bridged("Participant Publish Error", T0 + S, participant_id="pC", error_code="BITRATE_EXCEEDED",
                     reason="too much")
        self.assertEqual(
            [(r["source"], r["session_id"], r["participant_id"], r["event"], r["code"], r["detail"])
             for r in self.all("SELECT * FROM timeline ORDER BY timestamp_ms")],
            [("ivs", SESSION, "pA", "SUBSCRIBE_ERROR", "PUBLISHER_NOT_FOUND", "of pB, replica"),
             ("ivs", SESSION, "pC", "Participant Publish Error", "BITRATE_EXCEEDED", "too much")])


class Hrtc(Rows):
    def told(self, name, at_us, reporter="u-1", scope=7, items=(), **row):
        event_id = self.event("hrtc_event", at_us, scope=scope, name=name, room_id="room_9",
                              reporter=reporter, **row)
        for n, item in enumerate(items):
            callmeter_sql.element(self.insert, self.db, event_id, n, **self.keyed(item))
        return event_id

    def session(self, first_s, last_s, scope=7):
        """What the record has of a session of the room."""
        self.insert("session", scope=scope, name=self.name(f"room@{first_s}"), first_us=T0 + first_s * S,
                    last_us=T0 + last_s * S, started_us=T0 + first_s * S, peak=1, n_events=1)

    def stats(self, at_us, *items, **row):
        return self.told("rtc-stats", at_us, items=items, **row)

    # Statistics and MOS.

    def test_the_mos_of_a_local_stream_is_that_of_the_formula(self):
        vectors = [(0, 0, 0, 4.404), (20, 5, 0, 4.389), (40, 5, 0.5, 4.350), (75, 10, 1, 4.289),
                   (100, 20, 2, 4.181), (150, 30, 3, 3.852), (200, 30, 5, 3.389), (250, 50, 10, 2.274),
                   (400, 100, 20, 1.000)]
        self.stats(T0, *({"is_remote": 0, "rtt": rtt, "jitter": jitter, "loss": loss}
                         for rtt, jitter, loss, _ in vectors))
        rows = self.all("SELECT mos FROM rtc_stats ORDER BY n")
        for row, (*vector, mos) in zip(rows, vectors, strict=True):
            self.assertAlmostEqual(row["mos"], mos, delta=0.001, msg=vector)

    def test_the_two_ends_of_the_scale(self):
        self.stats(T0, {"is_remote": 0, "rtt": -1000, "jitter": 0, "loss": 0},
                   {"is_remote": 0, "rtt": 4000, "jitter": 0, "loss": 0})
        self.assertEqual([r["mos"] for r in self.all("SELECT mos FROM rtc_stats ORDER BY n")], [4.5, 1.0])

    def test_a_remote_stream_takes_the_round_trip_time_of_its_own_report(self):
        self.stats(T0 - S, {"is_remote": 0, "rtt": 400})
        self.stats(T0, {"is_remote": 1, "rtt": 0, "jitter": 5, "loss": 0, "stream_type": "desktop",
                        "media_type": "video", "user_name": "Bo", "bitrate": 380, "frame_rate": 5},
                   {"is_remote": 0, "rtt": 20, "jitter": 1, "loss": 0})
        row = self.one("SELECT * FROM rtc_stats WHERE isRemote = 1")
        self.assertHolds(row, n=0, roomId="room_9", reporter="u-1", userName="Bo", streamType="desktop",
                         mediaType="video", bitrate_kbps=380, frame_rate=5, rtt_ms=0, jitter=5, pktLossRate=0,
                         jitter_ms=5, loss_percent=0, latency_ms=20, timestamp="2026-08-21T09:00:00.000Z")
        self.assertAlmostEqual(row["mos"], 4.389, delta=0.001)

    def test_else_the_latest_that_its_client_told_before(self):
        local = {"is_remote": 0, "jitter": 0, "loss": 0}
        remote = {"is_remote": 1, "jitter": 5, "loss": 0}
        self.stats(T0, {**local, "rtt": 75})
        self.stats(T0 + S, {**local, "rtt": 20})
        self.stats(T0 + 2 * S, {**local, "rtt": 400}, reporter="u-2")
        self.stats(T0 + 2 * S, {**local, "rtt": 400}, scope=8)
        self.stats(T0 + 3 * S, local)  # tells none
        self.stats(T0 + 9 * S, {**local, "rtt": 400})  # later
        self.stats(T0 + 4 * S, remote)
        row = self.one("SELECT latency_ms, mos FROM rtc_stats WHERE isRemote = 1")
        self.assertEqual(row["latency_ms"], 20)
        self.assertAlmostEqual(row["mos"], 4.389, delta=0.001)

    def test_but_not_in_another_session(self):
        self.session(-90, -60)
        self.session(-1, 20)
        self.stats(T0 - 61 * S, {"is_remote": 0, "rtt": 400})
        self.stats(T0, {"is_remote": 1, "jitter": 5, "loss": 0})
        self.stats(T0 + 10 * S, {"is_remote": 0, "rtt": 20})
        self.stats(T0 + 20 * S, {"is_remote": 1, "jitter": 5, "loss": 0})
        self.assertEqual([r["latency_ms"] for r in self.all(
            "SELECT latency_ms FROM rtc_stats WHERE isRemote = 1 ORDER BY timestamp_ms")], [None, 20])

    def test_there_is_no_mos_where_something_is_not_told(self):
        whole = {"is_remote": 0, "rtt": 1, "jitter": 1, "loss": 1}
        for key in whole:
            self.stats(T0, {k: v for k, v in whole.items() if k != key}, scope=9)
        self.stats(T0, {"is_remote": 1, "rtt": 30, "jitter": 5, "loss": 0})
        self.stats(T0, {"is_remote": 1, "rtt": 30, "jitter": 5, "loss": 0}, reporter=None)
        self.assertEqual({r["mos"] for r in self.all("SELECT mos FROM rtc_stats")}, {None})
        self.assertEqual(len(self.all("SELECT mos FROM rtc_stats")), 6)

    def test_a_client_that_does_not_say_who_it_is_knows_only_its_own_report(self):
        self.stats(T0, {"is_remote": 0, "rtt": 20, "jitter": 5, "loss": 0},
                   {"is_remote": 1, "jitter": 5, "loss": 0}, reporter=None)
        self.stats(T0 + S, {"is_remote": 1, "jitter": 5, "loss": 0}, reporter=None)
        rows = self.all("SELECT mos FROM rtc_stats WHERE isRemote = 1 ORDER BY timestamp_ms")
        self.assertAlmostEqual(rows[0]["mos"], 4.389, delta=0.001)
        self.assertIsNone(rows[1]["mos"])

    def test_the_units_of_jitter_and_loss_are_settings(self):
        self.insert("setting", name="hrtc_jitter_scale", value=0.001)
        self.insert("setting", name="hrtc_loss_scale", value=100.0)
        self.stats(T0, {"is_remote": 0, "rtt": 100, "jitter": 20000, "loss": 0.02})
        row = self.one("SELECT * FROM rtc_stats")
        self.assertHolds(row, jitter=20000, pktLossRate=0.02, jitter_ms=20, loss_percent=2)
        self.assertAlmostEqual(row["mos"], 4.181, delta=0.001)

    def test_only_statistics_are_among_the_statistics(self):
        self.told("volume-indicator", T0, items=[{"user_id": "u-2", "volume": 40}, {"user_id": "u-3"}])
        self.assertEqual(self.all("SELECT * FROM rtc_stats"), [])
        self.assertEqual([(r["n"], r["user_id"], r["volume"]) for r in
                          self.all("SELECT * FROM volume_levels ORDER BY n")], [(0, "u-2", 40), (1, "u-3", None)])

    # Quality.

    def test_the_seven_levels_have_names(self):
        for level in range(7):
            self.told("network-quality", T0 + level, uplink_quality=level, downlink_quality=6 - level)
        rows = self.all("SELECT * FROM network_quality ORDER BY event_id")
        self.assertEqual([r["uplink_name"] for r in rows], ["unknown", "excellent", "good", "fair", "poor",
                                                            "very poor", "disconnected"])
        self.assertHolds(rows[2], uplinkNetworkQuality=2, downlinkNetworkQuality=4, downlink_name="poor",
                         reporter="u-1", roomId="room_9")

    # Interruptions.

    def interrupted(self, at_s, *streams, **row):
        self.told("stream-interrupted", T0 + at_s * S, items=[
            {"user_id": u, "is_screen": s} for u, s in streams], **row)

    def recovered(self, at_s, *streams, **row):
        self.told("stream-recovered", T0 + at_s * S, items=[
            {"user_id": u, "is_screen": s} for u, s in streams], **row)

    def interruptions(self):
        return [(r["reporter"], r["userId"], r["isScreen"], (r["started_ms"] - T0 // 1000) // 1000,
                 r["ended_ms"] and (r["ended_ms"] - T0 // 1000) // 1000, r["duration_ms"])
                for r in self.all("SELECT * FROM stream_interruptions ORDER BY started_ms, userId, isScreen")]

    def test_an_interruption_ends_with_the_next_recovery_of_the_same_stream(self):
        self.interrupted(0, ("u-2", 0), ("u-3", 1))
        self.recovered(1, ("u-3", 0))
        self.recovered(2, ("u-2", 0), reporter="u-9")
        self.recovered(3, ("u-2", 0), scope=8)
        self.recovered(4, ("u-2", 0))
        self.recovered(5, ("u-3", 1), ("u-2", 0))
        self.interrupted(6, ("u-2", 0))
        self.recovered(8, ("u-2", 0))
        self.assertEqual(self.interruptions(), [
            ("u-1", "u-2", 0, 0, 4, 4000), ("u-1", "u-3", 1, 0, 5, 5000), ("u-1", "u-2", 0, 6, 8, 2000)])

    def test_an_interruption_without_a_recovery_is_open(self):
        self.interrupted(0, ("u-2", 1))
        self.assertHolds(self.one("SELECT * FROM stream_interruptions"), started="2026-08-21T09:00:00.000Z",
                         ended_ms=None, ended=None, duration_ms=None, roomId="room_9", isScreen=1)

    def test_an_interruption_told_again_while_it_lasts_is_one(self):
        self.interrupted(0, ("u-2", 0))
        self.interrupted(1, ("u-2", 0), ("u-3", 0))
        self.interrupted(1, ("u-2", 0))
        self.recovered(3, ("u-2", 0))
        self.assertEqual(self.interruptions(), [("u-1", "u-2", 0, 0, 3, 3000), ("u-1", "u-3", 0, 1, None, None)])

    def test_arrival_order_does_not_matter_to_interruptions(self):
        self.recovered(3, ("u-2", 0))
        self.interrupted(2, ("u-2", 0))
        self.interrupted(0, ("u-2", 0))
        self.recovered(1, ("u-2", 0))
        self.assertEqual(self.interruptions(), [("u-1", "u-2", 0, 0, 1, 1000), ("u-1", "u-2", 0, 2, 3, 1000)])

    def test_a_recovery_alone_is_no_interruption(self):
        self.recovered(1, ("u-2", 0))
        self.assertEqual(self.interruptions(), [])

    def test_an_interruption_ends_with_what_ends_the_stream_or_the_client(self):
        for name, ends in {
                "its user leaves": lambda: self.told("peer-leave", T0 + 4 * S, user="u-2", leave_code=7),
                "another tells so": lambda: self.told("peer-leave", T0 + 4 * S, user="u-2", reporter="u-9"),
                "its user is banned": lambda: self.told("client-banned", T0 + 4 * S, user="u-2", reporter="u-2"),
                "it is removed": lambda: self.told("stream-removed", T0 + 4 * S, user="u-2", stream_type="main"),
                "some stream is removed": lambda: self.told("stream-removed", T0 + 4 * S, user="u-2"),
                "the client leaves": lambda: self.state(4, "CONNECTED", "DISCONNECTED"),
                "the client comes anew": lambda: self.state(4, "DISCONNECTED", "CONNECTING"),
                "the client has left": lambda: self.told("peer-leave", T0 + 4 * S, user="u-1", reporter="u-9"),
                "the client is banned": lambda: self.told("client-banned", T0 + 4 * S, user="u-1"),
                "its user is not told": lambda: self.told("client-banned", T0 + 4 * S)}.items():
            with self.subTest(name):
                self.db.execute("DELETE FROM hrtc_event")
                self.interrupted(0, ("u-2", 0))
                ends()
                self.interrupted(9, ("u-2", 0))
                self.recovered(12, ("u-2", 0))
                self.assertEqual(self.interruptions(), [("u-1", "u-2", 0, 0, 4, 4000), ("u-1", "u-2", 0, 9, 12, 3000)])

    def test_an_interruption_does_not_end_with_what_is_anothers(self):
        self.interrupted(0, ("u-2", 0))
        self.told("peer-leave", T0 + S, user="u-3")
        self.told("peer-leave", T0 + S, user="u-2", scope=8)
        self.told("client-banned", T0 + S, user="u-3", reporter="u-3")
        self.told("stream-removed", T0 + S, user="u-2", stream_type="desktop")
        self.told("stream-removed", T0 + S, user="u-2", reporter="u-9")
        self.told("peer-join", T0 + S, user="u-2")
        self.state(1, "CONNECTED", "DISCONNECTED", reporter="u-9")
        self.state(1, "CONNECTED", "RECONNECTING")
        self.state(2, "RECONNECTING", "CONNECTING")
        self.interrupted(3, ("u-2", 0))
        self.recovered(4, ("u-2", 0))
        self.assertEqual(self.interruptions(), [("u-1", "u-2", 0, 0, 4, 4000)])

    def test_a_camera_that_is_removed_is_no_screen(self):
        self.interrupted(0, ("u-2", 1))
        self.told("stream-removed", T0 + S, user="u-2", stream_type="main")  # no stream was a desktop so far
        self.assertEqual(self.interruptions(), [("u-1", "u-2", 1, 0, None, None)])

    def test_an_interruption_goes_no_further_than_its_session(self):
        self.session(-10, 1)
        self.session(50, 90)
        self.interrupted(0, ("u-2", 0))
        self.interrupted(60, ("u-2", 0))
        self.recovered(63, ("u-2", 0))
        self.assertEqual(self.interruptions(), [("u-1", "u-2", 0, 0, None, None), ("u-1", "u-2", 0, 60, 63, 3000)])

    def test_what_interrupts_and_what_ends_at_one_moment_come_in_this_order(self):
        for digests in ((1, 2), (2, 1)):
            self.db.execute("DELETE FROM hrtc_event")
            self.interrupted(0, ("u-2", 0), digest=digests[0])
            self.recovered(0, ("u-2", 0), digest=digests[1])
            self.interrupted(5, ("u-2", 0))
            self.assertEqual(self.interruptions(), [("u-1", "u-2", 0, 0, 0, 0), ("u-1", "u-2", 0, 5, None, None)])

    # Connections.

    def state(self, at_s, previous, current, **row):
        self.told("connection-state-changed", T0 + int(at_s * S), previous_state=previous,
                  current_state=current, **row)

    def states(self):
        return [(r["prevState"], r["curState"], r["time_to_connect_ms"], r["duration_ms"], r["result"])
                for r in self.all("SELECT * FROM connection_states ORDER BY timestamp_ms, event_id")]

    def test_the_time_to_connect_and_each_reconnection_are_told_where_they_end(self):
        self.state(0, "DISCONNECTED", "CONNECTING")
        self.state(0.2, "DISCONNECTED", "CONNECTING", reporter="u-2")
        self.state(0.45, "CONNECTING", "CONNECTED")
        self.state(10, "CONNECTED", "RECONNECTING")
        self.state(12.5, "RECONNECTING", "CONNECTED")
        self.state(20, "CONNECTED", "RECONNECTING")
        self.state(50, "RECONNECTING", "DISCONNECTED")
        self.assertEqual([r for r in self.states() if r[1] != "CONNECTING"], [
            ("CONNECTING", "CONNECTED", 450, None, None),
            ("CONNECTED", "RECONNECTING", None, None, None),
            ("RECONNECTING", "CONNECTED", None, 2500, "ok"),
            ("CONNECTED", "RECONNECTING", None, None, None),
            ("RECONNECTING", "DISCONNECTED", None, 30000, "failed")])

    def test_what_led_to_a_change_and_was_not_told_leaves_the_time_open(self):
        self.state(0, "CONNECTING", "CONNECTED")
        self.state(50, "RECONNECTING", "CONNECTED")
        self.assertEqual(self.states(), [("CONNECTING", "CONNECTED", None, None, None),
                                         ("RECONNECTING", "CONNECTED", None, None, "ok")])

    def test_changes_at_the_same_moment_follow_each_other(self):
        for digests in ((3, 2, 1), (1, 2, 3)):
            self.db.execute("DELETE FROM hrtc_event")
            self.state(0, "DISCONNECTED", "CONNECTING", digest=digests[0])
            self.state(0, "CONNECTING", "CONNECTED", digest=digests[1])
            self.state(0, "CONNECTED", "RECONNECTING", digest=digests[2])
            self.assertEqual(self.states()[1], ("CONNECTING", "CONNECTED", 0, None, None))

    def test_a_change_at_the_same_moment_that_does_not_lead_here_comes_after(self):
        self.state(0, "DISCONNECTED", "CONNECTING")
        self.state(1, "CONNECTED", "RECONNECTING", digest=1)
        self.state(1, "CONNECTING", "CONNECTED", digest=2)
        self.assertEqual(self.states()[2], ("CONNECTING", "CONNECTED", 1000, None, None))

    def test_a_reconnection_that_goes_over_connecting_is_told_where_it_ends(self):
        self.state(0, "CONNECTED", "RECONNECTING")
        self.state(2, "RECONNECTING", "CONNECTING")
        self.state(5, "CONNECTING", "CONNECTED")
        self.state(10, "CONNECTED", "RECONNECTING")
        self.state(12, "RECONNECTING", "CONNECTING")
        self.state(19, "CONNECTING", "DISCONNECTED")
        self.assertEqual([r for r in self.states() if r[1] != "RECONNECTING"], [
            ("RECONNECTING", "CONNECTING", None, None, None), ("CONNECTING", "CONNECTED", 3000, 5000, "ok"),
            ("RECONNECTING", "CONNECTING", None, None, None), ("CONNECTING", "DISCONNECTED", None, 9000, "failed")])

    def test_a_change_that_does_not_tell_what_was_before_ends_a_reconnection_too(self):
        self.state(0, None, "RECONNECTING")
        self.state(3, None, "CONNECTED")
        self.assertEqual(self.states()[1], (None, "CONNECTED", None, 3000, "ok"))

    def test_a_new_attempt_tells_that_a_reconnection_was_given_up(self):
        self.state(0, "CONNECTED", "RECONNECTING")
        self.state(4, "DISCONNECTED", "CONNECTING")
        self.state(5, "CONNECTING", "CONNECTED")
        self.assertEqual(self.states()[1:], [("DISCONNECTED", "CONNECTING", None, 4000, "failed"),
                                             ("CONNECTING", "CONNECTED", 1000, None, None)])

    def test_a_reconnection_whose_end_was_not_told_has_none(self):
        self.state(0, "CONNECTED", "RECONNECTING")
        self.state(9, "CONNECTED", "DISCONNECTED")
        self.assertEqual(self.states()[1], ("CONNECTED", "DISCONNECTED", None, None, None))

    def test_changes_further_apart_than_the_idle_time_are_not_set_against_each_other(self):
        for idle_s in (14400, 60):
            self.db.execute("DELETE FROM hrtc_event")
            if idle_s == 60:
                self.insert("setting", name="session_idle_ms", value=60000)
            for at_s in (idle_s, idle_s + 1):
                self.state(0, "DISCONNECTED", "CONNECTING", scope=at_s)
                self.state(at_s, "CONNECTING", "CONNECTED", scope=at_s)
                self.state(0, "CONNECTED", "RECONNECTING", scope=at_s, reporter="u-2")
                self.state(at_s, "RECONNECTING", "CONNECTED", scope=at_s, reporter="u-2")
            self.assertEqual([r[2:] for r in self.states()][-4:], [
                (idle_s * 1000, None, None), (None, idle_s * 1000, "ok"), (None, None, None), (None, None, "ok")])

    def test_a_reconnection_is_one_row_of_its_report_however_it_goes(self):
        """Changes that begin with CONNECTED → RECONNECTING, and what of ok, failed and open that is."""
        connecting, connected = ("RECONNECTING", "CONNECTING"), ("CONNECTING", "CONNECTED")
        for changes, told in (
                ([], "open"), ([connecting], "open"), ([("RECONNECTING", "CONNECTED")], "ok"),
                ([connecting, connected], "ok"), ([connecting, ("CONNECTING", "RECONNECTING"), connecting, connected], "ok"),
                ([("RECONNECTING", "DISCONNECTED")], "failed"), ([connecting, ("CONNECTING", "DISCONNECTED")], "failed"),
                ([("DISCONNECTED", "CONNECTING"), connected], "failed"), ([("CONNECTED", "DISCONNECTED")], "open"),
                ([("RECONNECTING", "CONNECTED"), ("CONNECTED", "DISCONNECTED")], "ok")):
            for apart_s in (1, -1):
                with self.subTest(changes=changes, apart_s=apart_s):
                    self.db.execute("DELETE FROM hrtc_event")
                    for n, change in list(enumerate([("CONNECTED", "RECONNECTING"), *changes]))[::apart_s]:
                        self.state(n, *change)
                    rows = callmeter_sql.reports()["reconnects"].run(self.db)
                    self.assertEqual([{k: r[k] for k in ("reconnects", "ok", "failed", "open")} for r in rows],
                                     [{"reconnects": 1, "ok": 0, "failed": 0, "open": 0, told: 1}])

    def test_a_reconnection_that_is_over_at_once_is_one_all_the_same(self):
        for digests in ((1, 2), (2, 1)):
            self.db.execute("DELETE FROM hrtc_event")
            self.state(0, "CONNECTED", "RECONNECTING", digest=digests[0])
            self.state(0, "RECONNECTING", "CONNECTED", digest=digests[1])
            self.assertEqual([(r["reconnects"], r["ok"], r["max_ms"])
                              for r in callmeter_sql.reports()["reconnects"].run(self.db)], [(1, 1, 0)])

    # Devices, leaves, the rest.

    def test_a_device_is_a_camera_a_recording_or_a_playback_one(self):
        for name in ("camera-changed", "recording-device-changed", "playback-device-changed"):
            self.told(name, T0, device_id="dev-1", device_state="REMOVE")
        self.told("Error", T0, error_code="90100004")
        rows = self.all("SELECT * FROM device_changes ORDER BY event_id")
        self.assertEqual([(r["kind"], r["deviceId"], r["state"]) for r in rows],
                         [(k, "dev-1", "REMOVE") for k in ("camera", "recording", "playback")])

    def test_leave_reasons_have_names_and_classes(self):
        normal, forced, failure = "normal", "forced", "failure"
        classes = [normal, failure, failure, failure, failure, forced, failure, failure, normal, forced, forced]
        self.assertEqual([r["class"] for r in self.all("SELECT * FROM leave_reason ORDER BY code")], classes)
        for code in range(11):
            self.told("peer-leave", T0 + code, user="u-2", leave_code=code)
        rows = self.all("SELECT * FROM room_events ORDER BY event_id")
        self.assertEqual([r["leave_class"] for r in rows], classes)
        self.assertHolds(rows[7], reason_code=7, leave_reason="reconnection timeout", userId="u-2",
                         reporter="u-1", name="peer-leave")

    def test_room_events_tell_each_meaning_of_a_key_apart(self):
        self.told("mute-audio", T0, user="u-2", payload_room_id="room_9", media_status=2, media_reason=1)
        self.told("client-banned", T0 + S, user="u-1", ban_reason="elsewhere")
        self.told("log-upload-result", T0 + 2 * S, upload_status=200)
        self.told("stream-interrupted", T0 + 3 * S, items=[{"user_id": "u-2", "is_screen": 1}])
        mute, ban, log, array = self.all("SELECT * FROM room_events ORDER BY timestamp_ms")
        self.assertHolds(mute, status=2, status_name="unavailable", reason=1, reason_name="muted", ban_reason=None,
                         elements=0)
        self.assertHolds(ban, ban_reason="elsewhere", reason=None)
        self.assertHolds(log, upload_status=200, status=None)
        self.assertHolds(array, elements=1)

    def test_the_timeline_says_what_happened(self):
        self.state(0, "CONNECTING", "CONNECTED")
        self.told("peer-leave", T0 + S, user="u-2", leave_code=7, leave_message="gone")
        self.told("Error", T0 + 2 * S, error_code="90100013", error_message="timeout")
        self.told("log-upload-result", T0 + 3 * S, upload_status=500)
        self.told("log-upload-result", T0 + 4 * S, upload_status=200)
        self.told("network-quality", T0 + 5 * S, uplink_quality=1, downlink_quality=5)
        self.told("camera-changed", T0 + 6 * S, device_id="cam", device_state="ADD")
        self.told("mute-audio", T0 + 7 * S, user="u-2", media_status=2, media_reason=1)
        self.stats(T0 + 8 * S, {"is_remote": 0}, {"is_remote": 1})
        self.assertEqual(
            [(r["event"], r["participant_id"], r["outcome"], r["code"], r["detail"])
             for r in self.all("SELECT * FROM timeline ORDER BY timestamp_ms")],
            [("connection-state-changed", "u-1", None, None, "CONNECTING → CONNECTED"),
             ("peer-leave", "u-2", None, None, "reconnection timeout"),
             ("Error", "u-1", None, "90100013", "timeout"),
             ("log-upload-result", "u-1", "failure", None, "status 500"),
             ("log-upload-result", "u-1", "success", None, "status 200"),
             ("network-quality", "u-1", None, None, "up excellent, down very poor"),
             ("camera-changed", "u-1", None, None, "ADD cam"),
             ("mute-audio", "u-2", None, None, "muted"),
             ("rtc-stats", "u-1", None, None, "2 elements")])


class Plans(Rows):
    def plan(self, sql):
        return "\n".join(r[3] for r in self.db.execute("EXPLAIN QUERY PLAN " + sql))

    def test_a_window_of_each_view_is_a_search_in_an_index_by_time(self):
        for view in ("stage_events", "room_events", "rtc_stats", "network_quality", "stream_interruptions",
                     "volume_levels", "device_changes", "connection_states"):
            plan = self.plan(f"SELECT * FROM {view} WHERE timestamp_ms >= 5")
            self.assertRegex(plan, r"_(by_time|by_name) \((name=\? AND )?<expr>>\?\)", view)
            self.assertNotRegex(plan, r"SCAN (?!stage_events|CONSTANT ROW|\(subquery)", view)

    def test_what_is_looked_for_among_a_clients_own_events_has_an_index(self):
        own = "(scope=? AND reporter=? AND at_us>? AND at_us<?)"
        for view, index in (("rtc_stats", f"local_rtt {own}"), ("connection_states", f"states {own}"),
                            ("stream_interruptions", f"streams {own}"), ("stream_interruptions", f"states {own}"),
                            ("stream_interruptions", "by_name (name=? AND <expr>>? AND <expr><?)")):
            self.assertIn(f"USING INDEX hrtc_event_{index}", self.plan(f"SELECT * FROM {view}"))


if __name__ == "__main__":
    unittest.main()
