-- 0007_realtimekit.sql - Cloudflare RealtimeKit webhooks.
--
-- The keyed columns are dict ids unless said otherwise; flat_* are the members
-- that meeting.chatSynced has beside event instead of within meeting. A row is
-- only ever added. scope is the session_scope of its sessionId, or 0.

CREATE TABLE realtimekit_event (
	event_id        INTEGER PRIMARY KEY,
	scope           INTEGER NOT NULL,
	at_us           INTEGER NOT NULL,	-- the time its event tells, else that of its delivery
	digest          INTEGER NOT NULL,
	received_us     INTEGER NOT NULL,
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
	extra            TEXT,			-- canonical JSON object of what no column takes
	UNIQUE (scope, at_us, digest)
) STRICT;

CREATE INDEX realtimekit_event_by_time ON realtimekit_event (at_us / 1000);
-- A delivery is known again by its id, though not every webhook says when it happened.
CREATE UNIQUE INDEX realtimekit_event_delivery ON realtimekit_event (digest)
	WHERE delivery_id IS NOT NULL;
-- A livestream names its meeting, not its session: it is found by the meeting and the time.
CREATE INDEX realtimekit_event_livestream ON realtimekit_event (meeting_id, at_us)
	WHERE stream_id IS NOT NULL;
