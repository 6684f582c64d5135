"""pages: what the room on disk is taken by, and what the bytes are written for."""

import pages
from rig import Recorder, corpus, directory

N_CLIENTS = 10


def run(settings, _results):
    made = corpus(settings, "mixed", settings.events)
    with directory(settings) as where, Recorder(where) as recorder:
        found = pages.of_flood(recorder, made, N_CLIENTS)
    pages.show(settings, f"mixed, {N_CLIENTS} clients", found)
    return found


def targets(_settings, _result):
    return []   # it says why the others' are what they are
