"""What a join attempt comes to, scenario by scenario."""

import time

from harness import Daemon, equal, run, test
from stream import BASE_MS, Attempt, stamp

ICE = "ICE_CONNECTIVITY_FAILED"
MINUTE = 60000

scenarios = []


def scenario(sentence, fill, **want):
    """@fill fills an Attempt; @want are columns of its row in join_attempts."""
    scenarios.append((sentence, fill, want))


NOT_FAILED = {"failed_stage": None, "failed_peer_connection": None, "failure_code": None, "failure_reason": None}


def connected(a):
    """The way to the media: everything up to the peer connections."""
    return a.begin(0).cj("ok", 10, 650).ws("ok", 700, 880)


# ---------------------------------------------------------------- joined

scenario("a viewer who never publishes has joined with the subscriber alone",
         lambda a: connected(a).sub("ok", 900, 1400),
         outcome="joined", time_to_join_ms=1400, events=7, violations=0, retries=0, reconnects=0,
         started_ms=BASE_MS, last_event_ms=BASE_MS + 1400, **NOT_FAILED)
scenario("both connections: the first success is the time to join",
         lambda a: connected(a).pub("ok", 900, 1300).sub("ok", 900, 1700),
         outcome="joined", time_to_join_ms=1300, last_event_ms=BASE_MS + 1700, **NOT_FAILED)
scenario("an attempt can be built without JoinInitiated",
         lambda a: a.cj("ok", 10, 650, join_reason="migrate").ws("ok", 700, 880).sub("ok", 900, 1400),
         outcome="joined", started_ms=BASE_MS + 10, time_to_join_ms=1390, join_reason="migrate")
scenario("a peer connection success is all that is needed, even its completion alone",
         lambda a: a.sub("ok", None, 1400), outcome="joined", time_to_join_ms=0, events=1)
scenario("a success after a failure in the same group makes it good",
         lambda a: connected(a).sub(ICE, 900, 1400, "sub1").sub("ok", 1500, 2000, "sub2"),
         outcome="joined", time_to_join_ms=2000, **NOT_FAILED)
scenario("a success before a failure in the same group keeps it good",
         lambda a: connected(a).sub("ok", 900, 1400, "sub1").sub(ICE, 5000, 9000, "sub2"),
         outcome="joined", time_to_join_ms=1400, **NOT_FAILED)
scenario("a success after a failure of the same stage id makes it good",
         lambda a: connected(a).sub(ICE, 900, 1400).sub("ok", None, 1900),
         outcome="joined", time_to_join_ms=1900)
scenario("a coordinator join that is retried as a stage of its own is good in the end",
         lambda a: a.begin(0).cj("SERVER_ERROR", 10, 100, "cj1", retry_count_attempt=2)
         .cj("ok", 200, 400, "cj2", retry_count_attempt=1).ws("ok", 500, 600).sub("ok", 700, 900),
         outcome="joined", retries=3, **NOT_FAILED)
scenario("a group that begins more than the attempt timeout after the join decides nothing",
         lambda a: connected(a).sub("ok", 900, 1000).pub(ICE, 1001 + MINUTE, 1002 + MINUTE),
         outcome="joined", **NOT_FAILED)
scenario("an open group that begins that late decides nothing either",
         lambda a: connected(a).sub("ok", 900, 1000).pub("open", 1001 + MINUTE), outcome="joined", **NOT_FAILED)
scenario("a reconnect is counted and a failing one does not undo the join",
         lambda a: connected(a).sub("ok", 900, 1400)
         .sub("ok", 90000, 91000, "sub2", was_previously_connected=True)
         .sub(ICE, 190000, 205000, "sub3", was_previously_connected=True),
         outcome="joined", reconnects=2, time_to_join_ms=1400, **NOT_FAILED)
scenario("a WSJoin of a fast reconnect long after does not undo the join",
         lambda a: a.begin(0).sub("ok", 900, 1400).ws("SFU_ERROR", 2 * MINUTE, 2 * MINUTE + 5),
         outcome="joined", **NOT_FAILED)

# ---------------------------------------------------------------- failed

