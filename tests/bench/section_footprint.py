"""footprint: what the recorder takes when it has nothing to do, when it has too much, and to start."""

import os
import threading
import time

from rig import Recorder, Target, corpus, directory, summary

WATCHDOG_USEC = 30_000_000  # the unit's
WANTED_IDLE_MB = 12
WANTED_BUSY_MB = 64
WANTED_CPU_PERCENT = 0.05   # 0.0, as top shows it


def idle(settings, **env):
    """A fresh recorder, left alone."""
    with directory(settings) as where, Recorder(where, env=env) as recorder:
        time.sleep(min(1.0, settings.idle_s))
        seen = recorder.seen
        rss_kb, _ = seen.memory_kb()
        ticks_s, fine_s, wakeups = seen.cpu_s(), seen.fine_cpu_s(), seen.wakeups()
        time.sleep(settings.idle_s)
        ticks_s = seen.cpu_s() - ticks_s
        cpu_s = ticks_s if fine_s is None else seen.fine_cpu_s() - fine_s
        result = {"rss_mb": rss_kb / 1024, "cpu_percent": 100 * cpu_s / settings.idle_s, "cpu_ticks_s": ticks_s,
                  "wakeups": seen.wakeups() - wakeups, "seconds": settings.idle_s}
        recorder.stop()
    return result


def busy(settings):
    """As many clients as there may be, all sending all they can."""
    made = corpus(settings, "mixed", settings.events)
    samples_kb, over = [], threading.Event()
    with directory(settings) as where, Recorder(where) as recorder:
        def watch():
            while not over.wait(0.05):
                samples_kb.append(recorder.seen.memory_kb()[0])

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            got = recorder.flood(made, max(settings.clients))
        finally:
            over.set()
            watcher.join()
        _, peak_kb = recorder.seen.memory_kb()
        recorder.stop()
    return {"clients": got["clients"], "events_per_s": got["events_per_s"], "peak_rss_mb": peak_kb / 1024,
            "rss_mb": summary([kb / 1024 for kb in samples_kb or [peak_kb]])}


def start(settings, state):
    """From exec to READY=1, with a database of some size."""
    took_s = []
    for _ in range(settings.starts):
        with Recorder(state) as recorder:
            took_s.append(recorder.start_s)
            recorder.stop()
            size = recorder.database_bytes()
    return {"db_bytes": size, "start_ms": summary([s * 1000 for s in took_s])}


def run(settings, _results):
    result = {"idle": idle(settings), "idle_with_watchdog": idle(settings, WATCHDOG_USEC=str(WATCHDOG_USEC)),
              "busy": busy(settings)}
    grown = os.path.join(settings.work, "growth")
    if os.path.isdir(grown):
        result["start"] = start(settings, grown)
    with directory(settings) as where:
        result["start_empty"] = start(settings, where)
    for name in ("idle", "idle_with_watchdog"):
        got = result[name]
        settings.say(f"  {name.replace('_', ' '):20} RSS {got['rss_mb']:.1f} MiB, {got['cpu_percent']:.4f} % CPU, "
                     f"{got['wakeups']} wakeups in {got['seconds']:g} s")
    got = result["busy"]
    settings.say(f"  {got['clients']} clients at once   RSS at most {got['peak_rss_mb']:.1f} MiB")
    for name in ("start_empty", "start"):
        if name in result:
            settings.say(f"  start               {result[name]['start_ms']['median']:.0f} ms with "
                         f"{result[name]['db_bytes'] / 1e6:,.1f} MB")
    return result


def targets(_settings, result):
    found = [Target("RSS idle", "<=", WANTED_IDLE_MB, result["idle"]["rss_mb"], "MiB"),
             Target(f"RSS with {result['busy']['clients']} clients under full load", "<=", WANTED_BUSY_MB,
                    result["busy"]["peak_rss_mb"], "MiB")]
    for name in ("idle", "idle_with_watchdog"):
        found.append(Target(f"CPU {name.replace('_', ' ')}", "<", WANTED_CPU_PERCENT, result[name]["cpu_percent"],
                            "%"))
    return found
