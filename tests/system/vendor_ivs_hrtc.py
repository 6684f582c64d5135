"""AWS IVS and Huawei HRTC, from the socket to the views and the record."""

import base64
import glob
import json
import os
import subprocess

from harness import Daemon, equal, run, test
from lines import bridge, hrtc

COMMAND = os.path.join(os.environ.get("abs_top_builddir") or os.getcwd(), "callmeter")
VIEWS = ("stage_events", "room_events", "rtc_stats", "stream_interruptions", "volume_levels", "connection_states",
         "sessions", "participants")
# What tells of the arrival and not of the event.
ARRIVAL = {"event_id", "received_ms", "received", "uid", "gid", "pid"}

ARN = "arn:aws:ivs:us-west-2:123456789012:stage/abcdABCDefgh"
SESSION = "st-a1b2c3d4e5f6g"
STAGE = {"source": "ivs", "context": {"stageArn": ARN, "sessionId": SESSION}}
HOST, VIEWER = "abCDEf12GHIj", "zzCDEf12GHIj"


def stage_event(time_of_day, name, participant, **members):
    return {"eventTime": f"2026-08-21T{time_of_day}+00:00", "name": name, "participantId": participant, **members}


NEWEST_FIRST = {**STAGE, "events": [
    stage_event("20:36:28", "LEFT", HOST), stage_event("20:36:28", "PUBLISH_STOPPED", HOST),
    stage_event("20:30:34", "PUBLISH_STARTED", HOST), stage_event("20:30:34", "JOINED", HOST)]}
TROUBLE = {**STAGE, "events": [
    stage_event("20:31:02", "SUBSCRIBE_ERROR", VIEWER, remoteParticipantId=HOST, errorCode="PUBLISHER_NOT_FOUND",
                replica=True),
    stage_event("20:31:05", "PUBLISH_ERROR", VIEWER, errorCode="BITRATE_EXCEEDED"),
    stage_event("20:31:09", "REPLICATION_STARTED", HOST, destinationSessionId="st-b1b2c3d4e5f6g",
                destinationStageArn="arn:aws:ivs:us-west-2:234567890123:stage/bcdABCDefghi")]}
EXPIRY = {"userId": "ana", "expirationTime": "2026-08-22T08:00:00+00:00"}
EXCHANGED = {**STAGE, "events": [stage_event(
    "20:33:00", "TOKEN_EXCHANGED", HOST,
    previousToken={"capabilities": ["SUBSCRIBE"], "attributes": {"role": "viewer"}, **EXPIRY},
    newToken={"capabilities": ["PUBLISH", "SUBSCRIBE"], "attributes": {"role": "host"}, **EXPIRY})]}
BRIDGED = {
    "version": "0", "id": "db65fc17-1612-ef68-3aad-000000000001", "detail-type": "IVS Stage Update",
    "source": "aws.ivs", "account": "123456789012", "time": "2026-08-21T06:36:53Z", "region": "us-east-1",
    "resources": ["arn:aws:ivs:us-east-1:123456789012:stage/oWXSOfbOLMte"],
    "detail": {"session_id": "st-1CVugbu2cf2n8", "event_name": "Participant Published",
               "event_time": "2026-08-21T06:36:53Z", "user_id": "", "participant_id": "03JY4smU3eXc"}}


def told(time_of_day, name, event, reporter="u-1", room="room_77"):
    return {"source": "hrtc", "at": f"2026-08-21T{time_of_day}Z", "event": event,
            "context": {"name": name, "roomId": room, "userId": reporter}}


def stats(user, remote, stream, media, bitrate, fps, rtt, jitter, loss):
    return {"userName": user, "isRemote": remote, "streamType": stream, "mediaType": media, "bitrate": bitrate,
            "frameRate": fps, "rtt": rtt, "jitter": jitter, "pktLossRate": loss}


