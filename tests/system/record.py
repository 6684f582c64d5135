"""Who was in which call, when, and how each left: scenario by scenario, for every vendor.

Each scenario is told three times, to three apps: in order, backwards with a commit behind each
line, and shuffled with lines repeated. All three must give what is expected.
"""

import random
import time

from harness import Daemon, equal, eventually, run, test
from lines import (NOON, STAGE, bridge, connected, connection, disconnected, hrtc, iso, ivs, peer_join, peer_leave,
                   presence, rtk, rtk_joined, rtk_left, spaces, state, stream, tracks, video_end)

IDLE = 4 * 3600
LEAVE_CODE_7 = "reconnection timeout"
APPS = ("in-order", "backwards", "shuffled")


def ms(s):
    return None if s is None else round((NOON + s) * 1000)


# Telling, and what is expected.

class Told:
    """A scenario as one app told it."""

    def __init__(self, daemon, app):
        self.daemon, self.app = daemon, app

    def sessions(self):
        return self.daemon.rows("select * from sessions where app = ? order by started_ms, session_id", self.app)

    def session(self):
        rows = self.sessions()
        equal(len(rows), 1, f"{self.app}: sessions {rows}")
        return rows[0]

    def participants(self, session=None):
        rows = self.daemon.rows("select * from participants where app = ?", self.app)
        rows = [r for r in rows if session is None or r["session_id"] == session]
        named = {r["participant_id"]: r for r in rows}
        equal(len(named), len(rows), f"{self.app}: participants, each once, of {rows}")
        return named


def has(row, **want):
    equal({k: row[k] for k in want}, want, f"{row}")


def was_in(row, joined, left, duration=None, how="normal"):
    """A participant, by seconds after noon."""
    duration = left - joined if duration is None and None not in (joined, left) else duration
    has(row, joined_ms=ms(joined), left_ms=ms(left), duration_ms=None if duration is None else round(duration * 1000),
        how_left_class=how)


def tell(daemon, app, lines, each=False):
    with daemon.ingest() as client:
        client.send({"hello": {"app": app}})
        for n, line in enumerate(lines, 2):
            client.send(line)
            if each:
                client.until_ack(n)
        answers = client.finish()
        equal(answers.ack["rejected"], 0, f"rejected: {answers.verdicts[:1]}")


def told(daemon, *lines):
    """Tell it in all ways; give each of them to look at."""
    lines = list(lines)
    mixed = lines + lines[::2]
    random.Random(len(lines)).shuffle(mixed)
    tell(daemon, "in-order", lines)
    tell(daemon, "backwards", lines[::-1], each=True)
    tell(daemon, "shuffled", mixed, each=True)
    return [Told(daemon, app) for app in APPS]


def minutes(row, seconds):
    assert abs(row["minutes"] - seconds / 60) < 0.0001, f"minutes {row['minutes']}, wanted {seconds / 60}: {row}"


# GetStream.

@test
def stream_a_user_is_in_from_the_first_success_on_and_gone_an_idle_time_after_the_last_event():
    with Daemon() as daemon:
        for it in told(daemon,
                       stream("ana", "JoinInitiated", 0, session=None),
                       stream("ana", "WSJoin", 1),
                       connection("ana", 3), connection("ana", 4, role="publish"),
                       stream("ana", "FirstAudioFrame", 5, sfu_id="s"),
                       stream("bo", "WSJoin", 2), connection("bo", 20, "failure")):
            row = it.session()
            has(row, source="stream", session_id="cs-1", call_type="default", call_id="standup", status="ENDED",
                started_ms=ms(2), ended_ms=ms(20 + IDLE), live_participants=0, peak_participants=2,
                last_event_ms=ms(20))
            minutes(row, 5 + IDLE - 3 + 20 + IDLE - 2)
            people = it.participants()
            was_in(people["ana"], 3, 5 + IDLE, how="idle")
            was_in(people["bo"], 2, 20 + IDLE, how="idle")
            has(people["ana"], user_id="ana", session_id="cs-1", source="stream")


@test
def stream_a_user_of_two_attempts_is_in_from_the_one_that_succeeds():
    with Daemon() as daemon:
        for it in told(daemon,
                       stream("ana", "WSJoin", 0), connection("ana", 15, "failure"),
                       stream("ana", "WSJoin", 20, attempt="b"), connection("ana", 22, attempt="b"),
                       stream("ana", "FirstVideoFrame", 600, attempt="b", sfu_id="s", track_id="t")):
            was_in(it.participants()["ana"], 22, 600 + IDLE, how="idle")
            has(it.session(), started_ms=ms(22), ended_ms=ms(600 + IDLE), peak_participants=1)


