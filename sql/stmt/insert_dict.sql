-- insert_dict.sql - ?1 value
INSERT INTO dict (value) VALUES (?1);
