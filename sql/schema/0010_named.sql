-- 0010_named.sql - what is called the same is written down once.
--
-- A session's id stood in the dictionary, in session_scope and in session, each time with an
-- index of its own, in which a random id has a page of its own: in a large database each
-- session's first event had all three written. Now session_scope alone has it, and all else
-- refers to that. What an IVS session's id holds within, its stage, is no longer part of
-- the name. Rooms and topics are names too, and so is what their sessions are called.
--
-- A participant is called by the id of its peer, or else of its user, unless it has its own.
--
-- What tells IVS events apart begins with their scope: they are asked for a participant
-- at a time, long after they happened, and lie side by side so.

CREATE TABLE named_scope (
	id     INTEGER PRIMARY KEY,		-- one sequence for attempts, connections and these
	source INTEGER NOT NULL REFERENCES dict,
	app    INTEGER NOT NULL REFERENCES dict,
	place  INTEGER NOT NULL,		-- where the name holds, in dict: the stage; 0: everywhere
	name   TEXT    NOT NULL,		-- of a session, room or topic
	UNIQUE (name, app, source, place)
) STRICT;

INSERT INTO named_scope (id, source, app, place, name)
SELECT id, source, app, 0, name FROM session_scope
WHERE source IS NOT (SELECT id FROM dict WHERE value = 'ivs');

-- There, the name was the stage, a blank, and the session.
INSERT OR IGNORE INTO dict (value)
SELECT rtrim(rtrim(name, replace(name, ' ', ''))) FROM session_scope
WHERE source = (SELECT id FROM dict WHERE value = 'ivs');

INSERT INTO named_scope (id, source, app, place, name)
SELECT id, source, app,
	(SELECT id FROM dict WHERE value = rtrim(rtrim(s.name, replace(s.name, ' ', '')))),
	substr(name, 1 + length(rtrim(name, replace(name, ' ', ''))))
FROM session_scope AS s
WHERE source = (SELECT id FROM dict WHERE value = 'ivs');

-- What events and sessions are to refer to, with what is no scope yet.
CREATE TABLE told_name AS
SELECT 'hrtc' AS source, o.app, 0 AS place, d.value AS name
FROM hrtc_event AS e JOIN origin AS o ON o.id = e.origin JOIN dict AS d ON d.id IN (e.room_id, e.payload_room_id)
UNION
SELECT 'spaces', o.app, 0, d.value
FROM spaces_event AS e JOIN origin AS o ON o.id = e.origin JOIN dict AS d ON d.id IN (e.topic, e.context_topic)
UNION
SELECT 'realtimekit', o.app, 0, d.value
FROM realtimekit_event AS e JOIN origin AS o ON o.id = e.origin
JOIN dict AS d ON d.id IN (e.session_id, e.flat_session_id)
UNION
SELECT 'ivs', o.app, coalesce(e.stage_arn, 0), d.value
FROM ivs_event AS e JOIN origin AS o ON o.id = e.origin JOIN dict AS d ON d.id = e.session_id
UNION
SELECT 'ivs', o.app, coalesce(e.stage_arn, 0), d.value
FROM ivs_bridge_event AS e JOIN origin AS o ON o.id = e.origin JOIN dict AS d ON d.id = e.session_id
UNION
SELECT d.value, c.app, 0, s.session_id
FROM session AS s JOIN session_scope AS c ON c.id = s.scope JOIN dict AS d ON d.id = c.source
WHERE d.value IN ('hrtc', 'spaces');

INSERT INTO named_scope (id, source, app, place, name)
SELECT
	max(coalesce((SELECT max(id) FROM join_attempt), 0), coalesce((SELECT max(id) FROM connect), 0),
		coalesce((SELECT max(id) FROM session_scope), 0)) + row_number() OVER (),
	d.id, t.app, t.place, t.name
FROM told_name AS t JOIN dict AS d ON d.value = t.source
WHERE NOT EXISTS (
	SELECT 1 FROM named_scope AS n
	WHERE n.name = t.name AND n.app = t.app AND n.source = d.id AND n.place = t.place);

DROP TABLE told_name;

UPDATE hrtc_event SET
	room_id = (SELECT id FROM named_scope
		WHERE name = (SELECT value FROM dict WHERE id = room_id) AND place = 0
			AND app = (SELECT app FROM origin WHERE id = origin)
			AND source = (SELECT id FROM dict WHERE value = 'hrtc')),
	payload_room_id = (SELECT id FROM named_scope
		WHERE name = (SELECT value FROM dict WHERE id = payload_room_id) AND place = 0
			AND app = (SELECT app FROM origin WHERE id = origin)
			AND source = (SELECT id FROM dict WHERE value = 'hrtc'));

UPDATE spaces_event SET
	topic = (SELECT id FROM named_scope
		WHERE name = (SELECT value FROM dict WHERE id = topic) AND place = 0
			AND app = (SELECT app FROM origin WHERE id = origin)
			AND source = (SELECT id FROM dict WHERE value = 'spaces')),
	context_topic = (SELECT id FROM named_scope
		WHERE name = (SELECT value FROM dict WHERE id = context_topic) AND place = 0
			AND app = (SELECT app FROM origin WHERE id = origin)
			AND source = (SELECT id FROM dict WHERE value = 'spaces'));