ROOM = [
    told("09:00:00.250", "connection-state-changed", {"prevState": "CONNECTING", "curState": "CONNECTED"}),
    told("09:00:04.000", "rtc-stats", [stats("Ana", False, "main", "video", 1180, 24, 46, 7, 0.4),
                                       stats("Ana", False, "main", "audio", 42, 0, 46, 3, 0),
                                       stats("Bo", True, "desktop", "video", 380, 5, 0, 22, 3.1)]),
    told("09:00:06.000", "network-quality", {"uplinkNetworkQuality": 2, "downlinkNetworkQuality": 5}),
    told("09:00:08.000", "stream-interrupted", [{"userId": "u-2", "isScreen": True}]),
    told("09:20:00.000", "peer-leave",
         {"userId": "u-2", "userName": "Bo", "reason": {"code": 7, "msg": "Reconnection times out."}}),
    told("09:21:00.000", "Error", {"errorCode": "90100013", "errorMsg": "websocket reconnect timeout"})]


def accepted(daemon, lines, stored, flagged=0):
    answers = daemon.tell(*lines)
    equal(answers.counts(), (len(lines), stored, flagged, 0, 0), f"the ack of {answers.verdicts}")
    return answers


@test
def a_stage_session_is_recorded_from_a_list_that_is_newest_first():
    with Daemon() as daemon:
        accepted(daemon, [NEWEST_FIRST], 4)
        equal(daemon.tell(NEWEST_FIRST).counts(), (1, 0, 0, 4, 0), "the same again")
        row = daemon.row("select * from sessions")
        equal((row["source"], row["session_id"], row["call_id"], row["status"], row["started"], row["ended"],
               row["peak_participants"], row["events"]),
              ("ivs", SESSION, ARN, "ENDED", "2026-08-21T20:30:34.000Z", "2026-08-21T20:36:28.000Z", 1, 4), "session")
        row = daemon.row("select * from participants")
        equal((row["participant_id"], row["duration_ms"], row["how_left_class"]), (HOST, 354000, "normal"),
              "participant")


@test
def errors_replicas_and_replications_are_told_by_the_vendors_names():
    with Daemon() as daemon:
        accepted(daemon, [TROUBLE], 3)
        rows = daemon.rows("select * from stage_events order by timestamp_ms")
        equal([(r["name"], r["participantId"], r["remoteParticipantId"], r["errorCode"], r["replica"],
                r["replica_participant_id"]) for r in rows],
              [("SUBSCRIBE_ERROR", VIEWER, HOST, "PUBLISHER_NOT_FOUND", 1, HOST),
               ("PUBLISH_ERROR", VIEWER, None, "BITRATE_EXCEEDED", 0, None),
               ("REPLICATION_STARTED", HOST, None, None, 0, None)], "stage_events")
        equal((rows[2]["destinationStageArn"], rows[2]["destinationSessionId"]),
              ("arn:aws:ivs:us-west-2:234567890123:stage/bcdABCDefghi", "st-b1b2c3d4e5f6g"), "destination")
        equal(rows[0]["extra"], None, "extra")


@test
def an_exchanged_token_tells_what_it_allows():
    with Daemon() as daemon:
        accepted(daemon, [EXCHANGED], 1)
        row = daemon.row("select * from stage_events")
        equal([json.loads(row[f"{token}_{key}"]) for token in ("previousToken", "newToken")
               for key in ("capabilities", "attributes")],
              [["SUBSCRIBE"], {"role": "viewer"}, ["PUBLISH", "SUBSCRIBE"], {"role": "host"}], "tokens")
        equal((row["newToken_userId"], row["newToken_expirationTime"], row["user_id"]),
              ("ana", "2026-08-22T08:00:00.000Z", "ana"), "user and expiry")


