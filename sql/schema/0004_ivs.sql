-- 0004_ivs.sql - AWS IVS stage events, in the two forms they come in.
--
-- ivs_event holds what ListParticipantEvents returns, ivs_bridge_event what
-- EventBridge delivers. scope is the stage and the session within it
-- (session_scope.id), the same for both. Columns that end in _us are times; the
-- keyed ones hold dict ids unless said otherwise. Rows are only ever added.

CREATE TABLE ivs_event (
	event_id              INTEGER PRIMARY KEY,
	scope                 INTEGER NOT NULL,
	at_us                 INTEGER NOT NULL,
	digest                INTEGER NOT NULL,
	received_us           INTEGER NOT NULL,
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
	extra                 TEXT,
	UNIQUE (scope, at_us, digest)
) STRICT;

CREATE INDEX ivs_event_by_time ON ivs_event (at_us / 1000);

CREATE TABLE ivs_bridge_event (
	event_id         INTEGER PRIMARY KEY,
	scope            INTEGER NOT NULL,
	at_us            INTEGER NOT NULL,
	digest           INTEGER NOT NULL,
	received_us      INTEGER NOT NULL,
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
	extra            TEXT,
	UNIQUE (scope, at_us, digest)
) STRICT;

CREATE INDEX ivs_bridge_event_by_time ON ivs_bridge_event (at_us / 1000);
