-- 0005_hrtc.sql - Huawei HRTC room events, as one client of a room tells them.
--
-- reporter is that client's own user, user whom the event is about. scope is the
-- room (session_scope.id). hrtc_item holds the elements of payloads that are
-- arrays. The keyed columns hold dict ids unless said otherwise.

CREATE TABLE hrtc_event (
	event_id         INTEGER PRIMARY KEY,
	scope            INTEGER NOT NULL,
	at_us            INTEGER NOT NULL,
	digest           INTEGER NOT NULL,
	received_us      INTEGER NOT NULL,
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
	local_rtt        REAL,			-- of the first local element of rtc-stats; see the triggers
	tells_streams    INTEGER,		-- 1: has elements of stream-interrupted or -recovered
	extra            TEXT,
	UNIQUE (scope, at_us, digest)
) STRICT;

CREATE INDEX hrtc_event_by_time ON hrtc_event (at_us / 1000);
-- Serves every view that shows events of one name.
CREATE INDEX hrtc_event_by_name ON hrtc_event (name, at_us / 1000);
-- What one client told of itself, in order, of all it told: its round-trip times,
-- changes of state, streams that stopped and came back.
CREATE INDEX hrtc_event_local_rtt ON hrtc_event (scope, reporter, at_us, digest)
	WHERE local_rtt IS NOT NULL;
CREATE INDEX hrtc_event_states ON hrtc_event (scope, reporter, at_us, digest)
	WHERE current_state IS NOT NULL;
CREATE INDEX hrtc_event_streams ON hrtc_event (scope, reporter, at_us, digest)
	WHERE tells_streams = 1;

CREATE TABLE hrtc_item (
	event_id       INTEGER NOT NULL,
	n              INTEGER NOT NULL,	-- its place in the array, from 0
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
	jitter         REAL,			-- in the unit hrtc_jitter_scale stands for
	loss           REAL,			-- in the unit hrtc_loss_scale stands for
	extra          TEXT,
	PRIMARY KEY (event_id, n)
) STRICT, WITHOUT ROWID;

-- What the views look for among a client's events stands in the event's own row
-- too. Else finding the last round-trip time, or the end of an interruption,
-- would mean reading through all that the client ever told.
CREATE TRIGGER hrtc_item_local_rtt AFTER INSERT ON hrtc_item
WHEN NEW.is_remote = 0 AND NEW.rtt IS NOT NULL
BEGIN
	UPDATE hrtc_event SET local_rtt = NEW.rtt
	WHERE event_id = NEW.event_id AND local_rtt IS NULL;
END;

CREATE TRIGGER hrtc_item_tells_streams AFTER INSERT ON hrtc_item
WHEN NEW.is_screen IS NOT NULL
BEGIN
	UPDATE hrtc_event SET tells_streams = 1
	WHERE event_id = NEW.event_id AND tells_streams IS NULL;
END;

-- Why a user left. forced: somebody else's doing; failure: nobody's wish.
CREATE TABLE leave_reason (
	code  INTEGER PRIMARY KEY,
	name  TEXT NOT NULL,
	class TEXT NOT NULL CHECK (class IN ('normal', 'forced', 'failure'))
) STRICT;

INSERT INTO leave_reason (code, name, class) VALUES
	(0, 'exit', 'normal'),
	(1, 'server exception', 'failure'),
	(2, 'SFU fault', 'failure'),
	(3, 'service unavailable', 'failure'),
	(4, 'internal error', 'failure'),
	(5, 'banned', 'forced'),
	(6, 'signature expired', 'failure'),
	(7, 'reconnection timeout', 'failure'),
	(8, 'network check', 'normal'),
	(9, 'removed', 'forced'),
	(10, 'room dismissed', 'forced');

-- Network quality in words. 0 is no quality: averages leave it out.
CREATE TABLE quality_level (
	level INTEGER PRIMARY KEY,
	name  TEXT NOT NULL
) STRICT;

INSERT INTO quality_level (level, name) VALUES
	(0, 'unknown'),
	(1, 'excellent'),
	(2, 'good'),
	(3, 'fair'),
	(4, 'poor'),
	(5, 'very poor'),
	(6, 'disconnected');