scenario("a failure of CoordinatorJoin",
         lambda a: a.begin(0).cj("16", 10, 200, retry_count_attempt=4),
         outcome="failed", failed_stage="CoordinatorJoin", failed_peer_connection=None, failure_code="16",
         failure_reason="because of 16", time_to_join_ms=None, retries=4)
scenario("a failure of WSJoin",
         lambda a: a.begin(0).cj("ok", 10, 200).ws("SFU_FULL", 300, 400),
         outcome="failed", failed_stage="WSJoin", failed_peer_connection=None, failure_code="SFU_FULL")
scenario("a failure of the subscriber",
         lambda a: connected(a).sub(ICE, 900, 15900),
         outcome="failed", failed_stage="PeerConnectionConnect", failed_peer_connection="subscribe",
         failure_code=ICE, time_to_join_ms=None)
scenario("a failure of the publisher, though the subscriber connected",
         lambda a: connected(a).sub("ok", 900, 1400).pub(ICE, 900, 15900),
         outcome="failed", failed_stage="PeerConnectionConnect", failed_peer_connection="publish",
         failure_code=ICE, time_to_join_ms=1400)
scenario("a missing code is no abort",
         lambda a: connected(a).pub("codeless", 900, 4000),
         outcome="failed", failed_peer_connection="publish", failure_code=None, failure_reason=None, violations=2)
scenario("a group fails by its earliest failure that is no abort",
         lambda a: connected(a).sub("CLIENT_ABORTED", 900, 1000, "sub1").sub("SFU_ERROR", 1100, 1200, "sub2")
         .sub("NETWORK_OFFLINE", 1300, 1400, "sub3"),
         outcome="failed", failed_peer_connection="subscribe", failure_code="SFU_ERROR",
         failure_reason="because of SFU_ERROR")
scenario("an aborted group beside a failed one: failed, by the failed one",
         lambda a: connected(a).sub("CLIENT_ABORTED", 900, 1000).pub(ICE, 900, 1100),
         outcome="failed", failed_peer_connection="publish", failure_code=ICE)
scenario("a failed group beside an open one: failed",
         lambda a: connected(a).sub("open", 900).pub(ICE, 900, 1100),
         outcome="failed", failed_peer_connection="publish")
scenario("of two failed stages the first in stage order tells, not the first in time",
         lambda a: a.begin(0).ws("SFU_FULL", 10, 20).cj("16", 100, 200),
         outcome="failed", failed_stage="CoordinatorJoin", failure_code="16")
scenario("of two failed connections the subscriber tells, not the first in time",
         lambda a: connected(a).pub("DTLS_CONNECTIVITY_FAILED", 900, 1000).sub(ICE, 950, 2000),
         outcome="failed", failed_peer_connection="subscribe", failure_code=ICE)
scenario("a group that begins exactly the attempt timeout after the join still decides",
         lambda a: connected(a).sub("ok", 900, 1000).pub(ICE, 1000 + MINUTE, 1001 + MINUTE),
         outcome="failed", failed_peer_connection="publish")
scenario("a group that begins in time and fails late still decides",
         lambda a: connected(a).sub("ok", 900, 1000).pub(ICE, 950, 1000 + 2 * MINUTE),
         outcome="failed", failed_peer_connection="publish")
scenario("without any success there is no group that is too late",
         lambda a: a.begin(0).cj("ok", 10, 20).ws("SFU_ERROR", 10 * MINUTE, 10 * MINUTE + 5),
         outcome="failed", failed_stage="WSJoin")
scenario("a failure whose connection is not told",
         lambda a: connected(a).sub(ICE, 900, 1000, peer_connection=None),
         outcome="failed", failed_stage="PeerConnectionConnect", failed_peer_connection=None, failure_code=ICE)
scenario("a failure whose beginning never came",
         lambda a: a.cj("16", None, 200), outcome="failed", failed_stage="CoordinatorJoin", events=1)
scenario("an attempt that failed and then, by another stage attempt of another group, goes on is failed",
         lambda a: a.begin(0).cj("ok", 10, 20).ws("SFU_ERROR", 30, 40).sub("ok", 50, 60),
         outcome="failed", failed_stage="WSJoin", time_to_join_ms=60)

# --------------------------------------------------------------- aborted

