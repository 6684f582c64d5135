-- tin can calls. scope and string are in session_scope; the other keyed columns
-- hold dict ids unless said otherwise. Rows are only ever added.

CREATE TABLE tincan_event (
	event_id     INTEGER PRIMARY KEY,
	scope        INTEGER NOT NULL,
	at_us        INTEGER NOT NULL,
	digest       INTEGER NOT NULL,
	origin       INTEGER NOT NULL REFERENCES origin,
	sender_id    TEXT,
	stamped      INTEGER NOT NULL DEFAULT 0,	-- 1: at_us is the envelope's or of receipt
	pull         INTEGER,
	string       INTEGER,
	user         INTEGER REFERENCES user,
	knots        INTEGER,
	extra        TEXT
) STRICT;

CREATE UNIQUE INDEX tincan_event_by_time ON tincan_event (at_us / 1000, scope, digest);
CREATE INDEX tincan_event_by_scope ON tincan_event (scope, at_us);
