-- 0003_session.sql - who was in which call, and when: one record for every vendor.
--
-- Rows are folded by core/session from the marks that each vendor's mark view
-- tells, for each scope that changed. What depends on the time of day (an idle
-- end) is told by the views.

CREATE TABLE session (
	id              INTEGER PRIMARY KEY AUTOINCREMENT,	-- never given twice: the writer remembers them
	scope           INTEGER NOT NULL REFERENCES session_scope,
	session_id      TEXT    NOT NULL,	-- the vendor's, or room@start
	call_type       TEXT,
	call_id         TEXT,
	title           TEXT,
	organization_id TEXT,
	end_reason      TEXT,
	first_us        INTEGER NOT NULL,	-- its earliest event
	last_us         INTEGER NOT NULL,
	started_us      INTEGER NOT NULL,
	ended_us        INTEGER,		-- NULL: nothing told ended it
	idle_end_us     INTEGER,		-- it counts as ended from here on; NULL: it does not
	peak            INTEGER NOT NULL,
	n_events        INTEGER NOT NULL
) STRICT;

CREATE INDEX session_by_scope ON session (scope, first_us);
CREATE INDEX session_by_start ON session (started_us / 1000);
CREATE INDEX session_by_name ON session (session_id);

CREATE TABLE participant (
	id              INTEGER PRIMARY KEY,
	session         INTEGER NOT NULL REFERENCES session,
	participant_id  TEXT    NOT NULL,
	peer_id         TEXT,
	user_id         TEXT,
	display_name    TEXT,
	custom_participant_id TEXT,
	is_local        INTEGER,		-- 0 or 1
	joined_us       INTEGER,
	left_us         INTEGER,		-- NULL while in, or never told
	open_since_us   INTEGER,		-- NULL: no interval is open
	idle_left_us    INTEGER,		-- the open interval counts as ended from here on
	duration_us     INTEGER NOT NULL,	-- of the closed intervals
	how_left        TEXT,
	how_left_class  TEXT,
	last_us         INTEGER NOT NULL,
	n_events        INTEGER NOT NULL,
	UNIQUE (session, participant_id)
) STRICT;

CREATE INDEX participant_by_user ON participant (user_id);
CREATE INDEX participant_by_peer ON participant (peer_id) WHERE peer_id IS NOT NULL;

-- A session's attempts, for the record of GetStream calls.
CREATE INDEX join_attempt_by_session ON join_attempt (session);