@test
def no_token_reaches_the_disk():
    def part(data):
        return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")

    token = ".".join((part({"alg": "ES384", "typ": "JWT"}), part({"jti": "secret-of-the-token"}), "c2lnbmF0dXJl" * 8))
    with Daemon() as daemon:
        answers = daemon.tell(
            {**STAGE, "event": stage_event("20:33:00", "TOKEN_EXCHANGED", HOST, newToken=token)},
            {**STAGE, "event": stage_event("20:33:01", "JOINED", HOST, replica="no", previousToken=token)},
            {**STAGE, "event": stage_event("20:33:02", "TOKEN_EXCHANGED", HOST, newToken="open-sesame")},
            {**STAGE, "event": stage_event("20:33:03", "JOINED", HOST, replica="no", previousToken="open-sesame")},
            {"source": "hrtc", "context": {"name": "Error", "roomId": "r", "userId": "u"},
             "event": {"errorCode": "1", "errorMsg": f"cannot join with {token}"}})
        equal(answers.counts()[1], 3, f"stored of {answers.verdicts}")
        daemon.terminate()
        for path in glob.glob(daemon.state_dir + "/*"):
            with open(path, "rb") as f:
                data = f.read()
            for secret in (token.split(".")[1], "open-sesame"):
                assert secret.encode() not in data, f"{path} holds {secret}"


@test
def eventbridge_comes_as_it_is():
    with Daemon() as daemon:
        accepted(daemon, [BRIDGED], 1)
        row = daemon.row("select * from stage_events")
        equal((row["name"], row["event_name"], row["stageArn"], row["sessionId"], row["participantId"],
               row["timestamp"], row["bridge_id"], row["extra"]),
              ("PUBLISH_STARTED", "Participant Published", "arn:aws:ivs:us-east-1:123456789012:stage/oWXSOfbOLMte",
               "st-1CVugbu2cf2n8", "03JY4smU3eXc", "2026-08-21T06:36:53.000Z",
               "db65fc17-1612-ef68-3aad-000000000001", None), "stage_events")
        row = daemon.row("select * from participants")
        equal((row["participant_id"], row["joined"]), ("03JY4smU3eXc", None), "participants")


@test
def an_event_is_stored_once_whatever_it_leaves_unsaid():
    def joined(participant=None, asked=None, **members):
        event = {"eventTime": "2026-08-21T20:30:34Z", "name": "JOINED", **members}
        return {"source": "ivs", "context": {**STAGE["context"], "participantId": asked},
                "event": {**event, "participantId": participant}}

    lines = [joined(HOST), joined(HOST, HOST), joined(None, HOST), joined(HOST, replica=False),
             joined(None, HOST, replica=False)]
    with Daemon() as daemon, Daemon() as backwards:
        equal(daemon.tell(*lines).counts(), (len(lines), 1, 0, len(lines) - 1, 0), "ack")
        equal(backwards.tell(*reversed(lines)).counts(), (len(lines), 1, 0, len(lines) - 1, 0), "ack")
        equal(dump(backwards), dump(daemon), "views")
        equal(daemon.tell(joined(HOST, VIEWER), joined(HOST, replica=True)).counts(), (2, 2, 0, 0, 0), "others")


@test
def both_forms_of_one_session_are_one_session():
    bridged = {**BRIDGED, "resources": [ARN], "detail": {
        **BRIDGED["detail"], "session_id": SESSION, "participant_id": HOST, "event_time": "2026-08-21T20:30:34Z"}}
    with Daemon() as daemon:
        accepted(daemon, [bridged, NEWEST_FIRST], 5)
        equal(daemon.value("select count(*) from sessions"), 1, "sessions")
        row = daemon.row("select * from participants")
        equal((row["joined"], row["left"], row["events"]),
              ("2026-08-21T20:30:34.000Z", "2026-08-21T20:36:28.000Z", 5), "participants")
        equal([r["event"] for r in daemon.rows("select event from timeline where session_id = ? order by event",
                                               SESSION)],
              ["JOINED", "LEFT", "PUBLISH_STARTED", "PUBLISH_STOPPED", "Participant Published"], "timeline")


@test
def eventbridge_states_no_form_of_a_sessions_id():
    with Daemon() as daemon:
        for session in ("st-ZyXwvu1T2s", "st-1CVugbu2cf2n8x0"):
            equal(daemon.tell(bridge("Participant Published", "p1", 0, session=session)).verdicts, [])
            equal(daemon.value("select count(*) from sessions where session_id = '%s'" % session), 1)