@test
def stream_a_call_of_just_now_is_live_and_ends_by_itself():
    with Daemon("--set", "session_idle=1min") as daemon:
        now = round(time.time() - NOON - 58, 3)
        tell(daemon, "live", [connection("ana", now - 1), connection("bo", now)])
        it = Told(daemon, "live")
        has(it.session(), status="LIVE", live_participants=2, ended_ms=None, peak_participants=2)
        has(it.participants()["ana"], left_ms=None, how_left=None, how_left_class=None)
        eventually(lambda: it.session()["status"] == "ENDED", "the idle time ends the session", 10)
        has(it.session(), live_participants=0, ended_ms=ms(now + 60))
        was_in(it.participants()["ana"], now - 1, now + 59, how="idle")


@test
def stream_a_session_that_tells_no_user_has_no_participants():
    with Daemon() as daemon:
        for it in told(daemon, stream(None, "WSJoin", 0), connection(None, 3), connection(None, 9, attempt="b")):
            has(it.session(), call_type="default", call_id="standup", started_ms=ms(0), last_event_ms=ms(9),
                ended_ms=ms(9 + IDLE), status="ENDED", end_reason="idle", events=3, peak_participants=0,
                live_participants=0, minutes=0)
            equal(it.participants(), {})


@test
def stream_an_attempt_is_its_users_whichever_event_tells_it_and_nobodys_until_then():
    with Daemon() as daemon:
        for it in told(daemon, stream(None, "WSJoin", 0, join_attempt_id="x"),
                       connection("ana", 3, join_attempt_id="x"),
                       stream(None, "FirstAudioFrame", 5, join_attempt_id="x", sfu_id="s"),
                       stream(None, "WSJoin", 90, attempt="nobody's")):
            has(it.session(), started_ms=ms(3), last_event_ms=ms(90), ended_ms=ms(90 + IDLE), events=4,
                peak_participants=1)
            equal(list(it.participants()), ["ana"])
            was_in(it.participants()["ana"], 3, 5 + IDLE, how="idle")
            has(it.participants()["ana"], events=3)


@test
def stream_an_event_without_an_attempt_is_in_its_session_and_of_its_user():
    with Daemon() as daemon:
        for it in told(daemon, connection("ana", 3),
                       stream("ana", "NetworkSwitched", 60, "wifi-to-cell", join_attempt_id=None),
                       stream("bo", "FirstAudioFrame", 10, join_attempt_id="unknown", sfu_id="s"),
                       connection("bo", 12, join_attempt_id="unknown"),
                       stream("cy", "NetworkSwitched", 70, "wifi-to-cell", join_attempt_id=None,
                              coordinator_connect_id=None),
                       stream(None, "NetworkSwitched", 90, "wifi-to-cell", join_attempt_id=None)):
            has(it.session(), started_ms=ms(3), last_event_ms=ms(90), ended_ms=ms(90 + IDLE), events=6,
                peak_participants=3)
            people = it.participants()
            equal(sorted(people), ["ana", "bo", "cy"])
            was_in(people["ana"], 3, 60 + IDLE, how="idle")
            was_in(people["bo"], 12, 12 + IDLE, how="idle")
            was_in(people["cy"], 70, 70 + IDLE, how="idle")
            has(people["bo"], events=2)


# RealtimeKit.

@test
def realtimekit_a_meeting_that_the_host_ends():
    with Daemon() as daemon:
        for it in told(daemon, rtk("meeting.started", taken=1), rtk_joined("p1", 10), rtk_joined("p2", 20.5),
                       rtk_left("p1", 10, 300), rtk("meeting.ended", 1800, reason="HOST_ENDED_MEETING")):
            row = it.session()
            has(row, source="realtimekit", session_id="rs-1", call_id="m-1", title="Weekly sync", organization_id="org-1",
                status="ENDED", end_reason="HOST_ENDED_MEETING", started_ms=ms(0), ended_ms=ms(1800),
                live_participants=0, peak_participants=2, events=5)
            minutes(row, 290 + 1779.5)
            people = it.participants()
            equal(len(people), 2)
            was_in(people["p1"], 10, 300)
            was_in(people["p2"], 20.5, 1800, how="session-ended")
            has(people["p2"], peer_id="p2", user_id="user-p2", custom_participant_id="user-p2", display_name="P2",
                how_left="session-ended")


@test
def realtimekit_a_leaving_alone_tells_the_joining_too():
    with Daemon() as daemon:
        for it in told(daemon, rtk_left("p1", 10, 300), rtk_left("p2", 200, 400)):
            row = it.session()
            has(row, started_ms=ms(0), title="Weekly sync", peak_participants=2, live_participants=0, events=2)
            minutes(row, 490)
            was_in(it.participants()["p1"], 10, 300)


