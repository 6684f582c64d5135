"""A small recorded day, written by INSERTs: what the views and reports are asked about.

web (uid 1001)     A1 ana   joined    publish and subscribe connect, first frames come
                   A2 bo    failed    subscribe: ICE_CONNECTIVITY_FAILED, one minute later
                   A3 bo    failed    the same, two hours later, on another SFU
mobile (uid 1002)  B1 cy    aborted   CoordinatorJoin: CLIENT_ABORTED
                   B2 cy    abandoned only its JoinInitiated came
                   B3 dee   open      WSJoin began two seconds ago
Connection k1 carries A1 and A2 and was reported; k2 carries B3 and was not; k3 failed and carries
nothing. One event of no stage belongs to nothing at all.
"""

import callmeter_sql
import time

MS = 1000
MINUTE = 60_000 * MS
T0 = 1787311965000 * MS  # 2026-08-21T11:32:45.000Z
NOW_MS = int(time.time() * 1000)
REACT = "stream-video-react-v1.35.0|os=Windows 11|client_bundle=browser-esm"
LIFECYCLE = ("CoordinatorWS", "CoordinatorJoin", "WSJoin", "PeerConnectionConnect")
DICT = """call_type call_id stage event_type user_agent sdk_version peer_connection outcome join_reason
	sfu retry_failure_code ice_state screen_share_status microphone_permission_status
	camera_permission_status""".split()


class Recorded:
    def __init__(self):
        self.db = callmeter_sql.open_database()
        self.next_id = 100
        self.n_digests = 0
        self.event_ids = {}
        self.insert("setting", name="attempt_timeout_ms", value=60000)
        self.origin = {app: self.insert("origin", app=self.word(app), uid=uid, gid=uid, pid=uid + 1)
                       for app, uid in (("web", 1001), ("mobile", 1002))}
        self.users = {u: self.insert("user", app=self.word(app), user_id=u)
                      for u, app in (("ana", "web"), ("bo", "web"), ("cy", "mobile"), ("dee", "mobile"))}
        self.sessions = {}

    def insert(self, table, **row):
        row = {k: v for k, v in row.items() if v is not None}
        return self.db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES "
                               f"({', '.join('?' * len(row))})", list(row.values())).lastrowid

    def word(self, value):
        if value is None:
            return None
        self.db.execute("INSERT OR IGNORE INTO dict (value) VALUES (?)", (value,))
        return self.db.execute("SELECT id FROM dict WHERE value = ?", (value,)).fetchone()[0]

    def scope(self):
        self.next_id += 1
        return self.next_id

    def stage_attempt(self, scope, stage_id, lifecycle):
        row = self.db.execute("SELECT id FROM stage_attempt WHERE scope = ? AND stage_id = ?",
                              (scope, stage_id)).fetchone()
        return row[0] if row else self.insert("stage_attempt", scope=scope, stage_id=stage_id,
                                              lifecycle=lifecycle)

    def event(self, scope, at_us, app="web", stage_id=None, user=None, **fields):
        stage, event_type = fields.get("stage"), fields.get("event_type")
        row = {k: self.word(v) if k in DICT else v for k, v in fields.items()}
        if stage_id:
            row["stage_attempt"] = self.stage_attempt(scope, stage_id, stage in LIFECYCLE)
        self.n_digests += 1
        event_id = self.insert("stream_event", scope=scope, at_us=at_us, digest=self.n_digests,
                               origin=self.origin[app],
                               user=self.users.get(user), **row)
        callmeter_sql.received(self.db, event_id, at_us + 250 * MS)
        if stage_id and stage in LIFECYCLE:
            self.db.execute(f"UPDATE stage_attempt SET {event_type}_event = ? WHERE id = ?",
                            (event_id, row["stage_attempt"]))
        return event_id

    def stage(self, scope, begin_us, took_ms, stage, stage_id, outcome=None, code=None, reason=None,
              ice_state=None, retries=0, elapsed=True, **fields):
        """An initiated event, and a completed one if there is an outcome. Returns the last's id."""
        last = self.event(scope, begin_us, stage=stage, stage_id=stage_id, event_type="initiated",
                          **fields)
        if outcome:
            last = self.event(scope, begin_us + took_ms * MS, stage=stage, stage_id=stage_id,
                              event_type="completed", outcome=outcome, retry_failure_code=code,
                              retry_failure_reason=reason, ice_state=ice_state,
                              retry_count_attempt=retries,
                              elapsed_time_ms=took_ms if elapsed else None, **fields)
        return last

    def attempt(self, key, join_attempt_id, app, outcome, started_us, last_us, user, **fields):
        row = {k: self.word(v) if k in ("failed_stage", "failed_peer_connection", "failure_code",
                                        "call_type", "call_id", "join_reason", "sfu", "sdk",
                                        "sdk_version", "microphone", "camera") else v
               for k, v in fields.items()}
        self.insert("join_attempt", id=key, app=self.word(app), join_attempt_id=join_attempt_id,
                    outcome=outcome, started_us=started_us, last_us=last_us,
                    user=self.users[user], fold=b"",
                    **{**dict(retries=0, reconnects=0, n_events=1, n_violations=0), **row})

    def connect(self, connect_id, app, started_us, last_us, n_events, **fields):
        return self.insert("connect", id=self.scope(), app=self.word(app),
                           coordinator_connect_id=connect_id, started_us=started_us,
                           last_us=last_us, n_events=n_events, **fields)