@test
def frames_are_counted_though_no_element_tells_what_it_carries():
    with Daemon() as daemon:
        daemon.tell(hrtc("u-1", "rtc-stats", 0, [{"userName": "x", "isRemote": False, "streamType": "main", "bitrate": 1,
                                                  "frameRate": 24, "rtt": 5, "jitter": 1, "pktLossRate": 1}]))
        equal([r["avg"] for r in daemon.ask("quality", where={"metric": "frame_rate"})], [24])


@test
def two_stages_may_use_one_session_id():
    other = {"source": "ivs", "context": {"stageArn": ARN + "2", "sessionId": SESSION}}
    token = {"newToken": {"userId": "ana"}}
    with Daemon() as daemon:
        accepted(daemon, [
            {**STAGE, "events": [stage_event("20:00:00", "JOINED", HOST), stage_event("20:01:00", "LEFT", HOST),
                                 stage_event("20:00:01", "TOKEN_EXCHANGED", HOST, **token)]},
            {**other, "events": [stage_event("20:00:10", "JOINED", HOST), stage_event("20:00:40", "LEFT", HOST),
                                 stage_event("20:00:11", "TOKEN_EXCHANGED", HOST, **token),
                                 stage_event("20:00:12", "PUBLISH_ERROR", VIEWER, errorCode="INVALID_INPUT")]}], 7)
        want = [(ARN, HOST), (ARN + "2", HOST), (ARN + "2", VIEWER)]
        rows = daemon.rows("select s.call_id, participant_id from sessions s join participants p on p.session_id ="
                           " s.session_id and p.source = s.source and p.app = s.app and p.call_id is s.call_id")
        equal(sorted((r["call_id"], r["participant_id"]) for r in rows), want, "views")
        for question in ({}, {"session_id": SESSION}, {"user_id": "ana"}):
            rows = daemon.ask("participants", **question)
            equal(sorted((r["call_id"], r["participant_id"]) for r in rows),
                  [w for w in want if "user_id" not in question or w[1] == HOST], f"participants {question}")
        equal([r["participant_id"] for r in daemon.ask("participants", where={"call_id": ARN})], [HOST], "of one stage")
        rows = daemon.ask("session-participants", session_id=SESSION)
        equal(sorted((r["call_id"], r["duration"] or 0) for r in rows), [(ARN, 1), (ARN + "2", 0), (ARN + "2", 0.5)],
              "session-participants")
        equal([r["duration"] for r in daemon.ask("session-participant", session_id=SESSION, participant_id=HOST,
                                                 where={"call_id": ARN})], [1], "session-participant")
        equal([r["call_id"] for r in daemon.ask("session", session_id=SESSION, where={"call_id": ARN})], [ARN], "session")
        equal(sorted(r["call_id"] for r in daemon.ask("sessions")), [ARN, ARN + "2"], "sessions")
        equal([r["call_id"] for r in daemon.ask("sessions", participants="1:1")], [ARN], "sessions of one participant")
        equal([(r["call_id"], r["leaves"]) for r in daemon.ask("leaves", by=["call_id"])], [(ARN, 1), (ARN + "2", 1)],
              "leaves")
        row = daemon.ask("usage")[0]
        equal((row["sessions"], row["participants"]), (2, 3), "usage")
        equal([(r["what"], r["call_id"]) for r in daemon.ask("user", id="ana")],
              [("joined", ARN), ("joined", ARN + "2"), ("left", ARN + "2"), ("left", ARN)], "user")
        accepted(daemon, [{**STAGE, "event": stage_event("20:00:02", "PUBLISH_ERROR", HOST, errorCode="INVALID_INPUT")}], 1)
        equal([(r["errors"], r["sessions"]) for r in daemon.ask("stage-errors")], [(2, 2)], "stage-errors")


