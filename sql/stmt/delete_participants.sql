-- delete_participants.sql - ?1 scope, ?2 from_us: of the sessions that begin there or later.
DELETE FROM participant
WHERE session IN (SELECT id FROM session WHERE scope = ?1 AND first_us >= ?2);
