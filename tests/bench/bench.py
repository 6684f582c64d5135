"""Measures callmeterd: what of the store's own rate it keeps, latency, growth, footprint, and its peers.

    make bench
    make bench BENCH="ceiling latency" BENCH_EVENTS=100000 BENCH_PAIRS=3

Everything is told as ratios of things measured in turn in one run, A B A B, with median, least and greatest:
machines differ, and one machine differs from itself. All samples go to bench.json. The variables:

    BENCH             sections (ceiling pages peer latency growth footprint)
    BENCH_EVENTS      events a run (300000)
    BENCH_PAIRS       pairs A B (5); of the peers BENCH_PEER_PAIRS (3)
    BENCH_CLIENTS     clients ("1 10 100 1000")
    BENCH_RATES       events a second of the latencies ("1000 10000 25000 50000"), for BENCH_SECONDS (10)
    BENCH_GROWTH      sizes, or the greatest of them (10000000)
    BENCH_DIR         where, on the disk that is to be measured (the build folder)
    BENCH_JSON        where the samples go (bench.json)
"""

import json
import os
import platform
import shutil
import sys
import tempfile
import time

import section_ceiling
import section_footprint
import section_growth
import section_latency
import section_pages
import section_peer
from rig import Settings

SECTIONS = {"ceiling": section_ceiling, "pages": section_pages, "peer": section_peer, "latency": section_latency,
            "growth": section_growth, "footprint": section_footprint}


def numbers(name, default):
    return tuple(int(word) for word in os.environ.get(name, "").split()) or default


def settings_of_environment():
    s = Settings()
    s.events, = numbers("BENCH_EVENTS", (s.events,))
    s.pairs, = numbers("BENCH_PAIRS", (s.pairs,))
    s.peer_pairs, = numbers("BENCH_PEER_PAIRS", (s.peer_pairs,))
    s.clients = numbers("BENCH_CLIENTS", s.clients)
    s.rates = numbers("BENCH_RATES", s.rates)
    s.latency_s = float(os.environ.get("BENCH_SECONDS") or s.latency_s)
    sizes = numbers("BENCH_GROWTH", s.growth)
    # One number is the greatest: the sizes a hundredth and a tenth of it come before.
    s.growth = sizes if len(sizes) > 1 else (sizes[0] // 100, sizes[0] // 10, sizes[0])
    return s


def machine():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as f:
        names = [line.split(":", 1)[1].strip() for line in f if line.startswith("model name")]
    return {"system": platform.platform(), "cpus": os.cpu_count(), "cpu": names[0] if names else platform.machine(),
            "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
            "load_average": os.getloadavg()}


def measure(settings, names):
    """Run the sections; give all there is to know."""
    results = {"machine": machine(), "began": time.time(), "sections": {}, "seconds": {},
               "settings": {k: v for k, v in vars(settings).items() if k != "made"}}
    targets = []
    for name in SECTIONS:   # in this order: footprint starts what growth has grown
        if name not in names:
            continue
        settings.say(f"{name}: {SECTIONS[name].__doc__.splitlines()[0].split(': ', 1)[1]}")
        began = time.monotonic()
        result = results["sections"][name] = SECTIONS[name].run(settings, results)
        results["seconds"][name] = time.monotonic() - began
        targets += SECTIONS[name].targets(settings, result)
    results["targets"] = [target.as_dict() for target in targets]
    return results


def print_targets(targets):
    width = max((len(t["name"]) for t in targets), default=0)
    for t in targets:
        figure = f"{t['figure']:,.4g}" if t["figure"] < 1000 else f"{t['figure']:,.0f}"
        verdict = "reached" if t["reached"] else "missed"
        print(f"  {verdict:8} {t['name']:{width}}  {figure} {t['unit']}  ({t['wanted']})")
    print(f"{sum(t['reached'] for t in targets)} of {len(targets)} targets reached")


def run(settings, names, where, json_path):
    settings.work = tempfile.mkdtemp(prefix="bench-", dir=where)
    try:
        results = measure(settings, names)
    finally:
        shutil.rmtree(settings.work, ignore_errors=True)
    with open(json_path, "w", encoding="utf-8") as f:
        json.dump(results, f, indent=1)
        f.write("\n")
    return results


def main():
    names = (sys.argv[1:] or os.environ.get("BENCH", "").split()) or list(SECTIONS)
    unknown = set(names) - set(SECTIONS)
    if unknown:
        sys.exit(f"no such section: {' '.join(sorted(unknown))}; there are {' '.join(SECTIONS)}")
    json_path = os.path.abspath(os.environ.get("BENCH_JSON") or "bench.json")
    results = run(settings_of_environment(), names, os.environ.get("BENCH_DIR") or os.getcwd(), json_path)
    print("targets:")
    print_targets(results["targets"])
    print(f"every sample is in {json_path}")


if __name__ == "__main__":
    main()
