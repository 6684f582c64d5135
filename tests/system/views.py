"""All that the views say of the events, for comparing two daemons."""

import collections
import json

VIEWS = ("client_events", "join_attempts", "stage_attempts", "connects", "timeline", "violations")
# What tells of the arrival and not of the event.
ARRIVAL = {"event_id", "received_ms", "received", "pid"}


def dump(daemon):
    views = {}
    for view in VIEWS:
        rows = daemon.rows(f"select * from {view}")
        views[view] = sorted(json.dumps({k: v for k, v in row.items() if k not in ARRIVAL}, sort_keys=True)
                             for row in rows)
    return views


def differences(got, want):
    """Rows of the one and not of the other, for people."""
    told = []
    for view in VIEWS:
        here, there = collections.Counter(got[view]), collections.Counter(want[view])
        told += [f"{view}: only here: {row}" for row in here - there]
        told += [f"{view}: only expected: {row}" for row in there - here]
    return told
