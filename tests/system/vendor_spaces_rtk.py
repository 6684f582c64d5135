"""Avaya Spaces and Cloudflare RealtimeKit, from the socket to their views."""

import json
import os

from harness import Daemon, equal, run, test

TOPIC = "5f06c25e574ca36b54cb4cdg"
PHONE = {"verified": True, "primary": True, "canonicalForm": "+14085551234", "type": "mobile", "value": "408 555 1234"}
SENDER = {"_id": "5f04251caa4a347af9946e05", "displayname": "Test User", "phone_numbers": [PHONE],
          "picture_url": "https://example.com/p.png", "type": "user", "username": "test@user.com"}
TRACKSSTATUS = {
    "category": "tracksstatus", "created": "2026-08-21T06:56:22.659Z", "data": [], "sender": SENDER, "topicId": TOPIC,
    "content": {"mediaSession": {"audio": True, "connected": True, "isCollabOnly": False, "selfMuted": False,
                                 "joinTime": "2026-08-21T06:56:22.660Z", "video": True},
                "streamId": "f50oyeFS29u2tDL1ntF2UgdgOpU4jNDCeEOk", "subscribeTime": "2026-08-21T06:55:37.461Z"}}
VIDEO_END = {
    "category": "video.end", "comment": "toggle Video Session", "topicId": TOPIC, "data": [],
    "sender": {**SENDER, "phone_numbers": [], "picture_url": ""}, "created": "2026-08-21T06:56:50.023Z",
    "content": {"subscribeTime": "2026-08-21T06:55:37.461Z", "mediaSession": {}}}
STOPSCREENSHARE = {
    "category": "video.stopscreenshare", "topicId": "5f06c25e574ca36b54db4cdf", "data": [],
    "created": "2026-08-21T07:00:11.071Z",
    "sender": {"_id": "5f04251caa4a347af9946e01", "type": "anonymous", "username": "guest", "displayname": "Guest 7",
               "picture_url": "", "phone_numbers": []},
    "content": {"mediaSession": {"audio": True, "video": True, "connected": True, "screenshare": False,
                                 "isCollabOnly": False, "joinTime": "2026-08-21T06:59:47.262Z"},
                "subscribeTime": "2026-08-21T06:58:06.254Z"}}
MINIMAL = {"category": "trackstatus", "topicId": "5e868050592e6468d7609850",
           "content": {"mediaSession": {"audio": False, "connected": True, "screenshare": False, "selfMuted": True,
                                        "video": False, "phone": False, "joinTime": None}}}

SESSION = "05e57591-d89e-45c9-ae44-000000000001"
ORGANIZER = {"id": "c94c437b-592a-4a39-b9e2-000000000001", "name": "Example org"}
MEETING = {"id": "bbb8940e-1b97-402a-97d6-000000000001", "sessionId": SESSION, "title": "Weekly sync", "status": "LIVE",
           "createdAt": "2026-08-21T10:00:00.000Z", "startedAt": "2026-08-21T10:00:00.000Z", "organizedBy": ORGANIZER}
OVER = {**MEETING, "endedAt": "2026-08-21T10:30:00.000Z"}
MARY = {"peerId": "e32fb785-ddd0-4b96-b577-000000000001", "userDisplayName": "Mary Sue",
        "customParticipantId": "user-123", "joinedAt": "2026-08-21T10:05:00.000Z"}
STARTED = {"event": "meeting.started", "meeting": MEETING}
JOINED = {"event": "meeting.participantJoined", "meeting": MEETING, "participant": MARY}
LEFT = {"event": "meeting.participantLeft", "meeting": MEETING,
        "participant": {**MARY, "leftAt": "2026-08-21T10:25:30.000Z"}}
ENDED = {"event": "meeting.ended", "meeting": OVER, "reason": "ALL_PARTICIPANTS_LEFT"}
CHAT_SYNCED = {"event": "meeting.chatSynced", "title": "Weekly sync", "endedAt": "2026-08-21T10:30:00.000Z",
               "createdAt": "2026-08-21T10:00:00.000Z", "meetingId": MEETING["id"], "sessionId": SESSION,
               "startedAt": "2026-08-21T10:00:00.000Z", "chatDownloadUrl": "https://example.com/chat.csv",
               "chatDownloadUrlExpiry": "2026-08-28 10:30:00.000Z", "organizedBy": ORGANIZER}