@test
def a_failure_that_both_forms_tell_counts_once():
    def bridged(seconds, participant=HOST, n=0, **detail):
        return {**BRIDGED, "id": f"{seconds} {participant} {n}", "resources": [ARN], "detail": {
            "session_id": SESSION, "event_name": "Participant Publish Error", "participant_id": participant,
            "event_time": f"2026-08-21T20:30:{seconds}Z", "user_id": "ana", **detail}}

    twins = [bridged(26, error_code="BITRATE_EXCEEDED"), bridged(26, n=1, reason="too much")]
    others = [bridged(27, error_code="BITRATE_EXCEEDED"), bridged(26, VIEWER, error_code="BITRATE_EXCEEDED"),
              bridged(26, error_code="QUOTA_EXCEEDED"), {**bridged(26, error_code="BITRATE_EXCEEDED"), "resources": [ARN + "2"]}]
    told = {**STAGE, "event": stage_event("20:30:26.602", "PUBLISH_ERROR", None, errorCode="BITRATE_EXCEEDED"),
            "context": {**STAGE["context"], "participantId": HOST}}
    with Daemon() as daemon:
        accepted(daemon, twins + others, 6)
        equal(sum(r["errors"] for r in daemon.ask("stage-errors")), 6, "EventBridge alone")
        accepted(daemon, [told], 1)
        equal([(r["code"], r["errors"]) for r in daemon.ask("stage-errors")],
              [("BITRATE_EXCEEDED", 4), ("QUOTA_EXCEEDED", 1)], "stage-errors")
        equal(sorted((r["timestamp"][17:], r["code"]) for r in daemon.ask("user", id="ana", where={"what": "error"})),
              [("26.000Z", "BITRATE_EXCEEDED"), ("26.000Z", "BITRATE_EXCEEDED"), ("26.000Z", "QUOTA_EXCEEDED"),
               ("26.602Z", "BITRATE_EXCEEDED"), ("27.000Z", "BITRATE_EXCEEDED")], "user")


@test
def the_events_of_a_participant_are_listed_as_the_vendor_lists_them():
    def ask(stage=ARN, participant=HOST, **more):
        return [{k: v for k, v in row.items() if k not in ("app", "event_id")} for row in daemon.ask(
            "participant-events", stage_arn=stage, session_id=SESSION, participant_id=participant, **more)]

    def listed(event):
        """As AWS has it: every member, what is not told null."""
        members = dict.fromkeys(("name", "participantId", "eventTime", "remoteParticipantId", "errorCode",
                                 "destinationStageArn", "destinationSessionId", "replica", "previousToken", "newToken"))
        return {**members, "replica": False, **event, "eventTime": event["eventTime"].replace("+00:00", ".000Z")}

    exchanged = EXCHANGED["events"][0]
    tokens = {k: {**exchanged[k], "expirationTime": "2026-08-22T08:00:00.000Z"} for k in ("previousToken", "newToken")}
    want = [*NEWEST_FIRST["events"][:2], {**exchanged, **tokens}, TROUBLE["events"][2], *NEWEST_FIRST["events"][2:]]
    bridged = {**BRIDGED, "resources": [ARN], "detail": {**BRIDGED["detail"], "session_id": SESSION, "participant_id": HOST}}
    with Daemon() as daemon:
        accepted(daemon, [{**line, "events": [event]} for line in (NEWEST_FIRST, TROUBLE, EXCHANGED)
                          for event in reversed(line["events"])], 8)
        accepted(daemon, [{"source": "ivs", "context": {"stageArn": ARN + "2", "sessionId": SESSION},
                           "event": stage_event("20:30:00", "JOINED", HOST)}], 1)
        equal(ask(), [listed(event) for event in want], "newest first")
        equal(ask(sort_order="ASC"), [listed(event) for event in reversed(want)], "in order")
        equal([r["name"] for r in ask(since="2026-08-21T20:31:00Z", until="2026-08-21T20:36:00Z")],
              ["TOKEN_EXCHANGED", "REPLICATION_STARTED"], "in a window")
        equal([r["name"] for r in ask(stage=ARN + "2")], ["JOINED"], "on another stage")
        equal((ask(participant="nobody"), ask(app="another")), ([], []), "none")
        # What EventBridge tells as well is one; what it alone tells has the API's name.
        accepted(daemon, [
            {**bridged, "id": "a", "detail": {**bridged["detail"], "event_time": "2026-08-21T20:30:34Z"}},
            {**bridged, "id": "b", "detail": {**bridged["detail"], "event_time": "2026-08-21T20:40:00Z"}},
            {**STAGE, "event": stage_event("20:50:00", "TOKEN_EXCHANGED", HOST, newToken="opaque")}], 3)
        token, published, *rest = ask()
        assert token["newToken"].startswith("redacted:"), token
        equal(published, listed({"name": "PUBLISH_STARTED", "participantId": HOST, "eventTime": "2026-08-21T20:40:00+00:00"}),
              "of EventBridge alone")
        equal(rest, [listed(event) for event in want], "of both")


