#!/usr/bin/env python3
"""How SQLite goes about the reports, and about what people type: searches, not scans.

A scan is read from the program SQLite compiled, not from the words of EXPLAIN QUERY PLAN: a cursor
that is wound to an end of its table or index and meets no bound there. The database is empty and
was never ANALYZEd, as the daemon's is not: what SQLite knows of its tables is what the schema tells it.
"""

import re
import sys
import unittest

sys.dont_write_bytecode = True

import callmeter_sql  # noqa: E402

REPORTS = callmeter_sql.reports()
WINDOW = {"since_ms": 1, "until_ms": 2, "app": "a", "now_ms": 3, "limit": 1, "offset": 0,
          "after": 1, "last": 2}
BOUNDS = ("IdxLT", "IdxLE", "IdxGT", "IdxGE")


def values(sql):
    if numbers := re.findall(r"\?(\d+)", sql):
        return [1] * max(map(int, numbers))
    return {**{name: "x" for name in re.findall(r":(\w+)", sql)}, **WINDOW}


def never_run(program, at):
    """Whether the loop beginning here is jumped over, since a constant of this vendor's is not the one asked for."""
    constants = {op[3] for op in program if op[1] in ("String8", "Null", "Variable")}
    columns = {op[4] for op in program if op[1] == "Column"}
    return any(op[1] == "Ne" and op[3] == program[at][3] and {op[2], op[4]} <= constants - columns
               for op in program[max(at - 4, 0):at])


def scanned(db, sql):
    """Tables of which the statement reads all."""
    tables = {root: table for root, table in db.execute("SELECT rootpage, tbl_name FROM sqlite_schema")}
    cursors, wound, bounded = {}, set(), set()
    program = db.execute("EXPLAIN " + sql, values(sql)).fetchall()
    for at, opcode, p1, p2, *_ in program:
        if opcode in ("OpenRead", "OpenWrite"):
            cursors[p1] = tables[p2]
        elif opcode in ("Rewind", "Last") and p1 in cursors and not never_run(program, at):
            wound.add(p1)
        elif opcode in BOUNDS:
            bounded.add(p1)
    return {cursors[c] for c in wound - bounded}


def plan(db, sql):
    return "\n".join(row[3] for row in db.execute("EXPLAIN QUERY PLAN " + sql, values(sql)))


