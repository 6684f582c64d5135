-- find_told_sessions.sql - ?1 event_id: the session scopes of the attempts that have events from there on,
-- and of the events from there on that have no attempt.
SELECT session FROM join_attempt
WHERE id IN (SELECT scope FROM stream_event WHERE event_id >= ?1) AND session IS NOT NULL
UNION
SELECT session FROM stream_event
WHERE event_id >= ?1 AND session IS NOT NULL AND scope IN (connect, session);