@test
def what_breaks_the_documents_is_flagged_or_refused_by_name():
    cases = [
        (stage_event("20:00:00", "JOINED", HOST, remoteParticipantId=VIEWER), "remoteParticipantId", "forbidden"),
        (stage_event("20:00:01", "JOIN_ERROR", HOST, remoteParticipantId=VIEWER), "remoteParticipantId", "forbidden"),
        (stage_event("20:00:02", "LEFT", HOST, errorCode="QUOTA_EXCEEDED"), "errorCode", "forbidden"),
        (stage_event("20:00:03", "PUBLISH_ERROR", HOST, errorCode="NEW_ONE"), "errorCode", "unknown"),
        (stage_event("20:00:04", "HAND_RAISED", HOST), "name", "unknown"),
        (stage_event("20:00:05", "JOINED", "not an id!"), "participantId", "pattern")]
    with Daemon() as daemon:
        answers = daemon.tell({**STAGE, "events": [event for event, _, _ in cases]})
        equal(answers.counts(), (1, len(cases), len(cases), 0, 0), "ack")
        equal([(v["violations"][0]["field"], v["violations"][0]["rule"]) for v in answers.verdicts],
              [case[1:] for case in cases], "verdicts")
        equal(daemon.value("select count(*) from violations where source = 'ivs'"), len(cases), "violations")
        verdict = daemon.tell({**STAGE, "event": stage_event("20:00:06", "JOINED", "x" * 65)}).only_verdict()
        equal((verdict["verdict"], verdict["code"], verdict["field"]), ("rejected", "too-long", "participantId"),
              "too long")


@test
def a_room_is_recorded_as_its_client_tells_it():
    with Daemon() as daemon:
        accepted(daemon, ROOM, 6)
        row = daemon.row("select * from connection_states")
        equal((row["prevState"], row["curState"], row["roomId"], row["reporter"], row["timestamp"]),
              ("CONNECTING", "CONNECTED", "room_77", "u-1", "2026-08-21T09:00:00.250Z"), "connection_states")
        rows = daemon.rows("select * from rtc_stats order by n")
        equal([(r["userName"], r["isRemote"], r["streamType"], r["mediaType"], r["bitrate_kbps"], r["frame_rate"],
                r["rtt_ms"], r["jitter_ms"], r["loss_percent"], r["latency_ms"]) for r in rows],
              [("Ana", 0, "main", "video", 1180, 24, 46, 7, 0.4, 46), ("Ana", 0, "main", "audio", 42, 0, 46, 3, 0, 46),
               ("Bo", 1, "desktop", "video", 380, 5, 0, 22, 3.1, 46)], "rtc_stats")
        # 46 + 2 * 22 + 10 = 100 ms; 93.2 - 2.5 - 7.75 = 82.95
        r = 82.95
        assert abs(rows[2]["mos"] - (1 + 0.035 * r + 0.000007 * r * (r - 60) * (100 - r))) < 0.001, rows[2]["mos"]
        row = daemon.row("select * from network_quality")
        equal((row["uplink_name"], row["downlink_name"]), ("good", "very poor"), "network_quality")
        row = daemon.row("select * from stream_interruptions")
        equal((row["userId"], row["isScreen"], row["ended"]), ("u-2", 1, "2026-08-21T09:20:00.000Z"),
              "stream_interruptions")
        row = daemon.row("select * from room_events where name = 'peer-leave'")
        equal((row["reason_code"], row["reason_msg"], row["leave_reason"], row["leave_class"]),
              (7, "Reconnection times out.", "reconnection timeout", "failure"), "peer-leave")
        row = daemon.row("select * from room_events where name = 'Error'")
        equal((row["errorCode"], row["errorMsg"]), ("90100013", "websocket reconnect timeout"), "Error")
        equal(daemon.rows("select participant_id, display_name, is_local, how_left, how_left_class "
                          "from participants order by participant_id"),
              [{"participant_id": "u-1", "display_name": "Ana", "is_local": 1, "how_left": None,
                "how_left_class": None} | {k: v for k, v in daemon.row(
                    "select how_left, how_left_class from participants where participant_id = 'u-1'").items()},
               {"participant_id": "u-2", "display_name": "Bo", "is_local": 0, "how_left": "reconnection timeout",
                "how_left_class": "failure"}], "participants")


