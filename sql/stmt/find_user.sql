-- find_user.sql - ?1 user_id, ?2 app (dict)
SELECT id FROM user WHERE user_id = ?1 AND app = ?2;