@test
def realtimekit_only_meeting_ended_ends_it_whatever_the_status_says():
    with Daemon() as daemon:
        for it in told(daemon, rtk_joined("p1", 10), rtk_left("p1", 10, 300, meeting={"status": "ENDED"})):
            has(it.session(), status="LIVE", ended_ms=None, live_participants=0, end_reason=None)
    with Daemon() as daemon:
        for it in told(daemon, rtk_joined("p1", 10), rtk("meeting.ended", 300, meeting={"status": "LIVE"})):
            has(it.session(), status="ENDED", ended_ms=ms(300), live_participants=0)


@test
def realtimekit_what_comes_after_the_end_does_not_reopen_it():
    with Daemon() as daemon:
        for it in told(daemon, rtk_joined("p1", 10), rtk("meeting.ended", 300, reason="ALL_PARTICIPANTS_LEFT"),
                       rtk_left("p1", 10, 302), rtk_joined("p2", 310),
                       {"source": "realtimekit", "at": iso(400), "context": {"deliveryId": "d-chat"}, "event": {
                           "event": "meeting.chatSynced", "title": "Weekly sync", "meetingId": "m-1", "sessionId": "rs-1",
                           "createdAt": iso(0), "startedAt": iso(0), "endedAt": iso(300),
                           "chatDownloadUrl": "https://example.com/chat.csv"}},
                       rtk("meeting.summary", taken=500, summaryDownloadUrl="https://example.com/s")):
            has(it.session(), status="ENDED", started_ms=ms(0), ended_ms=ms(300), live_participants=0, events=6,
                end_reason="ALL_PARTICIPANTS_LEFT", peak_participants=1)
            was_in(it.participants()["p1"], 10, 302)


@test
def realtimekit_a_delivery_repeated_later_counts_once():
    with Daemon() as daemon:
        tell(daemon, "a", [rtk("meeting.summary", delivery="d1", taken=t) for t in (10, 70, 130)])
        tell(daemon, "a", [rtk("meeting.summary", delivery="d1", taken=10), rtk("meeting.summary", delivery="d2", taken=10)])
        equal(daemon.value("select count(*) from meeting_events"), 2)
        has(Told(daemon, "a").session(), events=2)


@test
def realtimekit_a_meeting_has_many_sessions_and_a_peer_is_found_alone():
    with Daemon() as daemon:
        for it in told(daemon, rtk_joined("p1", 10), rtk("meeting.ended", 60),
                       rtk_joined("p9", 900, session="rs-2", meeting={"startedAt": iso(890)}),
                       rtk("meeting.ended", 960, session="rs-2", meeting={"startedAt": iso(890)})):
            first, second = it.sessions()
            has(first, session_id="rs-1", call_id="m-1", started_ms=ms(0), ended_ms=ms(60))
            has(second, session_id="rs-2", call_id="m-1", started_ms=ms(890), ended_ms=ms(960))
            equal(daemon.rows("select session_id, participant_id, user_id from peers where app = ? and peer_id = 'p9'",
                              it.app), [{"session_id": "rs-2", "participant_id": "p9", "user_id": "user-p9"}])


# AWS IVS.

@test
def ivs_a_listing_newest_first_where_two_events_share_each_second():
    with Daemon() as daemon:
        for it in told(daemon, ivs(("LEFT", "abCDEf12GHIj", 354), ("PUBLISH_STOPPED", "abCDEf12GHIj", 354),
                                   ("PUBLISH_STARTED", "abCDEf12GHIj", 0), ("JOINED", "abCDEf12GHIj", 0))):
            row = it.session()
            has(row, source="ivs", session_id=row["session_id"], call_id=STAGE, status="ENDED", started_ms=ms(0),
                ended_ms=ms(354), peak_participants=1, live_participants=0, events=4)
            assert "st-a1b2c3d4e5f6g" in row["session_id"], row
            minutes(row, 354)
            was_in(it.participants()["abCDEf12GHIj"], 0, 354)


@test
def ivs_a_session_is_over_when_all_who_joined_have_left():
    with Daemon() as daemon:
        for it in told(daemon, ivs(("JOINED", "p1", 0)), ivs(("LEFT", "p1", 60)), ivs(("JOINED", "p2", 30))):
            has(it.session(), status="LIVE", ended_ms=None, live_participants=1, peak_participants=2)
            minutes(it.session(), 60)
        for it in told(daemon, ivs(("LEFT", "p2", 90))):
            has(it.session(), status="ENDED", started_ms=ms(0), ended_ms=ms(90), live_participants=0, peak_participants=2)
            minutes(it.session(), 120)


