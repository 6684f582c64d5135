-- 0008_lean.sql - the same facts in less room, and in an order that is written in one place.
--
-- What makes two events the same is now UNIQUE (at_us / 1000, scope, digest), which is the
-- index by time at once: an index that begins with the scope has its entries of one commit
-- on as many pages as there are calls going on, and each of these was written with every
-- commit. A digest covers at_us, so the milliseconds are enough. Where a scope's events are
-- read, (scope, at_us) finds them; those of a room are not, and are found by its time.
--
-- When an event was received is told once for all that came together. The elements of
-- HRTC's events no longer go through triggers: the writer has them at hand. What was 8 bytes
-- for the sake of a digit behind the point, or 36 for a UUID, takes fewer where it is new;
-- stages that never complete have no row of stage_attempt, for their event says it all.
-- And the marks a session was folded from are kept with its row.

-- From event first_event_id on, events were received at received_us.
CREATE TABLE receipt (
	first_event_id INTEGER PRIMARY KEY,
	received_us    INTEGER NOT NULL
) STRICT;

INSERT INTO receipt (first_event_id, received_us)
SELECT event_id, received_us
FROM (
	SELECT event_id, received_us, lag(received_us) OVER (ORDER BY event_id) AS before
	FROM (
		SELECT event_id, received_us FROM stream_event
		UNION ALL SELECT event_id, received_us FROM ivs_event
		UNION ALL SELECT event_id, received_us FROM ivs_bridge_event
		UNION ALL SELECT event_id, received_us FROM hrtc_event
		UNION ALL SELECT event_id, received_us FROM spaces_event
		UNION ALL SELECT event_id, received_us FROM realtimekit_event))
WHERE received_us IS NOT before;

DROP TRIGGER hrtc_item_local_rtt;
DROP TRIGGER hrtc_item_tells_streams;

-- GetStream client events. The columns are as before.
CREATE TABLE lean_stream_event (
	event_id        INTEGER PRIMARY KEY,
	scope           INTEGER NOT NULL,	-- join_attempt, connect, session_scope, or 0
	at_us           INTEGER NOT NULL,
	digest          INTEGER NOT NULL,
	stamped         INTEGER NOT NULL DEFAULT 0,	-- 1: it bears no time of its own; at_us is the envelope's or of receipt
	origin          INTEGER NOT NULL REFERENCES origin,
	sender_id       TEXT,
	user            INTEGER REFERENCES user,
	call_type       INTEGER,
	call_id         INTEGER,
	stage           INTEGER,
	stage_attempt   ANY,			-- an INTEGER: stage_attempt.id; else the stage_id of a stage that never completes
	connect         INTEGER,		-- connect.id
	event_type      INTEGER,
	user_agent      INTEGER,
	sdk_version     INTEGER,
	peer_connection INTEGER,
	was_previously_connected INTEGER,	-- 0 or 1
	previously_connected_us  INTEGER,
	outcome         INTEGER,
	retry_count_attempt INTEGER,
	elapsed_time_ms INTEGER,
	session         INTEGER,		-- session_scope.id
	join_reason     INTEGER,
	sfu             INTEGER,
	track_id        TEXT,
	retry_failure_reason TEXT,
	retry_failure_code   INTEGER,
	ice_state       INTEGER,
	screen_share_status  INTEGER,
	microphone_permission_status INTEGER,
	camera_permission_status     INTEGER,
	extra           TEXT			-- canonical JSON object of what no column takes
) STRICT;

INSERT INTO lean_stream_event (
	event_id, scope, at_us, digest, stamped, origin, sender_id, user, call_type, call_id, stage,
	stage_attempt, connect, event_type, user_agent, sdk_version, peer_connection,
	was_previously_connected, previously_connected_us, outcome, retry_count_attempt,
	elapsed_time_ms, session, join_reason, sfu, track_id, retry_failure_reason,
	retry_failure_code, ice_state, screen_share_status, microphone_permission_status,
	camera_permission_status, extra)
