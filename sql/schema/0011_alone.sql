-- 0011_alone.sql - GetStream's events without an attempt count in their session.
--
-- Sessions were told from the join attempts of known users alone. What is in a session without
-- an attempt (its id was lost, or it is an event of the client's own kind) is found by this index:
-- its scope is its connection, or the session itself. They are few.

CREATE INDEX stream_event_alone ON stream_event (session)
	WHERE session IS NOT NULL AND scope IN (connect, session);

-- What is told of another user of a room, by that user: so what ends an interruption is found
-- without going through the leavings of all rooms.
CREATE INDEX hrtc_event_of_user ON hrtc_event (scope, user, at_us)
	WHERE user IS NOT NULL;

-- Sessions were told by other rules, also those of rooms and topics, where who leaves was in though
-- nobody told that it came: all are told once more at the next start.
INSERT INTO setting (name, value) VALUES ('retell', 1);