def attempt_a(r, key, aid, start, user, k, sfu, ok):
    call = dict(user=user, call_type="default", call_id="standup", connect=k, user_agent=REACT,
                sdk_version="1.35.0")
    call["session"] = r.sessions["s9"]
    sid = aid.removeprefix("attempt-")
    r.event(key, start, stage="JoinInitiated", event_type="initiated", sender_id=f"msg-{sid}", **call)
    r.event(key, start + 3 * MS, stage="MediaDevicePermission", event_type="initiated",
            stage_id=f"{sid}-perm", microphone_permission_status="GRANTED",
            camera_permission_status="FAILED", screen_share_status="NOT_INITIATED", **call)
    r.stage(key, start + 10 * MS, 640, "CoordinatorJoin", f"{sid}-join", "success", retries=1,
            join_reason="first-attempt", **call)
    r.stage(key, start + 700 * MS, 180, "WSJoin", f"{sid}-ws", "success", sfu=sfu, elapsed=False,
            **call)
    last = r.stage(key, start + 900 * MS + 123, 400 if ok else 15020, "PeerConnectionConnect",
                   f"{sid}-sub", "success" if ok else "failure", peer_connection="subscribe",
                   code=None if ok else "ICE_CONNECTIVITY_FAILED",
                   reason=None if ok else "no pair connected", ice_state="CONNECTED" if ok else "FAILED",
                   was_previously_connected=0, sfu=sfu, **call)
    if ok:
        r.stage(key, start + 910 * MS, 300, "PeerConnectionConnect", f"{sid}-pub", "success",
                peer_connection="publish", was_previously_connected=0, sfu=sfu, **call)
        r.event(key, start + 1500 * MS, stage="FirstAudioFrame", event_type="initiated",
                stage_id=f"{sid}-audio", sfu=sfu, **call)
        last = r.event(key, start + 1900 * MS, stage="FirstVideoFrame", event_type="initiated",
                       stage_id=f"{sid}-video", sfu=sfu, track_id="TR_1", extra='{"call_cid":"x"}',
                       previously_connected_us=start, **call)
    common = dict(call_type="default", call_id="standup", session=r.sessions["s9"], connect=k,
                  join_reason="first-attempt", sfu=sfu, sdk="stream-video-react", sdk_version="1.35.0",
                  microphone="GRANTED", camera="FAILED", retries=1)
    if ok:
        r.attempt(key, aid, "web", 1, start, start + 1900 * MS, user, joined_us=start + 1210 * MS,
                  first_audio_us=start + 1500 * MS, first_video_us=start + 1900 * MS, n_events=12,
                  **common)
    else:
        r.attempt(key, aid, "web", 2, start, start + 15920 * MS + 123, user, n_events=8, n_violations=1,
                  failed_stage="PeerConnectionConnect", failed_peer_connection="subscribe",
                  failure_code="ICE_CONNECTIVITY_FAILED", failure_event=last, **common)
        r.insert("violation", event_id=last, field=r.word("sfu_id"), rule=r.word("pattern"))
    return last