scenario("the user left",
         lambda a: a.begin(0).cj("CLIENT_ABORTED", 10, 200),
         outcome="aborted", failed_stage="CoordinatorJoin", failure_code="CLIENT_ABORTED",
         failure_reason="because of CLIENT_ABORTED")
scenario("the backend ended the call",
         lambda a: connected(a).sub("BACKEND_LEAVE", 900, 1000),
         outcome="aborted", failed_stage="PeerConnectionConnect", failed_peer_connection="subscribe",
         failure_code="BACKEND_LEAVE")
scenario("of several aborts in a group the earliest tells",
         lambda a: connected(a).sub("CLIENT_ABORTED", 1100, 1200, "sub2").sub("BACKEND_LEAVE", 900, 1000, "sub1"),
         outcome="aborted", failure_code="BACKEND_LEAVE")
scenario("one connection made and the other aborted: aborted",
         lambda a: connected(a).sub("ok", 900, 1400).pub("CLIENT_ABORTED", 900, 2000),
         outcome="aborted", failed_peer_connection="publish", time_to_join_ms=1400)
scenario("aborted with another group still open: aborted",
         lambda a: connected(a).sub("open", 900).pub("CLIENT_ABORTED", 900, 2000),
         outcome="aborted", failed_peer_connection="publish")

# ------------------------------------------------------- open, abandoned

scenario("JoinInitiated alone, long ago", lambda a: a.begin(0), outcome="abandoned", events=1, **NOT_FAILED)
scenario("a stage that never completed, long ago",
         lambda a: a.begin(0).cj("ok", 10, 20).ws("open", 30), outcome="abandoned", **NOT_FAILED)
scenario("everything good so far but no connection tried, long ago",
         lambda a: connected(a), outcome="abandoned", time_to_join_ms=None, **NOT_FAILED)
scenario("one connection made and the other open, long ago",
         lambda a: connected(a).sub("ok", 900, 1400).pub("open", 900), outcome="abandoned", time_to_join_ms=1400)
scenario("first frames alone do not make a join, long ago",
         lambda a: connected(a).audio(1000).video(1100),
         outcome="abandoned", time_to_first_audio_ms=1000, time_to_first_video_ms=1100)

# ------------------------------------------------ what does not decide

scenario("permissions, frames and generic stages do not decide, whatever they say",
         lambda a: connected(a).sub("ok", 900, 1400)
         .event("MediaDevicePermission", "completed", 5, stage_id="mp", outcome="failure", retry_failure_code="x",
                microphone_permission_status="FAILED", camera_permission_status="FAILED")
         .event("FirstAudioFrame", "completed", 1500, stage_id="fa", outcome="failure", retry_failure_code="x")
         .event("NetworkSwitched", "completed", 1600, stage_id="ns", outcome="failure", retry_failure_code="x"),
         outcome="joined", events=10, microphone="FAILED", camera="FAILED", **NOT_FAILED)

# --------------------------------------------------- times and labels

scenario("the first of two frames counts, and the start is the earliest event of any kind",
         lambda a: connected(a).sub("ok", 900, 1400).video(2500, stage_id="fv2").video(1900).audio(1700)
         .audio(1600, stage_id="fa2").permission(-50),
         time_to_first_audio_ms=1650, time_to_first_video_ms=1950, time_to_join_ms=1450, started_ms=BASE_MS - 50)
scenario("who and what take the earliest value that is not empty, where takes the latest",
         lambda a: a.begin(0, user_id="", type=None, id="c1", call_session_id=None, sfu_id=None, join_reason="")
         .permission(1, "NOT_INITIATED", "INITIATED", user_id="bo", type="livestream", id="c2", sfu_id=None)
         .cj("ok", 10, 20, user_id="ana", call_session_id="s2", sfu_id=None, join_reason="first-attempt")
         .ws("ok", 30, 40, sfu_id="sfu-old", join_reason="full-rejoin", call_session_id="s3")
         .permission(45, "GRANTED", "FAILED", stage_id="mp2", sfu_id=None)
         .sub("ok", 50, 60, sfu_id="sfu-new"),
         user_id="bo", call_type="livestream", call_id="c1", call_session_id="s1", join_reason="first-attempt",
         sfu_id="sfu-new", microphone="GRANTED", camera="FAILED")