@test
def ivs_who_publishes_without_having_joined_is_a_participant_and_a_failed_join_is_none():
    with Daemon() as daemon:
        for it in told(daemon, ivs(("JOINED", "p1", 0), ("LEFT", "p1", 60), ("PUBLISH_STARTED", "p2", 10),
                                   ("PUBLISH_STOPPED", "p2", 50), ("JOIN_ERROR", "p3", 5, {"errorCode": "QUOTA_EXCEEDED"}))):
            people = it.participants()
            equal(sorted(people), ["p1", "p2"])
            was_in(people["p2"], None, None, how=None)
            has(it.session(), status="ENDED", ended_ms=ms(60), started_ms=ms(0), peak_participants=1, live_participants=0,
                events=5)
            minutes(it.session(), 60)


@test
def ivs_a_participant_who_comes_back_is_one_with_the_times_summed():
    with Daemon() as daemon:
        for it in told(daemon, ivs(("JOINED", "p1", 0), ("LEFT", "p1", 60), ("JOINED", "p1", 120), ("LEFT", "p1", 200),
                                   ("JOINED", "p2", 10), ("LEFT", "p2", 300))):
            was_in(it.participants()["p1"], 0, 200, duration=140)
            has(it.session(), peak_participants=2, ended_ms=ms(300))
            minutes(it.session(), 140 + 290)


@test
def ivs_who_left_was_in_though_nobody_told_that_it_came():
    with Daemon() as daemon:
        for it in told(daemon, ivs(("JOINED", "p1", 0)), ivs(("LEFT", "p1", 60)), ivs(("LEFT", "p2", 90))):
            has(it.session(), status="ENDED", started_ms=ms(0), ended_ms=ms(90))
            was_in(it.participants()["p2"], None, 90)
            minutes(it.session(), 60)


@test
def ivs_who_comes_and_goes_within_a_second_has_been_there():
    with Daemon() as daemon:
        for it in told(daemon, ivs(("LEFT", "p1", 30), ("PUBLISH_STOPPED", "p1", 30), ("PUBLISH_STARTED", "p1", 30),
                                   ("JOINED", "p1", 30))):
            was_in(it.participants()["p1"], 30, 30)
            has(it.session(), status="ENDED", ended_ms=ms(30), peak_participants=1, live_participants=0)


@test
def ivs_what_eventbridge_and_listings_tell_is_one_participant():
    with Daemon() as daemon:
        for it in told(daemon, bridge("Participant Unpublished", "p1", 50, "ana"), ivs(("LEFT", "p1", 60), ("JOINED", "p1", 0)),
                       bridge("Participant Published", "p1", 2, "ana"), bridge("Participant Published", "p2", 3),
                       ivs(("TOKEN_EXCHANGED", "p2", 9, {"newToken": {"userId": "bo", "capabilities": ["PUBLISH"]}}))):
            people = it.participants()
            equal(sorted(people), ["p1", "p2"])
            was_in(people["p1"], 0, 60)
            has(people["p1"], user_id="ana")
            was_in(people["p2"], None, None, how=None)
            has(people["p2"], user_id="bo")
            has(it.session(), status="ENDED", started_ms=ms(0), ended_ms=ms(60), call_id=STAGE)


@test
def ivs_sessions_of_one_stage_stay_apart():
    with Daemon() as daemon:
        for it in told(daemon, ivs(("JOINED", "p1", 0), ("LEFT", "p1", 60)),
                       ivs(("JOINED", "p1", 30), session="st-bbbbbbbbbbbbb")):
            equal([(r["status"], r["started_ms"]) for r in it.sessions()], [("ENDED", ms(0)), ("LIVE", ms(30))])


# Huawei HRTC.

TWO_CLIENTS = (
    state("u-1", -0.3, "DISCONNECTED", "CONNECTING"), connected("u-1", 0), connected("u-2", 10),
    peer_join("u-1", "u-2", 10.2), peer_join("u-2", "u-1", 10.1),
    state("u-1", 30, "CONNECTED", "RECONNECTING"), state("u-1", 33, "RECONNECTING", "CONNECTED"),
    disconnected("u-2", 60), peer_leave("u-1", "u-2", 60.3, 0), disconnected("u-1", 100))


@test
def hrtc_what_two_clients_tell_of_each_other_is_one_session():
    with Daemon() as daemon:
        for it in told(daemon, *TWO_CLIENTS):
            row = it.session()
            has(row, source="hrtc", call_id="room_77", status="ENDED", started_ms=ms(0), ended_ms=ms(100),
                peak_participants=2, live_participants=0, events=10)
            assert row["session_id"].startswith("room_77@2024-05-01T12:00:00"), row
            minutes(row, 100 + 50.3)
            people = it.participants()
            equal(sorted(people), ["u-1", "u-2"])
            was_in(people["u-1"], 0, 100)
            was_in(people["u-2"], 10, 60.3)
            has(people["u-1"], is_local=1, user_id="u-1", display_name="U-1")


