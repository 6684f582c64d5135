"""Payloads as the SDKs send them, from the socket to the views."""

import json

from harness import Daemon, equal, run, test

REACT = {"user_agent": "stream-video-react-v1.35.0|os=Windows 11|client_bundle=browser-esm", "sdk_version": "1.35.0"}
ANA = {"user_id": "ana", "coordinator_connect_id": "c0ffee00-1111-4222-8333-444455556666"}
STANDUP = {**ANA, "type": "default", "id": "standup", "join_attempt_id": "7d1c2b3a-0001-4aaa-8bbb-000000000001"}
LIVE = {**STANDUP, "call_session_id": "5e551040-0000-4000-8000-000000000009"}
FRA = {**LIVE, "sfu_id": "sfu-fra1-07"}
NOON = 1787313600000  # 2026-08-21T12:00:00Z
IDLE_MS = 4 * 3600 * 1000


def at(time_of_day):
    return {"timestamp": f"2026-08-21T{time_of_day}"}


def stage(name, n, event_type, **fields):
    return {"stage": name, "stage_id": f"1a000000-0000-4000-8000-{n:012d}", "event_type": event_type, **fields}


BEFORE_THE_CALL = {"events": [
    {**ANA, **REACT, **stage("CoordinatorWS", 1001, "initiated"), **at("11:32:44.100Z")},
    {**ANA, **REACT, **stage("CoordinatorWS", 1001, "completed", outcome="success", retry_count_attempt=0,
                             elapsed_time=212), **at("11:32:44.312Z")},
    {"user_id": "ana", "type": "default", "id": "standup", "stage": "JoinInitiated", "event_type": "initiated",
     "join_attempt_id": STANDUP["join_attempt_id"], **REACT, **at("11:32:45.000Z")}]}

PEER = {"peer_connection": "subscribe", "was_previously_connected": False}
JOINING = {"events": [
    {**STANDUP, **stage("MediaDevicePermission", 1, "initiated", microphone_permission_status="GRANTED",
                        camera_permission_status="FAILED", screen_share_status="NOT_INITIATED"), **at("11:32:45.003Z")},
    {**STANDUP, **stage("CoordinatorJoin", 2, "initiated", join_reason="first-attempt"), **at("11:32:45.010Z")},
    {**LIVE, **stage("CoordinatorJoin", 2, "completed", outcome="success", retry_count_attempt=1, elapsed_time=640,
                     join_reason="first-attempt"), **at("11:32:45.650Z")},
    {**FRA, **stage("WSJoin", 3, "initiated"), **at("11:32:45.700Z")},
    {**FRA, **stage("WSJoin", 3, "completed", outcome="success", retry_count_attempt=0, elapsed_time=180),
     **at("11:32:45.880Z")},
    {**FRA, **PEER, **stage("PeerConnectionConnect", 4, "initiated"), **at("11:32:45.900123Z")},
    {**FRA, **PEER, **stage("PeerConnectionConnect", 4, "completed", outcome="failure", ice_state="FAILED",
                            retry_count_attempt=0, elapsed_time=15020, retry_failure_code="ICE_CONNECTIVITY_FAILED",
                            retry_failure_reason="ICE connectivity checks failed"), **at("11:33:00.920Z")}]}

TOWNHALL = {"user_id": "bo", "type": "livestream", "id": "townhall", "sfu_id": "sfu-iad2-01",
            "join_attempt_id": "7d1c2b3a-0002-4aaa-8bbb-000000000002",
            "coordinator_connect_id": "c0ffee00-2222-4222-8333-444455556666",
            "call_session_id": "5e551040-0000-4000-8000-000000000010"}
FIRST_FRAMES = {"events": [
    {**TOWNHALL, **stage("FirstAudioFrame", 11, "initiated"), "timestamp": 1787311966250000000},
    {**TOWNHALL, **stage("FirstVideoFrame", 12, "initiated", track_id="TR_VC9b2"), "timestamp": 1787311966810000000}]}

X = {"user_id": "x", "type": "default", "id": "c1", "join_attempt_id": "7d1c2b3a-0003-4aaa-8bbb-000000000003"}
X_LIVE = {**X, "coordinator_connect_id": "c0ffee00-3333-4222-8333-444455556666", "call_session_id": "s1"}
FAULTY = {"events": [
    {**X, **stage("JoinInitiated", 21, "initiated"), **at("12:00:00Z")},
    {**X_LIVE, **stage("WSJoin", 22, "initiated", outcome="success"), **at("12:00:01Z")},
    {**X_LIVE, **stage("CoordinatorJoin", 23, "completed", outcome="failure", retry_count_attempt=1001,
                       retry_failure_code="16", retry_failure_reason="call not found"), **at("12:00:02Z")},
    {**X_LIVE, **stage("PeerConnectionConnect", 24, "initiated", was_previously_connected=True), **at("12:00:03Z")},
    {**{k: v for k, v in X_LIVE.items() if k in ("coordinator_connect_id", "call_session_id")}, "user_id": "x",
     "type": "default", "id": "c1", **stage("NetworkSwitched", 25, "wifi-to-cell"), **at("14:00:04.5+02:00")}]}

SWIFT = {"events": [{
    "user_id": "ios-1", "type": "default", "id": "c2", "peer_connection": "publish", "was_previously_connected": True,
    "ice_state": "CONNECTED", "sfu_id": "sfu-1", "join_attempt_id": "7d1c2b3a-0004-4aaa-8bbb-000000000004",
    "coordinator_connect_id": "c0ffee00-4444-4222-8333-444455556666", "call_session_id": "s2",
    "user_agent": "stream-video-swift-v1.51.0|app=Demo|app_version=3.1|os=iOS 18.5|device_model=iPhone15,2",
    "sdk_version": "1.51.0", **at("12:10:00.000Z"),
    **stage("PeerConnectionConnect", 31, "completed", outcome="failure", retry_count_attempt=0, elapsed_time=3100)}]}


