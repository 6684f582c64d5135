-- 0009_near.sql - what is found by somebody else's id is indexed near what came with it.
--
-- An index by user has a place for each of them, so of a large database every new row
-- changed a page of its own there, and each was written whole. Now these indexes begin with
-- the row's number, 4,096 to a part: new rows meet in the last part, and a search goes
-- through the parts one by one. sqlite_stat1 tells SQLite that it may, since it would not
-- guess; see https://www.sqlite.org/optoverview.html#skipscan. The numbers there are how many rows
-- there are, in a part, and of one id in a part; they are chosen for the plans they make, which
-- tests/sql/plans.py knows: with fewer participants SQLite would think it worth reading all of them
-- into a Bloom filter, with smaller parts, it would rather go through all attempts of a window.
--
-- A participant is one of its session, and the writer has all of a session at hand: that it
-- is there once needs no index.

CREATE TABLE near_participant (
	id              INTEGER PRIMARY KEY,
	session         INTEGER NOT NULL REFERENCES session,
	participant_id  TEXT    NOT NULL,	-- one row each of a session
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
	n_events        INTEGER NOT NULL
) STRICT;

INSERT INTO near_participant (
	id, session, participant_id, peer_id, user_id, display_name, custom_participant_id, is_local,
	joined_us, left_us, open_since_us, idle_left_us, duration_us, how_left, how_left_class, last_us,
	n_events)
SELECT
	id, session, participant_id, peer_id, user_id, display_name, custom_participant_id, is_local,
	joined_us, left_us, open_since_us, idle_left_us, duration_us, how_left, how_left_class, last_us,
	n_events
FROM participant;

DROP TABLE participant;
ALTER TABLE near_participant RENAME TO participant;

CREATE INDEX participant_by_session ON participant (session);
CREATE INDEX participant_by_user ON participant (id / 4096, user_id);
CREATE INDEX participant_by_peer ON participant (id / 4096, peer_id) WHERE peer_id IS NOT NULL;

DROP INDEX join_attempt_by_user;
CREATE INDEX join_attempt_by_user ON join_attempt (id / 4096, user);

ANALYZE sqlite_schema;	-- makes the table, and nothing else
INSERT INTO sqlite_stat1 (tbl, idx, stat)
VALUES
	('participant', 'participant_by_user', '10000000 16384 16'),
	('participant', 'participant_by_peer', '10000000 16384 2'),
	('join_attempt', 'join_attempt_by_user', '1000000 16384 16');
ANALYZE sqlite_schema;	-- has this connection read it