@test
def hrtc_the_leave_codes_have_their_classes():
    classes = ("normal", *4 * ("failure",), "forced", "failure", "failure", None, "forced", "forced")
    with Daemon() as daemon:
        lines = [connected("me", 0), disconnected("me", 900)]
        for code in range(11):
            lines += [peer_join("me", f"u{code}", 10 + code), peer_leave("me", f"u{code}", 100 + code, code)]
        for it in told(daemon, *lines):
            people = it.participants()
            for code, wanted in enumerate(classes):
                row = people[f"u{code}"]
                has(row, joined_ms=ms(10 + code), left_ms=ms(100 + code), is_local=0)
                assert row["how_left"], row
                if wanted:
                    has(row, how_left_class=wanted)
                else:
                    assert row["how_left_class"] in ("normal", "forced", "failure"), row
            has(it.session(), peak_participants=12)
            was_in(people["me"], 0, 900)


@test
def hrtc_who_is_banned_or_gives_up_reconnecting_has_left():
    with Daemon() as daemon:
        for it in told(daemon, connected("u-1", 0), hrtc("u-1", "client-banned", 50, {"userId": "u-1", "reason": "x"})):
            was_in(it.participants()["u-1"], 0, 50, how="forced")
            has(it.session(), status="ENDED", ended_ms=ms(50))
    with Daemon() as daemon:
        for it in told(daemon, connected("u-1", 0), state("u-1", 20, "CONNECTED", "RECONNECTING"),
                       disconnected("u-1", 40, "RECONNECTING")):
            has(it.participants()["u-1"], left_ms=ms(40), duration_ms=40000)
            has(it.session(), status="ENDED", ended_ms=ms(40))
    with Daemon() as daemon:  # the others are told more than it knows itself
        for it in told(daemon, connected("u-2", 0), connected("u-1", 0), disconnected("u-1", 40, "RECONNECTING"),
                       peer_leave("u-2", "u-1", 40.2, 7), disconnected("u-2", 50)):
            was_in(it.participants()["u-1"], 0, 40.2, how="failure")
            has(it.participants()["u-1"], how_left=LEAVE_CODE_7)


@test
def hrtc_a_session_whose_only_client_leaves_is_over_though_nobody_told_that_it_came():
    quality = {"uplinkNetworkQuality": 1, "downlinkNetworkQuality": 1}
    with Daemon() as daemon:
        for it in told(daemon, hrtc("u-1", "network-quality", 0, quality), disconnected("u-1", 60)):
            has(it.session(), status="ENDED", end_reason=None, started_ms=ms(0), ended_ms=ms(60), peak_participants=0)
            was_in(it.participants()["u-1"], None, 60)


@test
def hrtc_who_was_in_before_anything_was_told_stays_in_one_session_with_who_comes_and_goes():
    quality = {"uplinkNetworkQuality": 1, "downlinkNetworkQuality": 1}
    with Daemon() as daemon:
        for it in told(daemon, hrtc("u-1", "network-quality", 0, quality), peer_leave("u-1", "u-2", 10),
                       hrtc("u-1", "network-quality", 20, quality), peer_join("u-1", "u-3", 30),
                       peer_leave("u-1", "u-3", 40)):
            has(it.session(), status="ENDED", ended_ms=ms(40))


@test
def hrtc_who_is_in_and_cannot_connect_again_has_left():
    with Daemon() as daemon:
        for it in told(daemon, connected("u-1", 0), state("u-1", 20, "CONNECTED", "RECONNECTING"),
                       state("u-1", 25, "RECONNECTING", "CONNECTING"), disconnected("u-1", 40, "CONNECTING"),
                       state("u-1", 50, "DISCONNECTED", "CONNECTING"), disconnected("u-1", 60, "CONNECTING")):
            was_in(it.participants()["u-1"], 0, 40, how="failure")
            has(it.session(), status="ENDED", ended_ms=ms(40), live_participants=0)
    with Daemon() as daemon:  # the page was loaded anew, and is told of by the others too
        for it in told(daemon, connected("u-2", 0), connected("u-1", 1), disconnected("u-1", 40, "CONNECTING"),
                       peer_leave("u-2", "u-1", 45, 7), disconnected("u-1", 55, "CONNECTING"), disconnected("u-2", 60)):
            was_in(it.participants()["u-1"], 1, 45, how="failure")
            has(it.participants()["u-1"], how_left=LEAVE_CODE_7)


