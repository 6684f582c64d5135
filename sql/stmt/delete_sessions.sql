-- delete_sessions.sql - ?1 scope, ?2 from_us: those that begin there or later.
DELETE FROM session WHERE scope = ?1 AND first_us >= ?2;
