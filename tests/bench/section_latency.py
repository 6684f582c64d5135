"""latency: how long after an event was due its ack is there, at rates that are kept whatever happens.

Beside each rate stands what the disk takes for a 4 KiB append and its fdatasync, before and after.
"""

import os

from rig import LOAD, Recorder, Target, corpus, directory, equal, run_json

CONNECTIONS = 4
WANTED = {10_000: 25, 25_000: 50}  # ack p99 over fdatasync p50, by rate


def disk(settings, where):
    return run_json([LOAD, "--milliseconds", int(settings.disk_s * 1000), "disk", os.path.join(where, "append")])


def at_rate(settings, made, rate):
    os.sync()  # what was measured before is not to be written while this is
    with directory(settings) as where, Recorder(os.path.join(where, "state")) as recorder:
        before = disk(settings, where)
        cpu_s = recorder.seen.cpu_s()
        got = run_json([LOAD, "--socket", recorder.ingest_socket, "--clients", CONNECTIONS, "--rate", rate,
                        "--milliseconds", int(settings.latency_s * 1000), "paced", made.path])
        got["cpu_us_per_event"] = (recorder.seen.cpu_s() - cpu_s) * 1e6 / got["lines"]
        after = disk(settings, where)
        recorder.stop()
    equal(got["lines"], int(rate * settings.latency_s), "lines sent")
    equal(got["stored"] + got["duplicate"], got["lines"], "events stored or known")
    sync_us = (before["p50_us"] + after["p50_us"]) / 2
    got.update(disk_before=before, disk_after=after, sync_p50_us=sync_us, p99_ratio=got["p99_us"] / max(sync_us, 1))
    settings.say(f"  {rate:6,}/s  ack p50 {got['p50_us'] / 1000:.2f} p99 {got['p99_us'] / 1000:.2f} "
                 f"p99.9 {got['p999_us'] / 1000:.2f} ms; append and fdatasync p50 "
                 f"{before['p50_us'] / 1000:.2f}, {after['p50_us'] / 1000:.2f} ms, p99 {before['p99_us'] / 1000:.2f}, "
                 f"{after['p99_us'] / 1000:.2f} ms: p99 is {got['p99_ratio']:.1f} of them; sent p99 "
                 f"{got['late_p99_us'] / 1000:.2f} ms late")
    return got


def run(settings, _results):
    made = corpus(settings, "stream", int(max(settings.rates) * settings.latency_s))
    return {str(rate): at_rate(settings, made, rate) for rate in settings.rates}


def targets(_settings, result):
    return [Target(f"ack p99 at {int(rate):,}/s: of append and fdatasync", "<=", WANTED[int(rate)], got["p99_ratio"])
            for rate, got in result.items() if int(rate) in WANTED]