scenario("at the same instant the earlier stage is the earlier event",
         lambda a: a.cj("ok", 0, 0, user_id="second", sfu_id="sfu-1").begin(0, user_id="first")
         .sub("ok", 0, 0, sfu_id="sfu-3").ws("ok", 0, 0, sfu_id="sfu-2"),
         outcome="joined", user_id="first", sfu_id="sfu-3", time_to_join_ms=0)
scenario("retries are added up over the stage attempts",
         lambda a: a.begin(0).cj("ok", 10, 20, retry_count_attempt=2).ws("ok", 30, 40, retry_count_attempt=1)
         .sub("ok", 50, 60, retry_count_attempt=0), retries=3)
scenario("both connections reconnected",
         lambda a: connected(a).sub("ok", 900, 1000).pub("ok", 900, 1000)
         .sub("ok", 90000, 91000, "sub2", was_previously_connected=True)
         .pub("open", 90000, None, "pub2", was_previously_connected=True), reconnects=2, outcome="joined")
scenario("two JoinInitiated of one attempt, as Flutter sends when the network came back",
         lambda a: connected(a).sub("ok", 900, 1400).begin(30000, join_reason="network-available"),
         outcome="joined", started_ms=BASE_MS, join_reason="network-available", events=8)
scenario("a second decides in microseconds",
         lambda a: a.begin(0.25).sub("ok", 1.1, 2.999), time_to_join_ms=2)
scenario("the SDK is the first word of the user agent",
         lambda a: a.begin(0, user_agent="stream-video-react-v1.35.0|os=Windows 11", sdk_version="1.35.0"),
         sdk="stream-video-react", sdk_version="1.35.0")


@test
def every_scenario_comes_to_its_outcome():
    with Daemon() as daemon:
        client = daemon.ingest()
        for n, (_, fill, _) in enumerate(scenarios):
            attempt = Attempt(f"scenario-{n}", coordinator_connect_id=f"connect-{n}")
            fill(attempt)
            client.send(attempt.line)
        answers = client.finish()
        equal(answers.ack["rejected"], 0, f"rejected: {answers.verdicts}")
        wrong = []
        for n, (sentence, _, want) in enumerate(scenarios):
            row = daemon.row("select * from join_attempts where join_attempt_id = ?", f"scenario-{n}")
            wrong += [f"{sentence}: {k} is {row[k]!r} and not {v!r}" for k, v in want.items() if row[k] != v]
        assert not wrong, "\n".join(wrong)
        equal(daemon.value("select count(*) from join_attempts"), len(scenarios), "attempts")


@test
def every_scenario_comes_to_the_same_when_each_event_is_a_batch_of_its_own_last_first():
    with Daemon() as daemon:
        client = daemon.ingest()
        for n, (_, fill, _) in enumerate(scenarios):
            attempt = Attempt(f"scenario-{n}", coordinator_connect_id=f"connect-{n}")
            fill(attempt)
            attempt.events.reverse()
            attempt.lines = [{"events": [e]} for e in attempt.events]
            scenarios[n] += (attempt.lines,)
        n_lines = 0
        for step in range(max(len(s[3]) for s in scenarios)):
            lines = [s[3][step] for s in scenarios if step < len(s[3])]
            n_lines += len(lines)
            client.send(*lines)
            client.until_ack(n_lines)
        wrong = []
        for n, (sentence, _, want, _) in enumerate(scenarios):
            row = daemon.row("select * from join_attempts where join_attempt_id = ?", f"scenario-{n}")
            wrong += [f"{sentence}: {k} is {row[k]!r} and not {v!r}" for k, v in want.items() if row[k] != v]
        assert not wrong, "\n".join(wrong)


@test
def an_attempt_is_open_until_the_timeout_after_its_latest_event():
    now_ms = int(time.time() * 1000)
    with Daemon() as daemon:
        daemon.tell(Attempt("young", base_ms=now_ms - 30000).begin(0).ws("open", 100).line,
                    Attempt("old", base_ms=now_ms - 61000).begin(0).ws("open", 100).line,
                    Attempt("kept alive", base_ms=now_ms - 300000).begin(0).ws("open", 100).audio(290000).line)
        got = {r["join_attempt_id"]: r["outcome"] for r in daemon.rows("select * from join_attempts")}
        equal(got, {"young": "open", "old": "abandoned", "kept alive": "open"})


