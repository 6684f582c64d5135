-- delete_setting.sql - ?1 name
DELETE FROM setting WHERE name = ?1;
