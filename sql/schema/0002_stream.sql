-- 0002_stream.sql - GetStream client events, and what they tell of join attempts.
--
-- The keyed columns of stream_event: dict ids unless said otherwise. A row is
-- only ever added. UNIQUE (scope, at_us, digest) is what makes two events the
-- same, and at once the order of a scope's events.

CREATE TABLE stream_event (
	event_id        INTEGER PRIMARY KEY,
	scope           INTEGER NOT NULL,	-- join_attempt, connect, session_scope, or 0
	at_us           INTEGER NOT NULL,
	digest          INTEGER NOT NULL,
	received_us     INTEGER NOT NULL,
	stamped         INTEGER NOT NULL DEFAULT 0,	-- 1: it bears no time of its own; at_us is the envelope's or of receipt
	origin          INTEGER NOT NULL REFERENCES origin,
	sender_id       TEXT,
	user            INTEGER REFERENCES user,
	call_type       INTEGER,
	call_id         INTEGER,
	stage           INTEGER,
	stage_attempt   INTEGER,		-- stage_attempt.id
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
	extra           TEXT,			-- canonical JSON object of what no column takes
	UNIQUE (scope, at_us, digest)
) STRICT;

CREATE INDEX stream_event_by_time ON stream_event (at_us / 1000);

-- One row a join attempt, folded from its events by core/attempt.
CREATE TABLE join_attempt (
	id              INTEGER PRIMARY KEY,
	app             INTEGER NOT NULL REFERENCES dict,
	join_attempt_id TEXT    NOT NULL,
	outcome         INTEGER NOT NULL,	-- 1 joined, 2 failed, 3 aborted, 4 open
	failed_stage    INTEGER,
	failed_peer_connection INTEGER,
	failure_code    INTEGER,
	failure_event   INTEGER,		-- the event that tells the failure: its reason is read from there
	user            INTEGER REFERENCES user,
	call_type       INTEGER,
	call_id         INTEGER,
	session         INTEGER,		-- session_scope.id
	connect         INTEGER,		-- connect.id
	join_reason     INTEGER,
	sfu             INTEGER,
	sdk             INTEGER,
	sdk_version     INTEGER,
	microphone      INTEGER,
	camera          INTEGER,
	started_us      INTEGER NOT NULL,
	last_us         INTEGER NOT NULL,	-- its latest event
	joined_us       INTEGER,		-- first PeerConnectionConnect success
	first_audio_us  INTEGER,
	first_video_us  INTEGER,
	retries         INTEGER NOT NULL,
	reconnects      INTEGER NOT NULL,
	n_events        INTEGER NOT NULL,
	n_violations    INTEGER NOT NULL,
	fold            BLOB    NOT NULL,	-- the order keys behind all this; core/attempt.h
	UNIQUE (join_attempt_id, app)
) STRICT;

CREATE INDEX join_attempt_by_start ON join_attempt (started_us / 1000);
CREATE INDEX join_attempt_by_user ON join_attempt (user);
CREATE INDEX join_attempt_by_connect ON join_attempt (connect);
-- Attempts that have not ended; few, so looking for stuck ones is a short search.
CREATE INDEX join_attempt_open ON join_attempt (last_us) WHERE outcome = 4;

-- A coordinator connection. Its two events are those of CoordinatorWS that count.
CREATE TABLE connect (
	id              INTEGER PRIMARY KEY,
	app             INTEGER NOT NULL REFERENCES dict,
	coordinator_connect_id TEXT NOT NULL,
	started_us      INTEGER NOT NULL,	-- its earliest event of any kind
	last_us         INTEGER NOT NULL,
	n_events        INTEGER NOT NULL,	-- every event that bears its id
	initiated_event INTEGER,		-- stream_event.event_id
	completed_event INTEGER,
	UNIQUE (coordinator_connect_id, app)
) STRICT;

CREATE INDEX connect_by_start ON connect (started_us / 1000);

-- A stage attempt: which initiated and which completed event count. Events of
-- other stages (permissions, first frames, generic ones) bear a stage_id too;
-- it is interned here with lifecycle 0 and they leave both events NULL.
CREATE TABLE stage_attempt (
	id              INTEGER PRIMARY KEY,
	scope           INTEGER NOT NULL,	-- as stream_event.scope
	stage_id        TEXT    NOT NULL,
	lifecycle       INTEGER NOT NULL,	-- 1: CoordinatorJoin, CoordinatorWS, WSJoin or PeerConnectionConnect
	initiated_event INTEGER,		-- the earliest
	completed_event INTEGER,		-- the earliest success, else the earliest other
	UNIQUE (scope, stage_id)
) STRICT;
