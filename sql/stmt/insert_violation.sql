-- insert_violation.sql - ?1 event_id, ?2 field (dict), ?3 rule (dict)
INSERT INTO violation (event_id, field, rule) VALUES (?1, ?2, ?3)
ON CONFLICT DO NOTHING;