@test
def the_timeout_is_a_setting():
    now_ms = int(time.time() * 1000)
    with Daemon("--set", "attempt_timeout=2s") as daemon:
        daemon.tell(Attempt("open", base_ms=now_ms - 3000).begin(0).line,
                    connected(Attempt("late group")).sub("ok", 900, 1000).pub(ICE, 3001, 3002).line,
                    connected(Attempt("group in time")).sub("ok", 900, 1000).pub(ICE, 3000, 3002).line)
        got = {r["join_attempt_id"]: r["outcome"] for r in daemon.rows("select * from join_attempts")}
        equal(got, {"open": "abandoned", "late group": "joined", "group in time": "failed"})


@test
def the_id_unknown_makes_no_attempt_but_the_events_are_kept():
    with Daemon() as daemon:
        answers = daemon.tell(Attempt("unknown").ws("SFU_ERROR", 0, 10).line)
        equal(answers.counts(), (1, 2, 2, 0, 0))
        equal([v["violations"] for v in answers.verdicts], [[{"field": "join_attempt_id", "rule": "required"}]] * 2)
        equal(daemon.value("select count(*) from join_attempts"), 0)
        equal(daemon.value("select count(*) from client_events where join_attempt_id is null"), 2)


@test
def a_code_that_aborts_an_attempt_aborts_its_stage_in_reports_and_no_other_does():
    codes = {"CLIENT_ABORTED": "aborted", "BACKEND_LEAVE": "aborted", "client_aborted": "failed", ICE: "failed"}
    with Daemon() as daemon:
        daemon.tell(*[Attempt(code, id=code).ws(code, 0, 10).line for code in codes])
        equal({r["join_attempt_id"]: r["outcome"] for r in daemon.rows("select * from join_attempts")}, codes)
        equal({r["call_id"]: "aborted" if r["aborted"] else "failed" for r in daemon.ask("stages", by=["call_id"])}, codes)


@test
def the_same_attempt_id_of_two_apps_is_two_attempts():
    with Daemon() as daemon:
        failed = Attempt("a1").begin(0).cj("16", 10, 20)
        joined = Attempt("a1").begin(0).sub("ok", 10, 20)
        daemon.tell({"source": "stream", "app": "shop", "events": failed.events},
                    {"source": "stream", "app": "bank", "events": joined.events})
        got = {r["app"]: r["outcome"] for r in daemon.rows("select * from join_attempts where join_attempt_id = 'a1'")}
        equal(got, {"shop": "failed", "bank": "joined"})


@test
def stage_attempts_pair_what_shares_a_stage_id():
    with Daemon() as daemon:
        attempt = (Attempt("a1").begin(0).permission(5)
                   .cj("ok", 10, 650, retry_count_attempt=1, elapsed_time=600)
                   .ws("open", 700)
                   .sub(ICE, 900, 15900, ice_state="FAILED", retry_count_attempt=0)
                   .pub("ok", None, 2000, was_previously_connected=True, ice_state=None).audio(2100))
        other = Attempt("a2", coordinator_connect_id="c2").cj("16", 100, 200)
        daemon.tell(attempt.line, other.line)
        rows = {r["stage_id"]: r for r in daemon.rows("select * from stage_attempts where join_attempt_id = 'a1'")}
        equal(sorted(rows), ["cj1", "pub1", "sub1", "ws1"])

        def has(stage_id, **want):
            equal({k: rows[stage_id][k] for k in want}, want, stage_id)

        has("cj1", stage="CoordinatorJoin", state="success", initiated_ms=BASE_MS + 10, completed_ms=BASE_MS + 650,
            elapsed_ms=600, retry_count=1, failure_code=None, peer_connection=None, coordinator_connect_id="c1")
        has("ws1", stage="WSJoin", state="open", initiated_ms=BASE_MS + 700, completed_ms=None, elapsed_ms=None,
            sfu_id="sfu-1")
        has("sub1", stage="PeerConnectionConnect", peer_connection="subscribe", state="failure",
            failure_code=ICE, failure_reason=f"because of {ICE}", ice_state="FAILED", was_previously_connected=0,
            elapsed_ms=15000)
        has("pub1", peer_connection="publish", state="success", initiated_ms=None, completed_ms=BASE_MS + 2000,
            was_previously_connected=1)
        equal(daemon.value("select state from stage_attempts where join_attempt_id = 'a2'"), "failure")


