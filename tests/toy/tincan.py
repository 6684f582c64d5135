"""A daemon built with one vendor more takes its events, and all that is for every vendor knows them."""

from harness import Daemon, equal, run, test
from views import differences, dump

CALL = (
    {"pull": "picked-up", "string": "s-1", "child": "ana", "when": "2026-08-21T10:00:00Z", "knots": 2},
    {"pull": "picked-up", "string": "s-1", "child": "bo", "when": "2026-08-21T10:00:05Z"},
    {"pull": "tugged", "string": "s-1", "child": "bo", "when": "2026-08-21T10:00:30Z", "colour": {"of": "red"}},
    {"pull": "put-down", "string": "s-1", "child": "bo", "when": "2026-08-21T10:01:05Z"},
    {"pull": "snapped", "string": "s-1", "when": "2026-08-21T10:02:00.500Z"},
)


@test
def a_sixth_vendors_events_are_checked_stored_and_shown():
    with Daemon() as daemon:
        answers = daemon.tell(*CALL, CALL[0],
                              {"source": "tincan", "app": "attic", "event": {"pull": "snapped", "string": "s-2", "child": "cy"}},
                              {"source": "tincan", "event": {"pull": "tugged", "string": "s-1", "knots": 100}})
        equal(answers.counts(), (8, 6, 1, 1, 1))
        equal([(v["verdict"], v.get("code") or v["violations"]) for v in answers.verdicts],
              [("flagged", [{"field": "child", "rule": "forbidden"}]), ("rejected", "out-of-range")])
        rows = daemon.rows("select * from string_events where string = 's-1' order by timestamp_ms")
        equal([(r["pull"], r["child"], r["knots"]) for r in rows],
              [("picked-up", "ana", 2), ("picked-up", "bo", None), ("tugged", "bo", None), ("put-down", "bo", None),
               ("snapped", None, None)])
        equal(rows[2]["extra"], '{"colour":{"of":"red"}}')
        equal(daemon.row("select event, field, rule from violations"),
              {"event": "snapped", "field": "child", "rule": "forbidden"})


@test
def it_has_sessions_a_timeline_and_an_export_as_the_others_have():
    with Daemon() as daemon:
        daemon.tell(*CALL[::-1])
        row = daemon.row("select * from sessions")
        equal([row[k] for k in ("source", "session_id", "status", "end_reason", "started", "ended", "peak_participants", "events")],
              ["tincan", "s-1", "ENDED", "snapped", "2026-08-21T10:00:00.000Z", "2026-08-21T10:02:00.500Z", 2, 5])
        equal(round(row["minutes"] * 60, 3), 60 + 120.5)
        equal([(r["participant_id"], r["how_left_class"], r["duration_ms"])
               for r in daemon.rows("select * from participants order by joined_ms")],
              [("ana", "session-ended", 120500), ("bo", "normal", 60000)])
        equal([(r["event"], r["user_id"], r["detail"], r["session_id"])
               for r in daemon.rows("select * from timeline order by timestamp_ms limit 2")],
              [("picked-up", "ana", "2 knots", "s-1"), ("picked-up", "bo", None, "s-1")])
        equal([(r["what"], r["session_id"]) for r in daemon.ask("user", id="ana")],
              [("joined", "s-1"), ("left", "s-1")])
        with daemon.query() as client:
            client.send({"query": "export", "source": "tincan"})
            client.close_writing()
            lines = list(iter(client.read, None))
        equal([list(line) for line in lines[5:]], [["end"]])
        with Daemon() as other:
            equal(other.tell(*lines[:5]).counts(), (5, 5, 0, 0, 0))
            equal(differences(dump(other), dump(daemon)), [])


run()