TRANSCRIPT = {"event": "meeting.transcript", "meeting": OVER,
              "transcriptDownloadUrl": "https://example.com/transcript.csv",
              "transcriptDownloadUrlExpiry": "2026-08-28T10:30:00.000Z"}
SUMMARY = {"event": "meeting.summary", "summaryDownloadUrl": "https://example.com/summary.txt",
           "meeting": {"id": MEETING["id"], "sessionId": SESSION, "organizedBy": ORGANIZER},
           "summaryDownloadUrlExpiry": "2026-08-28T10:30:00.000Z"}
RECORDING = {"event": "recording.statusUpdate", "meeting": OVER, "recording": {
    "id": "97cb480d", "recordingId": "97cb480d", "status": "UPLOADED", "downloadUrl": "https://example.com/r.mp4",
    "downloadUrlExpiry": "2026-08-28T10:30:00.000Z", "startedTime": "2026-08-21T10:00:00.000Z",
    "stoppedTime": "2026-08-21T10:30:00.000Z", "fileSize": "2044680", "recordingDuration": 1800,
    "outputFileName": "weekly-sync.mp4", "roomUUID": SESSION}}
LIVESTREAM = {"event": "livestreaming.statusUpdate", "streamId": "d231d346-c422-43a6-a324-000000000001",
              "status": "LIVE", "manualIngest": False, "playbackUrl": "https://example.com/live.m3u8",
              "ingestServer": "rtmps://example.com/live", "streamKey": "live-secret-0001",
              "meeting": {k: MEETING[k] for k in ("id", "title", "status", "createdAt", "organizedBy")}}
JWT = ("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4ifQ."
       "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U")


def has(row, **want):
    equal({k: row[k] for k in want}, want)


def on_disk(daemon, text):
    """The files of the state directory that hold these bytes."""
    return sorted(name for name in os.listdir(daemon.state_dir)
                  if text.encode() in open(os.path.join(daemon.state_dir, name), "rb").read())


def delivered(webhook, delivery_id, **more):
    return {"source": "realtimekit", "event": webhook, "context": {"deliveryId": delivery_id, "accountId": "acc"}, **more}


@test
def the_vendors_messages_come_bare_and_show_under_its_names():
    with Daemon() as daemon:
        answers = daemon.tell(TRACKSSTATUS, VIDEO_END, STOPSCREENSHARE)
        equal(answers.counts(), (3, 3, 0, 0, 0))
        equal(answers.verdicts, [])
        has(daemon.row("select * from media_session_events where category = 'tracksstatus'"), topicId=TOPIC,
            user_id=SENDER["_id"], displayname="Test User", username="test@user.com", sender_type="user",
            picture_url="https://example.com/p.png", audio=1, video=1, connected=1, selfMuted=0, isCollabOnly=0,
            screenshare=None, phone=None, joinTime="2026-08-21T06:56:22.660Z", data="[]",
            subscribeTime="2026-08-21T06:55:37.461Z", time_in_space_before_media_ms=45199,
            timestamp="2026-08-21T06:56:22.659Z", streamId="f50oyeFS29u2tDL1ntF2UgdgOpU4jNDCeEOk", comment=None)
        has(daemon.row("select * from media_session_events where category = 'video.end'"),
            comment="toggle Video Session", audio=None, connected=None, joinTime=None, picture_url=None,
            time_in_space_before_media_ms=None, extra='{"content":{"mediaSession":{}}}')
        has(daemon.row("select * from media_session_events where category = 'video.stopscreenshare'"),
            selfMuted=None, streamId=None, screenshare=0, sender_type="anonymous",
            time_in_space_before_media_ms=101008)
        equal(daemon.rows("select kind, started, ended, duration_ms from media_intervals order by started, kind"),
              [{"kind": "video", "started": "2026-08-21T06:56:22.659Z", "ended": "2026-08-21T06:56:50.023Z",
                "duration_ms": 27364},
               {"kind": "video", "started": "2026-08-21T07:00:11.071Z", "ended": "2026-08-21T11:00:11.071Z",
                "duration_ms": 14400000}])  # with its session, which idled


