#!/usr/bin/env python3
"""The reports over a small recorded day: every key, every parameter, known answers."""

import itertools
import sys
import unittest

sys.dont_write_bytecode = True

import callmeter_sql  # noqa: E402
import recorded  # noqa: E402

REPORTS = callmeter_sql.reports()
T0_MS = recorded.T0 // 1000


def pick(rows, *columns):
    return [tuple(r[c] for c in columns) for r in rows]


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.db = recorded.record().db

    def setUp(self):
        self.db.execute("SAVEPOINT untouched")

    def tearDown(self):
        self.db.execute("ROLLBACK TO untouched")
        self.db.execute("RELEASE untouched")

    def run_report(self, name, by=(), where=None, **given):
        return REPORTS[name].run(self.db, by, where, **{"now_ms": recorded.NOW_MS, **given})

    def assertHolds(self, row, **expected):
        self.assertEqual({k: row[k] for k in expected}, expected)

    def test_every_file_is_described_and_has_one_select(self):
        for name, report in REPORTS.items():
            self.assertRegex(report.title, rf"^-- {name}\.sql - \w.+\.$")
            self.assertNotIn(";", report.body, name)

    def test_every_report_answers_with_no_key_each_key_and_all_keys(self):
        for name, report in REPORTS.items():
            required = {p: "nobody" for p, (_, must) in report.params.items() if must}
            keys = list(report.by)
            for by in [()] + [(k,) for k in keys] + [tuple(keys), tuple(reversed(keys))]:
                self.run_report(name, by, **required)
            every = {k: "x" for k in [*report.by, *report.where]}
            for key in every:
                self.assertEqual(self.run_report(name, (), {key: "no such"}, **required), [], (name, key))
            self.assertEqual(self.run_report(name, tuple(keys), every, **required), [])

    def test_a_filter_on_what_a_group_key_showed_gives_that_group_again(self):
        for name in ("joins", "join_failures", "join_times", "stages", "conformance"):
            for key in REPORTS[name].by:
                rows = self.run_report(name, (key,))
                self.assertTrue(rows, name)
                for value in {r[key] for r in rows}:
                    again = self.run_report(name, (key,), {key: value})
                    for r in itertools.chain(rows, again):
                        r.pop("share", None)
                    self.assertEqual(again, [r for r in rows if r[key] == value], (name, key))

    def test_time_keys_come_in_order(self):
        for name in ("joins", "join_failures", "stages", "conformance"):
            hours = [r["hour"] for r in self.run_report(name, ("app", "hour"))]
            self.assertEqual(hours, sorted(hours))
            self.assertGreater(len(set(hours)), 1)

    def test_an_empty_window_gives_no_rows(self):
        for name, report in REPORTS.items():
            if not report.params:
                self.assertEqual(self.run_report(name, since_ms=5, until_ms=6), [], name)

    def test_until_is_exclusive_and_since_is_not(self):
        self.assertEqual(self.run_report("joins", since_ms=T0_MS, until_ms=T0_MS + 1)[0]["attempts"], 2)
        self.assertEqual(self.run_report("joins", since_ms=T0_MS + 1, until_ms=T0_MS + 201)[0]["attempts"], 1)
        self.assertEqual(self.run_report("joins", until_ms=T0_MS), [])

    def test_app_narrows_every_report(self):
        for app, n in (("web", 3), ("mobile", 3)):
            self.assertEqual(self.run_report("joins", app=app)[0]["attempts"], n)
            self.assertEqual(len(self.run_report("attempts", app=app)), n)
        for name, report in REPORTS.items():
            required = {p: "attempt-a1" for p, (_, must) in report.params.items() if must}
            self.assertEqual(self.run_report(name, app="nobody", **required), [], name)

    def test_joins_counts_outcomes_and_leaves_aborted_and_open_out_of_the_rate(self):
        self.assertEqual(self.run_report("joins"), [dict(
            attempts=6, joined=1, failed=2, aborted=1, abandoned=1, open=1, success_rate=0.25,
            p50_time_to_join_ms=1210, p95_time_to_join_ms=1210, p99_time_to_join_ms=1210)])

    def test_the_rate_of_nothing_decided_is_none(self):
        self.assertHolds(self.run_report("joins", where={"user_id": "dee"})[0],
                         attempts=1, open=1, success_rate=None, p50_time_to_join_ms=None)

    def test_joins_follows_the_clock_it_is_given(self):
        self.assertHolds(self.run_report("joins", now_ms=T0_MS)[0], abandoned=0, open=2, success_rate=0.333333)

    def test_join_failures_names_stage_connection_code_and_the_latest_example(self):
        self.assertEqual(self.run_report("join_failures"), [dict(
            stage="PeerConnectionConnect", peer_connection="subscribe", code="ICE_CONNECTIVITY_FAILED",
            attempts=2, share=1.0, example="attempt-a22", first_seen="2026-08-21T11:33:45.000Z",
            last_seen="2026-08-21T13:32:45.000Z")])

    def test_join_failures_shares_add_up_over_groups(self):
        self.assertEqual(pick(self.run_report("join_failures", ("sfu_id",)), "sfu_id", "attempts", "share"),
                         [("sfu-fra1-07", 1, 0.5), ("sfu-iad2-01", 1, 0.5)])

    def test_join_times_has_a_row_a_measure(self):
        self.assertEqual(
            pick(self.run_report("join_times"), "measure", "attempts", "min_ms", "p50_ms", "p99_ms", "max_ms"),
            [("time_to_join", 1, 1210, 1210, 1210, 1210),
             ("time_to_first_video", 1, 1900, 1900, 1900, 1900),
             ("time_to_first_audio", 1, 1500, 1500, 1500, 1500)])

    def test_stages_covers_attempts_and_connections_in_stage_order(self):
        self.assertEqual(
            pick(self.run_report("stages"), "stage", "peer_connection", "attempts", "success", "failure", "aborted",
                 "open", "success_rate", "p50_elapsed_ms", "p99_elapsed_ms", "avg_retries", "max_retries"),
            [("CoordinatorWS", None, 2, 1, 1, 0, 0, 0.5, 212, 5000, 0.0, 0),
             ("CoordinatorJoin", None, 5, 4, 0, 1, 0, 1.0, 640, 900, 0.6, 1),
             ("WSJoin", None, 4, 3, 0, 0, 1, 1.0, 180, 180, 0.0, 0),
             ("PeerConnectionConnect", "subscribe", 3, 1, 2, 0, 0, 0.333333, 15020, 15020, 0.0, 0),
             ("PeerConnectionConnect", "publish", 1, 1, 0, 0, 0, 1.0, 300, 300, 0.0, 0)])

    def test_the_rate_of_stages_that_were_only_aborted_is_none(self):
        self.assertEqual(pick(self.run_report("stages", where={"user_id": "cy", "call_id": "townhall"}),
                              "attempts", "failure", "aborted", "success_rate"), [(1, 0, 1, None)])

    def test_a_failure_without_a_code_is_no_abort_and_a_success_with_one_neither(self):
        self.db.execute("UPDATE stream_event SET retry_failure_code = NULL WHERE outcome IS NOT NULL AND event_id IN "
                        "(SELECT completed_event FROM stage_attempt WHERE stage_id LIKE 'a%-sub')")
        self.db.execute("UPDATE stream_event SET retry_failure_code = (SELECT id FROM dict WHERE value = 'CLIENT_ABORTED') "
                        "WHERE event_id = (SELECT completed_event FROM stage_attempt WHERE stage_id = 'a1-pub')")
        self.assertEqual(pick(self.run_report("stages")[-2:], "success", "failure", "aborted", "success_rate"),
                         [(1, 2, 0, 0.333333), (1, 0, 0, 1.0)])

    def test_a_connection_without_an_attempt_has_the_sdk_its_events_tell(self):
        for key in ({}, {"sdk": "stream-video-react", "sdk_version": "1.35.0"}):
            self.assertEqual(pick(self.run_report("stages", ("sdk", "sdk_version"), key)[:1], "sdk", "sdk_version", "stage",
                                  "attempts"), [("stream-video-react", "1.35.0", "CoordinatorWS", 2)])

    def test_stages_agrees_with_the_view(self):
        told = {(r["stage"], r["peer_connection"], r["sfu_id"]):
                (r["attempts"], r["success"], r["failure"] + r["aborted"], r["open"])
                for r in self.run_report("stages", ("sfu_id",))}
        shown = {row[:3]: row[3:] for row in self.db.execute(
            "SELECT stage, peer_connection, sfu_id, count(*), sum(state = 'success'), sum(state = 'failure'),"
            " sum(state = 'open') FROM stage_attempts GROUP BY 1, 2, 3")}
        self.assertEqual(told, shown)

    def test_attempts_lists_newest_first_with_the_views_columns(self):
        rows = self.run_report("attempts")
        self.assertEqual([r["join_attempt_id"] for r in rows][:3], ["b3", "attempt-a22", "attempt-a2"])
        self.assertEqual(list(rows[0]), [c[1] for c in self.db.execute("PRAGMA table_info(join_attempts)")])
        self.assertEqual(pick(self.run_report("attempts", where={"outcome": "failed", "user_id": "bo"}),
                              "join_attempt_id"), [("attempt-a22",), ("attempt-a2",)])

    def test_an_attempt_is_found_by_its_id_or_how_it_begins(self):
        for name, column in (("attempts", "join_attempt_id"), ("attempt", "join_attempt_id"),
                             ("attempt_stages", "join_attempt_id")):
            for given, found in (("attempt-a1", {"attempt-a1"}), ("attempt-a22", {"attempt-a22"}),
                                 ("attempt-a2", {"attempt-a2"}), ("attempt", {"attempt-a1", "attempt-a2", "attempt-a22"}),
                                 ("nobody", set()), ("ATTEMPT", set()), ("attempt_", set()), ("%", set())):
                self.assertEqual({r[column] for r in self.run_report(name, id=given)}, found, (name, given))

    def test_an_attempts_timeline_counts_from_its_start(self):
        rows = self.run_report("attempt", id="attempt-a1")
        self.assertEqual(
            pick(rows, "offset_ms", "event"),
            [(0, "JoinInitiated initiated"), (3, "MediaDevicePermission initiated"),
             (10, "CoordinatorJoin initiated"), (650, "CoordinatorJoin completed"),
             (700, "WSJoin initiated"), (880, "WSJoin completed"), (900, "PeerConnectionConnect initiated"),
             (910, "PeerConnectionConnect initiated"), (1210, "PeerConnectionConnect completed"),
             (1300, "PeerConnectionConnect completed"), (1500, "FirstAudioFrame initiated"),
             (1900, "FirstVideoFrame initiated")])
        self.assertHolds(rows[0], app="web", timestamp="2026-08-21T11:32:45.000Z", outcome=None)

    def test_events_of_one_instant_stand_in_stage_order(self):
        self.db.execute("UPDATE stream_event SET digest = 10000 - digest, at_us = ? WHERE scope = "
                        "(SELECT id FROM join_attempt WHERE join_attempt_id = 'attempt-a2')", (recorded.T0,))
        self.assertEqual(
            [r["event"] for r in self.run_report("attempt", id="attempt-a2")],
            ["JoinInitiated initiated", "MediaDevicePermission initiated", "CoordinatorJoin initiated",
             "CoordinatorJoin completed", "WSJoin initiated", "WSJoin completed",
             "PeerConnectionConnect initiated", "PeerConnectionConnect completed"])

    def test_the_waterfall_has_stages_and_marks(self):
        self.assertEqual(
            pick(self.run_report("attempt_stages", id="attempt-a1"), "kind", "stage", "peer_connection",
                 "offset_ms", "elapsed_ms", "state"),
            [("mark", "JoinInitiated", None, 0, None, None),
             ("mark", "MediaDevicePermission", None, 3, None,
              "microphone GRANTED, camera FAILED, screen share NOT_INITIATED"),
             ("stage", "CoordinatorJoin", None, 10, 640, "success"),
             ("stage", "WSJoin", None, 700, 180, "success"),
             ("stage", "PeerConnectionConnect", "subscribe", 900, 400, "success"),
             ("stage", "PeerConnectionConnect", "publish", 910, 300, "success"),
             ("mark", "FirstAudioFrame", None, 1500, None, None),
             ("mark", "FirstVideoFrame", None, 1900, None, None)])
        self.assertHolds(self.run_report("attempt_stages", id="attempt-a2")[-1], state="failure",
                         failure_code="ICE_CONNECTIVITY_FAILED", failure_reason="no pair connected",
                         retry_count=0, sfu_id="sfu-fra1-07", stage_id="a2-sub", app="web")
        self.assertHolds(self.run_report("attempt_stages", id="b3")[-1], state="open", elapsed_ms=None)

    def test_a_stage_known_by_its_end_alone_begins_where_that_says(self):
        self.db.execute("UPDATE stage_attempt SET initiated_event = NULL WHERE stage_id IN ('a1-sub', 'a2-sub')")
        self.db.execute("UPDATE stream_event SET elapsed_time_ms = 9223372036854775807 WHERE event_id = "
                        "(SELECT completed_event FROM stage_attempt WHERE stage_id = 'a2-sub')")
        for attempt, offset in (("attempt-a1", 900), ("attempt-a2", 0)):
            self.assertEqual([r["offset_ms"] for r in self.run_report("attempt_stages", id=attempt)
                              if r["peer_connection"] == "subscribe"], [offset])

    def test_a_stage_event_without_stage_id_is_a_mark(self):
        self.db.execute("UPDATE stream_event SET stage_attempt = NULL WHERE event_id = "
                        "(SELECT completed_event FROM stage_attempt WHERE stage_id = 'a1-ws')")
        self.db.execute("UPDATE stage_attempt SET completed_event = NULL WHERE stage_id = 'a1-ws'")
        self.assertEqual(
            pick([r for r in self.run_report("attempt_stages", id="attempt-a1") if r["stage"] == "WSJoin"],
                 "kind", "state", "stage_id"), [("stage", "open", "a1-ws"), ("mark", "success", None)])

    def test_stuck_names_the_group_an_attempt_hangs_in(self):
        rows = self.run_report("stuck")
        self.assertEqual(
            pick(rows, "join_attempt_id", "outcome", "stage", "peer_connection", "last_event", "waiting_ms"),
            [("b3", "open", "WSJoin", None, "WSJoin initiated", 2000),
             ("b2", "abandoned", None, None, "JoinInitiated initiated", recorded.NOW_MS - T0_MS - 200)])
        self.assertHolds(rows[1], since="2026-08-21T11:32:45.200Z", since_ms=T0_MS + 200, user_id="cy",
                         call_id="townhall", started_ms=T0_MS + 200)

    def test_stuck_passes_over_groups_with_an_end_and_late_ones(self):
        self.db.execute("UPDATE join_attempt SET outcome = 4 WHERE join_attempt_id = 'attempt-a1'")
        self.db.execute("UPDATE stage_attempt SET completed_event = NULL WHERE stage_id IN ('a1-pub', 'a1-sub')")

        def hangs():
            rows = [r for r in self.run_report("stuck") if r["join_attempt_id"] == "attempt-a1"]
            return pick(rows, "stage", "peer_connection")

        self.assertEqual(hangs(), [("PeerConnectionConnect", "subscribe")])
        self.db.execute("INSERT INTO stage_attempt (scope, stage_id, lifecycle, completed_event) "
                        "SELECT s.scope, 'again', 1, e.event_id FROM stage_attempt s JOIN client_events e "
                        "ON e.stage_id = s.stage_id AND e.event_type = 'completed' WHERE s.stage_id = 'a1-sub'")
        self.assertEqual(hangs(), [("PeerConnectionConnect", "publish")])
        self.db.execute("UPDATE join_attempt SET joined_us = started_us - 60000000 + 909999 "
                        "WHERE join_attempt_id = 'attempt-a1'")
        self.assertEqual(hangs(), [(None, None)])

    def test_an_end_that_tells_no_outcome_is_none_to_stuck(self):
        self.db.execute("UPDATE join_attempt SET outcome = 4 WHERE join_attempt_id = 'attempt-a1'")
        self.db.execute("UPDATE stream_event SET outcome = NULL WHERE event_id = "
                        "(SELECT completed_event FROM stage_attempt WHERE stage_id = 'a1-join')")
        self.assertEqual([r["stage"] for r in self.run_report("stuck") if r["join_attempt_id"] == "attempt-a1"],
                         ["CoordinatorJoin"])

    def test_conformance_counts_by_sdk_field_and_rule(self):
        for since in (0, 1):
            self.assertEqual(
                pick(self.run_report("conformance", since_ms=since), "source", "sdk", "sdk_version", "field", "rule",
                     "events", "share", "example"),
                [("stream", "stream-video-react", "1.35.0", "sfu_id", "pattern", 2, 0.666667, "attempt-a22"),
                 ("stream", "stream-video-react", "1.35.0", "retry_failure_reason", "required", 1, 0.333333, None)])
        self.assertEqual(self.run_report("conformance", since_ms=1), self.run_report("conformance"))

    def test_quarantine_shows_text_as_text_and_the_rest_as_hex(self):
        rows = self.run_report("quarantine")
        self.assertEqual(pick(rows, "quarantine_id", "code", "encoding", "length_bytes"),
                         [(3, "line-too-long", "text", 300000), (2, "bad-utf8", "hex", 2), (1, "not-json", "text", 5)])
        self.assertEqual([r["body"] for r in rows], ["x" * 256, "FFFE", "{oops"])
        self.assertEqual([len(r["body"]) for r in self.run_report("quarantine", id=3)], [4096])
        self.assertEqual(self.run_report("quarantine", id=4), [])
        self.assertEqual(len(self.run_report("quarantine", since_ms=T0_MS + 1, until_ms=T0_MS + 2)), 1)

    def test_follow_gives_what_was_committed_between_two_ids(self):
        follow = callmeter_sql.Report("follow", dict(callmeter_sql.listed("stmt"))["follow"])
        last = self.db.execute("SELECT max(event_id) FROM stream_event").fetchone()[0]
        rows = follow.run(self.db, after=last - 3, last=last - 1)
        self.assertEqual(pick(rows, "event_id", "event", "stage", "call_type"),
                         [(last - 2, "CoordinatorJoin completed", "CoordinatorJoin", "livestream"),
                          (last - 1, "WSJoin initiated", "WSJoin", "livestream")])
        for key in follow.where:
            self.assertEqual(follow.run(self.db, where={key: "no such"}, after=0, last=last), [])
        self.assertEqual(follow.run(self.db, after=0, last=last, app="nobody"), [])


if __name__ == "__main__":
    unittest.main()
