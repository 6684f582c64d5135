-- find_told_sessions.sql - ?1 event_id: the session scopes of the attempts that have events from there on.
SELECT DISTINCT session FROM join_attempt
WHERE id IN (SELECT scope FROM stream_event WHERE event_id >= ?1) AND session IS NOT NULL;
