"""A database of the schema before, with half of the events in it: the other half makes it what it would have been.

The half is recorded, then put into the tables as schema 7 had them, which is written down here once more.
"""

import re
import sqlite3
import uuid
from pathlib import Path

from harness import Daemon, corpus, equal, run, test
from views import differences, dump

SCHEMA = Path(__file__).resolve().parents[2] / "sql" / "schema"
EVENTS = ("stream_event", "ivs_event", "ivs_bridge_event", "hrtc_event", "spaces_event", "realtimekit_event")
SAME = ("dict", "origin", "user", "violation", "quarantine", "setting", "join_attempt", "connect")
NAMES = {"ivs_event": ("session_id",), "ivs_bridge_event": ("session_id",), "hrtc_event": ("room_id", "payload_room_id"),
         "spaces_event": ("topic", "context_topic"), "realtimekit_event": ("session_id", "flat_session_id")}


def columns(db, schema, table):
    return [row[1] for row in db.execute(f"PRAGMA {schema}.table_info({table})")]


def copy(db, table, **instead):
    """Rows of a table of the new file into the one of the old; @instead: what a column is made of."""
    names = columns(db, "main", table)
    values = ", ".join(instead.get(name, f'e."{name}"') for name in names)
    db.execute(f"INSERT INTO main.{table} ({', '.join(names)}) SELECT {values} FROM new.{table} AS e")


def copy_names(db):
    """Names were words of the dictionary and parts of other tables' rows; only what had events was a scope."""
    place = "(SELECT value FROM new.dict WHERE id = e.place)"
    copy(db, "session_scope", name=f"coalesce({place} || ' ', '') || e.name")
    used = " UNION ".join([f"SELECT scope FROM new.{table}" for table in EVENTS] +
                          ["SELECT scope FROM new.session", "SELECT session FROM new.stream_event WHERE session > 0"])
    db.execute(f"DELETE FROM main.session_scope WHERE id NOT IN ({used})")
    db.execute("INSERT OR IGNORE INTO main.dict (value) SELECT name FROM new.session_scope")
    copy(db, "session", session_id="(SELECT name FROM new.session_scope WHERE id = e.name)")
    copy(db, "participant")


def text_of(value):
    return str(uuid.UUID(bytes=value)) if isinstance(value, bytes) else value


def make_old(path, new_path):
    db = sqlite3.connect(path)
    for file in sorted(SCHEMA.glob("000[1-7]_*.sql")):
        text = file.read_text(encoding="utf-8")
        # What a schema step fills in is in the file that is copied.
        db.executescript(re.sub(r"^CREATE TRIGGER.*?^END;", "", text, flags=re.S | re.M))
    db.create_function("text_of", 1, text_of)
    db.execute("ATTACH ? AS new", (str(new_path),))
    for table in SAME:
        copy(db, table)
    copy_names(db)
    received = ("(SELECT received_us FROM new.receipt WHERE first_event_id <= e.event_id "
                "ORDER BY first_event_id DESC LIMIT 1)")
    # Stages that never complete had rows, too.
    db.execute("CREATE TEMP TABLE lone AS SELECT DISTINCT scope, stage_attempt AS stage_id FROM new.stream_event "
               "WHERE typeof(stage_attempt) IN ('blob', 'text')")
    copy(db, "stage_attempt", stage_id="text_of(e.stage_id)")
    db.execute("INSERT OR IGNORE INTO main.stage_attempt (scope, stage_id, lifecycle) "
               "SELECT scope, text_of(stage_id), 0 FROM lone")
    for table in EVENTS:
        copy(db, table, received_us=received, stage_attempt=(
            "CASE WHEN typeof(e.stage_attempt) = 'integer' OR e.stage_attempt IS NULL THEN e.stage_attempt ELSE "
            "(SELECT id FROM main.stage_attempt WHERE scope = e.scope AND stage_id = text_of(e.stage_attempt)) END"),
            tells_streams="CASE WHEN e.tells_streams IS NOT NULL THEN 1 END",
            **{column: "(SELECT d.id FROM new.session_scope AS n JOIN main.dict AS d ON d.value = n.name "
                       f"WHERE n.id = e.{column})" for column in NAMES.get(table, ())})
    milli = "CASE typeof(e.{0}) WHEN 'integer' THEN e.{0} / 1000.0 ELSE e.{0} END".format
    copy(db, "hrtc_item", event_id="e.id / 1024", n="e.id % 1024", jitter=milli("jitter"), loss=milli("loss"))
    # The triggers, as far as they go for what is there.
    db.execute("DELETE FROM setting WHERE name = 'last_stage_id_text'")
    for file in sorted(SCHEMA.glob("000[1-7]_*.sql")):
        for trigger in re.findall(r"^CREATE TRIGGER.*?^END;", file.read_text(encoding="utf-8"), flags=re.S | re.M):
            db.execute(trigger)
    application = db.execute("PRAGMA new.application_id").fetchone()[0]
    db.commit()
    db.execute("DETACH new")
    db.execute(f"PRAGMA application_id = {application}")
    db.execute("PRAGMA user_version = 7")
    db.commit()
    db.close()


def times(daemon):
    return daemon.rows("SELECT event_id, received_ms FROM client_events UNION ALL "
                       "SELECT event_id, received_ms FROM room_events ORDER BY 1")


@test
def half_a_record_of_the_schema_before_goes_on_as_if_it_were_of_this_one():
    made = corpus("--vendor", "all", "--attempts", "150", "--seed", "3", "--start", "2026-08-21T00:00:00Z",
                  "--span", "20m")[0]
    with Daemon() as daemon:
        equal(daemon.tell(*made).ack["rejected"], 0, "rejected")
        want = dump(daemon)
    half = len(made) // 2
    with Daemon() as daemon:
        daemon.tell(*made[:half])
        equal(daemon.terminate(), 0, "exit code")
        before, received = dump(daemon), times(daemon)
        database = Path(daemon.database)
        new_path = database.with_suffix(".new")
        for file in database.parent.glob("callmeter.db*"):
            file.rename(new_path.parent / file.name.replace("callmeter.db", new_path.name))
        make_old(database, new_path)
        daemon.start()
        told = differences(dump(daemon), before)
        assert not told, f"after the step: {len(told)} differences\n" + "\n".join(told[:12])
        equal(times(daemon), received, "when they were received")
        assert (database.parent / "callmeter.db.v7").exists(), "a copy of the old file is kept"
        equal(daemon.tell(*made[half:]).ack["rejected"], 0, "rejected")
        told = differences(dump(daemon), want)
        assert not told, f"{len(told)} differences\n" + "\n".join(told[:12])
        equal(sum(daemon.tell(*made).ack[k] for k in ("stored", "rejected")), 0, "stored once more")


run()
