-- insert_quarantine.sql - ?1 received_us, ?2 origin, ?3 source, ?4 line_no, ?5 event_no, ?6 code,
-- ?7 field, ?8 message, ?9 body, ?10 n_whole
INSERT INTO quarantine (received_us, origin, source, line_no, event_no, code, field, message, body, n_whole)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10);
