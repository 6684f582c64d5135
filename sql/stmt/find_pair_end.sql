-- find_pair_end.sql - ?1 event_id: what makes it one end of a stage attempt.
SELECT at_us, digest,
       (SELECT value FROM dict WHERE id = stage),
       (SELECT value FROM dict WHERE id = event_type),
       (SELECT value FROM dict WHERE id = outcome),
       was_previously_connected, retry_count_attempt
FROM stream_event WHERE event_id = ?1;
