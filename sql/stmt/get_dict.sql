-- get_dict.sql - ?1 id
SELECT value FROM dict WHERE id = ?1;
