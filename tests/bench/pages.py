"""Which tables and indexes a database's room is taken by, and whose pages its log is written of.

A page is the unit of writing: a row of 20 bytes that meets no other of its commit costs one in the log, and
another one at the next checkpoint. So what is written is told by how many pages of what a commit changes.
"""

import collections
import contextlib
import os
import sqlite3
import struct
import threading

# https://www.sqlite.org/fileformat2.html#walformat
HEADER_BYTES = 32
FRAME_HEADER_BYTES = 24
SALTS = slice(16, 24)        # of the header
FRAME_SALTS = slice(8, 16)
LOOK_EVERY_S = 0.02


class LogWatch:
    """Counts the pages that are written to a log while it is there; few may be missed where the log begins anew."""

    def __init__(self, database):
        self.path = database + "-wal"
        self.pages, self.commits = collections.Counter(), 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def __enter__(self):
        self.fd = os.open(self.path, os.O_RDONLY)
        self.salts, self.at = None, HEADER_BYTES
        self.look()     # past what was written before
        self.pages.clear()
        self.commits = 0
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        self.thread.join()
        self.look()
        os.close(self.fd)

    def watch(self):
        while not self.over.wait(LOOK_EVERY_S):
            self.look()

    def frames(self, salts, at, frame_bytes):
        """The numbers of the pages from there on, and whether a commit ends with each."""
        while True:
            header = os.pread(self.fd, FRAME_HEADER_BYTES, at)
            if len(header) < FRAME_HEADER_BYTES or header[FRAME_SALTS] != salts:
                return
            page, commit = struct.unpack(">2I", header[:8])
            yield page, commit > 0
            at += frame_bytes

    def header(self):
        header = os.pread(self.fd, HEADER_BYTES, 0)
        if len(header) < HEADER_BYTES:
            return None, 0
        return header[SALTS], FRAME_HEADER_BYTES + struct.unpack(">I", header[8:12])[0]

    def look(self):
        salts, frame_bytes = self.header()
        if salts != self.salts:
            self.salts, self.at = salts, HEADER_BYTES
        for page, ends in self.frames(salts, self.at, frame_bytes):
            self.pages[page] += 1
            self.commits += ends
            self.at += frame_bytes


ROWS, UNIQUE, SEARCHED, OTHER = KINDS = ("rows", "indexes that keep them unique", "indexes that are only searched",
                                        "the file itself")


def kinds(db):
    """What a table or index is for. Without those that are only searched nobody finds anything, but all would be there."""
    tables = [name for name, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = dict.fromkeys(tables, ROWS)
    for table in tables:
        found.update((name, UNIQUE if unique else SEARCHED)
                     for _, name, unique, *_ in db.execute(f"PRAGMA index_list({table})"))
    return found


def tell(database, log, n_events, n_stored):
    """For each table and index: its bytes for an event that is stored, its pages in the log for 1,000 sent."""
    names, room = {}, collections.Counter()
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        for page, name, size in db.execute("SELECT pageno, name, pgsize FROM dbstat"):
            names[page] = name
            room[name] += size
        of_kind = kinds(db)
    written = collections.Counter()
    for page, n in log.pages.items():
        written[names.get(page, "(free or of the file itself)")] += n
    return {"commits": log.commits,
            "log_pages_per_1000_events": sum(written.values()) * 1000 / n_events,
            "objects": {name: {"kind": of_kind.get(name, OTHER), "db_bytes_per_event": room[name] / n_stored,
                               "log_pages_per_1000_events": written[name] * 1000 / n_events}
                        for name in sorted(room.keys() | written.keys())}}


def of_flood(recorder, made, n_clients, n_before=0):
    """What a corpus costs a recorder that has stored @n_before events; stops it."""
    with LogWatch(recorder.database) as log:
        got = recorder.flood(made, n_clients)
    recorder.stop()
    return tell(recorder.database, log, got["events"], n_before + got["stored"])


def total(found, kind, key):
    return sum(o[key] for o in found["objects"].values() if kind in (None, o["kind"]))


def show(settings, title, found, *beside, rows=16):
    """The greatest writers, and what they are for; @beside: what other databases have in their place."""
    settings.say(f"  {title}: pages in the log for 1,000 events, and bytes for an event on disk")
    keys = ("log_pages_per_1000_events", "db_bytes_per_event")
    objects = found["objects"]
    most = sorted(objects, key=lambda n: (-objects[n][keys[0]], n))[:rows]
    for name in most:
        settings.say(f"    {name:34}" + "".join(
            f"{each['objects'].get(name, {}).get(key, 0):8.1f}" for each in (found, *beside) for key in keys))
    for kind in (*KINDS, None):
        settings.say(f"    {kind or 'all':34}" + "".join(
            f"{total(each, kind, key):8.1f}" for each in (found, *beside) for key in keys))