@test
def a_coordinator_connection_ties_in_by_its_id():
    with Daemon() as daemon:
        common = {"user_id": "ana", "coordinator_connect_id": "c9", "stage": "CoordinatorWS", "stage_id": "w1"}
        daemon.tell({"events": [{**common, "event_type": "initiated", "timestamp": stamp(BASE_MS - 500)},
                                {**common, "event_type": "completed", "outcome": "success", "retry_count_attempt": 0,
                                 "elapsed_time": 212, "timestamp": stamp(BASE_MS - 288)}]},
                    Attempt("a1", coordinator_connect_id="c9").begin(0).cj("ok", 10, 20).line)
        row = daemon.row("select * from connects where coordinator_connect_id = 'c9'")
        equal((row["state"], row["elapsed_ms"], row["initiated_ms"]), ("success", 212, BASE_MS - 500))
        stage = daemon.row("select * from stage_attempts where stage = 'CoordinatorWS'")
        equal((stage["join_attempt_id"], stage["coordinator_connect_id"], stage["state"]), (None, "c9", "success"))
        equal(daemon.value("select coordinator_connect_id from join_attempts"), "c9")


@test
def a_connections_sdk_is_its_user_agents_name_without_the_version():
    agents = {"stream-video-react-v1.35.0|os=x": "stream-video-react", "stream-video-android-compose-1.9.0|os=A":
              "stream-video-android-compose", "stream-video-swift-v1.51.0-SNAPSHOT|x=y": "stream-video-swift",
              "stream-video-v2-flutter": "stream-video", "plain": "plain"}
    with Daemon() as daemon:
        daemon.tell({"events": [{"stage": "CoordinatorWS", "event_type": "initiated", "stage_id": f"w{i}", "user_agent": ua,
                                 "coordinator_connect_id": f"c{i}", "sdk_version": "1.51", "timestamp": stamp(BASE_MS)}
                                for i, ua in enumerate(agents)]})
        equal([r["sdk"] for r in daemon.rows("select sdk from connects order by coordinator_connect_id")], list(agents.values()))
        # An attempt's is told by the same rule.
        daemon.tell({"events": [{"stage": "JoinInitiated", "event_type": "initiated", "join_attempt_id": f"a{i}",
                                 "user_agent": ua, "timestamp": stamp(BASE_MS)} for i, ua in enumerate(agents)]})
        equal([r["sdk"] for r in daemon.rows("select sdk from join_attempts order by join_attempt_id")], list(agents.values()))


@test
def what_neither_begins_nor_completes_makes_no_stage_attempt():
    with Daemon() as daemon:
        daemon.tell({"events": [{**Attempt("a1").begin(0).line["events"][0], "stage": "WSJoin", "event_type": "progress",
                                 "stage_id": "w1"}]})
        equal(daemon.value("select count(*) from client_events"), 1)
        equal(daemon.value("select count(*) from stage_attempts"), 0)
        equal(daemon.ask("stages"), [])


@test
def a_coordinator_connection_is_of_no_attempt_though_an_event_of_it_may_name_one():
    with Daemon() as daemon:
        common = {"user_id": "ana", "coordinator_connect_id": "c9", "stage": "CoordinatorWS", "stage_id": "w1"}
        daemon.tell({"events": [{**common, "event_type": "initiated", "timestamp": stamp(BASE_MS - 500)},
                                {**common, "event_type": "completed", "outcome": "success", "retry_count_attempt": 0,
                                 "join_attempt_id": "a1", "timestamp": stamp(BASE_MS - 288)}]})
        equal(daemon.value("select count(*) from join_attempts"), 0)
        equal(daemon.value("select state from connects"), "success")
        stage = daemon.row("select * from stage_attempts")
        equal((stage["join_attempt_id"], stage["state"], stage["elapsed_ms"]), (None, "success", 212))
        equal(daemon.value("select extra from client_events where event_type = 'completed'"),
              '{"join_attempt_id":"a1"}')


run()
