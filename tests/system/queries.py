"""The query socket, asked about a day whose failures are known (callmeter-corpus --help tells them)."""

import threading
import time

from harness import Daemon, QueryError, corpus, equal, refused, run, sanitized, test
from stream import BASE_MS, Attempt, generic

DEMO_ATTEMPT = "0ddba11c-0000-4000-8000-000000000001"


class DemoDay(Daemon):
    """A daemon that has recorded the demonstration day, which ends now."""

    def start(self):
        super().start()
        self.now_s = int(time.time())
        lines, _ = corpus("--demo", "--vendor", "stream", "--now", f"@{self.now_s}")
        equal(self.tell(*lines).ack["stored"], 5007)


def only(rows):
    equal(len(rows), 1, f"rows {rows[:3]}")
    return rows[0]


def has(row, **want):
    equal({k: row.get(k) for k in want}, want)


OUTCOMES = ("attempts", "joined", "failed", "aborted", "abandoned", "open")


def add_up(rows):
    return {k: sum(r[k] for r in rows) for k in OUTCOMES}


ALL = {"attempts": 400, "joined": 340, "failed": 44, "aborted": 8, "abandoned": 6, "open": 2}


@test
def joins_tells_the_outcomes_of_all_attempts():
    with DemoDay() as daemon:
        row = only(daemon.ask("joins"))
        has(row, **ALL)
        assert abs(row["success_rate"] - 340 / (340 + 44 + 6)) < 0.0001, row
        times = sorted(r["time_to_join_ms"] for r in daemon.rows(
            "select time_to_join_ms from join_attempts where time_to_join_ms is not null"))
        for percent in (50, 95, 99):
            exact = times[min(len(times) - 1, len(times) * percent // 100)]
            got = next(v for k, v in row.items() if f"p{percent}" in k)
            assert abs(got - exact) <= exact * 0.03, f"p{percent}: {got}, exactly {exact}"


@test
def joins_can_be_grouped_by_each_key_and_the_groups_add_up():
    with DemoDay() as daemon:
        for key in ("call_type", "call_id", "sdk", "sdk_version", "sfu_id", "join_reason", "hour", "day"):
            rows = daemon.ask("joins", by=[key])
            equal(rows.end["columns"][0], key)
            equal(len({r[key] for r in rows}), len(rows), f"distinct {key}")
            equal(add_up(rows), ALL, key)
            column = {"hour": "strftime('%Y-%m-%dT%H', started_ms / 1000, 'unixepoch')",
                      "day": "strftime('%Y-%m-%d', started_ms / 1000, 'unixepoch')"}.get(key, key)
            views = {r["k"]: r["n"] for r in daemon.rows(
                f"select {column} k, count(*) n from join_attempts where outcome = 'joined' group by 1")}
            if key == "hour":
                got = {r[key][:13]: r["joined"] for r in rows if r["joined"]}
            else:
                got = {r[key]: r["joined"] for r in rows if r["joined"]}
            equal(got, views, key)
        by_type = {r["call_type"]: r["attempts"] for r in daemon.ask("joins", by=["call_type"])}
        equal(by_type, {"default": 241, "livestream": 99, "audio_room": 60})
        hours = [r["hour"] for r in daemon.ask("joins", by=["hour"])]
        equal(hours, sorted(hours), "hours in order")
        rows = daemon.ask("joins", by=["hour", "sfu_id"])
        equal(rows.end["columns"][:2], ["hour", "sfu_id"])
        equal(add_up(rows), ALL, "two keys")
        equal([r["hour"] for r in rows], sorted(r["hour"] for r in rows), "hours in order")


@test
def the_known_failures_can_be_found():
    with DemoDay() as daemon:
        rows = {(r["stage"], r["peer_connection"], r["code"]): r for r in daemon.ask("join-failures")}
        counts = {k: next(r[c] for c in ("count", "attempts", "failures", "n") if c in r) for k, r in rows.items()}
        equal(counts, {("PeerConnectionConnect", "subscribe", "ICE_CONNECTIVITY_FAILED"): 24,
                       ("CoordinatorJoin", None, "16"): 15, ("WSJoin", None, "REQUEST_TIMEOUT"): 3,
                       ("PeerConnectionConnect", "publish", None): 2})
        assert abs(sum(r["share"] for r in rows.values()) - 1) < 0.001
        example = rows["CoordinatorJoin", None, "16"]["example"]
        equal(daemon.value("select failure_code from join_attempts where join_attempt_id = ?", example), "16")

        bad_hour = (daemon.now_s - 5 * 3600) // 3600 * 3600
        row = only(daemon.ask("joins", since=f"@{bad_hour}", until=f"@{bad_hour + 3600}",
                              where={"sfu_id": "sfu-fra1-07"}))
        equal(row["failed"], 24)
        equal(only(daemon.ask("joins", where={"sdk_version": "1.51.0"}))["failed"], 15)
        equal(only(daemon.ask("joins", by=["sdk"], where={"sdk_version": "1.51.0"}))["sdk"], "stream-video-swift")

        broken = {(r["sdk_version"], r["field"], r["rule"]): r["events"] for r in daemon.ask("conformance")}
        equal(broken, {("1.30.2", "type", "required"): 10, ("1.30.2", "id", "required"): 10,
                       ("1.49.2", "retry_failure_code", "required"): 2,
                       ("1.49.2", "retry_failure_reason", "required"): 2})

        stuck = daemon.ask("stuck")
        equal(sorted(r["outcome"] for r in stuck), ["abandoned"] * 6 + ["open"] * 2)
        equal({r["stage"] for r in stuck}, {"WSJoin"})


@test
def one_attempt_is_told_event_by_event():
    with DemoDay() as daemon:
        rows = daemon.ask("attempt", id=DEMO_ATTEMPT)
        equal(len(rows), daemon.value("select events from join_attempts where join_attempt_id = ?", DEMO_ATTEMPT))
        assert rows[0]["event"].startswith("JoinInitiated"), rows[0]
        equal(rows[0]["offset_ms"], 0)
        has(rows[-1], outcome="failure", code="ICE_CONNECTIVITY_FAILED")
        equal([r["timestamp_ms"] for r in rows], sorted(r["timestamp_ms"] for r in rows))
        equal(daemon.ask("attempt", id="no such attempt"), [])
        for parameters in ({}, {"id": None}):
            try:
                rows = daemon.ask("attempt", **parameters)
            except QueryError as error:
                assert "id" in error.message, error
            else:
                raise AssertionError(f"without an id: {rows[:2]}")


@test
def stages_and_join_times_agree_with_the_views():
    with DemoDay() as daemon:
        stages = daemon.ask("stages")
        for stage, peer in (("CoordinatorJoin", None), ("WSJoin", None), ("PeerConnectionConnect", "publish"),
                            ("PeerConnectionConnect", "subscribe")):
            row = only([r for r in stages if r["stage"] == stage and r.get("peer_connection") == peer])
            shown = {"success": row["success"], "failure": row["failure"] + row["aborted"], "open": row["open"]}
            for state in shown:
                n = daemon.value("select count(*) from stage_attempts where stage = ? and peer_connection is ? "
                                 "and state = ?", stage, peer, state)
                equal(shown[state], n, f"{stage} {peer} {state}")
        assert daemon.ask("join-times"), "no rows"


@test
def a_window_takes_its_beginning_and_not_its_end():
    with DemoDay() as daemon:
        starts = sorted(r["started_ms"] for r in daemon.rows("select started_ms from join_attempts"))
        for cut in (starts[0], starts[200], starts[-1]):
            n_before = sum(s < cut for s in starts)
            for spelled in (cut, f"@{cut // 1000}.{cut % 1000:03d}"):
                before = daemon.ask("joins", until=spelled)
                since = daemon.ask("joins", since=spelled)
                equal(sum(r["attempts"] for r in before), n_before, f"until {spelled}")
                equal(sum(r["attempts"] for r in since), 400 - n_before, f"since {spelled}")
        equal(sum(r["attempts"] for r in daemon.ask("joins", since="-25h")), 400)
        equal(sum(r["attempts"] for r in daemon.ask("joins", since="-25h", until="-24h30m")), 0)
        equal(sum(r["attempts"] for r in daemon.ask("joins", until="now")), 400)
        n = sum(s >= (daemon.now_s - 12 * 3600) * 1000 for s in starts)
        assert abs(only(daemon.ask("joins", since="-12h"))["attempts"] - n) <= 2


@test
def an_answer_without_rows_still_has_its_columns():
    with Daemon() as daemon:
        for query in ("joins", "join-failures", "join-times", "stages", "stuck", "conformance"):
            parameters = {"by": ["sdk"]} if query == "joins" else {}
            rows = daemon.ask(query, **parameters)
            assert rows.end["columns"], query
            equal(rows.end["cursor"], None, query)
        assert "attempts" in daemon.ask("joins").end["columns"]


@test
def what_is_asked_wrongly_is_told_with_a_hint():
    with DemoDay() as daemon:
        error = refused("unknown-query", daemon.ask, "join")
        assert error.hint, error
        error = refused("unknown-key", daemon.ask, "joins", by=["colour"])
        assert "call_type" in error.hint and "sfu_id" in error.hint, error
        assert "colour" in error.message, error
        error = refused("unknown-key", daemon.ask, "joins", where={"1=1; drop table dict": "x"})
        assert "call_type" in error.hint, error
        for key, value in (("since", "noonish"), ("until", "2026-13-01"), ("limit", -1), ("limit", "many"),
                           ("limit", 0), ("by", "sdk"), ("by", [7]), ("where", [1]), ("where", {"sdk": {"a": 1}}),
                           ("cursor", "no cursor"), ("app", 7), ("since", []), ("limit", 1.5)):
            error = refused("bad-value", daemon.ask, "joins", **{key: value})
            assert key in error.message, f"{key}={value}: {error}"
        error = refused("unknown-parameter", daemon.ask, "joins", sinse="-1h")
        assert "sinse" in error.message, error
        assert "since" in (error.hint or ""), error
        for query, hint in (("status", "It takes none."), ("queries", "It takes none."),
                            ("export", "It takes: source, times, since, until, app, limit, cursor."),
                            ("sessions", None)):
            error = refused("unknown-parameter", daemon.ask, query, colour=1)
            assert error.hint == hint or (not hint and "by" not in error.hint.split(", ")), (query, error.hint)
        refused("unknown-parameter", daemon.ask, "queries", limit=10)
        with daemon.query() as client:
            for bad, code in ((b"no json", "not-json"), (b"[]", "bad-request"), (b"{}", "bad-request"),
                              (b'{"query":7}', ("bad-request", "bad-value")), (b'{"query":"joins"', "not-json"),
                              (b'{"query":"joins"} x', "not-json"), (b'{"query":"\xff"}', ("not-json", "bad-request")),
                              (b'{"query":"' + b"x" * 70000 + b'"}', "request-too-long")):
                client.send(bad)
                error = client.read()["error"]
                assert error["code"] in (code if isinstance(code, tuple) else (code,)), f"{bad[:40]}: {error}"
            equal(only(client.ask("joins"))["attempts"], 400, "the connection goes on")


@test
def a_value_to_filter_by_is_only_ever_a_value():
    with DemoDay() as daemon:
        for value in ("' or 1=1 --", "default' --", "%", "", "*"):
            equal(sum(r["attempts"] for r in daemon.ask("joins", where={"call_type": value})), 0, value)
        equal(only(daemon.ask("joins", where={"call_type": "default", "sfu_id": "sfu-fra1-07"}))["attempts"],
              daemon.value("select count(*) from join_attempts where call_type = 'default' "
                           "and sfu_id = 'sfu-fra1-07'"))


@test
def null_is_a_value_to_filter_by():
    with DemoDay() as daemon:
        equal(only(daemon.ask("joins", where={"sfu_id": None}))["attempts"],
              daemon.value("select count(*) from join_attempts where sfu_id is null"))


@test
def pages_of_an_answer_are_the_answer():
    with DemoDay() as daemon:
        for query, parameters in (("joins", {"by": ["call_id"]}), ("joins", {"by": ["hour", "sdk"]}), ("stuck", {}),
                                  ("attempts", {}), ("join-failures", {"by": ["hour"]})):
            whole = daemon.ask(query, **parameters)
            for limit in (1, 7, len(whole), len(whole) + 1):
                paged, cursor, n_pages = [], None, 0
                while n_pages <= len(whole) + 1:
                    page = daemon.ask(query, limit=limit, **parameters, **({"cursor": cursor} if cursor else {}))
                    paged += page
                    equal(page.end["limit"], limit)
                    n_pages += 1
                    cursor = page.end["cursor"]
                    if not cursor:
                        break
                    equal(len(page), limit, "a page with another behind it")
                equal([drop_clock(r) for r in paged], [drop_clock(r) for r in whole], f"{query} by {limit}")


def drop_clock(row):
    return {k: v for k, v in row.items() if k != "waiting_ms"}


@test
def requests_of_one_connection_are_answered_in_their_order():
    with DemoDay() as daemon, daemon.query() as client:
        for _ in range(20):
            client.send({"query": "joins", "by": ["call_id"]}, {"query": "joins"}, {"query": "no such"},
                        {"query": "status"})
        for _ in range(20):
            assert len(client.rows()) > 10
            equal(only(client.rows())["attempts"], 400)
            refused("unknown-query", client.rows)
            assert "version" in only(client.rows())


@test
def one_who_asks_and_half_closes_gets_the_answer_and_the_end():
    with DemoDay() as daemon, daemon.query() as client:
        client.send({"query": "joins"})
        client.close_writing()
        equal(only(client.rows())["attempts"], 400)
        equal(client.read(), None)


@test
def an_app_can_be_looked_at_alone():
    with Daemon() as daemon:
        for app, attempts in (("shop", 3), ("bank", 2)):
            for n in range(attempts):
                daemon.tell({"source": "stream", "app": app, "events": Attempt(f"a{n}").cj("16", 1, 2).events})
        equal(only(daemon.ask("joins", app="shop"))["attempts"], 3)
        equal(only(daemon.ask("joins", app="bank"))["attempts"], 2)
        equal(only(daemon.ask("joins"))["attempts"], 5)
        equal(sum(r["attempts"] for r in daemon.ask("joins", app="other")), 0)
        equal(len(daemon.ask("attempt", id="a0", app="bank")), 2)


@test
def queries_lists_every_report_with_what_it_takes():
    with Daemon() as daemon:
        listed = {r["name"]: r for r in daemon.ask("queries")}
        for name in ("joins", "join-failures", "join-times", "stages", "attempt", "stuck", "conformance", "status",
                     "queries", "follow"):
            assert name in listed, name
            assert listed[name]["description"], name
        for key in ("call_type", "call_id", "sdk", "sdk_version", "sfu_id", "join_reason", "hour", "day"):
            assert key in listed["joins"]["by"] and key in listed["joins"]["where"], key
        parameters = {p["name"]: p for p in listed["attempt"]["parameters"]}
        equal((parameters["id"]["type"], parameters["id"]["required"]), ("text", True))


@test
def every_report_answers_under_each_of_its_keys():
    with DemoDay() as daemon:
        with daemon.query() as client:
            for report in client.ask("queries"):
                if report["name"] in ("follow", "queries", "status", "export"):  # no reports
                    continue
                needed = {p["name"]: DEMO_ATTEMPT for p in report["parameters"] if p["required"]}
                client.ask(report["name"], **needed)
                for key in report["by"]:
                    equal(client.ask(report["name"], by=[key], **needed).end["columns"][0], key, report["name"])
                for key in report["where"]:
                    client.ask(report["name"], where={key: "x"}, **needed)


@test
def status_counts_what_happened():
    with Daemon() as daemon:
        daemon.tell(generic(1), generic(1), "no json", Attempt("a1").begin(0, stage_id="s").line)
        row = only(daemon.ask("status"))
        has(row, state="ok", busy_code=None, stored=2, flagged=1, duplicate=1, rejected=1, pid=daemon.process.pid)
        epoch, last = row["epoch"], row["last_event_id"]
        assert row["database_bytes"] > 0 and row["uptime_ms"] >= 0
        daemon.terminate()
        daemon.start()
        row = only(daemon.ask("status"))
        has(row, epoch=epoch, last_event_id=last, stored=0)
    with Daemon() as other:
        assert only(other.ask("status"))["epoch"] != epoch, "two databases of one epoch"


# -------------------------------------------------------------------- follow

@test
def follow_tells_events_as_they_commit():
    with Daemon() as daemon, daemon.query() as follower:
        daemon.tell(generic(0))
        follower.send({"query": "follow"})
        time.sleep(0.3)
        for n in range(1, 6):
            daemon.tell(generic(n))
            row = follower.read()
            equal(row["timestamp_ms"], BASE_MS + n)
            assert row["cursor"].count(":") == 1, row


@test
def follow_goes_on_from_its_cursor_without_gap_or_repetition():
    with Daemon() as daemon:
        epoch = only(daemon.ask("status"))["epoch"]
        daemon.tell(*[generic(n) for n in range(2500)])
        with daemon.query() as follower:
            follower.send({"query": "follow", "cursor": f"{epoch}:0"})
            rows = [follower.read() for _ in range(1200)]
        with daemon.query() as follower:
            follower.send({"query": "follow", "cursor": rows[-1]["cursor"]})
            sender = threading.Thread(target=lambda: daemon.tell(*[generic(n) for n in range(2500, 4000)]))
            sender.start()
            rows += [follower.read() for _ in range(4000 - 1200)]
            sender.join()
        equal(len({r["cursor"] for r in rows}), 4000, "distinct cursors")
        ids = [int(r["cursor"].split(":")[1]) for r in rows]
        equal(ids, sorted(ids), "in the order of commits")
        equal(sorted(r["timestamp_ms"] - BASE_MS for r in rows), list(range(4000)))


@test
def follow_can_be_filtered_and_refuses_the_cursor_of_another_database():
    with Daemon() as daemon, daemon.query() as follower:
        epoch = only(daemon.ask("status"))["epoch"]
        daemon.tell({"source": "stream", "app": "shop", "event": generic(1)},
                    {"source": "stream", "app": "bank", "event": generic(2)},
                    {"source": "stream", "app": "shop", "event": generic(3)})
        follower.send({"query": "follow", "cursor": f"{epoch}:0", "app": "shop"})
        equal([follower.read()["timestamp_ms"] - BASE_MS for _ in range(2)], [1, 3])
        with daemon.query() as other:
            other.send({"query": "follow", "cursor": "0000000000000000:1"})
            error = other.read()["error"]
            equal(error["code"], "epoch-changed")
            assert error["hint"], error
        for bad in ("x", f"{epoch}:", f"{epoch}:x", f"{epoch}:-1", 7):
            with daemon.query() as other:
                other.send({"query": "follow", "cursor": bad})
                assert other.read()["error"]["code"] in ("bad-value", "epoch-changed"), bad


@test
def a_follower_that_does_not_read_holds_up_nobody():
    with Daemon() as daemon, daemon.query() as deaf:
        deaf.send({"query": "follow"})
        time.sleep(0.2)
        before_kb = daemon.rss_kb()
        began = time.monotonic()
        equal(daemon.tell(*[generic(n, x="y" * 500) for n in range(8000)]).ack["stored"], 8000)
        assert time.monotonic() - began < 20
        equal(only(daemon.ask("status"))["stored"], 8000)
        assert daemon.rss_kb() - before_kb < 30 * 1024 or sanitized(), f"grew by {daemon.rss_kb() - before_kb} KiB"
        equal([deaf.read()["timestamp_ms"] - BASE_MS for _ in range(8000)], list(range(8000)), "and all is told later")


@test
def a_stop_ends_the_followers():
    with Daemon() as daemon, daemon.query() as follower:
        follower.send({"query": "follow"})
        time.sleep(0.2)
        equal(daemon.terminate(), 0)
        equal(follower.read(), None)


run()