def has(row, **want):
    equal({k: row[k] for k in want}, want)


@test
def a_join_that_fails_at_ice_shows_where_and_why():
    with Daemon() as daemon:
        answers = daemon.tell(JOINING, BEFORE_THE_CALL)
        equal(answers.counts(), (2, 10, 0, 0, 0))
        equal(answers.verdicts, [])
        has(daemon.row("select * from join_attempts"), join_attempt_id=STANDUP["join_attempt_id"], outcome="failed",
            failed_stage="PeerConnectionConnect", failed_peer_connection="subscribe",
            failure_code="ICE_CONNECTIVITY_FAILED", failure_reason="ICE connectivity checks failed", user_id="ana",
            call_type="default", call_id="standup", call_session_id="5e551040-0000-4000-8000-000000000009",
            coordinator_connect_id=ANA["coordinator_connect_id"], join_reason="first-attempt", sfu_id="sfu-fra1-07",
            sdk="stream-video-react", sdk_version="1.35.0", started_ms=1787311965000, last_event_ms=1787311980920,
            time_to_join_ms=None, time_to_first_audio_ms=None, time_to_first_video_ms=None, retries=1, reconnects=0,
            events=8, violations=0, microphone="GRANTED", camera="FAILED")
        stages = {r["stage"]: r for r in daemon.rows("select * from stage_attempts")}
        equal(len(stages), 4)
        has(stages["CoordinatorJoin"], state="success", retry_count=1, elapsed_ms=640)
        has(stages["WSJoin"], state="success", elapsed_ms=180, sfu_id="sfu-fra1-07")
        has(stages["PeerConnectionConnect"], state="failure", ice_state="FAILED", initiated_ms=1787311965900,
            completed_ms=1787311980920, elapsed_ms=15020, was_previously_connected=0)
        has(stages["CoordinatorWS"], state="success", elapsed_ms=212, join_attempt_id=None)
        has(daemon.row("select * from connects"), state="success", elapsed_ms=212, user_id="ana",
            initiated_ms=1787311964100, completed_ms=1787311964312)
        timeline = daemon.rows("select * from timeline where join_attempt_id = ?", STANDUP["join_attempt_id"])
        equal([r["timestamp_ms"] for r in timeline], sorted(r["timestamp_ms"] for r in timeline), "in order of time")
        equal(len(timeline), 8)


@test
def nanoseconds_are_read_and_first_frames_timed():
    with Daemon() as daemon:
        equal(daemon.tell(FIRST_FRAMES).counts(), (1, 2, 0, 0, 0))
        has(daemon.row("select * from join_attempts"), outcome="abandoned", started_ms=1787311966250,
            time_to_first_audio_ms=0, time_to_first_video_ms=560, user_id="bo", call_type="livestream")
        equal(daemon.value("select timestamp from client_events where stage = 'FirstVideoFrame'"),
              "2026-08-21T11:32:46.810Z")
        equal(daemon.value("select track_id from client_events where stage = 'FirstVideoFrame'"), "TR_VC9b2")


@test
def a_batch_with_faults_keeps_what_can_be_kept_and_names_each_fault():
    with Daemon() as daemon:
        answers = daemon.tell(FAULTY)
        equal(answers.counts(), (1, 4, 3, 0, 1))
        told = {v["event"]: v for v in answers.verdicts}
        equal(sorted(told), [0, 1, 2, 3])
        equal(told[0]["violations"], [{"field": "stage_id", "rule": "forbidden"}])
        equal(told[1]["violations"], [{"field": "outcome", "rule": "forbidden"}])
        has(told[2], verdict="rejected", code="out-of-range", field="retry_count_attempt")
        equal(told[3]["violations"], [{"field": "peer_connection", "rule": "required"}])
        equal(daemon.value("select timestamp_ms from client_events where stage = 'NetworkSwitched'"), NOON + 4500)
        has(daemon.row("select * from join_attempts"), events=3, violations=3, outcome="abandoned", started_ms=NOON)
        equal(sorted((r["field"], r["rule"], r["stage"]) for r in daemon.rows("select * from violations")),
              [("outcome", "forbidden", "WSJoin"), ("peer_connection", "required", "PeerConnectionConnect"),
               ("stage_id", "forbidden", "JoinInitiated")])
        # Where the network was switched is told without an attempt.
        has(daemon.row("select * from sessions"), session_id="s1", started_ms=NOON, last_event_ms=NOON + 4500,
            ended_ms=NOON + 4500 + IDLE_MS, events=4)
        has(daemon.row("select * from participants"), user_id="x", left_ms=NOON + 4500 + IDLE_MS, events=4)
        has(daemon.row("select * from quarantined"), code="out-of-range", field="retry_count_attempt", line=1, event=2)
        equal(json.loads(bytes(daemon.value("select body from quarantined"))), FAULTY["events"][2])


@test
def a_failure_without_a_code_is_flagged_and_counts_as_a_failure():
    with Daemon() as daemon:
        answers = daemon.tell(SWIFT)
        equal(answers.counts(), (1, 1, 1, 0, 0))
        equal(sorted((v["field"], v["rule"]) for v in answers.only_verdict()["violations"]),
              [("retry_failure_code", "required"), ("retry_failure_reason", "required")])
        has(daemon.row("select * from join_attempts"), outcome="failed", failed_stage="PeerConnectionConnect",
            failed_peer_connection="publish", failure_code=None, failure_reason=None, reconnects=1, violations=2,
            sdk="stream-video-swift", sdk_version="1.51.0")


run()
