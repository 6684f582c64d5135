"""ceiling: how much of what the store alone can do is left at the end of the ingest socket.

The ceiling is the store fed with decoded events in one thread, 1000 a commit. Beside each run of it stands one
of the real daemon with client processes that send as fast as they can and take every ack.
"""

from rig import VENDORS, Target, ceiling, corpus, median_of, spread, summary, whole_run

WANTED = {1: 0.85, 10: 0.85, 100: 0.85, 1000: 0.75}  # of the ceiling, by clients
WANTED_CPU_US = 13
WANTED_DB_BYTES = 210
WANTED_WRITTEN_BYTES = 900


def pairs_of(settings, kind, n_clients):
    made = corpus(settings, kind, settings.events)
    alone, whole = [], []
    for _ in range(settings.pairs):
        alone.append(ceiling(settings, made))
        whole.append(whole_run(settings, made, n_clients))
    result = {
        "ratio": summary([b["events_per_s"] / a["events_per_s"] for a, b in zip(alone, whole)]),
        "ceiling_events_per_s": summary([a["events_per_s"] for a in alone]),
        "events_per_s": summary([b["events_per_s"] for b in whole]),
        "cpu_us_per_event": summary([b["cpu_us_per_event"] for b in whole]),
        "db_bytes_per_event": summary([b["db_bytes_per_event"] for b in whole]),
        "bytes_written_per_event": summary([b["bytes_written_per_event"] for b in whole]),
        "ceiling_runs": alone,
        "runs": whole,
    }
    settings.say(f"  {kind:7}{n_clients:5} clients  {spread(result['events_per_s'], '{:,.0f}')}/s of "
                 f"{spread(result['ceiling_events_per_s'], '{:,.0f}')}/s: {spread(result['ratio'])}, "
                 f"{spread(result['cpu_us_per_event'], '{:.1f}')} us CPU")
    return result


def run(settings, _results):
    result = {}
    for kind in VENDORS:
        result[kind] = {str(n): pairs_of(settings, kind, n) for n in settings.clients}
        alone = [run for pairs in result[kind].values() for run in pairs["ceiling_runs"]]
        settings.say(f"  {kind:7} the store alone: append {median_of(alone, 'append_cpu_us_per_event'):.1f} us CPU, "
                     f"decode {median_of(alone, 'decode_cpu_us_per_event'):.1f} us CPU")
    return result


def targets(_settings, result):
    found = []
    for kind, by_clients in result.items():
        for n, pairs in by_clients.items():
            found.append(Target(f"{kind}, {n} clients: of the ceiling", ">=", WANTED.get(int(n), WANTED[1000]),
                                pairs["ratio"]["median"]))
        for key, name, wanted, unit in (("cpu_us_per_event", "daemon CPU", WANTED_CPU_US, "us/event"),
                                        ("db_bytes_per_event", "on disk", WANTED_DB_BYTES, "B/event"),
                                        ("bytes_written_per_event", "written", WANTED_WRITTEN_BYTES, "B/event")):
            worst, n = max((pairs[key]["median"], n) for n, pairs in by_clients.items())
            if key != "db_bytes_per_event" or kind == "mixed":
                found.append(Target(f"{kind}: {name} (worst: {n} clients)", "<=", wanted, worst, unit))
    return found