@test
def hrtc_a_leaving_whose_reason_is_not_told_is_an_ordinary_one_and_takes_no_reason_away():
    silent = hrtc("u-2", "peer-leave", 60.5, {"userId": "u-1"})
    with Daemon() as daemon:
        for it in told(daemon, connected("u-2", 0), connected("u-1", 1), disconnected("u-1", 60), silent,
                       peer_join("u-2", "u-3", 5), hrtc("u-2", "peer-leave", 70, {"userId": "u-3"}),
                       peer_join("u-2", "u-4", 5), peer_leave("u-2", "u-4", 71, 7),
                       hrtc("u-4", "peer-leave", 72, {"userId": "u-4"})):
            people = it.participants()
            was_in(people["u-1"], 1, 60.5)
            has(people["u-1"], how_left="disconnected")
            was_in(people["u-3"], 5, 70)
            has(people["u-3"], how_left=None)
            was_in(people["u-4"], 5, 72, how="failure")


@test
def hrtc_who_never_connected_was_not_in():
    with Daemon() as daemon:
        for it in told(daemon, state("u-1", 0, "DISCONNECTED", "CONNECTING"), disconnected("u-1", 10, "CONNECTING"),
                       hrtc("u-1", "Error", 10, {"errorCode": "90100012", "errorMsg": "connect timeout"})):
            has(it.session(), live_participants=0, peak_participants=0, started_ms=ms(0))
            minutes(it.session(), 0)
            for row in it.participants().values():
                has(row, joined_ms=None)


@test
def hrtc_a_room_used_again_after_all_left_is_a_second_session():
    with Daemon() as daemon:
        for it in told(daemon, connected("u-1", 0), disconnected("u-1", 60),
                       hrtc("u-1", "log-upload-result", 61, 200),
                       state("u-1", 119.7, "DISCONNECTED", "CONNECTING"), connected("u-1", 120), disconnected("u-1", 180)):
            first, second = it.sessions()
            has(first, status="ENDED", started_ms=ms(0), ended_ms=ms(60))
            has(second, status="ENDED", started_ms=ms(120), ended_ms=ms(180))
            minutes(first, 60)
            minutes(second, 60)
            assert first["session_id"] != second["session_id"], it.sessions()
            assert second["session_id"].startswith("room_77@2024-05-01T12:02:00"), second
            was_in(it.participants(second["session_id"])["u-1"], 120, 180)


@test
def hrtc_late_events_of_another_make_two_sessions_one():
    with Daemon() as daemon:
        halves = [connected("u-1", 0), disconnected("u-1", 60), connected("u-1", 120), disconnected("u-1", 180)]
        for it in told(daemon, *halves):
            equal([r["started_ms"] for r in it.sessions()], [ms(0), ms(120)])
        for it in told(daemon, connected("u-2", 30), disconnected("u-2", 150)):
            row = it.session()
            has(row, status="ENDED", started_ms=ms(0), ended_ms=ms(180), peak_participants=2, events=6)
            minutes(row, 120 + 120)
            was_in(it.participants()["u-1"], 0, 180, duration=120)
            was_in(it.participants()["u-2"], 30, 150)


@test
def hrtc_a_gap_ends_a_session_and_what_comes_late_within_it_mends_it():
    with Daemon() as daemon:
        for it in told(daemon, connected("u-1", 0), hrtc("u-1", "network-quality", 600, {
                "uplinkNetworkQuality": 1, "downlinkNetworkQuality": 1}),
                       connected("u-2", 600 + IDLE + 3600), disconnected("u-2", 600 + IDLE + 3700)):
            first, second = it.sessions()
            has(first, status="ENDED", started_ms=ms(0), ended_ms=ms(600 + IDLE), live_participants=0)
            was_in(it.participants(first["session_id"])["u-1"], 0, 600 + IDLE, how="idle")
            has(second, status="ENDED", started_ms=ms(600 + IDLE + 3600), ended_ms=ms(600 + IDLE + 3700))
        for it in told(daemon, hrtc("u-1", "network-quality", 600 + 3 * 3600, {"uplinkNetworkQuality": 1,
                                                                              "downlinkNetworkQuality": 2})):
            row = it.session()
            has(row, started_ms=ms(0), peak_participants=2, events=5)
            was_in(it.participants()["u-2"], 600 + IDLE + 3600, 600 + IDLE + 3700)


@test
def hrtc_a_session_is_live_while_somebody_known_is_in():
    with Daemon() as daemon:
        now = round(time.time() - NOON, 3)
        for it in told(daemon, connected("u-1", now - 50), peer_join("u-1", "u-2", now - 40), disconnected("u-1", now - 10)):
            has(it.session(), status="LIVE", ended_ms=None, live_participants=1, peak_participants=2)
            has(it.participants()["u-2"], left_ms=None, how_left_class=None, is_local=0)
    with Daemon("--set", "session_idle=1min") as daemon:
        now = round(time.time() - NOON - 58, 3)
        tell(daemon, "x", [connected("u-1", now)])
        has(Told(daemon, "x").session(), status="LIVE", live_participants=1)
        eventually(lambda: Told(daemon, "x").session()["status"] == "ENDED", "the idle time ends it", 10)
        has(Told(daemon, "x").participants()["u-1"], how_left_class="idle", left_ms=ms(now + 60))


