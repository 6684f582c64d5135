"""RealtimeKit webhooks in, and what a client of its API reads out of the query socket."""

import itertools

from harness import Daemon, QueryError, equal, refused, run, test

MEETING = "bbb8940e-1b97-402a-97d6-000000000001"
SESSION = "05e57591-d89e-45c9-ae44-000000000001"
APP = "c94c437b-592a-4a39-b9e2-000000000001"
PEER = "e32fb785-ddd0-4b96-b577-000000000001"
BEGAN, ENDED = "2026-08-21T10:00:00.000Z", "2026-08-21T10:30:00.000Z"
JOINED, LEFT = "2026-08-21T10:05:00.000Z", "2026-08-21T10:25:30.000Z"

WANTED = {
    "id": SESSION, "associated_id": MEETING, "meeting_display_name": "Weekly sync", "type": "meeting",
    "status": "ENDED", "live_participants": 0, "max_concurrent_participants": 1, "minutes_consumed": 20.5,
    "organization_id": APP, "started_at": BEGAN, "ended_at": ENDED, "created_at": BEGAN, "updated_at": ENDED,
    "breakout_rooms": []}


def webhook(event, meeting=MEETING, session=SESSION, title="Weekly sync", began=BEGAN, **more):
    meeting = {"id": meeting, "sessionId": session, "title": title, "status": "LIVE", "createdAt": began,
               "startedAt": began, "organizedBy": {"id": APP, "name": "Example org"}}
    if event == "meeting.ended":
        meeting["endedAt"] = more.pop("ended", ENDED)
    return {"event": event, "meeting": meeting, **more}


def participant(left=None, peer=PEER, name="Mary Sue", custom="user-123", joined=JOINED):
    return {"peerId": peer, "userDisplayName": name, "customParticipantId": custom, "joinedAt": joined,
            **({"leftAt": left} if left else {})}


STARTED = webhook("meeting.started")
CAME = webhook("meeting.participantJoined", participant=participant())
WENT = webhook("meeting.participantLeft", participant=participant(LEFT))
OVER = webhook("meeting.ended", reason="ALL_PARTICIPANTS_LEFT")
MEETING_EVENTS = (STARTED, CAME, WENT, OVER)


def only(rows):
    equal(len(rows), 1, f"rows {rows[:3]}")
    return rows[0]


def has(row, **want):
    equal({k: row.get(k) for k in want}, want)


@test
def the_meeting_reads_as_the_vendor_would_tell_it_in_any_order():
    for order in itertools.permutations(MEETING_EVENTS):
        with Daemon() as daemon:
            equal(daemon.tell(*order).counts(), (4, 4, 0, 0, 0))
            rows = daemon.ask("sessions")
            equal({k: only(rows)[k] for k in WANTED}, WANTED)
            equal(rows.end["paging"], {"total_count": 1, "start_offset": 0, "end_offset": 1})
            equal(only(daemon.ask("session", session_id=SESSION)), rows[0])


@test
def while_it_goes_on_it_is_live():
    with Daemon() as daemon:
        daemon.tell(STARTED)
        has(only(daemon.ask("sessions", status="LIVE")), live_participants=0, ended_at=None)
        daemon.tell(CAME)
        has(only(daemon.ask("sessions", status="LIVE")), live_participants=1, max_concurrent_participants=1)
        has(only(daemon.ask("session-participants", session_id=SESSION)), joined_at=JOINED, left_at=None)
        equal(daemon.ask("sessions", status="ENDED"), [])
        daemon.tell(WENT, OVER)
        equal(daemon.ask("sessions", status="LIVE"), [])


