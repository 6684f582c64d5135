#!/usr/bin/env python3
"""The views over a small recorded day, and the manual page that tells their columns."""

import re
import sys
import unittest

sys.dont_write_bytecode = True

import callmeter_sql  # noqa: E402
import recorded  # noqa: E402

VENDOR_FIELDS = """user_id type id stage stage_id join_attempt_id coordinator_connect_id event_type
	timestamp user_agent sdk_version peer_connection was_previously_connected
	previously_connected_timestamp outcome retry_count_attempt elapsed_time call_session_id join_reason
	sfu_id track_id retry_failure_reason retry_failure_code ice_state screen_share_status
	microphone_permission_status camera_permission_status""".split()


INTERNAL = ("_timeline", "_state", "_told", "_resource")  # what other views and the store are made from


class Views(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.db = recorded.record().db

    def setUp(self):
        self.db.execute("SAVEPOINT untouched")

    def tearDown(self):
        self.db.execute("ROLLBACK TO untouched")
        self.db.execute("RELEASE untouched")

    def rows(self, sql, *values):
        q = self.db.execute(sql, values)
        return [dict(zip([c[0] for c in q.description], row)) for row in q]

    def row(self, sql, *values):
        rows = self.rows(sql, *values)
        self.assertEqual(len(rows), 1)
        return rows[0]

    def assertHolds(self, row, **expected):
        self.assertEqual({k: row[k] for k in expected}, expected)

    def test_client_events_has_the_vendors_fields_in_the_vendors_order(self):
        columns = list(self.rows("SELECT * FROM client_events LIMIT 1")[0])
        self.assertEqual([c for c in columns if c in VENDOR_FIELDS], VENDOR_FIELDS)
        for ours in "event_id received_ms timestamp_ms app uid extra".split():
            self.assertIn(ours, columns)

    def test_an_event_is_shown_as_it_came(self):
        self.assertHolds(
            self.row("SELECT * FROM client_events WHERE stage_id = 'a1-video'"),
            app="web", uid=1001, gid=1001, pid=1002, timestamp_ms=1787311966900,
            timestamp="2026-08-21T11:32:46.900Z", received="2026-08-21T11:32:47.150Z",
            received_ms=1787311967150, user_id="ana", type="default", id="standup",
            stage="FirstVideoFrame", join_attempt_id="attempt-a1", coordinator_connect_id="k1",
            event_type="initiated", user_agent=recorded.REACT, sdk_version="1.35.0",
            call_session_id="s9", sfu_id="sfu-fra1-07", track_id="TR_1", extra='{"call_cid":"x"}',
            previously_connected_timestamp="2026-08-21T11:32:45.000Z",
            previously_connected_timestamp_ms=1787311965000, outcome=None, elapsed_time=None)
        self.assertHolds(
            self.row("SELECT * FROM client_events WHERE stage_id = 'a2-sub' AND outcome = 'failure'"),
            timestamp="2026-08-21T11:34:00.920123Z", ice_state="FAILED", elapsed_time=15020,
            retry_count_attempt=0, retry_failure_code="ICE_CONNECTIVITY_FAILED",
            retry_failure_reason="no pair connected", peer_connection="subscribe",
            was_previously_connected=0)

    def test_an_event_of_no_attempt_has_none_whatever_its_scope(self):
        for where in ("stage = 'CoordinatorWS'", "stage = 'NetworkSwitched'"):
            for row in self.rows(f"SELECT * FROM client_events WHERE {where}"):
                self.assertIsNone(row["join_attempt_id"])
        self.assertEqual(self.rows("SELECT count(*) n FROM client_events"),
                         self.rows("SELECT count(*) n FROM stream_event"))

    def test_outcomes_are_told_by_name_and_by_the_clock(self):
        self.assertEqual(
            dict(self.db.execute("SELECT join_attempt_id, outcome FROM join_attempts")),
            {"attempt-a1": "joined", "attempt-a2": "failed", "attempt-a22": "failed", "b1": "aborted",
             "b2": "abandoned", "b3": "open"})

    def test_an_open_attempt_is_abandoned_when_the_setting_says_so(self):
        for timeout, outcome in ((1000, "abandoned"), (3600_000, "open")):
            self.db.execute("UPDATE setting SET value = ? WHERE name = 'attempt_timeout_ms'", (timeout,))
            self.assertHolds(self.row("SELECT * FROM join_attempts WHERE join_attempt_id = 'b3'"),
                             outcome=outcome)

    def test_a_joined_attempt_tells_its_times_and_labels(self):
        self.assertHolds(
            self.row("SELECT * FROM join_attempts WHERE join_attempt_id = 'attempt-a1'"),
            app="web", failed_stage=None, failure_code=None, failure_reason=None, user_id="ana",
            call_type="default", call_id="standup", call_session_id="s9", coordinator_connect_id="k1",
            join_reason="first-attempt", sfu_id="sfu-fra1-07", sdk="stream-video-react",
            sdk_version="1.35.0", started_ms=1787311965000, started="2026-08-21T11:32:45.000Z",
            last_event_ms=1787311966900, last_event="2026-08-21T11:32:46.900Z", time_to_join_ms=1210,
            time_to_first_audio_ms=1500, time_to_first_video_ms=1900, retries=1, reconnects=0, events=12,
            violations=0, microphone="GRANTED", camera="FAILED")

    def test_a_failed_attempt_tells_where_and_why(self):
        self.assertHolds(
            self.row("SELECT * FROM join_attempts WHERE join_attempt_id = 'attempt-a2'"),
            failed_stage="PeerConnectionConnect", failed_peer_connection="subscribe",
            failure_code="ICE_CONNECTIVITY_FAILED", failure_reason="no pair connected",
            time_to_join_ms=None, violations=1, last_event="2026-08-21T11:34:00.920123Z")

    def test_stage_attempts_are_those_of_the_lifecycle_alone(self):
        self.assertEqual(
            [r["stage_id"] for r in self.rows(
                "SELECT * FROM stage_attempts WHERE join_attempt_id = 'attempt-a1' ORDER BY initiated_ms")],
            ["a1-join", "a1-ws", "a1-sub", "a1-pub"])

    def test_a_stage_attempt_pairs_its_two_events(self):
        self.assertHolds(
            self.row("SELECT * FROM stage_attempts WHERE stage_id = 'a2-sub'"),
            join_attempt_id="attempt-a2", coordinator_connect_id="k1", app="web",
            stage="PeerConnectionConnect", peer_connection="subscribe", sfu_id="sfu-fra1-07",
            state="failure", initiated_ms=1787312025900, initiated="2026-08-21T11:33:45.900123Z",
            completed_ms=1787312040920, completed="2026-08-21T11:34:00.920123Z", elapsed_ms=15020,
            retry_count=0, failure_code="ICE_CONNECTIVITY_FAILED", failure_reason="no pair connected",
            ice_state="FAILED", was_previously_connected=0)

    def test_elapsed_is_the_difference_where_the_sdk_told_none(self):
        self.assertHolds(self.row("SELECT * FROM stage_attempts WHERE stage_id = 'a1-ws'"),
                         elapsed_ms=180, state="success")

    def test_a_stage_without_completion_is_open(self):
        self.assertHolds(self.row("SELECT * FROM stage_attempts WHERE stage_id = 'b3-ws'"),
                         state="open", completed_ms=None, completed=None, elapsed_ms=None,
                         retry_count=None, app="mobile", sfu_id="sfu-fra1-07")

    def test_a_completion_without_beginning_still_tells_its_state(self):
        self.db.execute("UPDATE stage_attempt SET initiated_event = NULL WHERE stage_id = 'a1-sub'")
        self.assertHolds(self.row("SELECT * FROM stage_attempts WHERE stage_id = 'a1-sub'"),
                         state="success", initiated_ms=None, initiated=None, app="web",
                         peer_connection="subscribe", elapsed_ms=400)

    def test_a_completion_that_tells_no_outcome_leaves_the_stage_open(self):
        self.db.execute("UPDATE stream_event SET outcome = NULL WHERE event_id = "
                        "(SELECT completed_event FROM stage_attempt WHERE stage_id = 'a1-sub')")
        self.assertHolds(self.row("SELECT * FROM stage_attempts WHERE stage_id = 'a1-sub'"), state="open")

    def test_connections_tell_their_state_and_what_they_carried(self):
        self.assertHolds(
            self.row("SELECT * FROM connects WHERE coordinator_connect_id = 'k1'"),
            app="web", user_id="ana", sdk="stream-video-react", sdk_version="1.35.0", state="success",
            elapsed_ms=212, initiated="2026-08-21T11:32:44.100Z", completed="2026-08-21T11:32:44.312Z",
            retry_count=0, failure_code=None, attempts=2, events=22, started_ms=1787311964100)
        self.assertHolds(
            self.row("SELECT * FROM connects WHERE coordinator_connect_id = 'k3'"),
            state="failure", failure_code="NETWORK_OFFLINE", attempts=0, user_id="cy",
            sdk="stream-video-react")

    def test_a_connection_still_being_made_is_open_and_has_a_user(self):
        self.db.execute("UPDATE connect SET completed_event = NULL WHERE coordinator_connect_id = 'k3'")
        self.assertHolds(
            self.row("SELECT * FROM connects WHERE coordinator_connect_id = 'k3'"),
            state="open", user_id="cy", completed_ms=None, elapsed_ms=None, sdk="stream-video-react")

    def test_a_connection_nothing_reported_has_no_state_but_a_user(self):
        self.assertHolds(
            self.row("SELECT * FROM connects WHERE coordinator_connect_id = 'k2'"),
            state=None, initiated_ms=None, user_id="dee", attempts=1)

    def test_the_timeline_tells_what_happened_in_words(self):
        rows = self.rows("SELECT * FROM timeline WHERE join_attempt_id = 'attempt-a2' "
                         "ORDER BY timestamp_ms, turn, event_id")
        self.assertEqual(
            [(r["event"], r["outcome"], r["code"], r["detail"]) for r in rows],
            [("JoinInitiated initiated", None, None, None),
             ("MediaDevicePermission initiated", None, None,
              "microphone GRANTED, camera FAILED, screen share NOT_INITIATED"),
             ("CoordinatorJoin initiated", None, None, "first-attempt"),
             ("CoordinatorJoin completed", "success", None, "first-attempt, 640 ms, retries 1"),
             ("WSJoin initiated", None, None, "SFU sfu-fra1-07"),
             ("WSJoin completed", "success", None, "SFU sfu-fra1-07"),
             ("PeerConnectionConnect initiated", None, None, "subscribe, SFU sfu-fra1-07"),
             ("PeerConnectionConnect completed", "failure", "ICE_CONNECTIVITY_FAILED",
              "subscribe, 15020 ms, SFU sfu-fra1-07, ICE FAILED, no pair connected")])
        self.assertHolds(rows[0], source="stream", app="web", session_id="s9", user_id="bo",
                         coordinator_connect_id="k1")

    def test_violations_name_the_sdk_with_and_without_an_attempt(self):
        self.assertEqual(
            [tuple(r.values()) for r in self.rows(
                "SELECT sdk, sdk_version, stage, join_attempt_id, field, rule, app, source "
                "FROM violations ORDER BY event_id")],
            [("stream-video-react", "1.35.0", "CoordinatorWS", None, "retry_failure_reason", "required",
              "mobile", "stream"),
             ("stream-video-react", "1.35.0", "PeerConnectionConnect", "attempt-a2", "sfu_id", "pattern",
              "web", "stream"),
             ("stream-video-react", "1.35.0", "PeerConnectionConnect", "attempt-a22", "sfu_id",
              "pattern", "web", "stream")])

    def test_an_sdk_is_the_first_word_of_the_user_agent_without_its_version(self):
        for agent, version, sdk in (("stream-video-flutter-v1.4.2", "1.4.2", "stream-video-flutter"),
                                    ("stream-video-android-compose-1.9.0|os=Android 15", "1.9.0",
                                     "stream-video-android-compose"),
                                    ("stream-video-react|os=x", None, "stream-video-react"),
                                    (None, "1.0", None)):
            words = [self.db.execute("INSERT INTO dict (value) VALUES (?) ON CONFLICT DO UPDATE SET "
                                     "value = value RETURNING id", (w,)).fetchone()[0] if w else None
                     for w in (agent, version)]
            self.db.execute("UPDATE stream_event SET user_agent = ?, sdk_version = ? WHERE scope = "
                            "(SELECT id FROM connect WHERE coordinator_connect_id = 'k3')", words)
            self.assertHolds(self.row("SELECT * FROM connects WHERE coordinator_connect_id = 'k3'"),
                             sdk=sdk)
            self.assertHolds(self.row("SELECT * FROM violations WHERE join_attempt_id IS NULL"), sdk=sdk)

    def test_quarantined_shows_bytes_as_they_came(self):
        rows = self.rows("SELECT * FROM quarantined ORDER BY quarantine_id")
        self.assertHolds(rows[1], code="bad-utf8", body=b"\xff\xfe", app="web", uid=1001, line=3, event=0,
                         source="stream", received="2026-08-21T11:32:45.001Z", field=None)
        self.assertEqual((rows[2]["length_bytes"], len(rows[2]["body"])), (300000, 4096))

    def test_no_view_names_a_function_of_ours(self):
        for name, text in callmeter_sql.listed("view"):
            self.assertNotRegex(text, r"\b(quantile|spread)\(", name)

    def test_the_examples_of_the_manual_page_run(self):
        page = (callmeter_sql.ROOT / "man/callmeter-views.7").read_text()
        examples = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", page, re.M | re.S)
        self.assertGreater(len(examples), 3)
        for example in examples:
            self.db.execute(example).fetchall()

    def test_the_manual_page_and_the_views_have_the_same_columns(self):
        told, view = {}, None
        for line in (callmeter_sql.ROOT / "man/callmeter-views.7").read_text().splitlines():
            if m := re.match(r"\.Ss (\w+)$", line):
                view = told.setdefault(m[1], [])
            elif line.startswith(".S"):
                view = None
            elif (m := re.match(r"\.It Va (\w+)", line)) and view is not None:
                view.append(m[1])
        shown = {name: [c[1] for c in self.db.execute(f"PRAGMA table_info({name})")]
                 for name, _ in callmeter_sql.listed("view") if not name.endswith(INTERNAL)}
        self.assertEqual(told, shown)


if __name__ == "__main__":
    unittest.main()
