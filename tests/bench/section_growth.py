"""growth: one database that grows, and what that does to it.

At each size: bytes per event, memory, every report that can be asked without an id, and the rate of ingest
beside that of a small database, in turn. Event time goes on from corpus to corpus without a gap, and each
begins with calls in progress. The small database has the events just before those that are measured and no
others: the same calls are in progress in both, and all that tells them apart is what has long been over.
"""

import os
import subprocess
import time
from datetime import datetime, timezone

import pages
from rig import LOAD, START, Corpus, Recorder, Target, corpus_command, directory, equal, run_json, spread, summary

WINDOW_MS = 5 * 60 * 1000
BUILT_IN = {"queries", "status", "follow", "export"}
QUICK_MS = 1.0  # what takes less counts as this in a ratio: there is only noise below
WANTED_RATE = 0.8
WANTED_WINDOW = 1.5
WANTED_JOINS_MS = 200


class Growing:
    """The big database, and where its corpus has got to."""

    def __init__(self, settings):
        self.settings = settings
        self.state = os.path.join(settings.work, "growth")
        self.start_s = int(datetime.strptime(START, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp())
        self.began_ms = self.start_s * 1000
        self.n_sent = self.n_stored = self.seed = 0
        # What the pairs of one size add does not reach the next.
        each = min(b - a for a, b in zip(settings.growth, settings.growth[1:])) * 9 // (10 * settings.pairs)
        self.warm_events = min(settings.growth[0], each * 2 // 3)
        self.slice_events = min(settings.slice_events, each - self.warm_events)

    def command(self, n_events):
        self.seed += 1
        return corpus_command(self.settings, "mixed", n_events, seed=1000 + self.seed, start=self.start_s)

    def count(self, got):
        self.n_sent += got["stored"] + got["duplicate"]
        self.n_stored += got["stored"]

    def go_on(self, recorder):
        """Find where event time has got to: there the next corpus begins."""
        self.newest_ms = recorder.value("SELECT max(timestamp_ms) FROM timeline WHERE timestamp_ms >= ?",
                                        self.start_s * 1000)
        self.start_s = self.newest_ms // 1000 + 1

    def pour(self, recorder, n_events):
        """As many events as they are made, through a pipe."""
        before = self.n_sent
        began = time.monotonic()
        with subprocess.Popen(self.command(n_events), stdout=subprocess.PIPE) as maker:
            got = run_json([LOAD, "--socket", recorder.ingest_socket, "flood", "-"], stdin=maker.stdout)
        took_s = time.monotonic() - began
        equal(maker.returncode, 0, "callmeter-corpus")
        self.count(got)
        self.go_on(recorder)
        equal(self.n_sent - before, n_events, "events stored or known")
        return took_s

    def files(self, where):
        """The events that make a small database, and those behind them that are measured."""
        made = subprocess.run(self.command(self.warm_events + self.slice_events), stdout=subprocess.PIPE, check=True)
        lines = made.stdout.splitlines(keepends=True)
        middle = len(lines) * self.warm_events // (self.warm_events + self.slice_events)
        return (write_corpus(os.path.join(where, "warm"), lines[:middle]),
                write_corpus(os.path.join(where, "slice"), lines[middle:]))


def write_corpus(path, lines):
    with open(path, "wb") as f:
        f.writelines(lines)
    return Corpus(path, len(lines))


def slices(settings, growing, big):
    """Ingest rate of the big one and of a small one, the same events, in turn."""
    big_runs, small_runs = [], []
    for _ in range(settings.pairs):
        with directory(settings) as where, directory(settings) as state, Recorder(state) as small:
            warm, made = growing.files(where)
            small.flood(warm, 1)
            growing.count(big.flood(warm, 1))
            small_runs.append(small.flood(made, 1))
            big_runs.append(big.flood(made, 1))
            small.stop()
        growing.count(big_runs[-1])
        equal(big_runs[-1]["events"], small_runs[-1]["events"], "events of the big and the small one")
        growing.go_on(big)
    return {"ratio": summary([a["events_per_s"] / b["events_per_s"] for a, b in zip(big_runs, small_runs)]),
            "events_per_s": summary([r["events_per_s"] for r in big_runs]),
            "small_events_per_s": summary([r["events_per_s"] for r in small_runs]),
            "cpu_us_per_event": summary([r["cpu_us_per_event"] for r in big_runs]),
            "small_cpu_us_per_event": summary([r["cpu_us_per_event"] for r in small_runs])}


def pages_of(state, warm, made, n_stored):
    with Recorder(state) as recorder:
        n_warm = recorder.flood(warm, 1)["stored"]
        return pages.of_flood(recorder, made, 1, n_stored + n_warm)


def whose_pages(settings, growing):
    """What the logs of the big one and of a small one are written of, by the same events."""
    with directory(settings) as where, directory(settings) as state:
        warm, made = growing.files(where)
        big = pages_of(growing.state, warm, made, growing.n_stored)
        small = pages_of(state, warm, made, 0)
    pages.show(settings, f"{growing.n_stored:,} events, and {growing.warm_events:,}", big, small)
    return {"big": big, "small": small}


def ask(settings, client, name, **window):
    """Milliseconds from the question to the end of its answer, several times."""
    took_ms, error = [], None
    began = time.monotonic()
    while len(took_ms) < settings.report_times and time.monotonic() - began < settings.report_s:
        client.send({"query": name, **window})
        asked = time.monotonic()
        while True:
            answer = client.read()
            assert answer is not None, f"{name}: the connection ended"
            if "end" in answer or "error" in answer:
                break
        took_ms.append((time.monotonic() - asked) * 1000)
        if "error" in answer:
            error = answer["error"]["code"]
            break
    rows = answer["end"]["rows"] if error is None else None
    return {**summary(took_ms), "rows": rows, "error": error}


def reports(settings, recorder, newest_ms):
    with recorder.query() as client:
        client.socket.settimeout(300)
        names = [row["name"] for row in client.ask("queries")
                 if row["name"] not in BUILT_IN and not any(p["required"] for p in row["parameters"])]
        assert names, "no report can be asked"
        window = {"since": newest_ms + 1 - WINDOW_MS, "until": newest_ms + 1}
        return {name: {"all": ask(settings, client, name), "window": ask(settings, client, name, **window)}
                for name in names}


def at_size(settings, growing, n_events):
    with Recorder(growing.state) as recorder:
        took_s = growing.pour(recorder, n_events - growing.n_sent)
        fed_kb, _ = recorder.seen.memory_kb()
        recorder.stop()
        size = recorder.database_bytes()
    with Recorder(growing.state) as recorder:
        newest_ms = growing.newest_ms
        result = {"events": growing.n_sent, "stored": growing.n_stored, "pour_s": took_s, "db_bytes": size,
                  "db_bytes_per_event": size / growing.n_stored, "rss_kb": fed_kb,
                  "spans_the_window": newest_ms - WINDOW_MS > growing.began_ms,
                  "reports": reports(settings, recorder, newest_ms)}
        result["rss_after_reports_kb"], _ = recorder.seen.memory_kb()
        result["ingest"] = slices(settings, growing, recorder)
        recorder.stop()
    return result


def run(settings, _results):
    growing = Growing(settings)
    os.mkdir(growing.state)
    result = {}
    for n in settings.growth:
        got = result[str(n)] = at_size(settings, growing, n)
        joins = got["reports"]["joins"]
        settings.say(f"  {got['events']:10,} events  {got['db_bytes_per_event']:.0f} B each, RSS "
                     f"{got['rss_kb'] / 1024:.1f} MiB; ingest {spread(got['ingest']['ratio'])} of a small one's "
                     f"{got['ingest']['small_events_per_s']['median']:,.0f}/s; joins {joins['all']['median']:.1f} ms, "
                     f"of 5 minutes {joins['window']['median']:.1f} ms")
    return {"sizes": result, "reports": table(settings, result), "pages": whose_pages(settings, growing)}


def table(settings, result):
    """How each report grew, from the size before the last to the last."""
    sizes = list(result)
    found = {}
    columns = "".join(f"{int(n):>13,}" for n in sizes)
    settings.say(f"  {'report, ms at':22}{columns}{columns}   (all history; then the last 5 minutes)")
    for name in result[sizes[-1]]["reports"]:
        rows = {part: [result[n]["reports"][name][part] for n in sizes] for part in ("all", "window")}
        settings.say(f"  {name:22}" + "".join(
            f"{got['error'] or format(got['median'], ',.1f'):>13}" for part in rows.values() for got in part))
        window = [max(got["median"], QUICK_MS) for got in rows["window"]]
        found[name] = {"window_ratio": window[-1] / window[-2] if len(window) > 1 else None,
                       "failed": [part for part, got in rows.items() if got[-1]["error"]]}
    return found


def targets(settings, result):
    last = str(settings.growth[-1])
    got = result["sizes"][last]
    found = [Target(f"ingest at {int(last):,} events: of that at {settings.growth[0]:,}", ">=", WANTED_RATE,
                    got["ingest"]["ratio"]["median"]),
             Target(f"joins of all history at {int(last):,}", "<", WANTED_JOINS_MS,
                    got["reports"]["joins"]["all"]["median"], "ms")]
    # Where all history is less than the window there is nothing to compare.
    if len(settings.growth) > 1 and result["sizes"][str(settings.growth[-2])]["spans_the_window"]:
        ratios = {name: report["window_ratio"] for name, report in result["reports"].items()}
        worst = max(ratios, key=ratios.get)
        found.append(Target(f"reports of 5 minutes at {int(last):,}: of {settings.growth[-2]:,} (worst: {worst})",
                            "<=", WANTED_WINDOW, ratios[worst]))
    found.append(Target(f"reports of 5 minutes that fail at {int(last):,}", "<=", 0,
                        sum("window" in report["failed"] for report in result["reports"].values())))
    return found