@test
def a_message_without_sender_or_time_takes_them_from_its_envelope():
    with Daemon() as daemon:
        answers = daemon.tell(
            {"hello": {"source": "spaces", "context": {"userId": "bo"}}},
            {"at": "2026-08-21T07:01:00Z", "event": MINIMAL},
            {"at": "2026-08-21T07:02:00Z", "context": {"topicId": MINIMAL["topicId"]}, "event": {"category": "video.end"}},
            {"at": "2026-08-21T07:03:00Z", "event": {"category": "video.end"}})
        equal(answers.counts(), (4, 3, 1, 0, 0))
        equal(answers.only_verdict(), {"line": 4, "event": 0, "verdict": "flagged",
                                       "violations": [{"field": "topicId", "rule": "required"}]})
        joined, end, stray = daemon.rows("select * from media_session_events order by timestamp_ms")
        has(joined, category="trackstatus", topicId=MINIMAL["topicId"], user_id="bo", selfMuted=1, phone=0, joinTime=None,
            timestamp="2026-08-21T07:01:00.000Z")
        has(end, topicId=MINIMAL["topicId"], user_id="bo")
        has(stray, topicId=None, user_id="bo")
        equal(daemon.rows("select user_id, kind, duration_ms from media_intervals"),
              [{"user_id": "bo", "kind": "muted", "duration_ms": 60000}])


@test
def a_category_nobody_documents_is_stored_and_flagged():
    with Daemon() as daemon:
        answers = daemon.tell({**TRACKSSTATUS, "category": "party.typing", "content": {"bodyText": "x"}})
        equal(answers.counts(), (1, 1, 1, 0, 0))
        equal(answers.only_verdict()["violations"], [{"field": "category", "rule": "unknown"}])
        equal(daemon.value("select extra from media_session_events"), '{"content":{"bodyText":"x"}}')


@test
def a_message_sent_again_is_one_event():
    with Daemon() as daemon:
        respelt = {**TRACKSSTATUS, "created": "2026-08-21T08:56:22.659000+02:00", "comment": None}
        equal(daemon.tell(TRACKSSTATUS, respelt).counts(), (2, 1, 0, 1, 0))


@test
def phone_numbers_never_reach_the_disk():
    with Daemon() as daemon:
        attendee = {"category": "app.event.attendee.added", "topicId": TOPIC, "created": "2026-08-21T07:00:00Z",
                    "content": {"attendee": {"_id": "x", "phone_numbers": [PHONE]},
                                "attendees": [{"_id": "x", "phone_numbers": [PHONE]}]}}
        answers = daemon.tell(TRACKSSTATUS, attendee, {**TRACKSSTATUS, "comment": 5})
        equal(answers.counts(), (3, 2, 0, 0, 1))
        equal(daemon.value("select count(*) from quarantined"), 1)
        equal(daemon.value("select phone_numbers from media_session_events where category = 'tracksstatus'"), None)
        assert on_disk(daemon, TOPIC), "nothing was written at all"
        equal(on_disk(daemon, "5551234"), [])
        equal(on_disk(daemon, "555 1234"), [])


@test
def phone_numbers_are_kept_where_the_configuration_says_so():
    with Daemon("--set", "keep_phone_numbers=yes") as daemon:
        equal(daemon.tell(TRACKSSTATUS).counts(), (1, 1, 0, 0, 0))
        equal(json.loads(daemon.value("select phone_numbers from media_session_events")), [PHONE])


