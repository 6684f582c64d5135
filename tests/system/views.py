"""All that the views say of the events, for comparing two daemons."""

import collections
import json

# Parts of other views, for the daemon's own use; what is rejected comes with the line it came on.
INTERNAL = ("_timeline", "_state", "_told")
NOT_OF_EVENTS = {"quarantined"}
# What tells of the arrival and not of the event.
ARRIVAL = {"event_id", "received_ms", "received", "pid"}


def public_views(daemon):
    names = [row["name"] for row in daemon.rows("select name from sqlite_master where type = 'view' order by name")]
    return [name for name in names if not name.endswith(INTERNAL) and name not in NOT_OF_EVENTS]


def dump(daemon):
    views = {}
    for view in public_views(daemon):
        rows = daemon.rows(f"select * from {view}")
        views[view] = sorted(json.dumps({k: v for k, v in row.items() if k not in ARRIVAL}, sort_keys=True)
                             for row in rows)
    return views


def differences(got, want):
    """Rows of the one and not of the other, for people."""
    told = []
    for view in sorted(set(got) | set(want)):
        here, there = collections.Counter(got.get(view, [])), collections.Counter(want.get(view, []))
        told += [f"{view}: only here: {row}" for row in here - there]
        told += [f"{view}: only expected: {row}" for row in there - here]
    return told
