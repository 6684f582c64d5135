#!/usr/bin/env python3
"""The views of Avaya Spaces and Cloudflare RealtimeKit over rows written by hand."""

import sys
import unittest

sys.dont_write_bytecode = True

import callmeter_sql  # noqa: E402

MS = 1000
T0 = 1787295600000 * MS  # 2026-08-21T07:00:00.000Z
USERS = {"spaces_event": ("user", "context_user"), "realtimekit_event": ("user", "client_user")}
NAMES = {"spaces_event": ("topic", "context_topic"), "realtimekit_event": ("session_id", "flat_session_id")}
# Columns of text kept as it came; every other text of an event is a word of the dictionary.
INLINE = """sender_id data phone_numbers extra delivery_id peer_id chat_url transcript_url summary_url
	recording_id recording_url recording_audio_url recording_file_name recording_room_uuid
	stream_id:realtimekit_event""".split()
TIMELINE = """event_id source app at_us session_id join_attempt_id coordinator_connect_id user_id
	participant_id event rank outcome code detail scope""".split()


class Recorded:
    def __init__(self):
        self.db = callmeter_sql.open_database()
        self.n = 0
        self.origin = self.insert("origin", app=self.word("web"), uid=1001, gid=1001, pid=7)

    def insert(self, table, **row):
        return self.db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES "
                               f"({', '.join('?' * len(row))})", list(row.values())).lastrowid

    def word(self, value):
        self.db.execute("INSERT OR IGNORE INTO dict (value) VALUES (?)", (value,))
        return self.db.execute("SELECT id FROM dict WHERE value = ?", (value,)).fetchone()[0]

    def user(self, user_id):
        self.db.execute("INSERT OR IGNORE INTO user (app, user_id) VALUES (?, ?)", (self.word("web"), user_id))
        return self.db.execute("SELECT id FROM user WHERE user_id = ?", (user_id,)).fetchone()[0]

    def event(self, table, scope, at_ms, **fields):
        """An event of @scope, @at_ms after T0. Returns its id."""
        def kept(column, value):
            if not isinstance(value, str) or column in INLINE or f"{column}:{table}" in INLINE:
                return value
            if column in NAMES[table]:
                return callmeter_sql.name_id(self.db, None, self.word(table), self.word("web"), value)
            return self.user(value) if column in USERS[table] else self.word(value)

        self.n += 1
        event_id = self.insert(table, event_id=self.n, scope=scope, at_us=T0 + round(at_ms * MS), digest=self.n,
                               origin=self.origin, **{k: kept(k, v) for k, v in fields.items()})
        return callmeter_sql.received(self.db, event_id, T0 + round(at_ms * MS) + 250 * MS)

    def spaces(self, at_ms, category, user="ana", scope=1, **fields):
        fields = {"topic": "5f06c25e574ca36b54cb4cdg", **fields}
        if user:
            fields["user"] = user
        return self.event("spaces_event", scope, at_ms, category=category, **fields)

    def session(self, first_ms, last_ms, scope=1, **fields):
        """What the record has of a topic's session, from its first event to its last."""
        fields = {k: T0 + v * MS for k, v in fields.items()}
        self.insert("session", scope=scope, name=scope, first_us=T0 + first_ms * MS, last_us=T0 + last_ms * MS,
                    started_us=T0 + first_ms * MS, peak=1, n_events=1, **fields)

    def webhook(self, at_ms, event, scope=2, **fields):
        return self.event("realtimekit_event", scope, at_ms, event=event, **fields)