@test
def webhooks_come_bare_or_with_their_delivery_and_show_under_the_vendors_names():
    with Daemon() as daemon:
        answers = daemon.tell(STARTED, delivered(JOINED, "d-1"), LEFT, ENDED, CHAT_SYNCED)
        equal(answers.counts(), (5, 5, 0, 0, 0))
        equal(answers.verdicts, [])
        equal([(r["event"], r["timestamp"], r["sessionId"], r["organizedById"]) for r in
               daemon.rows("select * from meeting_events order by timestamp_ms, event_id")],
              [("meeting.started", "2026-08-21T10:00:00.000Z", SESSION, ORGANIZER["id"]),
               ("meeting.participantJoined", "2026-08-21T10:05:00.000Z", SESSION, ORGANIZER["id"]),
               ("meeting.participantLeft", "2026-08-21T10:25:30.000Z", SESSION, ORGANIZER["id"]),
               ("meeting.ended", "2026-08-21T10:30:00.000Z", SESSION, ORGANIZER["id"]),
               ("meeting.chatSynced", "2026-08-21T10:30:00.000Z", SESSION, ORGANIZER["id"])])
        has(daemon.row("select * from meeting_events where event = 'meeting.participantJoined'"), deliveryId="d-1",
            accountId="acc", peerId=MARY["peerId"], userDisplayName="Mary Sue", customParticipantId="user-123",
            joinedAt="2026-08-21T10:05:00.000Z", leftAt=None, meetingId=MEETING["id"], title="Weekly sync", status="LIVE",
            extra=None)
        has(daemon.row("select * from meeting_events where event = 'meeting.ended'"), status="LIVE",
            reason="ALL_PARTICIPANTS_LEFT", endedAt="2026-08-21T10:30:00.000Z")
        has(daemon.row("select * from meeting_events where event = 'meeting.chatSynced'"), meetingId=MEETING["id"],
            title="Weekly sync", chatDownloadUrl="https://example.com/chat.csv",
            chatDownloadUrlExpiry="2026-08-28T10:30:00.000Z")


@test
def what_a_session_leaves_behind_has_its_columns():
    with Daemon() as daemon:
        answers = daemon.tell(*(delivered(w, f"d-{n}", at=f"2026-08-21T10:3{n}:00Z")
                                for n, w in enumerate((TRANSCRIPT, SUMMARY, RECORDING, LIVESTREAM))))
        equal(answers.counts(), (4, 4, 0, 0, 0))
        transcript, summary, recording, live = daemon.rows("select * from meeting_events order by timestamp_ms")
        has(transcript, transcriptDownloadUrl="https://example.com/transcript.csv", sessionId=SESSION,
            transcriptDownloadUrlExpiry="2026-08-28T10:30:00.000Z", timestamp="2026-08-21T10:30:00.000Z")
        has(summary, summaryDownloadUrl="https://example.com/summary.txt", sessionId=SESSION, title=None)
        has(recording, recordingId="97cb480d", recordingStatus="UPLOADED", recordingDuration=1800, roomUUID=SESSION,
            recordingDownloadUrl="https://example.com/r.mp4", recordingOutputFileName="weekly-sync.mp4",
            extra='{"recording":{"fileSize":"2044680","id":"97cb480d"}}')
        has(live, streamId=LIVESTREAM["streamId"], streamStatus="LIVE", manualIngest=0, sessionId=None,
            meetingId=MEETING["id"], playbackUrl="https://example.com/live.m3u8", ingestServer="rtmps://example.com/live")


@test
def a_webhook_delivered_twice_is_one_event_even_without_a_time_of_its_own():
    with Daemon() as daemon:
        equal(daemon.tell(delivered(TRANSCRIPT, "d-1"), delivered(LEFT, "d-2")).counts(), (2, 2, 0, 0, 0))
        equal(daemon.tell(delivered(LEFT, "d-2"), delivered(TRANSCRIPT, "d-1")).counts(), (2, 0, 0, 2, 0))
        equal(daemon.tell(delivered(TRANSCRIPT, "d-3", at="2026-08-21T10:31:00Z"),
                          delivered(TRANSCRIPT, "d-3", at="2026-08-21T10:36:00Z")).counts(), (2, 1, 0, 1, 0))