@test
def hrtc_of_several_reports_the_earliest_joining_and_the_latest_leaving_count():
    with Daemon() as daemon:
        for it in told(daemon, connected("u-1", 0), peer_join("u-1", "u-3", 5), connected("u-2", 3), peer_join("u-2", "u-3", 4.8),
                       peer_join("u-1", "u-2", 3.1), peer_leave("u-1", "u-3", 50, 7), peer_leave("u-2", "u-3", 50.4, 7),
                       disconnected("u-1", 60), disconnected("u-2", 60), peer_leave("u-2", "u-1", 60.2)):
            people = it.participants()
            was_in(people["u-3"], 4.8, 50.4, how="failure")
            was_in(people["u-1"], 0, 60.2)
            has(it.session(), peak_participants=3, ended_ms=ms(60.2), status="ENDED")


@test
def hrtc_a_room_is_another_one_in_another_app():
    with Daemon() as daemon:
        tell(daemon, "a", [connected("u-1", 0)])
        tell(daemon, "b", [connected("u-2", 1), disconnected("u-2", 5)])
        has(Told(daemon, "a").session(), peak_participants=1)
        has(Told(daemon, "b").session(), ended_ms=ms(5))
        equal(sorted(Told(daemon, "b").participants()), ["u-2"])


def stopped(reporter, at, who, name="stream-interrupted"):
    return hrtc(reporter, name, at, [{"userId": who, "isScreen": False}])


@test
def hrtc_an_interruption_ends_with_the_stay_of_its_stream_and_the_next_is_one_of_its_own():
    day = 24 * 3600
    with Daemon() as daemon:
        for it in told(daemon, connected("u-1", 0), peer_join("u-1", "u-3", 1), peer_join("u-1", "u-2", 1),
                       stopped("u-1", 240, "u-2"), peer_leave("u-1", "u-2", 270, 7), peer_join("u-1", "u-2", 280),
                       stopped("u-1", 290, "u-2"), stopped("u-1", 291, "u-2"), stopped("u-1", 293, "u-2", "stream-recovered"),
                       stopped("u-1", 295, "u-3"), disconnected("u-1", 300),
                       connected("u-1", day), stopped("u-1", day + 10, "u-2"), stopped("u-1", day + 10, "u-3"),
                       connected("u-1", 2 * day), stopped("u-1", 2 * day + 10, "u-2"),
                       stopped("u-1", 2 * day + 13, "u-2", "stream-recovered"), disconnected("u-1", 2 * day + 60)):
            equal([(r["userId"], r["started_ms"], r["ended_ms"]) for r in daemon.rows(
                "select * from stream_interruptions where app = ? order by started_ms, userId", it.app)],
                  [("u-2", ms(240), ms(270)), ("u-2", ms(290), ms(293)), ("u-3", ms(295), ms(300)),
                   ("u-2", ms(day + 10), None), ("u-3", ms(day + 10), None), ("u-2", ms(2 * day + 10), ms(2 * day + 13))],
                  f"{it.app}: interruptions")


# Avaya Spaces.

@test
def spaces_a_part_runs_from_the_first_tracks_to_the_end_of_video():
    with Daemon() as daemon:
        for it in told(daemon, presence("enters", "ana", -20), presence("enters", "eve", -5), tracks("ana", 0, connected=False),
                       tracks("ana", 10), tracks("bo", 20), video_end("ana", 60), video_end("bo", 90)):
            row = it.session()
            has(row, source="spaces", call_id="5f06c25e574ca36b54cb4cdg", status="ENDED", started_ms=ms(0), ended_ms=ms(90),
                peak_participants=2, live_participants=0, events=7)
            assert row["session_id"].startswith("5f06c25e574ca36b54cb4cdg@2024-05-01T12:00:00"), row
            minutes(row, 60 + 70)
            people = it.participants()
            equal(sorted(people), ["ana", "bo"])
            was_in(people["ana"], 0, 60)
            has(people["ana"], display_name="ANA", user_id="ana")


@test
def spaces_who_leaves_the_space_after_the_call_has_left_the_call_before():
    with Daemon() as daemon:
        for it in told(daemon, tracks("ana", 0), tracks("bo", 10), video_end("ana", 60), presence("leaves", "ana", 400),
                       video_end("bo", 500), presence("leaves", "bo", 800)):
            was_in(it.participants()["ana"], 0, 60)
            was_in(it.participants()["bo"], 10, 500)
            has(it.session(), ended_ms=ms(500), status="ENDED")
            minutes(it.session(), 60 + 490)


