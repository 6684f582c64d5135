"""What the SQL tests share: the .sql files as the daemon puts them together.

The expander is written from the form of a report file, not from the daemon's, so that the two
check each other.
"""

import json
import re
import sqlite3
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOREVER = {"since_ms": 0, "until_ms": 2**63 - 1, "app": None, "limit": 1000, "offset": 0}


def listed(folder):
    """Names and texts of a folder's files, in the order its local.mk gives."""
    names = re.findall(rf"sql/{folder}/(\w+)\.sql", (ROOT / "sql" / folder / "local.mk").read_text())
    return [(n, (ROOT / "sql" / folder / f"{n}.sql").read_text()) for n in names]


def each_vendor(text):
    """What stands between $each and $end, once for each vendor's part of the timeline."""
    parts = [name for name, _ in listed("view") if name.endswith("_timeline")]
    return re.sub(r"\t\$each\n(.*?)\t\$end\n",
                  lambda m: "UNION ALL\n".join(m[1].replace("$view", p) for p in parts),
                  text, flags=re.S)


class Numbers:
    """The daemon's aggregates, but exact."""

    def __init__(self):
        self.values = []

    def step(self, x, *given):
        self.given = given
        if x is not None:
            self.values.append(x)

    def at(self, q):
        return self.values[round(q * (len(self.values) - 1))]

    def finalize(self):
        self.values.sort()
        return self.told() if self.values else None


class Quantile(Numbers):
    def told(self):
        return self.at(*self.given)


class Spread(Numbers):
    def told(self):
        n = len(self.values)
        of = {f"p{q}": self.at(q / 100) for q in (50, 75, 90, 95)}
        at_least = [sum(x >= limit for x in self.values) / n for limit in self.given]
        return json.dumps({"n": n, "avg": sum(self.values) / n, "min": self.at(0), "max": self.at(1),
                           "at_least": at_least, **of})


def open_database(path=":memory:"):
    db = sqlite3.connect(path)
    for folder in ("schema", "view"):
        for _, text in listed(folder):
            db.executescript(each_vendor(text))
    db.execute("PRAGMA trusted_schema = 0")  # as the daemon's readers have it: what views may not call fails here
    db.create_aggregate("quantile", 2, Quantile)
    db.create_aggregate("spread", -1, Spread)
    return db


def received(db, event_id, at_us):
    """Have it that the event came at that time. Returns its id."""
    db.execute("INSERT INTO receipt (first_event_id, received_us) VALUES (?, ?)", (event_id, at_us))
    return event_id


def name_id(db, key, source, app, name, place=0):
    """The id of what bears the name: @key, if none did so far. All but the name are ids."""
    db.execute("INSERT OR IGNORE INTO session_scope (id, source, app, place, name) VALUES (?, ?, ?, ?, ?)",
               (key, source, app, place, name))
    return db.execute("SELECT id FROM session_scope WHERE name = ? AND app = ? AND source = ? AND place = ?",
                      (name, app, source, place)).fetchone()[0]


def element(insert, db, event_id, n, **row):
    """An element of an HRTC event, and what of it stands in the event's row too."""
    # As integers, these two would be thousandths.
    held = {k: float(v) if k in ("jitter", "loss") and v is not None else v for k, v in row.items()}
    insert("hrtc_item", id=event_id * 1024 + n, **held)
    for column, value in (("local_rtt", row.get("rtt") if row.get("is_remote") == 0 else None),
                          ("tells_streams", row.get("is_screen"))):
        db.execute(f"UPDATE hrtc_event SET {column} = coalesce({column}, ?) WHERE event_id = ?", (value, event_id))


class Report:
    def __init__(self, name, text):
        self.name = name
        self.params, self.by, self.where = {}, {}, {}
        self.allowed, self.paging, self.having = {}, False, set()
        self.time_keys = []
        head = True
        body = []
        for line in text.replace("\n--\t", " ").splitlines():
            head = head and line.startswith("--")
            if not head:
                body.append(line)
                continue
            if m := re.match(r"-- param (\w+) (text|int|time|bool|range|enum)(?:\(([\w, ]+)\))?(!?):(.*)", line):
                self.params[m[1]] = (m[2], bool(m[4]))
                if m[2] == "enum":
                    self.allowed[m[1]] = m[3].split(", ")
            elif line == "-- paging":
                self.paging = True
            elif m := re.match(r"-- (by|where|having) (\w+)( time)?: (.+)", line):
                if m[1] == "having":
                    self.having.add(m[2])
                (self.by if m[1] == "by" else self.where)[m[2]] = m[4]
                if m[3]:
                    self.time_keys.append(m[2])
            elif re.fullmatch(r"-- json \w+", line):
                pass  # how the daemon tells the column; a row here has its text
            elif re.match(r"-- (param|by|where|having|json) ", line):
                raise ValueError(f"{name}: cannot read: {line}")
        self.body = "\n".join(body)
        self.title = text.splitlines()[0]

    def expand(self, by=(), where=()):
        exprs = {**self.where, **self.by}
        sql = self.body
        sql = sql.replace("$by", "".join(f"{self.by[k]} AS {k}, " for k in by))
        sql = sql.replace("$keys", "".join(f"{k}, " for k in by))
        sql = sql.replace("$group", "GROUP BY " + (", ".join(self.by[k] for k in by) or "NULL"))
        sql = sql.replace("$sort", "".join(f"{k}, " for k in by if k in self.time_keys))
        for mark, had in (("$where", False), ("$having", True)):
            sql = sql.replace(mark, "".join(f" AND ({exprs[k]}) IS :w{i}" for i, k in enumerate(where)
                                            if (k in self.having) == had))
        return sql + "\nLIMIT :limit OFFSET :offset"

    def nothing(self):
        """The parameters when none is given."""
        ends = ("_least", "_most")
        return {p + end: None for p, (kind, _) in self.params.items() for end in (ends if kind == "range" else ("",))}

    def run(self, db, by=(), where=None, **given):
        """The rows as dicts, columns in order."""
        where = where or {}
        values = {**FOREVER, "now_ms": 0, **self.nothing(), **given}
        values.update({f"w{i}": v for i, v in enumerate(where.values())})
        q = db.execute(self.expand(by, where), values)
        columns = [c[0] for c in q.description]
        return [dict(zip(columns, row)) for row in q]


def reports():
    return {name: Report(name, text) for name, text in listed("report")}
