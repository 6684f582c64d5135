"""All that the views say of the events, for comparing two daemons."""

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
    told = []
    for view in VIEWS:
        told += [f"{view}: only here: {row}" for row in got[view] if row not in want[view]]
        told += [f"{view}: only expected: {row}" for row in want[view] if row not in got[view]]
        if not told and got[view] != want[view]:
            told.append(f"{view}: rows in other numbers: {len(got[view])} and {len(want[view])}")
    return told
