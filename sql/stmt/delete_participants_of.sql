-- delete_participants_of.sql - ?1 session
DELETE FROM participant WHERE session = ?1;