@test
def one_delivery_id_on_several_webhooks_loses_none_of_them():
    with Daemon() as daemon:
        both = [JOINED, {**JOINED, "participant": {**MARY, "peerId": "another"}}]
        line = {"source": "realtimekit", "context": {"deliveryId": "d-1"}, "events": [*both, TRANSCRIPT, SUMMARY]}
        equal(daemon.tell(line).counts(), (1, 4, 0, 0, 0))
        equal(daemon.tell(line).counts(), (1, 0, 0, 4, 0))
        equal(daemon.tell(*(delivered(w, "d-1", context={"deliveryId": "d-1"}) for w in both)).counts(), (2, 0, 0, 2, 0))
        equal(daemon.rows("select peerId from meeting_events where peerId is not null order by peerId"),
              [{"peerId": "another"}, {"peerId": MARY["peerId"]}])


@test
def a_hello_may_give_the_id_of_the_one_delivery_that_follows():
    with Daemon() as daemon:
        for source in ({}, {"source": "realtimekit"}):
            hello = {"hello": {**source, "app": f"of {source}", "context": {"deliveryId": "d-1"}}}
            equal(daemon.tell(hello, LIVESTREAM).counts(), (2, 1, 0, 0, 0))
            equal(daemon.tell(hello, LIVESTREAM, {**LIVESTREAM, "status": "OFFLINE"}).counts(), (3, 1, 0, 1, 0))


@test
def a_key_of_a_context_that_nobody_knows_is_flagged_and_given_back():
    with Daemon() as daemon:
        answers = daemon.tell(
            {"source": "realtimekit", "context": {"rtk-uuid": "d-1", "accountId": "acc"}, "event": JOINED},
            {"hello": {"source": "realtimekit", "context": {"account_id": "acc"}}}, LEFT, ENDED,
            {"hello": {"context": {"roomId": "r", "stageArn": "arn"}}}, STARTED)
        equal(answers.counts(), (6, 4, 3, 0, 0))
        equal([(v["line"], v["violations"]) for v in answers.verdicts],
              [(1, [{"field": "context.rtk-uuid", "rule": "unknown"}]), (3, [{"field": "context.account_id", "rule": "unknown"}]),
               (4, [{"field": "context.account_id", "rule": "unknown"}])])
        with daemon.query() as client:
            client.send({"query": "export"})
            exported = [client.read() for _ in range(4)]
        equal([r.get("context") for r in exported],
              [{"rtk-uuid": "d-1", "accountId": "acc"}, {"account_id": "acc"}, {"account_id": "acc"}, None])
        equal(daemon.value("select extra from meeting_events where accountId = 'acc'"), '{"context.":{"rtk-uuid":"d-1"}}')
    with Daemon("--set", "conformance=strict") as daemon:
        answers = daemon.tell({"source": "realtimekit", "context": {"rtk-uuid": "d-1"}, "event": JOINED})
        has(answers.only_verdict(), verdict="rejected", code="unknown", field="context.rtk-uuid")


@test
def a_participant_without_a_peer_is_flagged_and_an_unknown_event_too():
    with Daemon() as daemon:
        answers = daemon.tell({**JOINED, "participant": {"joinedAt": MARY["joinedAt"]}},
                              {"event": "meeting.paused", "meeting": MEETING},
                              {"source": "realtimekit", "event": {"meeting": MEETING}})
        equal(answers.counts(), (3, 3, 3, 0, 0))
        equal([v["violations"] for v in answers.verdicts],
              [[{"field": "participant.peerId", "rule": "required"}], [{"field": "event", "rule": "unknown"}],
               [{"field": "event", "rule": "required"}]])


@test
def secrets_never_reach_the_disk():
    with Daemon() as daemon:
        bearing = {**STARTED, "meeting": {**MEETING, "title": JWT}}
        answers = daemon.tell(LIVESTREAM, bearing, {**TRACKSSTATUS, "data": {"token": JWT}, "comment": JWT},
                              {**LIVESTREAM, "manualIngest": "yes", "x": JWT})
        equal(answers.counts(), (4, 3, 0, 0, 1))
        equal(daemon.value("select code from quarantined"), "bad-type")
        assert on_disk(daemon, TOPIC), "nothing was written at all"
        for secret in ("live-secret-0001", JWT, JWT.split(".")[1], JWT.split(".")[2]):
            equal(on_disk(daemon, secret), [])


run()
