-- delete_quarantine.sql - ?1 first id, ?2 last id
DELETE FROM quarantine WHERE id BETWEEN ?1 AND ?2;