@test
def who_took_part_is_found_by_session_and_by_peer():
    with Daemon() as daemon:
        daemon.tell(*MEETING_EVENTS)
        wanted = {"id": PEER, "user_id": "user-123", "custom_participant_id": "user-123", "display_name": "Mary Sue",
                  "joined_at": JOINED, "left_at": LEFT, "duration": 20.5, "created_at": JOINED, "updated_at": LEFT,
                  "session_id": SESSION}
        rows = daemon.ask("session-participants", session_id=SESSION, include_peer_events="true")
        has(only(rows), **wanted)
        equal(rows.end["paging"], {"total_count": 1, "start_offset": 0, "end_offset": 1})
        equal([e["event_name"] for e in rows[0]["peer_events"]], ["PEER_CREATED", "PEER_JOINING", "PEER_LEAVING"])
        has(only(daemon.ask("session-participant", session_id=SESSION, participant_id=PEER)),
            peer_events=None, **wanted)
        for app in (None, APP, only(daemon.ask("sessions"))["app"]):
            has(only(daemon.ask("peer", peer_id=PEER, app=app)), **wanted)
        equal(daemon.ask("peer", peer_id=PEER, app="another"), [])
        has(only(daemon.ask("peer", peer_id=PEER, filters="device_info")),
            peer_report={"metadata": {"device_info": {}}})
        for name in ("session-chat", "session-summary", "session-transcript", "session-livestreams"):
            equal(daemon.ask(name, session_id=SESSION), [], name)


@test
def who_left_is_gone_whatever_the_clocks_and_is_called_as_the_first_to_tell_it_said():
    def of(peer, name, left=None):
        return dict(participant=participant(left, peer=peer, name=name))
    early = "2026-08-21T10:04:00.000Z"
    told = [webhook("meeting.participantJoined", **of("p-1", "Mary")),
            webhook("meeting.participantLeft", **of("p-1", "Mary", early)),
            webhook("meeting.participantLeft", **of("p-2", "Ben", early)),
            # Where the digest decided, it was Anabel of one of these two.
            *(webhook("meeting.participantJoined", **of(p, "Ana")) for p in ("p-3", "p-4")),
            *(webhook("meeting.participantLeft", **of(p, "Anabel", LEFT)) for p in ("p-3", "p-4"))]
    for order in (told, told[::-1]):
        with Daemon() as daemon:
            for line in order:
                equal(daemon.tell(line).ack["stored"], 1)
            has(only(daemon.ask("sessions")), live_participants=0)
            equal([(r["id"], r["joined_at"], r["left_at"], r["how_left_class"], r["display_name"]) for r in
                   daemon.ask("session-participants", session_id=SESSION)],
                  [("p-1", JOINED, JOINED, "normal", "Mary"), ("p-2", JOINED, JOINED, "normal", "Ben"),
                   ("p-3", JOINED, LEFT, "normal", "Ana"), ("p-4", JOINED, LEFT, "normal", "Ana")])


@test
def times_and_minutes_are_as_exact_in_one_place_as_in_another():
    began = "2026-08-21T10:00:00.000123Z"
    stays = [(f"2026-08-21T10:0{n}:00.000{n}01Z", f"2026-08-21T10:0{n}:30.0015{n}9Z") for n in range(1, 4)]
    with Daemon() as daemon:
        equal(daemon.tell({"event": "meeting.started", "meeting": {"id": "m", "sessionId": SESSION, "createdAt": began,
                                                                   "startedAt": began}}).ack["stored"], 1)
        has(only(daemon.ask("session", session_id=SESSION)), started_at=began, created_at=began, updated_at=began)
        equal(daemon.tell(*(webhook("meeting.participantLeft", began=began,
                                    participant=participant(left, peer=f"p-{joined}", joined=joined))
                            for joined, left in stays)).ack["stored"], 3)
        session = only(daemon.ask("session", session_id=SESSION))
        has(session, updated_at=stays[-1][1])
        durations = [r["duration_ms"] for r in daemon.rows("select duration_ms from participants")]
        equal(durations, [30001] * 3)
        equal(session["minutes_consumed"], round(sum(durations) / 60000, 6))
        equal([r["duration"] for r in daemon.ask("session-participants", session_id=SESSION)], [round(30001 / 60000, 6)] * 3)