UPDATE realtimekit_event SET
	session_id = (SELECT id FROM named_scope
		WHERE name = (SELECT value FROM dict WHERE id = session_id) AND place = 0
			AND app = (SELECT app FROM origin WHERE id = origin)
			AND source = (SELECT id FROM dict WHERE value = 'realtimekit')),
	flat_session_id = (SELECT id FROM named_scope
		WHERE name = (SELECT value FROM dict WHERE id = flat_session_id) AND place = 0
			AND app = (SELECT app FROM origin WHERE id = origin)
			AND source = (SELECT id FROM dict WHERE value = 'realtimekit'));

UPDATE ivs_event SET
	session_id = (SELECT id FROM named_scope
		WHERE name = (SELECT value FROM dict WHERE id = session_id) AND place = coalesce(stage_arn, 0)
			AND app = (SELECT app FROM origin WHERE id = origin)
			AND source = (SELECT id FROM dict WHERE value = 'ivs'));

UPDATE ivs_bridge_event SET
	session_id = (SELECT id FROM named_scope
		WHERE name = (SELECT value FROM dict WHERE id = session_id) AND place = coalesce(stage_arn, 0)
			AND app = (SELECT app FROM origin WHERE id = origin)
			AND source = (SELECT id FROM dict WHERE value = 'ivs'));

CREATE TABLE named_session (
	id              INTEGER PRIMARY KEY AUTOINCREMENT,	-- never given twice: the writer remembers them
	scope           INTEGER NOT NULL REFERENCES session_scope,
	name            INTEGER NOT NULL REFERENCES session_scope,	-- the scope, where that is one session; else room@start
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
	n_events        INTEGER NOT NULL,
	fold            BLOB			-- the marks it was folded from; NULL: they are read once more
) STRICT;

INSERT INTO named_session (
	id, scope, name, call_type, call_id, title, organization_id, end_reason, first_us, last_us,
	started_us, ended_us, idle_end_us, peak, n_events, fold)
SELECT
	s.id, s.scope, CASE WHEN d.value IN ('hrtc', 'spaces')
		THEN (SELECT id FROM named_scope WHERE name = s.session_id AND app = c.app AND source = c.source AND place = 0)
		ELSE s.scope END,
	s.call_type, s.call_id, s.title, s.organization_id, s.end_reason, s.first_us, s.last_us,
	s.started_us, s.ended_us, s.idle_end_us, s.peak, s.n_events, s.fold
FROM session AS s JOIN session_scope AS c ON c.id = s.scope JOIN dict AS d ON d.id = c.source;

UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'session')
WHERE name = 'named_session';

DROP TABLE session;
ALTER TABLE named_session RENAME TO session;
DROP TABLE session_scope;
ALTER TABLE named_scope RENAME TO session_scope;

CREATE INDEX session_by_scope ON session (scope, first_us);
CREATE INDEX session_by_start ON session (started_us / 1000);
CREATE INDEX session_by_name ON session (name);

CREATE TABLE named_participant (
	id              INTEGER PRIMARY KEY,
	session         INTEGER NOT NULL REFERENCES session,
	own_id          TEXT,			-- NULL: it is called as its peer, or else as its user
	peer_id         TEXT,
	user_id         TEXT,
	participant_id  TEXT AS (coalesce(own_id, peer_id, user_id)) VIRTUAL,	-- one row each of a session
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

INSERT INTO named_participant (
	id, session, own_id, peer_id, user_id, display_name, custom_participant_id, is_local,
	joined_us, left_us, open_since_us, idle_left_us, duration_us, how_left, how_left_class, last_us,
	n_events)
SELECT
	id, session, nullif(participant_id, coalesce(peer_id, user_id)), peer_id, user_id, display_name,
	custom_participant_id, is_local, joined_us, left_us, open_since_us, idle_left_us, duration_us,
	how_left, how_left_class, last_us, n_events
FROM participant;

DROP TABLE participant;
ALTER TABLE named_participant RENAME TO participant;

CREATE INDEX participant_by_session ON participant (session);
CREATE INDEX participant_by_user ON participant (id / 4096, user_id);
CREATE INDEX participant_by_peer ON participant (id / 4096, peer_id) WHERE peer_id IS NOT NULL;

-- They went with the table.
INSERT INTO sqlite_stat1 (tbl, idx, stat)
VALUES
	('participant', 'participant_by_user', '10000000 16384 16'),
	('participant', 'participant_by_peer', '10000000 16384 2');

DROP INDEX ivs_event_by_time;
DROP INDEX ivs_event_by_scope;
CREATE UNIQUE INDEX ivs_event_by_scope ON ivs_event (scope, at_us, digest);
CREATE INDEX ivs_event_by_time ON ivs_event (at_us / 1000);

ANALYZE sqlite_schema;	-- has this connection read the statistics