SELECT
	event_id, scope, at_us, digest, stamped, origin, sender_id, user, call_type, call_id, stage,
	stage_attempt, connect, event_type, user_agent, sdk_version, peer_connection,
	was_previously_connected, previously_connected_us, outcome, retry_count_attempt,
	elapsed_time_ms, session, join_reason, sfu, track_id, retry_failure_reason,
	retry_failure_code, ice_state, screen_share_status, microphone_permission_status,
	camera_permission_status, extra
FROM stream_event;

DROP TABLE stream_event;
ALTER TABLE lean_stream_event RENAME TO stream_event;

CREATE UNIQUE INDEX stream_event_by_time ON stream_event (at_us / 1000, scope, digest);
CREATE INDEX stream_event_by_scope ON stream_event (scope, at_us);

-- What ListParticipantEvents returns. The columns are as before.
CREATE TABLE lean_ivs_event (
	event_id              INTEGER PRIMARY KEY,
	scope                 INTEGER NOT NULL,
	at_us                 INTEGER NOT NULL,
	digest                INTEGER NOT NULL,
	origin                INTEGER NOT NULL REFERENCES origin,
	sender_id             TEXT,
	stamped               INTEGER NOT NULL DEFAULT 0,	-- 1: at_us is the envelope's or of receipt
	stage_arn             INTEGER,
	session_id            INTEGER,
	asked_participant_id  TEXT,		-- whose events were listed; the event's own is participant_id
	name                  INTEGER,
	participant_id        TEXT,
	remote_participant_id TEXT,
	error_code            INTEGER,
	destination_stage_arn INTEGER,
	destination_session_id INTEGER,
	replica               INTEGER,		-- 0 or 1
	previous_token        TEXT,		-- redacted; where it came by itself
	previous_capabilities TEXT,		-- JSON array
	previous_attributes   TEXT,		-- JSON object
	previous_user         INTEGER REFERENCES user,
	previous_expiration_us INTEGER,
	new_token             TEXT,
	new_capabilities      TEXT,
	new_attributes        TEXT,
	new_user              INTEGER REFERENCES user,
	new_expiration_us     INTEGER,
	extra                 TEXT
) STRICT;

INSERT INTO lean_ivs_event (
	event_id, scope, at_us, digest, origin, sender_id, stamped, stage_arn, session_id,
	asked_participant_id, name, participant_id, remote_participant_id, error_code,
	destination_stage_arn, destination_session_id, replica, previous_token, previous_capabilities,
	previous_attributes, previous_user, previous_expiration_us, new_token, new_capabilities,
	new_attributes, new_user, new_expiration_us, extra)
SELECT
	event_id, scope, at_us, digest, origin, sender_id, stamped, stage_arn, session_id,
	asked_participant_id, name, participant_id, remote_participant_id, error_code,
	destination_stage_arn, destination_session_id, replica, previous_token, previous_capabilities,
	previous_attributes, previous_user, previous_expiration_us, new_token, new_capabilities,
	new_attributes, new_user, new_expiration_us, extra
FROM ivs_event;

DROP TABLE ivs_event;
ALTER TABLE lean_ivs_event RENAME TO ivs_event;

CREATE UNIQUE INDEX ivs_event_by_time ON ivs_event (at_us / 1000, scope, digest);
CREATE INDEX ivs_event_by_scope ON ivs_event (scope, at_us);

-- What EventBridge delivers. The columns are as before.
CREATE TABLE lean_ivs_bridge_event (
	event_id         INTEGER PRIMARY KEY,
	scope            INTEGER NOT NULL,
	at_us            INTEGER NOT NULL,
	digest           INTEGER NOT NULL,
	origin           INTEGER NOT NULL REFERENCES origin,
	sender_id        TEXT,
	stamped          INTEGER NOT NULL DEFAULT 0,
	version          INTEGER,
	bridge_id        TEXT,			-- EventBridge's own id of the delivery
	detail_type      INTEGER,
	aws_source       INTEGER,
	account          INTEGER,
	bridge_us        INTEGER,		-- when EventBridge took it
	region           INTEGER,
	stage_arn        INTEGER,		-- the resource, where it is a stage
	resource         INTEGER,		-- else the resource, such as a composition
	session_id       INTEGER,
	event_name       INTEGER,
	event_us         INTEGER,
	user             INTEGER REFERENCES user,
	participant_id   TEXT,
	error_code       INTEGER,
	reason           TEXT,
	detail_stage_arn INTEGER,
	extra            TEXT
) STRICT;