@test
def spaces_who_leaves_the_space_without_ending_video_has_left():
    with Daemon() as daemon:
        for it in told(daemon, presence("enters", "ana", -5), tracks("ana", 0), presence("leaves", "eve", 20),
                       presence("leaves", "ana", 40)):
            equal(sorted(it.participants()), ["ana"])  # eve was in the space only
            was_in(it.participants()["ana"], 0, 40)
            has(it.session(), status="ENDED", ended_ms=ms(40), peak_participants=1)


@test
def spaces_a_topic_has_a_second_session_after_all_left():
    with Daemon() as daemon:
        for it in told(daemon, tracks("ana", 0), video_end("ana", 60), tracks("ana", 100), tracks("bo", 110),
                       video_end("ana", 150), video_end("bo", 160)):
            first, second = it.sessions()
            has(first, started_ms=ms(0), ended_ms=ms(60), peak_participants=1)
            has(second, started_ms=ms(100), ended_ms=ms(160), peak_participants=2)
            was_in(it.participants(second["session_id"])["ana"], 100, 150)


@test
def spaces_who_comes_back_while_another_is_in_is_one_participant():
    with Daemon() as daemon:
        for it in told(daemon, tracks("bo", 0), tracks("ana", 5), video_end("ana", 60), tracks("ana", 100),
                       video_end("ana", 150), video_end("bo", 160)):
            was_in(it.participants()["ana"], 5, 150, duration=55 + 50)
            has(it.session(), ended_ms=ms(160), peak_participants=2)
            minutes(it.session(), 105 + 160)


@test
def spaces_a_client_without_sender_and_created_counts_by_the_envelope():
    bare = {"topicId": "5e868050592e6468d7609850", "content": {"mediaSession": {"audio": False, "joinTime": None}}}
    with Daemon() as daemon:
        for it in told(daemon,
                       {"source": "spaces", "at": iso(0), "context": {"userId": "cy"}, "event": {"category": "trackstatus", **bare}},
                       {"source": "spaces", "at": iso(30), "context": {"userId": "cy"}, "event": {
                           "category": "video.end", "topicId": bare["topicId"]}}):
            was_in(it.participants()["cy"], 0, 30)
            has(it.session(), call_id=bare["topicId"], status="ENDED")


@test
def spaces_whose_end_nobody_tells_is_gone_after_the_idle_time():
    with Daemon() as daemon:
        for it in told(daemon, tracks("ana", 0), tracks("bo", 10), video_end("bo", 70)):
            was_in(it.participants()["ana"], 0, 70 + IDLE, how="idle")
            was_in(it.participants()["bo"], 10, 70)
            has(it.session(), status="ENDED", ended_ms=ms(70 + IDLE), live_participants=0)
    with Daemon() as daemon:
        for it in told(daemon, tracks("ana", 0), tracks("ana", IDLE + 3600), video_end("ana", IDLE + 3700)):
            equal([r["started_ms"] for r in it.sessions()], [ms(0), ms(IDLE + 3600)])


@test
def spaces_who_ends_was_in_though_nobody_told_that_it_came():
    with Daemon() as daemon:
        for it in told(daemon, video_end("bo", 90), tracks("ana", 0), video_end("ana", 60)):
            has(it.session(), status="ENDED", started_ms=ms(0), ended_ms=ms(90))


@test
def spaces_what_is_on_is_off_with_the_session():
    day = 24 * 3600
    with Daemon() as daemon:
        for it in told(daemon, tracks("ana", 0), spaces("speaking", "ana", 600), tracks("ana", day),
                       video_end("ana", day + 60), tracks("bo", day + 5), video_end("bo", day + 5)):
            equal([(r["user_id"], r["started_ms"], r["ended_ms"]) for r in daemon.rows(
                "select * from media_intervals where app = ? and kind = 'video' order by started_ms", it.app)],
                  [("ana", ms(0), ms(600 + IDLE)), ("ana", ms(day), ms(day + 60)), ("bo", ms(day + 5), ms(day + 5))],
                  f"{it.app}: intervals")


# All of them.

@test
def a_session_of_each_vendor_stands_beside_the_others():
    with Daemon() as daemon:
        tell(daemon, "all", [connection("ana", 0), rtk_joined("p1", 10), ivs(("JOINED", "p1", 0)), connected("ana", 0),
                             tracks("ana", 5)])
        it = Told(daemon, "all")
        equal(sorted(r["source"] for r in it.sessions()), ["hrtc", "ivs", "realtimekit", "spaces", "stream"])
        equal(sorted(r["source"] for r in daemon.rows("select source from participants where user_id = 'ana'")),
              ["hrtc", "spaces", "stream"])
        for row in it.sessions():
            has(row, peak_participants=1)
            of_it = daemon.rows("select * from timeline where source = ? and session_id is not null", row["source"])
            equal(len(of_it), row["events"], f"timeline of {row}")


run()
