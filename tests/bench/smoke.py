"""The benchmark, with a few thousand events: that its sections run and their figures can be believed.

Nothing is said about speed here.
"""

import functools
import json
import math
import os
import sqlite3
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, os.pardir, "system")]

import bench  # noqa: E402
import pages  # noqa: E402
from harness import PATIENCE_S, equal, run, test  # noqa: E402
from rig import LOAD, STORE, Recorder, Settings, Target  # noqa: E402

EVENTS = 2000


@functools.cache
def measured():
    """All of it, once; as it is read from the file."""
    settings = Settings(events=EVENTS, pairs=1, clients=(1, 20), peer_pairs=1, peer_clients=(2,), rates=(500, 4000),
                        latency_s=0.3, disk_s=0.05, growth=(1000, 2000, 5000), report_times=1, idle_s=0.2, starts=1,
                        warm="2m", quiet=True)
    with tempfile.TemporaryDirectory(dir=os.getcwd()) as where:
        path = os.path.join(where, "bench.json")
        bench.run(settings, list(bench.SECTIONS), where, path)
        equal(os.listdir(where), ["bench.json"], "what is left behind")
        with open(path, encoding="utf-8") as f:
            return json.load(f)


def section(name):
    return measured()["sections"][name]


def believable(figure, low, high):
    assert figure["min"] <= figure["median"] <= figure["max"], figure
    assert figure["samples"] and low <= figure["min"] and figure["max"] <= high, figure