def record():
    r = Recorded()
    r.sessions["s9"] = callmeter_sql.name_id(r.db, r.scope(), r.word("stream"), r.word("web"), "s9")
    k1 = r.connect("k1", "web", T0 - 900 * MS, T0 + MINUTE + 15920 * MS, 22)
    k2 = r.connect("k2", "mobile", (NOW_MS - 3000) * MS, (NOW_MS - 2000) * MS, 1)
    k3 = r.connect("k3", "mobile", T0, T0 + 5000 * MS, 2)
    for k, at, took, app, user, outcome in ((k1, T0 - 900 * MS, 212, "web", "ana", "success"),
                                            (k3, T0, 5000, "mobile", "cy", "failure")):
        done = r.stage(k, at, took, "CoordinatorWS", f"ws-{k}", outcome, app=app, user=user, connect=k,
                       user_agent=REACT, sdk_version="1.35.0",
                       code="NETWORK_OFFLINE" if outcome == "failure" else None)
        r.db.execute("UPDATE connect SET initiated_event = ?, completed_event = ? WHERE id = ?",
                     (done - 1, done, k))
    r.insert("violation", event_id=done, field=r.word("retry_failure_reason"), rule=r.word("required"))

    a1, a2, a3, b1, b2, b3 = (r.scope() for _ in range(6))
    attempt_a(r, a1, "attempt-a1", T0, "ana", k1, "sfu-fra1-07", True)
    attempt_a(r, a2, "attempt-a2", T0 + MINUTE, "bo", k1, "sfu-fra1-07", False)
    attempt_a(r, a3, "attempt-a22", T0 + 120 * MINUTE, "bo", None, "sfu-iad2-01", False)

    swift = dict(app="mobile", user="cy", call_type="livestream", call_id="townhall")
    last = r.stage(b1, T0, 80, "CoordinatorJoin", "b1-join", "failure", code="CLIENT_ABORTED",
                   reason="superseded by a new join attempt", **swift)
    r.attempt(b1, "b1", "mobile", 3, T0, T0 + 80 * MS, "cy", failed_stage="CoordinatorJoin",
              failure_code="CLIENT_ABORTED", failure_event=last, call_type="livestream",
              call_id="townhall", sdk="stream-video-swift", sdk_version="1.51.0", n_events=2)
    r.event(b2, T0 + 200 * MS, stage="JoinInitiated", event_type="initiated", **swift)
    r.attempt(b2, "b2", "mobile", 4, T0 + 200 * MS, T0 + 200 * MS, "cy", call_type="livestream",
              call_id="townhall", sdk="stream-video-swift")
    now = NOW_MS * MS
    dee = dict(app="mobile", user="dee", connect=k2, call_type="livestream", call_id="townhall")
    r.stage(b3, now - 3000 * MS, 900, "CoordinatorJoin", "b3-join", "success", **dee)
    r.stage(b3, now - 2000 * MS, 0, "WSJoin", "b3-ws", sfu="sfu-fra1-07", **dee)
    r.attempt(b3, "b3", "mobile", 4, now - 3000 * MS, now - 2000 * MS, "dee", connect=k2,
              call_type="livestream", call_id="townhall", sfu="sfu-fra1-07", n_events=3)
    r.event(0, T0 + 7 * MS, stage="NetworkSwitched", event_type="wifi-to-cell")

    for code, body, at in (("not-json", b"{oops", T0), ("bad-utf8", b"\xff\xfe", T0 + MS),
                           ("line-too-long", b"x" * 4096, T0 + 2 * MS)):
        r.insert("quarantine", received_us=at, origin=r.origin["web"], source="stream", line_no=3,
                 event_no=0, code=code, message=f"it is {code}", body=body,
                 n_whole=len(body) if code != "line-too-long" else 300000)
    return r