class Views(unittest.TestCase):
    def setUp(self):
        self.recorded = Recorded()
        self.db = self.recorded.db

    def rows(self, sql, *values):
        q = self.db.execute(sql, values)
        return [dict(zip([c[0] for c in q.description], row)) for row in q]

    def row(self, sql, *values):
        rows = self.rows(sql, *values)
        self.assertEqual(len(rows), 1)
        return rows[0]

    def assertHolds(self, row, **expected):
        self.assertEqual({k: row[k] for k in expected}, expected)

    def intervals(self, kind=None):
        """(user, kind, started, ended, duration) in ms after T0."""
        return [(r["user_id"], r["kind"], r["started_ms"] - T0 // MS,
                 r["ended_ms"] and r["ended_ms"] - T0 // MS, r["duration_ms"])
                for r in self.rows("SELECT * FROM media_intervals ORDER BY started_ms, kind")
                if kind in (None, r["kind"])]


class Spaces(Views):
    def test_a_message_is_shown_under_the_vendors_names(self):
        event_id = self.recorded.spaces(
            11.071, "tracksstatus", comment="toggle", data="[]", displayname="Test User",
            username="test@user.com", sender_type="user", picture_url="https://example.com/p.png",
            audio=1, video=0, connected=1, self_muted=0, is_collab_only=0, sender_id="m-1",
            join_time_us=T0 - 100 * MS, subscribe_time_us=T0 - 45299 * MS, stream_id="{88c9}",
            session_id="fc26", extra='{"messageId":"x"}')
        self.assertHolds(
            self.row("SELECT * FROM media_session_events"),
            event_id=event_id, app="web", uid=1001, gid=1001, pid=7, sender_id="m-1",
            timestamp_ms=1787295600011, timestamp="2026-08-21T07:00:00.011071Z",
            received="2026-08-21T07:00:00.261Z", category="tracksstatus",
            topicId="5f06c25e574ca36b54cb4cdg", user_id="ana", sender_type="user",
            displayname="Test User", username="test@user.com", picture_url="https://example.com/p.png",
            phone_numbers=None, comment="toggle", data="[]", audio=1, video=0, connected=1, selfMuted=0,
            screenshare=None, isCollabOnly=0, phone=None, joinTime="2026-08-21T06:59:59.900Z",
            joinTime_ms=1787295599900, subscribeTime="2026-08-21T06:59:14.701Z",
            time_in_space_before_media_ms=45199, streamId="{88c9}", sessionId="fc26", role=None,
            extra='{"messageId":"x"}')

    def test_who_and_where_come_from_the_envelope_where_the_message_is_silent(self):
        self.recorded.spaces(0, "trackstatus", user=None, topic=None, context_topic="5e86", context_user="bo")
        self.assertHolds(self.row("SELECT * FROM media_session_events"), topicId="5e86", user_id="bo",
                         joinTime=None, time_in_space_before_media_ms=None)
        self.assertHolds(self.row("SELECT * FROM spaces_timeline"), session_id="5e86", user_id="bo")

    def test_the_message_is_believed_before_its_envelope(self):
        self.recorded.spaces(0, "tracksstatus", user="ana", context_user="bo", context_topic="5e86")
        self.assertHolds(self.row("SELECT * FROM media_session_events"), user_id="ana",
                         topicId="5f06c25e574ca36b54cb4cdg")

    def test_a_join_time_before_the_subscription_is_told_as_it_is(self):
        self.recorded.spaces(0, "tracksstatus", join_time_us=T0, subscribe_time_us=T0 + 5 * MS)
        self.assertHolds(self.row("SELECT * FROM media_session_events"), time_in_space_before_media_ms=-5)

    def test_a_message_from_nobody_begins_no_interval(self):
        self.recorded.spaces(0, "tracksstatus", user=None, self_muted=1)
        self.assertEqual(self.intervals(), [])

    def test_intervals_begin_and_end_where_the_member_turns(self):
        say = self.recorded.spaces
        say(0, "tracksstatus", self_muted=1, video=0)
        say(1000, "tracksstatus", self_muted=1, video=1)
        say(2000, "tracksstatus", self_muted=0, video=1)
        say(3000, "tracksstatus", self_muted=1, video=0)
        self.assertEqual(self.intervals(), [("ana", "muted", 0, 2000, 2000), ("ana", "video", 1000, 3000, 2000),
                                            ("ana", "muted", 3000, None, None)])

    def test_what_a_message_leaves_out_changes_nothing(self):
        say = self.recorded.spaces
        say(0, "tracksstatus", self_muted=1, video=1, screenshare=1)
        say(1000, "tracksstatus", audio=1)
        say(2000, "speaking")
        say(3000, "tracksstatus", self_muted=1, video=1)
        say(4000, "tracksstatus", self_muted=0)
        self.assertEqual(self.intervals(), [("ana", "muted", 0, 4000, 4000),
                                            ("ana", "screenshare", 0, None, None), ("ana", "video", 0, None, None)])

    def test_the_end_of_a_part_ends_all_its_intervals(self):
        for scope, category in ((1, "video.end"), (2, "app.event.presence.party.leaves")):
            self.recorded.spaces(0, "tracksstatus", scope=scope, user=f"u{scope}", self_muted=1, video=1, screenshare=1)
            # What it shows of the members is the state it leaves behind.
            self.recorded.spaces(500, category, scope=scope, user=f"u{scope}", video=1)
            self.assertEqual({i[1:] for i in self.intervals() if i[0] == f"u{scope}"},
                             {(k, 0, 500, 500) for k in ("muted", "video", "screenshare")})

    def test_the_screen_is_shared_between_start_and_stop_whatever_the_members_say(self):
        say = self.recorded.spaces
        say(0, "video.startscreenshare", screenshare=0)
        say(700, "video.stopscreenshare", screenshare=1)
        say(900, "tracksstatus", screenshare=1)
        say(950, "video.stopscreenshare")
        self.assertEqual(self.intervals("screenshare"),
                         [("ana", "screenshare", 0, 700, 700), ("ana", "screenshare", 900, 950, 50)])

    def test_one_participants_messages_are_not_anothers_nor_one_topics_anothers(self):
        say = self.recorded.spaces
        say(0, "tracksstatus", self_muted=1)
        say(100, "tracksstatus", user="bo", self_muted=0)
        say(200, "tracksstatus", scope=9, topic="other", self_muted=0)
        say(300, "tracksstatus", user=None, context_user="ana", self_muted=0)
        self.assertEqual(self.intervals(), [("ana", "muted", 0, 300, 300)])

    def test_intervals_are_the_same_in_whatever_order_the_messages_came(self):
        told = [(0, {"self_muted": 1}), (10, {"self_muted": 0}), (20, {"self_muted": 1}), (30, {"self_muted": 0})]
        for order in ((3, 2, 1, 0), (2, 0, 3, 1)):
            self.recorded = Recorded()
            self.db = self.recorded.db
            for i in order:
                self.recorded.spaces(told[i][0], "tracksstatus", **told[i][1])
            self.assertEqual(self.intervals(), [("ana", "muted", 0, 10, 10), ("ana", "muted", 20, 30, 10)])

    def test_at_one_moment_on_comes_before_off(self):
        def tracks():
            self.recorded.spaces(10, "tracksstatus", video=1)

        def end():
            self.recorded.spaces(10, "video.end")
        for messages in ((tracks, end), (end, tracks)):
            self.recorded = Recorded()
            self.db = self.recorded.db
            for message in messages:
                message()
            self.recorded.spaces(20, "tracksstatus", video=1)
            self.assertEqual(self.intervals(), [("ana", "video", 10, 10, 0), ("ana", "video", 20, None, None)])

    def test_an_interval_goes_no_further_than_its_session(self):
        day = 86400000
        self.recorded.session(0, 10, idle_end_us=10 + 14400000)
        self.recorded.session(day, day + 60000, ended_us=day + 60000)
        self.recorded.spaces(0, "tracksstatus", video=1)
        self.recorded.spaces(10, "speaking", user="bo")
        self.recorded.spaces(day, "tracksstatus", video=1)
        self.recorded.spaces(day + 1, "video.startscreenshare", user="bo")
        self.recorded.spaces(day + 60000, "video.end")
        self.assertEqual(self.intervals(), [
            ("ana", "video", 0, 14400010, 14400010), ("ana", "video", day, day + 60000, 60000),
            ("bo", "screenshare", day + 1, day + 60000, 59999)])

    def test_an_interval_of_a_session_that_may_go_on_is_open(self):
        self.recorded.session(0, 10, idle_end_us=10**12)
        self.recorded.spaces(0, "tracksstatus", video=1)
        self.assertEqual(self.intervals(), [("ana", "video", 0, None, None)])

    def test_an_interval_shows_its_times_as_text_too(self):
        self.recorded.spaces(0.001, "tracksstatus", video=1)
        self.recorded.spaces(1500, "video.end")
        self.assertHolds(self.row("SELECT * FROM media_intervals"), app="web", kind="video",
                         topicId="5f06c25e574ca36b54cb4cdg", started="2026-08-21T07:00:00.000001Z",
                         ended="2026-08-21T07:00:01.500Z", duration_ms=1499)

    def test_the_timeline_tells_the_state_in_words(self):
        self.recorded.spaces(0, "tracksstatus", connected=1, audio=1, self_muted=1, video=0, screenshare=1)
        self.recorded.spaces(1, "video.end", comment="toggle Video Session")
        self.recorded.spaces(2, "speaking")
        rows = self.rows("SELECT * FROM spaces_timeline ORDER BY at_us")
        self.assertEqual([list(r) for r in rows[:1]], [TIMELINE])
        self.assertEqual([(r["event"], r["detail"]) for r in rows],
                         [("tracksstatus", "connected, audio on, muted, video off, sharing the screen"),
                          ("video.end", "toggle Video Session"), ("speaking", None)])
        self.assertHolds(rows[0], source="spaces", app="web", user_id="ana", participant_id="ana", scope=1,
                         session_id="5f06c25e574ca36b54cb4cdg")


MEETING = dict(meeting_id="bbb8940e", session_id="05e57591", title="Weekly sync", meeting_status="LIVE",
               created_us=T0, started_us=T0, organized_by_id="c94c437b", organized_by_name="Example org")
MARY = dict(peer_id="e32fb785", user_display_name="Mary Sue", user="user-123")


class RealtimeKit(Views):
    def test_a_webhook_is_shown_under_the_vendors_names(self):
        self.recorded.webhook(1230000, "meeting.participantLeft", **MEETING, **MARY, delivery_id="d-1",
                              account_id="acc", joined_us=T0 + 300000 * MS, left_us=T0 + 1230000 * MS,
                              client_user="old-1", room_name="abcdef-ghijkl")
        self.assertHolds(
            self.row("SELECT * FROM meeting_events"),
            event="meeting.participantLeft", deliveryId="d-1", accountId="acc", meetingId="bbb8940e",
            sessionId="05e57591", title="Weekly sync", status="LIVE", roomName="abcdef-ghijkl",
            createdAt="2026-08-21T07:00:00.000Z", startedAt_ms=1787295600000, endedAt=None,
            organizedById="c94c437b", organizedByName="Example org", peerId="e32fb785",
            userDisplayName="Mary Sue", customParticipantId="user-123", clientSpecificId="old-1",
            joinedAt="2026-08-21T07:05:00.000Z", leftAt="2026-08-21T07:20:30.000Z",
            timestamp="2026-08-21T07:20:30.000Z", reason=None, recordingId=None)

    def test_flat_members_show_in_the_columns_of_nested_ones(self):
        self.recorded.webhook(1800000, "meeting.chatSynced", flat_meeting_id="bbb8940e", flat_session_id="05e57591",
                              flat_title="Weekly sync", flat_created_us=T0, flat_started_us=T0 + MS,
                              flat_ended_us=T0 + 1800000 * MS, flat_organized_by_id="c94c437b",
                              flat_organized_by_name="Example org", chat_url="https://example.com/chat.csv",
                              chat_expiry_us=T0 + 86400000 * MS)
        self.assertHolds(
            self.row("SELECT * FROM meeting_events"),
            meetingId="bbb8940e", sessionId="05e57591", title="Weekly sync", organizedById="c94c437b",
            organizedByName="Example org", startedAt="2026-08-21T07:00:00.001Z",
            endedAt="2026-08-21T07:30:00.000Z", chatDownloadUrl="https://example.com/chat.csv",
            chatDownloadUrlExpiry="2026-08-22T07:00:00.000Z", chatDownloadUrlExpiry_ms=1787382000000)
        self.assertHolds(self.row("SELECT * FROM realtimekit_timeline"), session_id="05e57591",
                         detail="chat ready")

    def test_recordings_and_livestreams_have_their_columns(self):
        self.recorded.webhook(0, "recording.statusUpdate", recording_id="97cb", recording_status="UPLOADED",
                              recording_url="https://example.com/r.mp4", recording_expiry_us=T0,
                              recording_duration_s=1800, recording_room_uuid="05e57591", recording_started_us=T0)
        self.recorded.webhook(1, "livestreaming.statusUpdate", scope=0, stream_id="d231", stream_status="LIVE",
                              manual_ingest=0, playback_url="https://example.com/l.m3u8", meeting_id="bbb8940e")
        recording, live = self.rows("SELECT * FROM meeting_events ORDER BY timestamp_ms")
        self.assertHolds(recording, recordingId="97cb", recordingStatus="UPLOADED",
                         recordingDownloadUrl="https://example.com/r.mp4", recordingDuration=1800,
                         recordingDownloadUrlExpiry="2026-08-21T07:00:00.000Z", roomUUID="05e57591",
                         recordingStartedTime="2026-08-21T07:00:00.000Z", recordingStoppedTime=None)
        self.assertHolds(live, streamId="d231", streamStatus="LIVE", manualIngest=0, meetingId="bbb8940e",
                         playbackUrl="https://example.com/l.m3u8")
        self.assertEqual([r["detail"] for r in self.rows("SELECT * FROM realtimekit_timeline ORDER BY at_us")],
                         ["recording UPLOADED", "livestream LIVE"])

    def test_the_timeline_tells_why_a_meeting_ended(self):
        self.recorded.webhook(10, "meeting.ended", **MEETING, ended_us=T0 + 10 * MS, reason="HOST_ENDED_MEETING")
        self.assertEqual(self.rows("SELECT code, detail FROM realtimekit_timeline WHERE event = 'meeting.ended'"),
                         [{"code": "HOST_ENDED_MEETING", "detail": None}])

    def test_the_id_of_older_integrations_stands_in(self):
        self.recorded.webhook(0, "meeting.participantJoined", **MEETING, peer_id="p", client_user="old-1")
        self.assertHolds(self.row("SELECT * FROM realtimekit_timeline"), user_id="old-1", participant_id="p",
                         event="meeting.participantJoined", source="realtimekit")


class Forms(Views):
    def test_timelines_have_their_columns_in_order(self):
        for vendor in ("spaces", "realtimekit"):
            self.assertEqual([c[1] for c in self.db.execute(f"PRAGMA table_info({vendor}_timeline)")], TIMELINE)

    def test_a_range_of_time_is_searched(self):
        for view, column in (("media_session_events", "timestamp_ms"), ("meeting_events", "timestamp_ms"),
                             ("media_intervals", "started_ms")):
            steps = [r[3] for r in self.db.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {view} WHERE {column} > 9")]
            self.assertTrue(any("event_by_time (<expr>>?)" in s for s in steps), steps)
            self.assertEqual([s for s in steps if s.startswith("SCAN") and s not in
                              ("SCAN k", "SCAN CONSTANT ROW")], [])


if __name__ == "__main__":
    unittest.main()
