-- insert_user.sql - ?1 user_id, ?2 app (dict)
INSERT INTO user (user_id, app) VALUES (?1, ?2);