@test
def what_comes_after_the_meeting_is_found_with_it():
    with Daemon() as daemon:
        chat = {"event": "meeting.chatSynced", "title": "Weekly sync", "createdAt": BEGAN, "startedAt": BEGAN,
                "endedAt": ENDED, "meetingId": MEETING, "sessionId": SESSION,
                "organizedBy": {"id": APP, "name": "Example org"}, "chatDownloadUrl": "https://example.com/chat.csv",
                "chatDownloadUrlExpiry": "2026-08-28T10:31:00.000Z"}
        transcript = webhook("meeting.transcript", transcriptDownloadUrl="https://example.com/transcript.csv",
                             transcriptDownloadUrlExpiry="2026-08-28T10:31:00.000Z")
        summary = webhook("meeting.summary", summaryDownloadUrl="https://example.com/summary.txt",
                          summaryDownloadUrlExpiry="2026-08-28T10:31:00.000Z")
        streams = [{"source": "realtimekit", "at": f"2026-08-21T10:{minute}:00Z", "event": {
            "event": "livestreaming.statusUpdate", "meeting": {"id": MEETING}, "streamId": "stream-1", "status": status}}
            for minute, status in ((10, "LIVE"), (20, "OFFLINE"))]
        equal(daemon.tell(*MEETING_EVENTS, chat, transcript, summary, *streams).ack["rejected"], 0)
        has(only(daemon.ask("session-chat", session_id=SESSION)), chat_download_url="https://example.com/chat.csv",
            chat_download_url_expiry="2026-08-28T10:31:00.000Z")
        has(only(daemon.ask("session-transcript", session_id=SESSION, format="VTT")), sessionId=SESSION,
            transcript_download_url="https://example.com/transcript.csv")
        has(only(daemon.ask("session-summary", session_id=SESSION)), sessionId=SESSION,
            summaryDownloadUrl="https://example.com/summary.txt")
        rows = daemon.ask("session-livestreams", session_id=SESSION, page_no=1, per_page=10)
        has(only(rows), id="stream-1", started_time="2026-08-21T10:10:00.000Z",
            stopped_time="2026-08-21T10:20:00.000Z", ingest_seconds=600)
        equal(rows.end["paging"], {"total_count": 1, "start_offset": 0, "end_offset": 1})