INSERT INTO lean_ivs_bridge_event (
	event_id, scope, at_us, digest, origin, sender_id, stamped, version, bridge_id, detail_type,
	aws_source, account, bridge_us, region, stage_arn, resource, session_id, event_name, event_us,
	user, participant_id, error_code, reason, detail_stage_arn, extra)
SELECT
	event_id, scope, at_us, digest, origin, sender_id, stamped, version, bridge_id, detail_type,
	aws_source, account, bridge_us, region, stage_arn, resource, session_id, event_name, event_us,
	user, participant_id, error_code, reason, detail_stage_arn, extra
FROM ivs_bridge_event;

DROP TABLE ivs_bridge_event;
ALTER TABLE lean_ivs_bridge_event RENAME TO ivs_bridge_event;

CREATE UNIQUE INDEX ivs_bridge_event_by_time ON ivs_bridge_event (at_us / 1000, scope, digest);
CREATE INDEX ivs_bridge_event_by_scope ON ivs_bridge_event (scope, at_us);

-- Huawei HRTC room events. The columns are as before.
CREATE TABLE lean_hrtc_event (
	event_id         INTEGER PRIMARY KEY,
	scope            INTEGER NOT NULL,
	at_us            INTEGER NOT NULL,
	digest           INTEGER NOT NULL,
	origin           INTEGER NOT NULL REFERENCES origin,
	sender_id        TEXT,
	stamped          INTEGER NOT NULL DEFAULT 0,	-- 1: at_us is the envelope's or of receipt
	name             INTEGER,
	room_id          INTEGER,		-- the envelope's
	reporter         INTEGER REFERENCES user,
	payload_room_id  INTEGER,
	user             INTEGER REFERENCES user,
	user_name        INTEGER,
	leave_code       INTEGER,		-- leave_reason.code
	leave_message    TEXT,
	ban_reason       TEXT,
	media_status     INTEGER,		-- 1 available, 2 unavailable
	media_reason     INTEGER,		-- 0 offline, 1 muted, 2 not muted
	error_code       INTEGER,
	error_message    TEXT,
	previous_state   INTEGER,
	current_state    INTEGER,
	upload_result    INTEGER,		-- 200: the log was taken; told as a bare number
	upload_status    INTEGER,		-- the same, told as {"status":…}
	device_id        INTEGER,
	device_state     INTEGER,
	uplink_quality   INTEGER,		-- quality_level.level
	downlink_quality INTEGER,
	stream_id        TEXT,
	stream_type      INTEGER,
	has_audio        INTEGER,		-- 0 or 1
	has_video        INTEGER,
	local_rtt        REAL,			-- of the first element that is local: views look for it among all events of a client
	tells_streams    INTEGER,		-- is_screen of the first element of stream-interrupted or -recovered: likewise
	extra            TEXT
) STRICT;

INSERT INTO lean_hrtc_event (
	event_id, scope, at_us, digest, origin, sender_id, stamped, name, room_id, reporter,
	payload_room_id, user, user_name, leave_code, leave_message, ban_reason, media_status,
	media_reason, error_code, error_message, previous_state, current_state, upload_result,
	upload_status, device_id, device_state, uplink_quality, downlink_quality, stream_id,
	stream_type, has_audio, has_video, local_rtt, tells_streams, extra)