def numbers(value):
    """Every number in it."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [n for v in value for n in numbers(v)]
    return [value] if isinstance(value, (int, float)) else []


@test
def every_section_tells_its_figures_and_every_target_has_one():
    results = measured()
    equal(list(results["sections"]), list(bench.SECTIONS), "sections")
    assert all(math.isfinite(n) for n in numbers(results))
    names = [t["name"] for t in results["targets"]]
    equal(len(set(names)), len(names), f"different names of {names}")
    # Of latency none: its rates are others here. Of growth not the window's: all history is shorter.
    equal(len(names), (2 * 2 + 5) + 1 + 0 + 3 + 4, f"targets {names}")


@test
def a_target_is_missed_by_what_does_not_reach_it():
    for sign, good, bad in ((">=", 2, 1.9), ("<=", 2, 2.1), ("<", 1.9, 2)):
        assert Target("t", sign, 2, good).as_dict()["reached"]
        assert not Target("t", sign, 2, bad).as_dict()["reached"]


@test
def the_ceiling_and_the_daemon_store_every_event_once():
    for kind in ("stream", "mixed"):
        pairs = section("ceiling")[kind]
        equal(sorted(pairs), ["1", "20"], "clients")
        stored = {run["stored"] for pair in pairs.values() for run in pair["runs"] + pair["ceiling_runs"]}
        equal(len(stored), 1, f"how many are stored, of {stored}")
        assert EVENTS * 0.9 < stored.pop() <= EVENTS
        for pair in pairs.values():
            believable(pair["ratio"], 0.001, 1000)
            believable(pair["cpu_us_per_event"], 0, 10_000)
            believable(pair["db_bytes_per_event"], 50, 5000)
            believable(pair["bytes_written_per_event"], 50, 50_000)


def pages_believable(found):
    """Its tables and indexes take what the file takes, and what was written is theirs."""
    objects = found["objects"]
    assert {"stream_event", "hrtc_event_by_time", "session", "sqlite_schema"} <= set(objects), list(objects)
    total = sum(o["log_pages_per_1000_events"] for o in objects.values())
    assert abs(total - found["log_pages_per_1000_events"]) < 0.01 * total, (total, found["log_pages_per_1000_events"])
    assert found["commits"] > 0 and 10 < total < 10_000, found
    assert objects["stream_event"]["log_pages_per_1000_events"] > 0, objects["stream_event"]


@test
def what_is_written_is_told_by_table():
    found = section("pages")
    pages_believable(found)
    on_disk = sum(o["db_bytes_per_event"] for o in found["objects"].values())
    whole = section("ceiling")["mixed"]["20"]["db_bytes_per_event"]["median"]
    assert 0.8 < on_disk / whole < 1.2, (on_disk, whole)
    for each in section("growth")["pages"].values():
        pages_believable(each)


@test
def a_page_is_told_under_the_table_it_is_of():
    with tempfile.TemporaryDirectory() as where:
        path = os.path.join(where, "some.db")
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA journal_mode = WAL")
            for name in ("one", "two", "six"):
                db.execute(f"CREATE TABLE {name} (a)")
            db.execute("CREATE UNIQUE INDEX one_by_a ON one (a)")
            db.execute("CREATE INDEX two_by_a ON two (a)")
            with pages.LogWatch(path) as log:
                for _ in range(3):
                    db.execute("INSERT INTO two VALUES (zeroblob(100))")
                    db.commit()
            found = pages.tell(path, log, 3, 3)
        db.close()
    equal(found["commits"], 3, "commits")
    equal({name: (o["log_pages_per_1000_events"], o["kind"]) for name, o in found["objects"].items()},
          {"one": (0, pages.ROWS), "two": (1000, pages.ROWS), "six": (0, pages.ROWS), "one_by_a": (0, pages.UNIQUE),
           "two_by_a": (1000, pages.SEARCHED), "sqlite_schema": (0, pages.OTHER)}, "pages a thousand events")
    equal([pages.total(found, kind, "log_pages_per_1000_events") for kind in (pages.ROWS, pages.SEARCHED, None)],
          [1000, 1000, 2000], "pages in all")


@test
def the_peers_take_the_same_events():
    peers = section("peer")
    equal(sorted(peers), ["server-2", "shell"], "peers")
    for peer in peers.values():
        believable(peer["ratio"], 0.001, 1000)
        assert 100 < peer["db_bytes_per_event"]["theirs"] < 5000, peer
    equal(peers["server-2"]["theirs"][0]["stored"], EVENTS, "stored, what comes twice too")


@test
def latencies_are_in_order_and_of_every_event():
    rates = section("latency")
    equal({rate: got["lines"] for rate, got in rates.items()}, {"500": 150, "4000": 1200}, "lines")
    for got in rates.values():
        assert 0 < got["p50_us"] <= got["p99_us"] <= got["p999_us"] <= got["max_us"], got
        assert got["disk_before"]["n"] > 0 and got["disk_after"]["n"] > 0, got
        # All of them in less time than they were due in would be no fixed rate.
        assert got["wall_s"] >= (got["lines"] - 1) / got["rate"], got


@test
def a_database_grows_and_answers_at_every_size():
    growth = section("growth")
    equal([got["events"] for got in growth["sizes"].values()], [1000, 2000, 5000], "events")
    for got in growth["sizes"].values():
        assert 0.9 * got["events"] < got["stored"] <= got["events"], got["stored"]
        believable(got["ingest"]["ratio"], 0.001, 1000)
        assert len(got["reports"]) >= 15, list(got["reports"])
        for name, report in got["reports"].items():
            for part in report.values():
                equal(part["error"], None, name)
        assert got["reports"]["joins"]["all"]["rows"] == 1 and got["reports"]["attempts"]["all"]["rows"] > 1
    few, many = (growth["sizes"][n]["reports"]["attempts"]["all"]["rows"] for n in ("1000", "5000"))
    assert few < many, (few, many)


@test
def a_footprint_is_that_of_a_running_daemon():
    got = section("footprint")
    for idle in (got["idle"], got["idle_with_watchdog"]):
        assert idle["rss_mb"] > 1 and idle["cpu_percent"] >= 0, idle
    assert got["busy"]["peak_rss_mb"] >= got["busy"]["rss_mb"]["max"] > 1, got["busy"]
    believable(got["start"]["start_ms"], 0.1, PATIENCE_S * 1000)
    assert got["start"]["db_bytes"] > got["start_empty"]["db_bytes"] > 0, got


def fails(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.returncode != 0, f"{command} went well: {done.stdout}"
    return done.stderr


@test
def what_is_rejected_or_not_answered_is_no_measurement():
    with tempfile.TemporaryDirectory() as where:
        bad = os.path.join(where, "bad")
        with open(bad, "w", encoding="ascii") as f:
            f.write('{"events":[{"stage":"JoinInitiated"}]}\nno event\n')
        with Recorder(os.path.join(where, "state")) as recorder:
            to = ["--socket", recorder.ingest_socket]
            assert "rejected" in fails(LOAD, *to, "flood", bad)
            assert "rejected" in fails(LOAD, *to, "--clients", "2", "flood", bad)
            assert "rejected" in fails(LOAD, *to, "--rate", "1000", "paced", bad)
            recorder.stop()
            assert recorder.ingest_socket in fails(LOAD, *to, "flood", bad)
        store = os.path.join(where, "store")
        os.mkdir(store)
        assert "rejected" in fails(STORE, "--dir", store, bad)
        with open(bad, "w", encoding="ascii") as f:
            f.write("{}")
        assert "no end" in fails(STORE, "--dir", store, bad)


@test
def more_clients_than_calls_are_no_fault():
    with tempfile.TemporaryDirectory() as where:
        few = os.path.join(where, "few")
        with open(few, "w", encoding="ascii") as f:
            for second in range(3):
                f.write('{"events":[{"stage":"CoordinatorWS","event_type":"initiated","stage_id":"s","user_id":"u",'
                        f'"coordinator_connect_id":"c","timestamp":"2026-08-21T00:00:0{second}Z"}}]}}\n')
        with Recorder(os.path.join(where, "state")) as recorder:
            done = subprocess.run([LOAD, "--socket", recorder.ingest_socket, "--clients", "5", "flood", few],
                                  capture_output=True, check=True)
            equal(json.loads(done.stdout)["stored"], 3, "stored")


run()