@test
def a_livestream_is_of_the_session_it_names_or_else_of_the_one_that_was_on():
    def at(clock):
        return f"2026-08-21T{clock}:00.000Z"

    def status(stream, clock, is_now, **more):
        return {"source": "realtimekit", "at": at(clock), "event": {
            "event": "livestreaming.statusUpdate", "streamId": stream, "status": is_now, **more}}

    def begins(session, clock):
        return webhook("meeting.started", session=session, began=at(clock))
    of_meeting = {"meeting": {"id": MEETING}}
    lines = [
        begins("s-1", "10:00"), status("a", "10:05", "LIVE", **of_meeting), status("a", "10:20", "OFFLINE", **of_meeting),
        webhook("meeting.ended", session="s-1", began=at("10:00"), ended=at("10:30"), reason="ALL_PARTICIPANTS_LEFT"),
        begins("s-2", "10:32"), status("b", "10:33", "LIVE", **of_meeting), status("b", "10:34", "IDLE", **of_meeting),
        status("b", "10:35", "LIVE", **of_meeting), status("b", "10:40", "OFFLINE", **of_meeting),
        # Nobody said that it ended.
        begins("s-3", "12:00"), status("c", "12:05", "LIVE", **of_meeting), status("c", "12:06", "WEIRD", **of_meeting),
        status("d", "12:07", "LIVE", meetingId=MEETING), status("d", "12:08", "ERRORED", meetingId=MEETING),
        status("e", "12:09", "LIVE", meeting={"id": MEETING, "sessionId": "s-2"}),
        status("f", "09:00", "LIVE", meetingId=MEETING, sessionId="s-3"),
        webhook("meeting.started", session="s-other", meeting="another", began=at("12:06")),
        # A meeting of the first version has a room's name.
        {"event": "meeting.started", "meeting": {"sessionId": "s-v1", "roomName": "room", "startedAt": at("12:06")}},
        status("g", "12:09", "LIVE", meeting={"roomName": "room"})]
    for told in (lines, lines[::-1]):
        with Daemon() as daemon:
            equal(daemon.tell(*told).ack["rejected"], 0)

            def streams(session):
                return [(r["id"], (r["started_time"] or "")[11:16], (r["stopped_time"] or "")[11:16], r["err_message"],
                         r["status"]) for r in daemon.ask("session-livestreams", session_id=session)]
            equal(streams("s-1"), [("a", "10:05", "10:20", None, "OFFLINE")])
            equal(streams("s-2"), [("b", "10:33", "10:40", None, "OFFLINE"), ("e", "12:09", "", "LIVE", "LIVE")])
            equal(streams("s-3"), [("f", "09:00", "", "LIVE", "LIVE"), ("c", "12:05", "", None, "WEIRD"),
                                   ("d", "12:07", "12:08", "ERRORED", "ERRORED")])
            equal(streams("s-other"), [])
            equal(streams("s-v1"), [("g", "12:09", "", "LIVE", "LIVE")])
            has(only(daemon.ask("sessions", associated_id="room")), id="s-v1")


@test
def a_livestream_stops_when_it_is_told_so_first_after_it_was_live_last():
    def status(stream, us, is_now):
        return {"source": "realtimekit", "at": f"2026-08-21T10:10:00.{us:06d}Z", "event": {
            "event": "livestreaming.statusUpdate", "meeting": {"id": MEETING}, "streamId": stream, "status": is_now}}
    begun = webhook("meeting.started", began="2026-08-21T10:00:00.000Z")
    lines = [status("a", 100000, "LIVE"), status("a", 200000, "OFFLINE"), status("a", 400000, "LIVE"),
             status("a", 450000, "PAUSED"), status("a", 600000, "OFFLINE"), status("a", 700000, "IDLE"),
             status("b", 300000, "OFFLINE"),
             status("c", 300001, "LIVE"), status("c", 300002, "OFFLINE"), status("c", 300003, "LIVE")]
    for told in (lines, lines[::-1]):
        with Daemon() as daemon:
            equal(daemon.tell(begun, *told).ack["rejected"], 0)
            rows = {r["id"]: r for r in daemon.ask("session-livestreams", session_id=SESSION)}
            has(rows["a"], stopped_time="2026-08-21T10:10:00.600Z", ingest_seconds=0.3, status="IDLE")
            has(rows["b"], started_time=None, stopped_time="2026-08-21T10:10:00.300Z", ingest_seconds=None)
            has(rows["c"], status="LIVE", stopped_time=None, ingest_seconds=None)