SELECT
	event_id, scope, at_us, digest, origin, sender_id, stamped, name, room_id, reporter,
	payload_room_id, user, user_name, leave_code, leave_message, ban_reason, media_status,
	media_reason, error_code, error_message, previous_state, current_state, upload_result,
	upload_status, device_id, device_state, uplink_quality, downlink_quality, stream_id,
	stream_type, has_audio, has_video, local_rtt, tells_streams, extra
FROM hrtc_event;

DROP TABLE hrtc_event;
ALTER TABLE lean_hrtc_event RENAME TO hrtc_event;

CREATE UNIQUE INDEX hrtc_event_by_time ON hrtc_event (at_us / 1000, scope, digest);
CREATE INDEX hrtc_event_by_name ON hrtc_event (name, at_us / 1000);
-- What one client told of itself, in order, of all it told: its round-trip times,
-- changes of state, streams that stopped and came back.
CREATE INDEX hrtc_event_local_rtt ON hrtc_event (scope, reporter, at_us)
	WHERE local_rtt IS NOT NULL;
CREATE INDEX hrtc_event_states ON hrtc_event (scope, reporter, at_us, digest)
	WHERE current_state IS NOT NULL;
CREATE INDEX hrtc_event_streams ON hrtc_event (scope, reporter, at_us, digest)
	WHERE tells_streams IS NOT NULL;

-- Avaya Spaces messages. The columns are as before.
CREATE TABLE lean_spaces_event (
	event_id        INTEGER PRIMARY KEY,
	scope           INTEGER NOT NULL,
	at_us           INTEGER NOT NULL,	-- created
	digest          INTEGER NOT NULL,
	origin          INTEGER NOT NULL REFERENCES origin,
	sender_id       TEXT,			-- the envelope's id
	stamped         INTEGER NOT NULL DEFAULT 0,	-- 1: the message bore no time
	category        INTEGER,
	topic           INTEGER,
	context_topic   INTEGER,
	context_user    INTEGER REFERENCES user,
	comment         INTEGER,
	data            TEXT,			-- JSON
	user            INTEGER REFERENCES user,
	displayname     INTEGER,
	username        INTEGER,
	sender_type     INTEGER,
	picture_url     INTEGER,
	phone_numbers   TEXT,			-- JSON; kept only if the configuration says so
	audio           INTEGER,
	video           INTEGER,
	connected       INTEGER,
	self_muted      INTEGER,
	screenshare     INTEGER,
	is_collab_only  INTEGER,
	phone           INTEGER,
	join_time_us    INTEGER,
	subscribe_time_us INTEGER,
	stream_id       INTEGER,
	session_id      INTEGER,		-- content.sessionId: not a session of ours
	desktop         INTEGER,
	idle            INTEGER,
	offline         INTEGER,
	role            INTEGER,
	attendee_type   INTEGER,
	attendee        INTEGER,
	extra           TEXT			-- canonical JSON object of what no column takes
) STRICT;

INSERT INTO lean_spaces_event (
	event_id, scope, at_us, digest, origin, sender_id, stamped, category, topic, context_topic,
	context_user, comment, data, user, displayname, username, sender_type, picture_url,
	phone_numbers, audio, video, connected, self_muted, screenshare, is_collab_only, phone,
	join_time_us, subscribe_time_us, stream_id, session_id, desktop, idle, offline, role,
	attendee_type, attendee, extra)
SELECT
	event_id, scope, at_us, digest, origin, sender_id, stamped, category, topic, context_topic,
	context_user, comment, data, user, displayname, username, sender_type, picture_url,
	phone_numbers, audio, video, connected, self_muted, screenshare, is_collab_only, phone,
	join_time_us, subscribe_time_us, stream_id, session_id, desktop, idle, offline, role,
	attendee_type, attendee, extra
FROM spaces_event;

DROP TABLE spaces_event;
ALTER TABLE lean_spaces_event RENAME TO spaces_event;

CREATE UNIQUE INDEX spaces_event_by_time ON spaces_event (at_us / 1000, scope, digest);
CREATE INDEX spaces_event_by_scope ON spaces_event (scope, at_us);

