-- 0006_spaces.sql - Avaya Spaces messages: media sessions and presence.
--
-- The keyed columns are dict ids unless said otherwise; booleans are 0 or 1, and
-- NULL where the message left them out, which says nothing. A row is only ever
-- added. scope is the session_scope of its topic, or 0.
--
-- user is who the message says sent it, context_user who its envelope says: a
-- message without a sender is the envelope's user's.

CREATE TABLE spaces_event (
	event_id        INTEGER PRIMARY KEY,
	scope           INTEGER NOT NULL,
	at_us           INTEGER NOT NULL,	-- created
	digest          INTEGER NOT NULL,
	received_us     INTEGER NOT NULL,
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
	extra           TEXT,			-- canonical JSON object of what no column takes
	UNIQUE (scope, at_us, digest)
) STRICT;

CREATE INDEX spaces_event_by_time ON spaces_event (at_us / 1000);
