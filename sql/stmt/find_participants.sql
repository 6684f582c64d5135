-- find_participants.sql - ?1 session
SELECT id, participant_id FROM participant WHERE session = ?1;