-- Cloudflare RealtimeKit webhooks. The columns are as before.
CREATE TABLE lean_realtimekit_event (
	event_id        INTEGER PRIMARY KEY,
	scope           INTEGER NOT NULL,
	at_us           INTEGER NOT NULL,	-- the time its event tells, else that of its delivery
	digest          INTEGER NOT NULL,
	origin          INTEGER NOT NULL REFERENCES origin,
	sender_id       TEXT,
	stamped         INTEGER NOT NULL DEFAULT 0,	-- 1: the webhook bore no time
	event           INTEGER,
	delivery_id     TEXT,			-- header rtk-uuid
	account_id      INTEGER,
	meeting_id      INTEGER,
	session_id      INTEGER,
	title           INTEGER,
	meeting_status  INTEGER,		-- as sent: says LIVE when the meeting has ended
	room_name       INTEGER,
	created_us      INTEGER,
	started_us      INTEGER,
	ended_us        INTEGER,
	organized_by_id INTEGER,		-- RealtimeKit's app id
	organized_by_name INTEGER,
	peer_id         TEXT,
	user_display_name INTEGER,
	user            INTEGER REFERENCES user,	-- customParticipantId
	client_user     INTEGER REFERENCES user,	-- clientSpecificId
	joined_us       INTEGER,
	left_us         INTEGER,
	reason          INTEGER,
	flat_meeting_id INTEGER,
	flat_session_id INTEGER,
	flat_title      INTEGER,
	flat_created_us INTEGER,
	flat_started_us INTEGER,
	flat_ended_us   INTEGER,
	flat_organized_by_id   INTEGER,
	flat_organized_by_name INTEGER,
	chat_url                 TEXT,
	chat_expiry_us       INTEGER,
	transcript_url           TEXT,
	transcript_expiry_us INTEGER,
	summary_url              TEXT,
	summary_expiry_us    INTEGER,
	recording_id     TEXT,
	recording_status INTEGER,
	recording_url            TEXT,
	recording_audio_url      TEXT,
	recording_expiry_us  INTEGER,
	recording_started_us INTEGER,
	recording_stopped_us INTEGER,
	recording_duration_s REAL,
	recording_file_name  TEXT,
	recording_room_uuid  TEXT,
	stream_id        TEXT,
	stream_status    INTEGER,
	manual_ingest    INTEGER,		-- 0 or 1
	playback_url     INTEGER,
	ingest_server    INTEGER,
	extra            TEXT			-- canonical JSON object of what no column takes
) STRICT;

INSERT INTO lean_realtimekit_event (
	event_id, scope, at_us, digest, origin, sender_id, stamped, event, delivery_id, account_id,
	meeting_id, session_id, title, meeting_status, room_name, created_us, started_us, ended_us,
	organized_by_id, organized_by_name, peer_id, user_display_name, user, client_user, joined_us,
	left_us, reason, flat_meeting_id, flat_session_id, flat_title, flat_created_us,
	flat_started_us, flat_ended_us, flat_organized_by_id, flat_organized_by_name, chat_url,
	chat_expiry_us, transcript_url, transcript_expiry_us, summary_url, summary_expiry_us,
	recording_id, recording_status, recording_url, recording_audio_url, recording_expiry_us,
	recording_started_us, recording_stopped_us, recording_duration_s, recording_file_name,
	recording_room_uuid, stream_id, stream_status, manual_ingest, playback_url, ingest_server,
	extra)
SELECT
	event_id, scope, at_us, digest, origin, sender_id, stamped, event, delivery_id, account_id,
	meeting_id, session_id, title, meeting_status, room_name, created_us, started_us, ended_us,
	organized_by_id, organized_by_name, peer_id, user_display_name, user, client_user, joined_us,
	left_us, reason, flat_meeting_id, flat_session_id, flat_title, flat_created_us,
	flat_started_us, flat_ended_us, flat_organized_by_id, flat_organized_by_name, chat_url,
	chat_expiry_us, transcript_url, transcript_expiry_us, summary_url, summary_expiry_us,
	recording_id, recording_status, recording_url, recording_audio_url, recording_expiry_us,
	recording_started_us, recording_stopped_us, recording_duration_s, recording_file_name,
	recording_room_uuid, stream_id, stream_status, manual_ingest, playback_url, ingest_server,
	extra