@test
def every_documented_payload_of_a_room_is_accepted():
    mute = {"roomId": "room_77", "userId": "u-2", "status": 1, "reason": 1}
    stream = {"userId": "u-2", "streamId": "s-9", "type": "main", "hasAudio": True, "hasVideo": False}
    payloads = [
        ("peer-join", {"userId": "u-2", "userName": "Bo"}), ("peer-join", {"userId": "u-3"}),
        ("peer-leave", {"userId": "u-3"}), ("stream-added", stream), ("stream-removed", stream),
        ("stream-updated", stream), ("stream-subscribed", stream),
        ("client-banned", {"userId": "u-1", "reason": "joined elsewhere"}),
        ("mute-audio", mute), ("unmute-audio", mute), ("mute-video", mute), ("unmute-video", mute),
        ("log-upload-result", 200), ("log-upload-result", {"status": 500}),
        ("signature-expired", {"errorCode": "90100030", "errorMsg": "signature expired"}),
        ("signature-expired", {"errorCode": "90100031", "errorMsg": "signature invalid"}),
        ("camera-changed", {"deviceId": "c", "state": "ADD"}),
        ("recording-device-changed", {"deviceId": "m", "state": "REMOVE"}),
        ("playback-device-changed", {"deviceId": "s", "state": "ADD"}),
        ("stream-recovered", [{"userId": "u-2", "isScreen": False}]),
        ("volume-indicator", [{"user_id": "u-2", "volume": 55}, {"user_id": "u-3"}]),
        ("remote-user-name-changed", {"roomId": "room_77", "userId": "u-2", "userName": "Bob"}),
        ("kick-room", {"roomId": "room_77"}), ("live-streaming-updated", {"any": ["thing"]})]
    with Daemon() as daemon:
        accepted(daemon, [told(f"10:00:{n:02}.000", *p) for n, p in enumerate(payloads)], len(payloads))
        equal([r["name"] for r in daemon.rows("select name from room_events order by timestamp_ms")],
              [name for name, _ in payloads], "room_events")
        equal([r["upload_status"] for r in daemon.rows(
            "select upload_status from room_events where name = 'log-upload-result' order by timestamp_ms")],
              [200, 500], "upload_status")
        equal([(r["kind"], r["state"]) for r in daemon.rows("select * from device_changes order by timestamp_ms")],
              [("camera", "ADD"), ("recording", "REMOVE"), ("playback", "ADD")], "device_changes")
        equal([(r["user_id"], r["volume"]) for r in daemon.rows("select * from volume_levels order by n")],
              [("u-2", 55), ("u-3", None)], "volume_levels")
        equal(json.loads(daemon.value("select extra from room_events where name = 'live-streaming-updated'")),
              {"any": ["thing"]}, "extra")