@test
def sessions_come_in_pages_and_are_sorted_and_narrowed():
    with Daemon() as daemon:
        lines = []
        for i in range(7):
            began, session = f"2026-08-21T1{i}:00:00.000Z", f"session-{i}"
            common = dict(session=session, meeting=f"meeting-{i % 2}", title=f"Call {i}", began=began)
            lines.append(webhook("meeting.started", **common))
            for p in range(i % 3):
                lines.append(webhook("meeting.participantLeft", **common, participant=participant(
                    f"2026-08-21T1{i}:{40 - 5 * i:02d}:00.000Z", peer=f"peer-{i}-{p}", joined=began)))
            if i != 6:
                lines.append(webhook("meeting.ended", **common, ended=f"2026-08-21T1{i}:50:00.000Z",
                                     reason="HOST_ENDED_MEETING"))
        equal(daemon.tell(*lines).ack["rejected"], 0)

        def ids(**given):
            return [int(r["id"][-1]) for r in daemon.ask("sessions", **given)]
        equal(ids(), [6, 5, 4, 3, 2, 1, 0])
        equal(ids(per_page=3), [6, 5, 4])
        equal(ids(per_page="3", page_no="3"), [0])
        equal(ids(page_no=2, per_page=3, sort_by="createdAt", sort_order="ASC"), [3, 4, 5])
        equal(ids(sort_by="minutesConsumed", limit=2), [2, 1])
        equal(ids(participants="2:10"), [5, 2])
        equal(ids(participants="0:0"), [6, 3, 0])
        equal(ids(associated_id="meeting-1"), [5, 3, 1])
        equal(ids(search="call 4"), [4])
        equal(ids(search="session-3"), [3])
        equal(ids(search="meeting-1", status="ENDED"), [5, 3, 1])
        equal(ids(start_time="2026-08-21T12:00:00.000Z", end_time="2026-08-21T14:00:00Z"), [3, 2])
        equal(ids(app=APP, include_breakout_rooms=True, per_page=1), [6])
        for given, paging in ((dict(per_page=3), (7, 0, 3)), (dict(per_page=3, page_no=3), (7, 6, 7)),
                              (dict(per_page=3, page_no=4), (7, 7, 7)), (dict(per_page=2, search="call 4"), (1, 0, 1)),
                              (dict(per_page=2, associated_id="meeting-1"), (3, 0, 2))):
            equal(tuple(daemon.ask("sessions", **given).end["paging"].values()), paging, str(given))


@test
def a_wrong_value_is_refused_with_those_that_could_be():
    with Daemon() as daemon:
        for query, given, word in (
                ("sessions", {"sort_by": "length"}, "minutesConsumed, createdAt"),
                ("sessions", {"sort_order": "down"}, "ASC, DESC"), ("sessions", {"status": "OVER"}, "LIVE, ENDED"),
                ("sessions", {"participants": "few"}, "1:10"), ("sessions", {"start_time": "then"}, "start_time"),
                ("sessions", {"page_no": 0}, "from 1"), ("sessions", {"per_page": "all"}, "per_page"),
                ("sessions", {"page_no": 1, "limit": 5}, "limit"),
                ("session-participants", {"session_id": "x", "view": "flat"}, "raw, consolidated"),
                ("session-participants", {"session_id": "x", "include_peer_events": "yes"}, "true or false"),
                ("session-transcript", {"session_id": "x", "format": "PDF"}, "SRT, VTT, JSON, CSV"),
                ("peer", {"peer_id": "x", "filters": "all"}, "device_info"), ("session", {}, "session_id"),
                ("session-participant", {"session_id": "x"}, "participant_id"), ("peer", {}, "peer_id")):
            try:
                daemon.ask(query, **given)
            except QueryError as error:
                equal(error.code, "bad-value", str(given))
                assert word in error.message, (given, error.message)
            else:
                raise AssertionError(f"{query} took {given}")
        refused("unknown-parameter", daemon.ask, "session", session_id="x", page_no=1)
        for name in ("session", "session-participants", "session-chat", "session-summary", "session-transcript",
                     "session-livestreams"):
            rows = daemon.ask(name, session_id="nobody")
            equal(rows, [], name)
            assert rows.end["columns"], name


@test
def the_list_of_queries_tells_the_values_a_parameter_takes():
    with Daemon() as daemon:
        sessions = only([q for q in daemon.ask("queries") if q["name"] == "sessions"])
        parameters = {p["name"]: p for p in sessions["parameters"]}
        has(parameters["sort_by"], type="enum", values=["minutesConsumed", "createdAt"], required=False)
        has(parameters["participants"], type="range")
        has(parameters["include_breakout_rooms"], type="bool")
        assert {"page_no", "per_page"} <= set(parameters), parameters


if __name__ == "__main__":
    run()
