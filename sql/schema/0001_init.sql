-- 0001_init.sql - what every vendor's events share: names, people, origins,
-- sessions, quarantine.
--
-- Tables are singular and are storage; the plural views in sql/view are the
-- public contract. *_us is microseconds (at_us, received_us, started_us,
-- last_us: since the epoch, UTC).
--
-- The keys of join_attempt, connect and session_scope come from one sequence, so that
-- an event's scope, the one thing it belongs to first, is a plain integer: its
-- join attempt, else its connection, else its session's scope, else 0.

-- One row a setting that a view or the next start needs. Times are ms.
CREATE TABLE setting (
	name  TEXT PRIMARY KEY,
	value ANY  NOT NULL
) STRICT, WITHOUT ROWID;

-- Strings that repeat: stages, codes, SDKs, SFUs, call types, calls, rules.
CREATE TABLE dict (
	id    INTEGER PRIMARY KEY,
	value TEXT    NOT NULL UNIQUE
) STRICT;

-- Who sent an event: the app it named or was given, and the kernel's word on the peer.
CREATE TABLE origin (
	id  INTEGER PRIMARY KEY,
	app INTEGER NOT NULL REFERENCES dict,
	uid INTEGER NOT NULL,
	gid INTEGER NOT NULL,
	pid INTEGER NOT NULL,
	UNIQUE (app, uid, gid, pid)
) STRICT;

CREATE TABLE user (
	id      INTEGER PRIMARY KEY,
	app     INTEGER NOT NULL REFERENCES dict,
	user_id TEXT    NOT NULL,
	UNIQUE (user_id, app)
) STRICT;

-- What a vendor's events name their session by: an id, or a room or topic that
-- holds one session after the other.
CREATE TABLE session_scope (
	id     INTEGER PRIMARY KEY,
	source INTEGER NOT NULL REFERENCES dict,
	app    INTEGER NOT NULL REFERENCES dict,
	name   TEXT    NOT NULL,
	UNIQUE (name, app, source)
) STRICT;

-- A rule of its vendor that a stored event breaks.
CREATE TABLE violation (
	event_id INTEGER NOT NULL,
	field    INTEGER NOT NULL REFERENCES dict,
	rule     INTEGER NOT NULL REFERENCES dict,
	PRIMARY KEY (event_id, field, rule)
) STRICT, WITHOUT ROWID;

-- What could not be stored, as it came: oldest out when the cap is reached.
CREATE TABLE quarantine (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	received_us INTEGER NOT NULL,
	origin      INTEGER NOT NULL REFERENCES origin,
	source      TEXT,
	line_no     INTEGER NOT NULL,	-- within its connection, from 1
	event_no    INTEGER NOT NULL,	-- within its line, from 0
	code        TEXT    NOT NULL,
	field       TEXT,
	message     TEXT    NOT NULL,	-- every problem, one a line
	body        BLOB    NOT NULL,
	n_whole     INTEGER NOT NULL	-- its length as it came, in bytes; more than length(body) if cut
) STRICT;

CREATE INDEX quarantine_by_time ON quarantine (received_us / 1000);