@test
def a_payload_of_which_nothing_is_documented_is_kept_as_it_came():
    with Daemon() as daemon:
        answers = daemon.tell(told("10:00:00", "brand-new", [{"b": 1, "a": 2}]), told("10:00:00", "brand-new", [{"a": 2, "b": 1}]),
                              told("10:00:00", "brand-new", [{"a": 2}]), told("10:00:01", "live-streaming-updated", 7))
        equal(answers.counts(), (4, 3, 2, 1, 0), "ack")
        equal(answers.verdicts[0]["violations"], [{"field": "context.name", "rule": "unknown"}], "violations")
        equal([(r["name"], r["extra"]) for r in daemon.rows("select * from room_events order by timestamp_ms, extra")],
              [("brand-new", '[{"a":2,"b":1}]'), ("brand-new", '[{"a":2}]'), ("live-streaming-updated", "7")], "room_events")


@test
def a_signature_without_its_code_is_stored_all_the_same():
    with Daemon() as daemon:
        answers = daemon.tell(told("10:00:00", "signature-expired", {"errorMsg": "signature expired"}))
        equal(answers.only_verdict()["violations"], [{"field": "errorCode", "rule": "required"}], "violations")
        equal(daemon.value("select errorMsg from room_events"), "signature expired", "stored")


@test
def a_hello_names_the_room_and_the_user_once():
    with Daemon() as daemon:
        answers = daemon.tell(
            {"hello": {"source": "hrtc", "context": {"roomId": "room_5", "userId": "u-7"}}},
            {"at": "2026-08-21T10:00:00Z", "context": {"name": "peer-join"}, "event": {"userId": "u-8"}},
            {"at": "2026-08-21T10:00:01Z", "context": {"name": "log-upload-result"}, "event": 200})
        equal(answers.counts(), (3, 2, 0, 0, 0), f"ack of {answers.verdicts}")
        equal([(r["roomId"], r["reporter"]) for r in daemon.rows("select * from room_events")],
              [("room_5", "u-7")] * 2, "room_events")


@test
def the_units_are_those_of_the_configuration():
    with Daemon("--set", "hrtc_jitter_unit=us", "--set", "hrtc_loss_unit=ratio") as daemon:
        accepted(daemon, [told("09:00:00", "rtc-stats", [
            stats("Ana", False, "main", "audio", 40, 0, 100, 20000, 0.02)])], 1)
        row = daemon.row("select * from rtc_stats")
        equal((row["jitter"], row["jitter_ms"], row["pktLossRate"], row["loss_percent"]), (20000, 20, 0.02, 2), "units")
        assert abs(row["mos"] - 4.181) < 0.001, row["mos"]


def dump(daemon):
    return {view: sorted(json.dumps({k: v for k, v in row.items() if k not in ARRIVAL}, sort_keys=True)
                         for row in daemon.rows(f"select * from {view}")) for view in VIEWS}


@test
def what_is_exported_and_sent_again_gives_the_same_views():
    lines = [NEWEST_FIRST, TROUBLE, EXCHANGED, BRIDGED, *ROOM, told("10:00:00", "log-upload-result", 200),
             told("10:00:01", "log-upload-result", {"status": 500, "more": {"left": []}}),
             told("10:00:02", "stream-recovered", [{"userId": "u-2", "isScreen": True, "more": 1}]),
             told("10:00:03", "volume-indicator", []), told("10:00:04", "volume-indicator", [{"user_id": "u-2"}]),
             told("10:00:05", "kick-room", {"roomId": "room_77"}),
             told("10:00:06", "live-streaming-updated", [{"b": [], "a": 0.5}, 2]),
             told("10:00:07", "live-streaming-updated", 5)]
    with Daemon() as daemon, Daemon() as again:
        daemon.tell(*lines)
        exported = subprocess.run([COMMAND, "export"], capture_output=True, check=True, env={
            "PATH": os.environ["PATH"], "CALLMETER_RUNTIME_DIR": daemon.runtime_dir}).stdout.splitlines()
        events = [e for line in lines for e in line.get("events", [line.get("event", line)])]
        equal(len(exported), len(events), "events exported")
        equal([json.loads(line)["event"] for line in exported][-10:], events[-10:], "the last events")
        equal(again.tell(*exported).counts(), (len(events), len(events), 0, 0, 0), "the ack")
        equal(dump(again), dump(daemon), "views")


run()