class Plans(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.db = callmeter_sql.open_database()

    def every_form(self, report):
        """A report by nothing, by each key, by all; filtered by nothing and by all."""
        keys = list(report.by)
        for by in {(), *((k,) for k in keys), tuple(keys)}:
            for where in ((), (*report.by, *report.where)):
                yield report.expand(by, where)

    def test_a_scan_is_seen_as_one(self):
        self.assertEqual(scanned(self.db, "SELECT * FROM stream_event WHERE sfu = 3"), {"stream_event"})
        self.assertEqual(scanned(self.db, "SELECT max(at_us), count(*) FROM client_events e, stream_event"),
                         {"stream_event"})
        self.assertEqual(scanned(self.db, "SELECT * FROM stream_event WHERE event_id > 3"), set())
        self.assertEqual(scanned(self.db, "SELECT * FROM ivs_timeline WHERE join_attempt_id = 'x'"), set())
        self.assertEqual(scanned(self.db, "SELECT * FROM ivs_timeline WHERE user_id = 'x'"), {"ivs_event"})

    def test_no_report_scans_a_table(self):
        for name, report in REPORTS.items():
            for sql in self.every_form(report):
                # The violations of all history are counted by reading them; they are few.
                allowed = {"violation"} if name == "conformance" else set()
                self.assertLessEqual(scanned(self.db, sql), allowed, name)

    def test_no_report_builds_an_index_of_its_own(self):
        for name, report in REPORTS.items():
            for sql in self.every_form(report):
                self.assertNotIn("AUTOMATIC", plan(self.db, sql), name)

    def test_a_window_is_a_search_in_the_index_of_its_time(self):
        for name, index in (("joins", "join_attempt_by_start"), ("join_failures", "join_attempt_by_start"),
                            ("join_times", "join_attempt_by_start"), ("stages", "join_attempt_by_start"),
                            ("stages", "connect_by_start"), ("attempts", "join_attempt_by_start"),
                            ("conformance", "stream_event_by_time"), ("sessions", "session_by_start"),
                            ("participants", "session_by_start"), ("usage", "session_by_start"),
                            ("leaves", "session_by_start"), ("first_frames", "join_attempt_by_start"),
                            ("connects", "connect_by_start"), ("reconnects", "join_attempt_by_start"),
                            ("reconnects", "hrtc_event_by_name"), ("permissions", "stream_event_by_time"),
                            ("permissions", "hrtc_event_by_name"), ("quality", "hrtc_event_by_name"),
                            ("network_quality", "hrtc_event_by_name"), ("interruptions", "hrtc_event_by_name"),
                            ("devices", "hrtc_event_by_name"), ("stage_errors", "ivs_event_by_time"),
                            ("stage_errors", "ivs_bridge_event_by_time"), ("user", "hrtc_event_by_name")):
            for sql in self.every_form(REPORTS[name]):
                self.assertRegex(plan(self.db, sql),
                                 rf"SEARCH \w+ USING INDEX ({index} \((name=\? AND )?<expr>>\? AND <expr><\?\)"
                                 r"|session_by_name \(name=\?\))", name)

    def test_stuck_searches_the_attempts_that_are_open(self):
        for sql in self.every_form(REPORTS["stuck"]):
            self.assertIn("SEARCH a USING INDEX join_attempt_open (last_us>?)", plan(self.db, sql))

    def test_an_attempt_is_searched_by_its_id(self):
        for name in ("attempts", "attempt", "attempt_stages"):
            for sql in self.every_form(REPORTS[name]):
                self.assertRegex(plan(self.db, sql), r"INDEX \w+ \(join_attempt_id>\? AND join_attempt_id<\?\)")

    def test_a_session_a_peer_and_a_user_are_searched_by_their_ids(self):
        for name, index in (("session", "session_by_name (name=?)"),
                            ("session_participants", "session_by_name (name=?)"),
                            ("session_participant", "session_by_name (name=?)"),
                            ("session_livestreams", "session_by_name (name=?)"),
                            ("participants", "session_by_name (name=?)"),
                            ("participant_events", "ivs_event_by_scope (scope=?)"),
                            ("participant_events", "ivs_bridge_event_by_scope (scope=?)"),
                            ("user", "participant_by_user (ANY(<expr>) AND user_id=?)"),
                            ("user", "join_attempt_by_user (ANY(<expr>) AND user=?)"),
                            ("peer", "participant_by_peer (ANY(<expr>) AND peer_id=?)"),
                            ("session_livestreams", "session_by_start (<expr>>? AND <expr><?)"),
                            ("session_livestreams", "realtimekit_event_by_scope (scope=?)"),
                            ("session_livestreams", "realtimekit_event_livestream (meeting_id=? AND at_us>? AND at_us<?)")):
            for sql in self.every_form(REPORTS[name]):
                self.assertIn(f"USING INDEX {index}", plan(self.db, sql), name)

    def test_participants_of_a_user_are_searched_by_it_unless_a_session_is_named_too(self):
        for sql in self.every_form(REPORTS["participants"]):
            if ":w2" not in sql:
                self.assertIn("participant_by_user (ANY(<expr>) AND user_id=?)", plan(self.db, sql))

    def test_the_newest_attempts_need_no_sorting(self):
        newest, by_id = plan(self.db, REPORTS["attempts"].expand()).split("\nRIGHT\n")
        self.assertIn("join_attempt_by_start", newest)
        self.assertNotIn("TEMP B-TREE", newest)

    def test_follow_reads_only_the_events_it_gives(self):
        follow = callmeter_sql.Report("follow", dict(callmeter_sql.listed("stmt"))["follow"])
        for where in ((), list(follow.where)):
            self.assertEqual(scanned(self.db, follow.expand((), where)), set())

    def test_the_writer_searches_what_it_needs(self):
        ends = {"oldest_quarantine", "measure_quarantine", "last_key", "last_stage_attempt"}  # of the ids, or at start
        for name, sql in callmeter_sql.listed("stmt"):
            # All sessions of a vendor are told anew only when session_idle has changed.
            allowed = {"session_scope"} if name.endswith("_by_source") else set()
            if name not in ends | {"last_receipt", "follow", "export"}:  # which are the readers'
                self.assertEqual(scanned(self.db, sql) - {"sqlite_sequence"} - allowed, set(), name)

    def test_what_people_look_for_in_a_view_is_searched(self):
        for view, wheres in {
                "client_events": ("join_attempt_id = 'x'", "timestamp_ms BETWEEN 1 AND 2", "event_id > 9"),
                "join_attempts": ("join_attempt_id = 'x'", "user_id = 'x'", "started_ms > 1",
                                  "coordinator_connect_id = 'x'", "started_ms BETWEEN 1 AND 2 AND outcome = 'failed'"),
                "stage_attempts": ("join_attempt_id = 'x'", "initiated_ms > 1", "completed_ms BETWEEN 1 AND 2"),
                "connects": ("coordinator_connect_id = 'x'", "started_ms > 1"),
                "timeline": ("join_attempt_id = 'x'", "timestamp_ms > 1", "event_id > 9",
                             "join_attempt_id = 'x' ORDER BY timestamp_ms, turn, event_id"),
                "violations": ("join_attempt_id = 'x'", "timestamp_ms > 1", "event_id = 1"),
                "quarantined": ("quarantine_id = 1", "received_ms > 1")}.items():
            for where in wheres:
                sql = f"SELECT * FROM {view} WHERE {where}"
                self.assertEqual(scanned(self.db, sql), set(), sql)

    def test_the_timeline_in_order_is_merged_and_not_sorted(self):
        lines = plan(self.db, "SELECT * FROM timeline WHERE timestamp_ms > 1 ORDER BY timestamp_ms, turn, event_id LIMIT 9")
        self.assertIn("MERGE (UNION ALL)", lines)
        self.assertNotIn("TEMP B-TREE FOR ORDER BY", lines)

    def test_the_participants_of_sessions_are_searched_by_all_that_names_a_session(self):
        for where, index in (("s.started_ms > 1", "session_by_start (<expr>>?)"), ("p.user_id = 'x'", "participant_by_user"),
                             ("p.session_id = 'x'", "session_by_name (name=?)")):
            sql = ("SELECT * FROM sessions AS s JOIN participants AS p ON p.session_id = s.session_id AND p.source = s.source"
                   f" AND p.app = s.app AND p.call_id IS s.call_id WHERE {where}")
            self.assertEqual(scanned(self.db, sql), set(), where)
            self.assertIn(f"USING INDEX {index}", plan(self.db, sql))
            self.assertNotIn("AUTOMATIC", plan(self.db, sql), where)

    def test_the_latest_rows_of_a_view_need_no_sorting(self):
        for view, order in (("join_attempts", "started_ms DESC"), ("client_events", "timestamp_ms DESC"),
                            ("room_events", "timestamp_ms DESC"), ("connects", "started_ms DESC")):
            lines = plan(self.db, f"SELECT * FROM {view} ORDER BY {order} LIMIT 9").splitlines()
            self.assertFalse([line for line in lines[-1:] if "TEMP B-TREE FOR ORDER BY" in line], view)


if __name__ == "__main__":
    unittest.main()
