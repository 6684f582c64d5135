"""What somebody would write in an afternoon: GetStream's events from a Unix socket into SQLite.

    peer_server.py SOCKET DATABASE

A line of JSON is parsed, its events are rows, and it is acknowledged when they are on disk, in the words of
callmeterd. What arrives while a commit runs is the next commit's, up to BATCH events. Nothing is checked, and
an event that comes twice is there twice.
"""

import json
import os
import selectors
import signal
import socket
import sqlite3
import sys

BATCH = 1000
READ_BYTES = 64 * 1024

FIELDS = {
    "user_id": "TEXT", "type": "TEXT", "id": "TEXT", "stage": "TEXT", "stage_id": "TEXT", "join_attempt_id": "TEXT",
    "coordinator_connect_id": "TEXT", "event_type": "TEXT", "timestamp": "TEXT", "user_agent": "TEXT",
    "sdk_version": "TEXT", "peer_connection": "TEXT", "was_previously_connected": "INTEGER",
    "previously_connected_timestamp": "TEXT", "outcome": "TEXT", "retry_count_attempt": "INTEGER",
    "elapsed_time": "INTEGER", "call_session_id": "TEXT", "join_reason": "TEXT", "sfu_id": "TEXT",
    "track_id": "TEXT", "retry_failure_reason": "TEXT", "retry_failure_code": "TEXT", "ice_state": "TEXT",
    "screen_share_status": "TEXT", "microphone_permission_status": "TEXT", "camera_permission_status": "TEXT",
}
COLUMNS = ", ".join(FIELDS)

# The database is the same whoever fills it.
PREPARE = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE client_event (
    event_no INTEGER PRIMARY KEY,
    {", ".join(f"{name} {kind}" for name, kind in FIELDS.items())}
);
CREATE INDEX client_event_by_attempt ON client_event (join_attempt_id, timestamp);
CREATE INDEX client_event_by_time ON client_event (timestamp);
"""


class Client:
    def __init__(self, connection):
        self.socket = connection
        self.held = b""
        self.n_lines = self.n_stored = 0
        self.unacked = False

    def read(self, rows):
        """Whole lines into rows. False at the end."""
        data = self.socket.recv(READ_BYTES)
        *lines, self.held = (self.held + data).split(b"\n")
        for line in lines:
            events = json.loads(line)["events"]
            rows += [tuple(map(event.get, FIELDS)) for event in events]
            self.n_stored += len(events)
        self.n_lines += len(lines)
        self.unacked = self.unacked or bool(lines)
        return bool(data)

    def ack(self):
        self.unacked = False
        self.socket.sendall(b'{"ack":{"lines":%d,"stored":%d,"flagged":0,"duplicate":0,"rejected":0}}\n'
                            % (self.n_lines, self.n_stored))


def serve(path, db):
    insert = f"INSERT INTO client_event ({COLUMNS}) VALUES ({', '.join('?' * len(FIELDS))})"
    selector = selectors.DefaultSelector()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(1024)
    selector.register(listener, selectors.EVENT_READ)
    print("ready", flush=True)
    rows, waiting = [], []
    while True:
        # Wait only if there is nothing to commit.
        ready = selector.select(0 if waiting else None)
        for key, _ in ready:
            if key.data is None:
                connection, _ = listener.accept()
                selector.register(connection, selectors.EVENT_READ, Client(connection))
                continue
            if not key.data.read(rows):
                selector.unregister(key.fileobj)
            if key.data.unacked and key.data not in waiting:
                waiting.append(key.data)
        if waiting and (not ready or len(rows) >= BATCH):
            db.execute("BEGIN")
            db.executemany(insert, rows)
            db.execute("COMMIT")
            for client in waiting:
                client.ack()
            rows, waiting = [], []


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    database = sqlite3.connect(sys.argv[2], isolation_level=None)
    database.executescript(PREPARE)
    try:
        serve(sys.argv[1], database)
    finally:
        database.close()
        os.unlink(sys.argv[1])
