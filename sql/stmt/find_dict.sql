-- find_dict.sql - ?1 value
SELECT id FROM dict WHERE value = ?1;
