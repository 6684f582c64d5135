-- insert_receipt.sql - ?1 first_event_id, ?2 received_us
INSERT INTO receipt (first_event_id, received_us) VALUES (?1, ?2);