FROM realtimekit_event;

DROP TABLE realtimekit_event;
ALTER TABLE lean_realtimekit_event RENAME TO realtimekit_event;

CREATE UNIQUE INDEX realtimekit_event_by_time ON realtimekit_event (at_us / 1000, scope, digest);
CREATE INDEX realtimekit_event_by_scope ON realtimekit_event (scope, at_us);
-- A delivery is known again by its id, though not every webhook says when it happened: where
-- it does, the index by time knows it again already.
CREATE UNIQUE INDEX realtimekit_event_delivery ON realtimekit_event (digest)
	WHERE delivery_id IS NOT NULL AND stamped = 1;
-- A livestream names its meeting, not its session: it is found by the meeting and the time.
CREATE INDEX realtimekit_event_livestream ON realtimekit_event (meeting_id, at_us)
	WHERE stream_id IS NOT NULL;

-- The elements of HRTC's arrays, in the order of events: the id is event_id * 1024 + n, n being
-- their place in the array, from 0.
CREATE TABLE lean_hrtc_item (
	id             INTEGER PRIMARY KEY,
	user_id        INTEGER,
	is_screen      INTEGER,			-- 0 or 1
	volume         REAL,
	user_name      INTEGER,
	is_remote      INTEGER,			-- 0 or 1
	stream_type    INTEGER,
	media_type     INTEGER,
	bitrate        REAL,			-- kbit/s
	frame_rate     REAL,			-- frames per second
	rtt            REAL,			-- ms
	jitter         ANY,			-- in the unit hrtc_jitter_scale stands for; an INTEGER: thousandths
	loss           ANY,			-- in the unit hrtc_loss_scale stands for; likewise
	extra          TEXT
) STRICT;

INSERT INTO lean_hrtc_item (id, user_id, is_screen, volume, user_name, is_remote, stream_type,
	media_type, bitrate, frame_rate, rtt, jitter, loss, extra)
SELECT event_id * 1024 + n, user_id, is_screen, volume, user_name, is_remote, stream_type,
	media_type, bitrate, frame_rate, rtt, jitter, loss, extra
FROM hrtc_item;

DROP TABLE hrtc_item;
ALTER TABLE lean_hrtc_item RENAME TO hrtc_item;

-- Which initiated and which completed event count, as before.
CREATE TABLE lean_stage_attempt (
	id              INTEGER PRIMARY KEY,
	scope           INTEGER NOT NULL,	-- as stream_event.scope
	stage_id        ANY     NOT NULL,	-- a BLOB of 16 bytes: a UUID spelt in small letters; else as it came
	lifecycle       INTEGER NOT NULL,	-- 1: CoordinatorJoin, CoordinatorWS, WSJoin or PeerConnectionConnect
	initiated_event INTEGER,		-- the earliest
	completed_event INTEGER,		-- the earliest success, else the earliest other
	UNIQUE (scope, stage_id)
) STRICT;

INSERT INTO lean_stage_attempt (id, scope, stage_id, lifecycle, initiated_event, completed_event)
SELECT id, scope, stage_id, lifecycle, initiated_event, completed_event FROM stage_attempt;

-- Up to this one, a UUID is a text.
INSERT INTO setting (name, value)
SELECT 'last_stage_id_text', max(id) FROM stage_attempt HAVING max(id) IS NOT NULL;

DROP TABLE stage_attempt;
ALTER TABLE lean_stage_attempt RENAME TO stage_attempt;

-- The marks a session was folded from, see core/attendance.h: an event can so be added to a session
-- that was written long ago without reading all its others. NULL: they are read once more.
ALTER TABLE session ADD COLUMN fold BLOB;
